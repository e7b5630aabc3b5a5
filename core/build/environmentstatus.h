// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "core/environment/environment.h"
#include "core/fork/fork.h"
#include "core/validation/validationrun.h"

namespace kernelyard {

enum class Readiness { Unknown, NotBuilt, Building, Failed, Built, Ready };

struct LayerStatus
{
    QString name;
    bool present = false;
    qint64 sizeBytes = 0;
    QDateTime created;
};

/// What an environment's card shows.
struct EnvironmentStatus
{
    Readiness readiness = Readiness::Unknown; ///< Ready: all layers present and the last validation passed
    QList<LayerStatus> layers;
    qint64 diskBytes = 0;
    std::optional<BuildSummary> lastBuild;
    std::optional<ValidationVerdict> lastValidation;
    BuildId lastValidationBuild;
    std::optional<ForkStatus> fork;
};

/// Asks the engine for the images and reads the builds and the fork; blocks, so call it on a worker thread.
EnvironmentStatus readEnvironmentStatus(const Environment &environment, const Engine &engine, const Paths &paths);

} // namespace kernelyard
