// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/builds/buildfailure.h"
#include "ui/builds/buildsources.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

class QAction;
class QSplitter;

namespace kernelyard {

class Card;
class FailureCard;
class GpuStrip;
class LogPane;
class StepList;
class SummaryCard;
class TimelineCard;
class WhyBox;

/// One build: summary, failure, steps and log, kept in step with one another.
class BuildDetail : public QWidget
{
    Q_OBJECT

public:
    /// \a failureActions are the failure card's buttons, the main one first.
    explicit BuildDetail(const QList<QAction *> &failureActions, QWidget *parent = nullptr);
    ~BuildDetail() override;

    /// Shows another build. \a summary is what is known until its journal is read. \a feed belongs to this from now on.
    void follow(const BuildSummary &summary, BuildFeed *feed);
    void close();
    /// Where what the GPUs did is read from; it blocks and runs on a worker.
    void setGpuRecords(std::function<GpuRecord(BuildId)> records) { m_gpuRecords = std::move(records); }
    /// What this build's time left is estimated from.
    void setEarlier(const QList<EarlierBuild> &earlier);

    /// Where it stands in the queue; null: it has ended.
    void setQueueEntry(const QueueEntry *entry);
    BuildId id() const { return m_summary.id; }
    BuildStatus status() const { return m_summary.status; }
    const BuildSummary &summary() const { return m_summary; }
    const Plan &plan() const { return m_steps.plan(); }
    const StepModel &steps() const { return m_steps; }
    const BuildLog &log() const { return m_log; }
    QString title() const; ///< "#0412 xformers · setup"
    const BuildFailure &failure() const { return m_failure; }
    QString report() const; ///< for "Copy report"
    QList<QWidget *> regions() const;
    const std::optional<Estimate> &timeLeft() const { return m_estimate; }
    WhyBox *why() const { return m_why; }
    GpuStrip *gpuStrip() const { return m_gpuStrip; }
    TimelineCard *timelineCard() const { return m_timelineCard; }
    LogPane *pane() const { return m_pane; }
    StepList *stepList() const { return m_list; }

public Q_SLOTS:
    void showFirstError();
    void showLine(qint64 line); ///< of the log, as soon as it is known

Q_SIGNALS:
    void statusChanged();
    void failureShown();
    void whyAsked(int step); ///< it was not cached
    void readingFailed(const kernelyard::Error &error);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void takePlan(const Plan &plan);
    void takeUpdate(const BuildUpdate &update);
    void takeEnd(BuildStatus status);
    void tick();
    BuildTime elapsed() const;
    void showSummary();
    void showFailure();
    void showSteps();
    void showTimeline();
    void makeEstimate();
    void offerWhy(int step);
    void chooseStep(int step);
    void markStep(int step);
    void showWantedLine();
    void readGpuRecord();

    BuildSummary m_summary;
    QString m_place;      ///< "Queued, second in line for podman"; empty: it has started
    BuildUpdate m_update; ///< the last one, without its lines
    BuildFeed *m_feed = nullptr;
    StepModel m_steps;
    BuildLog m_log;
    BuildFailure m_failure;
    QList<EarlierBuild> m_earlier;
    std::optional<Estimate> m_estimate;
    QElapsedTimer m_sinceEstimate;
    QElapsedTimer m_sinceUpdate;
    QTimer m_tick;
    std::function<GpuRecord(BuildId)> m_gpuRecords;
    QElapsedTimer m_sinceGpuRecord;
    bool m_hasEnded = false;
    qint64 m_wantedLine = -1; ///< to be shown when it comes

    SummaryCard *m_summaryCard;
    FailureCard *m_failureCard;
    Card *m_stepsCard;
    StepList *m_list;
    LogPane *m_pane;
    TimelineCard *m_timelineCard;
    GpuStrip *m_gpuStrip;
    WhyBox *m_why;
    QSplitter *m_splitter;
    QSplitter *m_right; ///< timeline above log
};

} // namespace kernelyard
