// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/steptrend.h"

#include "core/build/buildlist.h"

#include <map>
#include <tuple>

namespace kernelyard {

QList<StepTrend> trendsOf(const QList<PastBuild> &builds, const QString &text)
{
    std::map<std::tuple<QString, QString, QString>, StepTrend> trends;
    for (auto build = builds.crbegin(); build != builds.crend(); ++build)
        for (const PastStep &step : build->steps) {
            if (!step.name.contains(text, Qt::CaseInsensitive))
                continue;
            const QString &environment = build->summary.environment;
            auto &trend = trends[{environment, step.layer, step.name}];
            if (trend.runs.isEmpty())
                trend = {environment, step.layer, step.name, {}};
            trend.runs.append(
                {build->summary.id, build->summary.started, step.status, step.duration, step.peakMemoryBytes});
        }
    QList<StepTrend> all;
    for (auto &[key, trend] : trends)
        all << std::move(trend);
    return all;
}

QList<StepTrend> readTrends(const Paths &paths, const QString &text, const QString &environment, int limit)
{
    BuildList list(paths);
    QList<StepTrend> trends;
    int generation = -1;
    // Once more, from the journals, where the database turned out to be damaged and was thrown away.
    for (int attempt = 0; attempt < 2 && generation != list.history().generation(); ++attempt) {
        if (!list.read())
            break;
        generation = list.history().generation();
        trends = trendsOf(list.history().builds(environment, limit), text);
    }
    return trends;
}

} // namespace kernelyard
