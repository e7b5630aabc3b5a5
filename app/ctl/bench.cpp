// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/bench.h"

#include "app/ctl/following.h"
#include "app/ctl/interrupts.h"
#include "app/ctl/planning.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/benchmark/benchmarkplan.h"
#include "core/benchmark/benchmarkreport.h"
#include "core/benchmark/benchmarkrunner.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options : PlanOptions
{
    int repetitions = 5;
    std::vector<std::string> scenarios{"A", "B", "C"};
    bool resume = false;
    bool dryRun = false;
    bool json = false;
    bool verbose = false;
};

struct ReportOptions
{
    std::string number;
    bool json = false;
    bool csv = false;
    bool markdown = false;
};

Cell number(const QString &text)
{
    return {text, Style::Plain, true};
}

QString spreadText(const Spread &spread)
{
    const QString least = durationText(spread.least), most = durationText(spread.most);
    return least == most ? least : u"%1 to %2"_s.arg(least, most);
}

void printSummary(Console &console, const Benchmark &benchmark)
{
    const QList<ScenarioSummary> summaries = summarise(benchmark);
    Table table({benchmark.name(), u"median"_s, u"range"_s, u"factor"_s, u"done"_s, u"compiled"_s});
    for (const ScenarioSummary &one : summaries)
        table.add({{letter(one.scenario) + u' ' + title(one.scenario), Style::Bold},
                   number(one.total ? durationText(one.total->median) : u"none"_s),
                   number(one.total ? spreadText(*one.total) : QString()),
                   number(one.factor ? QString::number(*one.factor, 'f', 1) + u" ×"_s : QString()),
                   number(u"%1 of %2"_s.arg(one.done).arg(benchmark.spec.repetitions)),
                   {compileSentence(one), one.failed > 0 ? Style::Bad : Style::Plain}});
    table.print(console);
    Table times({u"median seconds"_s, u"A"_s, u"B"_s, u"C"_s});
    for (const Phase phase : phases) {
        QList<Cell> row{{word(phase), Style::Bold}};
        for (const Scenario scenario : scenarios) {
            const auto it = std::ranges::find(summaries, scenario, &ScenarioSummary::scenario);
            const auto spread = it == summaries.end() ? std::nullopt : it->phases[static_cast<std::size_t>(phase)];
            row << number(spread ? QString::number(secondsOf(spread->median), 'f', 2) : u"none"_s);
        }
        times.add(row);
    }
    console.out({});
    times.print(console);
}

/// The newest one of the environment that is not complete. Errors: NotFound.
Result<Benchmark> unfinished(const Session &session, const QString &environment)
{
    for (Benchmark &one : listBenchmarks(session.paths))
        if (one.spec.environment == environment && !one.isComplete())
            return std::move(one);
    return Failure(Error{ErrorKind::NotFound,
                         u"No benchmark of %1 is unfinished."_s.arg(environment),
                         {},
                         u"kernelyardctl bench "_s + environment});
}

/// The one to go on with. Another registry may be named: images that were pushed to the old one are pushed again.
Result<Benchmark> resumed(const Session &session, const Options &options)
{
    Result<Benchmark> benchmark = unfinished(session, text(options.environment));
    if (benchmark && !options.registry.empty() && text(options.registry) != benchmark->spec.registry) {
        benchmark->spec.registry = text(options.registry);
        benchmark->pushed = false;
    }
    return benchmark;
}

/// A new one, without a number yet.
Result<Benchmark> planned(Session &session, const Options &options)
{
    Benchmark benchmark;
    BenchmarkSpec &spec = benchmark.spec;
    spec.environment = text(options.environment);
    spec.repetitions = options.repetitions;
    spec.registry = text(options.registry);
    spec.quick = options.quick;
    for (const Scenario scenario : scenarios)
        if (std::ranges::any_of(options.scenarios,
                                [&](const std::string &one) { return scenarioOf(text(one)) == scenario; }))
            spec.scenarios << scenario;
    const Result<Planned> planned = planFor(session, options, PlanRequest::Purpose::Setup);
    if (!planned)
        return Failure(planned.error());
    spec.engine = planned->engine.id();
    spec.choices = planned->plan.choices; // all of them: a benchmark that goes on later does the same
    return benchmark;
}

int printPlans(Session &session, const QList<std::pair<Scenario, Plan>> &plans)
{
    for (const auto &[scenario, plan] : plans) {
        session.console.out(u"# %1 %2"_s.arg(letter(scenario), title(scenario)));
        for (const Task &task : plan.tasks)
            session.console.out(task.command.display());
    }
    return 0;
}

int bench(Session &session, const Options &options)
{
    const Result<Environment> environment = session.environment(text(options.environment));
    if (!environment)
        return session.fail(environment.error());
    if (!environment->validation)
        return session.fail({ErrorKind::Unsupported,
                             u"%1 has no validation, so no scenario of it can end."_s.arg(environment->name),
                             {},
                             u"Add a \"validation\" to %1."_s.arg(environment->file)});
    Result<Benchmark> benchmark = options.resume ? resumed(session, options) : planned(session, options);
    if (!benchmark)
        return session.fail(benchmark.error());
    const Result<Engine> engine = session.engine(benchmark->spec.engine);
    if (!engine)
        return session.fail(engine.error());
    if (options.dryRun || !options.resume) { // what the runner would refuse gets no folder
        const auto plans = timedPlans(*environment, *engine, benchmark->spec, session.paths, session.program);
        if (!plans)
            return session.fail(plans.error());
        if (options.dryRun)
            return printPlans(session, *plans);
        benchmark = createBenchmark(session.paths, benchmark->spec);
        if (!benchmark)
            return session.fail(benchmark.error());
    }
    const auto say = [&session](const QString &sentence) {
        session.console.message(sentence);
        session.console.flush();
    };
    const auto follow = [&](BuildId id) -> Result<BuildStatus> {
        Following following(session, id, {Channel::Err, FollowFormat::People, options.verbose, OnInterrupt::Cancel});
        return following.run();
    };
    say(u"%1: %2 repetitions of %3 with %4; the user's images, caches and checkouts are left alone"_s
            .arg(benchmark->name())
            .arg(benchmark->spec.repetitions)
            .arg(benchmark->spec.environment, engine->display()));
    BenchmarkRunner runner(session.paths, *benchmark, *environment, *engine, session.program, {say, follow});
    const Result<void> ran = runner.run();
    if (options.json)
        session.console.write(Channel::Out, jsonReport(runner.benchmark()));
    else
        printSummary(session.console, runner.benchmark());
    if (!ran)
        return session.fail(ran.error());
    say(u"Logs and reports: %1"_s.arg(BenchmarkFolder(session.paths, benchmark->number).path));
    const bool failed = std::ranges::any_of(runner.benchmark().repetitions,
                                            [](const Repetition &one) { return !one.failure.isEmpty(); });
    return failed ? exitStatus(ErrorKind::Failed) : 0;
}

int listAll(Session &session, bool json)
{
    Table table({u"benchmark"_s, u"environment"_s, u"engine"_s, u"begun"_s, u"done"_s, u"state"_s});
    QJsonArray list;
    for (const Benchmark &one : listBenchmarks(session.paths)) {
        const QString state = isRunning(session.paths, one) ? u"running"_s
                              : one.isComplete()            ? u"done"_s
                                                            : u"interrupted"_s;
        const auto all = one.spec.repetitions * one.spec.scenarios.size();
        list << QJsonObject{{u"number"_s, one.number},
                            {u"environment"_s, one.spec.environment},
                            {u"state"_s, state},
                            {u"done"_s, all - one.remaining().size()},
                            {u"of"_s, all}};
        table.add({{one.name(), Style::Bold},
                   {one.spec.environment},
                   {one.engine},
                   {one.started.toLocalTime().toString(u"yyyy-MM-dd HH:mm"_s)},
                   number(u"%1 of %2"_s.arg(all - one.remaining().size()).arg(all)),
                   {state, state == u"interrupted"_s ? Style::Warning : Style::Plain}});
    }
    if (json)
        session.console.write(Channel::Out, document({{u"benchmarks"_s, list}}));
    else if (table.isEmpty())
        session.console.message(u"No benchmark yet: kernelyardctl bench starter"_s);
    else
        table.print(session.console);
    return 0;
}

int report(Session &session, const ReportOptions &options)
{
    if (options.number.empty())
        return listAll(session, options.json);
    QString digits = text(options.number);
    digits.remove(u"bench-"_s);
    const Result<Benchmark> benchmark = readBenchmark(session.paths, digits.toInt());
    if (!benchmark)
        return session.fail(benchmark.error());
    if (options.json)
        session.console.write(Channel::Out, jsonReport(*benchmark));
    else if (options.csv)
        session.console.write(Channel::Out, csvReport(*benchmark));
    else if (options.markdown)
        session.console.write(Channel::Out, markdownReport(*benchmark));
    else
        printSummary(session.console, *benchmark);
    return 0;
}

} // namespace

void addBench(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command(
        "bench", "Time the ways to a validated environment: A from nothing, B from a registry, C from kept images",
        "A builds without a cached step and with empty compiler caches, and must compile each unit once; B removes\n"
        "the images and pulls them; C keeps them; B and C must compile nothing. Each makes its checkout anew and\n"
        "ends with the validation. Images, caches and checkouts are the benchmark's own. The rounds are interleaved.\n"
        "Examples:\n"
        "  kernelyardctl bench starter --repetitions 3\n"
        "  kernelyardctl bench xformers --registry registry.example.org/kernels\n"
        "  kernelyardctl bench starter --resume\n"
        "Of the options, --resume takes another --registry; the rest is as the benchmark began.");
    addEnvironmentArgument(command, *options);
    command->add_option("--repetitions", options->repetitions, "Of each scenario")
        ->check(CLI::Range(1, 1000))
        ->type_name("")
        ->capture_default_str();
    command->add_option("--scenario", options->scenarios, "A, B or C; repeatable; default: all")
        ->check(CLI::IsMember({"A", "B", "C"}))
        ->type_name("")
        ->allow_extra_args(false);
    addText(command, "--registry", options->registry, "HOST[:PORT][/PATH] instead of one of its own on loopback");
    addEngineAndChoices(command, *options);
    command->add_flag("--quick", options->quick, "Validate with the cases marked quick only");
    command->add_flag("--resume", options->resume, "Go on with the last one of this environment that was cut off");
    command->add_flag("--dry-run", options->dryRun, "Print the timed commands of each scenario; run nothing");
    command->add_flag("--json", options->json, "The report as one JSON document on standard output");
    command->add_flag("-v,--verbose", options->verbose, "Show the tools' own output as it comes");
    command->callback([&line, options] { line.action = [&line, options] { return bench(line.session, *options); }; });

    const auto shown = std::make_shared<ReportOptions>();
    command = line.command("benchmarks", "List the benchmarks, or report one",
                           "Examples:\n"
                           "  kernelyardctl benchmarks\n"
                           "  kernelyardctl benchmarks 31 --markdown");
    addText(command, "NUMBER", shown->number, "Which one");
    command->add_flag("--json", shown->json, "One JSON document");
    command->add_flag("--csv", shown->csv, "One line a repetition");
    command->add_flag("--markdown", shown->markdown, "A table for people");
    command->callback([&line, shown] { line.action = [&line, shown] { return report(line.session, *shown); }; });
}

} // namespace kernelyard::ctl
