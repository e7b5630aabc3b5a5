// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/devcontainerrequest.h"
#include "core/devcontainer/devcontainer.h"

#include <functional>

namespace kernelyard {

/// What is known of one dev container at one time.
struct DevContainerView
{
    DevContainerRequest request;
    DevContainerChange change;
    bool isWritten = false;
    std::optional<DevContainerState> state; ///< none: not written, or the engine did not say
    std::optional<Error> noStart;           ///< why it can't be started now: no client, no image
};

/// How dev containers are read, written and run; all block and run on a worker thread. Tests put their own in.
struct DevContainerSources
{
    /// \a folder is the checkout; empty: the environment's own fork.
    std::function<Result<DevContainerView>(const Environment &, const Engine &, const QString &folder)> read;
    std::function<Result<void>(const DevContainerChange &)> write;
    std::function<Result<Plan>(const DevContainerRequest &, DevContainerStart)> plan;
    std::function<Result<void>(const DevContainerRequest &)> stop;
    std::function<Result<Command>(const DevContainerRequest &)> openCode;
    std::function<Result<Command>(const DevContainerRequest &)> openTerminal;

    static DevContainerSources real(const Paths &paths);
};

} // namespace kernelyard
