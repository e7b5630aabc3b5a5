// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/planner.h"

#include "core/base/log.h"
#include "core/build/forkadvice.h"
#include "core/engine/argv.h"
#include "core/environment/baseimage.h"
#include "core/environment/choices.h"
#include "core/environment/imagename.h"
#include "core/environment/layerorder.h"
#include "core/environment/reference.h"
#include "core/fork/fork.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QTemporaryDir>

#include <unistd.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Plan", text);
}

/// One planning at work: the environment with its choices made, and what everything else is derived from.
struct Planner
{
    const Environment &file;        ///< as it was read
    const Environment &environment; ///< choices replaced
    const Engine &engine;
    const PlanRequest &request;
    const PlanFacts &facts;
    const Paths &paths;
    ChosenValues chosen; ///< all of them, with their values

    QString layerReference(const Reference &reference) const
    {
        return reference.kind == u"base" ? environment.baseTag() : environment.imageTag(reference.name);
    }

    /// A command of our own, with the choices that \a text depends on, defaults too: what counts where none is given
    /// may be another one when the build's turn comes.
    Command ctl(QStringList words, const QString &text) const
    {
        for (const Reference &reference : referencesIn(text).value_or(QList<Reference>()))
            for (const auto &[name, value] : chosen)
                if (name == reference.name)
                    words << u"--choice"_s << QString(name + u'=' + value);
        return {facts.ctl, words, {}, {}};
    }

    Task base() const
    {
        Task task;
        task.name = u"base"_s;
        task.kind = TaskKind::Base;
        task.title = tr("Base image %1").arg(environment.base.pull);
        task.command = ctl({u"base"_s, environment.name, u"--engine"_s, engine.id()}, file.base.pull);
        task.image = environment.baseTag();
        return task;
    }

    /// It holds what the shipped sources compile to: rebuild advice compares the fork, made from them, with their
    /// commit.
    bool isCompiledFromSeed(const Layer &layer) const
    {
        return environment.rebuild && environment.rebuild->heldLayer == layer.name && environment.fork &&
               environment.fork->url.isEmpty() && layer.context == environment.fork->seed;
    }

    Task layer(const Layer &layer) const
    {
        ImageBuild build;
        const bool classic = engine.backend() == BuildBackend::Classic && !layer.classicDockerfile.isEmpty();
        build.dockerfile = classic ? layer.classicDockerfile : layer.dockerfile;
        build.context = layer.context;
        build.tag = environment.imageTag(layer.name);
        build.target = layer.target;
        build.noCache = request.noCache;
        build.offline = layer.offline;
        for (const QString &registry : request.cacheFrom)
            build.cacheFrom << remoteImage(environment, layer.name, registry, request.tag);
        if (!request.cacheTo.isEmpty())
            build.cacheTo = request.cacheTo == u"inline"
                                ? request.cacheTo
                                : remoteImage(environment, layer.name, request.cacheTo, request.tag);
        if (!facts.seedCommit.isEmpty() && isCompiledFromSeed(layer))
            build.labels = {{QLatin1StringView(revisionLabel), facts.seedCommit}};
        for (const auto &[name, value] : layer.arguments)
            build.arguments.append(
                {name, substituted(
                           value, [this](const Reference &r) { return layerReference(r); }, Pass::Last)});
        Task task;
        task.name = layer.name;
        task.kind = TaskKind::Layer;
        task.title = tr("Layer %1").arg(layer.name);
        task.command = buildImage(engine, build);
        task.format = buildFormat(engine);
        task.image = build.tag;
        return task;
    }

    /// \a source as it was read: its choices go to the command.
    Task fork(const ForkSource &source) const
    {
        Task task;
        task.name = u"fork"_s;
        task.kind = TaskKind::Fork;
        task.title = tr("Fork %1").arg(source.name);
        task.command = ctl({u"fork"_s, u"ensure"_s, environment.name}, source.url);
        // By then the settings may name another folder; what mounts the checkout has this one.
        task.command.arguments << u"--below"_s << paths.data;
        return task;
    }

    Task transfer(const QString &name, const QString &title, const Command &command, const QString &image) const
    {
        Task task;
        task.name = name;
        task.kind = TaskKind::Transfer;
        task.title = title;
        task.command = command;
        task.image = image;
        return task;
    }

    QList<Task> push(const Layer &layer) const
    {
        const QString local = environment.imageTag(layer.name);
        const QString remote = remoteImage(environment, layer.name, request.registry, request.tag);
        QList<Task> tasks;
        if (engine.kind == EngineKind::Docker)
            tasks << transfer(u"tag-"_s + layer.name, tr("Name layer %1 for %2").arg(layer.name, request.registry),
                              tagImage(engine, local, remote), remote);
        return tasks << transfer(u"push-"_s + layer.name, tr("Push layer %1 to %2").arg(layer.name, request.registry),
                                 pushImage(engine, local, remote), remote);
    }

    QList<Task> pull(const Layer &layer) const
    {
        const QString local = environment.imageTag(layer.name);
        const QString remote = remoteImage(environment, layer.name, request.registry, request.tag);
        return {transfer(u"pull-"_s + layer.name, tr("Pull layer %1 from %2").arg(layer.name, request.registry),
                         pullImage(engine, remote), remote),
                transfer(u"tag-"_s + layer.name, tr("Take it as layer %1").arg(layer.name),
                         tagImage(engine, remote, local), local)};
    }

    Task validation(const ValidationSuite &suite) const
    {
        const QString script = suite.mountAt + u'/' + QFileInfo(suite.script).fileName();
        const QString cases = suite.mountAt + u'/' + QFileInfo(suite.suite).fileName();
        ContainerRun run;
        run.image = environment.imageTag(suite.layer);
        run.name = u"kernelyard-"_s + environment.name + u"-validate-"_s + facts.suffix;
        run.mounts = {{suite.script, script, true}, {suite.suite, cases, true}};
        run.user = ContainerUser{facts.uid, facts.gid}; // the fork's build tree is the user's own
        if (environment.fork) {
            run.mounts.append({forkPath(environment, paths), environment.fork->mountAt, false});
            run.workingDirectory = environment.fork->mountAt;
        }
        for (const QString &word : suite.command)
            run.command << substituted(
                word,
                [&](const Reference &reference) -> std::optional<QString> {
                    if (reference.kind == u"script")
                        return script;
                    if (reference.kind == u"suite")
                        return cases;
                    return environment.fork ? environment.fork->mountAt : QString();
                },
                Pass::Last);
        run.command << request.validationArguments;
        run.labels = {{u"kernelyard.environment"_s, environment.name}, {u"kernelyard.task"_s, u"validate"_s}};
        run.gpus = engine.gpu == Ability::Yes;
        Task task;
        task.name = u"validate"_s;
        task.kind = TaskKind::Validation;
        task.title = tr("Validation in %1").arg(suite.layer);
        task.command = runContainer(engine, run);
        task.image = run.image;
        task.containers = {run.name};
        return task;
    }
};

Error unknownLayer(const Environment &environment, const QString &name)
{
    QStringList known;
    for (const Layer &layer : environment.layers)
        known << layer.name;
    return {ErrorKind::Invalid,
            tr("%1 has no layer \"%2\".").arg(environment.name, name),
            {},
            tr("Its layers are: %1.").arg(known.join(u", "_s))};
}

/// The builder inside of a Docker daemon that keeps images by a graph driver, as all did before the containerd store.
bool isDockersOwnBuilder(const Engine &engine)
{
    static const QStringList graphDrivers{u"overlay2"_s, u"fuse-overlayfs"_s, u"btrfs"_s,       u"zfs"_s,
                                          u"vfs"_s,      u"aufs"_s,           u"devicemapper"_s};
    return engine.backend() == BuildBackend::Buildx && engine.endpoint.kind != Endpoint::Kind::Builder &&
           graphDrivers.contains(engine.storageDriver);
}

/// A registry as host[:port][/path], and caches that the engine can keep.
std::optional<Error> refused(const PlanRequest &request, const Engine &engine)
{
    QStringList registries = request.cacheFrom;
    const bool transfers =
        request.purpose == PlanRequest::Purpose::Push || request.purpose == PlanRequest::Purpose::Pull;
    if (transfers)
        registries << request.registry;
    if (!request.cacheTo.isEmpty() && request.cacheTo != u"inline")
        registries << request.cacheTo;
    for (const QString &registry : registries) {
        const QString host = registry.section(u'/', 0, 0);
        const bool named = host == u"localhost" || host.contains(u'.') || host.contains(u':');
        if (!named || !ImageName::fromText(registry + u"/image:"_s + request.tag))
            return Error{ErrorKind::Invalid,
                         tr("\"%1\" is no registry, or \"%2\" no tag.").arg(registry, request.tag),
                         {},
                         tr("Expected HOST[:PORT][/PATH] without http://, such as registry.example.org:5000/kernels.")};
    }
    if (request.cacheTo != u"inline" && !request.cacheTo.isEmpty() && isDockersOwnBuilder(engine))
        return Error{
            ErrorKind::Unsupported,
            tr("%1 can't write a cache to %2: its own builder does so only from the containerd image store, and "
               "its images lie in %3.")
                .arg(engine.display(), request.cacheTo, engine.storageDriver),
            {},
            tr("Put it into the images (--cache-to inline), or turn Docker's containerd image store on.")};
    if (request.cacheTo.isEmpty() || engine.backend() == BuildBackend::Buildx ||
        (engine.backend() == BuildBackend::Podman && request.cacheTo != u"inline"))
        return {};
    return Error{ErrorKind::Unsupported,
                 tr("%1 can't write a cache to %2.").arg(engine.display(), request.cacheTo),
                 {},
                 engine.backend() == BuildBackend::Podman
                     ? tr("Podman keeps no cache within an image; give a registry.")
                     : tr("The classic builder can't; install buildx, or use Podman.")};
}

QString purposeName(PlanRequest::Purpose purpose)
{
    switch (purpose) {
    case PlanRequest::Purpose::Setup:
        return u"setup"_s;
    case PlanRequest::Purpose::Build:
        return u"build"_s;
    case PlanRequest::Purpose::Validate:
        return u"validate"_s;
    case PlanRequest::Purpose::Push:
        return u"push"_s;
    case PlanRequest::Purpose::Pull:
        return u"pull"_s;
    }
    return {};
}

} // namespace

PlanFacts PlanFacts::ofThisMachine(const Environment &environment, const Paths &paths)
{
    PlanFacts facts = ofThisMachine();
    facts.gpu = GpuFacts::of(environment, paths, facts.ctl);
    if (environment.fork && environment.fork->url.isEmpty() && !environment.fork->seed.isEmpty()) {
        // Without it a build is the same; what it lacks is a word for the advice. Before there is a repository, one
        // aside gives the commit that it will have: a plan that is only looked at leaves nothing behind.
        const QString path = seedPath(paths.seeds(), environment.fork->name);
        const QTemporaryDir aside;
        const auto commit =
            seedRepository(environment.fork->seed, QFileInfo::exists(path) ? path : aside.filePath(u"seed.git"_s));
        if (commit)
            facts.seedCommit = *commit;
        else
            log(LogDomain::Fork).warn("{}", commit.error().message.toStdString());
    }
    return facts;
}

PlanFacts PlanFacts::ofThisMachine()
{
    PlanFacts facts;
    facts.ctl = QCoreApplication::applicationDirPath() + u"/kernelyardctl"_s;
    facts.uid = getuid();
    facts.gid = getgid();
    for (int i = 0; i < 8; ++i)
        facts.suffix += QChar(u'a' + QRandomGenerator::system()->bounded(26));
    return facts;
}

QString remoteImage(const Environment &environment, const QString &layer, const QString &registry, const QString &tag)
{
    return registry + u'/' + environment.name + u'-' + layer + u':' + tag;
}

QString forkPath(const Environment &environment, const Paths &paths)
{
    return environment.fork ? QString(paths.forks() + u'/' + environment.fork->name) : QString();
}

Result<Plan> makePlan(const Environment &environment, const Engine &engine, const PlanRequest &request,
                      const PlanFacts &facts, const Paths &paths)
{
    if (auto error = refused(request, engine))
        return Failure(*error);
    const auto detected = architectureChoices(environment, request.choices, facts.gpu);
    if (!detected)
        return Failure(detected.error());
    ChosenValues asked = request.choices;
    for (const ArchitectureChoice &choice : *detected)
        asked.append({choice.name, choice.value}); // the last one of a name counts
    const auto choices = effectiveChoices(environment, asked);
    if (!choices)
        return Failure(choices.error());
    const auto resolved = withChoices(environment, asked);
    if (!resolved)
        return Failure(resolved.error());
    const Environment &chosen = *resolved;
    if (!request.onlyLayer.isEmpty() && !environment.layer(request.onlyLayer))
        return Failure(unknownLayer(environment, request.onlyLayer));
    const bool validates =
        request.purpose == PlanRequest::Purpose::Setup || request.purpose == PlanRequest::Purpose::Validate;
    const bool builds =
        request.purpose == PlanRequest::Purpose::Setup || request.purpose == PlanRequest::Purpose::Build;
    if (request.purpose == PlanRequest::Purpose::Validate && !environment.validation)
        return Failure(Error{ErrorKind::Unsupported,
                             tr("%1 has no validation.").arg(environment.name),
                             {},
                             tr("Add a \"validation\" to %1.").arg(environment.file)});

    const Planner planner{environment, chosen, engine, request, facts, paths, *choices};

    Plan plan;
    plan.environment = environment.name;
    plan.purpose = purposeName(request.purpose);
    plan.engine = engine;
    plan.choices = *choices;
    for (const ArchitectureChoice &choice : *detected)
        plan.reasons.append({choice.name, choice.reason});
    for (const Layer &layer : chosen.layers) {
        if (!request.onlyLayer.isEmpty() && request.onlyLayer != layer.name)
            continue;
        if (request.purpose == PlanRequest::Purpose::Push)
            plan.tasks << planner.push(layer);
        else if (request.purpose == PlanRequest::Purpose::Pull)
            // The uppermost first: it brings those below it, all of them side by side.
            plan.tasks = planner.pull(layer) + plan.tasks;
    }
    if (builds) {
        const QStringList wanted = layersUpTo(chosen, request.onlyLayer);
        plan.tasks << planner.base();
        for (const Layer &layer : chosen.layers)
            if (request.onlyLayer.isEmpty() || wanted.contains(layer.name))
                plan.tasks << planner.layer(layer);
        if (environment.fork && request.purpose == PlanRequest::Purpose::Setup)
            plan.tasks << planner.fork(*environment.fork);
    }
    if (validates && chosen.validation) {
        plan.tasks << planner.validation(*chosen.validation);
        plan.validationArguments = request.validationArguments;
    }
    return plan;
}

Result<QList<Command>> innerCommands(const Plan &plan, const Task &task, const Environment &environment,
                                     const Paths &paths)
{
    if (task.kind != TaskKind::Base)
        return QList<Command>();
    const auto resolved = withChoices(environment, plan.choices);
    if (!resolved)
        return Failure(resolved.error());
    return baseImageCommands(*resolved, plan.engine, paths);
}

} // namespace kernelyard
