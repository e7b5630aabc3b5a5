// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/build/architecturechoice.h"
#include "core/build/plan.h"
#include "core/environment/environment.h"

namespace kernelyard {

/// What the user asked for.
struct PlanRequest
{
    enum class Purpose {
        Setup,    ///< everything
        Build,    ///< base and layers
        Validate, ///< the validation alone
        Push,     ///< the layers' images to `registry`
        Pull,     ///< and from there
    };
    Purpose purpose = Purpose::Setup;
    QString onlyLayer; ///< Build up to and with this layer; Push and Pull: this layer alone; empty: all
    bool noCache = false;
    QList<std::pair<QString, QString>> choices;
    QStringList validationArguments;        ///< appended to the suite's command: --quick, --case ID
    QString registry;                       ///< Push, Pull: host[:port][/path]
    QString tag = QStringLiteral("latest"); ///< there
    QStringList cacheFrom;                  ///< registries that may hold the layers' caches
    QString cacheTo;                        ///< a registry, or "inline": within the image that is pushed later
};

/// What of this machine a plan depends on, gathered before planning so that planning stays pure.
struct PlanFacts
{
    QString ctl;  ///< absolute path of kernelyardctl, which runs the base and fork tasks
    uint uid = 0; ///< of the user, for the owner of bind-mounted files
    uint gid = 0;
    QString suffix; ///< random letters: container names must differ between builds
    GpuFacts gpu = {};
    QString seedCommit = {}; ///< of the repository that the fork is made from where it has no address; empty: none
    static PlanFacts ofThisMachine();
    /// The same with what \a environment leaves to be detected. Blocks while the driver is asked. For the commit, the
    /// repository that its fork is made from is brought up to the shipped sources; before there is one, one aside is.
    static PlanFacts ofThisMachine(const Environment &environment, const Paths &paths);
};

/// The checkout that \a environment's fork is, or will be; empty without a fork.
QString forkPath(const Environment &environment, const Paths &paths);

/// The name of a layer's image in a registry: REGISTRY/ENVIRONMENT-LAYER:TAG.
QString remoteImage(const Environment &environment, const QString &layer, const QString &registry, const QString &tag);

/// Environment + engine + choices → tasks. Pure: touches no disk and no engine. Errors: Invalid (an unknown layer or
/// choice, named with those that exist), Unsupported (the environment lacks what is asked for).
Result<Plan> makePlan(const Environment &environment, const Engine &engine, const PlanRequest &request,
                      const PlanFacts &facts, const Paths &paths);

/// The commands that \a task's own command runs in turn, in order, for a dry run; empty for most. Reads the host's
/// package sources to say how a base image would be made; asks no engine, so it shows the way for one that has nothing.
/// \a environment is the one that \a plan was made from. Errors: those of withChoices.
Result<QList<Command>> innerCommands(const Plan &plan, const Task &task, const Environment &environment,
                                     const Paths &paths);

} // namespace kernelyard
