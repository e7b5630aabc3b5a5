// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/engineinfo.h"

#include "core/engine/problems.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// What Podman gives a container run by root (libpod's define.RLimitDefaultValue), for open files and processes alike.
static constexpr qint64 podmanLimit = 1048576;

static bool contains(const QJsonValue &list, const QString &word)
{
    const QJsonArray items = list.toArray();
    return std::any_of(items.begin(), items.end(), [&](const QJsonValue &item) { return item.toString() == word; });
}

/// Podman as root asks for its defaults whatever it may set. Unprivileged root, as in a container or a sandbox, can't
/// raise its hard limits, and Podman lowers that of processes to kernel.pid_max before it runs anything.
static void passLimits(Engine &engine, const HostFacts &facts)
{
    if (engine.rootless || facts.mayRaiseLimits ||
        (facts.hardOpenFiles >= podmanLimit && facts.hardProcesses >= podmanLimit))
        return;
    const auto limit = [](const QString &name, qint64 value) {
        const QString number = QString::number(std::min(value, podmanLimit));
        return QStringList{u"--ulimit"_s, name + u'=' + number + u':' + number};
    };
    engine.runArguments += limit(u"nofile"_s, facts.hardOpenFiles) + limit(u"nproc"_s, facts.hardProcesses);
    engine.problems << problem::rlimitsTooHigh(facts);
}

static void chooseRuntime(Engine &engine, const QJsonObject &runtime, const HostFacts &facts)
{
    engine.ociRuntime = runtime.value(u"name"_s).toString();
    const bool hasRunc = !facts.find(u"runc"_s).isEmpty();
    if (engine.ociRuntime == u"crun" && facts.hybridControllers) {
        engine.problems << problem::hybridCgroupsCrun(hasRunc, facts);
        if (hasRunc) {
            engine.ociRuntime = u"runc"_s;
            engine.globalArguments += QStringList{u"--runtime"_s, u"runc"_s};
        }
    } else if (!QFile::exists(runtime.value(u"path"_s).toString())) {
        engine.problems << problem::runtimeMissing(engine.ociRuntime, facts);
    }
}

void readPodmanInfo(Engine &engine, const QByteArray &json, const HostFacts &facts)
{
    const QJsonObject info = QJsonDocument::fromJson(json).object();
    const QJsonObject host = info.value(u"host"_s).toObject();
    const QJsonObject security = host.value(u"security"_s).toObject();
    const QJsonObject store = info.value(u"store"_s).toObject();
    engine.serverVersion = info.value(u"version"_s).toObject().value(u"Version"_s).toString();
    engine.rootless = security.value(u"rootless"_s).toBool();
    engine.labelled = security.value(u"selinuxEnabled"_s).toBool();
    engine.storageDriver = store.value(u"graphDriverName"_s).toString();
    engine.storagePath = store.value(u"graphRoot"_s).toString();
    engine.memoryLimit = contains(host.value(u"cgroupControllers"_s), u"memory"_s) ? Ability::Yes : Ability::No;
    if (host.value(u"serviceIsRemote"_s).toBool()) {
        // The rest depends on the machine at the other end, and --runtime exists only on this side.
        engine.ociRuntime = host.value(u"ociRuntime"_s).toObject().value(u"name"_s).toString();
        return;
    }
    engine.clientVersion = engine.serverVersion;
    engine.gpu = facts.hasNvidiaCdi ? Ability::Yes : Ability::No;
    if (facts.hasNvidiaCdi)
        engine.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
    chooseRuntime(engine, host.value(u"ociRuntime"_s).toObject(), facts);
    passLimits(engine, facts);
    if (engine.rootless && !facts.hasSubordinateIds)
        engine.problems << problem::subuidMissing(facts);
}

/// "0.13.1" of "0.13.1+ds1" and "v0.29.1".
static QString plainVersion(QString version)
{
    if (version.startsWith(u'v'))
        version.remove(0, 1);
    const auto end =
        std::find_if_not(version.begin(), version.end(), [](QChar c) { return c == u'.' || (c >= u'0' && c <= u'9'); });
    return version.first(end - version.begin());
}

static QString buildxIn(const QJsonArray &plugins)
{
    for (const QJsonValue value : plugins) {
        const QJsonObject plugin = value.toObject();
        if (plugin.value(u"Name"_s).toString() == u"buildx" && plugin.value(u"Err"_s).isUndefined())
            return plainVersion(plugin.value(u"Version"_s).toString());
    }
    return {};
}

bool isLocal(const Endpoint &endpoint)
{
    return endpoint.address.isEmpty() ? endpoint.kind != Endpoint::Kind::Connection
                                      : endpoint.address.startsWith(u"unix:");
}

/// How GPUs are given: by --gpus where the NVIDIA runtime is registered with the daemon, else by CDI where the daemon
/// reads it, else by --gpus again where its hook is installed: that alone is what the daemon wants for it (moby,
/// daemon/devices_nvidia_linux.go). Where none is seen from here it may still work, as in a virtual machine.
static void readGpuAbility(Engine &engine, const QJsonObject &info, const HostFacts &facts)
{
    const bool hasHook = isLocal(engine.endpoint) && !facts.find(u"nvidia-container-runtime-hook"_s).isEmpty();
    engine.cdiFolders.clear();
    for (const QJsonValue folder : info.value(u"CDISpecDirs"_s).toArray())
        engine.cdiFolders << folder.toString();
    const QStringList byRuntime{u"--gpus"_s, u"all"_s};
    if (info.value(u"Runtimes"_s).toObject().contains(u"nvidia"_s))
        engine.gpuArguments = byRuntime;
    else if (facts.hasNvidiaCdi && !engine.cdiFolders.isEmpty())
        engine.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
    else if (hasHook)
        engine.gpuArguments = byRuntime;
    engine.gpu = engine.gpuArguments.isEmpty() ? Ability::Unknown : Ability::Yes;
}

/// Where the daemon keeps layers: with containerd's image store that is containerd's own folder, which the daemon does
/// not tell. One that Docker runs by itself has it below Docker's.
static QString storagePathIn(const QJsonObject &info)
{
    for (const QJsonValue pair : info.value(u"DriverStatus"_s).toArray())
        if (pair.toArray().at(0).toString() == u"driver-type" &&
            pair.toArray().at(1).toString().startsWith(u"io.containerd.snapshotter") &&
            info.value(u"Containerd"_s).toObject().value(u"Address"_s).toString() == u"/run/containerd/containerd.sock")
            return u"/var/lib/containerd"_s;
    return info.value(u"DockerRootDir"_s).toString();
}

bool readDockerInfo(Engine &engine, const QByteArray &json, const HostFacts &facts)
{
    const QJsonObject info = QJsonDocument::fromJson(json).object();
    const QJsonObject client = info.value(u"ClientInfo"_s).toObject();
    if (client.contains(u"Version"_s))
        engine.clientVersion = client.value(u"Version"_s).toString();
    engine.buildxVersion = buildxIn(client.value(u"Plugins"_s).toArray());
    engine.serverVersion = plainVersion(info.value(u"ServerVersion"_s).toString());
    if (engine.serverVersion.isEmpty())
        return false;
    const QJsonValue security = info.value(u"SecurityOptions"_s);
    engine.rootless = contains(security, u"name=rootless"_s);
    engine.labelled = contains(security, u"name=selinux"_s);
    engine.storageDriver = info.value(u"Driver"_s).toString();
    engine.storagePath = storagePathIn(info);
    engine.ociRuntime = info.value(u"DefaultRuntime"_s).toString();
    engine.memoryLimit = info.value(u"MemoryLimit"_s).toBool() ? Ability::Yes : Ability::No;
    readGpuAbility(engine, info, facts);
    if (engine.backend() != BuildBackend::Buildx)
        engine.problems << problem::noBuildx(engine.buildxVersion);
    return true;
}

void readDockerVersion(Engine &engine, const QByteArray &json)
{
    const QJsonObject client = QJsonDocument::fromJson(json).object().value(u"Client"_s).toObject();
    if (client.contains(u"Version"_s))
        engine.clientVersion = client.value(u"Version"_s).toString();
}

/// The objects in \a json: one array, or one object a line.
static QList<QJsonObject> objectsIn(const QByteArray &json)
{
    QList<QJsonObject> objects;
    const QJsonDocument whole = QJsonDocument::fromJson(json);
    if (whole.isArray()) {
        for (const QJsonValue value : whole.array())
            objects << value.toObject();
        return objects;
    }
    for (const QByteArray &line : json.split('\n'))
        if (const QJsonDocument document = QJsonDocument::fromJson(line); document.isObject())
            objects << document.object();
    return objects;
}

QList<DockerContext> readDockerContexts(const QByteArray &json)
{
    QList<DockerContext> contexts;
    for (const QJsonObject &object : objectsIn(json))
        if (object.contains(u"Name"_s))
            contexts.append({object.value(u"Name"_s).toString(), object.value(u"DockerEndpoint"_s).toString(),
                             object.value(u"Current"_s).toBool()});
    return contexts;
}

QList<BuildxBuilder> readBuilders(const QByteArray &json)
{
    QList<BuildxBuilder> builders;
    for (const QJsonObject &object : objectsIn(json)) {
        const BuildxBuilder builder{object.value(u"Name"_s).toString(), object.value(u"Driver"_s).toString()};
        if (!builder.name.isEmpty() && !builders.contains(builder)) // 0.13 prints a builder once for each node
            builders << builder;
    }
    return builders;
}

QList<Endpoint> readPodmanConnections(const QByteArray &json)
{
    QList<Endpoint> connections;
    for (const QJsonObject &object : objectsIn(json))
        if (object.contains(u"Name"_s))
            connections.append(
                {Endpoint::Kind::Connection, object.value(u"Name"_s).toString(), object.value(u"URI"_s).toString()});
    return connections;
}

} // namespace kernelyard
