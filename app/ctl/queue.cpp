// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/base/memoryfigure.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string build;
    std::string where;
    bool json = false;
};

int showQueue(Session &session, const Options &options)
{
    const QueueLimits limits = QueueLimits::of(Settings::read(session.paths.settingsFile()));
    const QList<QueueEntry> queue = readQueue(session.paths);
    Console &console = session.console;
    if (options.json) {
        QJsonArray list;
        for (const QueueEntry &entry : queue)
            list << toJson(entry);
        console.write(Channel::Out, document({{u"buildsPerEngine"_s, limits.buildsPerEngine},
                                              {u"memoryBudgetBytes"_s, limits.memoryBytes},
                                              {u"queue"_s, list}}));
        return 0;
    }
    if (queue.isEmpty()) {
        console.message(u"No build runs and none waits."_s);
        return 0;
    }
    Table table({u"build"_s, u"environment"_s, u"state"_s, u"expected memory"_s, u"engine"_s});
    for (const QueueEntry &entry : queue)
        table.add({{entry.id.display(), Style::Bold},
                   {entry.environment},
                   {stateSentence(entry.id, entry.isStarted ? BuildStatus::Running : BuildStatus::Queued,
                                  entry.isStarted && entry.isHeld, queue)},
                   {entry.memoryBytes > 0 ? memoryFigure(entry.memoryBytes) : u"unknown"_s, Style::Plain, true},
                   {entry.pool}});
    table.print(console);
    console.message(
        limits.buildsPerEngine == 1
            ? u"One build at a time runs with each engine, %1 for all together."_s.arg(memoryFigure(limits.memoryBytes))
            : u"%1 builds at a time run with each engine, %2 for all together."_s.arg(limits.buildsPerEngine)
                  .arg(memoryFigure(limits.memoryBytes)));
    return 0;
}

int moveBuild(Session &session, const Options &options)
{
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    const QueueMove move = options.where == "up"     ? QueueMove::Up
                           : options.where == "down" ? QueueMove::Down
                                                     : QueueMove::Front;
    if (const Result<void> moved = moveInQueue(session.paths, *id, move); !moved)
        return session.fail(moved.error());
    session.console.message(
        u"Build %1: %2"_s.arg(id->display(), stateSentence(*id, BuildStatus::Queued, false, readQueue(session.paths))));
    return 0;
}

int pause(Session &session, const Options &options)
{
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    if (const Result<void> asked = pauseBuild(session.paths, *id); !asked)
        return session.fail(asked.error());
    session.console.message(
        u"Build %1 is paused. To go on: kernelyardctl resume %2"_s.arg(id->display()).arg(id->number()));
    return 0;
}

int resume(Session &session, const Options &options)
{
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    if (const Result<void> asked = resumeBuild(session.paths, *id); !asked)
        return session.fail(asked.error());
    session.console.message(
        u"Build %1 goes on. To see it: kernelyardctl follow %2"_s.arg(id->display()).arg(id->number()));
    return 0;
}

} // namespace

void addQueue(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command("queue", "List the builds that run and those that wait, or move one",
                                     "How many run at a time, and the memory for all together, stand in the settings.\n"
                                     "Examples:\n"
                                     "  kernelyardctl queue\n"
                                     "  kernelyardctl queue move 412 front\n"
                                     "  kernelyardctl queue --json | jq '.queue[] | select(.state == \"waiting\")'");
    command->require_subcommand(0, 1);
    command->add_flag("--json", options->json, "One JSON document");
    command->callback([&line, options] {
        if (!line.action)
            line.action = [&line, options] { return showQueue(line.session, *options); };
    });

    const auto moved = std::make_shared<Options>();
    CLI::App *move = line.command(*command, "move", "Move a waiting build among those of its engine",
                                  "Examples:\n"
                                  "  kernelyardctl queue move 412 up\n"
                                  "  kernelyardctl queue move latest front");
    addText(move, "BUILD", moved->build, "Its number, or latest")->required();
    addText(move, "WHERE", moved->where, "up, down or front")
        ->required()
        ->check(CLI::IsMember({"up", "down", "front"}));
    move->callback([&line, moved] { line.action = [&line, moved] { return moveBuild(line.session, *moved); }; });

    const auto paused = std::make_shared<Options>();
    command =
        line.command("pause", "Make a running build stand still, or keep a queued one from starting",
                     "Its time stops with it, its memory stays taken; cancel works as ever. A build that Docker's\n"
                     "daemon does can't be paused.\n"
                     "Examples:\n"
                     "  kernelyardctl pause latest");
    addText(command, "BUILD", paused->build, "Its number, or latest")->required();
    command->callback([&line, paused] { line.action = [&line, paused] { return pause(line.session, *paused); }; });

    const auto resumed = std::make_shared<Options>();
    command = line.command("resume", "Let a paused build go on",
                           "Examples:\n"
                           "  kernelyardctl resume latest");
    addText(command, "BUILD", resumed->build, "Its number, or latest")->required();
    command->callback([&line, resumed] { line.action = [&line, resumed] { return resume(line.session, *resumed); }; });
}

} // namespace kernelyard::ctl
