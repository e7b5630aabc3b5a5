// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/leftovers.h"

#include "core/base/log.h"
#include "core/engine/argv.h"
#include "core/process/run.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QThread>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

static bool isLocalPodman(const Engine &engine)
{
    return engine.kind == EngineKind::Podman && engine.endpoint.kind == Endpoint::Kind::Default &&
           !engine.storagePath.isEmpty();
}

/// Whether the builder that \a file describes was given a secret named as one of \a marks. The file is Buildah's own
/// state of a working container; its CommonBuildOpts.Secrets holds the build's --secret options as they were typed.
static bool bearsMark(const QString &file, const QStringList &marks)
{
    QFile state(file);
    if (!state.open(QIODevice::ReadOnly))
        return false;
    const QJsonObject builder = QJsonDocument::fromJson(state.readAll()).object();
    const QJsonArray secrets = builder.value(u"CommonBuildOpts"_s).toObject().value(u"Secrets"_s).toArray();
    return std::any_of(secrets.begin(), secrets.end(), [&](const QJsonValue &secret) {
        const QString id = secret.toString().section(u',', 0, 0);
        return id.startsWith(u"id=") && marks.contains(id.mid(3));
    });
}

/// The working container that a step's bundle belongs to: Buildah writes its id into the step's /run/.containerenv.
static QString workingContainerOf(const QString &bundle)
{
    QFile facts(bundle + u"/run/.containerenv");
    if (!facts.open(QIODevice::ReadOnly))
        return {};
    for (QByteArrayView line : facts.readAll().split('\n'))
        if (line.startsWith("id=\"") && line.endsWith('"'))
            return QString::fromLatin1(line.sliced(4).chopped(1));
    return {};
}

BuildLeftovers findLeftovers(const Engine &engine, const QString &temporaryFolder, const QStringList &marks)
{
    BuildLeftovers found;
    if (!isLocalPodman(engine))
        return found;
    const QDir containers(engine.storagePath + u'/' + engine.storageDriver + u"-containers");
    for (const QString &id : containers.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (bearsMark(containers.absoluteFilePath(id) + u"/userdata/buildah.json", marks))
            found.workingContainers << id;
    const QDir temporary(temporaryFolder);
    if (temporaryFolder.isEmpty())
        return found;
    for (const QString &name : temporary.entryList({u"buildah[0-9]*"_s}, QDir::Dirs)) {
        const QString bundle = temporary.absoluteFilePath(name);
        if (!found.workingContainers.contains(workingContainerOf(bundle)))
            continue;
        found.steps << u"buildah-"_s + name;
        found.folders << bundle;
    }
    return found;
}

/// A rootless engine's containers live in the user's namespace: only there may their processes be killed.
static Command runtimeCommand(const Engine &engine, const QStringList &arguments)
{
    const QString runtime = engine.ociRuntime.isEmpty() ? u"runc"_s : engine.ociRuntime;
    if (!engine.rootless)
        return {runtime, arguments, {}, {}};
    return {engine.program, QStringList{u"unshare"_s, runtime} + arguments, {}, {}};
}

QList<Command> killSteps(const Engine &engine, const BuildLeftovers &leftovers)
{
    QList<Command> commands;
    for (const QString &id : leftovers.steps)
        commands << runtimeCommand(engine, {u"kill"_s, u"--all"_s, id, u"KILL"_s});
    return commands;
}

QList<Command> removeLeftovers(const Engine &engine, const BuildLeftovers &leftovers)
{
    QList<Command> commands;
    for (const QString &id : leftovers.steps)
        commands << runtimeCommand(engine, {u"delete"_s, u"--force"_s, id});
    if (!leftovers.workingContainers.isEmpty())
        commands << removeContainers(engine, leftovers.workingContainers);
    return commands;
}

BuildLeftovers cleanUp(const Engine &engine, const QString &temporaryFolder, const QStringList &marks)
{
    constexpr int tries = 5;
    BuildLeftovers left = findLeftovers(engine, temporaryFolder, marks);
    for (int i = 0; i < tries && !left.isEmpty(); ++i) {
        if (i > 0)
            QThread::msleep(100);
        for (const Command &command : removeLeftovers(engine, left)) {
            const Result<Completed> done = run(command, 20s);
            if (!done || done->exitCode != 0)
                log(LogDomain::Engine).info("clean-up: {} failed", command.display().toStdString());
        }
        for (const QString &folder : left.folders)
            QDir(folder).removeRecursively();
        left = findLeftovers(engine, temporaryFolder, marks);
    }
    return left;
}

} // namespace kernelyard
