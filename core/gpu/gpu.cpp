// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpu.h"

#include "core/process/run.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

constexpr auto tool = "nvidia-smi";
constexpr auto limit = 10s; // waking several GPUs without the persistence daemon takes seconds each

// nvidia-smi(1), "RETURN VALUE".
constexpr int noDeviceFound = 6;
constexpr int driverNotLoaded = 9;

Command query(QLatin1StringView fields)
{
    return {QLatin1StringView(tool), {u"--query-gpu="_s + fields, u"--format=csv,noheader,nounits"_s}, {}, {}};
}

Error toolFailed(const Completed &completed)
{
    // The tool writes why to standard output or to standard error, by version.
    const QString words = QString::fromLocal8Bit(completed.err + completed.out).trimmed();
    return {ErrorKind::Failed,
            QCoreApplication::translate("Gpu", "nvidia-smi can't read the GPUs (status %1): %2")
                .arg(completed.exitCode)
                .arg(words.section(u'\n', 0, 0)),
            words,
            QCoreApplication::translate("Gpu", "Run nvidia-smi in a terminal; after an update of the driver, restart "
                                               "the machine.")};
}

Result<QList<GpuStatus>> probe()
{
    const auto all = QLatin1StringView("index,name,driver_version,compute_cap,utilization.gpu,temperature.gpu,"
                                       "memory.used,memory.total");
    const auto withoutCapability = QLatin1StringView("index,name,driver_version,utilization.gpu,temperature.gpu,"
                                                     "memory.used,memory.total");
    Result<Completed> done = run(query(all), limit);
    if (!done && done.error().kind == ErrorKind::Missing) {
        if (!QFileInfo::exists(u"/proc/driver/nvidia/version"_s))
            return QList<GpuStatus>();
        return Failure(Error{ErrorKind::Missing,
                             QCoreApplication::translate("Gpu", "An NVIDIA driver is loaded, but nvidia-smi is not "
                                                                "installed."),
                             done.error().detail,
                             QCoreApplication::translate("Gpu", "Install the driver's tools (nvidia-smi or "
                                                                "nvidia-utils).")});
    }
    if (!done)
        return Failure(done.error());
    // Drivers before 510 do not know compute_cap and refuse the whole query: ask without it before giving up.
    if (done->exitCode != 0 && done->exitCode != noDeviceFound && done->exitCode != driverNotLoaded) {
        Result<Completed> older = run(query(withoutCapability), limit);
        if (older && older->exitCode == 0)
            done = std::move(older);
    }
    if (done->exitCode == noDeviceFound)
        return QList<GpuStatus>();
    if (done->exitCode != 0)
        return Failure(toolFailed(*done));
    return parseGpuCsv(done->out);
}

std::optional<qint64> number(const QString &field)
{
    bool ok = false;
    const qint64 value = field.toLongLong(&ok);
    return ok ? std::optional(value) : std::nullopt;
}

std::optional<int> smallNumber(const QString &field)
{
    bool ok = false;
    const int value = field.toInt(&ok);
    return ok ? std::optional(value) : std::nullopt;
}

std::optional<qint64> bytesOfMiB(const QString &field)
{
    const std::optional<qint64> value = number(field);
    constexpr qint64 most = std::numeric_limits<qint64>::max() >> 20;
    return value && *value >= 0 && *value <= most ? std::optional(*value << 20) : std::nullopt;
}

/// "8.9", "12.0"; a driver's version, "535.104.05" or "390.157", is none.
bool isCapability(const QString &field)
{
    bool major = false, minor = false;
    const uint majorNumber = field.section(u'.', 0, 0).toUInt(&major);
    field.section(u'.', 1).toUInt(&minor);
    return major && minor && majorNumber < 100;
}

} // namespace

Result<QList<GpuStatus>> parseGpuCsv(const QByteArray &csv)
{
    QList<GpuStatus> gpus;
    int lineNumber = 0;
    for (const QByteArray &bytes : csv.split('\n')) {
        ++lineNumber;
        const QString line = QString::fromUtf8(bytes).trimmed();
        if (line.isEmpty())
            continue;
        QStringList fields = line.split(u',');
        for (QString &field : fields)
            field = field.trimmed();
        const std::optional<int> index = smallNumber(fields.first());
        if (fields.size() < 7 || !index || *index < 0)
            return Failure(
                Error{ErrorKind::Failed,
                      QCoreApplication::translate("Gpu", "nvidia-smi wrote a line that can't be read (line %1).")
                          .arg(lineNumber),
                      line,
                      {}});
        GpuStatus gpu;
        gpu.index = *index;
        gpu.memoryTotalBytes = bytesOfMiB(fields.takeLast());
        gpu.memoryUsedBytes = bytesOfMiB(fields.takeLast());
        gpu.temperatureCelsius = smallNumber(fields.takeLast());
        gpu.utilisationPercent = smallNumber(fields.takeLast());
        // Absent with old drivers, where the last of the three fields left is the driver's version.
        if (fields.size() > 3 && (isCapability(fields.last()) || fields.last().startsWith(u'['))) {
            const QString capability = fields.takeLast();
            if (isCapability(capability))
                gpu.computeCapability = capability;
        }
        gpu.driver = fields.takeLast();
        if (gpu.driver.startsWith(u'['))
            gpu.driver.clear();
        fields.removeFirst();
        gpu.name = fields.join(u", "_s);
        gpus << gpu;
    }
    return gpus;
}

QFuture<Result<QList<GpuStatus>>> probeGpus()
{
    return QtConcurrent::run(probe);
}

} // namespace kernelyard
