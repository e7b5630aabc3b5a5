// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/ladder.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

namespace kernelyard {

LadderRow::LadderRow(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setProperty("focusRing", true);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    auto *copyAction = new QAction(icon(Glyph::Copy, Ink::Muted), tr("Copy command"), this);
    connect(copyAction, &QAction::triggered, this, &LadderRow::copy);
    m_copy = new ActionButton(copyAction, ActionButton::Look::IconOnly, this);
    m_copy->hide();
    m_act = new QAction(this);
    connect(m_act, &QAction::triggered, this, &LadderRow::actionAsked);
    m_actButton = new ActionButton(m_act, ActionButton::Look::Plain, this);
    m_actButton->hide();
    new RingTicker(this, [this] { return m_rung.state == State::Running; });
}

void LadderRow::setRung(const LadderRung &rung, Place place)
{
    if (rung == m_rung && place == m_place && !accessibleName().isEmpty())
        return;
    m_rung = rung;
    m_place = place;
    setAccessibleName(tr("%1: %2. %3").arg(rung.name, wordOf(rung.state), rung.evidence));
    setAccessibleDescription(showsRemedy() ? QString(rung.remedy + u' ' + rung.command).trimmed() : QString());
    m_copy->setVisible(showsCommand());
    m_act->setText(rung.action);
    m_actButton->setVisible(showsAction());
    placeButtons(); // another action may be longer, in a row as high as before
    m_copy->setAccessibleName(tr("Copy command of %1").arg(rung.name));
    updateGeometry();
    update();
}

bool LadderRow::showsRemedy() const
{
    return m_rung.state != State::Success && m_rung.state != State::Running &&
           (!m_rung.remedy.isEmpty() || !m_rung.command.isEmpty());
}

bool LadderRow::showsAction() const
{
    return showsRemedy() && !m_rung.action.isEmpty();
}

bool LadderRow::showsCommand() const
{
    return showsRemedy() && !showsAction() && !m_rung.command.isEmpty();
}

QRect LadderRow::textRect(int width) const
{
    return {px(26), 0, qMax(px(60), width - px(26)), 0};
}

/// Between words; within one only where it is wider than the room, as a path may be.
static int wrapping(const QString &text, const QFontMetrics &metrics, int width)
{
    for (const QStringView word : QStringView(text).tokenize(u' '))
        if (metrics.horizontalAdvance(word.toString()) > width)
            return Qt::TextWrapAnywhere;
    return Qt::TextWordWrap;
}

int LadderRow::textHeight(const QString &text, const QFont &font, int width) const
{
    if (text.isEmpty())
        return 0;
    const QFontMetrics metrics(font);
    return metrics.boundingRect(QRect(0, 0, width, 10000), wrapping(text, metrics, width), text).height();
}

static int commandInset()
{
    return px(8);
}

int LadderRow::heightForWidth(int width) const
{
    const int room = textRect(width).width();
    const QFont secondary = kernelyard::font(Type::Secondary);
    int height = textHeight(m_rung.name, kernelyard::font(Type::Body), room) + px(1);
    height += textHeight(m_rung.evidence, secondary, room);
    if (showsRemedy()) {
        height += textHeight(m_rung.remedy, secondary, room);
        if (showsAction())
            height += px(4) + m_actButton->sizeHint().height();
        if (showsCommand())
            height += px(4) + qMax(px(28), textHeight(m_rung.command, kernelyard::font(Type::Mono),
                                                      room - px(34) - 2 * commandInset()) +
                                               px(10));
    }
    return height + px(6);
}

QSize LadderRow::sizeHint() const
{
    return {px(300), heightForWidth(px(300))};
}

QSize LadderRow::minimumSizeHint() const
{
    return {px(120), px(20)}; // what it needs at its width is told by heightForWidth
}

void LadderRow::resizeEvent(QResizeEvent *)
{
    placeButtons();
}

void LadderRow::placeButtons()
{
    m_copy->resize(px(28), px(28));
    m_copy->move(width() - m_copy->width(), height() - px(6) - m_copy->height());
    m_actButton->resize(m_actButton->sizeHint().boundedTo({textRect(width()).width(), px(80)}));
    m_actButton->move(textRect(width()).left(), height() - px(6) - m_actButton->height());
}

void LadderRow::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    const int side = px(16);
    const int lineHeight = QFontMetrics(kernelyard::font(Type::Body)).height();
    const QRect shape(0, (lineHeight - side) / 2, side, side);
    painter.setPen(theme.line);
    if (m_place == Place::Middle || m_place == Place::Last)
        painter.drawLine(side / 2, 0, side / 2, shape.top() - px(2));
    if (m_place == Place::Middle || m_place == Place::First)
        painter.drawLine(side / 2, shape.bottom() + px(3), side / 2, height());
    paintState(painter, shape, m_rung.state, theme, m_rung.state == State::Running ? ringTurn() : 0);

    const QRect room = textRect(width());
    int y = 0;
    const auto paragraph = [&](const QString &text, Type type, const QColor &color) {
        const QFont font = kernelyard::font(type);
        const int high = textHeight(text, font, room.width());
        painter.setFont(font);
        painter.setPen(color);
        painter.drawText(QRect(room.left(), y, room.width(), high), wrapping(text, painter.fontMetrics(), room.width()),
                         text);
        y += high;
    };
    paragraph(m_rung.name, Type::Body, theme.text);
    y += px(1);
    const bool trouble = m_rung.state == State::Warning || m_rung.state == State::Failed;
    paragraph(m_rung.evidence, Type::Secondary, trouble ? theme.color(m_rung.state) : theme.muted);
    if (!showsRemedy())
        return;
    paragraph(m_rung.remedy, Type::Secondary, theme.muted);
    if (!showsCommand())
        return;
    const QRect box(room.left(), y + px(4), room.width() - px(34), height() - y - px(4) - px(6));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.line);
    painter.setBrush(theme.log);
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(4), px(4));
    painter.setFont(kernelyard::font(Type::Mono));
    painter.setPen(theme.text);
    const QRect inside = box.adjusted(commandInset(), 0, -commandInset(), 0);
    painter.drawText(inside, Qt::AlignVCenter | wrapping(m_rung.command, painter.fontMetrics(), inside.width()),
                     m_rung.command);
}

void LadderRow::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && showsAction())
        m_act->trigger();
    else if (event->key() == Qt::Key_Up || event->key() == Qt::Key_K)
        focusNextPrevChild(false);
    else if (event->key() == Qt::Key_Down || event->key() == Qt::Key_J)
        focusNextPrevChild(true);
    else
        QWidget::keyPressEvent(event);
}

/// The command, or where there is none what is known of the rung.
void LadderRow::copy() const
{
    const bool runs = showsRemedy() && !m_rung.command.isEmpty();
    QGuiApplication::clipboard()->setText(runs ? m_rung.command : QString(m_rung.name + u": " + m_rung.evidence));
}

Ladder::Ladder(const QString &accessibleName, QWidget *parent)
    : QWidget(parent)
    , m_column(new QVBoxLayout(this))
{
    setAccessibleName(accessibleName);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(0);
}

void Ladder::setRungs(const QList<LadderRung> &rungs)
{
    while (m_rows.size() > rungs.size())
        delete m_rows.takeLast();
    while (m_rows.size() < rungs.size()) {
        auto *row = new LadderRow(this);
        connect(row, &LadderRow::actionAsked, this, [this, row] { Q_EMIT actionAsked(m_rows.indexOf(row)); });
        m_rows.append(row);
        m_column->addWidget(row);
    }
    for (qsizetype i = 0; i < rungs.size(); ++i) {
        using Place = LadderRow::Place;
        const bool first = i == 0, last = i + 1 == rungs.size();
        m_rows[i]->setRung(rungs[i], first && last ? Place::Only
                                     : first       ? Place::First
                                     : last        ? Place::Last
                                                   : Place::Middle);
    }
}

} // namespace kernelyard
