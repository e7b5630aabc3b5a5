// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/forkadvice.h"
#include "ui/widgets/theme.h"

namespace kernelyard {

/// One of the ways to make what runs the same as what stands in the checkout.
struct AdviceWay
{
    RebuildVerdict verdict = RebuildVerdict::Link; ///< Link, Partial, Full
    QString title;
    QString time;     ///< "2 min 40 s"; "no estimate yet"
    double share = 0; ///< of compiling everything, 0 to 1
    QString sub;
    bool isPossible = true;

    bool operator==(const AdviceWay &) const = default;
};

/// What the advice card says.
struct AdviceWords
{
    State state = State::Unknown;
    QString badge;
    QString figure;
    QString estimate;
    QString because; ///< sentences
    QList<AdviceWay> ways;
    RebuildVerdict advised = RebuildVerdict::Link; ///< the way that is enough
    QString sameTitle;
    QList<std::pair<State, QString>> same; ///< what decides everything, and whether it is as it was

    bool operator==(const AdviceWords &) const = default;
};

AdviceWords adviceWords(const ForkAdvice &advice);
/// The words of the button that does \a way: "Rebuild 7 units, validate".
QString buttonText(const ForkAdvice &advice, RebuildVerdict way);

} // namespace kernelyard
