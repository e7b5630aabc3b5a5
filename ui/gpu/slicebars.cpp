// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/slicebars.h"

#include "ui/models/gpufigures.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QPainter>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// A bar, in the colour of the chart of the same.
struct Share
{
    double value = 0; ///< 0 to 1
    QColor colour;
};

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
        words << sliceName(slice) + u' ' + sliceUse(slice);
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
        right = qMax(right, metrics.horizontalAdvance(sliceUse(slice)));
    }
    const QRect bar(left + px(12), 0, qMax(0, width() - left - right - px(24)), px(6));
    int y = 0;
    for (const MigSlice &slice : m_slices) {
        const QRect row(0, y, width(), rowHeight());
        painter.setPen(theme.muted);
        painter.drawText(row, Qt::AlignVCenter | Qt::AlignLeft, sliceName(slice));
        painter.setPen(theme.text);
        painter.drawText(row, Qt::AlignVCenter | Qt::AlignRight, sliceUse(slice));
        const qint64 total = slice.memoryTotalBytes.value_or(0);
        QList<Share> shares;
        if (slice.utilisationPercent)
            shares << Share{*slice.utilisationPercent / 100.0, theme.series[0]};
        shares << Share{slice.memoryUsedBytes && total > 0
                            ? static_cast<double>(*slice.memoryUsedBytes) / static_cast<double>(total)
                            : 0,
                        theme.series[1]};
        const int step = bar.height() + px(2);
        QRect track = bar.translated(0, y + (rowHeight() - static_cast<int>(shares.size()) * step + px(2)) / 2);
        for (const Share &share : std::as_const(shares)) {
            painter.fillRect(track, theme.track);
            QRect used = track;
            used.setWidth(qRound(track.width() * qBound(0.0, share.value, 1.0)));
            painter.fillRect(used, share.colour);
            track.translate(0, step);
        }
        y += rowHeight();
    }
}

} // namespace kernelyard
