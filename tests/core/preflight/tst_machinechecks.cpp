// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/preflight/goodmachine.h"

#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

/// The rungs from the kernel module to a container that sees the GPU.
class TestMachineChecks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto tables = CompatibilityTables::read(QStringLiteral(KERNELYARD_SOURCE_DIR));
        QVERIFY2(tables, tables ? "" : qPrintable(tables.error().message));
        m_tables = *tables;
    }

    void aFailedRungLeavesTheRestUnknown()
    {
        MachineFacts machine = goodMachine();
        machine.gpus->moduleVersion.clear();
        machine.gpus->driver.clear();
        machine.gpus->source = GpuSource::None;
        machine.gpus->gpus.clear();
        machine.gpus->fault = {GpuCondition::NoDriver, {}};
        machine.probe = {};
        const QList<Check> checks = machineChecks(goodStack(), machine);
        QCOMPARE(checks[0].outcome, CheckOutcome::Failed);
        QVERIFY(checks[0].fix);
        for (qsizetype i = 1; i < checks.size(); ++i) {
            QCOMPARE(checks[i].outcome, CheckOutcome::Unknown);
            QVERIFY(checks[i].evidence.contains(checks[0].name));
        }
        const QList<Check> folded = Preflight{{}, 0, checks}.folded();
        QCOMPARE(folded.size(), 2);
        QVERIFY(folded[1].name.startsWith("Driver, Device nodes, NVML"_L1) &&
                folded[1].name.endsWith(checks.last().name));
        QCOMPARE(folded[1].evidence, checks[1].evidence);
    }

    void whatIsToBeRunIsTold()
    {
        const auto fixOf = [this](const QString &id, const Change &change) {
            Stack stack = goodStack();
            MachineFacts machine = goodMachine();
            change(stack, machine);
            const Preflight ladder = preflight(stack, machine, m_tables);
            const auto &fix = ladder.find(id)->fix;
            return fix ? fix->display() : QString();
        };
        QCOMPARE(fixOf(u"device-nodes"_s,
                       [](Stack &, MachineFacts &m) {
                           m.deviceNodes.clear();
                           m.gpus->source = {};
                       }),
                 u"sudo nvidia-modprobe -c 255 -c 0"_s);
        QCOMPARE(fixOf(u"device-nodes"_s, [](Stack &, MachineFacts &m) { m.deviceNodes.removeAll(u"nvidia-uvm"_s); }),
                 u"sudo nvidia-modprobe -u -c 0"_s);
        QCOMPARE(fixOf(u"nvml"_s, [](Stack &, MachineFacts &m) { m.gpus->gpus[0].mig = true; }),
                 u"sudo nvidia-smi mig --id 0 --create-gpu-instance 0 --default-compute-instance"_s);
        const auto broken = [](bool nvidia) -> Change {
            return [nvidia](Stack &, MachineFacts &m) {
                m.cdi << cdiFile(u"broken.yaml"_s);
                m.cdi.last().namesNvidia = nvidia;
            };
        };
        QCOMPARE(fixOf(u"cdi"_s, broken(true)), u"sudo nvidia-ctk cdi generate --output=/etc/cdi/broken.yaml"_s);
        QCOMPARE(fixOf(u"cdi"_s, broken(false)), QString()); // another maker's is not ours to write
        QCOMPARE(fixOf(u"cdi"_s, [](Stack &, MachineFacts &m) { m.cdi.clear(); }),
                 u"sudo systemctl restart nvidia-cdi-refresh"_s);
        QCOMPARE(fixOf(u"container-gpu"_s,
                       [](Stack &, MachineFacts &m) {
                           m.probe = {GpuProbe::Kind::NoImage, {}, 0};
                       }),
                 u"/usr/bin/podman pull docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04"_s);
        Preflight ladder;
        ladder.checks = {Check{u"a"_s, {}, CheckOutcome::Failed, {}, {}, Command{u"sudo"_s, {u"true"_s}, {}, {}}}};
        QVERIFY(ladder.toJson().value("checks"_L1)[0]["fixNeedsRoot"_L1].toBool());
    }

    void aRefusedGpuIsToldWhichDriverItNeeds()
    {
        const auto remedyOf = [](const QString &version, bool open) {
            MachineFacts machine = goodMachine();
            machine.gpus->gpus.clear();
            machine.gpus->driver = machine.gpus->moduleVersion = version;
            machine.openModule = open;
            machine.probe = {};
            return machineChecks(goodStack(), machine)[1].remedy;
        };
        QVERIFY(remedyOf(u"590.48.01"_s, true).contains("need the branch 580 with its proprietary"_L1));
        QVERIFY(remedyOf(u"580.95.05"_s, true).contains("before Turing need the proprietary"_L1));
        QVERIFY(remedyOf(u"570.86.15"_s, false).contains("Blackwell and newer need the open"_L1));
        QVERIFY(remedyOf(u"570.86.15"_s, false).contains("kernel's log"_L1));
    }

    void eachBadMachineIsNamed_data();
    void eachBadMachineIsNamed() { judgeChange(m_tables); }

private:
    CompatibilityTables m_tables;
};

void TestMachineChecks::eachBadMachineIsNamed_data()
{
    addChangeColumns();
    const auto &row = addChange;
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
    row("GPU nodes are numbered otherwise than NVML does", u"device-nodes"_s, u"failed"_s, u"/dev/nvidia3 is missing"_s,
        [](Stack &, MachineFacts &m) { m.pciGpus[0].minor = 3; });
    row("the nodes come before NVML, which needs them", u"device-nodes"_s, u"failed"_s,
        u"/dev/nvidiactl, /dev/nvidia0 are missing"_s, [](Stack &, MachineFacts &m) {
            m.deviceNodes = QStringList{u"nvidia-uvm"_s};
            m.gpus->source = GpuSource::Kernel;
            m.gpus->fault = {GpuCondition::Failed, u"Unknown Error"_s};
        });
    const Change wsl = [](Stack &, MachineFacts &m) {
        m.gpus->moduleVersion.clear();
        m.deviceNodes.clear();
        m.pciGpus.clear();
        m.hasDxg = m.hasWslCuda = true;
        m.cdi = {cdiFile(u"nvidia-wsl.yaml"_s)};
    };
    row("WSL has no module", u"kernel-module"_s, u"passed"_s, u"none under WSL"_s, wsl);
    row("WSL", u"device-nodes"_s, u"passed"_s, u"/dev/dxg, /usr/lib/wsl/lib/libcuda.so.1"_s, wsl);
    row("CDI of WSL", u"cdi"_s, u"passed"_s, u"nvidia-wsl.yaml"_s, wsl);
    row("WSL without Windows' driver", u"device-nodes"_s, u"failed"_s, u"of Windows' driver is not"_s,
        [wsl](Stack &s, MachineFacts &m) {
            wsl(s, m);
            m.hasWslCuda = false;
        });
    row("CDI of Linux under WSL", u"cdi"_s, u"failed"_s, u"does not name /dev/dxg"_s, [wsl](Stack &s, MachineFacts &m) {
        wsl(s, m);
        m.probe = {};
        m.cdi = {cdiFile(u"nvidia-580.yaml"_s)};
    });
    row("CDI of WSL on Linux", u"cdi"_s, u"failed"_s, u"names /dev/dxg, which is not there"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {};
            m.cdi = {cdiFile(u"nvidia-wsl.yaml"_s)};
        });
    const auto mig = [](int slices) {
        return [slices](Stack &, MachineFacts &m) {
            m.gpus->gpus[0].mig = true;
            for (int i = 0; i < slices; ++i)
                m.gpus->gpus[0].slices << MigSlice{i, u"1g.18gb"_s, {}, 7 + i, 0, {}, {}, {}, {}};
            m.probe = {};
        };
    };
    row("MIG without instances", u"nvml"_s, u"failed"_s, u"MIG is on and has no instance on GPU 0"_s, mig(0));
    row("MIG with instances", u"nvml"_s, u"passed"_s, u"answers for 1 GPU"_s, mig(2));
    row("instances that the CDI lacks", u"cdi"_s, u"failed"_s, u"it names 0 nodes of MIG instances, there are 4"_s,
        mig(2));
    row("an instance that is gone", u"cdi"_s, u"failed"_s, u"/dev/nvidia-caps/nvidia-cap21, which is not there"_s,
        [](Stack &, MachineFacts &m) {
            m.cdi[0].spec->deviceNodes << u"/dev/nvidia-caps/nvidia-cap21"_s;
            m.probe = {};
        });
    const auto refusing = [](const QString &version, bool open) {
        return [version, open](Stack &, MachineFacts &m) {
            m.gpus->gpus.clear();
            m.gpus->driver = m.gpus->moduleVersion = version;
            m.gpus->fault.condition = GpuCondition::NoDevice;
            m.openModule = open;
            m.pciGpus = {{u"0000:01:00.0"_s, std::nullopt}};
            m.probe = {};
        };
    };
    row("a driver that no longer knows the GPU", u"driver"_s, u"failed"_s, u"supports none of the 1 NVIDIA"_s,
        refusing(u"590.48.01"_s, false));
    row("the open module and an old GPU", u"driver"_s, u"failed"_s, u"580.95.05 (open kernel module)"_s,
        refusing(u"580.95.05"_s, true));
    row("the proprietary module and a new GPU", u"driver"_s, u"failed"_s, u"(proprietary kernel module)"_s,
        refusing(u"580.95.05"_s, false));
    row("a module, and no GPU", u"kernel-module"_s, u"warning"_s, u"no GPU found"_s, [](Stack &, MachineFacts &m) {
        m.gpus->gpus.clear();
        m.pciGpus.clear();
        m.gpus->fault.condition = GpuCondition::NoDevice;
    });
    row("the helper can't be run", u"driver"_s, u"unknown"_s, u"can't be asked for"_s, [](Stack &, MachineFacts &m) {
        m.gpus.reset();
        m.gpuError = u"kernelyardctl could not be started."_s;
        m.probe = {};
    });
    const auto unregistered = [](MachineFacts &m) {
        m.toolkit = {};
        m.cdi.clear();
        m.probe = {};
        m.engine->kind = EngineKind::Docker;
        m.engine->gpuArguments.clear();
    };
    row("no toolkit", u"container-toolkit"_s, u"failed"_s, u"not installed"_s,
        [unregistered](Stack &, MachineFacts &m) { unregistered(m); });
    row("no toolkit in PATH, and the GPU is seen", u"container-toolkit"_s, u"warning"_s, u"not in PATH"_s,
        [](Stack &, MachineFacts &m) { m.toolkit = {}; });
    row("what is seen counts", u"container-gpu"_s, u"passed"_s, u"CUDA 13.0 finds 1 GPU"_s,
        [](Stack &, MachineFacts &m) {
            m.toolkit = {};
            m.cdi = {cdiFile(u"nvidia-570.json"_s)};
        });
    row("what is refused is told", u"container-gpu"_s, u"failed"_s, u"could not select device driver"_s,
        [unregistered](Stack &, MachineFacts &m) {
            unregistered(m);
            m.probe = {GpuProbe::Kind::Refused, u"could not select device driver"_s, 90};
        });
    row("toolkit that does not answer", u"container-toolkit"_s, u"warning"_s, u"did not answer"_s,
        [](Stack &, MachineFacts &m) {
            m.toolkit = {ContainerToolkit::State::Silent, {}, u"nvidia-ctk did not answer within 5 s."_s};
        });
    row("toolkit without version", u"container-toolkit"_s, u"warning"_s, u"can't be read: nonsense"_s,
        [](Stack &, MachineFacts &m) {
            m.toolkit = {ContainerToolkit::State::Unreadable, {}, u"nonsense"_s};
        });
    const auto withoutCuda = [](Stack &s, MachineFacts &m) {
        s.cuda = {};
        s.cudaTag.clear();
        s.torch = {};
        m.engine->gpuArguments.clear();
        m.toolkit = {};
        m.probe = {};
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
        [](Stack &, MachineFacts &m) { m.toolkit = toolkit(u"1.9.0"_s); });
    row("no CDI for Podman", u"cdi"_s, u"failed"_s, u"there is none"_s, [](Stack &, MachineFacts &m) {
        m.probe = {};
        m.cdi = {cdiFile(u"other-vendor.yaml"_s)};
    });
    row("stale CDI", u"cdi"_s, u"failed"_s, u"written for 570.86.15, the driver is 580.95.05"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {};
            m.cdi = {cdiFile(u"nvidia-570.json"_s)};
        });
    row("CDI of a GPU that is gone", u"cdi"_s, u"failed"_s, u"/dev/nvidia1"_s, [](Stack &, MachineFacts &m) {
        m.cdi = {cdiFile(u"nvidia-570.json"_s)};
        m.gpus->driver = u"570.86.15"_s;
        m.probe = {};
    });
    row("a GPU that the CDI lacks", u"cdi"_s, u"failed"_s, u"does not name /dev/nvidia1"_s,
        [](Stack &, MachineFacts &m) {
            m.deviceNodes << u"nvidia1"_s;
            m.probe = {};
        });
    row("stale CDI that Docker does not need", u"cdi"_s, u"warning"_s, u"written for 570.86.15"_s,
        [](Stack &, MachineFacts &m) {
            m.cdi = {cdiFile(u"nvidia-570.json"_s)};
            m.engine->kind = EngineKind::Docker;
            m.engine->gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
        });
    row("the specification made at start counts", u"cdi"_s, u"passed"_s, u"nvidia-580.yaml"_s,
        [](Stack &, MachineFacts &m) {
            m.cdi = {cdiFile(u"nvidia-570.json"_s), cdiFile(u"nvidia-580.yaml"_s, u"/var/run/cdi"_s)};
        });
    row("broken CDI", u"cdi"_s, u"failed"_s, u"broken.yaml"_s, [](Stack &, MachineFacts &m) {
        m.probe = {};
        m.cdi = {cdiFile(u"broken.yaml"_s)};
    });
    row("stale CDI, and the GPU is seen", u"cdi"_s, u"warning"_s, u"written for 570.86.15"_s,
        [](Stack &, MachineFacts &m) { m.cdi = {cdiFile(u"nvidia-570.json"_s)}; });
    row("CDI without the device all", u"cdi"_s, u"failed"_s, u"it has no device “all”"_s, [](Stack &, MachineFacts &m) {
        m.cdi[0].spec->devices.removeAll(u"all"_s);
        m.probe = {};
    });
    row("two files for one device", u"cdi"_s, u"failed"_s, u"both have a device “all”"_s, [](Stack &, MachineFacts &m) {
        m.cdi << cdiFile(u"nvidia-580.yaml"_s);
        m.cdi[1].path = u"/etc/cdi/nvidia2.yaml"_s;
        m.probe = {};
    });
    row("broken CDI of another maker beside a good one", u"cdi"_s, u"warning"_s, u"no-devices.yaml"_s,
        [](Stack &, MachineFacts &m) {
            m.cdi << cdiFile(u"no-devices.yaml"_s);
            m.cdi[1].namesNvidia = false;
        });
    row("broken CDI beside a good one", u"cdi"_s, u"warning"_s, u"broken.yaml"_s,
        [](Stack &, MachineFacts &m) { m.cdi << cdiFile(u"broken.yaml"_s); });
    row("the runtime is there, the GPU is not", u"container-gpu"_s, u"failed"_s, u"sees no GPU"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {GpuProbe::Kind::NotSeen, {}, 400};
        });
    row("the engine refuses the flag", u"container-gpu"_s, u"failed"_s, u"could not select device driver"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {GpuProbe::Kind::Refused, u"could not select device driver"_s, 90};
        });
    row("nothing to probe with", u"container-gpu"_s, u"unknown"_s, u"until an image"_s, [](Stack &, MachineFacts &m) {
        m.probe = {GpuProbe::Kind::NoImage, {}, 0};
    });
    row("not to be probed", u"container-gpu"_s, u"unknown"_s, u"until a container is started"_s,
        [](Stack &, MachineFacts &m) { m.probe = {}; });
    row("a container that could hang", u"container-gpu"_s, u"unknown"_s, u"while the driver may not answer"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {GpuProbe::Kind::Unsafe, {}, 0};
        });
    row("the container hangs", u"container-gpu"_s, u"failed"_s, u"did not end within 60 s, and was removed"_s,
        [](Stack &, MachineFacts &m) {
            m.probe = {GpuProbe::Kind::TimedOut, {}, 60'004};
        });
    row("Docker without runtime", u"container-gpu"_s, u"unknown"_s, u"until a container is started"_s,
        [unregistered](Stack &, MachineFacts &m) {
            unregistered(m);
            m.toolkit = toolkit(u"1.18.1"_s);
        });
    row("Docker without runtime, and the GPU is seen", u"container-gpu"_s, u"warning"_s, u"it was given --gpus all"_s,
        [](Stack &, MachineFacts &m) {
            m.engine->kind = EngineKind::Docker;
            m.engine->gpuArguments.clear();
        });
}

QTEST_GUILESS_MAIN(TestMachineChecks)
#include "tst_machinechecks.moc"
