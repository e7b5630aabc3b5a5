// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/environmentfile.h"
#include "core/preflight/preflight.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

static QByteArray recorded(const QString &file)
{
    QFile source(QStringLiteral(KERNELYARD_TEST_DATA) + u"/preflight/"_s + file);
    return source.open(QIODevice::ReadOnly) ? source.readAll() : QByteArray();
}

static Result<CdiSpec> spec(const QString &file)
{
    return parseCdiSpec(recorded(file), file);
}

/// A stack that goes together.
static Stack goodStack()
{
    Stack stack;
    stack.environment = u"xformers"_s;
    stack.baseImage = u"docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04"_s;
    stack.cuda = Version(u"12.8.0");
    stack.isDevel = true;
    stack.cudaTag = u"cu128"_s;
    stack.torch = Version(u"2.9.1");
    stack.package = u"xformers"_s;
    stack.packageVersion = u"0.0.33.post2"_s;
    stack.capabilities = QStringList{u"9.0"_s};
    stack.jobs = 4;
    return stack;
}

/// A machine on which every check passes for goodStack().
static MachineFacts goodMachine()
{
    GpuReading reading;
    reading.source = GpuSource::Nvml;
    reading.driver = u"580.95.05"_s;
    reading.moduleVersion = reading.driver;
    reading.cuda = u"13.0"_s;
    reading.tookMs = 3.2;
    GpuStatus gpu;
    gpu.name = u"NVIDIA H200"_s;
    gpu.computeCapability = u"9.0"_s;
    reading.gpus = {gpu};
    MachineFacts machine;
    machine.gpus = reading;
    machine.deviceNodes = QStringList{u"nvidia0"_s, u"nvidiactl"_s, u"nvidia-uvm"_s};
    machine.toolkit = u"1.18.1"_s;
    machine.cdi = {spec(u"nvidia-580.yaml"_s)};
    Engine engine;
    engine.program = u"/usr/bin/podman"_s;
    engine.clientVersion = u"5.4.2"_s;
    engine.memoryLimit = Ability::Yes;
    engine.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
    machine.engine = engine;
    machine.probe = {GpuProbe::Kind::Seen, u"/dev/nvidia0"_s, 900};
    machine.cores = 16;
    machine.memoryBytes = 64LL << 30;
    machine.cgroups = u"version 2"_s;
    machine.freeBytes = 412'000'000'000;
    machine.diskPath = u"/var/lib/containers"_s;
    using namespace std::chrono_literals;
    machine.earlier = {30min, 36min, 44min};
    return machine;
}

using Change = std::function<void(Stack &, MachineFacts &)>;
Q_DECLARE_METATYPE(Change)

class TestPreflight : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto tables = CompatibilityTables::read(QStringLiteral(KERNELYARD_SOURCE_DIR));
        QVERIFY2(tables, tables ? "" : qPrintable(tables.error().message));
        m_tables = *tables;
    }

    void tablesAreWholeAndInOrder()
    {
        QVERIFY(m_tables.toolkits.size() >= 14);
        Version last;
        for (const ToolkitRow &row : m_tables.toolkits) {
            QVERIFY(row.cuda > last);
            QVERIFY(row.driver >= row.leastDriver && !row.leastDriver.isNull());
            QVERIFY(row.gcc >= 11);
            last = row.cuda;
        }
        QCOMPARE(m_tables.toolkit(Version(u"13.0.1"))->gcc, 15);
        QVERIFY(m_tables.torch.size() >= 7);
        last = {};
        for (const TorchRow &row : m_tables.torch) {
            QVERIFY(row.torch > last);
            QVERIFY(row.pythonFirst < row.pythonLast);
            QVERIFY(!row.wheels.isEmpty());
            for (const TorchWheel &wheel : row.wheels) {
                QVERIFY2(!cudaOfTag(wheel.cudaTag).isNull(), qPrintable(wheel.cudaTag));
                QVERIFY(wheel.glibc >= Version(u"2.17"));
                for (const QString &word : wheel.capabilities)
                    QVERIFY2(m_tables.architectures.find(plainCapability(word)), qPrintable(word));
                QVERIFY(isCovered(wheel.capabilities, Version(u"8.9"))); // each has code for Ada
            }
            last = row.torch;
        }
        QCOMPARE(m_tables.release(Version(u"2.6.0"))->wheel(u"cu124"_s)->glibc, Version(u"2.17"));
        QCOMPARE(m_tables.release(Version(u"2.7.1"))->wheel(u"cu126"_s)->glibc, Version(u"2.28"));
        QCOMPARE(m_tables.release(Version(u"2.9.0"))->pythonFirst, Version(u"3.10"));
        QVERIFY(!m_tables.release(Version(u"2.12.0"))->wheel(u"cu128"_s));
        QVERIFY(m_tables.packages.size() >= 36);
        for (const PackageRow &row : m_tables.packages) {
            // What a release is made for at least may be older than the table; it is never one that is missing in it.
            QVERIFY2(m_tables.release(row.torch) || (row.orNewer && row.torch < m_tables.torch.first().torch),
                     qPrintable(row.version));
            QVERIFY(row.torchLast.isNull() || (row.orNewer && m_tables.release(row.torchLast)));
            QVERIFY(m_tables.architectures.find(row.leastCapability.text()));
            for (const PackageTarget &target : row.targets) {
                const GpuArchitecture *architecture = m_tables.architectures.find(target.capability.text());
                QVERIFY2(architecture, qPrintable(row.version));
                // A build script can't ask for a toolkit that does not know the GPU yet.
                QVERIFY(target.cuda >= Version(architecture->cudaFirst));
                QVERIFY(target.capability >= row.leastCapability);
            }
        }
        QCOMPARE(m_tables.newest(u"Flash_Attention"_s)->version, u"2.8.3.post1"_s);
        QVERIFY(m_tables.package(u"flash-attention"_s, u"2.7.4.post1"_s));
        QCOMPARE(m_tables.newest(u"SageAttention"_s)->version, u"2.2.0"_s);
        QCOMPARE(m_tables.newest(u"xformers"_s)->version, u"0.0.35"_s);
        QVERIFY(m_tables.newest(u"xformers"_s)->orNewer && !m_tables.newest(u"nothing"_s));
        for (const SystemRow &row : m_tables.systems)
            QVERIFY(!row.glibc.isNull() && !row.python.isNull() && row.gcc > 0);
        QVERIFY(m_tables.memoryPerJob > 0 && m_tables.diskWithCuda > m_tables.diskWithout);
        QVERIFY(!CompatibilityTables::read(u"/nowhere"_s));
    }

    void everythingFits()
    {
        const Preflight ladder = preflight(goodStack(), goodMachine(), m_tables);
        for (const Check &check : ladder.checks) {
            QVERIFY2(check.outcome == CheckOutcome::Passed,
                     qPrintable(check.id + u": "_s + outcomeName(check.outcome) + u", "_s + check.evidence));
            QVERIFY2(!check.evidence.isEmpty(), qPrintable(check.id));
            QVERIFY(check.remedy.isEmpty() && !check.fix);
        }
        QCOMPARE(ladder.checks.size(), 17);
        QCOMPARE(ladder.verdict(), CheckOutcome::Passed);
        QCOMPARE(ladder.toJson().value("checks"_L1).toArray().size(), 17);
        QCOMPARE(ladder.toJson().value("verdict"_L1).toString(), u"passed"_s);
    }

    void eachBadCombinationIsNamed_data();
    void eachBadCombinationIsNamed();

    void aFailedRungLeavesTheRestUnknown()
    {
        MachineFacts machine = goodMachine();
        machine.gpus->moduleVersion.clear();
        machine.gpus->driver.clear();
        machine.gpus->source = GpuSource::None;
        machine.gpus->gpus.clear();
        machine.gpus->fault = {GpuCondition::NoDriver, {}};
        const QList<Check> checks = machineChecks(goodStack(), machine);
        QCOMPARE(checks[0].outcome, CheckOutcome::Failed);
        QVERIFY(checks[0].fix);
        for (qsizetype i = 1; i < checks.size(); ++i) {
            QCOMPARE(checks[i].outcome, CheckOutcome::Unknown);
            QVERIFY(checks[i].evidence.contains(checks[0].name));
        }
        const QList<Check> folded = Preflight{{}, 0, checks}.folded();
        QCOMPARE(folded.size(), 2);
        QVERIFY(folded[1].name.startsWith("Driver, NVML"_L1) && folded[1].name.endsWith(checks.last().name));
        QCOMPARE(folded[1].evidence, checks[1].evidence);
    }

    void withoutGpuTheCpuPathIsLeft()
    {
        MachineFacts machine = goodMachine();
        machine.gpus = GpuReading();
        machine.gpus->fault.condition = GpuCondition::NoDevice;
        machine.probe = {};
        QCOMPARE(preflight(goodStack(), machine, m_tables).verdict(), CheckOutcome::Warning);
        Stack plain;
        plain.environment = u"starter"_s;
        plain.baseImage = u"docker.io/library/debian:12-slim"_s;
        const Preflight ladder = preflight(plain, machine, m_tables);
        QCOMPARE(ladder.verdict(), CheckOutcome::Passed);
        QCOMPARE(ladder.find(u"kernel-module"_s)->outcome, CheckOutcome::Unknown);
        QVERIFY(ladder.find(u"kernel-module"_s)->evidence.contains("the CPU path works"_L1));
        QCOMPARE(ladder.find(u"container-gpu"_s)->evidence, u"nothing to check without a GPU"_s);
        QCOMPARE(ladder.count(CheckOutcome::Failed) + ladder.count(CheckOutcome::Warning), 0);
        for (const QString &id : {u"cuda"_s, u"torch"_s, u"compiler"_s, u"architectures"_s, u"glibc"_s})
            QVERIFY2(ladder.find(id)->outcome == CheckOutcome::Passed, qPrintable(id)); // nothing to go wrong
        QVERIFY(!ladder.find(u"nothing"_s));
    }

    void readsCdiSpecifications()
    {
        const Result<CdiSpec> good = spec(u"nvidia-580.yaml"_s);
        QVERIFY(good);
        QVERIFY(good->isNvidia());
        QCOMPARE(good->devices, QStringList({u"0"_s, u"all"_s}));
        QCOMPARE(good->deviceNodes, QStringList({u"/dev/nvidia-uvm"_s, u"/dev/nvidiactl"_s, u"/dev/nvidia0"_s}));
        QCOMPARE(good->driver, u"580.95.05"_s);
        const Result<CdiSpec> json = spec(u"nvidia-570.json"_s);
        QVERIFY(json);
        QCOMPARE(json->driver, u"570.86.15"_s);
        QCOMPARE(json->deviceNodes.size(), 2);
        const Result<CdiSpec> other = spec(u"other-vendor.yaml"_s);
        QVERIFY(other);
        QVERIFY(!other->isNvidia());
        for (const QString &file : {u"no-devices.yaml"_s, u"broken.yaml"_s}) {
            const Result<CdiSpec> bad = spec(file);
            QVERIFY2(!bad, qPrintable(file));
            QCOMPARE(bad.error().kind, ErrorKind::Invalid);
            QVERIFY(bad.error().message.contains(file));
        }
    }

    void everyCdiFileCutShortIsSurvived()
    {
        const QByteArray whole = recorded(u"nvidia-580.yaml"_s);
        QVERIFY(whole.size() > 500);
        for (qsizetype size = 0; size < whole.size(); ++size)
            if (const Result<CdiSpec> cut = parseCdiSpec(whole.first(size), u"cut"_s))
                QVERIFY(!cut->kind.isEmpty() && !cut->devices.isEmpty());
    }

    void findsCdiFilesInTheirFolders()
    {
        const QTemporaryDir root;
        QVERIFY(QDir(root.path()).mkpath(u"etc/cdi"_s) && QDir(root.path()).mkpath(u"var/run/cdi"_s));
        const auto put = [&](const QString &file, const QString &to) {
            return QFile::copy(QStringLiteral(KERNELYARD_TEST_DATA) + u"/preflight/"_s + file, root.filePath(to));
        };
        QVERIFY(put(u"nvidia-580.yaml"_s, u"etc/cdi/nvidia.yaml"_s));
        QVERIFY(put(u"broken.yaml"_s, u"etc/cdi/zz.yaml"_s));
        QVERIFY(put(u"nvidia-570.json"_s, u"var/run/cdi/nvidia.json"_s));
        QVERIFY(put(u"nvidia-570.json"_s, u"var/run/cdi/not-read.txt"_s));
        const QList<Result<CdiSpec>> specs = readCdiSpecs(root.path());
        QCOMPARE(specs.size(), 3);
        QVERIFY(specs[0] && !specs[1] && specs[2]);
        QVERIFY(readCdiSpecs(u"/nowhere"_s).isEmpty());
    }

    void readsTheToolkitsVersion()
    {
        QCOMPARE(toolkitVersionOf("NVIDIA Container Toolkit CLI version 1.18.1\ncommit: abc\n"), u"1.18.1"_s);
        QCOMPARE(toolkitVersionOf("nvidia-ctk: command not found"), QString());
    }

    void readsWhatAnEnvironmentIsMadeOf()
    {
        Paths paths;
        paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
        const Result<Environment> environment =
            readEnvironment(paths.shipped + u"/resources/environments/xformers.yml"_s, paths);
        QVERIFY2(environment, environment ? "" : qPrintable(environment.error().message));
        const Result<Stack> stack = stackOf(
            *environment,
            {{u"torch-version"_s, u"2.9.1"_s}, {u"first-build-ref"_s, u"v0.0.33.post2"_s}, {u"jobs"_s, u"6"_s}});
        QVERIFY2(stack, stack ? "" : qPrintable(stack.error().message));
        QCOMPARE(stack->cuda, Version(u"12.8"));
        QVERIFY(stack->isDevel && stack->wantsGpu() && stack->usesTorch() && stack->detects);
        QCOMPARE(stack->cudaTag, u"cu128"_s);
        QCOMPARE(stack->torch, Version(u"2.9.1"));
        QCOMPARE(stack->packageVersion, u"0.0.33.post2"_s);
        QCOMPARE(stack->jobs, 6);
        const Result<Stack> chosen = stackOf(*environment, {{u"cuda-architectures"_s, u"8.0;9.0+PTX"_s}});
        QVERIFY(chosen);
        QVERIFY(!chosen->detects);
        QCOMPARE(chosen->capabilities, QStringList({u"8.0"_s, u"9.0+PTX"_s}));
        QVERIFY(chosen->packageVersion.isEmpty());
        QVERIFY(!stackOf(*environment, {{u"nothing"_s, u"1"_s}}));
        QVERIFY(cudaOfTag(u"cpu"_s).isNull());
        QCOMPARE(cudaOfTag(u"cu118"_s), Version(u"11.8"));
    }

private:
    CompatibilityTables m_tables;
};

void TestPreflight::eachBadCombinationIsNamed_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("outcome");
    QTest::addColumn<QString>("evidence"); // a part of it
    const auto row = [](const char *name, const QString &id, const QString &outcome, const QString &evidence,
                        const Change &change) { QTest::newRow(name) << change << id << outcome << evidence; };
    const auto driver = [](const QString &version) {
        return [version](Stack &, MachineFacts &machine) {
            machine.gpus->driver = version;
            machine.cdi.clear();
            machine.engine->kind = EngineKind::Docker;
            machine.engine->gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
        };
    };
    row("library and module differ", u"driver"_s, u"failed"_s, u"another version"_s, [](Stack &, MachineFacts &m) {
        m.gpus->fault = {GpuCondition::DriverMismatch, u"code 18"_s};
    });
    row("stuck driver", u"nvml"_s, u"failed"_s, u"does not answer"_s, [](Stack &, MachineFacts &m) {
        m.gpus->fault = {GpuCondition::Stuck, {}};
    });
    row("one GPU off the bus", u"nvml"_s, u"failed"_s, u"fallen off the bus"_s, [](Stack &, MachineFacts &m) {
        m.gpus->gpus[0].fault = {GpuCondition::FallenOffBus, {}};
    });
    row("only nvidia-smi", u"nvml"_s, u"warning"_s, u"nvidia-smi"_s,
        [](Stack &, MachineFacts &m) { m.gpus->source = GpuSource::NvidiaSmi; });
    row("forbidden", u"device-nodes"_s, u"failed"_s, u"may not be opened"_s, [](Stack &, MachineFacts &m) {
        m.gpus->fault = {GpuCondition::PermissionDenied, {}};
    });
    row("no nvidia-uvm", u"device-nodes"_s, u"warning"_s, u"/dev/nvidia-uvm is missing"_s,
        [](Stack &, MachineFacts &m) { m.deviceNodes.removeAll(u"nvidia-uvm"_s); });
    row("no nvidiactl", u"device-nodes"_s, u"failed"_s, u"/dev/nvidiactl is missing"_s,
        [](Stack &, MachineFacts &m) { m.deviceNodes.removeAll(u"nvidiactl"_s); });
    row("no nodes, as under WSL", u"device-nodes"_s, u"unknown"_s, u"WSL"_s,
        [](Stack &, MachineFacts &m) { m.deviceNodes.clear(); });
    row("no toolkit", u"container-toolkit"_s, u"failed"_s, u"not installed"_s,
        [](Stack &, MachineFacts &m) { m.toolkit.clear(); });
    const auto withoutCuda = [](Stack &s, MachineFacts &m) {
        s.cuda = {};
        s.cudaTag.clear();
        s.torch = {};
        m.engine->gpuArguments.clear();
        m.toolkit.clear();
    };
    row("no toolkit, and no CUDA to lose", u"container-toolkit"_s, u"warning"_s, u"runs on the CPU until then"_s,
        withoutCuda);
    row("behind it nothing is known", u"container-gpu"_s, u"unknown"_s, u"until “Container toolkit”"_s, withoutCuda);
    row("no CUDA to lose, but a container that is not started", u"container-gpu"_s, u"failed"_s, u"did not start"_s,
        [](Stack &s, MachineFacts &m) {
            s.cuda = {};
            s.cudaTag.clear();
            m.probe = {GpuProbe::Kind::Refused, u"unresolvable CDI devices"_s, 90};
        });
    row("another version where /proc shows nothing", u"driver"_s, u"failed"_s, u"another version"_s,
        [](Stack &, MachineFacts &m) {
            m.gpus->fault = {GpuCondition::DriverMismatch, u"code 18"_s};
            m.gpus->moduleVersion.clear();
            m.gpus->gpus.clear();
        });
    row("old toolkit", u"container-toolkit"_s, u"warning"_s, u"1.9.0"_s,
        [](Stack &, MachineFacts &m) { m.toolkit = u"1.9.0"_s; });
    row("no CDI for Podman", u"cdi"_s, u"failed"_s, u"there is none"_s,
        [](Stack &, MachineFacts &m) { m.cdi = {spec(u"other-vendor.yaml"_s)}; });
    row("stale CDI", u"cdi"_s, u"failed"_s, u"written for 570.86.15, the driver is 580.95.05"_s,
        [](Stack &, MachineFacts &m) { m.cdi = {spec(u"nvidia-570.json"_s)}; });
    row("CDI of a GPU that is gone", u"cdi"_s, u"failed"_s, u"/dev/nvidia1"_s, [](Stack &, MachineFacts &m) {
        m.cdi = {spec(u"nvidia-570.json"_s)};
        m.gpus->driver = u"570.86.15"_s;
    });
    row("a GPU that the CDI lacks", u"cdi"_s, u"failed"_s, u"does not name /dev/nvidia1"_s,
        [](Stack &, MachineFacts &m) { m.deviceNodes << u"nvidia1"_s; });
    row("stale CDI that Docker does not need", u"cdi"_s, u"warning"_s, u"written for 570.86.15"_s,
        [](Stack &, MachineFacts &m) {
            m.cdi = {spec(u"nvidia-570.json"_s)};
            m.engine->kind = EngineKind::Docker;
            m.engine->gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
        });
    row("the specification made at start counts", u"cdi"_s, u"passed"_s, u"nvidia-580.yaml"_s,
        [](Stack &, MachineFacts &m) { m.cdi.prepend(spec(u"nvidia-570.json"_s)); });
    row("broken CDI", u"cdi"_s, u"failed"_s, u"broken.yaml"_s,
        [](Stack &, MachineFacts &m) { m.cdi = {spec(u"broken.yaml"_s)}; });
    row("broken CDI beside a good one", u"cdi"_s, u"warning"_s, u"broken.yaml"_s,
        [](Stack &, MachineFacts &m) { m.cdi << spec(u"broken.yaml"_s); });
    row("the runtime is there, the GPU is not", u"container-gpu"_s, u"failed"_s, u"sees no GPU"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {GpuProbe::Kind::NotSeen, {}, 400};
        });
    row("the engine refuses the flag", u"container-gpu"_s, u"failed"_s, u"could not select device driver"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {GpuProbe::Kind::Refused, u"could not select device driver"_s, 90};
        });
    row("nothing to probe with", u"container-gpu"_s, u"unknown"_s, u"until an image"_s,
        [](Stack &, MachineFacts &m) { m.probe.kind = GpuProbe::Kind::NotRun; });
    row("not to be probed", u"container-gpu"_s, u"unknown"_s, u"until a container is started"_s,
        [](Stack &, MachineFacts &m) { m.probe = {}; });
    row("Docker without runtime", u"container-gpu"_s, u"failed"_s, u"can't give GPUs"_s, [](Stack &, MachineFacts &m) {
        m.probe = {};
        m.engine->kind = EngineKind::Docker;
        m.engine->gpuArguments.clear();
    });
    row("driver too old", u"cuda"_s, u"failed"_s, u"needs driver 525.60.13"_s, driver(u"470.256.02"_s));
    row("driver of the same major version", u"cuda"_s, u"warning"_s, u"PTX"_s, driver(u"550.54.15"_s));
    row("CUDA 13 on a driver of 12", u"cuda"_s, u"failed"_s, u"needs driver 580.65.06"_s,
        [driver](Stack &s, MachineFacts &m) {
            driver(u"570.86.15"_s)(s, m);
            s.cuda = Version(u"13.0.0");
        });
    row("CUDA 13.2 on the driver of 13.0", u"cuda"_s, u"warning"_s, u"13.2.1 runs on driver 580.95.05"_s,
        [](Stack &s, MachineFacts &) { s.cuda = Version(u"13.2.1"); });
    row("CUDA 13.3 on its own driver", u"cuda"_s, u"passed"_s, u"driver 610.43.02"_s,
        [driver](Stack &s, MachineFacts &m) {
            driver(u"610.43.02"_s)(s, m);
            s.cuda = Version(u"13.3.0");
        });
    row("a CUDA that the table lacks, as the driver's", u"cuda"_s, u"passed"_s, u"allows up to 13.9"_s,
        [](Stack &s, MachineFacts &m) {
            s.cuda = Version(u"13.9.1");
            m.gpus->cuda = u"13.9"_s;
        });
    row("a CUDA that the table lacks, newer", u"cuda"_s, u"warning"_s, u"newer than the driver's CUDA 13.0"_s,
        [](Stack &s, MachineFacts &) { s.cuda = Version(u"13.9.1"); });
    row("a CUDA that the table lacks, newer major", u"cuda"_s, u"failed"_s, u"newer major version"_s,
        [](Stack &s, MachineFacts &) { s.cuda = Version(u"14.0.0"); });
    row("no CUDA in the image's name", u"cuda"_s, u"unknown"_s, u"does not name"_s,
        [](Stack &s, MachineFacts &) { s.cuda = {}; });
    row("PyTorch of another major CUDA", u"torch"_s, u"failed"_s, u"compiles with 13.0.0"_s,
        [](Stack &s, MachineFacts &) { s.cuda = Version(u"13.0.0"); });
    row("no wheels for the tag", u"torch"_s, u"failed"_s, u"no wheels for cu121"_s,
        [](Stack &s, MachineFacts &) { s.cudaTag = u"cu121"_s; });
    row("no wheels for the Python", u"torch"_s, u"failed"_s, u"no wheels for Python 3.9"_s,
        [](Stack &s, MachineFacts &) { s.python = Version(u"3.9"); });
    row("package of another PyTorch", u"torch"_s, u"warning"_s, u"made for PyTorch 2.9.0"_s,
        [](Stack &s, MachineFacts &) { s.packageVersion = u"0.0.33"_s; });
    row("a package for this PyTorch or newer", u"torch"_s, u"passed"_s, u"xformers 0.0.35"_s,
        [](Stack &s, MachineFacts &) {
            s.torch = Version(u"2.11.0");
            s.packageVersion = u"0.0.35"_s;
        });
    row("a package for a newer PyTorch", u"torch"_s, u"warning"_s, u"made for PyTorch 2.10"_s,
        [](Stack &s, MachineFacts &) { s.packageVersion = u"0.0.35"_s; });
    row("no Python 3.8 for 2.5", u"torch"_s, u"failed"_s, u"no wheels for Python 3.8"_s, [](Stack &s, MachineFacts &) {
        s.torch = Version(u"2.5.1");
        s.cudaTag = u"cu124"_s;
        s.cuda = Version(u"12.4.1");
        s.baseImage = u"docker.io/nvidia/cuda:12.4.1-devel-ubuntu20.04"_s;
    });
    row("another minor CUDA", u"torch"_s, u"warning"_s, u"is for CUDA 12.6"_s,
        [](Stack &s, MachineFacts &) { s.cudaTag = u"cu126"_s; });
    row("a PyTorch that the table lacks", u"torch"_s, u"unknown"_s, u"not in the table"_s,
        [](Stack &s, MachineFacts &) { s.torch = Version(u"9.0"); });
    row("runtime image", u"compiler"_s, u"failed"_s, u"no nvcc"_s, [](Stack &s, MachineFacts &) { s.isDevel = false; });
    row("GCC too new", u"compiler"_s, u"failed"_s, u"takes GCC up to 12, the image has 13"_s,
        [](Stack &s, MachineFacts &) {
            s.baseImage = u"docker.io/nvidia/cuda:12.3.0-devel-ubuntu24.04"_s;
            s.cuda = Version(u"12.3.0");
        });
    row("nvcc too old for the GPU", u"architectures"_s, u"failed"_s, u"can't build 10.3"_s,
        [](Stack &s, MachineFacts &) { s.capabilities = QStringList{u"10.3"_s}; });
    row("nvcc too new for the GPU", u"architectures"_s, u"failed"_s, u"no longer builds 7.0"_s,
        [](Stack &s, MachineFacts &) {
            s.capabilities = QStringList{u"7.0"_s};
            s.cuda = Version(u"13.0.0");
        });
    row("package no longer supports the GPU", u"architectures"_s, u"failed"_s,
        u"xformers 0.0.33.post2 supports 7.5 and newer, not 7.0 (Volta)"_s,
        [](Stack &s, MachineFacts &) { s.capabilities = QStringList{u"7.0"_s}; });
    row("package of an unknown release", u"architectures"_s, u"warning"_s, u"xformers 0.0.35 supports 7.5"_s,
        [](Stack &s, MachineFacts &) {
            s.capabilities = QStringList{u"7.0"_s};
            s.packageVersion.clear();
        });
    const auto release = [](const QString &package, const QString &version, const QString &capability,
                            const QString &cuda) -> Change {
        return [=](Stack &s, MachineFacts &m) {
            s.package = package;
            s.packageVersion = version;
            s.capabilities = QStringList{capability};
            s.cuda = Version(cuda);
            s.torch = Version(u"2.8.0");
            m.gpus->gpus[0].computeCapability = plainCapability(capability);
        };
    };
    row("flash-attention builds for Ampere alone", u"architectures"_s, u"failed"_s,
        u"supports 8.0 and newer, not 7.5"_s, release(u"flash-attention"_s, u"2.8.3"_s, u"7.5"_s, u"12.8.0"_s));
    row("flash-attention's code for 8.0 is for 8.6, too", u"architectures"_s, u"passed"_s, u"8.6 fits"_s,
        release(u"flash-attention"_s, u"2.8.3"_s, u"8.6"_s, u"12.8.0"_s));
    row("flash-attention for Blackwell", u"architectures"_s, u"passed"_s, u"12.0 fits"_s,
        release(u"flash-attention"_s, u"2.8.3"_s, u"12.0"_s, u"12.8.0"_s));
    row("flash-attention before Blackwell", u"architectures"_s, u"failed"_s,
        u"flash-attention 2.7.2 builds 8.0, 9.0, not 12.0 (Blackwell)"_s,
        release(u"flash-attention"_s, u"2.7.2"_s, u"12.0"_s, u"12.8.0"_s));
    row("SageAttention for Hopper by an old toolkit", u"architectures"_s, u"failed"_s,
        u"sageattention 2.2.0 builds 9.0 (Hopper) with CUDA 12.3 and newer, the base image has 12.1.0"_s,
        release(u"sageattention"_s, u"2.2.0"_s, u"9.0"_s, u"12.1.0"_s));
    row("SageAttention builds what is named alone", u"architectures"_s, u"failed"_s, u"8.9, 9.0, 12.0, not 8.7"_s,
        release(u"sageattention"_s, u"2.2.0"_s, u"8.7"_s, u"12.8.0"_s));
    row("SageAttention of an unknown release", u"architectures"_s, u"warning"_s, u"sageattention 2.2.0 builds 8.0"_s,
        release(u"sageattention"_s, {}, u"10.0"_s, u"12.8.0"_s));
    row("flash-attention for a newer PyTorch than its wheels", u"torch"_s, u"passed"_s,
        u"flash-attention 2.8.2 (its own wheels end at PyTorch 2.7: to be compiled)"_s,
        release(u"flash-attention"_s, u"2.8.2"_s, u"9.0"_s, u"12.8.0"_s));
    row("flash-attention for an older PyTorch", u"torch"_s, u"warning"_s, u"made for PyTorch 2.4.0"_s,
        [release](Stack &s, MachineFacts &m) {
            release(u"flash-attention"_s, u"2.8.3"_s, u"9.0"_s, u"12.1.0"_s)(s, m);
            s.torch = Version(u"2.3.1");
            s.cudaTag = u"cu121"_s;
        });
    row("a Python that the package no longer takes", u"torch"_s, u"failed"_s,
        u"needs Python 3.9 or newer, here is 3.8"_s, [release](Stack &s, MachineFacts &m) {
            release(u"flash-attention"_s, u"2.8.3"_s, u"9.0"_s, u"12.4.1"_s)(s, m);
            s.torch = Version(u"2.4.1");
            s.cudaTag = u"cu124"_s;
            s.python = Version(u"3.8");
        });
    row("PyTorch has no code for the GPU", u"architectures"_s, u"failed"_s, u"has no code for GPU 0 (6.1)"_s,
        [](Stack &s, MachineFacts &m) {
            s.capabilities = QStringList{u"6.1"_s};
            s.package.clear();
            m.gpus->gpus[0].computeCapability = u"6.1"_s;
        });
    row("built for another GPU", u"architectures"_s, u"failed"_s, u"GPU 0 is 9.0"_s, [](Stack &s, MachineFacts &) {
        s.capabilities = QStringList{u"8.0"_s, u"8.6"_s};
    });
    row("PTX runs on newer GPUs", u"architectures"_s, u"passed"_s, u"fits every GPU"_s,
        [](Stack &s, MachineFacts &) { s.capabilities = QStringList{u"8.0+PTX"_s}; });
    row("minor versions are compatible upwards", u"architectures"_s, u"passed"_s, u"fits every GPU"_s,
        [](Stack &s, MachineFacts &m) {
            s.capabilities = QStringList{u"8.0"_s};
            m.gpus->gpus[0].computeCapability = u"8.6"_s;
        });
    row("but not downwards", u"architectures"_s, u"failed"_s, u"GPU 0 is 8.0"_s, [](Stack &s, MachineFacts &m) {
        s.capabilities = QStringList{u"8.6"_s};
        m.gpus->gpus[0].computeCapability = u"8.0"_s;
    });
    row("9.0a runs on 9.0 alone", u"architectures"_s, u"failed"_s, u"GPU 0 is 10.0"_s, [](Stack &s, MachineFacts &m) {
        s.capabilities = QStringList{u"9.0a"_s};
        m.gpus->gpus[0].computeCapability = u"10.0"_s;
    });
    row("detected", u"architectures"_s, u"passed"_s, u"9.0 fits"_s, [](Stack &s, MachineFacts &) {
        s.capabilities = QStringList{u"12.0"_s};
        s.detects = true;
    });
    row("glibc too old", u"glibc"_s, u"failed"_s, u"needs glibc 2.28, the image has 2.27"_s,
        [](Stack &s, MachineFacts &) { s.baseImage = u"docker.io/nvidia/cuda:12.8.0-devel-ubuntu18.04"_s; });
    row("old wheels on an old system", u"glibc"_s, u"passed"_s, u"wheel 2.17, image 2.27"_s,
        [](Stack &s, MachineFacts &) {
            s.baseImage = u"docker.io/nvidia/cuda:12.4.1-devel-ubuntu18.04"_s;
            s.torch = Version(u"2.6.0");
            s.cudaTag = u"cu124"_s;
        });
    row("too many jobs", u"memory"_s, u"warning"_s, u"40 jobs"_s, [](Stack &s, MachineFacts &) { s.jobs = 40; });
    row("a cgroup that is too small", u"memory"_s, u"failed"_s, u"2.0 GiB available"_s,
        [](Stack &, MachineFacts &m) { m.cgroupLimit = 2LL << 30; });
    row("little disk", u"disk"_s, u"warning"_s, u"9 GB free"_s,
        [](Stack &, MachineFacts &m) { m.freeBytes = 9'000'000'000; });
    const Change noEngine = [](Stack &, MachineFacts &m) {
        m.engine.reset();
        m.engineError = {ErrorKind::NotFound, u"No engine was found."_s, {}, u"Install Podman."_s};
        m.freeBytes.reset();
        m.probe = {};
    };
    row("no engine", u"engine"_s, u"failed"_s, u"No engine was found"_s, noEngine);
    row("no engine, no container", u"container-gpu"_s, u"unknown"_s, u"until an engine works"_s, noEngine);
    row("no engine, no disk", u"disk"_s, u"unknown"_s, u"until an engine works"_s, noEngine);
    row("memory is not delegated", u"cgroups"_s, u"warning"_s, u"can't limit memory"_s,
        [](Stack &, MachineFacts &m) { m.engine->memoryLimit = Ability::No; });
    row("too few builds for an estimate", u"time"_s, u"unknown"_s, u"no estimate yet"_s,
        [](Stack &, MachineFacts &m) { m.earlier.removeLast(); });
}

void TestPreflight::eachBadCombinationIsNamed()
{
    QFETCH(Change, change);
    QFETCH(QString, id);
    QFETCH(QString, outcome);
    QFETCH(QString, evidence);
    Stack stack = goodStack();
    MachineFacts machine = goodMachine();
    change(stack, machine);
    const Preflight ladder = preflight(stack, machine, m_tables);
    const Check *check = ladder.find(id);
    QVERIFY(check);
    QVERIFY2(outcomeName(check->outcome) == outcome,
             qPrintable(outcomeName(check->outcome) + u": "_s + check->evidence));
    QVERIFY2(check->evidence.contains(evidence), qPrintable(check->evidence));
    if (check->outcome == CheckOutcome::Failed || check->outcome == CheckOutcome::Warning)
        QVERIFY2(!check->remedy.isEmpty(), "no remedy");
}

QTEST_GUILESS_MAIN(TestPreflight)
#include "tst_preflight.moc"
