// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/validationpage.h"

#include "core/base/whendone.h"
#include "ui/validation/casescard.h"
#include "ui/validation/comparedialog.h"
#include "ui/validation/controlsstrip.h"
#include "ui/validation/exportdialog.h"
#include "ui/validation/figurespane.h"
#include "ui/validation/rungstrip.h"
#include "ui/validation/validationrungs.h"
#include "ui/validation/verdictcard.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/cancelquestion.h"
#include "ui/widgets/choicebox.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/measure.h"

#include <QAction>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

ValidationPage::ValidationPage(const ValidationPageSources &sources, QWidget *parent)
    : Page(tr("Validation"), Glyph::Validation, parent)
    , m_with(sources)
    , m_runs(sources.builds, sources.paths)
    , m_environment(new ChoiceBox(tr("Environment")))
    , m_run(new ChoiceBox(tr("Run")))
    , m_verdict(new VerdictCard)
    , m_rungs(new RungStrip(tr("From driver to numbers")))
    , m_cases(new CasesCard)
    , m_controls(new ControlsStrip)
    , m_figures(new FiguresPane)
    , m_empty(new EmptyState)
    , m_stack(new QStackedWidget)
{
    makeScopes();
    makeActions();
    m_cases->addFootAction(m_again);
    m_cases->addFootAction(m_showBuild);
    auto *results = new QWidget;
    auto *column = new QVBoxLayout(results);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(12));
    column->addWidget(m_verdict);
    column->addWidget(m_rungs);
    m_middle = new QBoxLayout(QBoxLayout::LeftToRight);
    m_middle->setSpacing(px(12));
    m_middle->addWidget(m_cases, 1);
    m_middle->addWidget(m_figures);
    column->addLayout(m_middle, 1);
    column->addWidget(m_controls);
    m_stack->addWidget(m_empty);
    auto *scroll = new QScrollArea; // only in a low window, or with large text
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(results);
    m_stack->addWidget(scroll);
    body()->addWidget(m_stack);

    connect(m_cases, &CasesCard::backendChanged, this, &ValidationPage::updateFigures);
    connect(m_cases, &CasesCard::selectionChanged, this, [this] {
        const ValidationCase *one = m_cases->selected();
        m_figures->setCurrentCase(one ? one->id : QString());
        updateActions();
    });
    connect(m_figures, &FiguresPane::caseChosen, m_cases, &CasesCard::select);
    connect(&m_with.environments, &Environments::catalogChanged, this, &ValidationPage::readEnvironments);
    connect(&m_with.builds, &BuildStore::buildsChanged, this, &ValidationPage::readRuns);
    connect(&m_runs, &ValidationRuns::changed, this, &ValidationPage::listRuns);
    connect(&m_with.machine, &Machine::enginesChanged, this, &ValidationPage::updateActions);
    connect(&m_with.environments, &Environments::statusChanged, this, &ValidationPage::updateActions);
    connect(&m_with.launcher, &Launcher::starting, this, &ValidationPage::updateActions);
    connect(&m_with.launcher, &Launcher::refused, this, &ValidationPage::updateActions);
    connect(&m_with.launcher, &Launcher::launched, this, [this](const QString &environment, BuildId id) {
        if (std::exchange(m_choosesLaunched, false) && environment == environmentName())
            m_chosen = id;
    });
    readEnvironments();
}

ValidationPage::~ValidationPage() = default;

void ValidationPage::makeScopes()
{
    addScope(m_environment);
    addScope(m_run);
    connect(m_environment, &QComboBox::currentIndexChanged, this, [this] {
        m_chosen = BuildId();
        readRuns();
    });
    connect(m_run, &QComboBox::activated, this, [this](int index) {
        const BuildId id(m_run->itemData(index).toInt());
        m_chosen = id == m_runs.newest() ? BuildId() : id;
        showRun(id);
    });
}

void ValidationPage::makeActions()
{
    const auto make = [this](Glyph glyph, Ink ink, const QString &text, const QString &shortText,
                             void (ValidationPage::*slot)()) {
        auto *action = new QAction(icon(glyph, ink), text, this);
        action->setIconText(shortText);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
        return action;
    };
    m_compare =
        make(Glyph::Benchmarks, Ink::Text, tr("Compare two validations…"), tr("Compare…"), &ValidationPage::compare);
    m_export = make(Glyph::Export, Ink::Text, tr("Export validation (JSON, JUnit, HTML, Markdown)…"), tr("Export…"),
                    &ValidationPage::exportRun);
    m_again = new QAction(tr("Run the selected case again"), this);
    m_again->setIconText(tr("Run this case again"));
    connect(m_again, &QAction::triggered, this, &ValidationPage::runSelectedAgain);
    addAction(m_again);
    m_quick = new QAction(tr("Run quick validation"), this);
    m_quick->setIconText(tr("Quick"));
    connect(m_quick, &QAction::triggered, this, [this] { start({u"--quick"_s}); });
    addAction(m_quick);
    m_suite = new QAction(icon(Glyph::Play, Ink::OnAccent), tr("Run validation suite"), this);
    m_suite->setIconText(tr("Run suite"));
    m_suite->setShortcut(Qt::CTRL | Qt::Key_Return);
    m_suite->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(m_suite, &QAction::triggered, this, [this] { start({}); });
    addAction(m_suite);
    m_cancel =
        make(Glyph::Stop, Ink::Text, tr("Cancel the running validation…"), tr("Cancel…"), &ValidationPage::askCancel);
    m_cancel->setShortcut(Qt::CTRL | Qt::Key_Period);
    m_cancel->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_showBuild = new QAction(tr("Show the build of this validation"), this);
    m_showBuild->setIconText(tr("Show build"));
    connect(m_showBuild, &QAction::triggered, this, [this] {
        if (m_shown)
            Q_EMIT buildAsked(m_shown->id());
    });
    addAction(m_showBuild);
    addHeaderWidget(new ActionButton(m_compare));
    addHeaderWidget(new ActionButton(m_export));
    addHeaderWidget(new ActionButton(m_cancel));
    addHeaderWidget(new ActionButton(m_quick));
    addHeaderWidget(new ActionButton(m_suite, ActionButton::Look::Filled));
    m_empty->setAction(m_suite);
}

/// The figures stand beside the table, and below it where there is no room for both.
void ValidationPage::arrange()
{
    const bool beside = width() >= px(880);
    const bool any = !m_figures->isEmpty();
    m_figures->setVisible(any);
    m_middle->setDirection(beside ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_figures->setMinimumWidth(beside ? qBound(px(332), width() * 36 / 100, px(480)) : 0);
    m_figures->setMaximumWidth(beside ? m_figures->minimumWidth() : QWIDGETSIZE_MAX);
    m_cases->setTight(beside && any && width() < px(1300));
}

void ValidationPage::resizeEvent(QResizeEvent *event)
{
    Page::resizeEvent(event);
    arrange();
}

void ValidationPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    readRuns();
}

QList<QWidget *> ValidationPage::regions() const
{
    if (m_stack->currentIndex() == 0)
        return {m_empty};
    return QList<QWidget *>{m_rungs->cells().value(0)} + m_cases->regions() + m_figures->regions();
}

void ValidationPage::checkAgain()
{
    m_with.builds.refresh();
}

QString ValidationPage::environmentName() const
{
    return m_environment->currentText();
}

/// The summary of the run that is shown: it knows how the build stands before its journal is read.
const BuildSummary *ValidationPage::shownBuild() const
{
    return m_shown ? m_runs.find(m_shown->id()) : nullptr;
}

bool ValidationPage::isRunning() const
{
    const BuildSummary *build = shownBuild();
    return build && !isEnded(build->status) && !isEnded(m_shown->status());
}

/// It has ended, and its journal was not read to the end yet.
bool ValidationPage::isBeingRead() const
{
    const BuildSummary *build = shownBuild();
    return build && isEnded(build->status) && !isEnded(m_shown->status()) && m_shown->problem().isEmpty();
}

RunProgress ValidationPage::progress() const
{
    RunProgress progress;
    const BuildSummary *build = shownBuild();
    if (build)
        progress = {isEnded(m_shown->status()) ? m_shown->status() : build->status,
                    m_shown->hasLines() || m_runs.outcome(build->id).began, m_shown->failure()};
    return progress;
}

void ValidationPage::showEnvironment(const QString &name)
{
    m_chosen = BuildId();
    m_environment->setCurrentText(name);
    readRuns();
}

void ValidationPage::readEnvironments()
{
    m_environment->setChoices(m_with.environments.withValidation());
    readRuns();
}

void ValidationPage::readRuns()
{
    m_runs.read(environmentName(), isVisible() ? ValidationRuns::Reach::All : ValidationRuns::Reach::Few);
}

void ValidationPage::listRuns()
{
    QList<ChoiceBox::Choice> runs;
    for (const BuildSummary &build : m_runs.builds())
        runs.append({m_runs.wordsOf(build), build.id.number()});
    const BuildId shown = m_runs.find(m_chosen) ? m_chosen : m_runs.newest();
    m_run->setChoices(runs, shown.number());
    setCount(m_runs.isInTrouble() ? 1 : 0, State::Failed);
    if (m_shown && !shownBuild())
        m_shown.reset(); // of another environment, or gone
    if (isVisible() && m_runs.areKnown() && (!m_shown || m_shown->id() != shown))
        showRun(shown);
    else
        runChanged();
}

void ValidationPage::showRun(BuildId id)
{
    m_shown.reset();
    m_cases->clear();
    if (id.isValid()) {
        m_shown = std::make_unique<ValidationFollower>(m_with.paths, id);
        connect(m_shown.get(), &ValidationFollower::changed, this, &ValidationPage::runChanged);
        connect(m_shown.get(), &ValidationFollower::failed, this, &ValidationPage::failed);
    }
    runChanged();
}

void ValidationPage::runChanged()
{
    if (!m_shown) {
        m_empty->setWords(
            environmentName().isEmpty() ? tr("No environment has a validation.") : tr("Reading the runs…"),
            environmentName().isEmpty() ? tr("An environment's file names its suite under “validation”.") : QString());
        m_stack->setCurrentIndex(0);
        updateActions();
        return;
    }
    const ValidationRun &run = m_shown->run();
    m_cases->setRun(run);
    m_controls->setControls(run.controls);
    showWords(run);
    m_stack->setCurrentIndex(1);
    updateFigures();
    updateActions();
}

void ValidationPage::showWords(const ValidationRun &run)
{
    if (!m_shown->problem().isEmpty()) {
        VerdictWords words;
        words.state = State::Failed;
        words.title = tr("The run can't be read");
        words.sub = m_shown->problem();
        m_verdict->setWords(words);
    } else if (isBeingRead()) {
        VerdictWords words;
        words.state = State::Unknown;
        words.title = tr("Reading the run…");
        m_verdict->setWords(words);
    } else {
        m_verdict->setWords(verdictWords(run, progress()));
    }
    RunProgress rungs = progress();
    if (isBeingRead())
        rungs.status = BuildStatus::Running; // more of it comes
    m_rungs->setRungs(validationRungs(run, rungs));
}

void ValidationPage::updateFigures()
{
    if (m_shown)
        m_figures->setRun(m_shown->run(), m_cases->backend());
    arrange();
}

void ValidationPage::runSelectedAgain()
{
    if (const ValidationCase *one = m_cases->selected()) {
        QStringList arguments{u"--case"_s, one->id};
        const QString backend = one->backend.section(u'@', 0, 0);
        if (!backend.isEmpty())
            arguments << u"--backend"_s << backend;
        if (one->backend.contains(u'@')) // our own kernel as it was at a commit
            arguments << u"--against"_s << one->backend.section(u'@', 1);
        start(arguments);
    }
}

void ValidationPage::compare()
{
    const QList<RunChoice> choices = m_runs.comparable();
    if (choices.size() < 2 || !m_shown)
        return;
    auto *dialog = new CompareDialog(m_with.paths, choices, m_shown->id(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

/// Why no validation can be started; empty where one can.
QString ValidationPage::whyNotNow() const
{
    const QString name = environmentName();
    const Environment *environment = m_with.environments.find(name);
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    const auto status = m_with.environments.status(name);
    const auto &builds = m_with.builds.builds();
    const bool busy = std::any_of(builds.cbegin(), builds.cend(), [&name](const BuildSummary &build) {
        return build.environment == name && !isEnded(build.status);
    });
    if (!environment)
        return tr("no environment has a validation");
    if (!engine)
        return engine.error().message;
    if (busy || m_with.launcher.isStarting(name))
        return tr("a build of %1 runs").arg(name);
    if (!status)
        return {};
    const Result<void> ready = readyToValidate(*environment, *engine, *status, m_with.paths);
    return ready ? QString() : tr("%1 Set %2 up on Environments.").arg(ready.error().message, name);
}

void ValidationPage::updateActions()
{
    const QString name = environmentName();
    const QString reason = whyNotNow();
    if (m_runs.builds().isEmpty() && !name.isEmpty())
        m_empty->setWords(
            tr("No validation of %1 yet. It compares the kernel with a float64 reference, case by case.").arg(name),
            reason.isEmpty() ? tr("The suite runs in the dev container and takes a few seconds on a CPU.")
                             : tr("It can't run now: %1").arg(reason));
    for (QAction *action : {m_suite, m_quick}) {
        action->setEnabled(reason.isEmpty());
        action->setStatusTip(reason);
        action->setToolTip(reason);
    }
    m_suite->setVisible(!isRunning());
    m_quick->setVisible(!isRunning());
    const BuildSummary *build = shownBuild(); // of a setup, its layers are cancelled where they are shown
    m_cancel->setVisible(isRunning() && (progress().began || build->purpose == u"validate"_s));
    m_export->setEnabled(!m_cases->cases().isEmpty());
    m_export->setStatusTip(m_export->isEnabled() ? QString() : tr("no case to export"));
    m_showBuild->setEnabled(m_shown != nullptr);
    m_again->setEnabled(reason.isEmpty() && m_cases->selected());
    m_again->setStatusTip(!reason.isEmpty() ? reason : m_cases->selected() ? QString() : tr("no case is selected"));
    m_compare->setEnabled(m_shown && m_runs.comparable().size() > 1);
    m_compare->setStatusTip(m_compare->isEnabled() ? QString() : tr("there are no two runs with results"));
}

void ValidationPage::start(const QStringList &suiteArguments)
{
    const Environment *environment = m_with.environments.find(environmentName());
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    if (!environment)
        return;
    if (!engine) {
        Q_EMIT failed(engine.error());
        return;
    }
    PlanRequest request;
    request.purpose = PlanRequest::Purpose::Validate;
    request.validationArguments = suiteArguments;
    m_chosen = BuildId();
    m_choosesLaunched = !ValidationScope::of(suiteArguments).isWhole();
    m_with.launcher.start(*environment, *engine, request);
}

void ValidationPage::askCancel()
{
    const BuildSummary *build = shownBuild();
    if (!build || !isRunning())
        return;
    const BuildId id = build->id;
    if (build->status == BuildStatus::Queued) // it has nothing to lose
        return cancel(id);
    const QString kept = build->purpose == u"validate"_s
                             ? tr("The image and the fork stay as they are; the numbers so far stay with the run.")
                             : tr("The layers are made and stay; the numbers so far stay with the run.");
    auto *box = new CancelQuestion(tr("Cancel build %1").arg(id.display()),
                                   tr("Cancel the validation of %1?").arg(build->environment), kept, window());
    connect(box, &CancelQuestion::confirmed, this, [this, id] { cancel(id); });
    connect(m_shown.get(), &ValidationFollower::changed, box, [this, box, id] {
        if (!m_shown || m_shown->id() != id || !isRunning())
            box->close(); // nothing is left to cancel
    });
    box->open();
}

void ValidationPage::cancel(BuildId id)
{
    m_cancel->setEnabled(false);
    whenDone(QtConcurrent::run(cancelBuild, m_with.paths, id), this, [this](const Result<void> &asked) {
        m_cancel->setEnabled(true);
        if (!asked && asked.error().kind != ErrorKind::Conflict) // it had ended by itself
            Q_EMIT failed(asked.error());
    });
}

void ValidationPage::exportRun()
{
    if (!m_shown)
        return;
    auto *dialog = new ExportDialog(m_with.paths, m_shown->id(), environmentName(), this);
    connect(dialog, &ExportDialog::failed, this, &ValidationPage::failed);
    connect(dialog, &ExportDialog::exported, m_cases,
            [this](const QString &file) { m_cases->tell(tr("Written to %1").arg(file)); });
    dialog->open();
}

} // namespace kernelyard
