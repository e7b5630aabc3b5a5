// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/base/memoryfigure.h"
#include "core/build/buildfilter.h"
#include "core/build/steptrend.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    int limit = 0;
    bool json = false;
    std::vector<std::string> statuses;
    std::string environment;
    std::string search;
    std::string since;
    std::string until;
    std::string trend;
};

Error noDay(const std::string &option, const std::string &day)
{
    return {ErrorKind::Invalid,
            u"%1 %2 is no day."_s.arg(text(option), text(day)),
            {},
            u"Write 2026-03-31, today, yesterday, or 14d for fourteen days ago."_s};
}

std::optional<BuildStatus> statusFrom(const QString &name)
{
    constexpr std::array all{BuildStatus::Queued, BuildStatus::Running,   BuildStatus::Done,
                             BuildStatus::Failed, BuildStatus::Cancelled, BuildStatus::Interrupted};
    const auto found = std::ranges::find(all, name, [](BuildStatus status) { return word(status); });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

Result<BuildFilter> filterOf(const Options &options)
{
    BuildFilter filter;
    filter.text = text(options.search);
    filter.environment = text(options.environment);
    for (const std::string &name : options.statuses)
        if (const auto status = statusFrom(text(name)))
            filter.statuses << *status;
    const QDate today = QDate::currentDate();
    filter.since = dayFromText(text(options.since), today);
    if (!options.since.empty() && !filter.since.isValid())
        return Failure(noDay("--since", options.since));
    filter.until = dayFromText(text(options.until), today);
    if (!options.until.empty() && !filter.until.isValid())
        return Failure(noDay("--until", options.until));
    return filter;
}

QString momentOf(const QDateTime &time)
{
    return time.isValid() ? time.toLocalTime().toString(u"yyyy-MM-dd HH:mm:ss"_s) : u"–"_s;
}

int showBuilds(Session &session, const Options &options)
{
    const Result<BuildFilter> filter = filterOf(options);
    if (!filter)
        return session.fail(filter.error());
    const Result<QList<BuildSummary>> all = listBuilds(session.paths);
    if (!all)
        return session.fail(all.error());
    QList<BuildSummary> builds = filtered(*all, *filter);
    if (options.limit > 0)
        builds.resize(std::min<qsizetype>(builds.size(), options.limit));
    if (options.json) {
        QJsonArray list;
        for (const BuildSummary &build : std::as_const(builds))
            list << toJson(build);
        session.console.write(Channel::Out, document({{u"builds"_s, list}}));
        return 0;
    }
    const QList<QueueEntry> queue = readQueue(session.paths);
    Table table({u"build"_s, u"environment"_s, u"purpose"_s, u"status"_s, u"started"_s, u"time"_s, u"cached"_s,
                 u"run"_s, u"engine"_s});
    for (const BuildSummary &build : std::as_const(builds))
        table.add({{build.id.display() + (build.pinned ? u" pinned"_s : QString()), Style::Bold},
                   {build.planProblem.isEmpty() ? build.environment : u"unknown"_s},
                   {build.purpose},
                   {stateSentence(build.id, build.status, build.isPaused, queue) +
                        (build.planProblem.isEmpty() ? QString() : u", its plan can't be read"_s),
                    style(build.status)},
                   {momentOf(build.started)},
                   {durationText(build.elapsed), Style::Plain, true},
                   {QString::number(build.stepsCached), Style::Plain, true},
                   {QString::number(build.stepsRun), Style::Plain, true},
                   {build.engine}});
    if (!table.isEmpty())
        table.print(session.console);
    else if (all->isEmpty())
        session.console.message(u"No build yet. The first: kernelyardctl setup starter"_s);
    else
        session.console.message(u"None of %1 builds matches."_s.arg(all->size()));
    return 0;
}

QJsonObject toJson(const StepTrend &trend)
{
    QJsonArray runs;
    for (const TrendRun &run : trend.runs)
        runs << QJsonObject{{u"build"_s, run.build.number()},
                            {u"started"_s, run.started.toUTC().toString(Qt::ISODateWithMs)},
                            {u"status"_s, word(run.status)},
                            {u"seconds"_s, run.duration ? QJsonValue(secondsOf(*run.duration)) : QJsonValue()},
                            {u"peakMemoryBytes"_s, run.peakMemoryBytes}};
    return {
        {u"environment"_s, trend.environment}, {u"layer"_s, trend.layer}, {u"step"_s, trend.step}, {u"runs"_s, runs}};
}

int showTrend(Session &session, const Options &options)
{
    const int limit = options.limit > 0 ? options.limit : 200;
    const QList<StepTrend> trends = readTrends(session.paths, text(options.trend), text(options.environment), limit);
    if (options.json) {
        QJsonArray list;
        for (const StepTrend &trend : trends)
            list << toJson(trend);
        session.console.write(Channel::Out, document({{u"trends"_s, list}}));
        return 0;
    }
    if (trends.isEmpty())
        session.console.message(u"No step of a build that has ended holds “%1”."_s.arg(text(options.trend)));
    bool isFirst = true;
    for (const StepTrend &trend : trends) {
        if (!std::exchange(isFirst, false))
            session.console.out({});
        session.console.out(session.console.styled(
            Style::Bold, harmless(u"%1, %2: %3"_s.arg(trend.environment, trend.layer, trend.step)), Channel::Out));
        Table table({u"build"_s, u"started"_s, u"state"_s, u"time"_s, u"peak memory"_s});
        for (const TrendRun &run : trend.runs)
            table.add({{run.build.display()},
                       {momentOf(run.started)},
                       {word(run.status), style(run.status)},
                       {run.duration ? durationText(*run.duration) : u"–"_s, Style::Plain, true},
                       {run.peakMemoryBytes > 0 ? memoryFigure(run.peakMemoryBytes) : u"–"_s, Style::Plain, true}});
        table.print(session.console);
    }
    return 0;
}

} // namespace

void addBuilds(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command("builds", "List and search the builds of this user, newest first",
                                     "Examples:\n"
                                     "  kernelyardctl builds -n 10\n"
                                     "  kernelyardctl builds --status failed --since 14d --search 'nvcc sm_90'\n"
                                     "  kernelyardctl builds --trend 'pip wheel' --environment starter --json\n"
                                     "  kernelyardctl builds --json | jq '.builds[] | select(.status == \"failed\")'");
    command->add_option("-n,--limit", options->limit, "At most so many; with --trend: builds of each environment")
        ->type_name("")
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--status", options->statuses, "Only those queued, running, done, failed, cancelled, interrupted")
        ->type_name("STATUS")
        ->delimiter(',')
        ->check(CLI::IsMember({"queued", "running", "done", "failed", "cancelled", "interrupted"}));
    addText(command, "--environment", options->environment, "Only those of this environment");
    addText(command, "--search", options->search,
            "Only those in whose number, environment, engine, fork branch, steps or failure all these words stand");
    addText(command, "--since", options->since, "Only those started on this day or later: 2026-03-31, yesterday, 14d");
    addText(command, "--until", options->until, "Only those started on this day or before");
    addText(command, "--trend", options->trend,
            "Instead of builds: how long the steps whose instruction holds this text took, build by build");
    command->add_flag("--json", options->json, "One JSON document");
    command->callback([&line, options] {
        line.action = [&line, options] {
            return options->trend.empty() ? showBuilds(line.session, *options) : showTrend(line.session, *options);
        };
    });
}

} // namespace kernelyard::ctl
