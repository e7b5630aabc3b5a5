// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpu.h"
#include "core/gpu/nvmlabi.h"

#include <QCoreApplication>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Gpu", text);
}

Command asRoot(const QStringList &words)
{
    return {u"sudo"_s, words, {}, {}};
}

/// Who may open the device nodes is told by their group, where that is not root's.
GpuNotice permissionNotice(const QString &what)
{
    GpuNotice notice{tr("No permission"),
                     tr("%1 may not be opened by you.").arg(what),
                     tr("Let the device nodes be readable and writable (ls -l /dev/nvidia*), then log in again."),
                     {}};
    const QFileInfo node(u"/dev/nvidiactl"_s);
    const QString user = qEnvironmentVariable("USER");
    if (node.exists() && !user.isEmpty() && !node.group().isEmpty() && node.group() != u"root"_s) {
        notice.remedy =
            tr("Join the group %1, which owns /dev/nvidiactl, then log out and in again.").arg(node.group());
        notice.fix = asRoot({u"usermod"_s, u"--append"_s, u"--groups"_s, node.group(), user});
    }
    return notice;
}

} // namespace

GpuNotice noticeOf(const GpuFault &fault, const QString &object, const QString &gpu)
{
    const QString what = object.isEmpty() ? tr("The NVIDIA driver") : object;
    const Command kernelWords{u"sudo"_s, {u"journalctl"_s, u"--dmesg"_s, u"--grep=NVRM"_s}, {}, {}};
    switch (fault.condition) {
    case GpuCondition::Healthy:
        return {tr("Healthy"), {}, {}, {}};
    case GpuCondition::NoDevice:
        return {tr("No GPU"),
                tr("No NVIDIA GPU was found. The CPU path works."),
                tr("Kernels are compiled and validated for the CPU."),
                {}};
    case GpuCondition::Asleep:
        return {tr("Asleep"),
                tr("%1 is switched off by the kernel's power management while nothing uses it.").arg(what),
                tr("It is left asleep, and read again as soon as something wakes it."),
                {}};
    case GpuCondition::NoDriver:
        return {tr("No driver"), tr("%1 is not loaded, though a GPU is there.").arg(what),
                tr("Install the distribution's NVIDIA driver; where it is installed, load it."),
                asRoot({u"modprobe"_s, u"nvidia"_s})};
    case GpuCondition::NoLibrary:
        return {tr("No library"),
                tr("The driver is loaded, but its library (libnvidia-ml.so.1) and nvidia-smi are not installed."),
                tr("Install the driver's user-space part (nvidia-utils, nvidia-smi or libnvidia-ml1) of the same "
                   "version."),
                {}};
    case GpuCondition::DriverMismatch:
        return {tr("Driver mismatch"), tr("The driver's library is of another version than the loaded kernel module."),
                tr("The driver was updated while it was in use: restart the machine."),
                asRoot({u"systemctl"_s, u"reboot"_s})};
    case GpuCondition::PermissionDenied:
        return permissionNotice(what);
    case GpuCondition::NoDeviceNodes:
        return {tr("No device nodes"), tr("The driver is loaded, but its device nodes (/dev/nvidiactl) are missing."),
                tr("Let the driver's own tool make them; nvidia-persistenced has them made at each start."),
                asRoot({u"nvidia-modprobe"_s, u"-c"_s, u"255"_s, u"-c"_s, u"0"_s})}; // 255: /dev/nvidiactl
    case GpuCondition::Blocked:
        if (QFileInfo::exists(u"/dev/dxg"_s))
            return {
                tr("Blocked"), tr("%1 is blocked by Windows.").arg(what),
                tr("Update the NVIDIA driver in Windows and WSL (wsl --update), then end WSL there with the command "
                   "and start it anew."),
                Command{u"wsl.exe"_s, {u"--shutdown"_s}, {}, {}}};
        return {
            tr("Blocked"),
            tr("%1 is blocked by the operating system.").arg(what),
            tr("Where this is a container or a batch job, start it with the GPU; else see who may use the device nodes "
               "(ls -l /dev/nvidia*)."),
            {}};
    case GpuCondition::NotTaken:
        return {
            tr("Not taken"),
            object.isEmpty() ? tr("A GPU is there, but the driver lists none.")
                             : tr("%1 is there, but the driver does not list it.").arg(object),
            tr("GPUs before Turing need the driver branch 580 or older with its proprietary kernel module, Blackwell "
               "and newer the open one. The kernel's log says why."),
            kernelWords};
    case GpuCondition::NoPower:
        return {tr("No power"),
                tr("%1 does not get enough power.").arg(what),
                tr("Switch the machine off and plug every power cable of the GPU in."),
                {}};
    case GpuCondition::NoInterrupts:
        return {
            tr("No interrupts"), tr("The interrupts of %1 do not reach the driver.").arg(what),
            tr("Restart the machine. If it happens again, update the machine's firmware; the kernel's log says more."),
            kernelWords};
    case GpuCondition::BrokenInforom:
        return {tr("infoROM"),
                tr("The infoROM of %1 is corrupted.").arg(what),
                tr("Switch the machine off and on. If it stays so, the card must go to its vendor."),
                {}};
    case GpuCondition::FallenOffBus:
        return {
            tr("Off the bus"),
            object.isEmpty() ? tr("A GPU has fallen off the bus.") : tr("%1 has fallen off the bus.").arg(object),
            tr("Switch the machine off and on. If it happens again, check its power, seat and cooling; the kernel's "
               "log names the Xid error."),
            kernelWords};
    case GpuCondition::ResetRequired:
        return {tr("Needs a reset"),
                object.isEmpty() ? tr("A GPU must be reset before it can be used.")
                                 : tr("%1 must be reset before it can be used.").arg(object),
                tr("End every program that uses it, Kernelyard too, then reset it."),
                gpu.isEmpty() ? std::optional<Command>()
                              : asRoot({u"nvidia-smi"_s, u"--gpu-reset"_s, u"--id="_s + gpu})};
    case GpuCondition::Starting:
        return {tr("Starting"),
                tr("%1 is being started.").arg(what),
                tr("A GPU that nothing keeps awake takes seconds to start, each time anew: nvidia-persistenced keeps "
                   "it awake."),
                {}};
    case GpuCondition::Stuck:
        return {tr("Stuck"), tr("%1 does not answer.").arg(what),
                tr("It is asked again on its own. If it stays stuck, end the programs that use the GPU or restart the "
                   "machine; the kernel's log names the Xid error."),
                kernelWords};
    case GpuCondition::Failed:
        return {tr("Fault"),
                tr("%1 can't be read.").arg(what),
                tr("Run nvidia-smi in a terminal; after an update of the driver, restart the machine."),
                {}};
    }
    Q_UNREACHABLE();
}

QString conditionName(GpuCondition condition)
{
    switch (condition) {
    case GpuCondition::Healthy:
        return u"healthy"_s;
    case GpuCondition::NoDevice:
        return u"no-device"_s;
    case GpuCondition::Asleep:
        return u"asleep"_s;
    case GpuCondition::NoDriver:
        return u"no-driver"_s;
    case GpuCondition::NoLibrary:
        return u"no-library"_s;
    case GpuCondition::DriverMismatch:
        return u"driver-mismatch"_s;
    case GpuCondition::PermissionDenied:
        return u"permission-denied"_s;
    case GpuCondition::NoDeviceNodes:
        return u"no-device-nodes"_s;
    case GpuCondition::Blocked:
        return u"blocked"_s;
    case GpuCondition::NotTaken:
        return u"not-taken"_s;
    case GpuCondition::NoPower:
        return u"no-power"_s;
    case GpuCondition::NoInterrupts:
        return u"no-interrupts"_s;
    case GpuCondition::BrokenInforom:
        return u"broken-inforom"_s;
    case GpuCondition::FallenOffBus:
        return u"fallen-off-the-bus"_s;
    case GpuCondition::ResetRequired:
        return u"reset-required"_s;
    case GpuCondition::Starting:
        return u"starting"_s;
    case GpuCondition::Stuck:
        return u"stuck"_s;
    case GpuCondition::Failed:
        return u"failed"_s;
    }
    Q_UNREACHABLE();
}

QString sourceName(GpuSource source)
{
    switch (source) {
    case GpuSource::None:
        return u"none"_s;
    case GpuSource::Nvml:
        return u"nvml"_s;
    case GpuSource::NvidiaSmi:
        return u"nvidia-smi"_s;
    case GpuSource::Kernel:
        return u"kernel"_s;
    }
    Q_UNREACHABLE();
}

bool isTrouble(GpuCondition condition)
{
    return condition != GpuCondition::Healthy && condition != GpuCondition::NoDevice &&
           condition != GpuCondition::Asleep;
}

bool isToldByADriver(GpuCondition condition)
{
    switch (condition) {
    case GpuCondition::DriverMismatch:
    case GpuCondition::PermissionDenied:
    case GpuCondition::Blocked:
    case GpuCondition::NoPower:
    case GpuCondition::NoInterrupts:
    case GpuCondition::BrokenInforom:
    case GpuCondition::FallenOffBus:
    case GpuCondition::ResetRequired:
    case GpuCondition::Starting:
    case GpuCondition::Stuck:
        return true;
    default:
        return false;
    }
}

GpuCondition conditionOfNvmlCode(int code)
{
    switch (static_cast<nvml::Return>(code)) {
    case nvml::Return::Success:
        return GpuCondition::Healthy;
    case nvml::Return::NotFound:
    case nvml::Return::GpuNotFound:
        return GpuCondition::NoDevice;
    case nvml::Return::DriverNotLoaded:
        return GpuCondition::NoDriver;
    case nvml::Return::LibraryNotFound:
        return GpuCondition::NoLibrary;
    case nvml::Return::NoPermission:
        return GpuCondition::PermissionDenied;
    case nvml::Return::OperatingSystem:
        return GpuCondition::Blocked;
    case nvml::Return::InsufficientPower:
        return GpuCondition::NoPower;
    case nvml::Return::IrqIssue:
        return GpuCondition::NoInterrupts;
    case nvml::Return::CorruptedInforom:
        return GpuCondition::BrokenInforom;
    case nvml::Return::GpuIsLost:
        return GpuCondition::FallenOffBus;
    case nvml::Return::ResetRequired:
        return GpuCondition::ResetRequired;
    case nvml::Return::Timeout:
        return GpuCondition::Stuck;
    case nvml::Return::LibRmVersionMismatch:
        return GpuCondition::DriverMismatch;
    default:
        return GpuCondition::Failed;
    }
}

} // namespace kernelyard
