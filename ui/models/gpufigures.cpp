// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/gpufigures.h"

#include "ui/models/wording.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text)
{
    return QCoreApplication::translate("GpuPage", text);
}

GpuBadge badgeOf(const GpuStatus &gpu, const GpuOwners &owners)
{
    if (gpu.fault.condition == GpuCondition::Asleep)
        return {State::Waiting, noticeOf(gpu.fault, {}).word};
    if (gpu.fault.condition != GpuCondition::Healthy) {
        const bool gone = gpu.fault.condition == GpuCondition::FallenOffBus;
        return {gone ? State::Failed : State::Warning, noticeOf(gpu.fault, {}).word};
    }
    if (gpu.eccUncorrected.value_or(0) > 0)
        return {State::Failed, tr("ECC errors")};
    for (const QString &reason : gpu.throttleReasons.value_or(QStringList()))
        if (reason.contains("thermal"_L1) || reason == "power brake"_L1 || reason == "hardware slowdown"_L1)
            return {State::Warning, tr("Throttled")};
    bool building = false;
    for (const GpuProcess &process : gpu.processes.value_or(QList<GpuProcess>())) {
        const GpuOwner owner = owners.of(process);
        if (owner.build && owner.validation)
            return {State::Running, tr("Validating")};
        building = building || owner.build.has_value();
    }
    return building ? GpuBadge{State::Running, tr("Building")} : GpuBadge{State::Success, tr("Healthy")};
}

QString titleOf(const GpuStatus &gpu)
{
    return tr("GPU %1").arg(gpu.index) + (gpu.name.isEmpty() ? QString() : QString(u"  "_s + gpu.name));
}

QString kindOf(const GpuStatus &gpu, const ArchitectureTable &table)
{
    QStringList parts;
    if (gpu.computeCapability) {
        const GpuArchitecture *row = table.find(*gpu.computeCapability);
        parts << (row ? QString(row->sm() + u' ' + row->name)
                      : tr("compute capability %1").arg(*gpu.computeCapability));
    }
    const std::optional<int> generation = gpu.pcieGenerationMax ? gpu.pcieGenerationMax : gpu.pcieGeneration;
    const std::optional<int> width = gpu.pcieWidthMax ? gpu.pcieWidthMax : gpu.pcieWidth;
    if (generation && width)
        parts << tr("PCIe %1.0 ×%2").arg(*generation).arg(*width);
    if (gpu.eccOn == true)
        parts << tr("ECC on");
    if (gpu.display == true)
        parts << tr("display");
    return parts.join(u" · "_s);
}

static QString megahertz(const std::optional<int> &clock)
{
    return clock ? tr("%1 MHz").arg(countText(*clock)) : u"–"_s;
}

static QString onOff(const std::optional<bool> &value, const QString &absent)
{
    return value ? (*value ? tr("on") : tr("off")) : absent;
}

QList<std::pair<QString, QString>> factsOf(const GpuStatus &gpu)
{
    QString errors = onOff(gpu.eccOn, tr("not offered"));
    if (gpu.eccCorrected || gpu.eccUncorrected)
        errors = QString::number(gpu.eccCorrected.value_or(0) + gpu.eccUncorrected.value_or(0));
    QList<std::pair<QString, QString>> facts{
        {tr("Clock"), megahertz(gpu.smClockMHz)},
        {tr("Memory clock"), megahertz(gpu.memoryClockMHz)},
        {tr("Throttle"), !gpu.throttleReasons             ? u"–"_s
                         : gpu.throttleReasons->isEmpty() ? tr("none")
                                                          : gpu.throttleReasons->join(u", "_s)},
        {gpu.eccOn == true ? tr("ECC errors") : tr("ECC"), errors},
        {tr("MIG"), gpu.mig == true ? tr("%1 slices").arg(gpu.slices.size()) : onOff(gpu.mig, tr("not offered"))},
        {tr("Persistence"), onOff(gpu.persistence, u"–"_s)}};
    // A link that is narrower than it could be costs speed whatever the load; a slower one is normal when idle.
    if (gpu.pcieWidth && gpu.pcieWidthMax && *gpu.pcieWidth < *gpu.pcieWidthMax)
        facts << std::pair(tr("PCIe now"), tr("×%1 of ×%2").arg(*gpu.pcieWidth).arg(*gpu.pcieWidthMax));
    return facts;
}

static double gib(qint64 bytes)
{
    return static_cast<double>(bytes) / (1LL << 30);
}

QString sliceName(const MigSlice &slice)
{
    QString name = tr("Slice %1").arg(slice.index);
    if (!slice.name.isEmpty())
        name += u"  "_s + slice.name;
    if (slice.multiprocessors)
        name += u"  "_s + tr("%1 SMs").arg(*slice.multiprocessors);
    return name;
}

QString sliceUse(const MigSlice &slice)
{
    QStringList use;
    if (slice.utilisationPercent)
        use << tr("%1 %").arg(*slice.utilisationPercent);
    if (slice.memoryUsedBytes && slice.memoryTotalBytes)
        use << tr("%1 of %2 GiB")
                   .arg(gib(*slice.memoryUsedBytes), 0, 'f', 1)
                   .arg(gib(*slice.memoryTotalBytes), 0, 'f', 1);
    return use.isEmpty() ? u"–"_s : use.join(u"  "_s);
}

/// Longer than a few samples without one: the watch stood still, so the line does. What is kept of a long build has
/// fewer samples, each as far from the next.
static double longestGap(const QList<GpuPoint> &history)
{
    QList<qint64> gaps;
    for (qsizetype i = 1; i < history.size(); ++i)
        gaps.append(history[i].atMs - history[i - 1].atMs);
    if (gaps.isEmpty())
        return 20;
    const auto median = gaps.begin() + (gaps.size() - 1) / 2;
    std::ranges::nth_element(gaps, median);
    return std::max(20.0, 4 * static_cast<double>(*median) / 1000);
}

static QList<QPointF> line(const QList<GpuPoint> &history, qint64 nowMs, double spanSeconds, float GpuPoint::*value)
{
    QList<QPointF> points;
    const double gap = longestGap(history);
    for (const GpuPoint &point : history) {
        const double x = static_cast<double>(point.atMs - nowMs) / 1000;
        if (x < -spanSeconds * 1.05)
            continue;
        if (!points.isEmpty() && x - points.last().x() > gap)
            points.append({x, std::nan("")});
        points.append({x, double(point.*value)});
    }
    return points;
}

QList<ChartData> chartsOf(const GpuStatus &gpu, const QList<GpuPoint> &history, qint64 nowMs, double spanSeconds,
                          ChartWords words)
{
    const bool isLong = words == ChartWords::Long;
    ChartData compute, memory, temperature, power;
    const QString none = u"–"_s;
    compute.title = tr("Compute");
    compute.value = gpu.utilisationPercent ? QString::number(*gpu.utilisationPercent) : none;
    compute.unit = gpu.utilisationPercent ? u"%"_s : QString();
    compute.points = line(history, nowMs, spanSeconds, &GpuPoint::utilisation);
    memory.title = tr("Memory");
    memory.value = gpu.memoryUsedBytes ? QString::number(gib(*gpu.memoryUsedBytes), 'f', 1) : none;
    if (gpu.memoryTotalBytes) {
        memory.unit = isLong ? tr("of %1 GiB").arg(gib(*gpu.memoryTotalBytes), 0, 'f', 1) : tr("GiB");
        memory.top = gib(*gpu.memoryTotalBytes);
    }
    memory.points = line(history, nowMs, spanSeconds, &GpuPoint::memoryGiB);
    temperature.title = tr("Temperature");
    temperature.value = gpu.temperatureCelsius ? QString::number(*gpu.temperatureCelsius) : none;
    temperature.unit =
        isLong && gpu.temperatureLimitCelsius ? tr("of %1 °C").arg(*gpu.temperatureLimitCelsius) : tr("°C");
    temperature.points = line(history, nowMs, spanSeconds, &GpuPoint::temperature);
    if (gpu.temperatureLimitCelsius) {
        temperature.limit = *gpu.temperatureLimitCelsius;
        temperature.top = qMax(100.0, *temperature.limit * 1.1);
    }
    power.title = tr("Power");
    power.value = gpu.powerWatts ? QString::number(std::lround(*gpu.powerWatts)) : none;
    power.unit = isLong && gpu.powerLimitWatts ? tr("of %1 W").arg(std::lround(*gpu.powerLimitWatts)) : tr("W");
    power.points = line(history, nowMs, spanSeconds, &GpuPoint::power);
    if (gpu.powerLimitWatts) {
        power.limit = *gpu.powerLimitWatts;
        power.top = *gpu.powerLimitWatts * 1.15;
    }
    QList<ChartData> charts{compute, memory, temperature, power};
    for (int i = 0; i < charts.size(); ++i) {
        charts[i].series = i;
        charts[i].spanSeconds = spanSeconds;
        charts[i].edgeMs = nowMs;
    }
    return charts;
}

QString ownerText(const GpuOwner &owner)
{
    if (!owner.build)
        return tr("Not from Kernelyard");
    return owner.validation ? tr("Validation %1").arg(owner.build->display())
                            : tr("Build %1").arg(owner.build->display());
}

QString reportOf(const GpuReading &reading, const GpuOwners &owners, const ArchitectureTable &table)
{
    QStringList lines{tr("Driver %1, kernel module %2, CUDA up to %3, told by %4")
                          .arg(reading.driver.isEmpty() ? u"–"_s : reading.driver,
                               reading.moduleVersion.isEmpty() ? u"–"_s : reading.moduleVersion,
                               reading.cuda.isEmpty() ? u"–"_s : reading.cuda, sourceName(reading.source))};
    const auto fault = [&lines](const GpuFault &what, const QString &object) {
        if (what.condition != GpuCondition::Healthy)
            lines << u"- "_s + noticeOf(what, object).message +
                         (what.evidence.isEmpty() ? QString() : QString(u" ("_s + what.evidence + u')'));
    };
    fault(reading.fault, {});
    for (const GpuStatus &gpu : reading.gpus) {
        lines << QString() << u"### "_s + titleOf(gpu) << kindOf(gpu, table);
        fault(gpu.fault, titleOf(gpu));
        for (const ChartData &chart : chartsOf(gpu, {}, reading.atMs, 1, ChartWords::Long))
            lines << u"- %1: %2 %3"_s.arg(chart.title, chart.value, chart.unit);
        for (const auto &[name, value] : factsOf(gpu))
            lines << u"- %1: %2"_s.arg(name, value);
        for (const MigSlice &slice : gpu.slices)
            lines << u"- %1: %2"_s.arg(sliceName(slice), sliceUse(slice));
        for (const GpuProcess &process : gpu.processes.value_or(QList<GpuProcess>()))
            lines << u"- process %1 %2: %3"_s.arg(process.pid)
                         .arg(process.name.isEmpty() ? u"–"_s : process.name, ownerText(owners.of(process)));
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace kernelyard
