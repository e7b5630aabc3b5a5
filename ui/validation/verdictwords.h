// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"
#include "core/validation/validationrun.h"
#include "ui/widgets/theme.h"

namespace kernelyard {

/// A number that a verdict stands on.
struct KeyFigure
{
    QString name;
    QString value;
    QString limit;

    bool operator==(const KeyFigure &) const = default;
};

/// What the verdict card says.
struct VerdictWords
{
    State state = State::Unknown;
    QString title;
    QString sub;
    QList<KeyFigure> figures; ///< at most three
    int done = 0, total = 0;  ///< of the cases while they arrive

    bool operator==(const VerdictWords &) const = default;
};

/// Where the build of a run stands, beside what the run's own lines say.
struct RunProgress
{
    BuildStatus status = BuildStatus::Done;
    bool began = true; ///< its validation
    QString failure;   ///< of the build

    bool isRunning() const { return !isEnded(status); } ///< lines may still come
};

QString verdictWord(Verdict verdict); ///< "passed", "failed", "void", "cut off"

VerdictWords verdictWords(const ValidationRun &run, const RunProgress &progress);

} // namespace kernelyard
