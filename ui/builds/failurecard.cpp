// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/failurecard.h"

#include "ui/models/wording.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QListWidget>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

class StateGlyph final : public QWidget
{
public:
    explicit StateGlyph(QWidget *parent)
        : QWidget(parent)
    {
        setFixedSize(px(18), px(18));
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
        paintState(painter, rect(), m_state, Theme::of(palette()));
    }

private:
    State m_state = State::Failed;
};

namespace {

/// A line of a tool's own words in a field of its own.
class ToolBox final : public QWidget
{
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = Theme::of(palette());
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(theme.line);
        painter.setBrush(theme.log);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(3), px(3));
    }
};

} // namespace

FailureCard::FailureCard(const QList<QAction *> &actions, QWidget *parent)
    : Card(parent)
    , m_glyph(new StateGlyph(this))
    , m_what(new Label({}, Type::Object))
    , m_facts(new QGridLayout)
    , m_toolLine(new Label({}, Type::Mono))
    , m_label(new Label({}, Type::Mono, Tone::Muted))
    , m_fold(new QToolButton(this))
    , m_lines(new QListWidget(this))
    , m_toolBox(new ToolBox(this))
    , m_toolNumber(new Label({}, Type::Mono, Tone::Faint))
{
    setBar(State::Failed);
    auto *head = new QHBoxLayout;
    head->setSpacing(px(8));
    head->addWidget(m_glyph);
    head->addWidget(m_what);
    head->addWidget(m_label);
    head->addStretch(1);
    body()->addLayout(head);

    m_facts->setHorizontalSpacing(px(12));
    m_facts->setVerticalSpacing(px(3));
    m_facts->setColumnMinimumWidth(0, px(64));
    m_facts->setColumnStretch(1, 1);
    m_where = addFact(tr("Where"));
    m_why = addFact(tr("Why"));
    m_kept = addFact(tr("Kept"));
    m_next = addFact(tr("Next"));
    connect(m_where.value, &QLabel::linkActivated, this, [this] { Q_EMIT lineChosen(m_failure.line); });
    body()->addLayout(m_facts);

    auto *tool = new QHBoxLayout(m_toolBox);
    tool->setContentsMargins(px(10), px(5), px(10), px(5));
    tool->setSpacing(px(12));
    m_toolNumber->setElideMode(Qt::ElideNone);
    tool->addWidget(m_toolNumber);
    tool->addWidget(m_toolLine, 1);
    body()->addWidget(m_toolBox);

    makeLines();

    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(px(8));
    buttons->setContentsMargins(0, px(2), 0, 0);
    for (QAction *action : actions) {
        m_buttons << new ActionButton(action);
        buttons->addWidget(m_buttons.last());
        connect(action, &QAction::changed, this, &FailureCard::markMainButton);
    }
    buttons->addStretch(1);
    buttons->addWidget(m_fold); // no row of its own: the log below needs the room
    body()->addLayout(buttons);
}

void FailureCard::makeLines()
{
    m_fold->setObjectName(u"followOn"_s);
    m_fold->setAutoRaise(true);
    m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_fold->setFont(kernelyard::font(Type::Medium));
    m_lines->setFont(kernelyard::font(Type::Mono));
    m_lines->setUniformItemSizes(true);
    m_lines->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_lines->setFrameShape(QFrame::NoFrame);
    m_lines->viewport()->setAutoFillBackground(false);
    m_linesBox = new ToolBox(this);
    auto *box = new QVBoxLayout(m_linesBox);
    box->setContentsMargins(px(6), px(5), px(6), px(5));
    box->addWidget(m_lines);
    body()->addWidget(m_linesBox);
    connect(m_fold, &QToolButton::clicked, this, [this] { fold(!m_isOpen); });
    const auto choose = [this](QListWidgetItem *item) { Q_EMIT lineChosen(item->data(Qt::UserRole).toLongLong() - 1); };
    connect(m_lines, &QListWidget::itemClicked, this, choose);
    connect(m_lines, &QListWidget::itemActivated, this, choose);
}

void FailureCard::showLines()
{
    m_lines->clear();
    m_fold->setVisible(!m_failure.lines.isEmpty());
    m_fold->setText(m_failure.linesTitle);
    m_fold->setAccessibleName(m_failure.linesTitle);
    m_lines->setAccessibleName(m_failure.linesTitle);
    const qsizetype width = m_failure.lines.isEmpty() ? 0 : countText(m_failure.lines.last().line).size();
    for (const FailureLine &line : std::as_const(m_failure.lines)) {
        auto *item = new QListWidgetItem(countText(line.line).rightJustified(width) % u"  "_s % line.text, m_lines);
        item->setData(Qt::UserRole, line.line);
        item->setToolTip(line.text);
    }
    const int shown = std::clamp(static_cast<int>(m_failure.lines.size()), 1, 6);
    const int row = std::max(m_lines->sizeHintForRow(0), m_lines->fontMetrics().height());
    m_lines->setFixedHeight(row * shown + 2);
    const bool open = m_failure.label.isEmpty() && !m_failure.lines.isEmpty(); // the last lines are all there is
    fold(open);
    if (open)
        m_lines->scrollToBottom();
}

void FailureCard::fold(bool open)
{
    m_fold->setIcon(icon(open ? Glyph::ChevronDown : Glyph::ChevronRight, Ink::Muted));
    m_isOpen = open && !m_failure.lines.isEmpty();
    m_linesBox->setVisible(m_isOpen);
}

void FailureCard::markMainButton()
{
    const auto main =
        std::find_if(m_buttons.begin(), m_buttons.end(), [](const ActionButton *button) { return button->isShown(); });
    for (ActionButton *button : std::as_const(m_buttons))
        button->setFilled(main != m_buttons.end() && button == *main);
}

FailureCard::Fact FailureCard::addFact(const QString &name)
{
    const Fact fact{new Label(name, Type::Body, Tone::Muted), new QLabel(this)};
    fact.value->setWordWrap(true);
    fact.value->setTextFormat(Qt::PlainText);
    fact.value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::LinksAccessibleByMouse |
                                        Qt::LinksAccessibleByKeyboard);
    const int row = m_facts->rowCount();
    m_facts->addWidget(fact.name, row, 0, Qt::AlignTop);
    m_facts->addWidget(fact.value, row, 1);
    return fact;
}

void FailureCard::showFact(const Fact &fact, const QString &text)
{
    fact.name->setVisible(!text.isEmpty());
    fact.value->setVisible(!text.isEmpty());
    fact.value->setText(text);
    fact.value->setAccessibleName(fact.name->text() % u": " % text);
}

void FailureCard::setFailure(const BuildFailure &failure, BuildStatus status)
{
    m_failure = failure;
    setBar(stateOf(status));
    m_glyph->setState(stateOf(status));
    m_what->setText(failure.what);
    m_label->setText(failure.label);
    m_label->setVisible(!failure.label.isEmpty());
    setAccessibleName(failure.what);
    showFact(m_why, failure.why);
    showFact(m_kept, failure.kept);
    showFact(m_next, failure.next);
    m_toolBox->setVisible(!failure.toolLine.isEmpty());
    m_toolNumber->setText(countText(failure.line + 1));
    m_toolLine->setText(failure.toolLine);
    showWhere();
    showLines();
    markMainButton();
}

void FailureCard::showWhere()
{
    // the only text with markup; the step's name is the tool's and stays text
    QString where = m_failure.where.left(300).toHtmlEscaped();
    if (m_failure.line >= 0) {
        const QString link = u"<a href=\"#line\" style=\"color:%1\">%2</a>"_s.arg(
            Theme::of(palette()).accent.name(), tr("line %1").arg(countText(m_failure.line + 1)));
        where = where.isEmpty() ? link : QString(where % u", " % link);
    }
    m_where.value->setTextFormat(Qt::RichText);
    showFact(m_where, where);
    m_where.value->setAccessibleName(tr("Where: %1").arg(m_failure.where));
}

void FailureCard::changeEvent(QEvent *event)
{
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showWhere();
    if (event->type() == QEvent::PaletteChange)
        fold(m_isOpen);
}

} // namespace kernelyard
