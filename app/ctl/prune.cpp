// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/base/settings.h"
#include "core/build/pinnedbuilds.h"
#include "core/build/retention.h"

#include <QFile>
#include <QTextStream>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string olderThan;
    std::string keepSize;
    bool dryRun = false;
    bool yes = false;
    bool json = false;
};

/// Those of the options, or of the settings where none is given.
Result<RetentionLimits> limitsOf(const Session &session, const Options &options)
{
    RetentionLimits limits;
    if (options.olderThan.empty() && options.keepSize.empty()) {
        const Settings settings = Settings::read(session.paths.settingsFile());
        limits = {settings.keepBuildsDays, settings.keepBuildsBytes};
    }
    if (!options.olderThan.empty()) {
        const auto days = daysFromText(text(options.olderThan));
        if (!days || *days == 0)
            return Failure(Error{ErrorKind::Invalid,
                                 u"--older-than %1 is no age."_s.arg(text(options.olderThan)),
                                 {},
                                 u"Write 90d, 12w or 1y."_s});
        limits.days = *days;
    }
    if (!options.keepSize.empty()) {
        const auto bytes = bytesFromText(text(options.keepSize));
        if (!bytes || *bytes == 0)
            return Failure(Error{ErrorKind::Invalid,
                                 u"--keep-size %1 is no size."_s.arg(text(options.keepSize)),
                                 {},
                                 u"Write 20GB or 500MB."_s});
        limits.bytes = *bytes;
    }
    if (limits.isOff())
        return Failure(Error{ErrorKind::Invalid,
                             u"There is no limit to clean up by."_s,
                             {},
                             u"Give --older-than 90d or --keep-size 20GB, or set limits in the window's Settings."_s});
    return limits;
}

QString reasonWord(PruneItem::Reason reason)
{
    return reason == PruneItem::Reason::Age ? u"age"_s : u"size"_s;
}

QJsonObject toJson(const PrunePlan &plan)
{
    QJsonArray items;
    for (const PruneItem &item : plan.items) {
        QJsonObject object = ctl::toJson(item.build);
        object.insert(u"bytes"_s, item.bytes);
        object.insert(u"reason"_s, reasonWord(item.reason));
        items << object;
    }
    return {
        {u"builds"_s, items}, {u"bytes"_s, plan.bytes}, {u"totalBytes"_s, plan.totalBytes}, {u"pinned"_s, plan.pinned}};
}

void print(Console &console, const PrunePlan &plan)
{
    Table table({u"build"_s, u"environment"_s, u"status"_s, u"started"_s, u"size"_s, u"because of"_s});
    for (const PruneItem &item : plan.items)
        table.add({{item.build.id.display(), Style::Bold},
                   {item.build.planProblem.isEmpty() ? item.build.environment : u"unknown"_s},
                   {word(item.build.status), style(item.build.status)},
                   {item.build.started.toLocalTime().toString(u"yyyy-MM-dd HH:mm"_s)},
                   {sizeText(item.bytes), Style::Plain, true},
                   {reasonWord(item.reason)}});
    table.print(console);
    console.out(u"%1 builds with their logs, %2 of %3%4."_s.arg(plan.items.size())
                    .arg(sizeText(plan.bytes), sizeText(plan.totalBytes),
                         plan.pinned > 0 ? u"; %1 pinned ones stay"_s.arg(plan.pinned) : QString()));
}

/// Asked on a terminal only; the answer that keeps them is the default.
bool isWanted(Console &console)
{
    if (::isatty(STDIN_FILENO) == 0)
        return false;
    console.message(u"Remove them for good? [y/N]"_s);
    console.flush();
    return QTextStream(stdin).readLine().trimmed().compare(u"y"_s, Qt::CaseInsensitive) == 0;
}

int remove(Session &session, const PrunePlan &plan, bool json)
{
    const Pruned pruned = pruneBuilds(session.paths, plan);
    for (const Error &error : pruned.errors)
        session.console.error(error);
    if (!json)
        session.console.out(u"Removed %1 builds, %2."_s.arg(pruned.builds.size()).arg(sizeText(pruned.bytes)));
    return pruned.errors.isEmpty() ? 0 : 1;
}

int prune(Session &session, const Options &options)
{
    const Result<RetentionLimits> limits = limitsOf(session, options);
    if (!limits)
        return session.fail(limits.error());
    const Result<PrunePlan> plan = readPrunePlan(session.paths, *limits);
    if (!plan)
        return session.fail(plan.error());
    if (options.json)
        session.console.write(Channel::Out, document(toJson(*plan)));
    else if (plan->items.isEmpty())
        session.console.message(u"Nothing to clean up: all builds together take %1."_s.arg(sizeText(plan->totalBytes)));
    else
        print(session.console, *plan);
    if (plan->items.isEmpty() || options.dryRun)
        return 0;
    if (options.yes || (!options.json && isWanted(session.console)))
        return remove(session, *plan, options.json);
    session.console.message(u"Nothing was removed. To do it without a question: --yes"_s);
    return exitStatus(ErrorKind::Cancelled);
}

int changePin(Session &session, const std::string &build, Pin pin)
{
    const Result<BuildId> id = findBuild(session.paths, text(build));
    if (!id)
        return session.fail(id.error());
    const Result<void> changed = setPin(session.paths, *id, pin);
    return changed ? 0 : session.fail(changed.error());
}

void addPin(CommandLine &line, const char *name, const char *about, Pin pin)
{
    const auto build = std::make_shared<std::string>("latest");
    CLI::App *command = line.command(name, about, "See: kernelyardctl prune --help");
    addText(command, "BUILD", *build, "Its number, or latest (default)");
    command->callback(
        [&line, build, pin] { line.action = [&line, build, pin] { return changePin(line.session, *build, pin); }; });
}

} // namespace

void addPrune(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command(
        "prune", "Remove old builds with their logs, after listing them and asking",
        "Without a limit those of the settings count. Never removed: builds that wait or run, pinned builds, and the\n"
        "newest one. Images and the engine's cache stay as they are.\n"
        "Examples:\n"
        "  kernelyardctl prune --older-than 90d --dry-run\n"
        "  kernelyardctl prune --keep-size 20GB --yes");
    addText(command, "--older-than", options->olderThan, "Builds that ended longer ago: 90d, 12w, 1y");
    addText(command, "--keep-size", options->keepSize, "The oldest, until the rest takes no more than this: 20GB");
    command->add_flag("--dry-run", options->dryRun, "Only list what would go");
    command->add_flag("--yes", options->yes, "Don't ask");
    command->add_flag("--json", options->json, "One JSON document; asks nothing, removes with --yes only");
    command->callback([&line, options] { line.action = [&line, options] { return prune(line.session, *options); }; });
    addPin(line, "pin", "Keep a build for good: prune never takes it", Pin::Keep);
    addPin(line, "unpin", "Let prune take a build again", Pin::Release);
}

} // namespace kernelyard::ctl
