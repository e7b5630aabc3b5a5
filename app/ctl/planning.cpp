// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/planning.h"

#include "app/ctl/table.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

void addEnvironmentArgument(CLI::App *command, PlanOptions &options)
{
    command->add_option("ENVIRONMENT", options.environment, "Its name (see: environments)")->required()->type_name("");
}

void addEngineAndChoices(CLI::App *command, PlanOptions &options)
{
    addText(command, "--engine", options.engine, "Use this engine (see: engines) instead of the first usable one");
    addChoices(command, options);
}

void addChoices(CLI::App *command, PlanOptions &options)
{
    command->add_option("--choice", options.choices, "NAME=VALUE: set a choice of the environment file; repeatable")
        ->type_name("")
        ->allow_extra_args(false);
}

void addCacheOptions(CLI::App *command, PlanOptions &options)
{
    command->add_flag("--no-cache", options.noCache, "Build every step again, whatever the engine has");
    command->add_option("--cache-from", options.cacheFrom, "Take steps from this registry's caches too; repeatable")
        ->type_name("")
        ->allow_extra_args(false);
    addText(command, "--cache-to", options.cacheTo,
            "Write the steps to this registry's caches; \"inline\": into the images, for a later push");
}

void addValidationOptions(CLI::App *command, PlanOptions &options)
{
    command->add_flag("--quick", options.quick, "Validate on a few small shapes only");
}

void addSuiteOptions(CLI::App *command, PlanOptions &options)
{
    const auto several = [command](const char *name, std::vector<std::string> &values, const char *about) {
        command->add_option(name, values, about)->type_name("")->allow_extra_args(false);
    };
    several("--backend", options.backends,
            "Compare this back-end instead of the suite's: kernelyard_attention, torch (all its kernels), torch-flash, "
            "torch-efficient, torch-cudnn, torch-math, xformers, flash-attn-2, flash-attn-3, sageattention, all; "
            "repeatable");
    several("--case", options.cases, "Run this case alone, by the name that the table shows; repeatable");
    addText(command, "--against", options.against,
            "Time our own kernel of the fork in turns with itself as it was at this commit");
}

Result<ChosenValues> readChoices(const std::vector<std::string> &words)
{
    ChosenValues choices;
    for (const std::string &word : words) {
        const QString choice = text(word);
        const qsizetype equals = choice.indexOf(u'=');
        if (equals < 1)
            return Failure(
                Error{ErrorKind::Invalid, u"“%1” is no choice: NAME=VALUE is expected."_s.arg(choice), {}, {}});
        choices.append({choice.left(equals), choice.mid(equals + 1)});
    }
    return choices;
}

Result<Environment> chosenEnvironment(Session &session, const PlanOptions &options)
{
    const Result<ChosenValues> choices = readChoices(options.choices);
    if (!choices)
        return Failure(choices.error());
    const Result<Environment> environment = session.environment(text(options.environment));
    return environment ? withChoices(*environment, *choices) : environment;
}

Result<Planned> planFor(Session &session, const PlanOptions &options, PlanRequest::Purpose purpose)
{
    Result<ChosenValues> choices = readChoices(options.choices);
    if (!choices)
        return Failure(choices.error());
    Result<Environment> environment = session.environment(text(options.environment));
    if (!environment)
        return Failure(environment.error());
    Result<Engine> engine = session.engine(text(options.engine));
    if (!engine)
        return Failure(engine.error());

    PlanRequest request;
    request.purpose = purpose;
    request.onlyLayer = text(options.layer);
    request.noCache = options.noCache;
    request.choices = *choices;
    request.registry = text(options.registry);
    request.tag = text(options.tag);
    for (const std::string &registry : options.cacheFrom)
        request.cacheFrom << text(registry);
    request.cacheTo = text(options.cacheTo);
    if (options.quick)
        request.validationArguments << u"--quick"_s;
    for (const std::string &name : options.cases)
        request.validationArguments << u"--case"_s << text(name);
    for (const std::string &name : options.backends)
        request.validationArguments << u"--backend"_s << text(name);
    if (!options.against.empty())
        request.validationArguments << u"--against"_s << text(options.against);
    PlanFacts facts = PlanFacts::ofThisMachine(*environment, session.paths);
    facts.ctl = session.program;
    Result<Plan> plan = makePlan(*environment, *engine, request, facts, session.paths);
    if (!plan)
        return Failure(plan.error());
    return Planned{std::move(*environment), std::move(*engine), std::move(*plan)};
}

Result<void> printCommands(Session &session, const Planned &planned)
{
    for (const Task &task : planned.plan.tasks) {
        const Result<QList<Command>> inner = innerCommands(planned.plan, task, planned.environment, session.paths);
        if (!inner)
            return Failure(inner.error());
        session.console.out(task.command.display());
        for (const Command &command : *inner)
            session.console.out(u"  "_s + command.display());
    }
    return {};
}

namespace {

struct Options : PlanOptions
{
    std::string purpose = "setup";
    bool json = false;
};

int showPlan(Session &session, const Options &options)
{
    const PlanRequest::Purpose purpose = options.purpose == "build"      ? PlanRequest::Purpose::Build
                                         : options.purpose == "validate" ? PlanRequest::Purpose::Validate
                                                                         : PlanRequest::Purpose::Setup;
    const Result<Planned> planned = planFor(session, options, purpose);
    if (!planned)
        return session.fail(planned.error());
    Console &console = session.console;
    if (options.json) {
        console.write(Channel::Out, planned->plan.toJson());
        return 0;
    }
    console.out(u"%1 of %2 with %3"_s.arg(planned->plan.purpose, planned->plan.environment, planned->engine.display()));
    for (const auto &[name, reason] : planned->plan.reasons)
        for (const auto &[choice, value] : planned->plan.choices)
            if (choice == name)
                console.out(u"%1 %2 (%3)"_s.arg(name, value, reason));
    int number = 0;
    for (const Task &task : planned->plan.tasks) {
        const Result<QList<Command>> inner = innerCommands(planned->plan, task, planned->environment, session.paths);
        if (!inner)
            return session.fail(inner.error());
        console.out({});
        console.out(console.styled(Style::Bold, u"%1. %2"_s.arg(++number).arg(task.name), Channel::Out) + u"  "_s +
                    task.title);
        console.out(u"   "_s + task.command.display());
        for (const Command &one : *inner)
            console.out(u"     "_s + one.display());
    }
    return 0;
}

} // namespace

void addPlan(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command("plan", "Show what a setup, build or validation would do, and do nothing",
                                     "Examples:\n"
                                     "  kernelyardctl plan starter\n"
                                     "  kernelyardctl plan starter --for build --layer builder --json");
    addEnvironmentArgument(command, *options);
    command->add_option("--for", options->purpose, "setup, build or validate")
        ->check(CLI::IsMember({"setup", "build", "validate"}))
        ->type_name("")
        ->capture_default_str();
    addText(command, "--layer", options->layer, "Build up to and with this layer");
    addEngineAndChoices(command, *options);
    addCacheOptions(command, *options);
    addValidationOptions(command, *options);
    command->add_flag("--json", options->json, "The plan as plan.json holds it");
    command->callback(
        [&line, options] { line.action = [&line, options] { return showPlan(line.session, *options); }; });
}

} // namespace kernelyard::ctl
