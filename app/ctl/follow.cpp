// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/following.h"
#include "app/ctl/words.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string build = "latest";
    bool json = false;
    bool verbose = false;
};

int follow(Session &session, const Options &options)
{
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    if (!options.json)
        session.console.message(u"Build %1 (Ctrl-C leaves it running)"_s.arg(id->display()));
    Following following(
        session, *id,
        {Channel::Out, options.json ? FollowFormat::Json : FollowFormat::People, options.verbose, OnInterrupt::Leave});
    const Result<BuildStatus> ended = following.run();
    if (!ended)
        return session.fail(ended.error());
    if (!options.json) {
        const Result<BuildState> state = readBuild(session.paths, *id, DamagedPlan::StoodInFor);
        session.console.message(
            u"Build %1 %2"_s.arg(id->display(), word(*ended)) +
            (state && !state->failure().isEmpty() ? QString(u": "_s + harmless(state->failure())) : QString()));
    }
    return exitStatusOf(*ended);
}

int cancel(Session &session, const Options &options)
{
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    if (const Result<void> asked = cancelBuild(session.paths, *id); !asked)
        return session.fail(asked.error());
    session.console.message(u"Cancelling build %1 …"_s.arg(id->display()));
    Following following(session, *id, {Channel::Err, FollowFormat::People, false, OnInterrupt::Leave});
    const Result<BuildStatus> ended = following.run();
    if (!ended)
        return session.fail(ended.error());
    session.console.message(u"Build %1 %2"_s.arg(id->display(), word(*ended)));
    return *ended == BuildStatus::Cancelled ? 0 : exitStatus(ErrorKind::Failed);
}

} // namespace

void addFollow(CommandLine &line)
{
    const auto followed = std::make_shared<Options>();
    CLI::App *command =
        line.command("follow", "Show a build live until it ends, or an ended one from its journal",
                     "Ends as the build does: 0 done, 1 failed or interrupted, 130 cancelled. Ctrl-C\n"
                     "stops looking and leaves the build running.\n"
                     "Examples:\n"
                     "  kernelyardctl follow\n"
                     "  kernelyardctl follow 412 -v\n"
                     "  kernelyardctl follow latest --json | jq -r 'select(.type == \"line\") | .text'");
    addText(command, "BUILD", followed->build, "Its number, or latest (default)");
    command->add_flag("-v,--verbose", followed->verbose, "Show the tools' own output");
    command->add_flag("--json", followed->json, "JSON lines: plan, step, line, ended");
    command->callback(
        [&line, followed] { line.action = [&line, followed] { return follow(line.session, *followed); }; });

    const auto cancelled = std::make_shared<Options>();
    cancelled->build.clear();
    command = line.command("cancel", "Cancel a running build and wait until it has ended",
                           "The engine is asked to end, then made to; nothing of the build stays behind.\n"
                           "Examples:\n"
                           "  kernelyardctl cancel latest");
    addText(command, "BUILD", cancelled->build, "Its number, or latest")->required();
    command->callback(
        [&line, cancelled] { line.action = [&line, cancelled] { return cancel(line.session, *cancelled); }; });
}

} // namespace kernelyard::ctl
