// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpujson.h"
#include "core/preflight/containerremedy.h"
#include "core/preflight/gpuprobe.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Kind = GpuProbe::Kind;

/// What the banner of NVIDIA's images looks like; it names files and GPUs, too.
static const QByteArray banner = "\n==========\n== CUDA ==\n==========\n\nCUDA Version 12.8.0\n/dev/nvidiactl\n"
                                 "smi: GPU 0: of the banner\n\n";

/// The probe with engines that are small scripts. tests/gpu has real ones.
class TestGpuProbe : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    Engine engineOf(const QByteArray &script, EngineKind kind = EngineKind::Docker) const
    {
        Engine engine;
        engine.kind = kind;
        engine.program = m_folder->filePath(u"engine"_s);
        engine.gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
        QFile file(engine.program);
        if (!file.open(QIODevice::WriteOnly))
            qFatal("can't write the engine");
        file.write("#!/bin/sh\necho \"$@\" >>'" + m_folder->filePath(u"asked"_s).toUtf8() + "'\n" + script);
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return engine;
    }
    QByteArray asked() const
    {
        QFile file(m_folder->filePath(u"asked"_s));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void words_data()
    {
        QTest::addColumn<QByteArray>("err");
        QTest::addColumn<QString>("words");
        const QByteArray refused = "docker: Error response from daemon: could not select device driver \"\" with "
                                   "capabilities: [[gpu]]";
        QTest::newRow("Docker 27") << refused + ".\nSee 'docker run --help'.\n" << QString::fromUtf8(refused + '.');
        QTest::newRow("Docker 28") << refused + "\n\nRun 'docker run --help' for more information\n"
                                   << QString::fromUtf8(refused);
        QTest::newRow("the toolkit's own words")
            << QByteArray("docker: Error response from daemon: failed to create task: stderr: Auto-detected mode as "
                          "'legacy'\nnvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8\n\n"
                          "Run 'docker run --help' for more information\n")
            << u"nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8"_s;
        QTest::newRow("Podman") << QByteArray("time=\"…\" level=warning msg=\"…\"\nError: setting up CDI devices: "
                                              "unresolvable CDI devices nvidia.com/gpu=all\n")
                                << u"Error: setting up CDI devices: unresolvable CDI devices nvidia.com/gpu=all"_s;
        QTest::newRow("no error line") << QByteArray("one\n\ntwo\n") << u"one two"_s;
        QTest::newRow("nothing") << QByteArray() << QString();
    }
    void words()
    {
        QFETCH(QByteArray, err);
        QTEST(engineWords(err), "words");
    }

    void readings_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<Kind>("kind");
        QTest::addColumn<QString>("words");
        const QByteArray files = "/dev/nvidia0\n/dev/nvidiactl\nlibcuda.so.1\n";
        const QByteArray tool =
            "smi: GPU 0: NVIDIA H200 (UUID: GPU-1)\nsmi:   MIG 1g.18gb     Device  0: (UUID: MIG-2)\n";
        const auto row = [](const char *name, const QByteArray &out, Kind kind, const QString &words) {
            QTest::newRow(name) << banner + "kernelyard-probe:\n" + out << kind << words;
        };
        row("all that there is", files + tool + "cuda: 0 1 13000\n", Kind::Seen,
            u"1 GPU (NVIDIA H200), CUDA 13.0 finds 1 GPU"_s);
        row("the tool alone", files + tool, Kind::Seen, u"1 GPU (NVIDIA H200)"_s);
        row("CUDA alone", "cuda: 0 2 12080\n", Kind::Seen, u"CUDA 12.8 finds 2 GPUs"_s);
        row("files, and nobody to ask", files, Kind::Seen,
            u"/dev/nvidia0, /dev/nvidiactl, libcuda.so.1; nothing in the image can ask the driver"_s);
        row("CUDA fails where the tool does not", files + tool + "cuda: 999 0 13000\n", Kind::NotSeen,
            u"1 GPU (NVIDIA H200), CUDA ends with error 999"_s);
        row("CUDA finds none", files + "cuda: 0 0 13000\n", Kind::NotSeen, u"CUDA 13.0 finds 0 GPUs"_s);
        row("no library", "/dev/nvidiactl\ncuda-missing: libcuda.so.1: cannot open shared object file\n", Kind::NotSeen,
            u"libcuda.so.1: cannot open shared object file"_s);
        row("the tool finds none", files + "smi: No devices were found\n", Kind::NotSeen,
            u"nvidia-smi: No devices were found"_s);
        row("nodes without library", "/dev/nvidiactl\n", Kind::NotSeen, u"/dev/nvidiactl"_s);
        row("nothing but a banner", {}, Kind::NotSeen, {});
        QTest::newRow("not even the mark") << banner << Kind::Refused << QString();
        QTest::newRow("no output") << QByteArray() << Kind::Refused << QString();
    }
    void readings()
    {
        QFETCH(QByteArray, out);
        const GpuProbe probe = readGpuProbe(out);
        QTEST(probe.words, "words");
        QTEST(probe.kind, "kind");
        for (qsizetype size = 0; size < out.size(); ++size)
            (void)readGpuProbe(out.first(size));
    }

    void images()
    {
        const QByteArray json = R"([{"Config": {"Env": ["PATH=/bin", "CUDA_VERSION=12.8.0",
            "NVIDIA_REQUIRE_CUDA=cuda>=12.8 brand=tesla,driver>=535,driver<536"]}}])";
        const ProbeImage image = readProbeImage(u"base"_s, json);
        QCOMPARE(image.name, u"base"_s);
        QCOMPARE(image.cuda, Version(u"12.8.0"));
        QCOMPARE(image.requirement, u"cuda>=12.8 brand=tesla,driver>=535,driver<536"_s);
        QByteArray freed = json;
        QVERIFY(
            readProbeImage(u"base"_s, freed.replace("PATH=/bin", "NVIDIA_DISABLE_REQUIRE=true")).requirement.isEmpty());
        QVERIFY(readProbeImage(u"base"_s, "[]").cuda.isNull());
        const Engine engine = engineOf("case \"$*\" in *dev*) exit 1;; esac\necho '[{\"Config\": {\"Env\": "
                                       "[\"CUDA_VERSION=13.0.1\"]}}]'\n");
        const ProbeImage found = findProbeImage(engine, {u"dev"_s, u"builder"_s, u"base"_s});
        QCOMPARE(found.name, u"builder"_s);
        QCOMPARE(found.cuda, Version(u"13.0.1"));
        QVERIFY(findProbeImage(engine, {u"dev"_s}).name.isEmpty());
    }

    void requirements_data()
    {
        QTest::addColumn<QString>("requirement");
        QTest::addColumn<std::optional<bool>>("met");
        using Answer = std::optional<bool>;
        QTest::newRow("none") << QString() << Answer(true);
        QTest::newRow("met") << u"cuda>=12.4"_s << Answer(true);
        QTest::newRow("unmet") << u"cuda>=12.8"_s << Answer(false);
        QTest::newRow("by another driver") << u"cuda>=12.8 brand=tesla,driver>=470,driver<471"_s << Answer(false);
        QTest::newRow("by the brand") << u"cuda>=12.8 brand=tesla,driver>=550,driver<551"_s << Answer();
        QTest::newRow("by the driver") << u"cuda>=12.8 driver>=550,driver<551"_s << Answer(true);
        QTest::newRow("not understood") << u"arch~7"_s << Answer();
    }
    void requirements()
    {
        QFETCH(QString, requirement);
        QFETCH(std::optional<bool>, met);
        QVERIFY(meetsRequirement(requirement, Version(u"12.4"), Version(u"550.54.15")) == met);
    }

    void runs_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<Kind>("kind");
        QTest::addColumn<QString>("words");
        QTest::newRow("seen") << QByteArray("echo kernelyard-probe:\necho cuda: 0 1 13000\n") << Kind::Seen
                              << u"CUDA 13.0 finds 1 GPU"_s;
        QTest::newRow("not seen") << QByteArray("echo kernelyard-probe:\necho /dev/dxg\n") << Kind::NotSeen
                                  << u"/dev/dxg"_s;
        const QByteArray hint = "echo >&2\necho \"Run 'docker run --help' for more information\" >&2\n";
        for (const char *status : {"125", "126", "127", "1"})
            QTest::newRow(status) << "echo 'docker: Error response from daemon: no GPU' >&2\n" + hint + "exit " + status
                                  << Kind::Refused << u"docker: Error response from daemon: no GPU"_s;
    }
    void runs()
    {
        QFETCH(QByteArray, script);
        const ProbeImage image{u"base"_s, Version(u"12.8"), {}};
        const GpuProbe probe = probeGpus(engineOf(script), image);
        QTEST(probe.words, "words");
        QTEST(probe.kind, "kind");
        QCOMPARE(probe.image, image);
        QVERIFY(asked().contains("--gpus all") && asked().contains("--name kernelyard-probe-"));
    }

    void aHangingContainerIsRemoved()
    {
        const GpuProbe probe = probeGpus(engineOf("case \"$1\" in run) sleep 60;; esac\n"), {u"base"_s, {}, {}}, 500ms);
        QCOMPARE(probe.kind, Kind::TimedOut);
        QVERIFY(asked().contains("\nrm --force --volumes kernelyard-probe-"));
    }

    void anEngineThatIsGone()
    {
        Engine engine = engineOf({});
        engine.program = m_folder->filePath(u"none"_s);
        const GpuProbe probe = probeGpus(engine, {u"base"_s, {}, {}});
        QCOMPARE(probe.kind, Kind::Refused);
        QVERIFY(!probe.words.isEmpty());
    }

    void remedies_data()
    {
        QTest::addColumn<bool>("podman");
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("fix");
        const QString install = u"sudo apt-get install nvidia-container-toolkit"_s;
        QTest::newRow("requirement") << false << u"requirement error: unsatisfied condition: cuda>=12.8"_s << QString()
                                     << QString();
        QTest::newRow("cgroups") << false << u"bpf_prog_query(BPF_CGROUP_DEVICE) failed: operation not permitted"_s
                                 << QString()
                                 << u"sudo nvidia-ctk config --set nvidia-container-cli.no-cgroups --in-place"_s;
        QTest::newRow("no hook") << false << u"could not select device driver \"\""_s << QString() << install;
        QTest::newRow("Docker") << false << u"something else"_s << QString() << install;
        QTest::newRow("unknown device") << true << u"unresolvable CDI devices nvidia.com/gpu=all"_s
                                        << u"/etc/cdi/gpus.yaml"_s
                                        << u"sudo nvidia-ctk cdi generate --output=/etc/cdi/gpus.yaml"_s;
        QTest::newRow("the toolkit's own file") << true << u"something else"_s << u"/var/run/cdi/nvidia.yaml"_s
                                                << u"sudo systemctl restart nvidia-cdi-refresh"_s;
    }
    void remedies()
    {
        QFETCH(bool, podman);
        QFETCH(QString, words);
        QFETCH(QString, file);
        QFETCH(QString, fix);
        MachineFacts machine;
        machine.engine = Engine();
        machine.engine->kind = podman ? EngineKind::Podman : EngineKind::Docker;
        machine.toolkit = {ContainerToolkit::State::Known, u"1.18.1"_s, {}};
        machine.toolkitFix = Command{u"sudo"_s, {u"apt-get"_s, u"install"_s, u"nvidia-container-toolkit"_s}, {}, {}};
        if (!file.isEmpty())
            machine.cdi = {{file, CdiSpec{}, true}};
        machine.probe = {Kind::Refused, words, 10};
        const ContainerRemedy remedy = containerRemedy(machine);
        QVERIFY(!remedy.sentence.isEmpty());
        QCOMPARE(remedy.fix ? remedy.fix->display() : QString(), fix);
    }

    void nothingIsStartedWhileTheDriverIsStuck()
    {
        GpuReading reading;
        reading.gpus = {GpuStatus(), GpuStatus()};
        QVERIFY(isSafeToAsk(reading));
        for (const GpuCondition condition :
             {GpuCondition::Stuck, GpuCondition::FallenOffBus, GpuCondition::ResetRequired}) {
            reading.gpus[1].fault.condition = condition;
            QVERIFY(!isSafeToAsk(reading));
        }
        reading.gpus[1].fault.condition = GpuCondition::Healthy;
        reading.fault.condition = GpuCondition::Stuck;
        QVERIFY(!isSafeToAsk(reading));
    }

    void theMachineIsAsked_data()
    {
        QTest::addColumn<GpuCondition>("condition");
        QTest::addColumn<QStringList>("images");
        QTest::addColumn<bool>("mayProbe");
        QTest::addColumn<Kind>("kind");
        const QStringList images{u"dev"_s, u"base"_s};
        QTest::newRow("seen") << GpuCondition::Healthy << images << true << Kind::Seen;
        QTest::newRow("not to be asked") << GpuCondition::Healthy << images << false << Kind::NotAsked;
        QTest::newRow("no image") << GpuCondition::Healthy << QStringList{u"dev"_s} << true << Kind::NoImage;
        QTest::newRow("stuck") << GpuCondition::Stuck << images << true << Kind::Unsafe;
    }
    /// Docker without a registered runtime is given --gpus all; nodes and specifications that come with NVML count.
    void theMachineIsAsked()
    {
        QFETCH(GpuCondition, condition);
        QFETCH(QStringList, images);
        QFETCH(bool, mayProbe);
        Engine engine = engineOf("case \"$*\" in *inspect*dev) exit 1;; *inspect*) echo '[]';; *) echo "
                                 "kernelyard-probe:; echo cuda: 0 1 13000;; esac\n");
        engine.gpuArguments.clear();
        GpuReading reading;
        reading.source = GpuSource::Nvml;
        reading.gpus = {GpuStatus()};
        reading.gpus[0].fault.condition = condition;
        const QDir root(m_folder->path());
        QVERIFY(root.mkpath(u"dev"_s) && root.mkpath(u"etc/cdi"_s));
        QFile line(root.filePath(u"line"_s));
        QVERIFY(line.open(QIODevice::WriteOnly));
        line.write(QJsonDocument(QJsonObject{{u"reading"_s, toJson(reading)}}).toJson(QJsonDocument::Compact) + '\n');
        line.close();
        const Command helper{u"sh"_s,
                             {u"-c"_s,
                              u"cd \"$0\"; touch dev/nvidia3; echo '{\"kind\": \"nvidia.com/gpu\", "
                              "\"devices\": [{\"name\": \"all\"}]}' >etc/cdi/nvidia.json; cat line"_s,
                              m_folder->path()},
                             {},
                             {}};
        const MachineFacts facts = readMachineFacts({helper, engine, {}, m_folder->path(), images, mayProbe}, {});
        QVERIFY2(facts.gpus, qPrintable(facts.gpuError));
        QTEST(facts.probe.kind, "kind");
        QCOMPARE(asked().contains("--gpus all"), facts.probe.kind == Kind::Seen);
        QCOMPARE(facts.deviceNodes, QStringList{u"nvidia3"_s});
        QCOMPARE(facts.cdi.size(), 1);
    }

    /// A machine by its files: a GPU whose node has another number than its index.
    void nodesOfAMachine()
    {
        const QDir root(m_folder->path());
        const auto write = [&root](const QString &path, const QByteArray &text) {
            QVERIFY(root.mkpath(path.section(u'/', 0, -2)));
            QFile file(root.filePath(path));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text);
        };
        for (const QString &busId : {u"0000:01:00.0"_s, u"0000:41:00.0"_s}) {
            write(u"sys/bus/pci/devices/%1/vendor"_s.arg(busId), "0x10de\n");
            write(u"sys/bus/pci/devices/%1/class"_s.arg(busId), "0x030200\n");
        }
        QVERIFY(QFile::link(u"../../drivers/vfio-pci"_s, root.filePath(u"sys/bus/pci/devices/0000:41:00.0/driver"_s)));
        write(u"proc/driver/nvidia/gpus/0000:01:00.0/information"_s, "Model: \t NVIDIA H200\nDevice Minor: \t 3\n");
        write(u"dev/nvidia3"_s, {});
        write(u"dev/nvidia-caps/nvidia-cap21"_s, {});
        write(u"etc/cdi/nvidia.yaml"_s, "kind: nvidia.com/gpu\ndevices: [{name: all}]\n");
        const MachineSources sources{{u"false"_s, {}, {}, {}},
                                     Failure(Error{ErrorKind::NotFound, u"No engine was found."_s, {}, {}}),
                                     {},
                                     root.path(),
                                     {},
                                     true};
        const MachineFacts facts = readMachineFacts(sources, {});
        QCOMPARE(facts.pciGpus.size(), 1); // the other one is a virtual machine's
        QCOMPARE(facts.pciGpus[0].minor, 3);
        QVERIFY(facts.deviceNodes.contains(u"nvidia3"_s) && facts.deviceNodes.contains(u"nvidia-caps/nvidia-cap21"_s));
        QCOMPARE(facts.cdi.size(), 1);
        QVERIFY(!facts.hasDxg && facts.probe.kind == Kind::NotAsked);
    }
};

QTEST_GUILESS_MAIN(TestGpuProbe)
#include "tst_gpuprobe.moc"
