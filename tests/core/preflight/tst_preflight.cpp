// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/environmentfile.h"
#include "tests/core/preflight/goodmachine.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

static Result<CdiSpec> spec(const QString &file)
{
    return parseCdiSpec(recordedPreflight(file), file);
}

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
        QVERIFY(m_tables.packages.size() >= 46);
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
        for (const NeedsRow &row : m_tables.needs)
            QVERIFY2(row.nvccThreads > 0 && row.memoryPerThread >= 1 << 30, qPrintable(row.package));
        QVERIFY(m_tables.needs.last().package.isEmpty() && m_tables.memoryWithoutCuda > 0);
        QVERIFY(m_tables.diskWithCuda.all > m_tables.diskWithout.all);
        QVERIFY(m_tables.diskWithCuda.layer > 0 && m_tables.diskWithCuda.layer < m_tables.diskWithCuda.all);
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
        QCOMPARE(ladder.toJson().value("unknown"_L1).toInt(-1), 0);
        QVERIFY(ladder.find(u"torch"_s)->table->source.startsWith("PyTorch"_L1)); // of the table that judged
        QVERIFY(!ladder.find(u"nvml"_s)->table);
    }

    void eachBadCombinationIsNamed_data();
    void eachBadCombinationIsNamed() { judgeChange(m_tables); }

    void theFittingPartOfMixedGpusIsNamed()
    {
        Stack stack = goodStack();
        stack.package = u"flash-attention"_s;
        stack.packageVersion = u"2.8.3"_s;
        stack.detects = true;
        MachineFacts machine = goodMachine();
        machine.gpus->gpus << machine.gpus->gpus[0];
        machine.gpus->gpus[1].computeCapability = u"7.5"_s;
        Preflight ladder = preflight(stack, machine, m_tables);
        QCOMPARE(ladder.find(u"architectures"_s)->outcome, CheckOutcome::Failed);
        QVERIFY2(ladder.find(u"architectures"_s)->remedy.contains("Or name only 9.0: "_L1),
                 qPrintable(ladder.find(u"architectures"_s)->remedy));
        QCOMPARE(ladder.find(u"architectures"_s)->choice, std::pair(u"cuda-architectures"_s, u"9.0"_s));
        stack.detects = false; // and what is missing in a list
        machine.gpus->gpus[1].computeCapability = u"12.0"_s;
        ladder = preflight(stack, machine, m_tables);
        QVERIFY(ladder.find(u"architectures"_s)->remedy.startsWith("Add 12.0 "_L1));
        QCOMPARE(ladder.find(u"architectures"_s)->outcome, CheckOutcome::Warning); // one may be left out on purpose
        machine.gpus->gpus[1].computeCapability = u"7.5"_s; // which this release can't be built for
        ladder = preflight(stack, machine, m_tables);
        QCOMPARE(ladder.find(u"architectures"_s)->outcome, CheckOutcome::Warning);
        QVERIFY(!ladder.find(u"architectures"_s)->choice);
    }

    void whatIsOfferedToChoosePasses_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        const auto row = [](const char *title, const QString &id, const QString &name, const QString &value,
                            const Change &change) { QTest::newRow(title) << change << id << name << value; };
        row("fewer jobs", u"memory"_s, u"jobs"_s, u"16"_s, [](Stack &s, MachineFacts &) { s.jobs = 40; });
        row("the GPU's own architecture", u"architectures"_s, u"cuda-architectures"_s, u"8.0;9.0"_s,
            [](Stack &s, MachineFacts &) { s.capabilities = QStringList{u"8.0"_s}; });
        row("without one that can't be built", u"architectures"_s, u"cuda-architectures"_s, u"9.0"_s,
            [](Stack &s, MachineFacts &) {
                s.capabilities = QStringList{u"9.0"_s, u"3.5"_s};
            });
        row("the tag of the base image's CUDA", u"torch"_s, u"cuda-tag"_s, u"cu128"_s,
            [](Stack &s, MachineFacts &) { s.cudaTag = u"cu130"_s; });
        row("the package's own PyTorch", u"torch"_s, u"torch-version"_s, u"2.9.1"_s,
            [](Stack &s, MachineFacts &) { s.torch = Version(u"2.8.0"); });
    }

    void whatIsOfferedToChoosePasses()
    {
        QFETCH(Change, change);
        QFETCH(QString, id);
        QFETCH(QString, name);
        QFETCH(QString, value);
        Stack stack = goodStack();
        MachineFacts machine = goodMachine();
        change(stack, machine);
        const Preflight before = preflight(stack, machine, m_tables);
        const Check *check = before.find(id);
        QVERIFY(check && check->outcome != CheckOutcome::Passed);
        QCOMPARE(check->choice, std::pair(name, value));
        QCOMPARE(before.toJson()["checks"_L1][static_cast<int>(check - before.checks.constData())]["choice"_L1],
                 QJsonValue(QJsonObject{{u"name"_s, name}, {u"value"_s, value}}));
        if (name == "jobs"_L1)
            stack.jobs = value.toInt();
        else if (name == "cuda-architectures"_L1)
            stack.capabilities = value.split(u';');
        else if (name == "cuda-tag"_L1)
            stack.cudaTag = value;
        else
            stack.torch = Version(value);
        const Preflight after = preflight(stack, machine, m_tables);
        QVERIFY2(after.find(id)->outcome == CheckOutcome::Passed, qPrintable(after.find(id)->evidence));
        QVERIFY(!after.find(id)->choice);
    }

    void onlyWhatTheEnvironmentLeavesOpenIsOffered()
    {
        Environment environment;
        environment.name = u"demo"_s;
        environment.choices = {{u"jobs"_s, {}, {}, {}, false, false}};
        Check memory{u"memory"_s, u"Memory"_s, CheckOutcome::Warning, {}, {}, {}, std::pair(u"jobs"_s, u"4"_s)};
        Check tag{u"torch"_s, u"PyTorch"_s, CheckOutcome::Failed, {}, {}, {}, std::pair(u"cuda-tag"_s, u"cu128"_s)};
        QList<Check> checks{memory, tag};
        offerChoices(checks, environment);
        QCOMPARE(checks[0].choice, memory.choice);
        QCOMPARE(checks[0].fix->display(), u"kernelyardctl choices demo jobs=4"_s);
        QVERIFY(!checks[1].choice && !checks[1].fix);
        environment.choices[0].values = QStringList{u"1"_s, u"2"_s};
        offerChoices(checks, environment);
        QVERIFY(!checks[0].choice);
    }

    void withoutGpuTheCpuPathIsLeft()
    {
        MachineFacts machine = goodMachine();
        machine.gpus = GpuReading();
        machine.gpus->fault.condition = GpuCondition::NoDevice;
        machine.pciGpus.clear();
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
        const Result<CdiSpec> wsl = spec(u"nvidia-wsl.yaml"_s);
        QVERIFY(wsl);
        QVERIFY(wsl->isWsl() && !good->isWsl());
        QCOMPARE(wsl->driver, QString()); // its libcuda.so.1.1 is no driver 1.1
        for (const QString &file : {u"no-devices.yaml"_s, u"broken.yaml"_s}) {
            const Result<CdiSpec> bad = spec(file);
            QVERIFY2(!bad, qPrintable(file));
            QCOMPARE(bad.error().kind, ErrorKind::Invalid);
            QVERIFY(bad.error().message.contains(file));
        }
    }

    void everyCdiFileCutShortIsSurvived()
    {
        const QByteArray whole = recordedPreflight(u"nvidia-580.yaml"_s);
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
        const QList<CdiFile> files = readCdiFiles(root.path());
        QCOMPARE(files.size(), 3);
        QVERIFY(files[0].spec && !files[1].spec && files[2].spec);
        QVERIFY(files[0].namesNvidia && files[1].namesNvidia);
        QVERIFY(readCdiFiles(u"/nowhere"_s).isEmpty());
        QCOMPARE(readCdiFiles(root.path(), {u"/etc/cdi"_s}).size(), 2);
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
    addChangeColumns();
    const auto &row = addChange;
    const auto driver = [](const QString &version) {
        return [version](Stack &, MachineFacts &machine) {
            machine.gpus->driver = version;
            machine.cdi.clear();
            machine.engine->kind = EngineKind::Docker;
            machine.engine->gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
        };
    };
    row("driver too old", u"cuda"_s, u"failed"_s, u"needs driver 525.60.13"_s, [driver](Stack &s, MachineFacts &m) {
        driver(u"470.256.02"_s)(s, m);
        m.gpus->gpus[0].name = u"NVIDIA GeForce RTX 4090"_s;
    });
    row("driver too old, of a GPU that takes newer ones", u"cuda"_s, u"warning"_s, u"by cuda-compat in the image"_s,
        driver(u"470.256.02"_s));
    row("a container shows that it runs", u"cuda"_s, u"passed"_s, u"a probe with an image of it finds CUDA 12.8"_s,
        [driver](Stack &s, MachineFacts &m) {
            driver(u"470.256.02"_s)(s, m);
            m.probe.cuda = u"12.8"_s;
            m.probe.image = {u"base"_s, Version(u"12.8.1"), {}};
        });
    row("a container of another CUDA shows nothing", u"cuda"_s, u"warning"_s, u"by cuda-compat in the image"_s,
        [driver](Stack &s, MachineFacts &m) {
            driver(u"470.256.02"_s)(s, m);
            m.probe.cuda = u"12.4"_s;
            m.probe.image = {u"base"_s, Version(u"12.4.1"), {}};
        });
    row("an image that is not started on this driver", u"cuda"_s, u"failed"_s, u"NVIDIA_REQUIRE_CUDA"_s,
        [driver](Stack &s, MachineFacts &m) {
            driver(u"550.54.15"_s)(s, m);
            m.gpus->cuda = u"12.4"_s;
            m.probe = {};
            m.probe.image = {u"base"_s, Version(u"12.8.1"), u"cuda>=12.8 brand=tesla,driver>=470,driver<471"_s};
        });
    row("driver of the same major version", u"cuda"_s, u"warning"_s, u"PTX"_s, driver(u"550.54.15"_s));
    row("CUDA 13 on a driver of 12", u"cuda"_s, u"failed"_s, u"needs driver 580.65.06"_s,
        [driver](Stack &s, MachineFacts &m) {
            driver(u"570.86.15"_s)(s, m);
            m.gpus->gpus[0].name = u"NVIDIA RTX A6000"_s;
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
        [](Stack &s, MachineFacts &m) {
            s.cuda = Version(u"14.0.0");
            m.gpus->gpus[0].name = u"NVIDIA TITAN V"_s;
        });
    row("no CUDA in the image's name", u"cuda"_s, u"unknown"_s, u"does not name"_s,
        [](Stack &s, MachineFacts &) { s.cuda = {}; });
    row("PyTorch of another major CUDA", u"torch"_s, u"failed"_s, u"compiles with 13.0.0"_s,
        [](Stack &s, MachineFacts &) { s.cuda = Version(u"13.0.0"); });
    row("no wheels for the tag", u"torch"_s, u"failed"_s, u"no wheels for cu121"_s,
        [](Stack &s, MachineFacts &) { s.cudaTag = u"cu121"_s; });
    row("wheels that are not for CUDA", u"torch"_s, u"unknown"_s, u"rocm6.4 is not in the table"_s,
        [](Stack &s, MachineFacts &) { s.cudaTag = u"rocm6.4"_s; });
    row("wheels for CUDA 12.9", u"torch"_s, u"passed"_s, u"2.9.1+cu129"_s, [](Stack &s, MachineFacts &) {
        s.cudaTag = u"cu129"_s;
        s.cuda = Version(u"12.9.1");
    });
    row("a Python with its patch", u"torch"_s, u"passed"_s, u"Python 3.14"_s,
        [](Stack &s, MachineFacts &) { s.python = Version(u"3.14.2"); });
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
    row("a release that the table lacks is judged by the one before", u"architectures"_s, u"warning"_s,
        u"xformers 0.0.31.post1 supports 7.5 and newer, not 7.0 (Volta); 0.0.31.post7 is not in the table"_s,
        [](Stack &s, MachineFacts &) {
            s.capabilities = QStringList{u"7.0"_s};
            s.packageVersion = u"0.0.31.post7"_s;
        });
    row("a release that is older than the table", u"architectures"_s, u"passed"_s, u"can be built"_s,
        [](Stack &s, MachineFacts &m) {
            s.capabilities = QStringList{u"7.0"_s};
            s.packageVersion = u"0.0.20"_s;
            m.gpus->gpus.clear();
        });
    row("no capability", u"architectures"_s, u"failed"_s, u"9.9 is no compute capability that is known"_s,
        [](Stack &s, MachineFacts &) {
            s.capabilities = QStringList{u"9.0"_s, u"9.9"_s};
        });
    row("a family", u"architectures"_s, u"passed"_s, u"10.0f fits"_s, [](Stack &s, MachineFacts &m) {
        s.capabilities = QStringList{u"10.0f"_s};
        s.cuda = Version(u"12.9.1");
        m.gpus->gpus[0].computeCapability = u"10.3"_s;
    });
    row("PTX of one architecture's features", u"architectures"_s, u"failed"_s, u"GPU 0 is 10.0"_s,
        [](Stack &s, MachineFacts &m) {
            s.capabilities = QStringList{u"9.0a+PTX"_s};
            m.gpus->gpus[0].computeCapability = u"10.0"_s;
        });
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
    row("four architectures at once", u"memory"_s, u"warning"_s,
        u"4 jobs for 4 architectures at once are assumed to take 64"_s, [](Stack &s, MachineFacts &m) {
            s.capabilities = QStringList{u"8.0"_s, u"8.6"_s, u"9.0"_s, u"10.0"_s, u"12.0"_s};
            m.memoryBytes = 40LL << 30;
        });
    row("jobs that ninja decides", u"memory"_s, u"warning"_s, u"18 jobs are assumed to take 72"_s,
        [](Stack &s, MachineFacts &) { s.jobs = 0; });
    row("jobs that flash-attention decides", u"memory"_s, u"passed"_s, u"takes as many jobs as fit"_s,
        [release](Stack &s, MachineFacts &m) {
            release(u"flash-attention"_s, u"2.8.3"_s, u"9.0"_s, u"12.8.0"_s)(s, m);
            s.jobs = 0;
        });
    row("little memory without CUDA", u"memory"_s, u"warning"_s, u"0.1 GiB available"_s, [](Stack &s, MachineFacts &m) {
        s.cuda = {};
        s.cudaTag.clear();
        m.memoryBytes = 100LL << 20;
    });
    row("a cgroup that is too small", u"memory"_s, u"failed"_s, u"2.0 GiB available"_s,
        [](Stack &, MachineFacts &m) { m.cgroupLimit = 2LL << 30; });
    row("little disk", u"disk"_s, u"warning"_s, u"9 GB free"_s,
        [](Stack &, MachineFacts &m) { m.freeBytes = 9'400'000'000; });
    row("no disk", u"disk"_s, u"failed"_s, u"0 GB free"_s, [](Stack &, MachineFacts &m) { m.freeBytes = 0; });
    row("a disk elsewhere", u"disk"_s, u"unknown"_s, u"can't be seen from here"_s,
        [](Stack &, MachineFacts &m) { m.freeBytes.reset(); });
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

QTEST_GUILESS_MAIN(TestPreflight)
#include "tst_preflight.moc"
