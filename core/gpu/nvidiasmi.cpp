// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/nvidiasmi.h"

#include "core/process/run.h"

#include <QCoreApplication>
#include <QXmlStreamReader>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

/// One element: its attribute id, text, and children by name (the first of each) and in order.
struct Node
{
    QString name;
    QString id;
    QString text;
    QList<Node> children;

    const Node *child(const QString &wanted) const
    {
        for (const Node &node : children)
            if (node.name == wanted)
                return &node;
        return nullptr;
    }
    /// The text at "a/b"; empty where it is missing or says that there is none.
    QString at(const QString &path) const
    {
        const Node *node = this;
        for (const QString &part : path.split(u'/')) {
            node = node->child(part);
            if (!node)
                return {};
        }
        const QString value = node->text.trimmed();
        const bool none = value == "N/A"_L1 || value.startsWith(u'[') || value == "Not Supported"_L1 ||
                          value == "Unknown Error"_L1 || value == "Requested functionality has been deprecated"_L1;
        return none ? QString() : value;
    }
    /// The first of \a paths that has a value: the newest name stands first.
    QString first(const QStringList &paths) const
    {
        for (const QString &path : paths)
            if (QString value = at(path); !value.isEmpty())
                return value;
        return {};
    }
};

Node readNode(QXmlStreamReader &xml, int depth)
{
    Node node{xml.name().toString(), xml.attributes().value("id"_L1).toString(), {}, {}};
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isEndElement())
            break;
        if (xml.isCharacters())
            node.text += xml.text();
        else if (xml.isStartElement()) {
            if (depth > 12)
                xml.raiseError(u"nested too deep"_s);
            else
                node.children << readNode(xml, depth + 1);
        }
    }
    return node;
}

/// The number that \a text begins with: "37 %", "63 C", "16x", "287.13 W".
std::optional<double> number(const QString &text)
{
    qsizetype end = 0;
    while (end < text.size() && (text[end].isDigit() || text[end] == u'.'))
        ++end;
    bool ok = false;
    const double value = text.first(end).toDouble(&ok);
    return ok && value < 1e15 ? std::optional(value) : std::nullopt;
}

std::optional<int> whole(const QString &text)
{
    const std::optional<double> value = number(text);
    return value && *value < 1e9 ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

/// "24564 MiB".
std::optional<qint64> bytes(const QString &text)
{
    const std::optional<double> value = number(text);
    if (!value || *value > 1e12)
        return std::nullopt;
    const qint64 unit = text.contains("GiB"_L1) ? 1LL << 30 : text.contains("KiB"_L1) ? 1LL << 10 : 1LL << 20;
    return static_cast<qint64>(*value) * unit;
}

std::optional<bool> enabled(const QString &text)
{
    if (text == "Enabled"_L1 || text == "Yes"_L1)
        return true;
    return text == "Disabled"_L1 || text == "No"_L1 ? std::optional(false) : std::nullopt;
}

/// clocks_event_reason_sw_power_cap (clocks_throttle_reason_… before R535): "Active" or "Not Active".
std::optional<QStringList> reasonsOf(const Node &gpu)
{
    const Node *reasons = gpu.child(u"clocks_event_reasons"_s);
    if (!reasons)
        reasons = gpu.child(u"clocks_throttle_reasons"_s);
    if (!reasons)
        return std::nullopt;
    static const QHash<QString, QString> words{
        {u"applications_clocks_setting"_s, u"application clocks"_s},
        {u"sw_power_cap"_s, u"power cap"_s},
        {u"hw_slowdown"_s, u"hardware slowdown"_s},
        {u"hw_thermal_slowdown"_s, u"hardware thermal"_s},
        {u"hw_power_brake_slowdown"_s, u"power brake"_s},
        {u"sync_boost"_s, u"sync boost"_s},
        {u"sw_thermal_slowdown"_s, u"software thermal"_s},
        {u"display_clocks_setting"_s, u"display clock"_s},
    };
    QStringList active;
    bool known = false;
    for (const Node &node : reasons->children) {
        const QString value = node.text.trimmed();
        known = known || value == "Active"_L1 || value == "Not Active"_L1;
        const QString word = words.value(node.name.section(u"_reason_"_s, 1));
        if (value == "Active"_L1 && !word.isEmpty())
            active << word;
    }
    return known ? std::optional(active) : std::nullopt;
}

MigSlice sliceOf(const Node &node)
{
    MigSlice slice;
    slice.index = whole(node.at(u"index"_s)).value_or(0);
    slice.gpuInstance = whole(node.at(u"gpu_instance_id"_s));
    slice.computeInstance = whole(node.at(u"compute_instance_id"_s));
    slice.multiprocessors = whole(node.at(u"device_attributes/shared/multiprocessor_count"_s));
    slice.memoryTotalBytes = bytes(node.at(u"fb_memory_usage/total"_s));
    slice.memoryUsedBytes = bytes(node.at(u"fb_memory_usage/used"_s));
    return slice;
}

GpuProcess processOf(const Node &node)
{
    GpuProcess process;
    process.pid = static_cast<qint64>(number(node.at(u"pid"_s)).value_or(0));
    process.graphics = node.at(u"type"_s) == "G"_L1;
    process.name = node.at(u"process_name"_s);
    process.memoryBytes = bytes(node.at(u"used_memory"_s));
    process.gpuInstance = whole(node.at(u"gpu_instance_id"_s));
    return process;
}

QString busIdOf(const QString &id)
{
    const qsizetype colon = id.indexOf(u':');
    return (colon > 4 ? id.sliced(colon - 4) : id).toLower();
}

GpuStatus gpuOf(const Node &node, int index, const QString &driver)
{
    GpuStatus gpu;
    gpu.index = index;
    gpu.driver = driver;
    gpu.busId = busIdOf(node.id);
    gpu.name = node.at(u"product_name"_s);
    gpu.uuid = node.at(u"uuid"_s);
    gpu.persistence = enabled(node.at(u"persistence_mode"_s));
    gpu.display = enabled(node.at(u"display_active"_s));
    gpu.mig = enabled(node.at(u"mig_mode/current_mig"_s));
    gpu.utilisationPercent = whole(node.at(u"utilization/gpu_util"_s));
    gpu.memoryUtilisationPercent = whole(node.at(u"utilization/memory_util"_s));
    gpu.memoryTotalBytes = bytes(node.at(u"fb_memory_usage/total"_s));
    gpu.memoryUsedBytes = bytes(node.at(u"fb_memory_usage/used"_s));
    gpu.temperatureCelsius = whole(node.at(u"temperature/gpu_temp"_s));
    gpu.temperatureLimitCelsius =
        whole(node.first({u"temperature/gpu_temp_max_gpu_threshold"_s, u"temperature/gpu_temp_slow_threshold"_s}));
    const auto margin = whole(node.at(u"temperature/gpu_temp_tlimit"_s)); // all that newer drivers tell from Ada on
    if (!gpu.temperatureLimitCelsius && gpu.temperatureCelsius && margin)
        gpu.temperatureLimitCelsius = *gpu.temperatureCelsius + *margin;
    gpu.powerWatts = number(node.first({u"gpu_power_readings/instant_power_draw"_s, u"gpu_power_readings/power_draw"_s,
                                        u"gpu_power_readings/average_power_draw"_s, u"power_readings/power_draw"_s}));
    gpu.powerLimitWatts =
        number(node.first({u"gpu_power_readings/current_power_limit"_s, u"gpu_power_readings/enforced_power_limit"_s,
                           u"power_readings/enforced_power_limit"_s, u"power_readings/power_limit"_s}));
    gpu.smClockMHz = whole(node.at(u"clocks/sm_clock"_s));
    gpu.memoryClockMHz = whole(node.at(u"clocks/mem_clock"_s));
    gpu.smClockMaxMHz = whole(node.at(u"max_clocks/sm_clock"_s));
    gpu.memoryClockMaxMHz = whole(node.at(u"max_clocks/mem_clock"_s));
    gpu.throttleReasons = reasonsOf(node);
    gpu.eccOn = enabled(node.at(u"ecc_mode/current_ecc"_s));
    if (gpu.eccOn == true) {
        const auto sum = [&node](std::initializer_list<const char *> names) {
            std::optional<qint64> errors;
            for (const char *name : names)
                if (const auto value = number(node.at(u"ecc_errors/volatile/"_s + QLatin1StringView(name))))
                    errors = errors.value_or(0) + static_cast<qint64>(*value);
            return errors;
        };
        // Each generation has some of them, none has two names for one count.
        gpu.eccCorrected = sum({"dram_correctable", "sram_correctable", "single_bit/total"});
        gpu.eccUncorrected = sum({"dram_uncorrectable", "sram_uncorrectable", "sram_uncorrectable_parity",
                                  "sram_uncorrectable_secded", "double_bit/total"});
    }
    const QString link = u"pci/pci_gpu_link_info/"_s;
    gpu.pcieGeneration = whole(node.at(link + u"pcie_gen/current_link_gen"_s));
    gpu.pcieGenerationMax = whole(node.at(link + u"pcie_gen/max_link_gen"_s));
    gpu.pcieWidth = whole(node.at(link + u"link_widths/current_link_width"_s));
    gpu.pcieWidthMax = whole(node.at(link + u"link_widths/max_link_width"_s));
    if (const Node *slices = node.child(u"mig_devices"_s))
        for (const Node &slice : slices->children)
            if (slice.name == "mig_device"_L1)
                gpu.slices << sliceOf(slice);
    // "N/A" or "Insufficient Permissions" stands there where they are not told.
    if (const Node *processes = node.child(u"processes"_s);
        processes && (!processes->children.isEmpty() || processes->text.trimmed().isEmpty())) {
        gpu.processes.emplace();
        for (const Node &process : processes->children)
            if (process.name == "process_info"_L1)
                *gpu.processes << processOf(process);
    }
    return gpu;
}

/// nvidia-smi(1), "RETURN VALUE": NVML's codes but for one, and what it writes says the same in words.
GpuCondition conditionOfStatus(int status)
{
    constexpr int interruptIssue = 10; // 11 in NVML, where 10 is a time limit
    return status == interruptIssue ? GpuCondition::NoInterrupts : conditionOfNvmlCode(status);
}

Result<GpuReading> failed(const Completed &completed)
{
    const QString words = QString::fromLocal8Bit(completed.err + completed.out).trimmed().section(u'\n', 0, 0);
    GpuReading reading;
    reading.source = GpuSource::NvidiaSmi;
    reading.fault = {conditionOfStatus(completed.exitCode), words};
    if (words.contains("version mismatch"_L1, Qt::CaseInsensitive))
        reading.fault.condition = GpuCondition::DriverMismatch;
    else if (words.contains("No devices were found"_L1))
        reading.fault.condition = GpuCondition::NoDevice;
    return reading;
}

/// `--query-gpu=uuid,compute_cap`, which drivers before 510 do not know.
QHash<QString, QString> askCapabilities(std::chrono::milliseconds limit)
{
    QHash<QString, QString> found;
    const Result<Completed> done =
        run({u"nvidia-smi"_s, {u"--query-gpu=uuid,compute_cap"_s, u"--format=csv,noheader"_s}, {}, {}}, limit);
    if (!done || done->exitCode != 0)
        return found;
    for (const QString &line : QString::fromUtf8(done->out).split(u'\n'))
        if (const QString capability = line.section(u',', 1).trimmed(); number(capability))
            found.insert(line.section(u',', 0, 0).trimmed(), capability);
    return found;
}

} // namespace

Result<GpuReading> parseNvidiaSmi(const QByteArray &xml)
{
    QXmlStreamReader reader(xml);
    Node log;
    if (reader.readNextStartElement())
        log = readNode(reader, 0);
    if (reader.hasError() || log.name != "nvidia_smi_log"_L1)
        return Failure(Error{ErrorKind::Failed,
                             QCoreApplication::translate("Gpu", "nvidia-smi wrote what can't be read (line %1).")
                                 .arg(reader.lineNumber()),
                             reader.errorString(),
                             {}});
    GpuReading reading;
    reading.source = GpuSource::NvidiaSmi;
    reading.driver = log.at(u"driver_version"_s);
    reading.cuda = log.at(u"cuda_version"_s);
    for (const Node &node : log.children)
        if (node.name == "gpu"_L1)
            reading.gpus << gpuOf(node, static_cast<int>(reading.gpus.size()), reading.driver);
    if (reading.gpus.isEmpty())
        reading.fault = {GpuCondition::NoDevice, {}};
    return reading;
}

Result<GpuReading> NvidiaSmi::read(std::chrono::milliseconds limit)
{
    const Result<Completed> done = run({u"nvidia-smi"_s, {u"--query"_s, u"--xml-format"_s}, {}, {}}, limit);
    if (!done)
        return Failure(done.error());
    if (done->exitCode != 0)
        return failed(*done);
    Result<GpuReading> reading = parseNvidiaSmi(done->out);
    if (!reading || reading->gpus.isEmpty())
        return reading;
    if (!m_capabilities)
        m_capabilities = askCapabilities(limit);
    for (GpuStatus &gpu : reading->gpus)
        if (const auto known = m_capabilities->constFind(gpu.uuid); known != m_capabilities->cend())
            gpu.computeCapability = *known;
    return reading;
}

} // namespace kernelyard
