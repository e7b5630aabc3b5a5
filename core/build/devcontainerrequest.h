// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/architecturechoice.h"
#include "core/build/plan.h"
#include "core/devcontainer/client.h"
#include "core/devcontainer/configuration.h"

namespace kernelyard {

/// What the user asked for; the rest comes from the environment and this machine.
struct DevContainerOptions
{
    QString folder;       ///< absolute: the checkout; empty: the environment's own fork
    ChosenValues choices; ///< made here
    QString registry;
    QString tag = QStringLiteral("latest");
    bool dockerInDocker = false;
};

/// Reads the checkout's address; blocks for a moment. Errors: those of architectureChoices and effectiveChoices;
/// Unsupported (an environment without a fork, and no folder).
Result<DevContainerRequest> devContainerRequest(const Environment &environment, const Engine &engine,
                                                const DevContainerOptions &options, const GpuFacts &gpu,
                                                const Paths &paths);

/// Where the dev container of \a request was written, ready for its client. Errors: Missing (it was not written yet;
/// its image is not there, with the command that builds it), and those of engineProgramFor.
Result<DevContainerPlace> devContainerPlace(const DevContainerRequest &request, const Paths &paths);
/// The same for one that need not have an image: to stop it or to look at it.
Result<DevContainerPlace> writtenDevContainer(const DevContainerRequest &request, const Paths &paths);

/// A build of one task: the container is made and started. Pure.
Plan devContainerPlan(const DevContainerRequest &request, const DevContainerClient &client,
                      const DevContainerPlace &place, DevContainerStart start);

} // namespace kernelyard
