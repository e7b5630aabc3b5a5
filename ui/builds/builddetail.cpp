// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/builddetail.h"

#include "core/base/whendone.h"
#include "core/build/buildlink.h"
#include "ui/builds/failurecard.h"
#include "ui/builds/gpustrip.h"
#include "ui/builds/steplist.h"
#include "ui/builds/summarycard.h"
#include "ui/builds/timeline.h"
#include "ui/builds/timelinecard.h"
#include "ui/builds/whybox.h"
#include "ui/models/buildlistmodel.h"
#include "ui/models/wording.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"

#include <QResizeEvent>
#include <QSplitter>
#include <QVBoxLayout>
#include <QtConcurrentRun>

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

static constexpr int estimateIntervalMs = 1000;
static constexpr int gpuRecordIntervalMs = 5000;

namespace {

/// Timeline above log. Until the user moves the handle, the log gets more than half of what room there is: little of it
/// is left below a failure's card.
class TimelineSplitter final : public QSplitter
{
public:
    explicit TimelineSplitter(QWidget *parent)
        : QSplitter(Qt::Vertical, parent)
    {
        connect(this, &QSplitter::splitterMoved, this, [this] { m_isMoved = true; });
    }

protected:
    void resizeEvent(QResizeEvent *event) override
    {
        QSplitter::resizeEvent(event);
        if (m_isMoved)
            return;
        const int wanted = width() >= px(1100) ? px(400) : px(290);
        const int timeline = std::clamp(height() * 9 / 20, px(150), wanted);
        setSizes({timeline, std::max(height() - timeline, 0)});
    }

private:
    bool m_isMoved = false;
};

} // namespace

BuildDetail::BuildDetail(const QList<QAction *> &failureActions, QWidget *parent)
    : QWidget(parent)
    , m_summaryCard(new SummaryCard(this))
    , m_failureCard(new FailureCard(failureActions, this))
    , m_stepsCard(new Card(this))
    , m_list(new StepList(&m_steps, this))
    , m_pane(new LogPane(this))
    , m_timelineCard(new TimelineCard(this))
    , m_gpuStrip(new GpuStrip(this))
    , m_why(new WhyBox(this))
    , m_splitter(new QSplitter(Qt::Horizontal, this))
{
    m_stepsCard->setHeader(tr("Steps"));
    m_stepsCard->setFlush();
    m_stepsCard->body()->addWidget(m_list, 1);
    m_stepsCard->body()->addWidget(m_why);
    connect(m_why, &WhyBox::asked, this, &BuildDetail::whyAsked);
    auto *logCard = new Card(this);
    logCard->setFlush();
    logCard->setAccessibleName(tr("Log"));
    logCard->body()->addWidget(m_pane);
    m_splitter->setObjectName(u"buildSplitter"_s);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_stepsCard);
    m_right = new TimelineSplitter(m_splitter);
    m_right->setObjectName(u"timelineSplitter"_s);
    m_right->addWidget(m_timelineCard);
    m_right->addWidget(logCard);
    m_right->setCollapsible(1, false);
    m_right->setStretchFactor(1, 1);
    logCard->setMinimumHeight(px(140));
    m_splitter->setStretchFactor(1, 1);
    m_stepsCard->setMinimumWidth(px(200));
    logCard->setMinimumWidth(px(360));

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(12));
    column->addWidget(m_summaryCard);
    column->addWidget(m_failureCard);
    column->addWidget(m_gpuStrip);
    column->addWidget(m_splitter, 1);
    m_failureCard->hide();

    LogView *view = m_pane->view();
    view->setSource(&m_log);
    connect(&m_log, &LogSource::changed, this, &BuildDetail::showWantedLine); // after the view has it
    view->setLinkMaker([this](qint64 line) { return BuildLink{id(), line}.toString(); });
    connect(m_list, &StepList::stepChosen, this, &BuildDetail::chooseStep);
    Timeline *timeline = m_timelineCard->timeline();
    connect(m_list, &StepList::stepChosen, timeline, &Timeline::setCurrentStep);
    connect(timeline, &Timeline::stepChosen, m_list, &StepList::setCurrentStep);
    connect(timeline, &Timeline::stepChosen, this, &BuildDetail::chooseStep);
    connect(timeline, &Timeline::stepActivated, this, [this, view](int step) {
        chooseStep(step);
        view->setFocus(Qt::OtherFocusReason);
    });
    connect(view, &LogView::currentStepChanged, this, &BuildDetail::markStep);
    connect(m_failureCard, &FailureCard::lineChosen, view, [view](qint64 line) {
        view->showLine(line);
        view->setFocus(Qt::OtherFocusReason);
    });
    connect(m_pane, &LogPane::firstErrorAsked, this, &BuildDetail::showFirstError);
    m_tick.setInterval(1000);
    connect(&m_tick, &QTimer::timeout, this, &BuildDetail::tick);
}

BuildDetail::~BuildDetail()
{
    m_pane->view()->setSource(nullptr); // the log goes before the view
}

void BuildDetail::close()
{
    delete m_feed;
    m_feed = nullptr;
    m_summary = BuildSummary();
    m_place.clear();
    m_update = BuildUpdate();
    m_failure = {};
    m_hasEnded = false;
    m_wantedLine = -1;
    m_tick.stop();
    m_steps.setPlan({});
    m_log.clear();
    m_earlier.clear();
    m_estimate.reset();
    m_timelineCard->timeline()->clear();
    m_why->setStep(-1, {});
    m_failureCard->hide();
    m_gpuStrip->setRecord({}, false);
}

void BuildDetail::follow(const BuildSummary &summary, BuildFeed *feed)
{
    close();
    m_summary = summary;
    m_feed = feed;
    feed->setParent(this);
    m_update.status = summary.status;
    m_update.clock = {summary.started, {}};
    m_update.elapsed = summary.elapsed;
    m_update.failure = summary.failure;
    m_sinceUpdate.start();
    m_pane->view()->setClock(m_update.clock);
    m_pane->view()->setFollowing(true);
    connect(feed, &BuildFeed::planRead, this, &BuildDetail::takePlan);
    connect(feed, &BuildFeed::logOpened, &m_log, &BuildLog::openStored);
    connect(feed, &BuildFeed::updated, this, &BuildDetail::takeUpdate);
    connect(feed, &BuildFeed::ended, this, &BuildDetail::takeEnd);
    connect(feed, &BuildFeed::failed, this, &BuildDetail::readingFailed);
    showSummary();
    showSteps();
    m_tick.start();
    readGpuRecord();
}

void BuildDetail::readGpuRecord()
{
    m_sinceGpuRecord.start();
    if (!m_gpuRecords)
        return;
    whenDone(QtConcurrent::run(m_gpuRecords, id()), this, [this, asked = id()](const GpuRecord &record) {
        if (asked == id())
            m_gpuStrip->setRecord(record, !m_hasEnded);
    });
}

QString BuildDetail::title() const
{
    return m_summary.id.display() % u' ' % whatOf(m_summary);
}

void BuildDetail::setQueueEntry(const QueueEntry *entry)
{
    const QString place = entry ? queueSentence(*entry) : QString();
    if (std::exchange(m_place, place) != place)
        showSummary();
}

void BuildDetail::takePlan(const Plan &plan)
{
    m_steps.setPlan(plan);
    m_summary.environment = plan.environment;
    m_summary.purpose = plan.purpose;
    m_summary.planProblem = plan.problem;
    showSummary();
    showSteps();
}

void BuildDetail::takeUpdate(const BuildUpdate &update)
{
    const bool changed = update.status != m_summary.status;
    m_update = update;
    m_update.newLines.clear();
    m_update.growth.reset();
    m_summary.status = update.status;
    m_summary.started = update.clock.start;
    m_summary.elapsed = update.elapsed;
    m_summary.failure = update.failure;
    m_sinceUpdate.start();
    m_steps.setSteps(update.steps, update.status, update.elapsed);
    m_pane->view()->setClock(update.clock);
    showSteps(); // fold rows before their lines
    m_log.take(update);
    m_timelineCard->timeline()->addSamples(update.newSamples, update.sampledFrom);
    m_update.newSamples.clear();
    if (!m_estimate || !m_sinceEstimate.isValid() || m_sinceEstimate.elapsed() >= estimateIntervalMs)
        makeEstimate();
    showTimeline();
    showSummary();
    if (m_hasEnded)
        showFailure();
    if (m_pane->view()->isFollowing())
        markStep(m_pane->view()->currentStep());
    if (changed)
        Q_EMIT statusChanged();
}

void BuildDetail::takeEnd(BuildStatus status)
{
    m_hasEnded = true;
    m_summary.status = status;
    m_update.status = status;
    m_tick.stop();
    m_steps.setSteps(m_update.steps, status, m_update.elapsed);
    showSteps();
    makeEstimate();
    showTimeline();
    showSummary();
    showFailure();
    readGpuRecord();
    if (m_wantedLine >= 0) // the log has fewer lines
        showLine(m_log.count() - 1);
    LogView *view = m_pane->view();
    if (view->isFollowing()) { // nobody reads elsewhere: show what matters
        view->setFollowing(false);
        if (m_failure.line >= 0) {
            view->showLine(m_failure.line);
        } else {
            const int last = m_log.count() > 0 ? m_log.step(m_log.count() - 1) : -1;
            if (last >= 0)
                view->setFolded(last, false);
            view->setFollowing(true);
        }
        markStep(view->currentStep());
    }
    Q_EMIT statusChanged();
}

BuildTime BuildDetail::elapsed() const
{
    if (m_update.status != BuildStatus::Running || m_update.isPaused)
        return m_update.elapsed;
    return m_update.elapsed + std::chrono::milliseconds(m_sinceUpdate.elapsed());
}

void BuildDetail::tick()
{
    if (m_update.status != BuildStatus::Running)
        return;
    m_steps.setElapsed(elapsed());
    m_summaryCard->setElapsed(elapsed());
    makeEstimate();
    showTimeline();
    showSteps();
    if (m_sinceGpuRecord.hasExpired(gpuRecordIntervalMs))
        readGpuRecord();
}

void BuildDetail::showSummary()
{
    m_summaryCard->setFacts({title(), m_update.status, m_update.clock.start, elapsed(),
                             m_update.clock.moment(elapsed()), m_update.peakMemoryBytes, m_update.isPaused, m_place},
                            m_steps);
}

void BuildDetail::setEarlier(const QList<EarlierBuild> &earlier)
{
    m_earlier = earlier;
    makeEstimate();
    showTimeline();
}

void BuildDetail::makeEstimate()
{
    m_estimate.reset();
    if (m_update.status == BuildStatus::Running)
        m_estimate = estimate(m_steps.plan(), m_update.steps, elapsed(), m_earlier);
    m_sinceEstimate.start();
    m_timelineCard->timeline()->setEstimate(m_estimate);
    m_summaryCard->setEstimate(m_estimate, BuildTime(0));
}

void BuildDetail::showTimeline()
{
    Timeline *timeline = m_timelineCard->timeline();
    timeline->setBuild(m_steps.plan(), m_update.steps, m_update.status, m_update.clock, elapsed());
    m_steps.setCriticalPath(timeline->timeline().criticalSteps);
}

void BuildDetail::showFailure()
{
    m_failure = describeFailure(m_update.status, m_steps, m_log, m_update.failure, m_update.findings);
    m_failureCard->setVisible(!m_failure.what.isEmpty());
    if (!m_failure.what.isEmpty())
        m_failureCard->setFailure(m_failure, m_update.status);
    Q_EMIT failureShown();
}

void BuildDetail::showSteps()
{
    const StepModel::Counts counts = m_steps.counts();
    QString sub;
    if (counts.known > 0)
        sub = counts.cached > 0
                  ? tr("%1 of %2 done, %3 cached").arg(counts.finished).arg(counts.known).arg(counts.cached)
                  : tr("%1 of %2 done").arg(counts.finished).arg(counts.known);
    m_stepsCard->setHeader(tr("Steps"), sub);
    QList<LogStep> steps;
    for (int step = 0; step < m_steps.steps().size(); ++step)
        steps.append({m_steps.titleOf(step), m_steps.stateOfStep(step), m_steps.durationTextOf(step)});
    m_pane->view()->setSteps(steps);
}

/// Asked of a step of a layer that ran.
void BuildDetail::offerWhy(int step)
{
    const bool isKnown = step >= 0 && step < m_steps.steps().size();
    const Step asked = isKnown ? m_steps.steps()[step] : Step();
    const bool ran = asked.started && asked.status != StepStatus::Cached && !asked.key.isEmpty();
    const Task task = m_steps.plan().tasks.value(asked.task);
    m_why->setStep(step, isKnown && ran && task.kind == TaskKind::Layer
                             ? u"%1 %2"_s.arg(task.name).arg(m_steps.numberOf(step))
                             : QString());
}

void BuildDetail::chooseStep(int step)
{
    offerWhy(step);
    LogView *view = m_pane->view();
    if (step == m_steps.runningStep() && view->isFollowing())
        return; // it is what the log shows
    view->showStep(step);
}

void BuildDetail::markStep(int step)
{
    if (m_pane->view()->isFollowing() && m_steps.runningStep() >= 0)
        step = m_steps.runningStep();
    if (step < 0 && m_hasEnded) // at a note of ours
        step = m_steps.failedStep();
    if (step >= 0 && step != m_list->currentStep())
        m_list->setCurrentStep(step);
    if (step >= 0) {
        m_timelineCard->timeline()->setCurrentStep(step);
        offerWhy(step);
    }
}

void BuildDetail::showLine(qint64 line)
{
    m_wantedLine = line;
    showWantedLine();
}

void BuildDetail::showWantedLine()
{
    if (m_wantedLine < 0 || m_wantedLine >= m_log.count())
        return;
    m_pane->view()->showLine(m_wantedLine);
    m_wantedLine = -1;
}

void BuildDetail::showFirstError()
{
    const qint64 line = m_failure.line >= 0 ? m_failure.line : m_log.firstError(-1);
    if (line >= 0)
        m_pane->view()->showLine(line);
}

QString BuildDetail::report() const
{
    return buildReport(title(), m_update.status, m_update.clock.start, m_steps, m_log, m_failure);
}

QList<QWidget *> BuildDetail::regions() const
{
    return {m_list, m_timelineCard->timeline(), m_pane->view()};
}

void BuildDetail::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    if (event->oldSize().width() <= 0) // once; then the splitter is the user's
        m_splitter->setSizes({event->size().width() >= px(1500) ? px(400) : px(316), event->size().width()});
}

} // namespace kernelyard
