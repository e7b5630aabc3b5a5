// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/rungstrip.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static int textLeft()
{
    return px(22); // the shape's side and the space after it
}

static int leastGap()
{
    return px(24); // between a rung's text and the next rung: a line of 8 with space on both sides
}

RungCell::RungCell(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setProperty("focusRing", true);
    new RingTicker(this, [this] { return m_rung.state == State::Running; });
}

void RungCell::setRung(const LadderRung &rung, bool isLast)
{
    m_rung = rung;
    m_isLast = isLast;
    setAccessibleName(tr("%1: %2. %3").arg(rung.name, wordOf(rung.state), rung.evidence));
    setAccessibleDescription(rung.remedy);
    setToolTip(u"%1: %2\n%3\n%4"_s.arg(rung.name, wordOf(rung.state), rung.evidence, rung.remedy).trimmed());
    update();
}

int RungCell::nameWidth() const
{
    return textLeft() + QFontMetrics(kernelyard::font(Type::CardHeader)).horizontalAdvance(m_rung.name) + px(2);
}

int RungCell::textWidth() const
{
    const QFontMetrics small(kernelyard::font(Type::Secondary));
    return qMax(nameWidth(), textLeft() + small.horizontalAdvance(m_rung.evidence) + px(2));
}

void RungCell::setTextRoom(int width)
{
    m_room = width;
    update();
}

void RungCell::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    const int side = px(16), middle = height() / 2;
    paintState(painter, QRect(0, middle - side / 2, side, side), m_rung.state, theme,
               m_rung.state == State::Running ? ringTurn() : 0);
    const QFont name = kernelyard::font(Type::CardHeader), evidence = kernelyard::font(Type::Secondary);
    const int high = QFontMetrics(name).height() + QFontMetrics(evidence).height();
    const QRect text(textLeft(), middle - high / 2, m_room - textLeft(), high);
    painter.setFont(name);
    painter.setPen(theme.text);
    painter.drawText(text, Qt::AlignTop | Qt::AlignLeft,
                     painter.fontMetrics().elidedText(m_rung.name, Qt::ElideRight, text.width()));
    painter.setFont(evidence);
    painter.setPen(m_rung.state == State::Failed ? theme.color(State::Failed) : theme.muted);
    painter.drawText(text, Qt::AlignBottom | Qt::AlignLeft,
                     painter.fontMetrics().elidedText(m_rung.evidence, Qt::ElideRight, text.width()));
    const int from = m_room + px(8), to = width() - px(8);
    if (m_isLast || to <= from)
        return;
    QPen pen(m_rung.state == State::Success ? theme.color(State::Success) : theme.line, px(2));
    pen.setCapStyle(Qt::FlatCap);
    painter.setPen(pen);
    painter.drawLine(from, middle, to, middle);
}

void RungCell::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy))
        QGuiApplication::clipboard()->setText(
            QString(m_rung.name + u": "_s + m_rung.evidence + u'\n' + m_rung.remedy).trimmed());
    else if (event->key() == Qt::Key_Left)
        focusNextPrevChild(false);
    else if (event->key() == Qt::Key_Right)
        focusNextPrevChild(true);
    else
        QWidget::keyPressEvent(event);
}

RungStrip::RungStrip(const QString &accessibleName, QWidget *parent)
    : Card(parent)
{
    setAccessibleName(accessibleName);
    setFixedHeight(px(54));
}

void RungStrip::setRungs(const QList<LadderRung> &rungs)
{
    while (m_cells.size() > rungs.size())
        delete m_cells.takeLast();
    while (m_cells.size() < rungs.size()) {
        m_cells.append(new RungCell(this));
        m_cells.last()->show();
    }
    for (qsizetype i = 0; i < rungs.size(); ++i)
        m_cells[i]->setRung(rungs[i], i + 1 == rungs.size());
    arrange();
}

void RungStrip::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    arrange();
}

/// Every rung gets what its text wants, or where that is too much, no more than what makes all of them fit; what is
/// left goes to the lines between them.
void RungStrip::arrange()
{
    if (m_cells.isEmpty())
        return;
    const int room = width() - 2 * px(14);
    int names = 0;
    for (const RungCell *cell : std::as_const(m_cells))
        names += cell->nameWidth() + leastGap();
    const qsizetype lines = names - leastGap() > room ? 2 : 1;
    const qsizetype perLine = (m_cells.size() + lines - 1) / lines;
    const int high = px(40);
    for (qsizetype first = 0; first < m_cells.size(); first += perLine) {
        const QList<RungCell *> line = m_cells.mid(first, perLine);
        const int spare = room - leastGap() * (static_cast<int>(line.size()) - 1);
        int most = 0;
        for (const RungCell *cell : line)
            most = qMax(most, cell->textWidth());
        const auto given = [&most](const RungCell *cell) {
            return qMax(cell->nameWidth(), qMin(most, cell->textWidth()));
        };
        const auto sum = [&] {
            int all = 0;
            for (const RungCell *cell : line)
                all += given(cell);
            return all;
        };
        while (most > 0 && sum() > spare)
            --most;
        const int gap =
            leastGap() + (line.size() > 1 ? qMax(0, spare - sum()) / (static_cast<int>(line.size()) - 1) : 0);
        int left = px(14);
        const int top = px(7) + static_cast<int>(first / perLine) * high;
        for (RungCell *cell : line) {
            const int text = given(cell);
            cell->setGeometry(left, top, cell == line.last() ? text : text + gap, high);
            cell->setTextRoom(text);
            left += text + gap;
        }
    }
    setFixedHeight(2 * px(7) + static_cast<int>(lines) * high);
}

} // namespace kernelyard
