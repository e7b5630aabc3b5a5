// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/buildspage.h"

#include "core/base/whendone.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/compareview.h"
#include "ui/builds/historyview.h"
#include "ui/builds/queuelist.h"
#include "ui/builds/steplist.h"
#include "ui/builds/whybox.h"
#include "ui/models/wording.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/card.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/label.h"
#include "ui/widgets/listkeys.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/statedelegate.h"

#include <QAction>
#include <QApplication>
#include <QHeaderView>
#include <QMenu>
#include <QShortcut>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

constexpr int recentShown = 3;

bool runs(const BuildSummary &build)
{
    return !isEnded(build.status);
}

} // namespace

BuildsPage::BuildsPage(BuildSources sources, QWidget *parent)
    : Page(tr("Builds"), Glyph::Builds, parent)
    , m_sources(std::move(sources))
    , m_scopes(new SegmentedSwitch(tr("Which builds"), this))
    , m_stack(new QStackedWidget(this))
{
    makeActions();
    m_detail = new BuildDetail({m_remedy, m_retry, m_showCommands, m_copyReport}, this);
    makeLists();
    m_scopes->addSegment(tr("Live"));
    m_scopes->addSegment(tr("Queue"));
    m_scopes->addSegment(tr("History"));
    m_scopes->addSegment(tr("Compare"));
    addScope(m_scopes);
    addHeaderWidget(new ActionButton(m_back));
    addHeaderWidget(new ActionButton(m_pause));
    addHeaderWidget(new ActionButton(m_cancel));
    addHeaderWidget(new ActionButton(m_again));
    addHeaderWidget(new ActionButton(m_compare));
    addHeaderWidget(new ActionButton(m_pin));
    addHeaderWidget(new ActionButton(m_save));
    auto *more = new ActionButton(m_more, ActionButton::Look::IconOnly);
    addHeaderWidget(more);
    auto *menu = new QMenu(more);
    menu->addActions({m_remedy, m_retry, m_showCommands, m_copyReport, m_save, m_openFile});
    menu->addSeparator();
    menu->addActions(m_logActions);
    connect(m_more, &QAction::triggered, this, [menu, more] {
        menu->popup(more->mapToGlobal(QPoint(more->width() - menu->sizeHint().width(), more->height())));
    });

    m_stack->addWidget(m_idleBox);
    m_stack->addWidget(m_queue);
    m_stack->addWidget(m_historyView);
    m_stack->addWidget(m_compareView);
    m_stack->addWidget(m_noHistory);
    m_stack->addWidget(m_detail);
    body()->addWidget(m_stack, 1);

    connect(m_scopes, &SegmentedSwitch::currentChanged, this, &BuildsPage::chooseScope);
    connect(m_scopes, &SegmentedSwitch::clicked, this, [this](int index) {
        if (index == int(Scope::History) && openBuild().isValid()) // from an ended build back to all
            showList();
    });
    connect(m_detail, &BuildDetail::whyAsked, this, &BuildsPage::askWhy);
    connect(m_detail, &BuildDetail::statusChanged, this, &BuildsPage::showState);
    m_detail->setGpuRecords(m_sources.gpuRecord);
    connect(m_detail, &BuildDetail::failureShown, this, &BuildsPage::showState);
    connect(m_detail, &BuildDetail::readingFailed, this, &BuildsPage::failed);
    setAcceptDrops(true); // log files
    m_tick.setInterval(1000);
    connect(&m_tick, &QTimer::timeout, this, &BuildsPage::tick);
    m_tick.start();
    m_scopes->setCurrent(int(Scope::Live));
    refreshBuilds();
}

BuildsPage::~BuildsPage() = default;

QAction *BuildsPage::addKey(const QString &text, Glyph glyph, const QKeySequence &keys, void (BuildsPage::*slot)())
{
    auto *action = new QAction(icon(glyph), text, this);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, slot);
    addAction(action);
    return action;
}

void BuildsPage::makeActions()
{
    m_back = addKey(tr("All builds"), Glyph::Builds, {}, &BuildsPage::goBack);
    m_back->setToolTip(tr("Back to the list (Esc)"));
    auto *escape = new QShortcut(Qt::Key_Escape, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(escape, &QShortcut::activated, this, &BuildsPage::goBack);
    m_pause = addKey(tr("Pause"), Glyph::Pause, {}, &BuildsPage::pauseOrResume);
    m_cancel = addKey(tr("Cancel…"), Glyph::Stop, Qt::CTRL | Qt::Key_Period, &BuildsPage::askCancel);
    m_retry = addKey(tr("Retry"), Glyph::Play, Qt::CTRL | Qt::Key_Return, &BuildsPage::retry);
    m_remedy = addKey(tr("Remedy"), Glyph::Repair, Qt::CTRL | Qt::SHIFT | Qt::Key_Return, &BuildsPage::applyRemedy);
    m_remedy->setObjectName(u"remedy"_s);
    m_retry->setObjectName(u"retry"_s);
    m_remedy->setVisible(false);
    m_compare = addKey(tr("Compare"), Glyph::Benchmarks, {}, &BuildsPage::compareSelected);
    m_pin = addKey(tr("Pin"), Glyph::Link, {}, &BuildsPage::changePin);
    m_again = addKey(tr("Run again"), Glyph::Play, {}, &BuildsPage::retry);
    m_save = addKey(tr("Save log…"), Glyph::Export, QKeySequence::Save, &BuildsPage::saveLog);
    m_openFile = addKey(tr("Open log file…"), Glyph::Document, QKeySequence::Open, &BuildsPage::chooseLogFile);
    m_showCommands = addKey(tr("Show commands"), Glyph::Terminal, {}, &BuildsPage::showCommands);
    m_copyReport = addKey(tr("Copy report"), Glyph::Copy, {}, &BuildsPage::copyReport);
    m_environments = addKey(tr("Show environments"), Glyph::Environments, {}, &BuildsPage::environmentsAsked);
    m_environments->setIcon(icon(Glyph::Environments, Ink::OnAccent));
    m_more = new QAction(icon(Glyph::More), tr("More"), this);
    m_logActions = {addKey(tr("Find in the log"), Glyph::Search, QKeySequence::Find, &BuildsPage::findInLog),
                    addKey(tr("Next match"), Glyph::ChevronDown, Qt::Key_F3, &BuildsPage::findNext),
                    addKey(tr("Previous match"), Glyph::ChevronUp, Qt::SHIFT | Qt::Key_F3, &BuildsPage::findPrevious),
                    addKey(tr("First error"), Glyph::Failed, Qt::CTRL | Qt::Key_F8, &BuildsPage::firstError),
                    addKey(tr("Next error"), Glyph::ChevronDown, Qt::Key_F8, &BuildsPage::nextError),
                    addKey(tr("Previous error"), Glyph::ChevronUp, Qt::SHIFT | Qt::Key_F8, &BuildsPage::previousError)};
}

void BuildsPage::makeLists()
{
    m_historyView = new HistoryView(this);
    connect(m_historyView, &HistoryView::opened, this, &BuildsPage::showBuild);
    connect(m_historyView, &HistoryView::selectionChanged, this, &BuildsPage::showHistoryState);
    m_compareView = new CompareView(m_sources, this);
    connect(m_compareView, &CompareView::failed, this, &BuildsPage::failed);

    m_queue = new QueueList(this);
    m_queue->setEmptyAction(m_environments);
    for (QAction *action : m_queue->actions())
        addAction(action);
    connect(m_queue, &QueueList::openAsked, this, &BuildsPage::showBuild);
    connect(m_queue, &QueueList::cancelAsked, this, &BuildsPage::askCancelInQueue);
    connect(m_queue, &QueueList::moveAsked, this, [this](BuildId id, QueueMove move) {
        carryOut([move, id, call = m_sources.move] { return call(id, move); });
    });
    connect(m_queue, &QueueList::pauseAsked, this,
            [this](BuildId id) { carryOut([id, call = m_sources.pause] { return call(id); }); });
    connect(m_queue, &QueueList::resumeAsked, this,
            [this](BuildId id) { carryOut([id, call = m_sources.resume] { return call(id); }); });

    m_noHistory = new EmptyState(this);
    m_noHistory->setAction(m_environments);
    m_noHistory->setWords(tr("No builds yet. Every build of this machine is kept here, with its whole log."),
                          tr("None was started yet, neither here nor by kernelyardctl."));

    m_idleBox = new QWidget(this);
    auto *idleColumn = new QVBoxLayout(m_idleBox);
    idleColumn->setContentsMargins(0, 0, 0, 0);
    idleColumn->setSpacing(px(12));
    m_idleWords = new QWidget(m_idleBox);
    auto *words = new QVBoxLayout(m_idleWords);
    words->setContentsMargins(px(12), px(12), px(12), px(4));
    words->setSpacing(px(4));
    words->addWidget(new Label(tr("No build runs."), Type::Object));
    words->addWidget(
        new Label(tr("One that runs opens here by itself, with its steps and its log."), Type::Body, Tone::Muted));
    idleColumn->addWidget(m_idleWords);
    m_idle = new EmptyState(m_idleBox);
    m_idle->setAction(m_environments);
    m_idle->setWords(tr("No build runs. A build that runs opens here by itself, with its steps and its log."),
                     tr("None was started yet, neither here nor by kernelyardctl."));
    auto *recentCard = new Card(m_idleBox);
    recentCard->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    recentCard->setHeader(tr("Last builds"));
    recentCard->setFlush();
    m_recentCard = recentCard;
    m_recent = new QTreeView(recentCard);
    setUpBuildTable(m_recent, tr("Last builds"), &m_recentModel);
    m_recent->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    recentCard->body()->addWidget(m_recent);
    idleColumn->addWidget(recentCard);
    idleColumn->addWidget(m_idle, 1);
    m_idleRest = new QWidget(m_idleBox);
    idleColumn->addWidget(m_idleRest, 1);

    const auto open = [this](const QModelIndex &index) {
        if (index.isValid())
            showBuild(BuildId(index.data(BuildListModel::IdRole).toInt()));
    };
    connect(m_recent, &QTreeView::clicked, this, open);
    connect(m_recent, &QTreeView::activated, this, open);
}

BuildsPage::Scope BuildsPage::scope() const
{
    return static_cast<Scope>(std::max(0, m_scopes->current()));
}

QTreeView *BuildsPage::history() const
{
    return m_historyView->table();
}

BuildId BuildsPage::openBuild() const
{
    return m_stack->currentWidget() == m_detail ? m_detail->id() : BuildId();
}

QList<QWidget *> BuildsPage::regions() const
{
    if (m_stack->currentWidget() == m_detail)
        return m_detail->regions();
    if (m_stack->currentWidget() == m_historyView)
        return m_historyView->regions();
    if (m_stack->currentWidget() == m_compareView)
        return m_compareView->regions();
    if (m_stack->currentWidget() == m_queue)
        return {m_queue};
    return m_recentModel.rowCount() > 0 ? QList<QWidget *>{m_recent} : QList<QWidget *>{};
}

void BuildsPage::checkAgain()
{
    m_sources.refresh();
}

const BuildSummary *BuildsPage::find(BuildId id) const
{
    const auto place =
        std::find_if(m_builds.begin(), m_builds.end(), [id](const BuildSummary &b) { return b.id == id; });
    return place != m_builds.end() ? &*place : nullptr;
}

void BuildsPage::refreshBuilds()
{
    m_builds = m_sources.builds();
    m_historyView->setBuilds(m_builds);
    m_compareView->setBuilds(m_builds);
    m_recentModel.setBuilds(m_builds.mid(0, recentShown));
    m_queue->setQueue(m_sources.queue(), m_builds);
    if (m_detail->id().isValid() && find(m_detail->id()) == nullptr) { // its folder is gone
        if (m_liveBuild == m_detail->id())
            m_liveBuild = BuildId();
        m_detail->close();
        if (m_stack->currentWidget() == m_detail && scope() == Scope::History)
            showList();
    }
    if (scope() == Scope::Live)
        openLive();
    else if (scope() == Scope::History && m_stack->currentWidget() != m_detail)
        showList();
    showState();
    showWanted();
}

void BuildsPage::openLive()
{
    // the one shown stays while it runs, and after it until another starts and no dialog asks about it
    const BuildSummary *shown = find(m_liveBuild);
    const bool isAsked = QApplication::activeModalWidget() != nullptr;
    if (shown == nullptr || (!runs(*shown) && !isAsked)) {
        auto running = std::find_if(m_builds.begin(), m_builds.end(),
                                    [](const BuildSummary &b) { return b.status == BuildStatus::Running; });
        if (running == m_builds.end()) // else one that waits
            running = std::find_if(m_builds.begin(), m_builds.end(), runs);
        if (running != m_builds.end())
            shown = &*running;
    }
    if (shown == nullptr) {
        m_liveBuild = BuildId();
        m_recentCard->setVisible(!m_builds.isEmpty());
        m_idleWords->setVisible(!m_builds.isEmpty());
        m_idle->setVisible(m_builds.isEmpty());
        m_idleRest->setVisible(!m_builds.isEmpty());
        m_recent->setFixedHeight(px(26) + px(28) * m_recentModel.rowCount() + 2);
        m_stack->setCurrentWidget(m_idleBox);
        return;
    }
    m_liveBuild = shown->id;
    open(*shown);
}

void BuildsPage::open(const BuildSummary &build)
{
    if (m_detail->id() != build.id) {
        m_detail->follow(build, m_sources.follow(build.id, m_detail));
        readEarlier(build);
    }
    m_stack->setCurrentWidget(m_detail);
}

void BuildsPage::askWhy(int step)
{
    if (!m_sources.why)
        return;
    whenDone(QtConcurrent::run(m_sources.why, m_detail->id(), step), this,
             [this, step, id = m_detail->id()](const Result<CacheAnswer> &answer) {
                 if (m_detail->id() != id)
                     return;
                 if (answer)
                     m_detail->why()->setAnswer(step, *answer);
                 else
                     m_detail->why()->setError(step, answer.error());
             });
}

/// Only a build that runs has an estimate.
void BuildsPage::readEarlier(const BuildSummary &build)
{
    if (isEnded(build.status) || !m_sources.earlier)
        return;
    whenDone(QtConcurrent::run(m_sources.earlier, build.environment, build.id), this,
             [this, id = build.id](const QList<EarlierBuild> &earlier) {
                 if (m_detail->id() == id)
                     m_detail->setEarlier(earlier);
             });
}

void BuildsPage::showBuild(BuildId id)
{
    const BuildSummary *build = find(id);
    if (build == nullptr) {
        m_wantedBuild = id; // just launched: it comes with the next list
        m_wantedLine = -1;
        m_sources.refresh();
        return;
    }
    if (runs(*build)) {
        m_liveBuild = id;
        m_scopes->setCurrent(int(Scope::Live));
        openLive();
    } else {
        m_scopes->setCurrent(int(Scope::History));
        open(*build);
    }
    showState();
    if (isVisible())
        m_detail->pane()->view()->setFocus(Qt::OtherFocusReason);
}

void BuildsPage::showList()
{
    m_scopes->setCurrent(int(Scope::History));
    const BuildId last = m_detail->id();
    m_stack->setCurrentWidget(m_builds.isEmpty() ? static_cast<QWidget *>(m_noHistory) : m_historyView);
    if (last.isValid() || !history()->currentIndex().isValid())
        m_historyView->showBuild(last);
    showState();
}

void BuildsPage::chooseScope()
{
    if (scope() == Scope::History) {
        showList();
    } else if (scope() == Scope::Queue) {
        showQueue();
    } else if (scope() == Scope::Compare) {
        m_stack->setCurrentWidget(m_compareView);
        m_compareView->compareNewest();
    } else {
        openLive();
    }
    showState();
}

void BuildsPage::showQueue()
{
    m_scopes->setCurrent(int(Scope::Queue));
    m_queue->setCurrent(m_detail->id());
    m_stack->setCurrentWidget(m_queue);
    showState();
}

void BuildsPage::goBack()
{
    if (m_detail->pane()->isFinding())
        m_detail->pane()->closeFind();
    else if (m_stack->currentWidget() == m_detail && scope() == Scope::History) {
        showList();
        history()->setFocus(Qt::OtherFocusReason);
    } else if (m_stack->currentWidget() == m_historyView && !m_historyView->filter().isEmpty()) {
        m_historyView->clearFilter();
    }
}

/// Brings words and actions in line with what is shown.
void BuildsPage::showState()
{
    const int running = int(std::count_if(m_builds.begin(), m_builds.end(), [](const BuildSummary &build) {
        return build.status == BuildStatus::Running;
    }));
    const int waiting = m_queue->model().waiting();
    m_scopes->setText(int(Scope::Queue), waiting > 0 ? tr("Queue %1").arg(waiting) : tr("Queue"));
    m_scopes->setText(int(Scope::Live), running > 0 ? tr("Live %1").arg(running) : tr("Live"));
    m_scopes->setText(int(Scope::History),
                      m_builds.isEmpty() ? tr("History") : tr("History %1").arg(countText(m_builds.size())));
    setCount(running, State::Running);

    const bool isOpen = m_stack->currentWidget() == m_detail;
    const bool hasEnded = isOpen && isEnded(m_detail->status());
    const bool isRunning = isOpen && !hasEnded;
    const bool isCancelling = isRunning && m_cancelling.contains(m_detail->id());
    m_back->setVisible(isOpen && scope() == Scope::History);
    m_cancel->setVisible(isRunning);
    m_cancel->setEnabled(isRunning && !isCancelling);
    m_cancel->setText(isCancelling ? tr("Cancelling…") : tr("Cancel…"));
    const QueueEntry *place = isRunning ? m_queue->model().entry(m_detail->id()) : nullptr;
    m_pause->setVisible(isRunning);
    m_pause->setText(place && place->isHeld ? tr("Resume") : tr("Pause"));
    m_pause->setIcon(icon(place && place->isHeld ? Glyph::Play : Glyph::Pause));
    m_pause->setEnabled(place && !isCancelling && (place->isHeld || !place->isStarted || place->canPause));
    const QString refusal = tr("The engine's daemon does the running step and can't pause it");
    m_pause->setToolTip(m_pause->isEnabled() || !place ? m_pause->text() : refusal);
    m_pause->setStatusTip(m_pause->isEnabled() ? QString() : refusal);
    m_detail->setQueueEntry(place);
    m_save->setVisible(isOpen);
    m_retry->setVisible(hasEnded);
    const Plan &plan = m_detail->plan();
    const bool isPlanKnown = !plan.tasks.isEmpty() && plan.problem.isEmpty();
    m_retry->setEnabled(hasEnded && !m_isRetrying && isPlanKnown);
    m_retry->setToolTip(plan.problem.isEmpty() ? tr("Runs the same plan again; what was built is taken from the cache")
                                               : tr("Its plan can't be read"));
    m_again->setVisible(hasEnded &&
                        (m_detail->status() == BuildStatus::Done || m_detail->status() == BuildStatus::Cancelled));
    m_again->setEnabled(m_retry->isEnabled());
    m_again->setToolTip(m_retry->toolTip());
    showRemedy();
    m_retry->setIcon(icon(Glyph::Play, m_remedy->isVisible() ? Ink::Text : Ink::OnAccent));
    m_showCommands->setVisible(isOpen);
    m_showCommands->setEnabled(isOpen && isPlanKnown);
    m_copyReport->setVisible(isOpen);
    for (QAction *action : std::as_const(m_logActions))
        action->setVisible(isOpen);
    showHistoryState();
}

void BuildsPage::tick()
{
    if (!isVisible())
        return;
    const QDateTime now = QDateTime::currentDateTime();
    m_historyView->setNow(now);
    m_recentModel.setNow(now);
}

void BuildsPage::findInLog()
{
    m_detail->pane()->openFind();
}

void BuildsPage::findNext()
{
    m_detail->pane()->findNext();
}

void BuildsPage::findPrevious()
{
    m_detail->pane()->findPrevious();
}

void BuildsPage::nextError()
{
    m_detail->pane()->view()->showNextError(1);
}

void BuildsPage::previousError()
{
    m_detail->pane()->view()->showNextError(-1);
}

void BuildsPage::firstError()
{
    m_detail->showFirstError();
}

} // namespace kernelyard
