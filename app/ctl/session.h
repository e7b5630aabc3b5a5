// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/console.h"
#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/base/settings.h"
#include "core/engine/engine.h"
#include "core/environment/environment.h"

#include <CLI/CLI.hpp>
#include <functional>

namespace kernelyard::ctl {

/// What every command works with.
struct Session
{
    Paths paths;
    Settings settings;
    Console console;
    QString program; ///< absolute path of this program: the runner is started from it

    /// Prints \a error; its exit status.
    int fail(const Error &error);

    /// The environment that the user named. Errors: NotFound, with a near name and all that there are; Invalid, where
    /// its file can't be read.
    Result<Environment> environment(const QString &name);
    /// The engine with \a id; when empty the one chosen in the settings, else the first usable one.
    Result<Engine> engine(const QString &id);
};

/// The parser; each command adds itself and, when it was asked for, leaves its work in `action`.
struct CommandLine
{
    CLI::App app;
    Session session;
    std::function<int()> action;

    /// A command with its own `--help`: \a about in one sentence, \a more after the options (examples).
    CLI::App *command(CLI::App &parent, const char *name, const char *about, const char *more);
    CLI::App *command(const char *name, const char *about, const char *more) { return command(app, name, about, more); }
};

void addEngines(CommandLine &line);
void addGpu(CommandLine &line);
void addEnvironments(CommandLine &line);
void addPlan(CommandLine &line);
void addSetup(CommandLine &line); ///< setup, build, validate
void addBuilds(CommandLine &line);
void addCompare(CommandLine &line);
void addPrune(CommandLine &line); ///< prune, pin, unpin
void addShow(CommandLine &line);  ///< show, export
void addLog(CommandLine &line);
void addFollow(CommandLine &line); ///< follow, cancel
void addQueue(CommandLine &line);  ///< queue, pause, resume
void addAwake(CommandLine &line);  ///< what a runner starts beside itself
void addPreflight(CommandLine &line);
void addKeptChoices(CommandLine &line); ///< choices
void addRetry(CommandLine &line);
void addFork(CommandLine &line);
void addDevContainer(CommandLine &line);
void addBase(CommandLine &line); ///< what a build's base task runs
void addDiagnose(CommandLine &line);

/// An option or argument that holds text; what it holds lives in \a value.
CLI::Option *addText(CLI::App *command, const char *name, std::string &value, const char *about);

inline QString text(const std::string &value)
{
    return QString::fromStdString(value);
}

} // namespace kernelyard::ctl
