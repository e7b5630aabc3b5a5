// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/benchmarkreport.h"

#include "core/build/estimate.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Benchmark", text);
}

double seconds(BuildTime time)
{
    return double(time.count()) / 1e6;
}

Spread spreadOf(const QList<BuildTime> &times)
{
    const auto [least, most] = std::ranges::minmax(times);
    return {quantile(times, 0.5), least, most};
}

QJsonObject toJson(const Spread &spread)
{
    return {
        {u"median"_s, seconds(spread.median)}, {u"least"_s, seconds(spread.least)}, {u"most"_s, seconds(spread.most)}};
}

/// "12.3", "96", so that three digits tell.
QString figure(BuildTime time)
{
    const double value = seconds(time);
    return QString::number(value, 'f', value < 9.95 ? 2 : value < 99.5 ? 1 : 0);
}

QString range(const std::optional<Spread> &spread)
{
    if (!spread)
        return tr("none");
    const QString median = figure(spread->median);
    const QString least = figure(spread->least), most = figure(spread->most);
    return least == most ? median : tr("%1 (%2 to %3)").arg(median, least, most);
}

/// A field of a CSV file, RFC 4180.
QByteArray field(const QString &text)
{
    if (!text.contains(u',') && !text.contains(u'"') && !text.contains(u'\n'))
        return text.toUtf8();
    return '"' + QString(text).replace(u'"', u"\"\""_s).toUtf8() + '"';
}

QByteArray secondsField(BuildTime time)
{
    return QByteArray::number(seconds(time), 'f', 3);
}

std::optional<Spread> spreadOfPhase(const QList<BuildTime> &times)
{
    if (std::ranges::none_of(times, [](BuildTime time) { return time.count() > 0; }))
        return {};
    return spreadOf(times);
}

ScenarioSummary summaryOf(const Benchmark &benchmark, Scenario scenario)
{
    ScenarioSummary summary;
    summary.scenario = scenario;
    QList<BuildTime> totals;
    std::array<QList<BuildTime>, phases.size()> times;
    for (const Repetition &one : benchmark.repetitions) {
        if (one.scenario != scenario)
            continue;
        if (!one.failure.isEmpty()) {
            ++summary.failed;
            if (summary.failure.isEmpty())
                summary.failure = one.failure;
            continue;
        }
        ++summary.done;
        summary.units = std::max(summary.units, one.timing.units());
        totals << one.timing.total;
        for (std::size_t phase = 0; phase < phases.size(); ++phase)
            times[phase] << one.timing.phases[phase];
    }
    if (!totals.isEmpty())
        summary.total = spreadOf(totals);
    std::ranges::transform(times, summary.phases.begin(), spreadOfPhase);
    return summary;
}

std::optional<double> factorOf(const std::optional<Spread> &baseline, const std::optional<Spread> &total)
{
    if (!baseline || !total || total->median.count() <= 0)
        return {};
    return double(baseline->median.count()) / double(total->median.count());
}

} // namespace

QList<ScenarioSummary> summarise(const Benchmark &benchmark)
{
    QList<ScenarioSummary> summaries;
    std::optional<Spread> baseline;
    for (const Scenario scenario : scenarios) {
        if (!benchmark.spec.scenarios.contains(scenario))
            continue;
        ScenarioSummary summary = summaryOf(benchmark, scenario);
        if (scenario == Scenario::Baseline)
            baseline = summary.total;
        summary.factor = factorOf(baseline, summary.total);
        summaries << summary;
    }
    return summaries;
}

QString compileSentence(const ScenarioSummary &summary)
{
    if (summary.done == 0)
        return summary.failure.isEmpty() ? tr("not run yet") : summary.failure;
    return summary.units == 0 ? tr("nothing compiled") : tr("%1 units, compiled once").arg(summary.units);
}

QByteArray jsonReport(const Benchmark &benchmark)
{
    QJsonArray list;
    for (const ScenarioSummary &one : summarise(benchmark)) {
        QJsonObject times;
        for (const Phase phase : phases)
            if (const auto &spread = one.phases[static_cast<std::size_t>(phase)])
                times.insert(word(phase), toJson(*spread));
        QJsonObject object{{u"scenario"_s, letter(one.scenario)},
                           {u"title"_s, title(one.scenario)},
                           {u"done"_s, one.done},
                           {u"failed"_s, one.failed},
                           {u"compiledUnits"_s, one.units},
                           {u"phaseSeconds"_s, times}};
        if (one.total)
            object.insert(u"seconds"_s, toJson(*one.total));
        if (one.factor)
            object.insert(u"factor"_s, *one.factor);
        if (!one.failure.isEmpty())
            object.insert(u"failure"_s, one.failure);
        list.append(object);
    }
    QJsonObject report = QJsonDocument::fromJson(benchmark.toJson()).object();
    report.insert(u"summary"_s, list);
    report.insert(u"isComplete"_s, benchmark.isComplete());
    return QJsonDocument(report).toJson();
}

QByteArray csvReport(const Benchmark &benchmark)
{
    QByteArray csv = "scenario,round,build,started,seconds";
    for (const Phase phase : phases)
        csv += ',' + word(phase).toUtf8();
    csv += ",compiled units,compiling tasks,failure\r\n";
    for (const Repetition &one : benchmark.repetitions) {
        csv += letter(one.scenario).toUtf8() + ',' + QByteArray::number(one.round) + ',' +
               QByteArray::number(one.build.number()) + ',' + one.started.toUTC().toString(Qt::ISODateWithMs).toUtf8() +
               ',' + secondsField(one.timing.total);
        for (const Phase phase : phases)
            csv += ',' + secondsField(one.timing.of(phase));
        csv += ',' + QByteArray::number(one.timing.units()) + ',' + QByteArray::number(one.timing.compilingTasks()) +
               ',' + field(one.failure) + "\r\n";
    }
    return csv;
}

QByteArray markdownReport(const Benchmark &benchmark)
{
    QString text = u"# %1: %2\n\n"_s.arg(benchmark.name(), benchmark.spec.environment);
    QStringList facts{tr("%1 repetitions, interleaved").arg(benchmark.spec.repetitions), benchmark.engine,
                      benchmark.spec.registry.isEmpty() ? tr("registry on loopback")
                                                        : tr("registry %1").arg(benchmark.spec.registry)};
    if (!benchmark.commit.isEmpty())
        facts << tr("commit %1").arg(benchmark.commit.left(8));
    facts << benchmark.started.toUTC().toString(Qt::ISODate);
    text += facts.join(u" · "_s) + u"\n\n"_s;
    text += tr("Seconds: the median, and the range in brackets.") + u"\n\n"_s;
    text += u"| scenario | total | factor | compiled |"_s;
    for (const Phase phase : phases)
        text += u' ' + word(phase) + u" |"_s;
    text += u"\n| --- | ---: | ---: | --- |"_s + u" ---: |"_s.repeated(static_cast<int>(phases.size())) + u'\n';
    const QList<ScenarioSummary> summaries = summarise(benchmark);
    for (const ScenarioSummary &one : summaries) {
        text += u"| %1 %2 | %3 | %4 | %5 |"_s.arg(
            letter(one.scenario), title(one.scenario), range(one.total),
            one.factor ? QString::number(*one.factor, 'f', 1) + u" ×"_s : tr("none"), compileSentence(one));
        for (std::size_t phase = 0; phase < phases.size(); ++phase)
            text += u' ' + range(one.phases[phase]) + u" |"_s;
        text += u'\n';
    }
    for (const ScenarioSummary &one : summaries)
        if (one.failed > 0)
            text += u"\n"_s +
                    tr("%1: %2 of %3 repetitions failed and count nowhere above. The first: %4")
                        .arg(letter(one.scenario))
                        .arg(one.failed)
                        .arg(one.done + one.failed)
                        .arg(one.failure) +
                    u'\n';
    if (!benchmark.isComplete())
        text += u"\n"_s + tr("%1 repetitions are still to be done.").arg(benchmark.remaining().size()) + u'\n';
    return text.toUtf8();
}

} // namespace kernelyard
