// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    int limit = 0;
    bool json = false;
};

int showBuilds(Session &session, const Options &options)
{
    Result<QList<BuildSummary>> builds = listBuilds(session.paths);
    if (!builds)
        return session.fail(builds.error());
    if (options.limit > 0)
        builds->resize(std::min<qsizetype>(builds->size(), options.limit));
    if (options.json) {
        QJsonArray list;
        for (const BuildSummary &build : *builds)
            list << toJson(build);
        session.console.write(Channel::Out, document({{u"builds"_s, list}}));
        return 0;
    }
    const QList<QueueEntry> queue = readQueue(session.paths);
    Table table({u"build"_s, u"environment"_s, u"purpose"_s, u"status"_s, u"started"_s, u"time"_s, u"cached"_s,
                 u"run"_s, u"engine"_s});
    for (const BuildSummary &build : *builds)
        table.add({{build.id.display(), Style::Bold},
                   {build.environment},
                   {build.purpose},
                   {stateSentence(build.id, build.status, build.isPaused, queue), style(build.status)},
                   {build.started.isValid() ? build.started.toLocalTime().toString(u"yyyy-MM-dd HH:mm:ss"_s) : u"–"_s},
                   {durationText(build.elapsed), Style::Plain, true},
                   {QString::number(build.stepsCached), Style::Plain, true},
                   {QString::number(build.stepsRun), Style::Plain, true},
                   {build.engine}});
    if (table.isEmpty())
        session.console.message(u"No build yet. The first: kernelyardctl setup starter"_s);
    else
        table.print(session.console);
    return 0;
}

} // namespace

void addBuilds(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command("builds", "List the builds of this user, newest first",
                                     "Examples:\n"
                                     "  kernelyardctl builds -n 10\n"
                                     "  kernelyardctl builds --json | jq '.builds[] | select(.status == \"failed\")'");
    command->add_option("-n,--limit", options->limit, "At most so many")->type_name("")->check(CLI::PositiveNumber);
    command->add_flag("--json", options->json, "One JSON document");
    command->callback(
        [&line, options] { line.action = [&line, options] { return showBuilds(line.session, *options); }; });
}

} // namespace kernelyard::ctl
