// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmarkreport.h"
#include "ui/widgets/card.h"

namespace kernelyard {

class Label;
class StateLine;

/// One scenario: what it does, its median, how much faster it is, and whether it compiled what it should.
class ScenarioCard : public Card
{
    Q_OBJECT

public:
    explicit ScenarioCard(Scenario scenario, QWidget *parent = nullptr);

    void setSummary(const ScenarioSummary &summary);

private:
    Label *m_time;
    Label *m_factor;
    StateLine *m_check;
};

} // namespace kernelyard
