// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/forkwork.h"
#include "app/ctl/interrupts.h"
#include "app/ctl/words.h"
#include "core/fork/actions.h"
#include "core/fork/address.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string fork, branch, start, to, reuse;
    bool json = false;
};

using Work = int (*)(Session &session, const QString &path, const Options &options);

/// One command on a checkout: FORK, --json, and what \a add adds.
template <class Add>
void addOne(CommandLine &line, CLI::App &fork, const char *name, const char *about, const char *more, Work work,
            Add add)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command(fork, name, about, more);
    command->add_option("FORK", options->fork, "Its folder name, a path, or an environment")->required()->type_name("");
    add(command, *options);
    command->add_flag("--json", options->json, "One JSON document");
    command->callback([&line, options, work] {
        line.action = [&line, options, work] {
            const Result<QString> path = checkoutOf(line.session, text(options->fork));
            return path ? work(line.session, *path, *options) : line.session.fail(path.error());
        };
    });
}

void nothing(CLI::App *, Options &) {}

void branchArgument(CLI::App *command, Options &options)
{
    command->add_option("BRANCH", options.branch, "The branch")->required()->type_name("");
}

int showStatus(Session &session, const QString &path, const Options &options)
{
    return printFork(session, readFork(path), options.json);
}

QString shortRef(const QString &ref)
{
    return QString(ref).remove(u"refs/remotes/"_s).remove(u"refs/tags/"_s);
}

int fetch(Session &session, const QString &path, const Options &options)
{
    const Interrupts interrupts;
    const Result<FetchReport> report = fetchFork(path, ForkProgress(session));
    if (!report)
        return session.fail(report.error());
    QJsonArray updates, failures;
    for (const RefUpdate &update : report->updates) {
        updates << QJsonObject{{u"ref"_s, update.ref},
                               {u"before"_s, update.before},
                               {u"after"_s, update.after},
                               {u"forced"_s, update.forced}};
        if (!options.json)
            session.console.out(u"%1  %2 → %3%4"_s.arg(
                shortRef(update.ref), update.before.isEmpty() ? u"new"_s : update.before.left(10),
                update.after.isEmpty() ? u"gone"_s : update.after.left(10),
                update.forced ? u"  (forced: history was rewritten)"_s : QString()));
    }
    for (const Error &error : report->failures)
        failures << error.message;
    if (options.json)
        session.console.write(Channel::Out, document({{u"updates"_s, updates}, {u"failures"_s, failures}}));
    else if (report->updates.isEmpty() && report->failures.isEmpty())
        session.console.out(u"Nothing new."_s);
    int status = 0;
    for (const Error &error : report->failures)
        status = session.fail(error);
    return status;
}

int switchTo(Session &session, const QString &path, const Options &options)
{
    const Interrupts interrupts;
    return printFork(session, switchBranch(path, text(options.branch), ForkProgress(session)), options.json);
}

int branch(Session &session, const QString &path, const Options &options)
{
    const Interrupts interrupts;
    return printFork(session, createBranch(path, text(options.branch), text(options.start), ForkProgress(session)),
                     options.json);
}

int forward(Session &session, const QString &path, const Options &options)
{
    const Interrupts interrupts;
    return printFork(session, fastForward(path, text(options.to), ForkProgress(session)), options.json);
}

int stash(Session &session, const QString &path, const Options &options)
{
    const Interrupts interrupts;
    const int before = stashCount(path);
    const Result<ForkStatus> fork = stashAndSwitch(path, text(options.branch), ForkProgress(session));
    if (fork && stashCount(path) > before)
        session.console.message(u"Your changes are in the newest stash: git -C %1 stash pop"_s.arg(path));
    return printFork(session, fork, options.json);
}

int submodules(Session &session, const QString &path, const Options &options)
{
    const Interrupts interrupts;
    const Result<ForkStatus> fork = syncSubmodules(path, text(options.reuse), ForkProgress(session));
    const int status = printFork(session, fork, options.json);
    const bool whole =
        fork && fork->submodulesIn(SubmoduleState::AsPinned) + fork->submodulesIn(SubmoduleState::Dirty) ==
                    fork->submodules.size();
    return status != 0 || whole ? status : 1;
}

} // namespace

void addForkActions(CommandLine &line, CLI::App &fork)
{
    addOne(line, fork, "status", "One checkout: branch, changed files, remotes, submodules",
           "Examples:\n  kernelyardctl fork status attention", showStatus, nothing);
    addOne(line, fork, "fetch", "Ask every remote for news; files and branches stay as they are",
           "Examples:\n  kernelyardctl fork fetch attention", fetch, nothing);
    addOne(line, fork, "switch", "Check a branch out; refuses where changed files would be lost",
           "Examples:\n  kernelyardctl fork switch attention main", switchTo, branchArgument);
    addOne(line, fork, "branch", "Make a branch and switch to it",
           "Examples:\n  kernelyardctl fork branch attention split-k --start origin/main", branch,
           [](CLI::App *command, Options &options) {
               branchArgument(command, options);
               addText(command, "--start", options.start, "Where it begins; default: where the checkout stands");
           });
    addOne(line, fork, "fast-forward", "Move the branch to what it follows, where nothing of yours is in between",
           "Examples:\n  kernelyardctl fork fast-forward attention --to upstream/main", forward,
           [](CLI::App *command, Options &options) {
               addText(command, "--to", options.to, "A fetched branch; default: the one that this branch follows");
           });
    addOne(line, fork, "stash-switch", "Put changed and new files away as a stash, then switch",
           "Examples:\n  kernelyardctl fork stash-switch attention main", stash, branchArgument);
    addOne(line, fork, "submodules", "Bring the submodules to what is pinned; exit status 1 where one is not",
           "Examples:\n  kernelyardctl fork submodules xformers --reuse /opt/xformers-src", submodules,
           [](CLI::App *command, Options &options) {
               addText(command, "--reuse", options.reuse, "A local checkout whose submodules' objects are shared");
           });
}

void addForkClone(CommandLine &line, CLI::App &fork)
{
    struct CloneOptions
    {
        std::string url, name, branch, upstream, mirror, reuse;
        bool bare = false, json = false;
    };
    const auto options = std::make_shared<CloneOptions>();
    CLI::App *command =
        line.command(fork, "clone", "Clone a fork with its submodules; goes on where an earlier try ended",
                     "Examples:\n"
                     "  kernelyardctl fork clone git@github.com:you/xformers.git \\\n"
                     "      --upstream https://github.com/facebookresearch/xformers.git");
    command->add_option("ADDRESS", options->url, "Its git address")->required()->type_name("");
    addText(command, "--name", options->name, "Folder name; default: that of the address");
    addText(command, "--branch", options->branch, "Check this branch out instead of the main one");
    addText(command, "--upstream", options->upstream, "Add this address as the remote \"upstream\"");
    addText(command, "--mirror", options->mirror, "Share the objects of this local repository");
    addText(command, "--reuse", options->reuse, "Share the objects of this local checkout's submodules");
    command->add_flag("--no-submodules", options->bare, "Leave the submodules out");
    command->add_flag("--json", options->json, "One JSON document");
    command->callback([&line, options] {
        line.action = [&line, options] {
            Session &session = line.session;
            CloneRequest request;
            request.url = text(options->url);
            const QString name = options->name.empty() ? nameOfAddress(request.url) : text(options->name);
            if (!isPlainName(name))
                return session.fail({ErrorKind::Invalid,
                                     u"“%1” can't be the name of a fork: it must be a plain folder name."_s.arg(name),
                                     {},
                                     u"Give one with --name."_s});
            request.path = session.paths.forks() + u'/' + name;
            request.branch = text(options->branch);
            request.upstreamUrl = text(options->upstream);
            request.mirror = text(options->mirror);
            request.cachedCheckout = text(options->reuse);
            request.submodules = !options->bare;
            const Interrupts interrupts;
            return printFork(session, cloneFork(request, ForkProgress(session)), options->json);
        };
    });
}

} // namespace kernelyard::ctl
