// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/detect.h"

#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/engine/engineinfo.h"
#include "core/engine/enginesocket.h"
#include "core/engine/logprobe.h"
#include "core/engine/problems.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QFile>
#include <QThreadPool>
#include <QtConcurrent>

#include <algorithm>
#include <cerrno>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

namespace {

// Two rounds of probes follow each other: which endpoints there are, then what each of them says. With the time that
// ending a hung client takes, both stay within 5 s.
constexpr auto listLimit = 1500ms;
constexpr auto infoLimit = 2500ms;
/// The local Podman waits for no list; `podman info` takes 0.2 s on an idle machine, and over 1 s on a busy one.
constexpr auto podmanLimit = 4000ms;

using Engines = QList<Engine>;

/// Runs \a work on a thread of \a pool.
template <class Work>
auto async(QThreadPool &pool, Work &&work)
{
    return QtConcurrent::run(&pool, std::forward<Work>(work));
}

QByteArray outputOf(const Command &command)
{
    const Result<Completed> done = run(command, listLimit);
    return done && done->exitCode == 0 ? done->out : QByteArray();
}

Engine missing(EngineKind kind, const HostFacts &facts)
{
    Engine engine;
    engine.kind = kind;
    engine.problems << problem::notInstalled(kind, facts);
    return engine;
}

void addRunError(Engine &engine, const Command &command, const Error &error)
{
    engine.problems << (error.kind == ErrorKind::Timeout
                            ? problem::timedOut(command.display(), error.detail)
                            : problem::other(command.display(), error.message + u'\n' + error.detail));
}

Engine podmanAt(const QString &program, const Endpoint &endpoint, const HostFacts &facts)
{
    Engine engine;
    engine.kind = EngineKind::Podman;
    engine.program = program;
    engine.endpoint = endpoint;
    if (endpoint.kind == Endpoint::Kind::Connection)
        engine.globalArguments = QStringList{u"--connection"_s, endpoint.name};
    const Command info{program, engine.globalArguments + QStringList{u"info"_s, u"--format"_s, u"json"_s}, {}, {}};
    const Result<Completed> done = run(info, endpoint.kind == Endpoint::Kind::Default ? podmanLimit : infoLimit);
    if (!done)
        addRunError(engine, info, done.error());
    else if (done->exitCode == 0)
        readPodmanInfo(engine, done->out, facts);
    else if (facts.find(u"crun"_s).isEmpty() && facts.find(u"runc"_s).isEmpty())
        engine.problems << problem::runtimeMissing({}, facts);
    else
        engine.problems << problem::other(info.display(), QString::fromUtf8(done->err));
    return engine;
}

Engines podmans(QThreadPool &pool, const HostFacts &facts)
{
    const QString program = facts.find(u"podman"_s);
    if (program.isEmpty())
        return {missing(EngineKind::Podman, facts)};
    QList<QFuture<Engine>> found{async(pool, [=] { return podmanAt(program, {}, facts); })};
    const Command list{program, {u"system"_s, u"connection"_s, u"ls"_s, u"--format"_s, u"json"_s}, {}, {}};
    for (const Endpoint &endpoint : readPodmanConnections(outputOf(list)))
        found << async(pool, [=] { return podmanAt(program, endpoint, facts); });
    Engines engines;
    for (QFuture<Engine> &future : found)
        engines << future.result();
    return engines;
}

/// Whether the daemon of process \a daemon was told to keep more than BuildKit's defaults of a step's output. Only
/// readable for the daemon's own user and root.
bool keepsLogs(pid_t daemon)
{
    QFile file(u"/proc/%1/environ"_s.arg(daemon));
    if (daemon <= 1 || !file.open(QIODevice::ReadOnly))
        return false;
    constexpr qint64 enough = 1 << 30;
    int lifted = 0;
    for (const QByteArray &variable : file.readAll().split('\0'))
        for (const char *name : {"BUILDKIT_STEP_LOG_MAX_SIZE=", "BUILDKIT_STEP_LOG_MAX_SPEED="})
            if (variable.startsWith(name) && variable.mid(qstrlen(name)).toLongLong() >= enough)
                ++lifted;
    return lifted == 2;
}

/// What its socket says of a daemon; false when there is no use in asking further.
bool socketAnswers(Engine &engine, pid_t &daemon, const HostFacts &facts)
{
    const QString path = socketPath(engine.endpoint.address);
    if (path.isEmpty())
        return true;
    const SocketAnswer answer = askSocket(engine.endpoint.address);
    daemon = answer.peer;
    if (answer.error == 0)
        return true;
    const QString reason = QString::fromLocal8Bit(std::strerror(answer.error));
    if (answer.error == EACCES || answer.error == EPERM) {
        engine.problems << problem::socketPermission(path, facts);
    } else {
        const bool own = path.startsWith(facts.runtimeFolder + u'/');
        const bool installed = !facts.find(u"dockerd"_s).isEmpty();
        engine.problems << problem::daemonNotRunning(path, installed, own, facts, reason);
    }
    return false;
}

/// What was measured of the builder once, else what is to be supposed of it. A daemon that was given the room since
/// it was measured has it.
void addLogLimits(Engine &engine, pid_t daemon)
{
    if (keepsLogs(daemon))
        return;
    engine.problems << problem::logsClipped();
    if (const auto capacity = knownLogCapacity(engine, Paths::fromEnvironment().cache))
        applyLogCapacity(engine, *capacity);
}

Engine dockerAt(const QString &program, const Endpoint &endpoint, const QStringList &globalArguments,
                const HostFacts &facts)
{
    Engine engine;
    engine.kind = EngineKind::Docker;
    engine.program = program;
    engine.endpoint = endpoint;
    engine.globalArguments = globalArguments;
    pid_t daemon = 0;
    const bool answers = socketAnswers(engine, daemon, facts);
    const Command info{program, globalArguments + QStringList{u"info"_s, u"--format"_s, u"{{json .}}"_s}, {}, {}};
    const Result<Completed> done = run(info, infoLimit);
    if (!done) {
        addRunError(engine, info, done.error());
        return engine;
    }
    const bool hasServer = readDockerInfo(engine, done->out, facts);
    if (!hasServer && answers)
        engine.problems << problem::daemonNotRunning(endpoint.address, true, false, facts,
                                                     QString::fromUtf8(done->err).trimmed());
    if (qEnvironmentVariable("DOCKER_BUILDKIT") == u"0") // the user wants the classic builder
        engine.buildxVersion.clear();
    if (engine.backend() == BuildBackend::Buildx) {
        // Each context has a builder of its name; an address given by hand counts as the default one.
        const bool named = globalArguments.value(0) == u"--context";
        engine.buildArguments = QStringList{u"--builder"_s, named ? globalArguments.at(1) : u"default"_s};
        if (hasServer)
            addLogLimits(engine, daemon);
    }
    return engine;
}

struct Target
{
    Endpoint endpoint;
    QStringList globalArguments;
};

/// Where Docker may answer: the current context (or DOCKER_HOST), the other contexts, and the usual sockets that exist
/// beside them. The words say it all again, so that a plan means the same daemon in another environment.
QList<Target> dockerTargets(const QList<DockerContext> &contexts, const HostFacts &facts)
{
    QList<Target> targets;
    const QString system = u"unix:///var/run/docker.sock"_s;
    for (const DockerContext &context : contexts) {
        const bool isDefault = context.name == u"default";
        Target target{{isDefault ? Endpoint::Kind::Default : Endpoint::Kind::Context,
                       isDefault ? QString() : context.name, context.address},
                      {u"--context"_s, context.name}};
        if (isDefault && context.address != system)
            target.globalArguments = QStringList{u"--host"_s, context.address};
        context.current ? targets.prepend(target) : targets.append(target);
    }
    if (targets.isEmpty()) { // the list hangs or is unknown to a very old client
        const QString address = facts.dockerHost.isEmpty() ? system : facts.dockerHost;
        targets.append({{Endpoint::Kind::Default, {}, address}, {u"--host"_s, address}});
    }
    for (const auto &[name, address] :
         {std::pair{u"rootless"_s, QString(u"unix://"_s + facts.runtimeFolder + u"/docker.sock")},
          std::pair{u"system"_s, system}}) {
        const bool known = std::any_of(targets.begin(), targets.end(),
                                       [&, a = address](const Target &t) { return t.endpoint.address == a; });
        if (!known && QFile::exists(socketPath(address)))
            targets.append({{Endpoint::Kind::Socket, name, address}, {u"--host"_s, address}});
    }
    return targets;
}

/// The builders that live beside the daemon, in containers or clusters.
Engines isolatedBuilders(const QList<BuildxBuilder> &builders, const Engine &docker)
{
    Engines engines;
    for (const BuildxBuilder &builder : builders) {
        if (builder.driver == u"docker")
            continue;
        Engine engine = docker;
        engine.endpoint = {Endpoint::Kind::Builder, builder.name, docker.endpoint.address};
        engine.buildArguments = QStringList{u"--builder"_s, builder.name, u"--load"_s};
        engine.problems << problem::builderIsolated(builder.name);
        engines << engine;
    }
    return engines;
}

Engines dockers(QThreadPool &pool, const HostFacts &facts)
{
    const QString program = facts.find(u"docker"_s);
    if (program.isEmpty())
        return {missing(EngineKind::Docker, facts)};
    const auto ask = [&](const QStringList &words) {
        return async(pool, [=] { return outputOf(Command{program, words, {}, {}}); });
    };
    QFuture<QByteArray> builderList = ask({u"buildx"_s, u"ls"_s, u"--format"_s, u"{{json .}}"_s});
    QFuture<QByteArray> version = ask({u"version"_s, u"--format"_s, u"{{json .}}"_s});
    const QByteArray contexts = outputOf(Command{program, {u"context"_s, u"ls"_s, u"--format"_s, u"json"_s}, {}, {}});
    QList<QFuture<Engine>> found;
    for (const Target &target : dockerTargets(readDockerContexts(contexts), facts))
        found << async(pool, [=] { return dockerAt(program, target.endpoint, target.globalArguments, facts); });
    Engines engines;
    for (QFuture<Engine> &future : found) {
        engines << future.result();
        if (engines.last().clientVersion.isEmpty())
            readDockerVersion(engines.last(), version.result());
    }
    version.waitForFinished();
    engines += isolatedBuilders(readBuilders(builderList.result()), engines.first());
    return engines;
}

/// Of \a only kind, or of both.
Engines detect(const HostFacts &facts, std::optional<EngineKind> only = {})
{
    QThreadPool pool;
    pool.setMaxThreadCount(16); // they wait for children; each round must start at once
    QFuture<Engines> docker;
    if (only != EngineKind::Podman)
        docker = async(pool, [&] { return dockers(pool, facts); });
    Engines engines;
    if (only != EngineKind::Docker)
        engines = podmans(pool, facts);
    if (only != EngineKind::Podman)
        engines += docker.result();
    pool.waitForDone();
    std::stable_partition(engines.begin(), engines.end(), [](const Engine &engine) { return engine.isUsable(); });
    for (const Engine &engine : engines) {
        QStringList codes;
        for (const EngineProblem &problem : engine.problems)
            codes << problemName(problem.code);
        log(LogDomain::Engine)
            .info("{}: {}, {}, problems: {}", engine.id().toStdString(), engine.display().toStdString(),
                  engine.isUsable() ? "usable" : "not usable", codes.join(u' ').toStdString());
    }
    return engines;
}

} // namespace

QFuture<QList<Engine>> detectEngines()
{
    return QtConcurrent::run([] { return detect(HostFacts::ofThisMachine()); });
}

QFuture<QList<Engine>> detectEngines(const HostFacts &facts)
{
    return QtConcurrent::run([facts] { return detect(facts); });
}

Result<Engine> findEngine(const HostFacts &facts, const QString &id)
{
    const QString kind = id.section(u':', 0, 0);
    if (kind == u"podman" || kind == u"docker") {
        Result<Engine> engine =
            chooseEngine(detect(facts, kind == u"podman" ? EngineKind::Podman : EngineKind::Docker), id);
        if (engine)
            return engine;
    }
    return chooseEngine(detect(facts), id); // to choose from all, or to name all
}

Result<Engine> findEngine(const QString &id)
{
    return findEngine(HostFacts::ofThisMachine(), id);
}

static Error unusable(const QString &message, const Engine &engine)
{
    Error error{ErrorKind::Missing, message, {}, {}};
    for (const EngineProblem &problem : engine.problems) {
        if (!problem.blocking)
            continue;
        error.message += u' ' + problem.cause;
        error.detail = problem.detail;
        error.remedy = problem.fix ? problem.remedy + u' ' + problem.fix->display() : problem.remedy;
        break;
    }
    return error;
}

Result<Engine> chooseEngine(const QList<Engine> &engines, const QString &id)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Engine", text); };
    if (id.isEmpty()) {
        for (const Engine &engine : engines)
            if (engine.isUsable())
                return engine;
        return Failure(unusable(tr("No engine can be used."), engines.value(0)));
    }
    QStringList known;
    for (const Engine &engine : engines) {
        if (engine.id() == id) {
            if (engine.isUsable())
                return engine;
            return Failure(unusable(tr("The engine %1 can't be used.").arg(id), engine));
        }
        known << engine.id();
    }
    return Failure(Error{
        ErrorKind::NotFound, tr("There is no engine %1.").arg(id), {}, tr("Known here: %1.").arg(known.join(u", "_s))});
}

} // namespace kernelyard
