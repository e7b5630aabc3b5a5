// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/sidebar.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QFrame>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

namespace kernelyard {

NavigationRow::NavigationRow(const QString &title, Glyph glyph, QWidget *parent)
    : QAbstractButton(parent)
    , m_glyph(glyph)
{
    setText(title);
    setAccessibleName(title);
    setCheckable(true);
    setAutoExclusive(true);
    setAttribute(Qt::WA_Hover);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    new RingTicker(this, [this] { return m_count > 0 && m_state == State::Running; });
}

void NavigationRow::setNarrow(bool narrow)
{
    m_narrow = narrow;
    setToolTip(narrow ? text() : QString());
    updateGeometry();
    update();
}

void NavigationRow::setCount(int count, State state)
{
    m_count = count;
    m_state = state;
    setAccessibleDescription(count > 0 ? tr("%1: %2").arg(wordOf(state)).arg(count) : QString());
    update();
}

QSize NavigationRow::sizeHint() const
{
    return {m_narrow ? px(32) : px(180), px(32)};
}

void NavigationRow::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (isChecked() || underMouse()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(isChecked() ? theme.selection : theme.hover);
        painter.drawRoundedRect(rect(), px(4), px(4));
    }
    const int side = px(16);
    paintGlyph(painter, QRect(px(8), (height() - side) / 2, side, side), m_glyph,
               isChecked() ? theme.accent : theme.muted);
    if (m_narrow) {
        if (m_count > 0) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.color(m_state));
            painter.drawEllipse(QRect(width() - px(9), px(5), px(6), px(6)));
        }
        return;
    }
    painter.setFont(kernelyard::font(isChecked() ? Type::CardHeader : Type::Body));
    painter.setPen(theme.text);
    painter.drawText(rect().adjusted(px(34), 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, text());
    if (m_count == 0)
        return;
    painter.setFont(kernelyard::font(Type::Medium));
    painter.setPen(theme.color(m_state));
    const QString number = QString::number(m_count);
    const int wide = painter.fontMetrics().horizontalAdvance(number);
    painter.drawText(rect().adjusted(0, 0, -px(8), 0), Qt::AlignVCenter | Qt::AlignRight, number);
    paintState(painter, QRect(width() - px(8) - wide - px(6) - side, (height() - side) / 2, side, side), m_state, theme,
               m_state == State::Running ? ringTurn() : 0);
}

PaletteField::PaletteField(QWidget *parent)
    : QAbstractButton(parent)
{
    setText(tr("Go to or run…"));
    setAccessibleName(tr("Command palette"));
    setToolTip(tr("Command palette (Ctrl+K)"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void PaletteField::setNarrow(bool narrow)
{
    m_narrow = narrow;
    updateGeometry();
    update();
}

QSize PaletteField::sizeHint() const
{
    return {m_narrow ? px(32) : px(180), px(28)};
}

void PaletteField::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.fieldEdge);
    painter.setBrush(theme.base);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(4), px(4));
    const int side = px(14);
    paintGlyph(painter, QRect(px(9), (height() - side) / 2, side, side), Glyph::Search, theme.muted);
    if (m_narrow)
        return;
    painter.setFont(kernelyard::font(Type::Tick));
    const QString keys = QKeySequence(Qt::CTRL | Qt::Key_K).toString(QKeySequence::NativeText);
    const int wide = painter.fontMetrics().horizontalAdvance(keys) + px(8);
    const QRect cap(width() - wide - px(7), (height() - px(18)) / 2, wide, px(18));
    painter.setPen(theme.line);
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(cap).adjusted(0.5, 0.5, -0.5, -0.5), px(3), px(3));
    painter.setPen(theme.muted);
    painter.drawText(cap, Qt::AlignCenter, keys);
    painter.setFont(kernelyard::font(Type::Body));
    painter.setPen(theme.faint);
    const QRect room(px(30), 0, cap.left() - px(34), height());
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft,
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, room.width()));
}

Sidebar::Sidebar(QWidget *footer, QWidget *parent)
    : QWidget(parent)
    , m_field(new PaletteField(this))
    , m_column(new QVBoxLayout(this))
    , m_footer(footer)
{
    setAccessibleName(tr("Sidebar"));
    m_column->setContentsMargins(px(8), px(12), px(8) + 1, px(8));
    m_column->setSpacing(px(2));
    m_column->addWidget(m_field);
    m_column->addSpacing(px(8));
    m_column->addStretch(1);
    m_column->addWidget(footer);
    setFixedWidth(px(200));
    connect(m_field, &QAbstractButton::clicked, this, &Sidebar::paletteAsked);
}

NavigationRow *Sidebar::addPage(const QString &title, Glyph glyph)
{
    auto *row = new NavigationRow(title, glyph, this);
    const int index = static_cast<int>(m_rows.size());
    m_rows.append(row);
    m_column->insertWidget(m_column->count() - 2, row);
    connect(row, &QAbstractButton::clicked, this, [this, index] { Q_EMIT pageChosen(index); });
    return row;
}

void Sidebar::addRule()
{
    auto *rule = new QFrame(this);
    rule->setFrameShape(QFrame::HLine);
    rule->setFrameShadow(QFrame::Plain);
    rule->setForegroundRole(QPalette::Mid);
    rule->setFixedHeight(px(24));
    m_column->insertWidget(m_column->count() - 2, rule);
}

void Sidebar::setCurrent(int index)
{
    if (index >= 0 && index < m_rows.size())
        m_rows[index]->setChecked(true);
    update();
}

QWidget *Sidebar::currentRow() const
{
    for (NavigationRow *row : m_rows)
        if (row->isChecked())
            return row;
    return m_field;
}

void Sidebar::setNarrow(bool narrow)
{
    if (narrow == m_narrow)
        return;
    m_narrow = narrow;
    setFixedWidth(narrow ? px(48) : px(200));
    m_field->setNarrow(narrow);
    for (NavigationRow *row : m_rows)
        row->setNarrow(narrow);
    m_footer->setVisible(!narrow);
}

void Sidebar::keyPressEvent(QKeyEvent *event)
{
    const int step = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
    if (step == 0) {
        QWidget::keyPressEvent(event);
        return;
    }
    const auto focused =
        std::find_if(m_rows.cbegin(), m_rows.cend(), [](NavigationRow *row) { return row->hasFocus(); });
    if (focused == m_rows.cend())
        return;
    const auto next = focused - m_rows.cbegin() + step;
    if (next >= 0 && next < m_rows.size())
        m_rows[next]->setFocus(Qt::TabFocusReason);
}

void Sidebar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.fillRect(rect(), theme.side);
    painter.fillRect(width() - 1, 0, 1, height(), theme.line);
    for (const NavigationRow *row : m_rows)
        if (row->isChecked())
            painter.fillRect(QRect(0, row->y() + px(5), px(3), row->height() - px(10)), theme.accent);
}

} // namespace kernelyard
