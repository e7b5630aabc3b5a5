// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"
#include "core/environment/choices.h"
#include "ui/widgets/theme.h"

#include <QDateTime>
#include <QString>

namespace kernelyard {

// How facts of builds are said in tables and sentences, the same on every page.

State stateOf(BuildStatus status);
State stateOf(StepStatus status);
QString wordOf(BuildStatus status); ///< "Running", "Done", …
QString wordOf(StepStatus status);  ///< "running", "cached", "not run", …

/// "0:04", "24:18", "1:02:05"; rounded down, so that a clock never runs ahead.
QString durationText(BuildTime duration);
/// "4 s", "2 min 40 s", "1 h 2 min".
QString durationSentence(BuildTime duration);
/// "13:07 today", "yesterday 20:02", "12 Mar 09:14", "3 Jan 2025 17:22"; empty for an invalid time.
QString momentText(const QDateTime &moment, const QDateTime &now);
/// "18,423", by the locale.
QString countText(qint64 count);

/// "287 of 412 units", "3 files so far", "8.0 of 16.9 MB", "12 of 34 packages"; empty where nothing was said.
QString workText(const StepWork &work);

/// "jobs = 4, cuda-tag = cu130"; empty where there are none.
QString choicesText(const ChosenValues &choices);

/// A step's name as people read it: without BuildKit's "[stage n/m] ", on one line.
QString stepTitle(const QString &name);
/// The same for a narrow list: of a RUN the command alone.
QString shortStepTitle(const QString &name);

} // namespace kernelyard
