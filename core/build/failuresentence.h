// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"

namespace kernelyard {

/// How a build ended that did not end well.
struct Ending
{
    BuildStatus status = BuildStatus::Failed;
    QString reason;              ///< of Closed: the runner's own words, for what the engine did not say
    QStringList doneTasks;       ///< names
    int task = -1;               ///< the one that failed or was running
    std::optional<int> exitCode; ///< of that task
    Step step;                   ///< the one that failed, without a name when none is known
    QByteArray lastLine;         ///< of the log, plain
    std::optional<StreamNote::Kind> streamTrouble;
};

/// A process was ended with SIGKILL, which is how the kernel ends one for want of memory.
bool wasKilled(const Ending &ending);

/// The engine's daemon went away while it was at work.
bool hasLostEngine(const Ending &ending);

/// What an engine says of a failed step, without the instruction that it quotes: it stands beside the words anyway.
QString withoutInstruction(const QString &words);
/// In one line, with a full stop; empty stays empty.
QString asSentence(const QString &words);
/// A step's name in one line of 120 characters at the most, for an instruction can be a whole script; without the
/// mounts of a RUN, which would hide its command.
QString shortInstruction(const QString &name);

/// Says what failed, where, why, what is kept and what to do next.
QString failureSentence(const Plan &plan, const Ending &ending);
/// The same for a list, where the first words count: the failed step with what was said of it.
QString failureInShort(const Plan &plan, const Ending &ending);

} // namespace kernelyard
