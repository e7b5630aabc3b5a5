// SPDX-License-Identifier: GPL-3.0-or-later
// ForksPage's part that does something: clones, git's actions, opening, rebuilding.
#include "core/base/whendone.h"
#include "core/fork/address.h"
#include "core/process/run.h"
#include "ui/forks/advicecard.h"
#include "ui/forks/branchdialog.h"
#include "ui/forks/clonedialog.h"
#include "ui/forks/forkspage.h"
#include "ui/forks/forkwords.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QInputDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

/// What a fetch brought, in a sentence.
Result<QString> told(const Result<FetchReport> &report)
{
    if (!report)
        return Failure(report.error());
    if (!report->failures.isEmpty())
        return Failure(report->failures.first());
    QStringList forced;
    int moved = 0;
    for (const RefUpdate &update : report->updates) {
        if (!update.ref.startsWith(u"refs/remotes/"))
            continue;
        ++moved;
        if (update.forced)
            forced << update.ref.mid(13);
    }
    if (moved == 0)
        return ForksPage::tr("Fetched: nothing new.");
    QString text = moved == 1 ? ForksPage::tr("Fetched: 1 branch moved.")
                              : ForksPage::tr("Fetched: %1 branches moved.").arg(moved);
    if (!forced.isEmpty())
        text +=
            u' ' + ForksPage::tr("Rewritten there: %1. Your own branches stay as they are.").arg(forced.join(u", "_s));
    return text;
}

Result<QString> nothingToSay(const Result<ForkStatus> &status)
{
    if (!status)
        return Failure(status.error());
    return QString();
}

QMessageBox *ask(QWidget *parent, const QString &title, const QString &question, const QString &more)
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, title, question, QMessageBox::NoButton, parent);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(more);
    return box;
}

} // namespace

std::optional<BuildId> ForksPage::runningBuild(const QString &environment) const
{
    for (const BuildSummary &build : m_with.builds.builds())
        if (build.environment == environment && !isEnded(build.status))
            return build.id;
    return {};
}

QString ForksPage::rebuildReason(const Environment *environment) const
{
    if (!environment)
        return tr("no environment builds this fork");
    if (const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine); !engine)
        return engine.error().message;
    if (m_with.launcher.isStarting(environment->name))
        return tr("a build of %1 is being started").arg(environment->name);
    const auto advice = m_store.advice(m_path);
    if (!advice)
        return tr("the advice is not there yet");
    if (!*advice)
        return advice->error().message;
    return {};
}

QString ForksPage::forwardTarget(const ForkStatus &fork, QString *reason) const
{
    if (fork.branch.isEmpty()) {
        *reason = tr("it stands on no branch");
        return {};
    }
    bool hasDiverged = false;
    for (const std::optional<Divergence> &from : {fork.fromOrigin, fork.fromUpstream}) {
        if (!from || from->behind == 0)
            continue;
        if (from->ahead == 0)
            return from->from;
        hasDiverged = true;
    }
    *reason = hasDiverged ? tr("the branch has commits of its own: merge or rebase in a terminal")
                          : tr("it is as far as what was fetched");
    return {};
}

void ForksPage::updateActions()
{
    const ForkRow *row = selectedRow();
    const ForkJob *job = m_store.job(m_path);
    const bool isRead = row && row->kind == ForkRow::Kind::Checkout && !row->fork.trouble;
    const QString busy = !row      ? tr("no fork is selected")
                         : job     ? tr("a step is at work in it")
                         : !isRead ? tr("it is no whole checkout")
                                   : QString();
    const auto enable = [](QAction *action, const QString &reason, const QString &tip = {}) {
        action->setEnabled(reason.isEmpty());
        action->setStatusTip(reason);
        action->setToolTip(reason.isEmpty() ? (tip.isEmpty() ? action->text() : tip) : reason);
    };
    for (QAction *action : {m_do.fetch, m_do.switchBranch, m_upstream})
        enable(action, busy);
    for (QAction *action : {m_do.editor, m_do.terminal, m_files, m_devContainer})
        enable(action, isRead ? QString() : tr("no checkout is selected"));
    QString reasonNot;
    const QString target = isRead ? forwardTarget(row->fork, &reasonNot) : QString();
    enable(m_do.fastForward, busy.isEmpty() ? reasonNot : busy, tr("To %1").arg(target));
    enable(m_do.sync, !busy.isEmpty()                         ? busy
                      : row && row->fork.submodules.isEmpty() ? tr("it has no submodules")
                                                              : QString());
    enable(m_fetchAll, m_store.list() && !m_store.list()->forks.isEmpty() ? QString() : tr("there is no fork"));

    const Environment *environment = row ? environmentOf(m_path) : nullptr;
    const auto running = environment ? runningBuild(environment->name) : std::nullopt;
    m_do.showBuild->setVisible(running.has_value());
    m_do.rebuild->setVisible(!running && environment);
    const QString reason = busy.isEmpty() ? rebuildReason(environment) : busy;
    const auto advice = m_store.advice(m_path);
    if (environment && advice && *advice)
        m_do.rebuild->setIconText(buttonText(**advice, m_detail->adviceCard()->chosen()));
    enable(m_do.rebuild, reason);
    const bool hasUnits = environment && advice && *advice && !(*advice)->advice.units.isEmpty();
    m_do.units->setVisible(hasUnits);
    enable(m_do.units, hasUnits ? QString() : tr("no unit would be compiled"));

    m_do.cancel->setEnabled(job && !job->isCancelling());
    m_do.cancel->setStatusTip(job ? QString() : tr("no step is at work"));
    const bool isUnfinished = row && row->kind == ForkRow::Kind::Unfinished && !job;
    m_do.resume->setVisible(isUnfinished);
    m_do.discard->setVisible(isUnfinished);
    m_do.markSafe->setVisible(row && row->fork.trouble && row->fork.trouble->kind == ErrorKind::Permission && !job);
}

void ForksPage::jobEnded(const QString &path)
{
    const QString branch = m_switches.take(path);
    const auto outcome = m_store.outcome(path);
    const std::optional<Error> error = outcome ? outcome->error : std::nullopt;
    if (!branch.isEmpty() && error && error->kind == ErrorKind::Conflict && !error->detail.isEmpty())
        askStash(path, branch, *error);
    if (!error)
        m_clones.remove(path);
    readAgain();
}

void ForksPage::addFork()
{
    const auto &list = m_store.list();
    auto *dialog = new CloneDialog(m_with.paths.forks(), list ? list->forks : QList<ForkStatus>(), this);
    connect(dialog, &CloneDialog::cloneAsked, this, &ForksPage::clone);
    dialog->open();
}

void ForksPage::clone(const CloneRequest &request)
{
    m_clones.insert(request.path, request);
    m_path = request.path;
    m_store.start(request.path, tr("Cloning"), [request](const ProgressFunction &progress) -> Result<QString> {
        const Result<ForkStatus> status = cloneFork(request, progress);
        if (!status)
            return Failure(status.error());
        for (const SubmoduleStatus &submodule : status->submodules)
            if (!submodule.trouble.isEmpty())
                return tr("Cloned, but %1: %2").arg(submodule.path, submodule.trouble);
        return tr("Cloned, with %1 submodules.").arg(status->submodules.size());
    });
    showFork(request.path);
}

void ForksPage::resumeClone()
{
    const ForkRow *row = selectedRow();
    if (!row || row->kind != ForkRow::Kind::Unfinished)
        return;
    CloneRequest request = m_clones.value(m_path);
    if (request.url.isEmpty()) { // begun by another process: what else was asked for is not known
        request.url = row->fork.origin;
        request.path = row->fork.path;
    }
    clone(request);
}

void ForksPage::discardClone()
{
    const ForkRow *row = selectedRow();
    if (!row || row->kind != ForkRow::Kind::Unfinished)
        return;
    QMessageBox *box =
        ask(window(), tr("Discard clone"), tr("Discard the unfinished clone of %1?").arg(nameOf(row->fork)),
            tr("What was received would be lost and asked for again."));
    const QPushButton *yes = box->addButton(tr("Discard"), QMessageBox::DestructiveRole);
    QPushButton *no = box->addButton(tr("Keep it"), QMessageBox::RejectRole);
    box->setDefaultButton(no);
    box->setEscapeButton(no);
    connect(yes, &QPushButton::clicked, this, [this, path = m_path] {
        m_clones.remove(path);
        m_store.start(path, tr("Discarding"), [path](const ProgressFunction &) -> Result<QString> {
            const Result<void> gone = discardUnfinishedClone(path);
            if (!gone && gone.error().kind != ErrorKind::NotFound)
                return Failure(gone.error());
            return QString();
        });
    });
    box->open();
}

void ForksPage::fetch()
{
    if (const ForkStatus *fork = m_store.find(m_path))
        fetchOne(*fork);
}

void ForksPage::fetchAll()
{
    const auto &list = m_store.list();
    if (!list)
        return;
    for (const ForkStatus &fork : list->forks)
        if (!fork.trouble && !fork.origin.isEmpty())
            fetchOne(fork);
}

void ForksPage::fetchOne(const ForkStatus &fork)
{
    m_store.start(fork.path, tr("Fetching"),
                  [path = fork.path](const ProgressFunction &progress) { return told(fetchFork(path, progress)); });
}

void ForksPage::chooseBranch()
{
    const ForkStatus *fork = m_store.find(m_path);
    if (!fork)
        return;
    auto *dialog = new BranchDialog(*fork, this);
    connect(dialog, &BranchDialog::switchAsked, this, &ForksPage::switchTo);
    connect(dialog, &BranchDialog::createAsked, this, &ForksPage::createHere);
    whenDone(QtConcurrent::run([path = fork->path] { return branchesOf(path); }), dialog,
             [dialog](const Result<QList<ForkBranch>> &branches) { dialog->setBranches(branches); });
    dialog->open();
}

void ForksPage::switchTo(const QString &branch)
{
    if (m_store.start(m_path, tr("Switching to %1").arg(branch),
                      [path = m_path, branch](const ProgressFunction &progress) {
                          return nothingToSay(switchBranch(path, branch, progress));
                      }))
        m_switches.insert(m_path, branch);
}

void ForksPage::askStash(const QString &path, const QString &branch, const Error &error)
{
    const qsizetype count = error.detail.split(u'\n').size();
    QMessageBox *box =
        ask(window(), tr("Switch to %1").arg(branch),
            count == 1 ? tr("1 changed file would be lost.") : tr("%1 changed files would be lost.").arg(count),
            tr("%1\nA stash puts all changed and new files away; git stash pop brings them back.").arg(error.detail));
    const QPushButton *stash = box->addButton(tr("Stash and switch"), QMessageBox::ActionRole);
    QPushButton *stay = box->addButton(tr("Stay"), QMessageBox::RejectRole);
    box->setDefaultButton(stay);
    box->setEscapeButton(stay);
    connect(stash, &QPushButton::clicked, this, [this, path, branch] { stashAndSwitchTo(path, branch); });
    box->open();
}

void ForksPage::stashAndSwitchTo(const QString &path, const QString &branch)
{
    m_store.start(path, tr("Switching to %1").arg(branch),
                  [path, branch](const ProgressFunction &progress) -> Result<QString> {
                      const Result<ForkStatus> status = stashAndSwitch(path, branch, progress);
                      if (!status)
                          return Failure(status.error());
                      return tr("On %1. Your files are in a stash (%2 here): git stash pop brings them back.")
                          .arg(branch)
                          .arg(stashCount(path));
                  });
}

void ForksPage::createHere(const QString &branch)
{
    m_store.start(m_path, tr("Making %1").arg(branch), [path = m_path, branch](const ProgressFunction &progress) {
        return nothingToSay(createBranch(path, branch, {}, progress));
    });
}

void ForksPage::fastForwardSelected()
{
    const ForkStatus *fork = m_store.find(m_path);
    QString reason;
    const QString target = fork ? forwardTarget(*fork, &reason) : QString();
    if (target.isEmpty())
        return;
    m_store.start(m_path, tr("Moving to %1").arg(target),
                  [path = m_path, target](const ProgressFunction &progress) -> Result<QString> {
                      const Result<ForkStatus> status = fastForward(path, target, progress);
                      if (!status)
                          return Failure(status.error());
                      return tr("%1 is now at %2, as %3.").arg(status->branch, shortCommit(status->commit), target);
                  });
}

QString ForksPage::relativeOf(const ForkStatus &fork) const
{
    const auto &list = m_store.list();
    if (!list)
        return {};
    for (const ForkStatus &other : list->forks)
        if (other.path != fork.path && !other.submodules.isEmpty() &&
            nameOfAddress(other.origin) == nameOfAddress(fork.origin))
            return other.path;
    return {};
}

void ForksPage::syncSelected()
{
    const ForkStatus *fork = m_store.find(m_path);
    if (!fork)
        return;
    m_store.start(m_path, tr("Syncing"),
                  [path = m_path, cached = relativeOf(*fork)](const ProgressFunction &progress) -> Result<QString> {
                      const Result<ForkStatus> status = syncSubmodules(path, cached, progress);
                      if (!status)
                          return Failure(status.error());
                      QStringList troubles;
                      for (const SubmoduleStatus &submodule : status->submodules)
                          if (!submodule.trouble.isEmpty())
                              troubles << submodule.trouble;
                      if (!troubles.isEmpty())
                          return Failure(Error{ErrorKind::Failed, troubles.first(), troubles.join(u'\n'),
                                               troubles.size() == 1
                                                   ? tr("The other submodules are as pinned.")
                                                   : tr("%1 submodules have trouble.").arg(troubles.size())});
                      return submodulesOf(*status).text;
                  });
}

void ForksPage::askUpstream()
{
    const ForkStatus *fork = m_store.find(m_path);
    if (!fork)
        return;
    auto *dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Set upstream"));
    dialog->setLabelText(tr("Address of the project that %1 was forked from").arg(nameOf(*fork)));
    dialog->setTextValue(fork->upstream);
    dialog->setOkButtonText(tr("Set and fetch"));
    dialog->resize(px(520), dialog->sizeHint().height());
    connect(dialog, &QInputDialog::textValueSelected, this, [this, path = m_path](const QString &address) {
        m_store.start(path, tr("Fetching"), [path, address](const ProgressFunction &progress) -> Result<QString> {
            if (const Result<void> set = setUpstream(path, address.trimmed()); !set)
                return Failure(set.error());
            return told(fetchFork(path, progress));
        });
    });
    dialog->open();
}

void ForksPage::openEditor()
{
    openIn(OpenIn::Editor);
}

void ForksPage::openTerminal()
{
    openIn(OpenIn::Terminal);
}

void ForksPage::openFiles()
{
    openIn(OpenIn::Files);
}

void ForksPage::openIn(OpenIn where)
{
    if (m_path.isEmpty())
        return;
    whenDone(QtConcurrent::run(m_store.sources().open, m_path, where), this, [this](const Result<Command> &opened) {
        if (!opened)
            Q_EMIT failed(opened.error());
    });
}

void ForksPage::rebuild()
{
    const Environment *environment = environmentOf(m_path);
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    const auto advice = m_store.advice(m_path);
    if (!environment || !engine || !advice || !*advice || !m_do.rebuild->isEnabled())
        return;
    const RebuildVerdict advised = (*advice)->advice.verdict;
    const RebuildVerdict way = m_detail->adviceCard()->chosen();
    PlanRequest request;
    if (way == RebuildVerdict::Full) {
        request.purpose = PlanRequest::Purpose::Setup;
        request.noCache = advised != RebuildVerdict::Full; // else nothing that is kept would be wrong
    } else {
        request.purpose = environment->validation ? PlanRequest::Purpose::Validate : PlanRequest::Purpose::Build;
        if (environment->validation && way == RebuildVerdict::Link && advised >= RebuildVerdict::Partial)
            request.validationArguments << u"--no-build"_s;
    }
    m_with.launcher.start(*environment, *engine, request);
}

void ForksPage::showUnits()
{
    const auto advice = m_store.advice(m_path);
    if (!advice || !*advice)
        return;
    const QStringList units = (*advice)->advice.units;
    auto *dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(units.size() == 1 ? tr("1 unit to compile") : tr("%1 units to compile").arg(units.size()));
    auto *column = new QVBoxLayout(dialog);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(dialog->windowTitle(), Type::Object));
    column->addWidget(new CommandBox(units.join(u'\n'), 16), 1);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    column->addWidget(buttons);
    dialog->resize(px(640), px(480));
    dialog->open();
}

void ForksPage::showRunningBuild()
{
    if (const Environment *environment = environmentOf(m_path))
        if (const auto build = runningBuild(environment->name))
            Q_EMIT buildAsked(*build);
}

void ForksPage::cancelJob()
{
    m_store.cancel(m_path);
}

void ForksPage::closeOutcome()
{
    m_clones.remove(m_path);
    m_store.forgetOutcome(m_path);
}

void ForksPage::markSafe()
{
    const ForkRow *row = selectedRow();
    if (!row || !row->fork.trouble)
        return;
    m_store.start(m_path, tr("Marking as safe"), [path = m_path](const ProgressFunction &) -> Result<QString> {
        const Result<Completed> ended =
            run({u"git"_s, {u"config"_s, u"--global"_s, u"--add"_s, u"safe.directory"_s, path}, {}, {}}, 20s);
        if (!ended)
            return Failure(ended.error());
        if (ended->exitCode != 0)
            return Failure(Error{ErrorKind::Failed, tr("%1 could not be marked as safe.").arg(path),
                                 QString::fromUtf8(ended->err).trimmed(), QString::fromUtf8(ended->err).trimmed()});
        return QString();
    });
}

} // namespace kernelyard
