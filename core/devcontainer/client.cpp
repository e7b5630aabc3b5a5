// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/client.h"

#include "core/base/wholefile.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>

#include <cerrno>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("DevContainer", text);
}

/// Where VS Code's "Install devcontainer CLI" puts it.
QString ofVsCode()
{
    return QDir::homePath() +
           u"/.config/Code/User/globalStorage/ms-vscode-remote.remote-containers/cli-bin/devcontainer"_s;
}

Command clientCommand(const DevContainerClient &client, const QString &subcommand, const DevContainerPlace &place)
{
    QStringList words = client.arguments;
    words << subcommand << u"--workspace-folder"_s << place.folder << u"--config"_s << place.configurationPath()
          << u"--docker-path"_s << place.engineProgram;
    return {client.program, words, {}, {}};
}

Command engineCommand(const Engine &engine, const QStringList &words)
{
    return {engine.program, engine.globalArguments + words, {}, {}};
}

Result<QByteArray> outputOf(const Command &command)
{
    const auto done = run(command, 60s);
    if (!done)
        return Failure(done.error());
    if (done->exitCode != 0)
        return Failure(Error{
            ErrorKind::Failed, tr("%1 failed.").arg(command.display()), QString::fromUtf8(done->err).trimmed(), {}});
    return done->out;
}

QStringList linesOf(const QByteArray &output)
{
    return QString::fromUtf8(output).split(u'\n', Qt::SkipEmptyParts);
}

Result<Command> started(const Command &command)
{
    if (!QProcess::startDetached(command.program, command.arguments, command.workingDirectory))
        return Failure(Error{ErrorKind::Failed, tr("%1 could not be started.").arg(command.display()), {}, {}});
    return command;
}

} // namespace

Result<DevContainerClient> DevContainerClient::find()
{
    QString named = qEnvironmentVariable("KERNELYARD_DEVCONTAINER_CLI");
    if (named.isEmpty())
        named = QStandardPaths::findExecutable(u"devcontainer"_s);
    if (named.isEmpty() && QFileInfo(ofVsCode()).isExecutable())
        named = ofVsCode();
    if (named.endsWith(u".js") && QFileInfo::exists(named)) {
        const QString node = QStandardPaths::findExecutable(u"node"_s);
        if (!node.isEmpty())
            return DevContainerClient{node, {named}};
        return Failure(Error{ErrorKind::Missing,
                             tr("%1 needs Node.js, which is not installed.").arg(named),
                             {},
                             tr("Install the package nodejs.")});
    }
    if (named.isEmpty() || !QFileInfo(named).isExecutable())
        return Failure(
            Error{ErrorKind::Missing,
                  named.isEmpty() ? tr("The Dev Container CLI is not installed.") : tr("%1 is no program.").arg(named),
                  {},
                  tr("npm install --global @devcontainers/cli, or in VS Code: Dev Containers: Install devcontainer "
                     "CLI. VS Code "
                     "opens the container without it.")});
    return DevContainerClient{named, {}};
}

Result<QString> engineProgramFor(const Engine &engine, const Paths &paths)
{
    if (engine.globalArguments.isEmpty())
        return engine.program;
    const QString folder = paths.cache + u"/devcontainer"_s;
    QString name = engine.id();
    for (QChar &c : name)
        if (!c.isLetterOrNumber())
            c = u'-';
    const QString path = folder + u'/' + name;
    const QByteArray text =
        "#!/bin/sh\nexec " + Command{engine.program, engine.globalArguments, {}, {}}.display().toUtf8() + " \"$@\"\n";
    QFile old(path);
    if (old.open(QIODevice::ReadOnly) && old.readAll() == text)
        return path;
    errno = 0;
    if (!QDir().mkpath(folder))
        return Failure(systemError(folder, errno != 0 ? errno : EACCES));
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() ||
        !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner) || !commitWhole(file))
        return Failure(systemError(path, errno != 0 ? errno : EACCES));
    return path;
}

bool clientAsksForGpu(const Engine &engine)
{
    return engine.kind == EngineKind::Docker &&
           (engine.gpuArguments.isEmpty() || engine.gpuArguments.first().startsWith(u"--gpus"));
}

bool runArgumentsAskForGpu(const QJsonObject &configuration)
{
    for (const QJsonValue value : configuration.value(u"runArgs"_s).toArray())
        if (const QString word = value.toString();
            word == u"--gpus" || word.startsWith(u"--gpus=") || word.contains(u"nvidia.com/gpu"))
            return true;
    return false;
}

Command upDevContainer(const DevContainerClient &client, const DevContainerPlace &place, DevContainerStart start)
{
    Command command = clientCommand(client, u"up"_s, place);
    // Told, not left to detection: that reads a field of `info` that Podman does not have.
    command.arguments << u"--gpu-availability"_s << (place.asksForGpu ? u"all"_s : u"none"_s);
    if (place.engine.backend() == BuildBackend::Classic)
        command.arguments << u"--buildkit"_s << u"never"_s;
    if (start == DevContainerStart::Rebuild)
        command.arguments << u"--remove-existing-container"_s;
    return command;
}

Command buildDevContainer(const DevContainerClient &client, const DevContainerPlace &place, const QString &image)
{
    Command command = clientCommand(client, u"build"_s, place);
    if (place.engine.backend() == BuildBackend::Classic)
        command.arguments << u"--buildkit"_s << u"never"_s;
    command.arguments << u"--image-name"_s << image;
    return command;
}

Command readDevContainer(const DevContainerClient &client, const DevContainerPlace &place)
{
    return clientCommand(client, u"read-configuration"_s, place);
}

Command listDevContainers(const DevContainerPlace &place, bool onlyRunning)
{
    QStringList words{u"ps"_s,
                      u"--quiet"_s,
                      u"--no-trunc"_s,
                      u"--filter"_s,
                      u"label=devcontainer.local_folder="_s + place.folder,
                      u"--filter"_s,
                      u"label=devcontainer.config_file="_s + place.configurationPath()};
    if (!onlyRunning)
        words << u"--all"_s;
    return engineCommand(place.engine, words);
}

Command stopDevContainers(const DevContainerPlace &place, const QStringList &ids)
{
    return engineCommand(place.engine, QStringList{u"stop"_s, u"--time"_s, u"5"_s} + ids);
}

Command shellInDevContainer(const DevContainerPlace &place, const QString &id, const QString &user,
                            const QString &workspace)
{
    QStringList words{u"exec"_s, u"--interactive"_s, u"--tty"_s};
    if (!user.isEmpty())
        words << u"--user"_s << user;
    words << u"--workdir"_s << workspace << id << u"bash"_s << u"--login"_s;
    return engineCommand(place.engine, words);
}

QString devContainerAddress(const QString &folder, const QString &workspace)
{
    return u"vscode-remote://dev-container+"_s + QString::fromLatin1(folder.toUtf8().toHex()) + workspace;
}

Result<DevContainerState> readDevContainerState(const DevContainerPlace &place)
{
    const auto running = outputOf(listDevContainers(place, true));
    if (!running)
        return Failure(running.error());
    if (const QStringList ids = linesOf(*running); !ids.isEmpty())
        return DevContainerState{DevContainerState::Kind::Running, ids};
    const auto all = outputOf(listDevContainers(place, false));
    if (!all)
        return Failure(all.error());
    const QStringList ids = linesOf(*all);
    return DevContainerState{ids.isEmpty() ? DevContainerState::Kind::Absent : DevContainerState::Kind::Stopped, ids};
}

Result<void> stopDevContainer(const DevContainerPlace &place)
{
    const auto state = readDevContainerState(place);
    if (!state)
        return Failure(state.error());
    if (state->kind != DevContainerState::Kind::Running)
        return {};
    const auto stopped = outputOf(stopDevContainers(place, state->ids));
    return stopped ? Result<void>() : Result<void>(Failure(stopped.error()));
}

Result<Command> openDevContainer(const DevContainerPlace &place, const QString &workspace)
{
    for (const auto &name : {u"code"_s, u"code-insiders"_s})
        if (const QString program = QStandardPaths::findExecutable(name); !program.isEmpty())
            return started({program, {u"--folder-uri"_s, devContainerAddress(place.folder, workspace)}, {}, {}});
    // Of the two programs of that name only VS Code's own has `open`.
    if (QFileInfo(ofVsCode()).isExecutable())
        return started({ofVsCode(), {u"open"_s, place.folder}, {}, {}});
    return Failure(
        Error{ErrorKind::Missing,
              tr("VS Code is not installed, or its program code is not in PATH."),
              {},
              tr("Install it with the extension Dev Containers; or open a terminal in the container instead.")});
}

Result<Command> openDevContainerTerminal(const DevContainerPlace &place, const QString &user, const QString &workspace)
{
    const auto state = readDevContainerState(place);
    if (!state)
        return Failure(state.error());
    if (state->kind != DevContainerState::Kind::Running)
        return Failure(Error{ErrorKind::Missing,
                             tr("The dev container of %1 does not run.").arg(place.folder),
                             {},
                             tr("Start it first: kernelyardctl devcontainer up")});
    const Command shell = shellInDevContainer(place, state->ids.first(), user, workspace);
    const QStringList words = QStringList{shell.program} + shell.arguments;
    const QList<QStringList> terminals{{u"x-terminal-emulator"_s, u"-e"_s},
                                       {u"konsole"_s, u"-e"_s},
                                       {u"gnome-terminal"_s, u"--"_s},
                                       {u"xterm"_s, u"-e"_s}};
    for (const QStringList &terminal : terminals)
        if (const QString program = QStandardPaths::findExecutable(terminal.first()); !program.isEmpty())
            return started({program, terminal.mid(1) + words, place.folder, {}});
    return Failure(Error{ErrorKind::Missing, tr("No terminal program was found."), {}, shell.display()});
}

QString failureOfUp(const QByteArray &output)
{
    const QByteArray last = output.trimmed().split('\n').last();
    const QJsonObject outcome = QJsonDocument::fromJson(last).object();
    if (outcome.value(u"outcome"_s).toString() != u"error")
        return {};
    const QString description = outcome.value(u"description"_s).toString();
    return description.isEmpty() ? outcome.value(u"message"_s).toString() : description;
}

} // namespace kernelyard
