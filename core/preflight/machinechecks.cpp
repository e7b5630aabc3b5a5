// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/preflight.h"

#include <QCoreApplication>
#include <QRegularExpression>

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

/// From the kernel module up to a container that sees the GPU. Behind one that failed the rest is unknown.
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
        add(u"nvml"_s, tr("NVML"), &MachineLadder::nvml);
        add(u"device-nodes"_s, tr("Device nodes"), &MachineLadder::nodes);
        add(u"container-toolkit"_s, tr("Container toolkit"), &MachineLadder::toolkit);
        add(u"cdi"_s, tr("CDI specification"), &MachineLadder::cdi);
        add(u"container-gpu"_s, tr("GPU in a container"), &MachineLadder::container);
        return m_checks;
    }

private:
    void add(const QString &id, const QString &name, void (MachineLadder::*rule)(Check &) const)
    {
        Check check{id, name, Unknown, {}, {}, {}};
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
            m_stoppedBy = tr("nothing to check without a GPU");
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

    void blame(Check &check, const GpuFault &fault, const QString &object, int index) const
    {
        const GpuNotice notice = noticeOf(fault, object, index);
        check.outcome = Failed;
        check.evidence = notice.message;
        if (!fault.evidence.isEmpty())
            check.evidence += u" ("_s + fault.evidence + u')';
        check.remedy = notice.remedy;
        check.fix = notice.fix;
    }

    void module(Check &check) const
    {
        const GpuFault &fault = reading().fault;
        if (!reading().moduleVersion.isEmpty()) {
            check.outcome = Passed;
            check.evidence = tr("nvidia %1 is loaded").arg(reading().moduleVersion);
        } else if (fault.condition == GpuCondition::NoDriver) {
            blame(check, fault, {}, -1);
        } else if (fault.condition == GpuCondition::NoDevice) {
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

    void driver(Check &check) const
    {
        if (reading().fault.condition == GpuCondition::DriverMismatch)
            return blame(check, reading().fault, {}, -1);
        if (reading().driver.isEmpty()) {
            check.evidence = tr("its version could not be read");
            return;
        }
        check.outcome = Passed;
        check.evidence =
            reading().cuda.isEmpty() ? reading().driver : tr("%1, CUDA up to %2").arg(reading().driver, reading().cuda);
    }

    void nvml(Check &check) const
    {
        const GpuReading &now = reading();
        if (now.fault.condition != GpuCondition::Healthy && now.fault.condition != GpuCondition::PermissionDenied)
            return blame(check, now.fault, {}, -1);
        for (const GpuStatus &gpu : now.gpus)
            if (gpu.fault.condition != GpuCondition::Healthy && gpu.fault.condition != GpuCondition::PermissionDenied)
                return blame(check, gpu.fault, tr("GPU %1").arg(gpu.index), gpu.index);
        if (now.source == GpuSource::Nvml) {
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

    void nodes(Check &check) const
    {
        if (reading().fault.condition == GpuCondition::PermissionDenied)
            return blame(check, reading().fault, {}, -1);
        for (const GpuStatus &gpu : reading().gpus)
            if (gpu.fault.condition == GpuCondition::PermissionDenied)
                return blame(check, gpu.fault, u"/dev/nvidia%1"_s.arg(gpu.index), gpu.index);
        const QStringList &nodes = m_machine.deviceNodes;
        if (nodes.isEmpty() && reading().source == GpuSource::Nvml) {
            check.evidence = tr("none in /dev, though the driver answers, as under WSL");
            return;
        }
        if (nodes.contains("nvidiactl"_L1) && nodes.contains("nvidia-uvm"_L1)) {
            check.outcome = Passed;
            check.evidence = tr("/dev: %1").arg(nodes.join(u", "_s));
            return;
        }
        // A program on the host has nvidia-uvm made when it first uses CUDA; a container can't.
        const bool control = nodes.contains("nvidiactl"_L1);
        check.outcome = control ? Warning : Failed;
        check.evidence = tr("%1 is missing").arg(control ? u"/dev/nvidia-uvm"_s : u"/dev/nvidiactl"_s);
        check.remedy = tr("Load the modules that make the nodes; nvidia-modprobe does it at each start.");
        check.fix = Command{u"sudo"_s, {u"nvidia-modprobe"_s, u"-c"_s, u"0"_s, u"-u"_s}, {}, {}};
    }

    void toolkit(Check &check) const
    {
        if (m_machine.toolkit.isEmpty()) {
            check.outcome = Failed;
            check.evidence = tr("nvidia-ctk is not installed");
            check.remedy = tr("Install the NVIDIA Container Toolkit (package nvidia-container-toolkit).");
            return;
        }
        static const Version withCdi(u"1.12"); // the first whose `nvidia-ctk cdi generate` is documented
        const bool old = Version(m_machine.toolkit) < withCdi;
        check.outcome = old ? Warning : Passed;
        check.evidence = m_machine.toolkit;
        if (old)
            check.remedy = tr("Install 1.12 or newer: it writes CDI specifications.");
    }

    bool needsCdi() const
    {
        return !m_machine.engine || m_machine.engine->kind == EngineKind::Podman ||
               m_machine.engine->gpuArguments.contains("nvidia.com/gpu=all"_L1);
    }

    /// What of \a spec is no longer so; empty: nothing.
    QString staleness(const CdiSpec &spec) const
    {
        const QString &driver = reading().driver;
        if (!spec.driver.isEmpty() && !driver.isEmpty() && Version(spec.driver) != Version(driver))
            return tr("written for %1, the driver is %2").arg(spec.driver, driver);
        // Nodes in folders (nvidia-caps of MIG) are not looked at.
        static const QRegularExpression node(u"^/dev/(nvidia[^/]*)$"_s), numbered(u"^nvidia\\d+$"_s);
        for (const QString &path : spec.deviceNodes)
            if (const auto match = node.match(path);
                match.hasMatch() && !m_machine.deviceNodes.contains(match.captured(1)))
                return tr("it names %1, which is not there").arg(path);
        for (const QString &name : m_machine.deviceNodes)
            if (numbered.match(name).hasMatch() && !spec.deviceNodes.contains(u"/dev/"_s + name))
                return tr("it does not name /dev/%1, which is there").arg(name);
        return {};
    }

    void cdi(Check &check) const
    {
        const CdiSpec *found = nullptr; // of the last one read: what /var/run/cdi says counts before /etc/cdi
        const Error *broken = nullptr;
        for (const Result<CdiSpec> &spec : m_machine.cdi) {
            if (!spec)
                broken = &spec.error();
            else if (spec->isNvidia())
                found = &*spec;
        }
        const QString stale = found ? staleness(*found) : QString();
        if (found && stale.isEmpty() && !broken) {
            check.outcome = Passed;
            check.evidence = tr("%1, devices %2").arg(found->file, found->devices.join(u", "_s));
            return;
        }
        if (!found && !broken && !needsCdi()) {
            check.outcome = Passed;
            check.evidence = tr("not needed: the engine gives GPUs by its NVIDIA runtime");
            return;
        }
        const bool usable = found && stale.isEmpty();
        check.outcome = needsCdi() && !usable ? Failed : Warning;
        check.evidence = !stale.isEmpty() ? stale
                         : broken         ? broken->message
                                          : tr("there is none for nvidia.com/gpu in /etc/cdi or /var/run/cdi");
        check.remedy = found || broken
                           ? tr("Write it anew, after each change of driver or GPUs. The toolkit does so by itself "
                                "from 1.18 on (nvidia-cdi-refresh).")
                           : tr("Let the toolkit write it.");
        const QString file = found ? found->file : u"/etc/cdi/nvidia.yaml"_s;
        check.fix = Command{u"sudo"_s, {u"nvidia-ctk"_s, u"cdi"_s, u"generate"_s, u"--output=%1"_s.arg(file)}, {}, {}};
    }

    void container(Check &check) const
    {
        if (!m_machine.engine) {
            check.evidence = tr("unknown until an engine works");
            return;
        }
        const Engine &engine = *m_machine.engine;
        const GpuProbe &probe = m_machine.probe;
        switch (probe.kind) {
        case GpuProbe::Kind::NotAsked:
        case GpuProbe::Kind::NotRun:
            if (engine.gpuArguments.isEmpty()) {
                check.outcome = Failed;
                check.evidence = tr("%1 can't give GPUs to containers").arg(engine.display());
                if (engine.kind == EngineKind::Docker) {
                    check.remedy = tr("Register the NVIDIA runtime with Docker, then restart its daemon.");
                    check.fix = Command{
                        u"sudo"_s, {u"nvidia-ctk"_s, u"runtime"_s, u"configure"_s, u"--runtime=docker"_s}, {}, {}};
                } else {
                    check.remedy = tr("Podman gives GPUs by a CDI specification: see the rung above.");
                }
            } else {
                check.evidence = probe.kind == GpuProbe::Kind::NotAsked
                                     ? tr("unknown until a container is started to see")
                                     : tr("unknown until an image of the environment is there to probe with");
            }
            return;
        case GpuProbe::Kind::Seen:
            check.outcome = Passed;
            check.evidence = tr("proven by a probe in %1 s").arg(static_cast<double>(probe.tookMs) / 1000, 0, 'f', 1);
            return;
        case GpuProbe::Kind::NotSeen:
            check.outcome = Failed;
            check.evidence = tr("a container was started with %1, but sees no GPU: %2")
                                 .arg(engine.gpuArguments.join(u' '), probe.words.isEmpty() ? u"–"_s : probe.words);
            check.remedy = anew(engine);
            return;
        case GpuProbe::Kind::Refused:
            check.outcome = Failed;
            check.evidence = tr("%1 did not start a container with %2: %3")
                                 .arg(engine.display(), engine.gpuArguments.join(u' '), probe.words);
            check.remedy = anew(engine);
            return;
        }
    }

    static QString anew(const Engine &engine)
    {
        return engine.kind == EngineKind::Podman || engine.gpuArguments.contains("nvidia.com/gpu=all"_L1)
                   ? tr("Write the CDI specification anew (sudo nvidia-ctk cdi generate), then check again.")
                   : tr("Configure the NVIDIA runtime anew (sudo nvidia-ctk runtime configure --runtime=docker), "
                        "restart Docker, then check again.");
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
