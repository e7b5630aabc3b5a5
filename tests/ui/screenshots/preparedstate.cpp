// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/screenshots/preparedstate.h"

#include "core/build/buildfolder.h"
#include "core/build/journalwriter.h"
#include "tests/ui/benchmarks/preparedbenchmark.h"
#include "tests/ui/ready.h"

#include <QDir>
#include <QFile>

#include <cstdlib>

using namespace Qt::StringLiterals;

namespace kernelyard::test {

static void require(bool held, const char *what)
{
    if (held)
        return;
    qCritical("the prepared state could not be made: %s", what);
    std::abort();
}

PreparedState::PreparedState()
    : m_paths{m_folder.filePath(u"state"_s), m_folder.filePath(u"data"_s), m_folder.filePath(u"cache"_s),
              m_folder.filePath(u"config"_s), QStringLiteral(KERNELYARD_SOURCE_DIR)}
{
    for (const QString &folder :
         {m_paths.builds(), m_paths.forks(), m_paths.userEnvironments(), m_paths.cache, m_paths.logs()})
        require(QDir().mkpath(folder), "folders");
}

Engine PreparedState::podman()
{
    Engine engine;
    engine.kind = EngineKind::Podman;
    engine.program = u"/usr/bin/podman"_s;
    engine.clientVersion = u"4.3.1"_s;
    engine.rootless = true;
    engine.storageDriver = u"overlay"_s;
    engine.ociRuntime = u"runc"_s;
    engine.memoryLimit = Ability::Yes;
    return engine;
}

Engine PreparedState::stoppedDocker()
{
    Engine engine;
    engine.kind = EngineKind::Docker;
    engine.program = u"/usr/bin/docker"_s;
    engine.clientVersion = u"28.2.2"_s;
    engine.endpoint.address = u"unix:///var/run/docker.sock"_s;
    engine.problems.append({EngineProblemCode::DaemonNotRunning, true, u"Docker's daemon is not running."_s,
                            u"Start it, or use Podman."_s,
                            Command{u"sudo"_s, {u"systemctl"_s, u"start"_s, u"docker"_s}, {}, {}},
                            u"Cannot connect to the Docker daemon at unix:///var/run/docker.sock."_s});
    return engine;
}

static ForkStatus cleanFork(const Paths &paths)
{
    ForkStatus fork;
    fork.name = u"attention"_s;
    fork.path = paths.forks() + u"/attention"_s;
    fork.branch = u"main"_s;
    fork.commit = u"8c1f04e2d94b5a0c1f04e2d94b5a0c1f04e2d94b"_s;
    return fork;
}

DesktopSources PreparedState::sources() const
{
    DesktopSources sources = DesktopSources::real(m_paths);
    sources.machine.engines = [] { return ready(QList<Engine>{podman(), stoppedDocker()}); };
    sources.gpu = {}; // not watched
    sources.machine.gpus = [] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>{})); };
    sources.machine.host = [] { return ready(HostResources{16, 125LL << 30, 412'000'000'000, u"/"_s}); };
    sources.forks.advise = [this](const ForkStatus &fork, const std::optional<Environment> &environment,
                                  const std::optional<Engine> &) { return advise(fork, environment); };
    sources.environments.status = [paths = m_paths, layersBuilt = m_layersBuilt](const Environment &environment,
                                                                                 const Engine &) {
        EnvironmentStatus status;
        const bool isStarter = environment.name == u"starter"_s; // the others were never set up
        const int built = isStarter ? layersBuilt : 0;
        const std::array sizes{412'000'000LL, 631'000'000LL, 655'000'000LL};
        for (qsizetype i = 0; i < environment.layers.size(); ++i) {
            const bool present = i < built;
            LayerStatus layer;
            layer.name = environment.layers[i].name;
            layer.present = present;
            layer.sizeBytes = present ? sizes[static_cast<std::size_t>(i % 3)] : 0;
            status.layers.append(layer);
            status.diskBytes += status.layers.last().sizeBytes;
        }
        if (!isStarter) {
            status.readiness = Readiness::NotBuilt;
            return status;
        }
        const Result<QList<BuildSummary>> builds = listBuilds(paths);
        if (builds && !builds->isEmpty())
            status.lastBuild = builds->first();
        QDateTime validated;
        for (const BuildSummary &build : builds ? *builds : QList<BuildSummary>()) {
            const auto plan = Plan::read(BuildFolder::of(paths, build.id).plan());
            const auto outcome = plan ? readOutcome(paths, build, *plan) : std::nullopt;
            if (!outcome || !outcome->verdict || !outcome->scope.isWhole())
                continue;
            status.lastValidation = outcome->verdict;
            status.lastValidationScope = outcome->scope;
            status.lastValidationBuild = build.id;
            validated = outcome->ended;
            break;
        }
        if (status.lastBuild && status.lastBuild->status == BuildStatus::Failed && built < environment.layers.size())
            status.failedLayer = environment.layers[built].name;
        status.fork = cleanFork(paths);
        status.readiness = readinessOf(status, environment, validated);
        return status;
    };
    return sources;
}

static QByteArray recorded(const QString &file)
{
    QFile source(QStringLiteral(KERNELYARD_TEST_DATA) + u'/' + file);
    require(source.open(QIODevice::ReadOnly), qPrintable(file));
    return source.readAll();
}

/// A recording as it came: what went to standard error behind the last instruction, where the work of it was done.
static QList<std::pair<Stream, QByteArray>> recordedLines(const QString &file)
{
    QList<std::pair<Stream, QByteArray>> lines;
    qsizetype behind = 0;
    for (const QByteArray &line : recorded(file).split('\n')) {
        lines.append({Stream::Out, line + '\n'});
        if (line.startsWith("STEP ") && line.contains(" RUN "))
            behind = lines.size();
    }
    if (lines.last().second == "\n")
        lines.removeLast();
    const QString errorFile = file.chopped(6) + u"stderr"_s;
    if (!file.endsWith(u".stdout") || !QFile::exists(QStringLiteral(KERNELYARD_TEST_DATA) + u'/' + errorFile))
        return lines;
    QList<QByteArray> errors = recorded(errorFile).split('\n');
    errors.removeLast();
    for (const QByteArray &line : std::as_const(errors))
        lines.insert(behind++, {Stream::Err, line + '\n'});
    return lines;
}

void PreparedState::write(const QString &purpose, const QDateTime &started, const QList<Part> &parts, End end)
{
    const Catalog catalog = readCatalog(m_paths);
    const Environment *starter = catalog.find(u"starter"_s);
    require(starter, "the starter environment");
    PlanRequest request;
    request.purpose = purpose == u"validate"_s ? PlanRequest::Purpose::Validate : PlanRequest::Purpose::Setup;
    PlanFacts facts;
    facts.ctl = u"/usr/bin/kernelyardctl"_s;
    facts.suffix = u"k3f9"_s;
    Result<Plan> plan = makePlan(*starter, podman(), request, facts, m_paths);
    require(plan.has_value(), "a plan");
    plan->created = started;

    const BuildFolder folder{m_paths.builds() + u'/' + BuildId(m_next++).folderName()};
    require(QDir().mkpath(folder.path), "a build's folder");
    QFile file(folder.plan());
    require(file.open(QIODevice::WriteOnly) && file.write(plan->toJson()) > 0, "plan.json");
    file.close();
    if (end == End::Running) {
        Result<BuildLock> lock = BuildLock::take(folder.lock());
        require(lock.has_value(), "a lock");
        m_alive.push_back(std::move(*lock));
    } else {
        QFile lock(folder.lock());
        require(lock.open(QIODevice::WriteOnly), "a lock file");
    }

    JournalWriter journal;
    require(journal.create(folder.path).has_value(), "a journal");
    const auto append = [&journal](BuildTime at, auto fact) {
        require(journal.append(Record{at, std::move(fact)}).has_value(), "a record");
    };
    BuildTime now{0};
    BuildTime cpu{0};
    append(now, Opened{started, 4711, u"0.1.0"_s});
    append(now, SampledFrom{SampledFrom::What::Containers, CgroupMode::V2, 4LL << 30});
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const auto task =
            static_cast<int>(std::find_if(plan->tasks.cbegin(), plan->tasks.cend(),
                                          [&](const Task &known) { return known.name == parts[i].task; }) -
                             plan->tasks.cbegin());
        require(task < plan->tasks.size(), qPrintable(parts[i].task));
        append(now, TaskStarted{task, 4712});
        const auto lines =
            parts[i].file.isEmpty() ? QList<std::pair<Stream, QByteArray>>() : recordedLines(parts[i].file);
        const auto shown = static_cast<qsizetype>(static_cast<double>(lines.size()) * parts[i].share);
        const bool compiles = parts[i].task == u"builder"; // it takes the most, in waves, as its units begin and end
        BuildTime sampled{0};
        const auto sampleUntil = [&](BuildTime until) {
            for (sampled += std::chrono::seconds(1); sampled <= until; sampled += std::chrono::seconds(1)) {
                const qint64 second = sampled / std::chrono::seconds(1);
                const qint64 mib = compiles ? 240 + std::min<qint64>(second, 12) * 90 + second * 7919 % 23 * 28
                                            : 90 + std::min<qint64>(second, 9) * 22;
                cpu += std::chrono::milliseconds(compiles ? 1850 : 700);
                append(now + sampled, Sample{mib << 20, cpu});
            }
            sampled -= std::chrono::seconds(1);
        };
        for (qsizetype line = 0; line < shown; ++line) {
            const BuildTime at = parts[i].lasts * line / shown;
            sampleUntil(at);
            require(journal.appendOutput(now + at, task, lines[line].first, lines[line].second).has_value(), "output");
        }
        sampleUntil(parts[i].lasts);
        now += parts[i].lasts;
        if (end == End::Running && i + 1 == parts.size()) {
            require(journal.flush().has_value(), "the journal");
            return;
        }
        append(now, TaskExited{task, parts[i].exitCode});
    }
    append(now, Closed{end == End::Done ? Outcome::Done : Outcome::Failed, {}});
}

static QDateTime ago(std::chrono::minutes time)
{
    return QDateTime::currentDateTime().addSecs(-std::chrono::seconds(time).count());
}

void PreparedState::addBenchmark()
{
    const Benchmark benchmark = preparedBenchmark(ago(std::chrono::minutes(290)));
    require(QDir().mkpath(BenchmarkFolder(m_paths, benchmark.number).path), "folders");
    require(writeBenchmark(m_paths, benchmark).has_value(), "a benchmark");
}

void PreparedState::addEndedBuilds()
{
    using namespace std::chrono_literals;
    const QString podmanData = u"starter-layers/podman-4.3.1/"_s;
    write(u"setup"_s, ago(190min),
          {{u"base"_s, {}, 0, 41s},
           {u"wheels"_s, podmanData + u"dev.stdout"_s, 0, 38s},
           {u"builder"_s, podmanData + u"builder-failed.stdout"_s, 1, 19s}},
          End::Failed);
    write(u"setup"_s, ago(150min),
          {{u"base"_s, {}, 0, 200ms},
           {u"wheels"_s, podmanData + u"dev-cached.stdout"_s, 0, 300ms},
           {u"builder"_s, podmanData + u"builder.stdout"_s, 0, 58s},
           {u"dev"_s, podmanData + u"dev.stdout"_s, 0, 31s},
           {u"fork"_s, {}, 0, 900ms},
           {u"validate"_s, u"validation/pass.jsonl"_s, 0, 7s}},
          End::Done);
    write(u"setup"_s, ago(44min),
          {{u"base"_s, {}, 0, 100ms},
           {u"wheels"_s, podmanData + u"dev-cached.stdout"_s, 0, 200ms},
           {u"builder"_s, podmanData + u"builder-cached.stdout"_s, 0, 300ms},
           {u"dev"_s, podmanData + u"dev-cached.stdout"_s, 0, 200ms},
           {u"fork"_s, {}, 0, 40ms},
           {u"validate"_s, u"validation/quick-pass.jsonl"_s, 0, 3s}},
          End::Done);
    write(u"validate"_s, ago(12min), {{u"validate"_s, u"validation/pass.jsonl"_s, 0, 7s}}, End::Done);
}

void PreparedState::addFailedSetup()
{
    using namespace std::chrono_literals;
    const QString podmanData = u"starter-layers/podman-4.3.1/"_s;
    write(u"setup"_s, ago(6min),
          {{u"base"_s, {}, 0, 200ms},
           {u"wheels"_s, podmanData + u"dev-cached.stdout"_s, 0, 300ms},
           {u"builder"_s, podmanData + u"builder-failed.stdout"_s, 1, 19s}},
          End::Failed);
}

void PreparedState::addValidation(const QString &recording)
{
    using namespace std::chrono_literals;
    write(u"validate"_s, ago(4min), {{u"validate"_s, u"validation/"_s + recording, 0, 41s}}, End::Done);
}

QString PreparedState::newestBuild() const
{
    return m_paths.builds() + u'/' + BuildId(m_next - 1).folderName();
}

void PreparedState::addFailedValidation(const QString &recording)
{
    using namespace std::chrono_literals;
    write(u"validate"_s, ago(3min), {{u"validate"_s, u"validation/"_s + recording, 1, 5s}}, End::Failed);
}

void PreparedState::addEarlierSetups()
{
    using namespace std::chrono_literals;
    const QString podmanData = u"starter-layers/podman-4.3.1/"_s;
    for (int i = 0; i < 4; ++i)
        write(u"setup"_s, ago(72h - i * 9h),
              {{u"base"_s, {}, 0, 200ms},
               {u"wheels"_s, podmanData + u"dev-cached.stdout"_s, 0, 300ms},
               {u"builder"_s, podmanData + u"builder.stdout"_s, 0, 84s + i * 7s},
               {u"dev"_s, podmanData + u"dev.stdout"_s, 0, 27s},
               {u"fork"_s, {}, 0, 900ms},
               {u"validate"_s, u"validation/pass.jsonl"_s, 0, 7s}},
              End::Done);
}

void PreparedState::addRunningSetup()
{
    using namespace std::chrono_literals;
    const QString podmanData = u"starter-layers/podman-4.3.1/"_s;
    write(u"setup"_s, ago(1min),
          {{u"base"_s, {}, 0, 200ms},
           {u"wheels"_s, podmanData + u"dev-cached.stdout"_s, 0, 300ms},
           {u"builder"_s, podmanData + u"builder.stdout"_s, 0, 59s, 0.57}},
          End::Running);
}

void PreparedState::addBrokenEnvironment()
{
    QFile file(m_paths.userEnvironments() + u"/nightly.yml"_s);
    require(file.open(QIODevice::WriteOnly), "an environment file");
    file.write("name: nightly\nlayers:\n  - name: wheels\n    dockerfiel: wheels.Dockerfile\n");
}

} // namespace kernelyard::test
