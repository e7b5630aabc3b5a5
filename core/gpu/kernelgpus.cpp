// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/kernelgpus.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(64 << 10) : QByteArray();
}

/// "Model: \t\t NVIDIA A100-SXM4-40GB" of /proc/driver/nvidia/gpus/BUS/information.
QString field(const QByteArray &information, const QByteArray &name)
{
    const QByteArray begin = name + ':';
    for (const QByteArray &line : information.split('\n'))
        if (line.startsWith(begin))
            return QString::fromUtf8(line.sliced(begin.size())).trimmed();
    return {};
}

/// PCI Express generations by transfer rate (PCI Express Base Specification): "16.0 GT/s PCIe".
std::optional<int> generationOf(const QByteArray &speed)
{
    static const QList<std::pair<QByteArray, int>> rates{{"2.5", 1}, {"5", 2},    {"5.0", 2},  {"8.0", 3},
                                                         {"8", 3},   {"16.0", 4}, {"32.0", 5}, {"64.0", 6}};
    const QByteArray rate = speed.left(speed.indexOf(' '));
    for (const auto &[text, generation] : rates)
        if (rate == text)
            return generation;
    return std::nullopt;
}

std::optional<int> number(const QByteArray &text)
{
    bool ok = false;
    const int value = text.trimmed().toInt(&ok);
    return ok && value > 0 ? std::optional(value) : std::nullopt;
}

/// The kernel's driver that has the device; empty: none.
QString driverOf(const QString &device)
{
    return QFileInfo(device + u"/driver"_s).symLinkTarget().section(u'/', -1);
}

/// What wakes a GPU: NVIDIA's driver takes a reference of dynamic power to tell its information, and since 2025
/// ("PCI/sysfs: Ensure devices are powered for config reads") Linux resumes a device to tell its link.
void readAwake(const QString &root, const QString &device, GpuStatus &gpu)
{
    const QByteArray information = contents(root + u"/proc/driver/nvidia/gpus/%1/information"_s.arg(gpu.busId));
    gpu.name = field(information, "Model");
    gpu.uuid = field(information, "GPU UUID");
    if (gpu.uuid.contains(u'?')) // the GPU was not opened since the driver was loaded
        gpu.uuid.clear();
    gpu.pcieGeneration = generationOf(contents(device + u"/current_link_speed"_s));
    gpu.pcieGenerationMax = generationOf(contents(device + u"/max_link_speed"_s));
    gpu.pcieWidth = number(contents(device + u"/current_link_width"_s));
    gpu.pcieWidthMax = number(contents(device + u"/max_link_width"_s));
}

} // namespace

QString moduleVersionOf(const QByteArray &text)
{
    static const QRegularExpression version(u"Kernel Module(?: +for +\\S+)? +([0-9]+(?:\\.[0-9]+)+)"_s);
    return version.match(QString::fromUtf8(text)).captured(1);
}

KernelGpus readKernelGpus(const QString &root, Waking waking)
{
    KernelGpus found;
    const QByteArray version = contents(root + u"/proc/driver/nvidia/version"_s);
    found.moduleVersion = moduleVersionOf(version);
    found.openModule = version.contains("Open Kernel Module");
    found.isWsl = QFileInfo::exists(root + u"/dev/dxg"_s);
    const QDir devices(root + u"/sys/bus/pci/devices"_s);
    for (const QString &busId : devices.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        const QString folder = devices.filePath(busId);
        // 0x0300: display controller, 0x0302: 3D controller (PCI Code and ID Assignment Specification).
        if (contents(folder + u"/vendor"_s).trimmed() != "0x10de" || !contents(folder + u"/class"_s).startsWith("0x03"))
            continue;
        const QString driver = driverOf(folder);
        if (driver == "vfio-pci"_L1 || driver == "pci-stub"_L1)
            continue; // it was given to a virtual machine
        GpuStatus gpu;
        gpu.index = static_cast<int>(found.gpus.size());
        gpu.busId = busId;
        gpu.driver = found.moduleVersion;
        // A device without a driver may be "suspended" as well (Documentation/power/pci.rst of Linux).
        if (driver == "nvidia"_L1 && contents(folder + u"/power/runtime_status"_s).trimmed() == "suspended")
            gpu.fault.condition = GpuCondition::Asleep;
        else if (waking == Waking::Allowed)
            readAwake(root, folder, gpu);
        found.gpus << gpu;
    }
    found.deviceNodes = QDir(root + u"/dev"_s).entryList({u"nvidia*"_s}, QDir::System | QDir::Files, QDir::Name);
    return found;
}

bool fallsAsleep(const QString &busId, const QString &root)
{
    const QByteArray power = contents(root + u"/proc/driver/nvidia/gpus/%1/power"_s.arg(busId));
    return contents(root + u"/sys/bus/pci/devices/%1/power/control"_s.arg(busId)).trimmed() == "auto" &&
           field(power, "Runtime D3 status").startsWith("Enabled"_L1);
}

std::optional<int> minorOf(const QString &busId, const QString &root)
{
    bool isNumber = false;
    const QByteArray information = contents(root + u"/proc/driver/nvidia/gpus/%1/information"_s.arg(busId));
    const int minor = field(information, "Device Minor").toInt(&isNumber);
    return isNumber ? std::optional(minor) : std::nullopt;
}

bool isExpected(const GpuStatus &gpu, const QString &root)
{
    if (driverOf(root + u"/sys/bus/pci/devices/"_s + gpu.busId) != "nvidia"_L1)
        return true;
    // Inside a container /sys shows every GPU. Either the others' entries in /proc are masked, or their nodes are
    // missing or may not be opened (access(2) asks the device cgroup too).
    const std::optional<int> minor = minorOf(gpu.busId, root);
    return minor &&
           ::access(QFile::encodeName(u"%1/dev/nvidia%2"_s.arg(root).arg(*minor)).constData(), R_OK | W_OK) == 0;
}

bool isOffTheBus(const QString &busId, const QString &root)
{
    const QString devices = root + u"/sys/bus/pci/devices"_s;
    if (busId.isEmpty() || !QFileInfo::exists(devices))
        return false;
    const QString folder = devices + u'/' + busId;
    return !QFileInfo::exists(folder) || contents(folder + u"/config"_s).startsWith("\xff\xff\xff\xff");
}

ContainerMark containerOf(const QByteArray &cgroup)
{
    // systemd scopes ("libpod-ID.scope", "docker-ID.scope", "cri-containerd-ID.scope") and the folders that the
    // cgroupfs managers make ("/docker/ID", "/libpod_parent/libpod-ID", "/kubepods/burstable/podUID/ID"). What is
    // "libpod-conmon" is Podman's own monitor, not the container.
    static const QRegularExpression hexId(u"(?:^|[/-])([0-9a-f]{64})(?:\\.scope)?(?=/|$)"_s);
    static const QRegularExpression buildkit(u"/buildkit/([0-9a-z]{20,})(?=/|$)"_s);
    for (const QByteArray &line : cgroup.split('\n')) {
        const QString path = QString::fromUtf8(line).section(u':', 2);
        if (path.contains("libpod-conmon"_L1))
            continue;
        if (const auto match = buildkit.match(path); match.hasMatch())
            return {match.captured(1), u"buildkit"_s};
        QRegularExpressionMatch last;
        for (auto matches = hexId.globalMatch(path); matches.hasNext();) // the innermost
            last = matches.next();
        if (!last.hasMatch())
            continue;
        const QString id = last.captured(1);
        if (path.contains("libpod"_L1))
            return {id, u"podman"_s};
        if (path.contains("kubepods"_L1) || path.contains("cri-"_L1) || path.contains("crio-"_L1))
            return {id, u"kubernetes"_s};
        return {id, u"docker"_s};
    }
    return {};
}

QString processName(const QByteArray &cmdline)
{
    QStringList words;
    for (const QByteArray &word : cmdline.split('\0'))
        if (!word.isEmpty())
            words << QString::fromLocal8Bit(word);
    if (words.isEmpty())
        return {};
    const auto plain = [](const QString &word) { return word.section(u'/', -1); };
    QString name = plain(words.first());
    // An interpreter says nothing without its script; more than that is too long for a table.
    for (qsizetype i = 1; i < words.size() && name.size() < 40 && i < 3; ++i) {
        name += u' ' + (words[i].startsWith(u'/') ? plain(words[i]) : words[i]);
        if (!words[i].startsWith(u'-'))
            break;
    }
    return name.left(80);
}

void nameProcesses(GpuReading &reading, const QString &root)
{
    for (GpuStatus &gpu : reading.gpus) {
        if (!gpu.processes)
            continue;
        for (GpuProcess &process : *gpu.processes) {
            const QString folder = u"%1/proc/%2"_s.arg(root).arg(process.pid);
            const QString name = processName(contents(folder + u"/cmdline"_s));
            if (!name.isEmpty())
                process.name = name;
            const ContainerMark mark = containerOf(contents(folder + u"/cgroup"_s));
            process.containerId = mark.id;
            process.containerKind = mark.kind;
        }
    }
}

} // namespace kernelyard
