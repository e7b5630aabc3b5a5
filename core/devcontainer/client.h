// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/engine/engine.h"

namespace kernelyard {

/// The Dev Container CLI (github.com/devcontainers/cli), which makes containers from a devcontainer.json.
struct DevContainerClient
{
    QString program;
    QStringList arguments; ///< before the subcommand

    /// KERNELYARD_DEVCONTAINER_CLI where set (a program, or a devcontainer.js for node), else `devcontainer` in PATH,
    /// else the one that VS Code's extension has installed. Errors: Missing.
    static Result<DevContainerClient> find();
};

/// A checkout with its devcontainer.json, and the engine that runs it.
struct DevContainerPlace
{
    QString folder;        ///< absolute
    QString configuration; ///< below it: .devcontainer/devcontainer.json
    Engine engine;
    QString engineProgram; ///< what the client is to call; see engineProgramFor
    /// The client is to add --gpus all, where the file has hostRequirements.gpu; false: it adds nothing.
    bool asksForGpu = false;

    QString configurationPath() const { return folder + u'/' + configuration; }
};

/// The program that stands for \a engine where no arguments can be given before its subcommand: its own, or a script
/// below the cache folder. Errors: Permission, NoSpace (of that script).
Result<QString> engineProgramFor(const Engine &engine, const Paths &paths);

/// The Dev Container CLI (0.89) and VS Code themselves add `--gpus all` to `run` for a file with hostRequirements.gpu
/// where the daemon of \a engine has NVIDIA's runtime. In runArgs it would be asked for a second time.
bool clientAsksForGpu(const Engine &engine);
/// The file's own runArgs ask for GPUs.
bool runArgumentsAskForGpu(const QJsonObject &configuration);

enum class DevContainerStart {
    Keep,    ///< a container that is there is started and used
    Rebuild, ///< it is removed, and a new one made from the image as it is built now
};

// Pure argv builders.

/// Prints lines of what it does, then one line of JSON with its outcome.
Command upDevContainer(const DevContainerClient &client, const DevContainerPlace &place, DevContainerStart start);
Command buildDevContainer(const DevContainerClient &client, const DevContainerPlace &place, const QString &image);
Command readDevContainer(const DevContainerClient &client, const DevContainerPlace &place); ///< JSON on stdout
/// The containers of \a place, ended ones too: their ids, one a line; or those that run.
Command listDevContainers(const DevContainerPlace &place, bool onlyRunning);
Command stopDevContainers(const DevContainerPlace &place, const QStringList &ids);
/// A shell in a running one, for a terminal.
Command shellInDevContainer(const DevContainerPlace &place, const QString &id, const QString &user,
                            const QString &workspace);
/// The address by which VS Code opens the checkout in its container.
QString devContainerAddress(const QString &folder, const QString &workspace);

/// How far a dev container is.
struct DevContainerState
{
    enum class Kind { Absent, Stopped, Running };
    Kind kind = Kind::Absent;
    QStringList ids; ///< of the running ones, else of all
};

/// Asks the engine; blocks. Errors: those of run; Failed (the engine's own words).
Result<DevContainerState> readDevContainerState(const DevContainerPlace &place);
/// Stops what runs. Errors: as above.
Result<void> stopDevContainer(const DevContainerPlace &place);

/// The command that opens the checkout in VS Code inside of its container, started. Errors: Missing, Failed.
Result<Command> openDevContainer(const DevContainerPlace &place, const QString &workspace);
/// A terminal window with a shell in the running container, started. Errors: Missing (no terminal; no running
/// container), and those of readDevContainerState.
Result<Command> openDevContainerTerminal(const DevContainerPlace &place, const QString &user, const QString &workspace);

/// The words of the failure in the last line that `up` printed; empty: it did not fail.
QString failureOfUp(const QByteArray &output);

} // namespace kernelyard
