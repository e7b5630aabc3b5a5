// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/benchmarkplan.h"

#include "core/base/wholefile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

constexpr QByteArrayView mountWord("--mount=type=cache");

QString tr(const char *text)
{
    return QCoreApplication::translate("Benchmark", text);
}

/// One `--mount=type=cache…` word of a Dockerfile: where it stands, and its options.
struct CacheMount
{
    qsizetype from = 0;
    qsizetype length = 0;
    QByteArrayList options;

    QByteArray id() const
    {
        for (const QByteArray &key :
             {QByteArray("id="), QByteArray("target="), QByteArray("dst="), QByteArray("destination=")})
            for (const QByteArray &option : options)
                if (option.startsWith(key))
                    return option.mid(key.size());
        return {};
    }
};

std::optional<CacheMount> nextMount(const QByteArray &dockerfile, qsizetype from)
{
    CacheMount mount;
    mount.from = dockerfile.indexOf(mountWord, from);
    if (mount.from < 0)
        return {};
    qsizetype end = mount.from;
    while (end < dockerfile.size() && !QByteArrayView(" \t\r\n").contains(dockerfile[end]))
        ++end;
    mount.length = end - mount.from;
    mount.options = dockerfile.mid(mount.from, mount.length).split(',');
    return mount;
}

QByteArray ownId(const QByteArray &id)
{
    return "kernelyard-bench" + (id.startsWith('/') ? id : '-' + id);
}

Result<void> writeFile(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path);
    if (!QDir().mkpath(QFileInfo(path).path()) || !writeWhole(file, bytes))
        return Failure(
            Error{ErrorKind::Failed, tr("%1 could not be written.").arg(path), file.errorString(), tr("Free space.")});
    return {};
}

QString ownName(const Environment &environment)
{
    return environment.name + u"-bench"_s;
}

/// A copy of \a dockerfile in \a folder, and its path.
Result<QString> copied(const QString &dockerfile, const QString &folder, QStringList &mounts)
{
    QFile file(dockerfile);
    if (!file.open(QIODevice::ReadOnly))
        return Failure(Error{ErrorKind::NotFound, tr("%1 can't be read.").arg(dockerfile), file.errorString(), {}});
    const QByteArray bytes = withOwnCaches(file.readAll());
    for (const QString &id : cacheMounts(bytes))
        if (!mounts.contains(id))
            mounts << id;
    const QString path = folder + u'/' + QFileInfo(dockerfile).fileName();
    if (const Result<void> written = writeFile(path, bytes); !written)
        return Failure(written.error());
    return path;
}

} // namespace

QByteArray withOwnCaches(const QByteArray &dockerfile)
{
    QByteArray result;
    qsizetype done = 0;
    while (true) {
        const auto mount = nextMount(dockerfile, done);
        if (!mount)
            return result + dockerfile.mid(done);
        result += dockerfile.mid(done, mount->from - done);
        QByteArrayList options;
        for (const QByteArray &option : mount->options)
            if (!option.startsWith("id="))
                options << option;
        options.insert(1, "id=" + ownId(mount->id()));
        result += options.join(',');
        done = mount->from + mount->length;
    }
}

QStringList cacheMounts(const QByteArray &dockerfile)
{
    QStringList ids;
    qsizetype at = 0;
    while (true) {
        const auto mount = nextMount(dockerfile, at);
        if (!mount)
            return ids;
        if (const QString id = QString::fromUtf8(mount->id()); !id.isEmpty() && !ids.contains(id))
            ids << id;
        at = mount->from + mount->length;
    }
}

QByteArray emptyingDockerfile(const QString &base, const QStringList &mounts)
{
    QByteArray text = "FROM " + base.toUtf8() + "\nRUN";
    for (qsizetype i = 0; i < mounts.size(); ++i)
        text += " --mount=type=cache,id=" + mounts[i].toUtf8() + ",target=/kernelyard-caches/" + QByteArray::number(i);
    return text + " find /kernelyard-caches -mindepth 2 -delete\n";
}

Result<Environment> benchmarkEnvironment(const Environment &environment, const QString &folder, QStringList &mounts)
{
    Environment result = environment;
    result.name = ownName(environment);
    for (Layer &layer : result.layers) {
        const auto file = copied(layer.dockerfile, folder, mounts);
        if (!file)
            return Failure(file.error());
        layer.dockerfile = *file;
        if (layer.classicDockerfile.isEmpty())
            continue;
        QStringList none;
        const auto classic = copied(layer.classicDockerfile, folder, none);
        if (!classic)
            return Failure(classic.error());
        layer.classicDockerfile = *classic;
    }
    return result;
}

Result<Plan> BenchmarkPlanner::make(PlanRequest request) const
{
    request.choices = spec.choices;
    if (spec.quick && request.purpose == PlanRequest::Purpose::Setup)
        request.validationArguments << u"--quick"_s;
    // Our own suite also times the kernels. That they are right makes the environment ready; how fast they are does
    // not.
    if (environment.validation && environment.validation->script == paths.shipped + u"/resources/validation/validate")
        request.validationArguments << u"--no-speed"_s;
    Result<Plan> plan = makePlan(environment, engine, request, facts, paths);
    if (!plan)
        return plan;
    for (Task &task : plan->tasks) {
        if (task.kind == TaskKind::Base || task.kind == TaskKind::Fork)
            std::ranges::replace(task.command.arguments, environment.name, realName);
    }
    return plan;
}

Result<Plan> BenchmarkPlanner::timed(Scenario scenario, const QString &registry) const
{
    PlanRequest request;
    request.noCache = scenario == Scenario::Baseline;
    Result<Plan> plan = make(request);
    if (!plan || scenario != Scenario::RegistryCache)
        return plan;
    request.purpose = PlanRequest::Purpose::Pull;
    request.registry = registry;
    Result<Plan> pull = make(request);
    if (!pull)
        return pull;
    QList<Task> tasks = pull->tasks;
    for (const Task &task : std::as_const(plan->tasks))
        if (task.kind == TaskKind::Fork || task.kind == TaskKind::Validation)
            tasks << task;
    plan->tasks = tasks;
    return plan;
}

Result<Plan> BenchmarkPlanner::layers() const
{
    PlanRequest request;
    request.purpose = PlanRequest::Purpose::Build;
    return make(request);
}

Result<Plan> BenchmarkPlanner::push(const QString &registry) const
{
    PlanRequest request;
    request.purpose = PlanRequest::Purpose::Push;
    request.registry = registry;
    return make(request);
}

Result<Plan> BenchmarkPlanner::emptying(const ImageBuild &build) const
{
    Result<Plan> plan = layers();
    if (!plan)
        return plan;
    Task task = plan->tasks.last();
    task.name = u"empty-caches"_s;
    task.title = tr("Empty the compiler caches of the benchmark");
    task.command = buildImage(engine, build);
    task.image = build.tag;
    plan->tasks = {task};
    return plan;
}

QStringList BenchmarkPlanner::images(const QString &registry) const
{
    QStringList names;
    // The uppermost first: an image below another can't always be removed.
    for (auto layer = environment.layers.crbegin(); layer != environment.layers.crend(); ++layer) {
        if (!registry.isEmpty())
            names << remoteImage(environment, layer->name, registry, u"latest"_s);
        names << environment.imageTag(layer->name);
    }
    return names;
}

Result<QList<std::pair<Scenario, Plan>>> timedPlans(const Environment &environment, const Engine &engine,
                                                    const BenchmarkSpec &spec, const Paths &paths, const QString &ctl)
{
    BenchmarkPlanner planner{environment, environment.name, engine, spec, {}, paths};
    planner.environment.name = ownName(environment);
    planner.facts = PlanFacts::ofThisMachine(environment, paths);
    planner.facts.ctl = ctl;
    QList<std::pair<Scenario, Plan>> plans;
    for (const Scenario scenario : spec.scenarios) {
        const Result<Plan> plan =
            planner.timed(scenario, spec.registry.isEmpty() ? u"127.0.0.1:5000"_s : spec.registry);
        if (!plan)
            return Failure(plan.error());
        plans.append({scenario, *plan});
    }
    return plans;
}

} // namespace kernelyard
