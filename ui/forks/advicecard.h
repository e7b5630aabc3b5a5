// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/forks/advicewords.h"
#include "ui/widgets/card.h"

class QAction;
class QButtonGroup;
class QGridLayout;

namespace kernelyard {

class ActionButton;
class Badge;
class WayButton;

/// What must be built again, how long that takes, and the buttons that do it.
class AdviceCard : public Card
{
    Q_OBJECT

public:
    /// \a main does what is chosen, \a units shows what that compiles, \a build shows the running build.
    AdviceCard(QAction *main, QAction *units, QAction *build, QWidget *parent = nullptr);

    void setWords(const AdviceWords &words);
    /// No advice: why, in a sentence or two.
    void setNothing(State state, const QString &badge, const QString &figure, const QString &why);
    const AdviceWords &words() const { return m_words; }

    RebuildVerdict chosen() const; ///< Link, Partial, Full
    void choose(RebuildVerdict way);

Q_SIGNALS:
    void chosenChanged();

private:
    void showFacts();

    AdviceWords m_words;
    Badge *m_badge;
    Label *m_figure;
    Label *m_estimate;
    Label *m_because;
    QButtonGroup *m_group;
    QList<WayButton *> m_ways;
    Label *m_sameTitle;
    QGridLayout *m_same;
};

} // namespace kernelyard
