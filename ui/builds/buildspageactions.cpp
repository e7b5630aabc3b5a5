// SPDX-License-Identifier: GPL-3.0-or-later
// BuildsPage's part that does something to a build: cancel, retry, save, show, copy.
#include "core/base/whendone.h"
#include "core/build/planchange.h"
#include "core/log/savelog.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/queuelist.h"
#include "ui/log/logwindow.h"
#include "ui/models/wording.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/cancelquestion.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/segmentedswitch.h"

#include <QAction>
#include <QClipboard>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMimeData>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

void BuildsPage::askCancel()
{
    if (openBuild() == BuildId() || isEnded(m_detail->status()))
        return;
    const BuildId id = m_detail->id();
    const int step = m_detail->steps().runningStep();
    const StepModel::Counts counts = m_detail->steps().counts();
    const QString kept =
        tr("%1 of %2 steps are done and stay in the engine's cache.").arg(counts.finished).arg(counts.known);
    const QString lost = step >= 0 ? tr("The work of the running step would be lost: %1, %2 so far.")
                                         .arg(m_detail->steps().titleOf(step).left(120),
                                              durationSentence(m_detail->steps().durationOf(step)))
                                   : QString();
    auto *box = new CancelQuestion(tr("Cancel build %1").arg(id.display()), tr("Cancel %1?").arg(m_detail->title()),
                                   lost.isEmpty() ? kept : QString(lost % u' ' % kept), window());
    connect(box, &CancelQuestion::confirmed, this, [this, id] { cancel(id); });
    connect(m_detail, &BuildDetail::statusChanged, box, [this, box, id] {
        if (m_detail->id() != id || isEnded(m_detail->status()))
            box->close(); // nothing is left to cancel
    });
    box->open();
}

void BuildsPage::askCancelInQueue(BuildId id)
{
    const QueueEntry *entry = m_queue->model().entry(id);
    if (!entry)
        return;
    if (entry->isStarted) {
        showBuild(id);
        return askCancel();
    }
    const BuildSummary *build = find(id);
    const QString title = build ? QString(id.display() % u' ' % whatOf(*build)) : id.display();
    auto *box = new CancelQuestion(tr("Cancel build %1").arg(id.display()), tr("Cancel %1?").arg(title),
                                   tr("It waits in the queue and would lose its place. No work is done yet."), window(),
                                   tr("Keep waiting"));
    connect(box, &CancelQuestion::confirmed, this, [this, id] {
        const QueueEntry *now = m_queue->model().entry(id);
        if (now && now->isStarted)
            askCancelInQueue(id); // it has work to lose by now
        else
            cancel(id);
    });
    box->open();
}

void BuildsPage::pauseOrResume()
{
    const QueueEntry *entry = m_queue->model().entry(openBuild());
    if (entry)
        carryOut([id = entry->id, call = entry->isHeld ? m_sources.resume : m_sources.pause] { return call(id); });
}

void BuildsPage::carryOut(std::function<Result<void>()> work)
{
    whenDone(QtConcurrent::run(std::move(work)), this, [this](const Result<void> &result) {
        if (!result)
            Q_EMIT failed(result.error());
        m_sources.refresh();
    });
}

void BuildsPage::cancel(BuildId id)
{
    m_cancelling.insert(id);
    showState();
    whenDone(QtConcurrent::run(m_sources.cancel, id), this, [this, id](const Result<void> &result) {
        if (!result) {
            m_cancelling.remove(id);
            showState();
            if (result.error().kind != ErrorKind::Conflict) // it had ended by itself
                Q_EMIT failed(result.error());
        }
        m_sources.refresh();
    });
}

void BuildsPage::retry()
{
    if (!m_retry->isEnabled())
        return;
    launch(m_detail->plan());
}

void BuildsPage::launch(Plan plan)
{
    int begun = -1; // what is before the step that failed comes from the cache
    for (const Step &step : m_detail->steps().steps())
        begun = std::max(begun, step.task);
    plan = withCache(std::move(plan), begun);
    plan.created = QDateTime::currentDateTimeUtc();
    plan.retryOf = m_detail->status() == BuildStatus::Done ? 0 : m_detail->id().number();
    plan.memoryBytes = 0; // it may be known better by now
    m_isRetrying = true;
    showState();
    whenDone(QtConcurrent::run(m_sources.launch, plan), this, [this](const Result<BuildId> &result) {
        m_isRetrying = false;
        if (!result) {
            showState();
            Q_EMIT failed(result.error());
            return;
        }
        showBuild(*result);
        Q_EMIT buildLaunched(*result);
    });
}

void BuildsPage::saveLog()
{
    if (!openBuild().isValid())
        return;
    auto *dialog = new QFileDialog(window(), tr("Save the log of %1").arg(m_detail->title()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(u"build-%1.log"_s.arg(openBuild().folderName()));
    connect(dialog, &QFileDialog::fileSelected, this, &BuildsPage::writeLog);
    dialog->open();
}

void BuildsPage::chooseLogFile()
{
    auto *dialog = new QFileDialog(window(), tr("Open a log file"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &BuildsPage::openLogFile);
    dialog->open();
}

void BuildsPage::openLogFile(const QString &file)
{
    auto *shown = new LogWindow(file);
    shown->setAttribute(Qt::WA_DeleteOnClose);
    shown->show();
}

void BuildsPage::dragEnterEvent(QDragEnterEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (std::any_of(urls.begin(), urls.end(), [](const QUrl &url) { return url.isLocalFile(); }))
        event->acceptProposedAction();
}

void BuildsPage::dropEvent(QDropEvent *event)
{
    for (const QUrl &url : event->mimeData()->urls()) {
        if (url.isLocalFile())
            openLogFile(url.toLocalFile());
    }
    event->acceptProposedAction();
}

void BuildsPage::showLine(BuildId id, qint64 line)
{
    m_wantedBuild = id;
    m_wantedLine = line;
    showWanted();
}

void BuildsPage::showWanted()
{
    const BuildId id = m_wantedBuild;
    if (!id.isValid() || find(id) == nullptr)
        return;
    m_wantedBuild = BuildId();
    showBuild(id);
    m_detail->showLine(m_wantedLine);
}

/// Every line as the tool wrote it.
void BuildsPage::writeLog(const QString &file)
{
    const BuildLog &log = m_detail->log();
    QByteArray rest; // the line that has no end yet
    for (qint64 line = log.endedCount(); line < log.count(); ++line)
        rest += log.text(line).toByteArray() + '\n';
    const auto write = [file, bytes = log.bytes(), length = log.endedBytes(), rest] {
        return kernelyard::saveLog(file, bytes.get(), length, rest);
    };
    whenDone(QtConcurrent::run(write), this, [this](const Result<void> &saved) {
        if (!saved)
            Q_EMIT failed(saved.error());
    });
}

void BuildsPage::showCommands()
{
    if (!openBuild().isValid())
        return;
    QStringList lines;
    for (const Task &task : m_detail->plan().tasks)
        lines << task.command.display();
    auto *dialog = new QDialog(window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Commands of %1").arg(m_detail->title()));
    auto *column = new QVBoxLayout(dialog);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(dialog->windowTitle(), Type::Object));
    column->addWidget(new Label(tr("Run in this order, exactly so."), Type::Body, Tone::Muted));
    column->addWidget(new CommandBox(lines.join(u"\n\n"), 16), 1);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    column->addWidget(buttons);
    dialog->resize(px(760), px(520));
    dialog->open();
}

void BuildsPage::copyReport()
{
    QGuiApplication::clipboard()->setText(m_detail->report());
}

} // namespace kernelyard
