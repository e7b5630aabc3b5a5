// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/engine.h"

#include <QJsonArray>
#include <QVersionNumber>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace kernelyard {

// The names stand in the order of their enumerations; JSON readers of other programs rely on them.
static constexpr std::array problemNames{"not-installed",    "daemon-not-running",  "socket-permission",
                                         "subuid-missing",   "hybrid-cgroups-crun", "runtime-missing",
                                         "rlimits-too-high", "no-buildx",           "logs-clipped",
                                         "builder-isolated", "timed-out",           "other"};
static constexpr std::array kindNames{"docker", "podman"};
static constexpr std::array backendNames{"buildx", "classic", "podman"};
static constexpr std::array endpointNames{"default", "socket", "context", "connection", "builder"};
static constexpr std::array abilityNames{"unknown", "no", "yes"};

static_assert(problemNames.size() == static_cast<std::size_t>(EngineProblemCode::Other) + 1);
static_assert(endpointNames.size() == static_cast<std::size_t>(Endpoint::Kind::Builder) + 1);

/// The first buildx with --progress=rawjson.
static const QVersionNumber rawJsonBuildx(0, 13);

template <class Enum, std::size_t n>
static QString nameOf(const std::array<const char *, n> &names, Enum value)
{
    return QString::fromLatin1(names[static_cast<std::size_t>(value)]);
}

template <class Enum, std::size_t n>
static Enum valueOf(const std::array<const char *, n> &names, const QString &name, Enum fallback)
{
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const char *candidate) { return name == QLatin1StringView(candidate); });
    return found == names.end() ? fallback : static_cast<Enum>(found - names.begin());
}

QString problemName(EngineProblemCode code)
{
    return nameOf(problemNames, code);
}

QString Engine::id() const
{
    const QString name = nameOf(kindNames, kind);
    return endpoint.kind == Endpoint::Kind::Default ? name : QString(name + u':' + endpoint.name);
}

QString Engine::display() const
{
    const QString name = kind == EngineKind::Podman ? u"Podman"_s : u"Docker"_s;
    const QString version = serverVersion.isEmpty() ? clientVersion : serverVersion;
    QStringList notes;
    if (kind == EngineKind::Docker && !version.isEmpty())
        notes << (backend() == BuildBackend::Buildx ? QString(u"buildx "_s + buildxVersion) : u"classic builder"_s);
    if (rootless)
        notes << u"rootless"_s;
    if (endpoint.kind != Endpoint::Kind::Default && endpoint.name != u"rootless")
        notes << endpoint.name;
    QString text = version.isEmpty() ? name : QString(name + u' ' + version);
    return notes.isEmpty() ? text : QString(text + u" ("_s + notes.join(u", "_s) + u')');
}

BuildBackend Engine::backend() const
{
    if (kind == EngineKind::Podman)
        return BuildBackend::Podman;
    return QVersionNumber::fromString(buildxVersion) >= rawJsonBuildx ? BuildBackend::Buildx : BuildBackend::Classic;
}

bool Engine::isUsable() const
{
    return !program.isEmpty() && std::ranges::none_of(problems, &EngineProblem::blocking);
}

bool Engine::has(EngineProblemCode code) const
{
    return std::ranges::find(problems, code, &EngineProblem::code) != problems.end();
}

static QJsonObject toJson(const EngineProblem &problem)
{
    QJsonObject object{{u"code"_s, problemName(problem.code)},
                       {u"blocking"_s, problem.blocking},
                       {u"cause"_s, problem.cause},
                       {u"remedy"_s, problem.remedy},
                       {u"detail"_s, problem.detail}};
    if (problem.fix) {
        object.insert(u"fix"_s, problem.fix->toJson());
        object.insert(u"fixCommand"_s, problem.fix->display());
    }
    return object;
}

static EngineProblem problemFromJson(const QJsonObject &object)
{
    EngineProblem problem;
    problem.code = valueOf(problemNames, object.value(u"code"_s).toString(), EngineProblemCode::Other);
    problem.blocking = object.value(u"blocking"_s).toBool(true);
    problem.cause = object.value(u"cause"_s).toString();
    problem.remedy = object.value(u"remedy"_s).toString();
    problem.detail = object.value(u"detail"_s).toString();
    if (object.contains(u"fix"_s))
        problem.fix = Command::fromJson(object.value(u"fix"_s).toObject());
    return problem;
}

static QStringList stringList(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue item : value.toArray())
        list << item.toString();
    return list;
}

QJsonObject Engine::toJson() const
{
    QJsonArray problemList;
    for (const EngineProblem &problem : problems)
        problemList.append(kernelyard::toJson(problem));
    return {
        {u"id"_s, id()},
        {u"name"_s, display()},
        {u"kind"_s, nameOf(kindNames, kind)},
        {u"usable"_s, isUsable()},
        {u"backend"_s, nameOf(backendNames, backend())},
        {u"program"_s, program},
        {u"endpoint"_s, QJsonObject{{u"kind"_s, nameOf(endpointNames, endpoint.kind)},
                                    {u"name"_s, endpoint.name},
                                    {u"address"_s, endpoint.address}}},
        {u"clientVersion"_s, clientVersion},
        {u"serverVersion"_s, serverVersion},
        {u"rootless"_s, rootless},
        {u"labelled"_s, labelled},
        {u"storageDriver"_s, storageDriver},
        {u"storagePath"_s, storagePath},
        {u"ociRuntime"_s, ociRuntime},
        {u"buildxVersion"_s, buildxVersion},
        {u"memoryLimit"_s, nameOf(abilityNames, memoryLimit)},
        {u"gpu"_s, nameOf(abilityNames, gpu)},
        {u"globalArguments"_s, QJsonArray::fromStringList(globalArguments)},
        {u"buildArguments"_s, QJsonArray::fromStringList(buildArguments)},
        {u"runArguments"_s, QJsonArray::fromStringList(runArguments)},
        {u"gpuArguments"_s, QJsonArray::fromStringList(gpuArguments)},
        {u"cdiFolders"_s, QJsonArray::fromStringList(cdiFolders)},
        {u"problems"_s, problemList},
    };
}

Engine Engine::fromJson(const QJsonObject &object)
{
    Engine engine;
    engine.kind = valueOf(kindNames, object.value(u"kind"_s).toString(), EngineKind::Podman);
    engine.program = object.value(u"program"_s).toString();
    const QJsonObject end = object.value(u"endpoint"_s).toObject();
    engine.endpoint = {valueOf(endpointNames, end.value(u"kind"_s).toString(), Endpoint::Kind::Default),
                       end.value(u"name"_s).toString(), end.value(u"address"_s).toString()};
    engine.clientVersion = object.value(u"clientVersion"_s).toString();
    engine.serverVersion = object.value(u"serverVersion"_s).toString();
    engine.rootless = object.value(u"rootless"_s).toBool();
    engine.labelled = object.value(u"labelled"_s).toBool();
    engine.storageDriver = object.value(u"storageDriver"_s).toString();
    engine.storagePath = object.value(u"storagePath"_s).toString();
    engine.ociRuntime = object.value(u"ociRuntime"_s).toString();
    engine.buildxVersion = object.value(u"buildxVersion"_s).toString();
    engine.memoryLimit = valueOf(abilityNames, object.value(u"memoryLimit"_s).toString(), Ability::Unknown);
    engine.gpu = valueOf(abilityNames, object.value(u"gpu"_s).toString(), Ability::Unknown);
    engine.globalArguments = stringList(object.value(u"globalArguments"_s));
    engine.buildArguments = stringList(object.value(u"buildArguments"_s));
    engine.runArguments = stringList(object.value(u"runArguments"_s));
    engine.gpuArguments = stringList(object.value(u"gpuArguments"_s));
    engine.cdiFolders = stringList(object.value(u"cdiFolders"_s));
    for (const QJsonValue problem : object.value(u"problems"_s).toArray())
        engine.problems.append(problemFromJson(problem.toObject()));
    return engine;
}

} // namespace kernelyard
