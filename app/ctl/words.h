// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/console.h"
#include "core/build/builds.h"
#include "core/build/environmentstatus.h"
#include "core/build/queue.h"
#include "core/build/validationcontext.h"

#include <QJsonArray>
#include <QJsonObject>

namespace kernelyard::ctl {

// The words for states, in tables and in JSON alike, and the style that goes with each.
QString word(BuildStatus status); ///< queued, running, done, failed, cancelled, interrupted
QString word(StepStatus status);  ///< waiting, running, cached, done, failed, not run
QString word(TaskKind kind);      ///< base, layer, fork, validation, transfer, container
QString word(Readiness readiness);
Style style(BuildStatus status);
Style style(StepStatus status);
Style style(Verdict verdict);
Style style(Readiness readiness);

/// "queued, second in line for podman", "running, paused", or the status alone. \a queue is as read at that time.
QString stateSentence(BuildId id, BuildStatus status, bool isPaused, const QList<QueueEntry> &queue);

/// The exit status that a build's end means: done 0, cancelled 130, anything else 1.
int exitStatusOf(BuildStatus status);

/// "[builder 3/7] RUN make": the engine's own name where it names the task, else with the task's before it.
QString stepTitle(const Plan &plan, const Step &step);

// JSON shapes, documented in kernelyardctl(1).
QJsonObject toJson(const BuildSummary &build);
QJsonObject toJson(const QueueEntry &entry);
QJsonObject toJson(const Plan &plan, const Step &step, int number);
QJsonObject toJson(const BuildState &state, BuildId id);
QJsonObject toJson(const ForkStatus &fork);
QJsonObject toJson(const ValidationVerdict &verdict);
QJsonObject toJson(const EnvironmentStatus &status);

/// One document, indented, with its line end.
QByteArray document(const QJsonObject &object);

} // namespace kernelyard::ctl
