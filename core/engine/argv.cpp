// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/argv.h"

#include <QDir>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static Command engineCommand(const Engine &engine, const QStringList &subcommand)
{
    const QString name = engine.kind == EngineKind::Podman ? u"podman"_s : u"docker"_s;
    return {engine.program.isEmpty() ? name : engine.program, engine.globalArguments + subcommand, {}, {}};
}

static void addPairs(QStringList &words, const QString &option, const QList<std::pair<QString, QString>> &pairs)
{
    for (const auto &[name, value] : pairs)
        words << option << name + u'=' + value;
}

QString buildMark(const QString &tag)
{
    QString mark = u"kernelyard-build-"_s;
    for (const QChar c : tag)
        mark += (c.unicode() < 128 && c.isLetterOrNumber()) || c == u'.' ? c : u'-';
    return mark;
}

static QStringList buildSubcommand(const Engine &engine, const ImageBuild &build)
{
    switch (engine.backend()) {
    case BuildBackend::Buildx:
        // Without provenance the result is one image, not an index, on every store.
        return {u"buildx"_s, u"build"_s, u"--progress=rawjson"_s, u"--provenance=false"_s};
    case BuildBackend::Classic:
        return {u"build"_s, u"--force-rm"_s};
    case BuildBackend::Podman:
        // The Docker format keeps SHELL and HEALTHCHECK, which the OCI format drops with a warning.
        return {u"build"_s,
                u"--layers"_s,
                u"--force-rm"_s,
                u"--format"_s,
                u"docker"_s,
                u"--secret"_s,
                u"id="_s + buildMark(build.tag) + u",src=/dev/null"_s};
    }
    Q_UNREACHABLE();
}

/// Whether \a image lies in a registry on this machine's loopback interface.
static bool isOnLoopback(const QString &image)
{
    const QString host = image.section(u'/', 0, 0).section(u':', 0, 0);
    return (host == u"localhost" && image.section(u'/', 0, 0).contains(u':')) || host.startsWith(u"127.") ||
           image.startsWith(u"[::1]");
}

/// The image's name without its tag.
static QString repositoryOf(const QString &image)
{
    const qsizetype colon = image.lastIndexOf(u':');
    return colon > image.lastIndexOf(u'/') ? image.left(colon) : image;
}

/// Podman keeps each step's layer under a tag of its own in one repository; BuildKit reads a cache manifest or an image
/// that holds its cache; the classic builder takes steps from an image that it has.
static QStringList cacheWords(const Engine &engine, const ImageBuild &build)
{
    QStringList words;
    const bool podman = engine.backend() == BuildBackend::Podman;
    const bool buildx = engine.backend() == BuildBackend::Buildx;
    const bool inlineCache = build.cacheTo == u"inline";
    for (const QString &image : build.cacheFrom) {
        if (podman) {
            words << u"--cache-from"_s << repositoryOf(image) + u"-cache"_s;
        } else if (buildx) {
            words << u"--cache-from"_s << u"type=registry,ref="_s + image;
            words << u"--cache-from"_s << u"type=registry,ref="_s + repositoryOf(image) + u"-cache:latest"_s;
        } else {
            words << u"--cache-from"_s << image;
        }
    }
    if (podman && !build.cacheTo.isEmpty())
        words << u"--cache-to"_s << repositoryOf(build.cacheTo) + u"-cache"_s;
    else if (buildx && inlineCache)
        words << u"--cache-to"_s << u"type=inline"_s;
    else if (buildx && !build.cacheTo.isEmpty())
        words << u"--cache-to"_s << u"type=registry,mode=max,ref="_s + repositoryOf(build.cacheTo) + u"-cache:latest"_s;
    const QStringList images = build.cacheFrom + QStringList{build.cacheTo};
    if (podman && std::ranges::any_of(images, isOnLoopback))
        words << u"--tls-verify=false"_s;
    return words;
}

Command buildImage(const Engine &engine, const ImageBuild &build)
{
    QStringList words = buildSubcommand(engine, build) + engine.buildArguments;
    if (build.offline)
        words << u"--network"_s << u"none"_s;
    if (build.noCache)
        words << u"--no-cache"_s;
    words += cacheWords(engine, build);
    if (!build.target.isEmpty())
        words << u"--target"_s << build.target;
    addPairs(words, u"--build-arg"_s, build.arguments);
    addPairs(words, u"--label"_s, build.labels);
    words << u"--file"_s << build.dockerfile << u"--tag"_s << build.tag << build.context;
    Command command = engineCommand(engine, words);
    if (engine.backend() == BuildBackend::Classic)
        command.environment.append({u"DOCKER_BUILDKIT"_s, u"0"_s});
    return command;
}

/// A field of a comma-separated option value; both engines read it as a CSV record.
static QString csvField(const QString &field)
{
    if (!field.contains(u',') && !field.contains(u'"'))
        return field;
    QString inner = field;
    return u'"' + inner.replace(u'"', u"\"\""_s) + u'"';
}

static QString mountOption(const Mount &mount)
{
    const QString type = QDir::isAbsolutePath(mount.source) ? u"bind"_s : u"volume"_s;
    QStringList fields{u"type="_s + type, csvField(u"source="_s + mount.source), csvField(u"target="_s + mount.target)};
    if (mount.readOnly)
        fields << u"readonly"_s;
    return fields.join(u',');
}

/// The options by which files written to bind mounts belong to \a user on the host. In a rootless Docker the root of
/// the container is that user already.
static QStringList userOptions(const Engine &engine, const ContainerUser &user)
{
    if (!engine.rootless)
        return {u"--user"_s, QString::number(user.uid) + u':' + QString::number(user.gid)};
    if (engine.kind == EngineKind::Podman)
        return {u"--userns"_s, u"keep-id"_s};
    return {};
}

Command runContainer(const Engine &engine, const ContainerRun &run)
{
    QStringList words{u"run"_s, u"--rm"_s};
    words += engine.runArguments;
    if (!run.name.isEmpty())
        words << u"--name"_s << run.name;
    addPairs(words, u"--label"_s, run.labels);
    if (!run.network)
        words << u"--network"_s << u"none"_s;
    words << u"--cap-drop"_s << u"all"_s << u"--security-opt"_s << u"no-new-privileges"_s;
    if (engine.labelled)
        words << u"--security-opt"_s << u"label=disable"_s;
    if (run.readOnlyRoot)
        words << u"--read-only"_s;
    // Docker mounts a tmpfs noexec unless told; kernels compiled at run time are loaded from there.
    words << u"--tmpfs"_s << u"/tmp:rw,exec,nosuid,nodev,mode=1777"_s;
    if (run.user)
        words += userOptions(engine, *run.user);
    if (run.memoryLimitBytes > 0 && engine.memoryLimit != Ability::No) {
        const QString bytes = QString::number(run.memoryLimitBytes);
        words << u"--memory"_s << bytes << u"--memory-swap"_s << bytes; // without the second, as much swap on top
    }
    if (run.gpus)
        words += engine.gpuArguments;
    for (const Mount &mount : run.mounts)
        words << u"--mount"_s << mountOption(mount);
    addPairs(words, u"--env"_s, run.environment);
    if (!run.workingDirectory.isEmpty())
        words << u"--workdir"_s << run.workingDirectory;
    return engineCommand(engine, words + QStringList{run.image} + run.command);
}

Command pullImage(const Engine &engine, const QString &image)
{
    QStringList words{u"pull"_s};
    if (engine.kind == EngineKind::Podman && isOnLoopback(image))
        words << u"--tls-verify=false"_s;
    return engineCommand(engine, words << image);
}

Command pushImage(const Engine &engine, const QString &local, const QString &remote)
{
    if (engine.kind == EngineKind::Docker)
        return engineCommand(engine, {u"push"_s, remote});
    QStringList words{u"push"_s};
    if (isOnLoopback(remote))
        words << u"--tls-verify=false"_s;
    return engineCommand(engine, words << local << u"docker://"_s + remote);
}

Command tagImage(const Engine &engine, const QString &image, const QString &tag)
{
    return engineCommand(engine, {u"tag"_s, image, tag});
}

Command importImage(const Engine &engine, const QString &tarball, const QString &image, const QStringList &changes)
{
    QStringList words{u"import"_s};
    for (const QString &change : changes)
        words << u"--change"_s << change;
    return engineCommand(engine, words + QStringList{tarball, image});
}

Command inspectImage(const Engine &engine, const QString &image)
{
    return engineCommand(engine, {u"image"_s, u"inspect"_s, image});
}

Command removeContainers(const Engine &engine, const QStringList &names)
{
    QStringList words{u"rm"_s, u"--force"_s, u"--volumes"_s};
    if (engine.kind == EngineKind::Podman)
        words << u"--ignore"_s << u"--time"_s << u"0"_s;
    return engineCommand(engine, words + names);
}

Command removeImage(const Engine &engine, const QString &image)
{
    return engineCommand(engine, {u"image"_s, u"rm"_s, image});
}

Command pruneBuilds(const Engine &engine)
{
    if (engine.kind == EngineKind::Podman)
        return engineCommand(engine, {u"image"_s, u"prune"_s, u"--force"_s});
    if (engine.backend() == BuildBackend::Buildx) {
        QStringList words{u"buildx"_s, u"prune"_s, u"--force"_s};
        return engineCommand(engine, words << engine.buildArguments);
    }
    return engineCommand(engine, {u"image"_s, u"prune"_s, u"--force"_s});
}

OutputFormat buildFormat(const Engine &engine)
{
    switch (engine.backend()) {
    case BuildBackend::Buildx:
        return OutputFormat::RawJson;
    case BuildBackend::Classic:
        return OutputFormat::Classic;
    case BuildBackend::Podman:
        return OutputFormat::Podman;
    }
    Q_UNREACHABLE();
}

Command pauseContainers(const Engine &engine, const QStringList &names)
{
    return engineCommand(engine, QStringList{u"pause"_s} + names);
}

Command unpauseContainers(const Engine &engine, const QStringList &names)
{
    return engineCommand(engine, QStringList{u"unpause"_s} + names);
}

Command listRunningContainers(const Engine &engine)
{
    return engineCommand(engine, {u"ps"_s, u"--no-trunc"_s, u"--format"_s, u"{{.ID}}\t{{.Names}}"_s});
}

Command findContainer(const Engine &engine, const QString &id)
{
    return engineCommand(engine, {u"ps"_s, u"--all"_s, u"--quiet"_s, u"--no-trunc"_s, u"--filter"_s, u"id="_s + id});
}

Command listContainers(const Engine &engine, const QString &label)
{
    return engineCommand(engine,
                         {u"ps"_s, u"--all"_s, u"--quiet"_s, u"--no-trunc"_s, u"--filter"_s, u"label="_s + label});
}

} // namespace kernelyard
