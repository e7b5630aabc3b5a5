// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/builds/buildsources.h"
#include "ui/models/buildlistmodel.h"
#include "ui/widgets/page.h"

#include <QSet>
#include <QTimer>

class QAction;
class QStackedWidget;
class QTreeView;

namespace kernelyard {

class BuildDetail;
class CompareView;
class EmptyState;
class HistoryView;
class QueueList;
class SegmentedSwitch;

/// Builds: the one that runs (Live), those that run and wait (Queue), all of them (History) with one open at a time,
/// and two side by side (Compare).
class BuildsPage : public Page
{
    Q_OBJECT

public:
    enum class Scope { Live, Queue, History, Compare };

    explicit BuildsPage(BuildSources sources, QWidget *parent = nullptr);
    ~BuildsPage() override;

    Scope scope() const;
    BuildId openBuild() const; ///< invalid: none
    BuildDetail *detail() const { return m_detail; }
    QueueList *queue() const { return m_queue; }
    QTreeView *history() const;
    HistoryView *historyView() const { return m_historyView; }
    CompareView *compareView() const { return m_compareView; }
    QList<QWidget *> regions() const override;
    void checkAgain() override;

public Q_SLOTS:
    void refreshBuilds(); ///< takes the builds from the sources; to be called when they changed
    void showBuild(kernelyard::BuildId id);
    void showQueue();
    void showLine(kernelyard::BuildId id, qint64 line); ///< of a build's log; -1: the build alone
    void openLogFile(const QString &file);              ///< in a window of its own
    void showList();                                    ///< History's list
    void showComparison(kernelyard::BuildId one, kernelyard::BuildId other);
    void writeLog(const QString &file); ///< of the build that is open; failed tells when it could not be written

Q_SIGNALS:
    void environmentsAsked();
    void buildLaunched(kernelyard::BuildId id); ///< by Retry
    void failed(const kernelyard::Error &error);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void makeActions();
    void chooseLogFile();
    void showWanted();
    void makeLists();
    QAction *addKey(const QString &text, Glyph glyph, const QKeySequence &keys, void (BuildsPage::*slot)());
    void chooseScope();
    void showState();
    void open(const BuildSummary &build);
    void openLive();
    void askWhy(int step);
    void readEarlier(const BuildSummary &build);
    const BuildSummary *find(BuildId id) const;
    void askCancel();
    void cancel(BuildId id);
    void askCancelInQueue(BuildId id);
    void pauseOrResume();
    /// On a worker; failed tells what went wrong.
    void carryOut(std::function<Result<void>()> work);
    void retry();
    void launch(Plan plan);
    void applyRemedy();
    void showRemedy();
    void chooseArchs(const Remedy &remedy);
    void saveLog();
    void showCommands();
    void copyReport();
    void goBack();
    void findInLog();
    void findNext();
    void findPrevious();
    void nextError();
    void previousError();
    void firstError();
    void tick();
    void compareSelected();
    void changePin();
    void showHistoryState();

    BuildSources m_sources;
    QList<BuildSummary> m_builds;
    BuildListModel m_recentModel; ///< the last three, while nothing runs
    QSet<BuildId> m_cancelling;
    bool m_isRetrying = false;
    BuildId m_wantedBuild; ///< to be shown, with its line, as soon as it is in the list
    qint64 m_wantedLine = -1;
    BuildId m_liveBuild; ///< shown in Live, also after it has ended

    SegmentedSwitch *m_scopes;
    QStackedWidget *m_stack;
    BuildDetail *m_detail;
    QueueList *m_queue;
    HistoryView *m_historyView;
    CompareView *m_compareView;
    EmptyState *m_noHistory;
    QWidget *m_idleBox;
    EmptyState *m_idle;
    QTreeView *m_recent;
    QWidget *m_recentCard;
    QWidget *m_idleWords;
    QWidget *m_idleRest;

    QAction *m_environments;
    QAction *m_back;
    QAction *m_pause;
    QAction *m_compare; ///< the two that are selected in the history
    QAction *m_pin;     ///< the build that is open, or those selected
    QAction *m_cancel;
    QAction *m_remedy = nullptr;
    QAction *m_retry; ///< of the failure card
    QAction *m_again; ///< in the header, of builds that did not fail
    QAction *m_save;
    QAction *m_openFile;
    QAction *m_showCommands;
    QAction *m_copyReport;
    QAction *m_more;
    QList<QAction *> m_logActions;
    QTimer m_tick;
};

} // namespace kernelyard
