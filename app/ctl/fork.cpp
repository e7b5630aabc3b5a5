// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/fork.h"

#include "app/ctl/interrupts.h"
#include "app/ctl/planning.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"

#include <QElapsedTimer>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options : PlanOptions
{
    bool json = false;
};

QString stateText(const ForkStatus &fork)
{
    QStringList words;
    words << (fork.isClean() ? u"clean"_s : u"%1 changed"_s.arg(fork.changedFiles.size()));
    if (fork.ahead > 0)
        words << u"ahead by %1"_s.arg(fork.ahead);
    if (fork.behind > 0)
        words << u"behind by %1"_s.arg(fork.behind);
    return words.join(u", "_s);
}

int listAll(Session &session, bool json)
{
    const QList<ForkStatus> forks = listForks(session.paths.forks());
    if (json) {
        QJsonArray list;
        for (const ForkStatus &fork : forks)
            list << toJson(fork);
        session.console.write(Channel::Out, document({{u"forks"_s, list}}));
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
    if (!environment->fork)
        return session.fail({ErrorKind::Invalid, u"The environment %1 has no fork."_s.arg(environment->name), {}, {}});
    const ForkSource &source = *environment->fork;
    const Interrupts interrupts;
    QElapsedTimer lastTold;
    lastTold.start();
    const Result<ForkStatus> fork =
        ensureFork({source.name, source.url, source.seed, session.paths.seeds(), session.paths.forks()},
                   [&](const CloneProgress &progress) {
                       if (progress.totalObjects > 0 && lastTold.hasExpired(1000)) {
                           lastTold.start();
                           session.console.message(u"received %1 of %2 objects, %3"_s.arg(progress.receivedObjects)
                                                       .arg(progress.totalObjects)
                                                       .arg(sizeText(progress.receivedBytes)));
                       }
                       return !Interrupts::came();
                   });
    if (!fork)
        return session.fail(fork.error());
    if (options.json)
        session.console.write(Channel::Out, document(toJson(*fork)));
    else
        session.console.out(u"%1: branch %2, commit %3, %4"_s.arg(
            fork->path, fork->branch.isEmpty() ? u"none (detached)"_s : fork->branch, fork->commit.left(10),
            stateText(*fork)));
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
    command->add_flag("--json", ensured->json, "One JSON document");
    command->callback([&line, ensured] { line.action = [&line, ensured] { return ensure(line.session, *ensured); }; });
}

} // namespace kernelyard::ctl
