// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QString>

#include <optional>

namespace kernelyard {

/// How fast one back-end was on one case: the median of its samples.
struct SpeedFigure
{
    QString caseId;
    QString backend;
    QString dtype;
    int length = 0; ///< of queries and of keys
    int headDim = 0;
    bool causal = false;
    QString clock; ///< how it was timed: "device events" or "wall clock"
    int samples = 0;
    double milliseconds = 0;
    double low = 0, high = 0; ///< 95 % interval of the median, milliseconds
    double tflops = 0;
    double gigabytesPerSecond = 0;
    std::optional<double> ofListedPeak; ///< share of the vendor's figure
    std::optional<double> ofMeasuredPeak;
    std::optional<double> peakBytes; ///< of GPU memory that a call allocates beyond its inputs, output included
    int throttled = 0;               ///< samples at which the GPU said that it held its clocks back
    QList<double> clocksMHz;         ///< of each sample; empty where the driver tells nothing
    QList<double> temperatures;      ///< °C, likewise
    QStringList throttleReasons;     ///< each once

    static SpeedFigure fromJson(const QJsonObject &line); ///< a "speed" line of the suite
    QJsonObject toJson() const;
};

/// Two back-ends (or two commits) timed in turns on one case.
struct SpeedComparison
{
    QString caseId;
    QString first;
    QString second;
    double ratio = 0; ///< how many times as fast the second is
    double low = 0, high = 0;
    QString word; ///< faster, slower, same, unknown: the second
    QString sentence;

    static SpeedComparison fromJson(const QJsonObject &line); ///< a "comparison" line of the suite
    QJsonObject toJson() const;
};

} // namespace kernelyard
