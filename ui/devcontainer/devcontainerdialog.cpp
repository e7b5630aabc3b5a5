// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/devcontainer/devcontainerdialog.h"

#include "core/base/whendone.h"
#include "core/build/buildfollower.h"
#include "ui/devcontainer/diffview.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

DevContainerDialog::DevContainerDialog(const Subject &subject, const DevContainerSources &sources, Launcher &launcher,
                                       BuildStore &builds, QWidget *parent)
    : QDialog(parent)
    , m_subject(subject)
    , m_sources(sources)
    , m_launcher(launcher)
    , m_builds(builds)
    , m_badge(new Badge)
    , m_fact(new StateLine)
    , m_summary(new Label({}, Type::Body, Tone::Muted))
    , m_notes(new QVBoxLayout)
    , m_diff(new DiffView)
    , m_outcome(new QWidget)
    , m_outcomeState(new StateLine)
    , m_said(new Label)
    , m_remedy(new Label({}, Type::Secondary, Tone::Muted))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Dev container of %1").arg(m_subject.folder.section(u'/', -1)));
    makeActions();
    auto *title = new Label(windowTitle(), Type::Object);
    title->setElideMode(Qt::ElideMiddle);
    auto *place = new Label(m_subject.folder, Type::Mono, Tone::Muted);
    place->setElideMode(Qt::ElideMiddle);
    place->setMinimumWidth(px(120));
    m_fact->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Preferred); // a long name gives way to it
    auto *top = new QHBoxLayout;
    top->setSpacing(px(8));
    top->addWidget(title);
    top->addWidget(m_badge);
    top->addWidget(place, 1);
    top->addWidget(m_fact);
    m_summary->setWordWrap(true);
    m_notes->setSpacing(px(4));
    for (Label *label : {m_said, m_remedy}) {
        label->setWordWrap(true);
        label->setMinimumWidth(px(200)); // one long word must not widen the window
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    auto *said = new QVBoxLayout;
    said->setSpacing(0);
    said->addWidget(m_said);
    said->addWidget(m_remedy);
    auto *outcome = new QHBoxLayout(m_outcome);
    outcome->setContentsMargins(0, 0, 0, 0);
    outcome->setSpacing(px(4));
    outcome->addWidget(m_outcomeState, 0, Qt::AlignTop);
    outcome->addLayout(said, 1);
    outcome->addWidget(new ActionButton(m_showBuild));
    m_outcome->hide();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(10));
    column->addLayout(top);
    column->addWidget(m_summary);
    column->addLayout(m_notes);
    column->addWidget(m_diff, 1);
    column->addWidget(m_outcome);
    column->addWidget(makeFoot());
    m_badge->setState(State::Unknown, u"…"_s);
    m_fact->setFact({}, u"…"_s);
    connect(&m_launcher, &Launcher::launched, this, &DevContainerDialog::launched);
    connect(&m_launcher, &Launcher::refused, this, &DevContainerDialog::refused);
    connect(&m_builds, &BuildStore::buildsChanged, this, &DevContainerDialog::buildsRead);
    updateActions();
    read();
    resize(px(900), px(640));
}

void DevContainerDialog::makeActions()
{
    const auto make = [this](Glyph glyph, const QString &text, auto slot) {
        auto *action = new QAction(icon(glyph), text, this);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_write = make(Glyph::Tick, tr("Write files"), &DevContainerDialog::write);
    m_write->setIcon(icon(Glyph::Tick, Ink::OnAccent));
    m_up = make(Glyph::Play, tr("Start"), [this] { start(DevContainerStart::Keep); });
    m_rebuild = make(Glyph::Refresh, tr("Rebuild"), [this] { start(DevContainerStart::Rebuild); });
    m_stop = make(Glyph::Stop, tr("Stop"), &DevContainerDialog::stop);
    m_code =
        make(Glyph::Document, tr("Open in VS Code"), [this] { openBy(m_sources.openCode, tr("VS Code opens it.")); });
    m_terminal =
        make(Glyph::Terminal, tr("Terminal"), [this] { openBy(m_sources.openTerminal, tr("A terminal opens.")); });
    m_showBuild = make(Glyph::Builds, tr("Show build"), [this] {
        Q_EMIT buildAsked(m_latest);
        close();
    });
    m_showBuild->setVisible(false);
}

QWidget *DevContainerDialog::makeFoot()
{
    auto *foot = new QWidget;
    auto *row = new QHBoxLayout(foot);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(8));
    for (QAction *action : {m_up, m_rebuild, m_stop, m_code, m_terminal})
        row->addWidget(new ActionButton(action));
    row->addStretch(1);
    auto *write = new ActionButton(m_write, ActionButton::Look::Filled);
    write->setDefault(true);
    row->addWidget(write);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false); // writing stays the main one
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    row->addWidget(buttons);
    return foot;
}

QString DevContainerDialog::fact() const
{
    return m_fact->text();
}

QString DevContainerDialog::outcome() const
{
    return m_outcome->isHidden() ? QString() : m_said->text();
}

void DevContainerDialog::read()
{
    m_isBusy = true;
    updateActions();
    whenDone(QtConcurrent::run(m_sources.read, m_subject.environment, m_subject.engine, m_subject.folder), this,
             [this](const Result<DevContainerView> &view) { take(view); });
}

void DevContainerDialog::take(const Result<DevContainerView> &view)
{
    m_isBusy = false;
    const bool wasUnreadable = !m_view && m_badge->state() == State::Failed;
    if (!view) {
        m_view.reset();
        m_diff->setDiff({});
        m_diff->setPlaceholderText(tr("Nothing to compare until it can be read. It is read again when you come back."));
        m_badge->setState(State::Failed, tr("Can't be read"));
        m_fact->setFact({}, {});
        m_summary->setText(tr("What is there stays as it is."));
        tell(view.error());
        updateActions();
        return;
    }
    m_view = *view;
    if (wasUnreadable)
        m_outcome->hide();
    const DevContainerChange &change = view->change;
    const auto files = std::ranges::count_if(change.files, [](const DevContainerFile &file) { return !file.isRecord; });
    const QString configuration = change.folder + u'/' + change.configuration;
    if (change.isNothing()) {
        m_badge->setState(State::Success, tr("Current"));
        m_summary->setText(tr("Nothing to write: %1 is as %2 with %3 asks for.")
                               .arg(change.configuration, m_subject.environment.name, m_subject.engine.display()));
        // The file itself, where there is no difference to look at.
        QList<DiffLine> lines;
        for (const QString &line : QString::fromUtf8(change.json).split(u'\n'))
            lines.append({DiffLine::Kind::Same, line});
        m_diff->setDiff(lines);
    } else {
        m_badge->setState(view->isWritten ? State::Warning : State::Waiting,
                          view->isWritten ? tr("Changes to write") : tr("Not written"));
        m_summary->setText(tr("For %1 with %2. This would be written; nothing is yet. What you changed by hand stays.")
                               .arg(m_subject.environment.name, m_subject.engine.display()));
        m_diff->setDiff(change.diff());
    }
    m_write->setIconText(files == 0   ? tr("Write files")
                         : files == 1 ? tr("Write 1 file")
                                      : tr("Write %1 files").arg(files));
    m_summary->setToolTip(configuration);
    showNotes(*view);
    updateFact();
    updateActions();
}

void DevContainerDialog::showNotes(const DevContainerView &view)
{
    while (QLayoutItem *item = m_notes->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const DevContainerChange &change = view.change;
    for (const QString &warning : change.warnings)
        addNote(State::Warning, warning);
    if (view.isWritten && view.noStart)
        addNote(State::Warning,
                tr("It can't be started here: %1").arg(view.noStart->message) + u'\n' + view.noStart->remedy);
    QStringList notes = change.notes;
    for (const KeptValue &kept : change.kept)
        notes << sentenceOf(kept);
    constexpr qsizetype shown = 4;
    for (const QString &note : notes.mid(0, notes.size() > shown ? shown - 1 : shown))
        addNote({}, note);
    if (notes.size() > shown) {
        addNote({}, tr("and %1 more that stay as you have them").arg(notes.size() - shown + 1));
        m_notes->itemAt(m_notes->count() - 1)->widget()->setToolTip(notes.mid(shown - 1).join(u'\n'));
    }
}

void DevContainerDialog::addNote(std::optional<State> state, const QString &text)
{
    auto *note = new QWidget;
    auto *row = new QHBoxLayout(note);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(4));
    if (state) {
        auto *sign = new StateLine;
        sign->setFact(state, {});
        row->addWidget(sign, 0, Qt::AlignTop);
    }
    auto *label = new Label(text);
    label->setWordWrap(true);
    label->setMinimumWidth(px(200));
    label->setToolTip(text);
    row->addWidget(label, 1);
    m_notes->addWidget(note);
}

/// Who mended the file in an editor comes back to this window.
void DevContainerDialog::changeEvent(QEvent *event)
{
    QDialog::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && isActiveWindow() && !m_view && !m_isBusy)
        read();
}

void DevContainerDialog::updateFact()
{
    if (m_build.isValid() || m_isStarting) {
        m_fact->setFact(State::Running, tr("Starting"));
        return;
    }
    if (!m_view || !m_view->state) {
        m_fact->setFact(State::Waiting, m_view && m_view->isWritten ? tr("State unknown") : tr("No container yet"));
        return;
    }
    switch (m_view->state->kind) {
    case DevContainerState::Kind::Absent:
        m_fact->setFact(State::Waiting, tr("No container yet"));
        break;
    case DevContainerState::Kind::Stopped:
        m_fact->setFact(State::Stopped, tr("Stopped"));
        break;
    case DevContainerState::Kind::Running:
        m_fact->setFact(State::Success, tr("Running"));
        break;
    }
}

void DevContainerDialog::updateActions()
{
    const auto enable = [](QAction *action, const QString &reason) {
        action->setEnabled(reason.isEmpty());
        action->setStatusTip(reason);
        action->setToolTip(reason.isEmpty() ? action->text() : reason);
    };
    const bool runs = m_view && m_view->state && m_view->state->kind == DevContainerState::Kind::Running;
    const bool exists = m_view && m_view->state && m_view->state->kind != DevContainerState::Kind::Absent;
    QString busy;
    if (m_isBusy || !m_view)
        busy = m_isBusy ? tr("it is being read") : tr("it can't be read");
    else if (m_isStarting || m_build.isValid())
        busy = tr("it is being started");
    const QString notWritten = m_view && m_view->isWritten ? QString() : tr("write the files first");
    const auto because = [&](const QString &reason) {
        return !busy.isEmpty() ? busy : !notWritten.isEmpty() ? notWritten : reason;
    };
    const QString noStart =
        m_view && m_view->noStart ? QString(m_view->noStart->message + u' ' + m_view->noStart->remedy) : QString();
    enable(m_write, !busy.isEmpty() ? busy : m_view && m_view->change.isNothing() ? tr("nothing to write") : QString());
    enable(m_up, because(runs ? tr("it runs") : noStart));
    enable(m_rebuild, because(exists ? noStart : tr("there is no container yet")));
    enable(m_stop, because(runs ? QString() : tr("it does not run")));
    enable(m_code, because({}));
    enable(m_terminal, because(runs ? QString() : tr("it does not run")));
}

void DevContainerDialog::tell(std::optional<State> state, const QString &text, const QString &remedy)
{
    m_outcomeState->setFact(state, {});
    m_outcomeState->setVisible(state.has_value());
    m_said->setText(text);
    m_outcome->show();
    m_remedy->setText(remedy);
    m_remedy->setVisible(!remedy.isEmpty());
}

void DevContainerDialog::tell(const Error &error)
{
    tell(State::Failed, error.message, error.remedy.isEmpty() ? error.detail : error.remedy);
}

void DevContainerDialog::write()
{
    if (!m_view || !m_write->isEnabled())
        return;
    m_isBusy = true;
    updateActions();
    whenDone(QtConcurrent::run(m_sources.write, m_view->change), this, [this](const Result<void> &written) {
        if (written)
            tell(State::Success, tr("Written to %1.").arg(m_subject.folder));
        else
            tell(written.error());
        read();
    });
}

void DevContainerDialog::start(DevContainerStart start)
{
    if (!m_view || m_isStarting)
        return;
    m_isStarting = true;
    updateFact();
    updateActions();
    m_launcher.start(m_subject.environment.name,
                     [plan = m_sources.plan, request = m_view->request, start] { return plan(request, start); });
}

void DevContainerDialog::launched(const QString &environment, BuildId id)
{
    if (!m_isStarting || environment != m_subject.environment.name)
        return;
    m_isStarting = false;
    m_build = m_latest = id;
    m_showBuild->setVisible(true);
    tell(State::Running,
         tr("Build %1 makes and starts the container; it goes on when this is closed.").arg(id.display()));
    updateFact();
    updateActions();
    m_builds.refresh();
}

void DevContainerDialog::refused(const QString &environment, const Error &error)
{
    if (!m_isStarting || environment != m_subject.environment.name)
        return;
    m_isStarting = false;
    tell(error);
    read();
}

void DevContainerDialog::buildsRead()
{
    if (!m_build.isValid())
        return;
    for (const BuildSummary &build : m_builds.builds()) {
        if (build.id != m_build || !isEnded(build.status))
            continue;
        if (build.status == BuildStatus::Done)
            tell(State::Success, tr("The container runs."));
        else
            tell(State::Failed, tr("The container was not started: %1").arg(build.failure));
        m_showBuild->setVisible(build.status != BuildStatus::Done);
        m_build = BuildId();
        read();
        return;
    }
}

void DevContainerDialog::stop()
{
    if (!m_view)
        return;
    m_isBusy = true;
    updateActions();
    whenDone(QtConcurrent::run(m_sources.stop, m_view->request), this, [this](const Result<void> &stopped) {
        if (stopped)
            tell(State::Stopped, tr("Stopped. What it holds stays; Start goes on with it."));
        else
            tell(stopped.error());
        read();
    });
}

void DevContainerDialog::openBy(const std::function<Result<Command>(const DevContainerRequest &)> &how,
                                const QString &done)
{
    if (!m_view)
        return;
    whenDone(QtConcurrent::run(how, m_view->request), this, [this, done](const Result<Command> &opened) {
        if (opened)
            tell(State::Success, done);
        else
            tell(opened.error());
    });
}

} // namespace kernelyard
