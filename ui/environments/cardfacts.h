// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/build/environmentstatus.h"
#include "ui/widgets/layerboxes.h"

namespace kernelyard {

/// A line of a card: "Last build   4 s, 31 steps cached · today 11:52".
struct CardLine
{
    QString label;
    std::optional<State> state;
    QString text;
    int done = 0; ///< of total, for a bar; total 0: no bar
    int total = 0;

    bool operator==(const CardLine &) const = default;
};

/// What the card's one main button does.
enum class CardStep { SetUp, ShowBuild, Validate, Retry };

/// All that an environment's card says, ready to be shown.
struct CardFacts
{
    State state = State::Unknown;
    QString word;
    QList<LayerBox> layers;
    QList<CardLine> lines; ///< three
    CardStep step = CardStep::SetUp;
    QString disk;
};

/// What is known of an environment at one moment.
struct CardKnowledge
{
    Environment environment;
    std::optional<EnvironmentStatus> status; ///< absent: not read yet
    bool hasEngine = false;                  ///< one that works
    bool enginesKnown = false;
    std::optional<BuildSummary> running; ///< its build that runs now
    std::optional<Plan> plan;            ///< of that build
    std::optional<BuildUpdate> live;     ///< of that build
    QDateTime now;
};

CardFacts cardFacts(const CardKnowledge &known);

/// "64 of 64 cases, worst rel. L2 4.1e-4"
QString validationText(const ValidationVerdict &verdict);
State stateOf(Verdict verdict);

} // namespace kernelyard
