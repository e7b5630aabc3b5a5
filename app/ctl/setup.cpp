// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/following.h"
#include "app/ctl/planning.h"
#include "app/ctl/table.h"
#include "app/ctl/validationfiles.h"
#include "app/ctl/validationtable.h"
#include "app/ctl/words.h"
#include "core/engine/logprobe.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options : PlanOptions
{
    bool dryRun = false;
    bool detach = false;
    bool json = false;
    bool verbose = false;
    ValidationFiles files; ///< of validate
};

/// What a task's steps came to: "cached", "built", "failed"; and how long it took.
struct TaskResult
{
    QString state;
    Style style = Style::Plain;
    BuildTime took{0};
};

TaskResult resultOf(const BuildState &state, int task)
{
    int cached = 0, ran = 0, failed = 0;
    std::optional<BuildTime> first, last;
    for (const Step &step : state.steps()) {
        if (step.task != task)
            continue;
        if (step.started && (!first || *step.started < *first))
            first = step.started;
        if (step.ended && (!last || *step.ended > *last))
            last = step.ended;
        if (step.status == StepStatus::Failed)
            ++failed;
        else if (step.status == StepStatus::Cached)
            ++cached;
        else if (step.status == StepStatus::Done && !step.name.startsWith(u"[internal]"))
            ++ran;
    }
    const BuildTime took = first && last ? *last - *first : BuildTime(0);
    if (failed > 0)
        return {u"failed"_s, Style::Bad, took};
    if (cached + ran == 0)
        return {u"not run"_s, Style::Dim, took};
    return {cached > 0 ? u"%1 of %2 steps cached"_s.arg(cached).arg(cached + ran) : u"done"_s, Style::Good, took};
}

void printResult(Session &session, const Planned &planned, const BuildState &state)
{
    Console &console = session.console;
    const EnvironmentStatus status = readEnvironmentStatus(planned.environment, planned.engine, session.paths);
    Table table({planned.environment.name, u"state"_s, u"size"_s, u"time"_s});
    for (int i = 0; i < state.plan().tasks.size(); ++i) {
        const Task &task = state.plan().tasks[i];
        const auto layer = std::find_if(status.layers.begin(), status.layers.end(),
                                        [&](const LayerStatus &one) { return one.name == task.name; });
        const TaskResult result = resultOf(state, i);
        table.add({{task.name, Style::Bold},
                   {result.state, result.style},
                   {layer != status.layers.end() && layer->present ? sizeText(layer->sizeBytes) : QString(),
                    Style::Plain, true},
                   {durationText(result.took), Style::Plain, true}});
    }
    table.print(console);
    if (status.fork)
        console.out(u"fork        %1 (%2, %3)"_s.arg(
            status.fork->path,
            status.fork->branch.isEmpty() ? u"detached"_s : QString(u"branch "_s + status.fork->branch),
            status.fork->isClean() ? u"clean"_s : u"%1 changed"_s.arg(status.fork->changedFiles.size())));
    if (status.fork && status.fork->behind > 0)
        console.out(u"            behind its origin by %1"_s.arg(status.fork->behind));
    if (const std::optional<ValidationRun> run = validationOf(state))
        console.out(u"validation  "_s +
                    console.styled(style(run->verdict.verdict), verdictSentence(run->verdict), Channel::Out));
}

void printNext(Session &session, const Planned &planned, BuildId id)
{
    Console &console = session.console;
    console.message({});
    console.message(u"Next:"_s);
    if (planned.environment.fork)
        console.message(
            u"  edit a file below %1/%2, then"_s.arg(session.paths.forks(), planned.environment.fork->name));
    if (planned.environment.validation)
        console.message(u"  kernelyardctl validate %1"_s.arg(planned.environment.name));
    console.message(u"  kernelyardctl show %1"_s.arg(id.number()));
}

/// What `push` needs before it can start. Errors: Missing.
Result<void> readyToPush(Session &session, const Planned &planned, const QString &onlyLayer)
{
    const EnvironmentStatus status = readEnvironmentStatus(planned.environment, planned.engine, session.paths);
    for (const LayerStatus &layer : status.layers)
        if (!layer.present && (onlyLayer.isEmpty() || onlyLayer == layer.name))
            return Failure(Error{ErrorKind::Missing,
                                 u"%1 can't be pushed: its layer %2 is not built with %3."_s.arg(
                                     planned.environment.name, layer.name, planned.engine.display()),
                                 {},
                                 u"kernelyardctl build %1 %2"_s.arg(planned.environment.name, layer.name)});
    return {};
}

/// The suite may end well without a word, where its command is not the suite's.
Error withoutResult(const Planned &planned, BuildId id)
{
    return {ErrorKind::Failed,
            u"The validation of %1, build %2, wrote no result."_s.arg(planned.environment.name, id.display()),
            {},
            u"kernelyardctl log %1"_s.arg(id.number())};
}

void printOutcome(Session &session, const Options &options, PlanRequest::Purpose purpose, const Planned &planned,
                  BuildId id, const BuildState &state)
{
    const std::optional<ValidationRun> run = validationOf(state);
    if (options.json)
        session.console.write(Channel::Out, document(toJson(state, id)));
    else if (purpose != PlanRequest::Purpose::Validate)
        printResult(session, planned, state);
    else if (run && takesOutput(options.files))
        session.console.message(u"Validation "_s + verdictSentence(run->verdict));
    else if (run)
        printValidation(session.console, *run);
}

int report(Session &session, const Options &options, PlanRequest::Purpose purpose, const Planned &planned, BuildId id,
           const BuildState &state)
{
    printOutcome(session, options, purpose, planned, id, state);
    const std::optional<ValidationRun> run = validationOf(state);
    Result<void> written;
    if (isAnyWanted(options.files)) // of a run without a word as well: what lies there may be another day's
        written = writeValidationFiles(session, options.files, run.value_or(ValidationRun()),
                                       validationContext(state, id, session.paths));
    session.console.flush();
    const BuildStatus status = state.status();
    if (status != BuildStatus::Done) {
        session.console.error({status == BuildStatus::Cancelled ? ErrorKind::Cancelled : ErrorKind::Failed,
                               u"%1 of %2, build %3, %4%5"_s.arg(
                                   planned.plan.purpose, planned.environment.name, id.display(), word(status),
                                   state.failure().isEmpty() ? u"."_s : QString(u": "_s + state.failure())),
                               {},
                               u"kernelyardctl show %1"_s.arg(id.number())});
        if (!written)
            session.console.error(written.error());
        return exitStatusOf(status);
    }
    if (!written)
        return session.fail(written.error());
    const bool validates = std::ranges::count(planned.plan.tasks, TaskKind::Validation, &Task::kind) > 0;
    if (validates && !run)
        return session.fail(withoutResult(planned, id));
    if (!options.json && purpose == PlanRequest::Purpose::Setup)
        printNext(session, planned, id);
    return !run || run->verdict.verdict == Verdict::Pass ? 0 : exitStatus(ErrorKind::Failed);
}

int carryOut(Session &session, const Options &options, PlanRequest::Purpose purpose)
{
    if (const Result<void> writable = checkValidationFiles(options.files, options.json); !writable)
        return session.fail(writable.error());
    if (options.detach && isAnyWanted(options.files))
        return session.fail({ErrorKind::Invalid,
                             u"--detach returns before there is a result to write to a file."_s,
                             {},
                             u"Leave one of them out; kernelyardctl export writes the results of a run that ended."_s});
    const Result<Planned> planned = planFor(session, options, purpose);
    if (!planned)
        return session.fail(planned.error());
    if (options.dryRun) {
        if (options.json)
            session.console.write(Channel::Out, planned->plan.toJson());
        else if (const Result<void> printed = printCommands(session, *planned); !printed)
            return session.fail(printed.error());
        return 0;
    }
    if (purpose == PlanRequest::Purpose::Validate) {
        const EnvironmentStatus status = readEnvironmentStatus(planned->environment, planned->engine, session.paths);
        if (const Result<void> ready = readyToValidate(planned->environment, planned->engine, status, session.paths);
            !ready)
            return session.fail(ready.error());
    }

    if (purpose == PlanRequest::Purpose::Push)
        if (const Result<void> ready = readyToPush(session, *planned, text(options.layer)); !ready)
            return session.fail(ready.error());

    if (Engine builder = planned->engine; ensureLogCapacity(builder, session.paths.cache)) // once for each builder
        for (const EngineProblem &problem : std::as_const(builder.problems))
            if (problem.code == EngineProblemCode::LogsClipped)
                session.console.message(problem.cause + u' ' + problem.remedy);
    const Result<BuildId> id = launchBuild(session.paths, planned->plan, session.program);
    if (!id)
        return session.fail(id.error());
    session.console.message(u"Build %1: %2 of %3 with %4"_s.arg(id->display(), planned->plan.purpose,
                                                                planned->environment.name, planned->engine.display()));
    if (options.detach) {
        if (options.json)
            session.console.write(Channel::Out, document({{u"build"_s, id->number()}}));
        else
            session.console.out(QString::number(id->number()));
        session.console.message(u"It goes on by itself. To see it: kernelyardctl follow %1"_s.arg(id->number()));
        return 0;
    }
    const Result<BuildState> state = followToEnd(session, *id, options.verbose);
    return state ? report(session, options, purpose, *planned, *id, *state) : session.fail(state.error());
}

void addRunOptions(CommandLine &line, CLI::App *command, const std::shared_ptr<Options> &options,
                   PlanRequest::Purpose purpose)
{
    command->add_flag("--dry-run", options->dryRun, "Print the exact engine commands; run and write nothing");
    command->add_flag("--detach", options->detach, "Start it, print its number and return");
    command->add_flag("-v,--verbose", options->verbose, "Show the tools' own output as it comes");
    command->add_flag("--json", options->json, "The result as one JSON document on standard output");
    command->callback([&line, options, purpose] {
        line.action = [&line, options, purpose] { return carryOut(line.session, *options, purpose); };
    });
}

constexpr auto whileRunning =
    "The work is done by a process of its own: closing the terminal leaves it running (kernelyardctl follow shows it\n"
    "again). Ctrl-C cancels it and ends with 130.\n";

} // namespace

void addSetup(CommandLine &line)
{
    static const std::string running = whileRunning;
    static const std::string setupMore = running + "Examples:\n"
                                                   "  kernelyardctl setup starter\n"
                                                   "  kernelyardctl setup starter --engine docker --dry-run\n"
                                                   "  kernelyardctl setup starter --detach && kernelyardctl follow";
    static const std::string buildMore = running + "Examples:\n"
                                                   "  kernelyardctl build starter\n"
                                                   "  kernelyardctl build starter builder --no-cache -v";
    static const std::string validateMore =
        running + "Ends with 1 when a case fails, and when a negative control is accepted (void).\n"
                  "Examples:\n"
                  "  kernelyardctl validate starter\n"
                  "  kernelyardctl validate starter --quick --json\n"
                  "  kernelyardctl validate xformers --backend xformers --backend torch --html results.html\n"
                  "  kernelyardctl validate starter --against HEAD~1";

    const auto setup = std::make_shared<Options>();
    CLI::App *command = line.command(
        "setup", "Make an environment ready: base, layers, fork and validation; what is current is not done again",
        setupMore.c_str());
    addEnvironmentArgument(command, *setup);
    addEngineAndChoices(command, *setup);
    addCacheOptions(command, *setup);
    addValidationOptions(command, *setup);
    addRunOptions(line, command, setup, PlanRequest::Purpose::Setup);

    const auto build = std::make_shared<Options>();
    command = line.command("build", "Build an environment's base and layers", buildMore.c_str());
    addEnvironmentArgument(command, *build);
    addText(command, "LAYER", build->layer, "Build up to and with this layer");
    addEngineAndChoices(command, *build);
    addCacheOptions(command, *build);
    addRunOptions(line, command, build, PlanRequest::Purpose::Build);

    static const std::string pushMore =
        running + "The log-in is the engine's own: docker login REGISTRY, podman login REGISTRY.\n"
                  "Examples:\n"
                  "  kernelyardctl push xformers --to registry.example.org/kernels\n"
                  "  kernelyardctl push xformers builder --to 127.0.0.1:5000 --tag sm90";
    static const std::string pullMore = running + "Examples:\n"
                                                  "  kernelyardctl pull xformers --from registry.example.org/kernels";
    for (const bool pushes : {true, false}) {
        const auto transfer = std::make_shared<Options>();
        command = pushes ? line.command("push", "Push an environment's layers to a registry", pushMore.c_str())
                         : line.command("pull", "Pull an environment's layers from a registry", pullMore.c_str());
        addEnvironmentArgument(command, *transfer);
        addText(command, "LAYER", transfer->layer, "This layer alone");
        addText(command, pushes ? "--to" : "--from,--to", transfer->registry, "HOST[:PORT][/PATH]")->required();
        addText(command, "--tag", transfer->tag, "The images' tag there")->capture_default_str();
        addText(command, "--engine", transfer->engine,
                "Use this engine (see: engines) instead of the first usable one");
        addRunOptions(line, command, transfer, pushes ? PlanRequest::Purpose::Push : PlanRequest::Purpose::Pull);
    }

    const auto validate = std::make_shared<Options>();
    command = line.command("validate", "Run the attention suite on the fork, in the environment's container",
                           validateMore.c_str());
    addEnvironmentArgument(command, *validate);
    addEngineAndChoices(command, *validate);
    addValidationOptions(command, *validate);
    addSuiteOptions(command, *validate);
    addValidationFiles(command, validate->files);
    addRunOptions(line, command, validate, PlanRequest::Purpose::Validate);
}

} // namespace kernelyard::ctl
