// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmarks/benchmarkwords.h"

#include "ui/models/wording.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <ranges>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text)
{
    return QCoreApplication::translate("Benchmarks", text);
}

static double seconds(BuildTime time)
{
    return double(time.count()) / 1e6;
}

/// The design's order of series is that of the phases but for two: submodules stand out beside the clone.
static int seriesOf(Phase phase)
{
    static constexpr std::array series{0, 1, 6, 2, 3, 4, 5};
    return series[static_cast<std::size_t>(phase)];
}

QString benchmarkTitle(const Benchmark &benchmark, const QDateTime &now)
{
    return tr("%1, %2").arg(benchmark.name(), momentText(benchmark.started.toLocalTime(), now));
}

QList<StackedBar> barsOf(const QList<ScenarioSummary> &summaries)
{
    QList<StackedBar> bars;
    for (const ScenarioSummary &one : summaries) {
        if (!one.total)
            continue;
        StackedBar bar;
        bar.name = letter(one.scenario);
        bar.total = secondsText(seconds(one.total->median));
        bar.range = std::pair(seconds(one.total->least), seconds(one.total->most));
        for (const Phase phase : phases)
            if (const auto &spread = one.phases[static_cast<std::size_t>(phase)]; spread && spread->median.count() > 0)
                bar.parts << BarPart{title(phase), seconds(spread->median), seriesOf(phase)};
        bars << bar;
    }
    return bars;
}

QList<std::pair<QString, int>> legendOf(const QList<ScenarioSummary> &summaries)
{
    QList<std::pair<QString, int>> entries;
    for (const Phase phase : phases)
        for (const ScenarioSummary &one : summaries)
            if (one.phases[static_cast<std::size_t>(phase)]) {
                entries.append({title(phase), seriesOf(phase)});
                break;
            }
    return entries;
}

QString keyFigure(BuildTime time)
{
    return time < std::chrono::minutes(1) ? secondsText(seconds(time)) : durationText(time);
}

QString factorText(const ScenarioSummary &summary)
{
    if (!summary.factor)
        return {};
    if (summary.scenario == Scenario::Baseline)
        return tr("1 ×");
    const bool faster = *summary.factor >= 1;
    const double factor = faster ? *summary.factor : 1 / *summary.factor;
    return (faster ? tr("%1 × faster") : tr("%1 × slower")).arg(QLocale().toString(factor, 'f', 1));
}

CompileCheck checkOf(const ScenarioSummary &summary)
{
    if (summary.done == 0 && summary.failed == 0)
        return {State::Waiting, compileSentence(summary)};
    if (summary.failed > 0 && summary.done > 0)
        return {State::Warning, tr("%1 of %2, the others failed: %3")
                                    .arg(summary.done)
                                    .arg(summary.done + summary.failed)
                                    .arg(summary.failure)};
    return {summary.failed > 0 ? State::Failed : State::Success, compileSentence(summary)};
}

QString footText(const Benchmark &benchmark)
{
    QStringList facts{tr("%1 repetitions, interleaved").arg(benchmark.spec.repetitions)};
    if (!benchmark.engine.isEmpty())
        facts << benchmark.engine;
    if (benchmark.spec.scenarios.contains(Scenario::RegistryCache))
        facts << (benchmark.spec.registry.isEmpty() ? tr("registry on loopback")
                                                    : tr("registry %1").arg(benchmark.spec.registry));
    for (const auto &[name, value] : benchmark.spec.choices)
        if ((name == u"cuda-architectures" || name == u"jobs") && !value.isEmpty())
            facts << name + u' ' + value;
    if (benchmark.spec.quick)
        facts << tr("quick validation");
    if (!benchmark.commit.isEmpty())
        facts << tr("commit %1").arg(benchmark.commit.left(7));
    return facts.join(u" · "_s);
}

QString countedText(const QList<ScenarioSummary> &summaries)
{
    const auto counted = [](const ScenarioSummary &one) { return one.done > 0; };
    int least = 0, most = 0;
    for (const ScenarioSummary &one : summaries | std::views::filter(counted)) {
        least = least == 0 ? one.done : std::min(least, one.done);
        most = std::max(most, one.done);
    }
    return least == most ? QString::number(most) : tr("%1 to %2").arg(least).arg(most);
}

std::pair<State, QString> progressOf(const Benchmark &benchmark, bool isRunning, const QString &work)
{
    const auto all = benchmark.spec.repetitions * benchmark.spec.scenarios.size();
    const auto done = all - benchmark.remaining().size();
    if (isRunning) {
        QString words = tr("Running: the engine is made ready");
        if (benchmark.current)
            words = tr("Running %1 %2, repetition %3 of %4")
                        .arg(letter(benchmark.current->scenario), title(benchmark.current->scenario))
                        .arg(benchmark.current->round)
                        .arg(benchmark.spec.repetitions);
        if (!work.isEmpty())
            words += u": "_s + work;
        return {State::Running, tr("%1; %2 of %3 repetitions are done").arg(words).arg(done).arg(all)};
    }
    if (benchmark.isComplete())
        return {State::Success, {}};
    if (!benchmark.failure.isEmpty())
        return {State::Failed,
                tr("Stopped: %1 %2 of %3 repetitions are done and kept.").arg(benchmark.failure).arg(done).arg(all)};
    return {State::Interrupted, tr("Interrupted: %1 of %2 repetitions are done and kept.").arg(done).arg(all)};
}

} // namespace kernelyard
