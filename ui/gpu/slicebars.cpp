// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/slicebars.h"

#include "ui/models/gpufigures.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QPainter>

using namespace Qt::StringLiterals;

namespace kernelyard {

static int rowHeight()
{
    return px(20);
}

SliceBars::SliceBars(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void SliceBars::setSlices(const QList<MigSlice> &slices)
{
    if (slices == m_slices)
        return;
    if (slices.size() != m_slices.size())
        updateGeometry();
    m_slices = slices;
    QStringList words;
    for (const MigSlice &slice : slices)
        words << sliceName(slice) + u' ' + sliceMemory(slice);
    setAccessibleName(words.join(u", "_s));
    update();
}

QSize SliceBars::sizeHint() const
{
    return {px(400), static_cast<int>(m_slices.size()) * rowHeight()};
}

QSize SliceBars::minimumSizeHint() const
{
    return {px(200), sizeHint().height()};
}

void SliceBars::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setFont(kernelyard::font(Type::Secondary));
    const QFontMetrics metrics = painter.fontMetrics();
    int left = 0, right = 0;
    for (const MigSlice &slice : m_slices) {
        left = qMax(left, metrics.horizontalAdvance(sliceName(slice)));
        right = qMax(right, metrics.horizontalAdvance(sliceMemory(slice)));
    }
    const QRect bar(left + px(12), 0, qMax(0, width() - left - right - px(24)), px(6));
    int y = 0;
    for (const MigSlice &slice : m_slices) {
        const QRect row(0, y, width(), rowHeight());
        painter.setPen(theme.muted);
        painter.drawText(row, Qt::AlignVCenter | Qt::AlignLeft, sliceName(slice));
        painter.setPen(theme.text);
        painter.drawText(row, Qt::AlignVCenter | Qt::AlignRight, sliceMemory(slice));
        const QRect track = bar.translated(0, y + (rowHeight() - bar.height()) / 2);
        painter.fillRect(track, theme.track);
        const qint64 total = slice.memoryTotalBytes.value_or(0);
        if (slice.memoryUsedBytes && total > 0) {
            const double share = static_cast<double>(*slice.memoryUsedBytes) / static_cast<double>(total);
            QRect used = track;
            used.setWidth(qRound(track.width() * qBound(0.0, share, 1.0)));
            painter.fillRect(used, theme.series[1]); // as the chart of memory
        }
        y += rowHeight();
    }
}

} // namespace kernelyard
