// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/preflight.h"

#include "app/ctl/gputext.h"
#include "app/ctl/planning.h"
#include "app/ctl/words.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct PreflightOptions : PlanOptions
{
    bool json = false;
    bool noProbe = false;
};

std::pair<QString, Style> markOf(CheckOutcome outcome)
{
    switch (outcome) {
    case CheckOutcome::Passed:
        return {u"passed "_s, Style::Good};
    case CheckOutcome::Warning:
        return {u"warning"_s, Style::Warning};
    case CheckOutcome::Failed:
        return {u"failed "_s, Style::Bad};
    case CheckOutcome::Unknown:
        return {u"unknown"_s, Style::Plain};
    }
    Q_UNREACHABLE();
}

void print(Console &console, const Preflight &preflight)
{
    for (const Check &check : preflight.folded()) {
        const auto [mark, style] = markOf(check.outcome);
        console.out(console.styled(style, mark, Channel::Out) + u"  "_s +
                    console.styled(Style::Bold, check.name, Channel::Out) + u"  "_s + harmless(check.evidence));
        if (!check.remedy.isEmpty())
            console.out(u"         next: "_s + check.remedy);
        if (check.fix)
            console.out(u"         run:  "_s + check.fix->display());
    }
    console.out({});
    const int failed = preflight.count(CheckOutcome::Failed), warned = preflight.count(CheckOutcome::Warning);
    const int unknown = preflight.count(CheckOutcome::Unknown);
    QStringList notes;
    if (failed == 0 && warned > 0)
        notes << (warned == 1 ? u"with 1 warning to heed"_s : u"with %1 warnings to heed"_s.arg(warned));
    if (unknown > 0)
        notes << (unknown == 1 ? u"1 check unknown"_s : u"%1 checks unknown"_s.arg(unknown));
    const QString verdict = failed > 0 ? u"%1 will not work here: %2 failed"_s.arg(preflight.environment).arg(failed)
                                       : u"%1 can be built here"_s.arg(preflight.environment);
    const auto [mark, style] = markOf(preflight.verdict());
    console.out(console.styled(style, (QStringList{verdict} + notes).join(u", "_s) + u'.', Channel::Out));
}

int run(Session &session, const PreflightOptions &options)
{
    const Result<ChosenValues> choices = readChoices(options.choices);
    if (!choices)
        return session.fail(choices.error());
    const Result<Environment> environment = session.environment(text(options.environment));
    if (!environment)
        return session.fail(environment.error());
    const MachineSources sources{gpuHelper(session), session.engine(text(options.engine)), session.paths, {}, {},
                                 !options.noProbe};
    const Result<Preflight> done = runPreflight(*environment, *choices, sources);
    if (!done)
        return session.fail(done.error());
    const Preflight &preflight = *done;
    if (options.json)
        session.console.write(Channel::Out, document(preflight.toJson()));
    else
        print(session.console, preflight);
    return preflight.verdict() == CheckOutcome::Failed ? 1 : 0; // what is unknown, or no GPU, is no failure
}

} // namespace

void addPreflight(CommandLine &line)
{
    const auto options = std::make_shared<PreflightOptions>();
    CLI::App *command = line.command(
        "preflight", "Check whether an environment can be built and run here, before it is",
        "A ladder of checks from the kernel module to the time it takes, each passed, warning, failed or unknown, "
        "with\n"
        "what was measured and what to do. Changes nothing; with an image of the environment there, one container is\n"
        "started to prove that it sees the GPU. Ends with 1 when a check failed.\n"
        "Examples:\n"
        "  kernelyardctl preflight xformers\n"
        "  kernelyardctl preflight xformers --choice torch-version=2.9.1 --json");
    addEnvironmentArgument(command, *options);
    addEngineAndChoices(command, *options);
    command->add_flag("--json", options->json, "One JSON document");
    command->add_flag("--no-probe", options->noProbe, "Start no container");
    command->callback([&line, options] { line.action = [&line, options] { return run(line.session, *options); }; });
}

} // namespace kernelyard::ctl
