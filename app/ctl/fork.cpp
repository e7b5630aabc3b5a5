// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/forkwork.h"
#include "app/ctl/interrupts.h"
#include "app/ctl/planning.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/build/forkhistory.h"
#include "core/environment/catalog.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options : PlanOptions
{
    bool json = false;
    std::string below; ///< a data folder instead of the user's
};

QJsonObject withHistory(QJsonObject fork, const ForkHistory &history)
{
    if (history.lastBuild)
        fork.insert(u"lastBuild"_s, toJson(*history.lastBuild));
    if (history.lastValidation) {
        QJsonObject validation = toJson(*history.lastValidation);
        validation.insert(u"build"_s, history.lastValidationBuild.number());
        fork.insert(u"lastValidation"_s, validation);
    }
    return fork;
}

int listAll(Session &session, bool json)
{
    const QList<ForkStatus> forks = listForks(session.paths.forks());
    const QList<UnfinishedClone> unfinished = unfinishedClones(session.paths.forks());
    const auto histories = readForkHistories(forks, readCatalog(session.paths).environments, session.paths);
    if (json) {
        QJsonArray list, begun;
        for (const ForkStatus &fork : forks)
            list << withHistory(toJson(fork), histories.value(fork.path));
        for (const UnfinishedClone &clone : unfinished)
            begun << QJsonObject{{u"name"_s, clone.name}, {u"url"_s, clone.url}, {u"path"_s, clone.path}};
        session.console.write(Channel::Out, document({{u"forks"_s, list}, {u"unfinished"_s, begun}}));
        return 0;
    }
    Table table({u"fork"_s, u"branch"_s, u"commit"_s, u"state"_s, u"folder"_s, u"origin"_s});
    for (const ForkStatus &fork : forks)
        if (!fork.trouble)
            table.add({{fork.name, Style::Bold},
                       {fork.branch.isEmpty() ? u"(detached)"_s : fork.branch},
                       {fork.commit.left(10)},
                       {stateText(fork), fork.isClean() ? Style::Plain : Style::Warning},
                       {fork.path},
                       {fork.origin, Style::Dim}});
    if (forks.isEmpty())
        session.console.message(
            u"No fork in %1 yet: setting an environment up makes its fork."_s.arg(session.paths.forks()));
    else if (!table.isEmpty())
        table.print(session.console);
    for (const UnfinishedClone &clone : unfinished)
        session.console.message(
            u"The clone of %1 ended early; go on with it: kernelyardctl fork clone %2 --name %1"_s.arg(clone.name,
                                                                                                       clone.url));
    int status = 0;
    for (const ForkStatus &fork : forks)
        if (fork.trouble)
            status = session.fail(*fork.trouble);
    return status;
}

/// What a build's fork task runs; its words go to the journal, at most one line a second.
int ensure(Session &session, const Options &options)
{
    const Result<Environment> environment = chosenEnvironment(session, options);
    if (!environment)
        return session.fail(environment.error());
    const std::optional<ForkSource> &source = environment->fork;
    if (!source)
        return session.fail({ErrorKind::Invalid, u"The environment %1 has no fork."_s.arg(environment->name), {}, {}});
    if (!options.below.empty())
        session.paths.data = QFileInfo(text(options.below)).absoluteFilePath();
    const Interrupts interrupts;
    const Result<ForkStatus> fork = ensureFork(
        {source->name, source->url, source->seed, session.paths.seeds(), session.paths.forks()}, ForkProgress(session));
    if (!fork)
        return session.fail(fork.error());
    if (options.json)
        session.console.write(Channel::Out, document(toJson(*fork)));
    else
        session.console.out(forkTaskLine(*fork));
    return 0;
}

} // namespace

void addFork(CommandLine &line)
{
    CLI::App *fork = line.command("fork", "Checkouts of the user's forks", "See: kernelyardctl fork list --help");
    fork->require_subcommand(1);

    const auto listed = std::make_shared<Options>();
    CLI::App *command = line.command(*fork, "list", "List the checkouts with branch and changes",
                                     "Examples:\n"
                                     "  kernelyardctl fork list --json");
    command->add_flag("--json", listed->json, "One JSON document");
    command->callback(
        [&line, listed] { line.action = [&line, listed] { return listAll(line.session, listed->json); }; });

    const auto ensured = std::make_shared<Options>();
    command =
        line.command(*fork, "ensure", "Clone an environment's fork when it is not there; never change one that is",
                     "Examples:\n"
                     "  kernelyardctl fork ensure starter");
    addEnvironmentArgument(command, *ensured);
    addChoices(command, *ensured);
    addText(command, "--below", ensured->below,
            "Keep the checkout below this folder instead of the user's data folder");
    command->add_flag("--json", ensured->json, "One JSON document");
    command->callback([&line, ensured] { line.action = [&line, ensured] { return ensure(line.session, *ensured); }; });

    addForkClone(line, *fork);
    addForkActions(line, *fork);
    addForkAdvice(line, *fork);
    addForkOpen(line, *fork);
}

} // namespace kernelyard::ctl
