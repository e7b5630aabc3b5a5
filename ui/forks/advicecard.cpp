// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/advicecard.h"

#include "ui/forks/waybutton.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QButtonGroup>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace kernelyard {

AdviceCard::AdviceCard(QAction *main, QAction *units, QAction *build, QWidget *parent)
    : Card(parent)
    , m_badge(new Badge)
    , m_figure(new Label({}, Type::KeyFigure))
    , m_estimate(new Label({}, Type::Secondary, Tone::Muted))
    , m_because(new Label)
    , m_group(new QButtonGroup(this))
    , m_sameTitle(new Label({}, Type::Secondary, Tone::Muted))
    , m_same(new QGridLayout)
{
    setAccessibleName(tr("Rebuild advice"));
    body()->setContentsMargins(px(14), px(12), px(14), px(14));
    auto *top = new QHBoxLayout;
    top->addWidget(new Label(tr("Rebuild advice"), Type::CardHeader), 1);
    top->addWidget(m_badge);
    body()->addLayout(top);
    auto *figures = new QVBoxLayout;
    figures->setSpacing(px(2));
    figures->addWidget(m_figure);
    figures->addWidget(m_estimate);
    body()->addLayout(figures);
    m_because->setWordWrap(true);
    m_because->setTextInteractionFlags(Qt::TextSelectableByMouse);
    body()->addWidget(m_because);
    for (int i = 0; i < 3; ++i) {
        auto *way = new WayButton;
        m_group->addButton(way, i);
        m_ways.append(way);
        body()->addWidget(way);
    }
    connect(m_group, &QButtonGroup::idToggled, this, [this](int, bool on) {
        if (on)
            Q_EMIT chosenChanged();
    });
    body()->addSpacing(px(2));
    body()->addWidget(m_sameTitle);
    m_same->setHorizontalSpacing(px(16));
    m_same->setVerticalSpacing(px(2));
    m_same->setColumnStretch(2, 1);
    body()->addLayout(m_same);
    body()->addStretch(1);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(px(8));
    buttons->addWidget(new ActionButton(main, ActionButton::Look::Filled));
    buttons->addWidget(new ActionButton(build, ActionButton::Look::Filled));
    buttons->addWidget(new ActionButton(units));
    buttons->addStretch(1);
    body()->addLayout(buttons);
}

RebuildVerdict AdviceCard::chosen() const
{
    const int id = m_group->checkedId();
    return id < 0 ? m_words.advised : m_ways[id]->way().verdict;
}

void AdviceCard::choose(RebuildVerdict way)
{
    for (WayButton *button : m_ways)
        if (button->way().verdict == way && button->isEnabled())
            button->setChecked(true);
}

void AdviceCard::setWords(const AdviceWords &words)
{
    if (words == m_words)
        return;
    // What the user chose stays chosen while the same is advised.
    const bool keeps = words.advised == m_words.advised && !m_words.ways.isEmpty();
    const RebuildVerdict before = chosen();
    m_words = words;
    setBar(words.state);
    m_badge->setState(words.state, words.badge);
    m_figure->setText(words.figure);
    m_estimate->setText(words.estimate);
    m_estimate->setVisible(!words.estimate.isEmpty());
    m_because->setText(words.because);
    for (qsizetype i = 0; i < m_ways.size(); ++i) {
        m_ways[i]->setVisible(i < words.ways.size());
        if (i < words.ways.size())
            m_ways[i]->setWay(words.ways[i]);
    }
    if (!words.ways.isEmpty())
        choose(keeps ? before : words.advised);
    showFacts();
    setAccessibleDescription(words.figure);
    Q_EMIT chosenChanged();
}

void AdviceCard::setNothing(State state, const QString &badge, const QString &figure, const QString &why)
{
    AdviceWords words;
    words.state = state;
    words.badge = badge;
    words.figure = figure;
    words.because = why;
    setWords(words);
}

void AdviceCard::showFacts()
{
    while (QLayoutItem *item = m_same->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_sameTitle->setText(m_words.sameTitle);
    m_sameTitle->setVisible(!m_words.same.isEmpty());
    for (qsizetype i = 0; i < m_words.same.size(); ++i) {
        auto *line = new StateLine;
        line->setFact(m_words.same[i].first, m_words.same[i].second);
        // the first is the longest, alone in its row
        const int row = i == 0 ? 0 : int(i + 1) / 2;
        m_same->addWidget(line, row, i == 0 ? 0 : int(i - 1) % 2, 1, i == 0 ? 3 : 1);
    }
}

} // namespace kernelyard
