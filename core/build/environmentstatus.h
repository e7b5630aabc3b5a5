// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/validationcontext.h"
#include "core/environment/choices.h"
#include "core/fork/fork.h"

namespace kernelyard {

/// In this order the first that holds:
/// Unknown: the engine did not answer. Building: a build of the environment with this engine waits or runs. Failed: the
/// last one failed, and not by the verdict of its validation. NotBuilt: a layer's image is missing. Ready: the last
/// validation passed and no image is newer than it (or the environment has no validation). Built: the rest.
enum class Readiness { Unknown, NotBuilt, Building, Failed, Built, Ready };

struct LayerStatus
{
    QString name;
    bool present = false;
    qint64 sizeBytes = 0; ///< of the whole image, as the engine tells it
    qint64 ownBytes = 0;  ///< what it adds to the image below it, as far as that is one of this environment
    QDateTime created;
};

/// What an environment's card shows.
struct EnvironmentStatus
{
    Readiness readiness = Readiness::Unknown;
    QList<LayerStatus> layers;
    /// What the images take together, the base included, each shared part counted once. Other environments may share
    /// the base.
    qint64 diskBytes = 0;
    std::optional<BuildSummary> lastBuild;           ///< with this engine
    QString failedLayer;                             ///< at which it failed; empty: at none
    ChosenValues changed;                            ///< since the layers were built: what they would be built with now
    std::optional<ValidationVerdict> lastValidation; ///< of the suite, or of its quick cases; none of a part
    ValidationScope lastValidationScope;
    BuildId lastValidationBuild;
    std::optional<ForkStatus> fork;
};

/// The rule at Readiness, for an engine that answered. \a validated: when the last validation ended.
Readiness readinessOf(const EnvironmentStatus &status, const Environment &environment, const QDateTime &validated);

/// What a validation needs before it can start: the layer that it runs in, and the fork. Errors: Missing.
Result<void> readyToValidate(const Environment &environment, const Engine &engine, const EnvironmentStatus &status,
                             const Paths &paths);

/// Asks the engine for the images (one call) and reads the builds and the fork; blocks, so call it on a worker thread.
/// \a environment as read from its file, or with its choices made.
EnvironmentStatus readEnvironmentStatus(const Environment &environment, const Engine &engine, const Paths &paths);

} // namespace kernelyard
