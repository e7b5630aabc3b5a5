// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildclock.h"
#include "ui/builds/timelinelayout.h"

#include <QAbstractScrollArea>

namespace kernelyard {

/// A build over time: lanes of steps, what is cached before zero, the critical path, what is expected, and below it the
/// memory (and CPU, on request) that was used. The lanes scroll; axis and memory stay.
class Timeline : public QAbstractScrollArea
{
    Q_OBJECT

public:
    explicit Timeline(QWidget *parent = nullptr);

    void clear();
    void setBuild(const Plan &plan, const QList<Step> &steps, BuildStatus status, const BuildClock &clock,
                  BuildTime elapsed);
    void setElapsed(BuildTime elapsed); ///< of a clock that goes on
    void setEstimate(const std::optional<Estimate> &estimate);
    void addSamples(const QList<UsageSample> &samples, const SampledFrom &from);
    void setCurrentStep(int step);
    void setCpuShown(bool shown);
    bool isCpuShown() const { return m_isCpuShown; }

    const TimelineLayout &timeline() const;
    int currentStep() const { return m_currentStep; }
    QRect barRect(int bar) const;          ///< in the viewport; may lie outside of it
    QString barDescription(int bar) const; ///< "builder, RUN pip wheel ., running, 19:54, 287 of 412 units"
    QString usageDescription() const;      ///< peak, limit and where they come from, in a sentence or two
    void chooseBar(int bar);               ///< as a click does

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void stepChosen(int step);    ///< by mouse or arrow keys
    void stepActivated(int step); ///< by Enter or double click: its log is wanted
    void layoutChanged();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Frame; ///< where the parts stand in the viewport
    Frame frame() const;
    int xOf(BuildTime at) const;
    BuildTime timeAt(int x) const;
    int hitBar(const QPoint &at) const;
    int hitMark(const QPoint &at) const; ///< a cached step
    void updateScroll();
    void reveal(int lane);
    void update();
    void goTo(int bar);
    void paintAxis(QPainter &painter) const;
    void paintLanes(QPainter &painter) const;
    void paintMarks(QPainter &painter, int lane, const QRect &row) const;
    void paintBar(QPainter &painter, const TimelineBar &bar, const QRect &rect, bool isCurrent) const;
    void paintPath(QPainter &painter) const;
    void paintEstimate(QPainter &painter) const;
    void paintNow(QPainter &painter) const;
    void paintUsage(QPainter &painter) const;
    void paintCpu(QPainter &painter) const;
    QString barText(const TimelineBar &bar) const;
    QString barWork(const TimelineBar &bar) const; ///< "287 of 412 units"; empty: not running, or nothing counted
    QString usageUnknown() const;

    Plan m_plan;
    QList<Step> m_steps;
    BuildStatus m_status = BuildStatus::Queued;
    BuildClock m_clock;
    BuildTime m_elapsed{0};
    std::optional<Estimate> m_estimate;
    QList<UsageSample> m_samples;
    SampledFrom m_sampledFrom;
    qint64 m_peak = 0;
    int m_currentStep = -1;
    int m_currentBar = -1; ///< of an expected bar without a step; else it follows the step
    bool m_isCpuShown = false;
    bool m_isRevealDue = false;       ///< the current step's lane is to be scrolled into view when it has a place
    const Frame *m_painted = nullptr; ///< while painting: made once
    mutable TimelineLayout m_layout;
    mutable bool m_isLaidOut = true;
};

} // namespace kernelyard
