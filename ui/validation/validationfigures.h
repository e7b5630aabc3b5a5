// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationrun.h"
#include "ui/widgets/heatmap.h"
#include "ui/widgets/serieschart.h"

namespace kernelyard {

enum class MapFigure { Error, Speed };

/// What a heat map shows of one back-end's cases.
struct ValidationMap
{
    QStringList rows;        ///< lengths
    QList<HeatGroup> groups; ///< one for each type; columns are head dimensions
    QString scale;

    bool isEmpty() const { return groups.isEmpty(); }
};

/// Of the cases with as many queries as keys and nothing but the causal rule; of several with one length and dimension
/// the worst (Error) or the fastest (Speed). Only lengths and dimensions that are met more than once. Ids are cases'.
ValidationMap validationMap(const ValidationRun &run, const QString &backend, MapFigure figure);

/// What a chart of speed over length shows at a time.
struct SpeedGroup
{
    QString dtype;
    int headDim = 0;
    bool causal = false;

    QString text() const; ///< "bf16, D 128, no mask"
    bool operator==(const SpeedGroup &) const = default;
};

/// Those that a run has speeds for: those timed most first, of these bf16 and 128.
QList<SpeedGroup> speedGroups(const ValidationRun &run);

/// Speed over length of each back-end that was timed.
struct SpeedLines
{
    QString unit; ///< TFLOP/s or GFLOP/s
    QStringList lengths;
    QList<ChartSeries> series;
};
SpeedLines speedLines(const ValidationRun &run, const SpeedGroup &group);

/// Whether the last two of \a group that were timed in turns differ, "torch-flash is 1.57 × kernelyard (1.40 to 1.71)
/// at 2048."; empty where none were.
QString differenceText(const ValidationRun &run, const SpeedGroup &group);
/// The back-ends that have a case of \a group and no speed for it, each with why; empty where there are none.
QString untimedText(const ValidationRun &run, const SpeedGroup &group);

/// The back-ends of a run's cases, in their order.
QStringList backendsOf(const ValidationRun &run);

} // namespace kernelyard
