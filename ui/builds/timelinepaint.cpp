// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/memoryfigure.h"
#include "ui/builds/timelineframe.h"
#include "ui/models/wording.h"
#include "ui/widgets/icon.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>

#include <algorithm>
#include <vector>

namespace kernelyard {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// The unit that an axis with this distance between ticks is read in.
struct AxisUnit
{
    BuildTime unit;
    const char *name;
};

AxisUnit unitOf(BuildTime distance)
{
    if (distance >= 1h)
        return {1h, QT_TRANSLATE_NOOP("Timeline", "%1 h")};
    if (distance >= 1min)
        return {1min, QT_TRANSLATE_NOOP("Timeline", "%1 min")};
    return {1s, QT_TRANSLATE_NOOP("Timeline", "%1 s")};
}

void hatch(QPainter &painter, const QRect &rect, const QColor &color)
{
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setPen(QPen(color, 1));
    for (int x = rect.left() - rect.height(); x < rect.right(); x += px(5))
        painter.drawLine(x, rect.bottom(), x + rect.height(), rect.top());
    painter.restore();
}

} // namespace

void Timeline::paintEvent(QPaintEvent *)
{
    updateScroll();
    const Theme &theme = Theme::of(palette());
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), theme.base);
    painter.setRenderHint(QPainter::Antialiasing);
    if (timeline().lanes.isEmpty()) {
        painter.setPen(theme.muted);
        painter.setFont(kernelyard::font(Type::Body));
        painter.drawText(viewport()->rect().adjusted(px(12), 0, -px(12), 0), Qt::AlignVCenter | Qt::AlignLeft,
                         tr("Steps stand here as soon as the build has any."));
        return;
    }
    const Frame whole = frame();
    m_painted = &whole;
    paintAxis(painter);
    paintLanes(painter);
    paintEstimate(painter);
    paintUsage(painter);
    paintNow(painter);
    m_painted = nullptr;
}

void Timeline::paintAxis(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const Frame f = frame();
    painter.setFont(kernelyard::font(Type::Tick));
    const QFontMetrics metrics = painter.fontMetrics();
    const BuildTime distance = tickDistance(timeAt(f.axis.left() + px(64)));
    const AxisUnit unit = unitOf(distance);
    for (BuildTime at(0); at <= timeline().end; at += distance) {
        const int x = xOf(at);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(theme.grid);
        painter.drawLine(x, f.lanes.top(), x, f.usage.bottom());
        painter.setRenderHint(QPainter::Antialiasing);
        const QString number = QLocale().toString(double(at.count()) / double(unit.unit.count()), 'g', 6);
        const QString text =
            at == BuildTime(0) ? QCoreApplication::translate("Timeline", unit.name).arg(number) : number;
        const int width = metrics.horizontalAdvance(text);
        const int left = at == BuildTime(0) ? x : std::min(x - width / 2, viewport()->width() - width - px(4));
        painter.setPen(theme.muted);
        painter.drawText(QRect(left, f.axis.top(), width + px(2), f.axis.height()), Qt::AlignLeft | Qt::AlignVCenter,
                         text);
    }
}

void Timeline::paintMarks(QPainter &painter, int lane, const QRect &row) const
{
    const Theme &theme = Theme::of(palette());
    const Frame f = frame();
    const QList<int> &cached = timeline().lanes[lane].cached;
    const auto shown = std::min<qsizetype>(cached.size(), Frame::mostMarks);
    const int side = std::min(px(12), row.height());
    for (qsizetype i = 0; i < shown; ++i) {
        const QRect box(f.marks.left() + int(i) * Frame::markStep(), row.center().y() - side * 2 / 3, side,
                        side * 4 / 3);
        painter.setBrush(theme.tint(State::Cached));
        painter.setPen(QPen(cached[i] == m_currentStep ? theme.text : theme.color(State::Cached),
                            cached[i] == m_currentStep ? 2 : 1));
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(2), px(2));
        paintGlyph(painter, box.adjusted(px(1), px(2), -px(1), -px(2)), Glyph::Cached, theme.color(State::Cached));
    }
    if (cached.size() > shown) {
        painter.setFont(kernelyard::font(Type::Tick));
        painter.setPen(theme.color(State::Cached));
        painter.drawText(
            QRect(f.marks.left() + int(shown) * Frame::markStep() + px(2), row.top(), f.marks.width(), row.height()),
            Qt::AlignLeft | Qt::AlignVCenter, u"+%1"_s.arg(cached.size() - shown));
    }
}

void Timeline::paintBar(QPainter &painter, const TimelineBar &bar, const QRect &rect, bool isCurrent) const
{
    const Theme &theme = Theme::of(palette());
    QColor ink = theme.text;
    painter.setPen(Qt::NoPen);
    switch (bar.kind) {
    case TimelineBar::Kind::Done:
        painter.setBrush(theme.doneBar);
        break;
    case TimelineBar::Kind::Running:
        painter.setBrush(theme.accentFill);
        ink = theme.onAccent;
        break;
    case TimelineBar::Kind::Failed:
        painter.setBrush(theme.tint(State::Failed));
        painter.setPen(theme.color(State::Failed));
        ink = theme.color(State::Failed);
        break;
    case TimelineBar::Kind::Stopped:
        painter.setBrush(theme.tint(State::Stopped));
        painter.setPen(theme.color(State::Stopped));
        break;
    case TimelineBar::Kind::Expected:
        painter.setBrush(mixed(theme.accentFill, theme.base, 0.12));
        ink = theme.muted;
        break;
    }
    if (rect.width() <= px(3)) {
        painter.fillRect(rect, bar.kind == TimelineBar::Kind::Failed    ? theme.color(State::Failed)
                               : bar.kind == TimelineBar::Kind::Running ? theme.accentFill
                                                                        : theme.doneBar);
    } else {
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), px(2), px(2));
    }
    if (bar.kind == TimelineBar::Kind::Expected) {
        hatch(painter, rect, mixed(theme.accent, theme.base, 0.3));
        QPen dashed(theme.accent, 1, Qt::DashLine);
        painter.setPen(dashed);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect.adjusted(0, 0, -1, -1));
    }
    QRect room = rect.adjusted(px(6), 0, -px(4), 0);
    if (bar.kind == TimelineBar::Kind::Failed && rect.width() >= px(16)) {
        const int side = std::min(px(12), rect.height() - px(2));
        paintGlyph(painter, QRect(room.left() - px(2), rect.center().y() - side / 2, side, side), Glyph::Failed, ink);
        room.setLeft(room.left() + side + px(2));
    }
    if (room.width() >= px(20)) {
        painter.setFont(kernelyard::font(Type::Secondary));
        painter.setPen(ink);
        const QFontMetrics metrics = painter.fontMetrics();
        QString text = barText(bar);
        // of a running step the count is what is looked for: the title gives way to it
        if (const QString work = barWork(bar); !work.isEmpty()) {
            const QString said = tr(", %1").arg(work);
            const int left = room.width() - metrics.horizontalAdvance(said);
            text = left >= px(28) ? metrics.elidedText(text, Qt::ElideRight, left) + said : work;
        }
        text = metrics.elidedText(text, Qt::ElideRight, room.width());
        if (text.size() > 2)
            painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, text);
    }
    if (isCurrent) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(hasFocus() ? theme.accent : theme.text, 2));
        painter.drawRoundedRect(QRectF(rect).adjusted(-1, -1, 1, 1), px(3), px(3));
    }
}

void Timeline::paintLanes(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const Frame f = frame();
    painter.save();
    painter.setClipRect(QRect(0, f.lanes.top(), viewport()->width(), f.lanes.height()));
    const int first = f.scroll / f.laneHeight;
    const int last = std::min(int(timeline().lanes.size()) - 1, (f.scroll + f.lanes.height()) / f.laneHeight);
    for (int lane = first; lane <= last; ++lane) {
        const TimelineLane &line = timeline().lanes[lane];
        const QRect row = f.laneRow(lane);
        painter.setFont(kernelyard::font(Type::Secondary));
        painter.setPen(theme.muted);
        if (line.isFirst)
            painter.drawText(
                QRect(f.names.left(), row.top(), f.names.width(), row.height()), Qt::AlignLeft | Qt::AlignVCenter,
                painter.fontMetrics().elidedText(m_plan.tasks.value(line.task).name, Qt::ElideRight, f.names.width()));
        paintMarks(painter, lane, row);
    }
    paintPath(painter);
    // Thousands of bars share pixels: one is drawn for each that differs from the one before.
    auto bar = std::lower_bound(timeline().bars.cbegin(), timeline().bars.cend(), first,
                                [](const TimelineBar &b, int lane) { return b.lane < lane; });
    QRect before;
    TimelineBar::Kind kindBefore = TimelineBar::Kind::Done;
    const int currentBar = m_currentBar;
    for (; bar != timeline().bars.cend() && bar->lane <= last; ++bar) {
        const QRect rect = [&] {
            const int from = xOf(bar->from);
            const QRect row = f.laneRow(bar->lane);
            return QRect(from, row.top(), std::max(xOf(bar->to) - from, px(2)), row.height());
        }();
        const bool isCurrent =
            bar->step >= 0 ? bar->step == m_currentStep : int(bar - timeline().bars.cbegin()) == currentBar;
        if (rect == before && bar->kind == kindBefore && !isCurrent)
            continue;
        paintBar(painter, *bar, rect, isCurrent);
        before = rect;
        kindBefore = bar->kind;
    }
    painter.restore();
}

void Timeline::paintPath(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const Frame f = frame();
    const double width = std::max(2.5 * px(100) / 100.0, 2.0);
    QPoint before;
    bool hasBefore = false;
    for (const TimelinePath &piece : timeline().path) {
        const QRect row = f.laneRow(piece.lane);
        const int y = row.bottom() + px(3);
        const QPoint from(xOf(piece.from), y);
        const QPoint to(std::max(xOf(piece.to), from.x() + 1), y);
        QPen pen(theme.text, width, piece.isExpected ? Qt::DotLine : Qt::SolidLine, Qt::FlatCap);
        painter.setPen(pen);
        if (hasBefore && before != from) {
            pen.setWidthF(std::min(width, 1.5));
            painter.setPen(pen);
            const int x = std::max(before.x(), from.x());
            painter.drawLine(QPoint(before.x(), before.y()), QPoint(x, before.y()));
            painter.drawLine(QPoint(x, before.y()), QPoint(x, from.y()));
            pen.setWidthF(width);
            painter.setPen(pen);
        }
        painter.drawLine(from, to);
        before = to;
        hasBefore = true;
    }
}

void Timeline::paintEstimate(QPainter &painter) const
{
    if (!m_estimate || isEnded(m_status))
        return;
    const Theme &theme = Theme::of(palette());
    const Frame f = frame();
    painter.setFont(kernelyard::font(Type::Tick));
    const QFontMetrics metrics = painter.fontMetrics();
    QRect before;
    const auto clockOf = [this](BuildTime left) {
        const auto clock = m_clock.moment(m_elapsed + left).toLocalTime().time();
        return QLocale().toString(clock, m_elapsed + left < 10min ? u"HH:mm:ss"_s : u"HH:mm"_s);
    };
    QList<std::pair<QString, BuildTime>> marks{{u"P50"_s, m_estimate->p50}, {u"P90"_s, m_estimate->p90}};
    if (clockOf(m_estimate->p50) == clockOf(m_estimate->p90))
        marks = {{u"P50, P90"_s, m_estimate->p90}};
    for (const auto &[name, left] : marks) {
        const int x = xOf(m_elapsed + left);
        painter.setPen(QPen(theme.accent, 1.5, Qt::DotLine));
        painter.drawLine(x, f.lanes.top(), x, f.lanes.bottom());
        const QString text = name + u' ' + clockOf(left);
        QRect label(0, f.lanes.top(), metrics.horizontalAdvance(text) + px(8), metrics.height() + px(2));
        label.moveRight(x - px(3));
        if (label.intersects(before))
            label.moveTop(before.bottom());
        // what lies below it must not shine through the words
        painter.fillRect(label, theme.base);
        painter.setPen(theme.accent);
        painter.drawText(label, Qt::AlignCenter, text);
        before = label;
    }
}

void Timeline::paintNow(QPainter &painter) const
{
    if (m_status != BuildStatus::Running)
        return;
    const Theme &theme = Theme::of(palette());
    const Frame f = frame();
    const int x = xOf(m_elapsed);
    painter.setPen(QPen(theme.text, 1));
    painter.drawLine(x, f.lanes.top() - px(3), x, f.usage.bottom());
    QPainterPath head;
    head.moveTo(x - px(4), f.lanes.top() - px(4));
    head.lineTo(x + px(4), f.lanes.top() - px(4));
    head.lineTo(x, f.lanes.top() + px(1));
    painter.fillPath(head, theme.text);
}

QString Timeline::usageUnknown() const
{
    if (!m_samples.isEmpty())
        return {};
    if (m_status == BuildStatus::Queued)
        return tr("memory is sampled while the build runs");
    if (m_sampledFrom.what != SampledFrom::What::Nothing || m_status == BuildStatus::Running)
        return tr("no sample yet");
    return tr("memory unknown: the engine's work can't be seen from this machine, or it took less than a second");
}

QString Timeline::usageDescription() const
{
    if (m_samples.isEmpty())
        return usageUnknown();
    QStringList said{tr("Peak memory %1.").arg(memoryFigure(m_peak))};
    if (m_sampledFrom.limitBytes > 0)
        said << tr("Limit %1.").arg(memoryFigure(m_sampledFrom.limitBytes));
    switch (m_sampledFrom.what) {
    case SampledFrom::What::Containers:
        said << tr("Counted by the kernel in the build's own containers, once a second.");
        break;
    case SampledFrom::What::Processes:
        said << tr("Resident memory of the engine's processes, once a second; what several share counts for each.");
        break;
    case SampledFrom::What::Daemon:
        said << tr("Counted by the kernel in all containers that Docker began since the task did, once a second; those "
                   "of other clients count too.");
        break;
    case SampledFrom::What::Nothing:
        break;
    }
    return said.join(u' ');
}

void Timeline::paintUsage(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const Frame f = frame();
    const QRect area = f.usage;
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(theme.line);
    painter.drawLine(f.names.left(), area.top() - px(4), area.right(), area.top() - px(4));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(kernelyard::font(Type::Secondary));
    const QFontMetrics metrics = painter.fontMetrics();
    painter.setPen(theme.muted);
    const QRect names(f.names.left(), area.top(), area.left() - f.names.left() - px(4), area.height());
    painter.drawText(names, Qt::AlignLeft | Qt::AlignTop, tr("memory"));
    if (m_samples.isEmpty()) {
        painter.drawText(area, Qt::AlignLeft | Qt::AlignTop,
                         metrics.elidedText(usageUnknown(), Qt::ElideRight, area.width()));
        return;
    }
    painter.setFont(kernelyard::font(Type::Tick));
    painter.drawText(names, Qt::AlignLeft | Qt::AlignBottom, tr("0 GiB"));

    const qint64 limit = m_sampledFrom.limitBytes;
    const bool isLimitNear = limit > 0 && limit <= 4 * std::max<qint64>(m_peak, 1);
    const qint64 top = std::max<qint64>(isLimitNear ? std::max(limit, m_peak) : m_peak, 1);
    const int labelHeight = QFontMetrics(kernelyard::font(Type::Tick)).height();
    const int height = std::max(area.height() - labelHeight - px(2), px(10));
    const auto yOf = [&](qint64 bytes) { return area.bottom() - int(double(height) * double(bytes) / double(top)); };

    // The largest value in each column of pixels, so that no peak falls between two.
    std::vector<qint64> columns(std::size_t(std::max(area.width(), 0)) + 1, -1);
    for (const UsageSample &sample : m_samples) {
        const auto column = std::size_t(std::clamp(xOf(sample.at) - area.left(), 0, area.width()));
        columns[column] = std::max(columns[column], sample.memoryBytes);
    }
    QPainterPath line;
    int firstX = 0, lastX = 0;
    QPoint peak;
    for (std::size_t column = 0; column < columns.size(); ++column) {
        if (columns[column] < 0)
            continue;
        const QPoint at(area.left() + int(column), yOf(columns[column]));
        if (line.elementCount() == 0) // isEmpty is also true of a path that has but begun
            line.moveTo(at), firstX = at.x();
        else
            line.lineTo(at);
        lastX = at.x();
        if (columns[column] == m_peak && peak.isNull())
            peak = at;
    }
    QPainterPath fill = line;
    fill.lineTo(lastX, area.bottom());
    fill.lineTo(firstX, area.bottom());
    const QColor color = theme.series[1];
    painter.fillPath(fill, mixed(color, theme.base, 0.15));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(color, 1.5));
    painter.drawPath(line);

    painter.setFont(kernelyard::font(Type::Tick));
    const QFontMetrics ticks = painter.fontMetrics();
    const QString peakText = tr("peak %1").arg(memoryFigure(m_peak));
    const int peakWidth = ticks.horizontalAdvance(peakText);
    const bool isLeft = peak.x() - peakWidth - px(8) > area.left();
    QRect peakRoom(isLeft ? peak.x() - peakWidth - px(8) : peak.x() + px(8), peak.y() - labelHeight - px(2), peakWidth,
                   labelHeight);
    peakRoom.moveTop(std::max(peakRoom.top(), area.top() - px(2)));
    painter.setPen(theme.text);
    painter.drawText(peakRoom, Qt::AlignCenter, peakText);
    painter.setPen(QPen(color, 1.5));
    painter.setBrush(theme.base);
    painter.drawEllipse(peak, px(3), px(3));
    painter.setBrush(Qt::NoBrush);

    if (limit > 0) {
        const QString text = tr("limit %1").arg(memoryFigure(limit));
        QRect room(0, 0, ticks.horizontalAdvance(text), labelHeight);
        room.moveRight(area.right() - px(4));
        if (isLimitNear) {
            painter.setPen(QPen(theme.color(State::Warning), 1, Qt::DashLine));
            const int y = yOf(limit);
            if (peakRoom.top() <= y && y <= peakRoom.bottom()) { // it must not strike the peak's words out
                painter.drawLine(area.left(), y, peakRoom.left() - px(4), y);
                painter.drawLine(peakRoom.right() + px(4), y, area.right(), y);
            } else {
                painter.drawLine(area.left(), y, area.right(), y);
            }
            room.moveTop(yOf(limit) + px(2));
            if (const int now = xOf(m_elapsed);
                m_status == BuildStatus::Running && room.left() - px(4) < now && now < room.right() + px(4))
                room.moveRight(now - px(6));
            const auto meetsCurve = [&](const QRect &place) {
                for (int x = std::max(place.left(), area.left()); x <= std::min(place.right(), area.right()); ++x)
                    if (const qint64 used = columns[std::size_t(x - area.left())]; yOf(used) <= place.bottom())
                        return true;
                return false;
            };
            const QRect atLeft(area.left() + px(4), room.top(), room.width(), room.height());
            if (meetsCurve(room) && !meetsCurve(atLeft) && !atLeft.intersects(peakRoom))
                room = atLeft;
        } else {
            room.moveTop(area.top() - px(2));
        }
        if (!room.intersects(peakRoom)) {
            painter.setPen(isLimitNear ? theme.color(State::Warning) : theme.muted);
            painter.drawText(room, Qt::AlignCenter, text);
        }
    }
    if (m_status == BuildStatus::Running) {
        const QString text = tr("%1 now").arg(memoryFigure(m_samples.last().memoryBytes));
        const QRect room(xOf(m_elapsed) + px(8), area.bottom() - labelHeight - px(2), ticks.horizontalAdvance(text),
                         labelHeight);
        painter.setPen(theme.text);
        if (room.right() <= area.right() + px(12))
            painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter, text);
    }
    if (m_isCpuShown)
        paintCpu(painter);
}

/// Cores in use between two samples, against those of the machine.
void Timeline::paintCpu(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const QRect area = frame().usage;
    std::vector<double> columns(std::size_t(std::max(area.width(), 0)) + 1, -1);
    double most = 1;
    for (qsizetype i = 1; i < m_samples.size(); ++i) {
        const auto wall = m_samples[i].at - m_samples[i - 1].at;
        if (wall <= 1ms)
            continue;
        const double cores = double((m_samples[i].cpu - m_samples[i - 1].cpu).count()) / double(wall.count());
        const auto column = std::size_t(std::clamp(xOf(m_samples[i].at) - area.left(), 0, area.width()));
        columns[column] = std::max(columns[column], std::max(cores, 0.0));
        most = std::max(most, cores);
    }
    QPainterPath line;
    for (std::size_t column = 0; column < columns.size(); ++column) {
        if (columns[column] < 0)
            continue;
        const QPointF at(area.left() + int(column),
                         area.bottom() - double(area.height() - px(14)) * columns[column] / most);
        if (line.elementCount() == 0) // isEmpty is also true of a path that has but begun
            line.moveTo(at);
        else
            line.lineTo(at);
    }
    if (line.elementCount() == 0)
        return;
    QPen pen(theme.series[2], 1.5);
    pen.setDashPattern({2, 3});
    painter.setPen(pen);
    painter.drawPath(line);
    painter.setFont(kernelyard::font(Type::Tick));
    const QString text = tr("CPU, up to %1 cores").arg(QLocale().toString(most, 'f', 1));
    painter.setPen(theme.series[2]);
    painter.drawText(QRect(area.left() + px(4), area.top() - px(2), area.width(), painter.fontMetrics().height()),
                     Qt::AlignLeft | Qt::AlignTop, text);
}

} // namespace kernelyard
