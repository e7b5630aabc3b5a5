// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/timeline.h"

#include "ui/builds/timelineaccess.h"
#include "ui/builds/timelineframe.h"
#include "ui/models/wording.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <utility>

namespace kernelyard {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

Timeline::Timeline(QWidget *parent)
    : QAbstractScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    setAccessibleName(tr("Timeline"));
    installTimelineAccess();
}

void Timeline::clear()
{
    m_plan = {};
    m_steps.clear();
    m_status = BuildStatus::Queued;
    m_elapsed = BuildTime(0);
    m_estimate.reset();
    m_samples.clear();
    m_sampledFrom = {};
    m_peak = 0;
    m_currentStep = m_currentBar = -1;
    m_isLaidOut = false;
    update();
}

void Timeline::setBuild(const Plan &plan, const QList<Step> &steps, BuildStatus status, const BuildClock &clock,
                        BuildTime elapsed)
{
    m_isRevealDue |= isEnded(status) != isEnded(m_status);
    m_plan = plan;
    m_steps = steps;
    m_status = status;
    m_clock = clock;
    m_elapsed = elapsed;
    m_isLaidOut = false;
    update();
}

void Timeline::setElapsed(BuildTime elapsed)
{
    if (elapsed == m_elapsed)
        return;
    m_elapsed = elapsed;
    m_isLaidOut = false;
    update();
}

void Timeline::setEstimate(const std::optional<Estimate> &estimate)
{
    m_estimate = estimate;
    m_isLaidOut = false;
    update();
}

void Timeline::addSamples(const QList<UsageSample> &samples, const SampledFrom &from)
{
    m_sampledFrom = from;
    if (samples.isEmpty())
        return;
    m_samples += samples;
    for (const UsageSample &sample : samples)
        m_peak = std::max(m_peak, sample.memoryBytes);
    update();
}

void Timeline::setCurrentStep(int step)
{
    if (step == m_currentStep)
        return;
    m_currentStep = step;
    m_currentBar = -1;
    m_isRevealDue = true;
    update();
}

void Timeline::setCpuShown(bool shown)
{
    m_isCpuShown = shown;
    update();
}

void Timeline::update()
{
    viewport()->update();
}

/// Made when it is needed, so that a burst of updates costs one.
const TimelineLayout &Timeline::timeline() const
{
    if (!m_isLaidOut) {
        m_isLaidOut = true;
        m_layout = TimelineLayout::make(m_plan, m_steps, m_status, m_elapsed, m_estimate);
    }
    return m_layout;
}

Timeline::Frame Timeline::frame() const
{
    if (m_painted)
        return *m_painted;
    Frame frame;
    const QFontMetrics metrics(kernelyard::font(Type::Secondary));
    const QRect all = viewport()->rect();
    int names = metrics.horizontalAdvance(tr("memory"));
    qsizetype marks = 1;
    for (const TimelineLane &lane : timeline().lanes) {
        names = std::max(names, metrics.horizontalAdvance(m_plan.tasks.value(lane.task).name));
        marks = std::max(marks, lane.cached.size());
    }
    names = std::min(names, px(110));
    const int markRoom = int(std::min<qsizetype>(marks, Frame::mostMarks)) * Frame::markStep() +
                         (marks > Frame::mostMarks ? metrics.horizontalAdvance(u"+9999"_s) : 0);
    frame.names = QRect(px(12), 0, names, all.height());
    frame.marks = QRect(frame.names.right() + px(12), 0, markRoom, all.height());
    const int left = frame.marks.right() + px(8);
    const int right = all.right() - px(18);
    const int usage = all.height() >= px(190) ? std::clamp(all.height() / 3, px(64), px(110)) : px(46);
    const int axis = px(22);
    const int top = all.top() + axis;
    frame.axis = QRect(left, all.top() + px(4), std::max(right - left, 1), axis - px(4));
    frame.usage = QRect(left, all.bottom() - usage - px(6), frame.axis.width(), usage);
    frame.lanes = QRect(left, top, frame.axis.width(), std::max(frame.usage.top() - px(8) - top, 0));
    frame.laneHeight = all.width() >= px(1100) ? px(36) : px(27);
    // many lanes get no less than half of what one wants, then they scroll
    if (const auto count = int(timeline().lanes.size()); count > 0)
        frame.laneHeight = std::clamp(frame.lanes.height() / count, px(19), frame.laneHeight);
    frame.scroll = verticalScrollBar()->value();
    return frame;
}

QSize Timeline::sizeHint() const
{
    const auto lanes = int(std::max<qsizetype>(timeline().lanes.size(), 4));
    return {px(720), px(22) + lanes * px(27) + px(8) + px(92)};
}

QSize Timeline::minimumSizeHint() const
{
    return {px(320), px(120)};
}

int Timeline::xOf(BuildTime at) const
{
    const QRect axis = frame().axis;
    const double end = double(std::max<BuildTime>(timeline().end, 1s).count());
    return axis.left() + int(double(axis.width()) * double(at.count()) / end);
}

BuildTime Timeline::timeAt(int x) const
{
    const QRect axis = frame().axis;
    const double end = double(std::max<BuildTime>(timeline().end, 1s).count());
    return BuildTime(qint64(end * double(x - axis.left()) / double(std::max(axis.width(), 1))));
}

QRect Timeline::barRect(int index) const
{
    if (index < 0 || index >= timeline().bars.size())
        return {};
    const TimelineBar &bar = timeline().bars[index];
    const QRect row = frame().laneRow(bar.lane);
    const int from = xOf(bar.from);
    return QRect(from, row.top(), std::max(xOf(bar.to) - from, px(2)), row.height());
}

int Timeline::hitBar(const QPoint &at) const
{
    const Frame f = frame();
    if (!f.lanes.contains(at))
        return -1;
    const int lane = (at.y() - f.lanes.top() + f.scroll) / f.laneHeight;
    return timeline().barAt(lane, timeAt(at.x()), timeAt(at.x() + px(4)) - timeAt(at.x()));
}

int Timeline::hitMark(const QPoint &at) const
{
    const Frame f = frame();
    const int lane = (at.y() - f.lanes.top() + f.scroll) / f.laneHeight;
    if (at.y() < f.lanes.top() || at.y() > f.lanes.bottom() || lane >= timeline().lanes.size())
        return -1;
    const QList<int> &cached = timeline().lanes[lane].cached;
    const int mark = (at.x() - f.marks.left()) / Frame::markStep();
    return at.x() >= f.marks.left() && mark < std::min<qsizetype>(cached.size(), Frame::mostMarks) ? cached[mark] : -1;
}

void Timeline::updateScroll()
{
    const Frame f = frame();
    const int lanes = int(timeline().lanes.size()) * f.laneHeight;
    verticalScrollBar()->setPageStep(f.lanes.height());
    verticalScrollBar()->setSingleStep(f.laneHeight);
    verticalScrollBar()->setRange(0, std::max(lanes - f.lanes.height(), 0));
    if (!std::exchange(m_isRevealDue, false))
        return;
    const int bar = timeline().barOfStep(m_currentStep);
    if (bar >= 0)
        reveal(timeline().bars[bar].lane);
}

void Timeline::reveal(int lane)
{
    const Frame f = frame();
    const int top = lane * f.laneHeight;
    QScrollBar *bar = verticalScrollBar();
    if (top < bar->value())
        bar->setValue(top);
    else if (top + f.laneHeight > bar->value() + f.lanes.height())
        bar->setValue(top + f.laneHeight - f.lanes.height());
}

void Timeline::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    m_isRevealDue = true;
    updateScroll();
}

void Timeline::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange)
        update();
}

QString Timeline::barText(const TimelineBar &bar) const
{
    if (bar.step < 0)
        return shortStepTitle(bar.expected);
    const Step &step = m_steps[bar.step];
    QString text = shortStepTitle(step.name);
    if (text.isEmpty())
        text = m_plan.tasks.value(step.task).name;
    return text;
}

QString Timeline::barWork(const TimelineBar &bar) const
{
    return bar.kind == TimelineBar::Kind::Running ? workText(m_steps[bar.step].work) : QString();
}

QString Timeline::barDescription(int index) const
{
    if (index < 0 || index >= timeline().bars.size())
        return {};
    const TimelineBar &bar = timeline().bars[index];
    const QString took = durationText(bar.to - bar.from);
    const QString task = m_plan.tasks.value(timeline().lanes[bar.lane].task).name;
    if (bar.kind == TimelineBar::Kind::Expected)
        return tr("%1, %2, expected, %3").arg(task, barText(bar), took);
    const Step &step = m_steps[bar.step];
    QStringList words{task, stepTitle(step.name)};
    if (words.last().isEmpty())
        words.last() = m_plan.tasks.value(step.task).title;
    words << (bar.kind == TimelineBar::Kind::Stopped ? wordOf(m_status).toLower() : wordOf(step.status)) << took;
    if (const QString work = workText(step.work); !work.isEmpty() && bar.kind == TimelineBar::Kind::Running)
        words << work;
    if (timeline().criticalSteps.contains(bar.step))
        words << tr("on the critical path");
    return words.join(u", "_s);
}

void Timeline::chooseBar(int index)
{
    if (index < 0 || index >= timeline().bars.size())
        return;
    m_currentStep = timeline().bars[index].step;
    m_currentBar = index;
    update();
    if (m_currentStep >= 0)
        Q_EMIT stepChosen(m_currentStep);
}

/// By keyboard: into view, and said aloud.
void Timeline::goTo(int index)
{
    if (index < 0)
        return;
    reveal(timeline().bars[index].lane);
    chooseBar(index);
    QAccessibleEvent focused(this, QAccessible::Focus);
    focused.setChild(index);
    QAccessible::updateAccessibility(&focused);
}

void Timeline::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const QPoint at = event->position().toPoint();
    if (const int mark = hitMark(at); mark >= 0) {
        setCurrentStep(mark);
        Q_EMIT stepChosen(mark);
    } else {
        chooseBar(hitBar(at));
    }
}

void Timeline::mouseDoubleClickEvent(QMouseEvent *event)
{
    const int bar = hitBar(event->position().toPoint());
    if (bar >= 0 && timeline().bars[bar].step >= 0)
        Q_EMIT stepActivated(timeline().bars[bar].step);
}

void Timeline::keyPressEvent(QKeyEvent *event)
{
    const int at = m_currentBar >= 0 && m_currentBar < timeline().bars.size() &&
                           timeline().bars[m_currentBar].step == m_currentStep
                       ? m_currentBar
                       : timeline().barOfStep(m_currentStep);
    switch (event->key()) {
    case Qt::Key_Left:
        return goTo(timeline().neighbour(at, TimelineLayout::Direction::Left));
    case Qt::Key_Right:
        return goTo(timeline().neighbour(at, TimelineLayout::Direction::Right));
    case Qt::Key_Up:
    case Qt::Key_K:
        return goTo(timeline().neighbour(at, TimelineLayout::Direction::Up));
    case Qt::Key_Down:
    case Qt::Key_J:
        return goTo(timeline().neighbour(at, TimelineLayout::Direction::Down));
    case Qt::Key_Home:
        return goTo(timeline().bars.isEmpty() ? -1 : 0);
    case Qt::Key_End:
        return goTo(int(timeline().bars.size()) - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_currentStep >= 0)
            Q_EMIT stepActivated(m_currentStep);
        return;
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

bool Timeline::viewportEvent(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QAbstractScrollArea::viewportEvent(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const int mark = hitMark(help->pos());
    const int bar = hitBar(help->pos());
    QString text;
    if (mark >= 0)
        text = tr("%1, cached").arg(stepTitle(m_steps[mark].name));
    else if (bar >= 0)
        text = barDescription(bar);
    else if (frame().usage.contains(help->pos()))
        text = usageDescription();
    QToolTip::showText(help->globalPos(), text, viewport());
    return true;
}

} // namespace kernelyard
