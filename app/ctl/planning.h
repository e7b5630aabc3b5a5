// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/session.h"
#include "core/build/planner.h"
#include "core/environment/choices.h"

namespace kernelyard::ctl {

/// The options that decide a plan, the same for every command that makes one.
struct PlanOptions
{
    std::string environment;
    std::string layer;
    std::string engine;
    std::vector<std::string> choices; ///< NAME=VALUE
    std::vector<std::string> cases;
    std::vector<std::string> backends;
    std::string against; ///< a commit
    bool noCache = false;
    bool quick = false;
    std::string registry; ///< push and pull
    std::string tag = "latest";
    std::vector<std::string> cacheFrom;
    std::string cacheTo;
};

/// A plan with what it was made of.
struct Planned
{
    Environment environment;
    Engine engine;
    Plan plan;
};

void addEnvironmentArgument(CLI::App *command, PlanOptions &options);
void addChoices(CLI::App *command, PlanOptions &options);
void addEngineAndChoices(CLI::App *command, PlanOptions &options);
void addCacheOptions(CLI::App *command, PlanOptions &options);      ///< --no-cache, --cache-from, --cache-to
void addValidationOptions(CLI::App *command, PlanOptions &options); ///< --quick
void addSuiteOptions(CLI::App *command, PlanOptions &options);      ///< --backend, --case, --against

/// Errors: Invalid (a word that is not NAME=VALUE).
Result<ChosenValues> readChoices(const std::vector<std::string> &words);

/// The environment that was named, with the choices that were made. Errors: as Session::environment and withChoices.
Result<Environment> chosenEnvironment(Session &session, const PlanOptions &options);

Result<Planned> planFor(Session &session, const PlanOptions &options, PlanRequest::Purpose purpose);

/// What --dry-run prints: every command in order, each on a line that a shell would run; those that a command of our
/// own runs in turn are indented below it. Errors: as innerCommands.
Result<void> printCommands(Session &session, const Planned &planned);

} // namespace kernelyard::ctl
