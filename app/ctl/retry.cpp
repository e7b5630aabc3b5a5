// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/following.h"
#include "app/ctl/words.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string build;
    int jobs = 0;
    bool dryRun = false;
    bool detach = false;
    bool verbose = false;
    bool json = false;
};

int retry(Session &session, const Options &options)
{
    const Result<BuildId> former = findBuild(session.paths, text(options.build));
    if (!former)
        return session.fail(former.error());
    const Result<Plan> plan = retryPlan(session.paths, *former, options.jobs);
    if (!plan)
        return session.fail(plan.error());
    Console &console = session.console;
    if (options.dryRun) {
        for (const Task &task : plan->tasks)
            console.out(task.command.display());
        return 0;
    }
    const Result<BuildId> id = launchBuild(session.paths, *plan, session.program);
    if (!id)
        return session.fail(id.error());
    console.message(u"Build %1: %2 of %3 with %4, retry of %5"_s.arg(id->display(), plan->purpose, plan->environment,
                                                                     plan->engine.display(), former->display()));
    if (options.detach) {
        if (options.json)
            console.write(Channel::Out, document({{u"build"_s, id->number()}, {u"retryOf"_s, former->number()}}));
        else
            console.out(QString::number(id->number()));
        return 0;
    }
    const Result<BuildState> state = followToEnd(session, *id, options.verbose);
    if (!state)
        return session.fail(state.error());
    if (options.json)
        console.write(Channel::Out, document(toJson(*state, *id)));
    console.message(u"Build %1 %2"_s.arg(id->display(), word(state->status())) +
                    (state->failure().isEmpty() ? QString() : QString(u": "_s + harmless(state->failure()))));
    return exitStatusOf(state->status());
}

} // namespace

void addRetry(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command(
        "retry", "Run a build's plan again: what was built is taken from the cache, so it goes on where it stopped",
        "Ends as the build does: 0 done, 1 failed or interrupted, 130 cancelled. Ctrl-C cancels it.\n"
        "Examples:\n"
        "  kernelyardctl retry latest\n"
        "  kernelyardctl retry 412 --jobs 4");
    addText(command, "BUILD", options->build, "Its number, or latest")->required();
    command->add_option("--jobs", options->jobs, "Compile with so many jobs, where a layer takes MAX_JOBS")
        ->type_name("")
        ->check(CLI::PositiveNumber);
    command->add_flag("--dry-run", options->dryRun, "Print the exact engine commands; run and write nothing");
    command->add_flag("--detach", options->detach, "Start it, print its number and return");
    command->add_flag("-v,--verbose", options->verbose, "Show the tools' own output as it comes");
    command->add_flag("--json", options->json, "The result as one JSON document on standard output");
    command->callback([&line, options] { line.action = [&line, options] { return retry(line.session, *options); }; });
}

} // namespace kernelyard::ctl
