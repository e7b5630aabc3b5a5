// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/preflight/machinefacts.h"

namespace kernelyard {

struct ContainerRemedy
{
    QString sentence;
    std::optional<Command> fix;
};

/// What mends a probe that saw no GPU, was refused or did not end: by the engine's words where they are known, else
/// what describes the GPUs to the engine anew. \a machine has an engine.
ContainerRemedy containerRemedy(const MachineFacts &machine);

/// Whether the engine gives GPUs by a CDI specification.
bool givesByCdi(const Engine &engine);

/// Writes the specification \a file anew; empty: where the toolkit would put its own.
Command writeCdi(const ContainerToolkit &toolkit, const QString &file);

} // namespace kernelyard
