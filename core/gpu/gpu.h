// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QFuture>
#include <QList>
#include <QString>

#include <optional>

namespace kernelyard {

/// One GPU at one moment. Unknown values are absent, never 0.
struct GpuStatus
{
    int index = 0;
    QString name;
    QString driver;
    std::optional<QString> computeCapability; ///< "9.0"
    std::optional<int> utilisationPercent;
    std::optional<int> temperatureCelsius;
    std::optional<qint64> memoryUsedBytes;
    std::optional<qint64> memoryTotalBytes;
};

/// Asks the driver's own tool, with a time limit. An empty list: no GPU. Errors: Timeout (the driver is stuck), Failed
/// (the tool's own words: a driver/library mismatch and the like).
QFuture<Result<QList<GpuStatus>>> probeGpus();

/// The pure parser of the tool's CSV.
Result<QList<GpuStatus>> parseGpuCsv(const QByteArray &csv);

} // namespace kernelyard
