// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/benchmarkrunner.h"

#include "core/base/wholefile.h"
#include "core/benchmark/benchmarkreport.h"
#include "core/benchmark/repetitionlog.h"
#include "core/engine/argv.h"
#include "core/fork/fork.h"
#include "core/validation/validationrun.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <unistd.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

namespace {

constexpr auto toolLimit = 5min;
constexpr auto emptyingImage = "localhost/kernelyard/bench-empty:latest";

QString tr(const char *text)
{
    return QCoreApplication::translate("BenchmarkRunner", text);
}

Paths pathsIn(Paths paths, const BenchmarkFolder &folder)
{
    paths.data = folder.data();
    return paths;
}

/// Why a build that was to end with a validated environment did not; empty: it did.
QString validationFault(const BuildState &state)
{
    for (int i = 0; i < state.plan().tasks.size(); ++i) {
        if (state.plan().tasks[i].kind != TaskKind::Validation)
            continue;
        const ValidationRun run = ValidationRun::fromJsonLines(state.taskOutput(i));
        return run.verdict.verdict == Verdict::Pass ? QString() : tr("The validation did not pass.");
    }
    return tr("The environment has no validation.");
}

} // namespace

BenchmarkRunner::BenchmarkRunner(const Paths &paths, Benchmark benchmark, const Environment &environment,
                                 const Engine &engine, const QString &ctl, Hooks hooks)
    : m_paths(paths)
    , m_benchmark(std::move(benchmark))
    , m_folder(paths, m_benchmark.number)
    , m_real(environment)
    , m_ctl(ctl)
    , m_hooks(std::move(hooks))
    , m_planner{{}, environment.name, engine, m_benchmark.spec, {}, pathsIn(paths, m_folder)}
{}

BenchmarkRunner::~BenchmarkRunner() = default;

Result<void> BenchmarkRunner::run()
{
    Result<BuildLock> lock = BuildLock::take(m_folder.lock());
    if (!lock)
        return Failure(lock.error().kind != ErrorKind::Conflict
                           ? lock.error()
                           : Error{ErrorKind::Conflict, tr("%1 runs already.").arg(m_benchmark.name()), {}, {}});
    m_lock = std::move(*lock);
    if (Result<void> written = m_lock->writePid(::getpid()); !written)
        return written;
    const Result<void> done = doRemaining();
    m_benchmark.current.reset();
    m_benchmark.failure.clear();
    if (!done && done.error().kind != ErrorKind::Cancelled)
        m_benchmark.failure = QString(done.error().message + u' ' + done.error().remedy).trimmed();
    const Result<void> saved = save();
    return done ? saved : done;
}

Result<void> BenchmarkRunner::doRemaining()
{
    if (Result<void> ready = prepareAll(); !ready)
        return ready;
    for (const auto &[scenario, round] : m_benchmark.remaining()) {
        m_hooks.say(tr("%1 %2, repetition %3 of %4")
                        .arg(letter(scenario), title(scenario))
                        .arg(round)
                        .arg(m_benchmark.spec.repetitions));
        if (Result<void> done = repeat(scenario, round); !done)
            return done;
    }
    tidyUp();
    return {};
}

Result<void> BenchmarkRunner::prepareAll()
{
    m_planner.facts = PlanFacts::ofThisMachine(m_real, m_paths);
    m_planner.facts.ctl = m_ctl;
    Result<Environment> environment = benchmarkEnvironment(m_real, m_folder.dockerfiles(), m_mounts);
    if (!environment)
        return Failure(environment.error());
    m_planner.environment = *environment;
    m_benchmark.engine = m_planner.engine.display();
    m_benchmark.current.reset();
    m_benchmark.failure.clear();
    if (Result<void> ended = endLeftBuild(); !ended)
        return ended;
    if (m_benchmark.spec.scenarios.contains(Scenario::RegistryCache))
        if (Result<void> registry = ensureRegistry(); !registry)
            return registry;
    // What one scenario would refuse after the others have run for hours is refused now.
    for (const Scenario scenario : m_benchmark.spec.scenarios)
        if (const Result<Plan> plan = m_planner.timed(scenario, m_registry); !plan)
            return Failure(plan.error());
    // The base image is there before anything is timed: what fetching it takes says nothing about the layers.
    Result<Plan> base = m_planner.layers();
    if (base)
        base->tasks.resize(1); // it comes first
    if (Result<void> made = carryOut(base); !made)
        return made;
    return save();
}

Result<void> BenchmarkRunner::repeat(Scenario scenario, int round)
{
    m_prepared.clear();
    m_benchmark.current = Repetition{scenario, round, BuildId(), QDateTime::currentDateTimeUtc(), {}, {}};
    if (Result<void> ready = prepare(scenario); !ready)
        return ready;
    const Result<Plan> plan = m_planner.timed(scenario, m_registry);
    if (!plan)
        return Failure(plan.error());
    Repetition repetition{scenario, round, BuildId(), QDateTime::currentDateTimeUtc(), {}, {}};
    const Result<BuildId> id = begin(*plan);
    if (!id)
        return Failure(id.error());
    repetition.build = *id;
    const Result<BuildStatus> ended = finish(*id);
    if (!ended)
        return Failure(ended.error());
    if (*ended == BuildStatus::Cancelled || *ended == BuildStatus::Interrupted)
        return Failure(
            Error{ErrorKind::Cancelled,
                  tr("%1 was stopped in scenario %2; what is done is kept.").arg(m_benchmark.name(), letter(scenario)),
                  {},
                  tr("kernelyardctl bench %1 --resume").arg(m_real.name)});
    const Result<BuildState> state = readBuild(m_paths, *id);
    if (!state)
        return Failure(state.error());
    repetition.started = state->startedAt();
    repetition.timing = timingOf(*state);
    if (*ended != BuildStatus::Done)
        repetition.failure = state->failure();
    else if (const QString fault = validationFault(*state); !fault.isEmpty())
        repetition.failure = fault;
    else
        repetition.failure = compileFault(scenario, repetition.timing);
    if (const Result<ForkStatus> fork = readFork(forkPath(m_planner.environment, m_planner.paths)))
        m_benchmark.commit = fork->commit;
    QSaveFile log(m_folder.log(scenario, round));
    if (!writeWhole(log, repetitionLog(m_benchmark, repetition, *state, m_prepared)))
        return Failure(Error{ErrorKind::Failed, tr("%1 could not be written.").arg(log.fileName()), log.errorString(),
                             tr("Free space, then resume.")});
    m_benchmark.repetitions << repetition;
    m_benchmark.current.reset();
    if (Result<void> saved = save(); !saved)
        return saved;
    writeReports();
    return {};
}

Result<void> BenchmarkRunner::prepare(Scenario scenario)
{
    if (Result<void> removed = removeCheckout(); !removed)
        return removed;
    switch (scenario) {
    case Scenario::Baseline:
        if (Result<void> removed = removeImages(); !removed)
            return removed;
        return emptyCaches();
    case Scenario::LocalCache:
        return ensureImages();
    case Scenario::RegistryCache:
        if (Result<void> pushed = ensurePushed(); !pushed)
            return pushed;
        return removeImages();
    }
    Q_UNREACHABLE();
}

Result<void> BenchmarkRunner::ensureRegistry()
{
    m_registry = m_benchmark.spec.registry;
    if (!m_registry.isEmpty())
        return {};
    Result<std::unique_ptr<LoopbackRegistry>> registry = LoopbackRegistry::start(m_folder.registry());
    if (!registry)
        return Failure(registry.error());
    m_loopback = std::move(*registry);
    m_registry = m_loopback->address();
    m_registryBefore = m_benchmark.registry;
    m_benchmark.registry = m_registry;
    m_hooks.say(tr("A registry of its own answers on %1.").arg(m_registry));
    return {};
}

Result<void> BenchmarkRunner::ensureImages()
{
    for (const Layer &layer : m_planner.environment.layers) {
        const Result<bool> there = has(m_planner.environment.imageTag(layer.name));
        if (!there)
            return Failure(there.error());
        if (*there)
            continue;
        m_hooks.say(tr("The layers are built first, untimed."));
        return carryOut(m_planner.layers());
    }
    return {};
}

Result<void> BenchmarkRunner::ensurePushed()
{
    if (m_benchmark.pushed)
        return {};
    if (Result<void> built = ensureImages(); !built)
        return built;
    m_hooks.say(tr("The layers are pushed to %1 first, untimed.").arg(m_registry));
    if (Result<void> pushed = carryOut(m_planner.push(m_registry)); !pushed)
        return pushed;
    m_benchmark.pushed = true;
    return save();
}

Result<void> BenchmarkRunner::removeImages()
{
    QStringList images = m_planner.images(m_registry);
    if (!m_registryBefore.isEmpty())
        images += m_planner.images(m_registryBefore); // of a run that was cut off
    for (const QString &image : std::as_const(images)) {
        const Result<bool> there = has(image);
        if (!there)
            return Failure(there.error());
        if (!*there)
            continue;
        const Result<Completed> removed = tool(removeImage(m_planner.engine, image));
        if (!removed)
            return Failure(removed.error());
        if (removed->exitCode != 0)
            return Failure(Error{ErrorKind::Failed,
                                 tr("The image %1 could not be removed.").arg(image),
                                 QString::fromUtf8(removed->err),
                                 {}});
    }
    return {};
}

Result<void> BenchmarkRunner::emptyCaches()
{
    if (m_mounts.isEmpty() || m_planner.engine.backend() == BuildBackend::Classic)
        return {};
    const Result<Environment> chosen = withChoices(m_real, m_benchmark.spec.choices);
    if (!chosen)
        return Failure(chosen.error());
    // An empty folder as context: nothing of it is wanted.
    const QString context = m_folder.path + u"/empty"_s;
    ImageBuild build;
    build.dockerfile = m_folder.dockerfiles() + u"/emptying.Dockerfile"_s;
    build.context = context;
    build.tag = QString::fromLatin1(emptyingImage);
    build.noCache = true;
    QSaveFile file(build.dockerfile);
    if (!QDir().mkpath(context) || !writeWhole(file, emptyingDockerfile(chosen->baseTag(), m_mounts)))
        return Failure(
            Error{ErrorKind::Failed, tr("%1 could not be written.").arg(build.dockerfile), file.errorString(), {}});
    if (Result<void> emptied = carryOut(m_planner.emptying(build)); !emptied)
        return emptied;
    const Result<Completed> removed = tool(removeImage(m_planner.engine, build.tag));
    return removed ? Result<void>() : Result<void>(Failure(removed.error()));
}

Result<void> BenchmarkRunner::removeCheckout()
{
    const QString path = forkPath(m_planner.environment, m_planner.paths);
    if (path.isEmpty() || !QFile::exists(path) || QDir(path).removeRecursively())
        return {};
    return Failure(Error{ErrorKind::Permission,
                         tr("The checkout %1 of the last repetition can't be removed.").arg(path),
                         {},
                         tr("Remove it, then resume.")});
}

/// A build outlives the benchmark that was killed while it ran, and would be in the way.
Result<void> BenchmarkRunner::endLeftBuild()
{
    if (!m_benchmark.build.isValid())
        return {};
    if (const Result<void> asked = cancelBuild(m_paths, m_benchmark.build); asked) {
        m_hooks.say(tr("Build %1 of the last try still runs; it is cancelled.").arg(m_benchmark.build.display()));
        if (const Result<BuildStatus> ended = m_hooks.follow(m_benchmark.build); !ended)
            return Failure(ended.error());
    }
    m_benchmark.build = BuildId();
    return {};
}

Result<BuildId> BenchmarkRunner::begin(const Plan &plan)
{
    Result<BuildId> id = launchBuild(m_paths, plan, m_ctl);
    if (!id)
        return id;
    m_benchmark.build = *id;
    if (m_benchmark.current)
        m_benchmark.current->build = *id;
    if (const Result<void> saved = save(); !saved)
        return Failure(saved.error());
    return id;
}

Result<BuildStatus> BenchmarkRunner::finish(BuildId id)
{
    Result<BuildStatus> ended = m_hooks.follow(id);
    if (ended)
        m_benchmark.build = BuildId();
    return ended;
}

/// Runs \a plan untimed, to a good end.
Result<void> BenchmarkRunner::carryOut(const Result<Plan> &plan)
{
    if (!plan)
        return Failure(plan.error());
    for (const Task &task : plan->tasks)
        m_prepared << u"$ "_s + task.command.display();
    const Result<BuildId> id = begin(*plan);
    if (!id)
        return Failure(id.error());
    const Result<BuildStatus> ended = finish(*id);
    if (!ended)
        return Failure(ended.error());
    if (*ended == BuildStatus::Done)
        return {};
    const Result<BuildState> state = readBuild(m_paths, *id);
    return Failure(
        Error{*ended == BuildStatus::Cancelled ? ErrorKind::Cancelled : ErrorKind::Failed,
              tr("%1 could not be prepared: build %2 did not end well.").arg(m_benchmark.name(), id->display()),
              state ? state->failure() : QString(), tr("kernelyardctl show %1").arg(id->number())});
}

Result<Completed> BenchmarkRunner::tool(const Command &command)
{
    m_prepared << u"$ "_s + command.display();
    return kernelyard::run(command, toolLimit);
}

Result<bool> BenchmarkRunner::has(const QString &image)
{
    const Result<Completed> inspected = kernelyard::run(inspectImage(m_planner.engine, image), toolLimit);
    if (!inspected)
        return Failure(inspected.error());
    return inspected->exitCode == 0;
}

Result<void> BenchmarkRunner::save()
{
    return writeBenchmark(m_paths, m_benchmark);
}

void BenchmarkRunner::writeReports()
{
    const std::array<std::pair<QString, QByteArray>, 3> reports{{{u"report.json"_s, jsonReport(m_benchmark)},
                                                                 {u"report.csv"_s, csvReport(m_benchmark)},
                                                                 {u"report.md"_s, markdownReport(m_benchmark)}}};
    for (const auto &[name, bytes] : reports) {
        QSaveFile file(m_folder.path + u'/' + name);
        if (!writeWhole(file, bytes))
            m_hooks.say(tr("%1 could not be written: %2").arg(file.fileName(), file.errorString()));
    }
}

/// Images, checkouts and the registry's store are gigabytes that nobody needs any more.
void BenchmarkRunner::tidyUp()
{
    if (const Result<void> removed = removeImages(); !removed)
        m_hooks.say(removed.error().message);
    if (const Result<void> emptied = emptyCaches(); !emptied)
        m_hooks.say(emptied.error().message);
    m_loopback.reset();
    for (const QString &folder : QStringList{m_folder.registry(), m_folder.data(), m_folder.path + u"/empty"_s})
        if (QFile::exists(folder) && !QDir(folder).removeRecursively())
            m_hooks.say(tr("%1 could not be removed.").arg(folder));
}

} // namespace kernelyard
