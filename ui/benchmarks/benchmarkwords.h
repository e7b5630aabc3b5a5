// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmarkreport.h"
#include "ui/widgets/stackedbars.h"
#include "ui/widgets/theme.h"

namespace kernelyard {

// A benchmark as its page says it.

/// "bench-031, 13:07 today".
QString benchmarkTitle(const Benchmark &benchmark, const QDateTime &now);

/// One bar a scenario that has medians; parts are medians of the phases, so they may add up to a little more or less
/// than the median of the total, which stands behind.
QList<StackedBar> barsOf(const QList<ScenarioSummary> &summaries);
/// The phases that any scenario spent time in.
QList<std::pair<QString, int>> legendOf(const QList<ScenarioSummary> &summaries);

/// "26:44", or from tenths below a minute: "4.3 s".
QString keyFigure(BuildTime time);
/// "7.8 × faster", "1 ×", "1.4 × slower".
QString factorText(const ScenarioSummary &summary);

struct CompileCheck
{
    State state = State::Waiting;
    QString words;
};
CompileCheck checkOf(const ScenarioSummary &summary);

/// "5 repetitions, interleaved · Podman 5.4.2 · registry on loopback · commit 8c1f04e".
QString footText(const Benchmark &benchmark);
/// What is in work, or why nothing is: "Running A, repetition 2 of 5", "Interrupted: 4 of 15 repetitions are done".
/// Empty: all is done. \a work: what its build does now, or empty.
std::pair<State, QString> progressOf(const Benchmark &benchmark, bool isRunning, const QString &work = {});

/// How many repetitions medians are of: "5", "4 to 5".
QString countedText(const QList<ScenarioSummary> &summaries);

} // namespace kernelyard
