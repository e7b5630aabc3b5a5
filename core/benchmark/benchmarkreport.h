// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmark.h"

namespace kernelyard {

/// Of several measurements.
struct Spread
{
    BuildTime median{0};
    BuildTime least{0};
    BuildTime most{0};

    bool operator==(const Spread &) const = default;
};

/// None: no repetition spent time in it.
using PhaseSpreads = std::array<std::optional<Spread>, phases.size()>;

/// One scenario over its repetitions. Failed ones count nowhere but in `failed`.
struct ScenarioSummary
{
    Scenario scenario = Scenario::Baseline;
    int done = 0;
    int failed = 0;
    std::optional<Spread> total; ///< none: no repetition is done
    PhaseSpreads phases;
    std::optional<double> factor; ///< the baseline's median over this one's; none without both
    int units = 0;                ///< compiled in each; the most where repetitions differ
    QString failure;              ///< of the first failed one
};

/// One for each scenario that was asked for, in order of their letters.
QList<ScenarioSummary> summarise(const Benchmark &benchmark);

/// "412 units, compiled once", "nothing compiled", or what is wrong.
QString compileSentence(const ScenarioSummary &summary);

/// The same facts for programs, for spreadsheets (one line a repetition; RFC 4180) and for people.
QByteArray jsonReport(const Benchmark &benchmark);
QByteArray csvReport(const Benchmark &benchmark);
QByteArray markdownReport(const Benchmark &benchmark);

} // namespace kernelyard
