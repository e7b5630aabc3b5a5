// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/verdictcard.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"
#include "ui/widgets/layerboxes.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace kernelyard {

/// The large shape of a verdict.
class StateMark : public QWidget
{
public:
    StateMark()
    {
        setFixedSize(px(28), px(28));
        new RingTicker(this, [this] { return m_state == State::Running; });
    }

    void setState(State state)
    {
        m_state = state;
        update();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        paintState(painter, rect(), m_state, Theme::of(palette()), m_state == State::Running ? ringTurn() : 0);
    }

private:
    State m_state = State::Unknown;
};

VerdictCard::VerdictCard(QWidget *parent)
    : Card(parent)
    , m_mark(new StateMark)
    , m_title(new Label({}, Type::Object))
    , m_sub(new Label({}, Type::Body, Tone::Muted))
    , m_progress(new ProgressLine)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    auto *words = new QVBoxLayout;
    words->setSpacing(px(2));
    m_sub->setWordWrap(true);
    m_sub->setMinimumWidth(px(200));
    words->addWidget(m_title);
    words->addWidget(m_sub);
    words->addWidget(m_progress);
    auto *row = new QHBoxLayout;
    row->setSpacing(px(14));
    row->addWidget(m_mark);
    row->addLayout(words, 1);
    for (Figure &figure : m_figures) {
        figure = {new QWidget, new Label({}, Type::Secondary, Tone::Muted), new Label({}, Type::Title),
                  new Label({}, Type::Secondary, Tone::Muted)};
        auto *column = new QVBoxLayout(figure.box);
        column->setContentsMargins(px(12), 0, px(12), 0);
        column->setSpacing(0);
        for (Label *label : {figure.name, figure.value, figure.limit}) {
            label->setElideMode(Qt::ElideNone);
            column->addWidget(label);
        }
        row->addWidget(figure.box);
    }
    body()->setContentsMargins(px(14), px(8), px(8), px(8));
    body()->addLayout(row);
    setBar(State::Unknown);
}

/// In a narrow card the figures give way, the last first: the sentence says what matters. It takes two lines at most,
/// beside the figures' three.
void VerdictCard::fit()
{
    int room = width() - px(60) - px(300);
    for (std::size_t i = 0; i < m_figures.size(); ++i) {
        room -= m_figures[i].box->sizeHint().width() + px(14);
        m_figures[i].box->setVisible(static_cast<qsizetype>(i) < m_words.figures.size() && room >= 0);
    }
    int words = width() - px(14 + 8) - m_mark->width() - px(14);
    for (const Figure &figure : m_figures)
        if (!figure.box->isHidden())
            words -= figure.box->sizeHint().width() + px(14);
    // Its height is told here: asked for it by their width, all cards of the page would get more than they need.
    QSizePolicy policy = m_sub->sizePolicy();
    policy.setHeightForWidth(false);
    m_sub->setSizePolicy(policy);
    const QFontMetrics metrics = m_sub->fontMetrics();
    const int needed = metrics.boundingRect(0, 0, words, 10000, Qt::TextWordWrap, m_words.sub).height();
    m_sub->setFixedHeight(qBound(metrics.height(), needed, 2 * metrics.lineSpacing()));
    m_sub->setToolTip(needed > 2 * metrics.lineSpacing() ? m_words.sub : QString());
}

void VerdictCard::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    fit();
}

void VerdictCard::setWords(const VerdictWords &words)
{
    if (words == m_words)
        return;
    m_words = words;
    setBar(words.state);
    m_mark->setState(words.state);
    m_title->setText(words.title);
    m_sub->setText(words.sub);
    m_progress->setVisible(words.total > 0);
    m_progress->setProgress(words.done, words.total);
    setAccessibleName(words.title);
    setAccessibleDescription(words.sub);
    for (std::size_t i = 0; i < m_figures.size(); ++i) {
        if (static_cast<qsizetype>(i) >= words.figures.size())
            break;
        const KeyFigure &figure = words.figures[static_cast<qsizetype>(i)];
        m_figures[i].name->setText(figure.name);
        m_figures[i].value->setText(figure.value);
        m_figures[i].limit->setText(figure.limit);
    }
    fit();
}

} // namespace kernelyard
