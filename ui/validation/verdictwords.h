// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

/// \a isRunning: lines may still come. \a failure is the build's, for a run that was cut off.
VerdictWords verdictWords(const ValidationRun &run, bool isRunning, const QString &failure);

} // namespace kernelyard
