// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/factline.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QPainter>

using namespace Qt::StringLiterals;

namespace kernelyard {

static int lineHeight()
{
    return px(20);
}

static int leastGap()
{
    return px(14);
}

FactLine::FactLine(QWidget *parent)
    : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void FactLine::setFacts(const QList<std::pair<QString, QString>> &facts)
{
    if (facts == m_facts)
        return;
    m_facts = facts;
    QStringList words;
    for (const auto &[name, value] : facts)
        words << name + u' ' + value;
    setAccessibleName(words.join(u", "_s));
    setToolTip(words.join(u'\n'));
    updateGeometry();
    update();
}

int FactLine::widthOf(qsizetype index) const
{
    const auto &[name, value] = m_facts[index];
    return QFontMetrics(kernelyard::font(Type::Secondary)).horizontalAdvance(name + u' ' + value);
}

qsizetype FactLine::endOfLine(qsizetype first, int width) const
{
    qsizetype end = first;
    for (int used = 0; end < m_facts.size(); ++end) {
        used += widthOf(end) + (end > first ? leastGap() : 0);
        if (used > width - px(2) && end > first) // each is rounded by itself
            break;
    }
    return end;
}

int FactLine::heightForWidth(int width) const
{
    int lines = 0;
    for (qsizetype first = 0; first < m_facts.size(); first = endOfLine(first, width))
        ++lines;
    return qMax(1, lines) * lineHeight();
}

QSize FactLine::sizeHint() const
{
    return {px(440), heightForWidth(width() > px(100) ? width() : px(440))};
}

QSize FactLine::minimumSizeHint() const
{
    return {px(120), lineHeight()};
}

void FactLine::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setFont(kernelyard::font(Type::Secondary));
    const QFontMetrics metrics = painter.fontMetrics();
    int y = 0;
    for (qsizetype first = 0; first < m_facts.size();) {
        const qsizetype end = endOfLine(first, width());
        int used = 0;
        for (qsizetype i = first; i < end; ++i)
            used += widthOf(i);
        const auto gaps = static_cast<int>(end - first - 1);
        const int gap = gaps > 0 ? qBound(leastGap(), (width() - used - px(2)) / gaps, px(48)) : 0;
        int x = 0;
        for (qsizetype i = first; i < end; ++i) {
            const auto &[name, value] = m_facts[i];
            const int nameWidth = metrics.horizontalAdvance(name + u' ');
            const int room = width() - x - nameWidth;
            painter.setPen(theme.muted);
            painter.drawText(QRect(x, y, nameWidth, lineHeight()), Qt::AlignVCenter, name);
            painter.setPen(theme.text);
            painter.drawText(QRect(x + nameWidth, y, room, lineHeight()), Qt::AlignVCenter,
                             metrics.elidedText(value, Qt::ElideRight, room));
            x += widthOf(i) + gap;
        }
        y += lineHeight();
        first = end;
    }
}

} // namespace kernelyard
