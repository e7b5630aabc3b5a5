// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/argv.h"
#include "core/preflight/containerremedy.h"
#include "core/preflight/preflight.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

using enum CheckOutcome;

QString tr(const char *text)
{
    return QCoreApplication::translate("Preflight", text);
}

QString gpuCount(int count)
{
    return count == 1 ? tr("1 GPU") : tr("%1 GPUs").arg(count);
}

/// From the kernel module up to a container that sees the GPU. Behind a rung that failed the rest is unknown, but what
/// a container saw counts whatever the rungs above it say.
class MachineLadder
{
public:
    MachineLadder(const Stack &stack, const MachineFacts &machine)
        : m_stack(stack)
        , m_machine(machine)
    {}

    QList<Check> checks()
    {
        add(u"kernel-module"_s, tr("Kernel module"), &MachineLadder::module);
        add(u"driver"_s, tr("Driver"), &MachineLadder::driver);
        add(u"device-nodes"_s, tr("Device nodes"), &MachineLadder::nodes);
        add(u"nvml"_s, tr("NVML"), &MachineLadder::nvml);
        add(u"container-toolkit"_s, tr("Container toolkit"), &MachineLadder::toolkit);
        add(u"cdi"_s, tr("CDI specification"), &MachineLadder::cdi);
        if (m_machine.probe.wasRun())
            m_stoppedBy.clear();
        add(u"container-gpu"_s, tr("GPU in a container"), &MachineLadder::container);
        return m_checks;
    }

private:
    void add(const QString &id, const QString &name, void (MachineLadder::*rule)(Check &) const)
    {
        Check check{id, name, Unknown, {}, {}, {}, {}};
        if (m_stoppedBy.isEmpty())
            (this->*rule)(check);
        else
            check.evidence = m_stoppedBy;
        if (m_stoppedBy.isEmpty() && check.outcome == Failed) {
            m_stoppedBy = tr("unknown until “%1” is mended").arg(name);
            if (goesWithoutGpu()) {
                check.outcome = Warning;
                check.evidence += tr("; it runs on the CPU until then");
            }
        }
        if (m_stoppedBy.isEmpty() && id == "kernel-module"_L1 && check.outcome != Passed)
            m_stoppedBy =
                m_machine.gpus ? tr("nothing to check without a GPU") : tr("unknown while the GPUs can't be asked for");
        m_checks << check;
    }

    /// An environment that needs no CUDA has nothing to lose while the engine asks for no GPU.
    bool goesWithoutGpu() const
    {
        return !m_stack.wantsGpu() && m_machine.engine && m_machine.engine->gpuArguments.isEmpty();
    }

    const GpuReading &reading() const
    {
        static const GpuReading none;
        return m_machine.gpus ? *m_machine.gpus : none;
    }

    void blame(Check &check, const GpuFault &fault, const QString &object, const QString &gpu = {}) const
    {
        const GpuNotice notice = noticeOf(fault, object, gpu);
        check.outcome = Failed;
        check.evidence = notice.message;
        if (!fault.evidence.isEmpty())
            check.evidence += u" ("_s + fault.evidence + u')';
        check.remedy = notice.remedy;
        check.fix = notice.fix;
    }

    bool isWsl() const { return m_machine.hasDxg && reading().moduleVersion.isEmpty(); }

    void module(Check &check) const
    {
        const GpuFault &fault = reading().fault;
        const bool isAbsent = fault.condition == GpuCondition::NoDevice && m_machine.pciGpus.isEmpty();
        if (isWsl() && !reading().gpus.isEmpty()) {
            check.outcome = Passed;
            check.evidence = tr("none under WSL: Windows' driver is reached by /dev/dxg");
        } else if (!reading().moduleVersion.isEmpty() && !isAbsent) {
            check.outcome = Passed;
            check.evidence = tr("nvidia %1 is loaded").arg(reading().moduleVersion);
        } else if (fault.condition == GpuCondition::NoDriver) {
            blame(check, fault, {});
        } else if (isAbsent) {
            check.outcome = m_stack.wantsGpu() ? Warning : Unknown;
            check.evidence = m_stack.wantsGpu() ? tr("no GPU found: it can be built here, its kernels can't be run")
                                                : tr("no GPU found, and none is needed: the CPU path works");
            if (m_stack.wantsGpu())
                check.remedy =
                    tr("Name the architectures of the GPU that it is built for (choice cuda-architectures).");
        } else if (!m_machine.gpus) {
            check.evidence = m_machine.gpuError;
        } else {
            const bool answers = !reading().gpus.isEmpty() || isToldByADriver(fault.condition);
            check.evidence = answers ? tr("loaded, its version can't be read") : tr("its version can't be read");
            check.outcome = answers ? Passed : Unknown;
        }
    }

    /// The driver is loaded and GPUs are on the bus, but it takes none of them.
    bool refusesAll() const
    {
        const GpuCondition condition = reading().fault.condition;
        const bool sawNone = condition == GpuCondition::NoDevice || condition == GpuCondition::NotTaken ||
                             (reading().source == GpuSource::Nvml && reading().gpus.isEmpty());
        return !reading().moduleVersion.isEmpty() && !m_machine.pciGpus.isEmpty() && sawNone;
    }

    void refused(Check &check) const
    {
        const QString &version = reading().moduleVersion;
        static const Version withoutVolta(u"590"); // the first branch without Maxwell, Pascal and Volta
        check.outcome = Failed;
        check.evidence = tr("%1 (%2 kernel module) supports none of the %3 NVIDIA devices on the PCI bus")
                             .arg(version, m_machine.openModule ? tr("open") : tr("proprietary"))
                             .arg(m_machine.pciGpus.size());
        QStringList ways;
        if (Version(version) >= withoutVolta)
            ways << tr("GPUs before Turing need the branch 580 with its proprietary kernel module.");
        else if (m_machine.openModule)
            ways << tr("GPUs before Turing need the proprietary kernel module.");
        ways << (m_machine.openModule ? tr("GPUs newer than this branch need a newer one.")
                                      : tr("Blackwell and newer need the open kernel module, of branch 570 or newer."));
        ways << tr("The kernel's log says why.");
        check.remedy = ways.join(u' ');
        check.fix = Command{u"sudo"_s, {u"journalctl"_s, u"--dmesg"_s, u"--grep=NVRM"_s}, {}, {}};
    }

    void driver(Check &check) const
    {
        if (refusesAll())
            return refused(check);
        if (reading().fault.condition == GpuCondition::DriverMismatch)
            return blame(check, reading().fault, {});
        if (reading().driver.isEmpty()) {
            check.evidence = tr("its version could not be read");
            return;
        }
        check.outcome = Passed;
        check.evidence =
            reading().cuda.isEmpty() ? reading().driver : tr("%1, CUDA up to %2").arg(reading().driver, reading().cuda);
    }

    /// The number of the node of \a gpu, which is not its index.
    std::optional<int> minorOf(const GpuStatus &gpu) const
    {
        for (const PciGpu &one : m_machine.pciGpus)
            if (one.busId == gpu.busId)
                return one.minor;
        return std::nullopt;
    }

    void wslNodes(Check &check) const
    {
        check.outcome = m_machine.hasWslCuda ? Passed : Failed;
        check.evidence = m_machine.hasWslCuda
                             ? u"/dev/dxg, /usr/lib/wsl/lib/libcuda.so.1"_s
                             : tr("/dev/dxg is there, /usr/lib/wsl/lib/libcuda.so.1 of Windows' driver is not");
        if (!m_machine.hasWslCuda)
            check.remedy = tr("Install NVIDIA's driver on Windows, then end WSL there (wsl --shutdown) and begin it "
                              "again.");
    }

    void nodes(Check &check) const
    {
        if (reading().fault.condition == GpuCondition::PermissionDenied)
            return blame(check, reading().fault, {});
        for (const GpuStatus &gpu : reading().gpus)
            if (gpu.fault.condition == GpuCondition::PermissionDenied)
                return blame(check, gpu.fault, u"/dev/nvidia%1"_s.arg(minorOf(gpu).value_or(gpu.index)), gpu.id());
        const QStringList &nodes = m_machine.deviceNodes;
        if (isWsl() && nodes.isEmpty())
            return wslNodes(check);
        if (nodes.isEmpty() && reading().source == GpuSource::Nvml) {
            check.evidence = tr("none in /dev, though the driver answers, as under WSL");
            return;
        }
        // nvidia-modprobe -c NUMBER: 255 is the driver's own node, others those of GPUs; with -u of nvidia-uvm.
        QStringList missing, words{u"nvidia-modprobe"_s};
        const auto want = [&](const QString &name, int number) {
            if (nodes.contains(name))
                return;
            missing << u"/dev/"_s + name;
            words << u"-c"_s << QString::number(number);
        };
        want(u"nvidiactl"_s, 255);
        for (const GpuStatus &gpu : reading().gpus)
            if (const std::optional<int> minor = minorOf(gpu))
                want(u"nvidia%1"_s.arg(*minor), *minor);
        check.outcome = Failed;
        if (missing.isEmpty()) { // a program on the host has this one made when it first uses CUDA; a container can't
            words << u"-u"_s;
            want(u"nvidia-uvm"_s, 0);
            check.outcome = Warning;
        }
        if (missing.isEmpty()) {
            check.outcome = Passed;
            check.evidence = tr("/dev: %1").arg(nodes.join(u", "_s));
            return;
        }
        check.evidence = missing.size() == 1 ? tr("%1 is missing").arg(missing.first())
                                             : tr("%1 are missing").arg(missing.join(u", "_s));
        check.remedy = tr("Have the nodes made; nvidia-modprobe does it at each start.");
        check.fix = Command{u"sudo"_s, words, {}, {}};
    }

    /// The GPUs in MIG mode that have no instance: no program can use these.
    QList<int> withoutInstance() const
    {
        QList<int> found;
        for (const GpuStatus &gpu : reading().gpus)
            if (gpu.mig.value_or(false) && gpu.slices.isEmpty())
                found << gpu.index;
        return found;
    }

    void nvml(Check &check) const
    {
        const GpuReading &now = reading();
        if (now.fault.condition != GpuCondition::Healthy && now.fault.condition != GpuCondition::PermissionDenied)
            return blame(check, now.fault, {});
        for (const GpuStatus &gpu : now.gpus)
            if (gpu.fault.condition != GpuCondition::Healthy && gpu.fault.condition != GpuCondition::PermissionDenied)
                return blame(check, gpu.fault, tr("GPU %1").arg(gpu.index), gpu.id());
        if (const QList<int> empty = withoutInstance(); !empty.isEmpty()) {
            check.outcome = empty.size() == now.gpus.size() ? Failed : Warning;
            check.evidence = tr("MIG is on and has no instance on GPU %1").arg(empty.first());
            check.remedy = tr("Make one, here of the whole GPU, or switch MIG off (sudo nvidia-smi --id=%1 "
                              "--multi-instance-gpu=0).")
                               .arg(empty.first());
            check.fix = Command{u"sudo"_s,
                                {u"nvidia-smi"_s, u"mig"_s, u"--id"_s, QString::number(empty.first()),
                                 u"--create-gpu-instance"_s, u"0"_s, u"--default-compute-instance"_s},
                                {},
                                {}};
        } else if (now.source == GpuSource::Nvml) {
            check.outcome = Passed;
            const QString time = now.tookMs < 1 ? tr("under 1 ms") : tr("%1 ms").arg(qRound(now.tookMs));
            check.evidence = tr("answers for %1 in %2").arg(gpuCount(int(now.gpus.size())), time);
        } else if (now.source == GpuSource::NvidiaSmi) {
            check.outcome = Warning;
            check.evidence = tr("only nvidia-smi answers. %1").arg(now.detail);
            check.remedy = tr("Install libnvidia-ml1 of the driver's version.");
        } else {
            check.evidence = tr("the driver could not be asked");
        }
    }

    void toolkit(Check &check) const
    {
        using enum ContainerToolkit::State;
        const ContainerToolkit &found = m_machine.toolkit;
        static const Version withCdi(u"1.12"); // the first whose `nvidia-ctk cdi generate` is documented
        switch (found.state) {
        case Missing:
            // Docker Desktop, a snap and versions before 1.10 do without it.
            check.outcome = givesGpus() ? Warning : Failed;
            check.evidence = tr("nvidia-ctk is not installed, or not in PATH");
            check.remedy = tr("Install the NVIDIA Container Toolkit (package nvidia-container-toolkit; where your "
                              "distribution has none, add NVIDIA's repository: "
                              "docs.nvidia.com/datacenter/cloud-native/container-toolkit).");
            check.fix = m_machine.toolkitFix;
            return;
        case Silent:
        case Unreadable:
            check.outcome = Warning;
            check.evidence =
                found.state == Silent ? found.words : tr("its version can't be read: %1").arg(found.words.left(200));
            check.remedy = tr("Run nvidia-ctk --version in a terminal; if it fails there, install the toolkit anew.");
            return;
        case Known:
            const bool old = Version(found.version) < withCdi;
            check.outcome = old ? Warning : Passed;
            check.evidence = found.version;
            if (old)
                check.remedy = tr("Install 1.12 or newer: it writes CDI specifications.");
        }
    }

    /// A container got the GPUs, or the engine says how it gives them.
    bool givesGpus() const
    {
        return m_machine.probe.kind == GpuProbe::Kind::Seen ||
               (m_machine.engine && !m_machine.engine->gpuArguments.isEmpty());
    }

    bool needsCdi() const { return !m_machine.engine || givesByCdi(*m_machine.engine); }

    /// What of \a spec is no longer so; empty: nothing.
    QString staleness(const CdiSpec &spec) const
    {
        const QString &driver = reading().driver;
        if (!spec.driver.isEmpty() && !driver.isEmpty() && Version(spec.driver) != Version(driver))
            return tr("written for %1, the driver is %2").arg(spec.driver, driver);
        if (spec.isWsl() != isWsl())
            return isWsl() ? tr("it does not name /dev/dxg, which is there")
                           : tr("it names /dev/dxg, which is not there");
        static const QRegularExpression node(u"^/dev/(nvidia[^/]*|nvidia-caps/.+)$"_s), numbered(u"^nvidia\\d+$"_s);
        for (const QString &path : spec.deviceNodes)
            if (const auto match = node.match(path);
                match.hasMatch() && !m_machine.deviceNodes.contains(match.captured(1)))
                return tr("it names %1, which is not there").arg(path);
        for (const QString &name : m_machine.deviceNodes)
            if (numbered.match(name).hasMatch() && !spec.deviceNodes.contains(u"/dev/"_s + name))
                return tr("it does not name /dev/%1, which is there").arg(name);
        // Each GPU instance of MIG has a node, and each compute instance in it.
        qsizetype wanted = 0;
        for (const GpuStatus &gpu : reading().gpus) {
            QSet<int> instances;
            for (const MigSlice &slice : gpu.slices)
                instances << slice.gpuInstance.value_or(0);
            wanted += gpu.slices.size() + instances.size();
        }
        if (const qsizetype named = spec.deviceNodes.filter(u"/dev/nvidia-caps/"_s).size(); named < wanted)
            return tr("it names %1 nodes of MIG instances, there are %2").arg(named).arg(wanted);
        if (!spec.devices.contains("all"_L1))
            return tr("it has no device “all”, which containers are given");
        return {};
    }

    void cdi(Check &check) const
    {
        const CdiFile *found = nullptr; // of the last folder that has “all”: /var/run/cdi counts before /etc/cdi
        const CdiFile *twin = nullptr;
        const CdiFile *broken = nullptr;
        for (const CdiFile &file : m_machine.cdi) {
            if (!file.spec) {
                if (!broken || file.namesNvidia)
                    broken = &file;
                continue;
            }
            const bool hadAll = found && found->spec->devices.contains("all"_L1);
            const bool hasAll = file.spec->devices.contains("all"_L1);
            if (!file.spec->isNvidia() || (hadAll && !hasAll))
                continue;
            twin = hadAll && folderOf(*found) == folderOf(file) ? found : nullptr;
            found = &file;
        }
        const QString stale =
            !found ? QString()
            : twin ? tr("%1 and %2 both have a device “all”: engines take neither").arg(twin->path, found->path)
                   : staleness(*found->spec);
        const bool usable = found && stale.isEmpty();
        if (usable && !broken) {
            check.outcome = Passed;
            check.evidence = tr("%1, devices %2").arg(found->path, found->spec->devices.join(u", "_s));
            return;
        }
        if (!found && !broken && !needsCdi()) {
            check.outcome = Passed;
            check.evidence = tr("not needed: the engine gives GPUs by its NVIDIA runtime");
            return;
        }
        const bool seen = m_machine.probe.kind == GpuProbe::Kind::Seen;
        check.outcome = needsCdi() && !usable && !seen ? Failed : Warning;
        if (twin) {
            check.evidence = stale;
            check.remedy = tr("Remove one of them.");
            return;
        }
        check.evidence = !stale.isEmpty() ? stale
                         : broken         ? broken->spec.error().message
                                          : tr("there is none for nvidia.com/gpu in %1").arg(folders());
        if (usable && !broken->namesNvidia) {
            check.remedy = tr("Mend or remove %1, of another maker's devices.").arg(broken->path);
            return;
        }
        const CdiFile *old = usable ? broken : found ? found : broken && broken->namesNvidia ? broken : nullptr;
        check.remedy = old ? tr("Write it anew, after each change of driver or GPUs. The toolkit does so by itself "
                                "from 1.18 on (nvidia-cdi-refresh).")
                           : tr("Let the toolkit write it.");
        check.fix = writeCdi(m_machine.toolkit, old ? old->path : QString());
    }

    static QString folderOf(const CdiFile &file) { return QFileInfo(file.path).path(); }

    QString folders() const
    {
        const bool told = m_machine.engine && !m_machine.engine->cdiFolders.isEmpty();
        return (told ? m_machine.engine->cdiFolders : cdiFolders).join(u", "_s);
    }

    void container(Check &check) const
    {
        using enum GpuProbe::Kind;
        if (!m_machine.engine) {
            check.evidence = tr("unknown until an engine works");
            return;
        }
        const GpuProbe &probe = m_machine.probe;
        const Engine &engine = *m_machine.engine;
        const QString given = engine.gpuArguments.isEmpty() ? u"--gpus all"_s : engine.gpuArguments.join(u' ');
        switch (probe.kind) {
        case NotAsked:
            check.evidence = tr("unknown until a container is started to see");
            return;
        case NoImage:
            check.evidence = tr("unknown until an image of the environment is there to probe with");
            if (!m_stack.baseImage.isEmpty()) {
                check.remedy = tr("Pull the base image, or build the environment, then check again.");
                check.fix = pullImage(engine, m_stack.baseImage);
            }
            return;
        case Unsafe:
            check.evidence = tr("no container is started while the driver may not answer");
            return;
        case Seen:
            check.outcome = Passed;
            check.evidence = tr("proven by a probe in %1 s: %2")
                                 .arg(QString::number(static_cast<double>(probe.tookMs) / 1000, 'f', 1), probe.words);
            if (engine.gpuArguments.isEmpty()) {
                check.outcome = Warning;
                check.evidence += tr("; it was given %1, which builds don't know to work here").arg(given);
                check.remedy =
                    tr("Register the NVIDIA runtime with Docker and restart its daemon; containers that run end.");
                check.fix = m_machine.toolkitFix;
            }
            return;
        case NotSeen:
            check.evidence = tr("a container was started with %1, but sees no GPU: %2")
                                 .arg(given, probe.words.isEmpty() ? u"–"_s : probe.words);
            break;
        case Refused:
            check.evidence = tr("%1 did not start a container with %2: %3").arg(engine.display(), given, probe.words);
            break;
        case TimedOut:
            check.evidence =
                tr("a container with %1 did not end within %2 s, and was removed").arg(given).arg(probe.tookMs / 1000);
            break;
        }
        check.outcome = Failed;
        const ContainerRemedy remedy = containerRemedy(m_machine);
        check.remedy = remedy.sentence;
        check.fix = remedy.fix;
    }

    const Stack &m_stack;
    const MachineFacts &m_machine;
    QList<Check> m_checks;
    QString m_stoppedBy;
};

} // namespace

QList<Check> machineChecks(const Stack &stack, const MachineFacts &machine)
{
    return MachineLadder(stack, machine).checks();
}

} // namespace kernelyard
