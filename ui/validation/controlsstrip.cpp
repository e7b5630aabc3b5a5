// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/controlsstrip.h"

#include "ui/models/figures.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"

#include <QHash>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace Qt::StringLiterals;

namespace kernelyard {

ControlsStrip::ControlsStrip(QWidget *parent)
    : Card(parent)
{
    setFixedHeight(px(40));
}

/// Every control is shown: in a second line, or a third, where one is too short.
void ControlsStrip::arrange()
{
    const QFontMetrics body(kernelyard::font(Type::Body));
    const QFontMetrics small(kernelyard::font(Type::Secondary));
    const QFontMetrics strong(kernelyard::font(Type::CardHeader));
    const int lead = px(62) + strong.horizontalAdvance(title()) + body.horizontalAdvance(sentence());
    const auto widthOf = [&](const Item &item) {
        return px(16) + px(6) + body.horizontalAdvance(item.name) + px(6) + small.horizontalAdvance(item.worst);
    };
    int lines = 0;
    int perLine = 0;
    QList<int> columns;
    do { // as few lines as hold them all, each column as wide as its widest
        ++lines;
        perLine = (static_cast<int>(m_items.size()) + lines - 1) / lines;
        columns = QList<int>(perLine, 0);
        for (int i = 0; i < m_items.size(); ++i)
            columns[i % perLine] = qMax(columns[i % perLine], widthOf(m_items[i]) + px(20));
    } while (perLine > 1 && lead + std::accumulate(columns.cbegin(), columns.cend(), 0) > width());
    const int rowHeight = px(24);
    const int top = (lines == 1 ? px(40) : rowHeight * lines + px(12)) / 2 - rowHeight * lines / 2;
    int right = width() - px(12);
    for (int column = perLine - 1; column >= 0; --column) {
        for (int line = 0; line < lines; ++line)
            if (const int i = line * perLine + column; i < m_items.size())
                m_items[i].rect = QRect(right - columns[column] + px(20), top + line * rowHeight,
                                        columns[column] - px(20), rowHeight);
        right -= columns[column];
    }
    setFixedHeight(lines == 1 ? px(40) : rowHeight * lines + px(12));
    update();
}

void ControlsStrip::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    arrange();
}

bool ControlsStrip::allRejected() const
{
    return std::all_of(m_items.cbegin(), m_items.cend(), [](const Item &item) { return item.rejected; });
}

QString ControlsStrip::title() const
{
    return tr("Negative controls");
}

QString ControlsStrip::sentence() const
{
    if (m_items.isEmpty())
        return tr("not run yet");
    return allRejected() ? tr("must fail, and do") : tr("%1 of %2 passed: void").arg(m_passed).arg(m_run);
}

void ControlsStrip::setControls(const QList<NegativeControl> &controls)
{
    m_items.clear();
    m_run = controls.size();
    m_passed = std::ranges::count(controls, false, &NegativeControl::rejected);
    QHash<QString, double> least;
    for (const NegativeControl &control : controls) {
        auto item = std::find_if(m_items.begin(), m_items.end(),
                                 [&control](const Item &known) { return known.name == control.name; });
        if (item == m_items.end())
            item = m_items.insert(m_items.end(), {control.name, {}, {}, true, {}});
        item->rejected = item->rejected && control.rejected;
        const double value = std::isnan(control.relL2) ? 1e300 : control.relL2;
        if (!least.contains(control.name) || value < least[control.name]) {
            least[control.name] = value;
            item->worst = scientific(control.relL2);
        }
        item->tip +=
            u"%1: rel. L2 %2, %3\n"_s.arg(control.caseId, scientific(control.relL2),
                                          !control.message.isEmpty() ? control.message
                                          : control.rejected ? tr("rejected by %1").arg(control.reasons.join(u", "_s))
                                                             : tr("accepted"));
    }
    QStringList words;
    for (Item &item : m_items) {
        item.tip = item.tip.trimmed();
        item.name.replace(u'-', u' ');
        words.append(item.name + (item.rejected ? tr(" failed, as it must") : tr(" passed, and must not")));
    }
    setAccessibleName(title());
    setAccessibleDescription(sentence() + u". "_s + words.join(u", "_s));
    arrange();
}

void ControlsStrip::paintEvent(QPaintEvent *event)
{
    Card::paintEvent(event);
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    const State state = m_items.isEmpty() ? State::Waiting : allRejected() ? State::Success : State::Failed;
    const int side = px(16);
    const auto shape = [&](int x) { return QRect(x, (height() - side) / 2, side, side); };
    paintState(painter, shape(px(15)), state, theme);
    int left = px(38);
    const auto write = [&](const QString &text, Type type, const QColor &color) {
        painter.setFont(kernelyard::font(type));
        painter.setPen(color);
        const int wide = painter.fontMetrics().horizontalAdvance(text);
        painter.drawText(QRect(left, 0, wide + 2, height()), Qt::AlignVCenter | Qt::AlignLeft, text);
        left += wide + px(8);
    };
    write(title(), Type::CardHeader, theme.text);
    write(sentence(), Type::Body, theme.muted);
    for (const Item &item : std::as_const(m_items)) {
        const QRect mark(item.rect.left(), item.rect.top() + (item.rect.height() - side) / 2, side, side);
        if (item.rejected)
            paintGlyph(painter, mark, Glyph::Rejected, theme.muted);
        else
            paintState(painter, mark, State::Failed, theme);
        const QRect words = item.rect.adjusted(side + px(6), 0, 0, 0);
        painter.setFont(kernelyard::font(Type::Body));
        painter.setPen(theme.text);
        painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft, item.name);
        const int after = painter.fontMetrics().horizontalAdvance(item.name) + px(6);
        painter.setFont(kernelyard::font(Type::Secondary));
        painter.setPen(theme.muted);
        painter.drawText(words.adjusted(after, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, item.worst);
    }
}

bool ControlsStrip::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return Card::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QString tip;
    for (const Item &item : m_items)
        if (item.rect.contains(help->pos()))
            tip = item.tip;
    if (tip.isEmpty())
        tip = accessibleDescription();
    QToolTip::showText(help->globalPos(), tip, this);
    return true;
}

} // namespace kernelyard
