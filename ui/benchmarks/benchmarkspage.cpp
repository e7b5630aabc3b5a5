// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmarks/benchmarkspage.h"

#include "core/base/whendone.h"
#include "core/base/wholefile.h"
#include "core/benchmark/benchmarkplan.h"
#include "ui/benchmarks/benchmarkwords.h"
#include "ui/benchmarks/medianstable.h"
#include "ui/benchmarks/rundialog.h"
#include "ui/benchmarks/scenariocard.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/choicebox.h"
#include "ui/widgets/commandsdialog.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QProcess>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int pollMs = 1500;

BenchmarkSources BenchmarkSources::real(const Paths &paths, const QString &ctl)
{
    BenchmarkSources sources;
    sources.list = [paths] {
        QList<ListedBenchmark> known;
        for (const Benchmark &one : listBenchmarks(paths))
            known << ListedBenchmark{one, isRunning(paths, one)};
        return known;
    };
    sources.start = [ctl](const QStringList &words) -> Result<void> {
        QProcess process;
        process.setProgram(ctl);
        process.setArguments(words);
        process.setStandardInputFile(QProcess::nullDevice());
        process.setStandardOutputFile(QProcess::nullDevice());
        process.setStandardErrorFile(QProcess::nullDevice());
        if (process.startDetached())
            return {};
        return Failure(Error{ErrorKind::Failed, BenchmarksPage::tr("%1 could not be started.").arg(ctl),
                             process.errorString(), BenchmarksPage::tr("Install Kernelyard again.")});
    };
    sources.stop = [paths](const Benchmark &benchmark) { return stopBenchmark(paths, benchmark); };
    sources.plans = [paths, ctl](const Environment &environment, const Engine &engine, const BenchmarkSpec &spec) {
        return timedPlans(environment, engine, spec, paths, ctl);
    };
    return sources;
}

BenchmarksPage::BenchmarksPage(const BenchmarksPageSources &sources, QWidget *parent)
    : Page(tr("Benchmarks"), Glyph::Benchmarks, parent)
    , m_with(sources)
    , m_environment(new ChoiceBox(tr("Environment")))
    , m_runs(new ChoiceBox(tr("Benchmark")))
    , m_barsCard(new Card)
    , m_sharesCard(new Card)
    , m_legend(new BarLegend)
    , m_bars(new StackedBars(StackedBars::Scale::Common))
    , m_shares(new StackedBars(StackedBars::Scale::Shares))
    , m_table(new MediansTable)
    , m_progress(new StateLine)
    , m_foot(new Label({}, Type::Secondary, Tone::Muted))
    , m_empty(new EmptyState)
    , m_stack(new QStackedWidget)
{
    addScope(m_environment);
    addScope(m_runs);
    makeActions();
    auto *scroll = new QScrollArea; // only in a low window, or with large text
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(makeResults());
    m_stack->addWidget(m_empty);
    m_stack->addWidget(scroll);
    body()->addWidget(m_stack);
    connect(m_environment, &QComboBox::currentIndexChanged, this, [this] {
        m_chosen = 0;
        readRuns();
    });
    connect(m_runs, &QComboBox::activated, this, [this](int index) {
        m_chosen = index > 0 ? m_runs->itemData(index).toInt() : 0;
        showBenchmark();
    });
    connect(&m_with.environments, &Environments::catalogChanged, this, &BenchmarksPage::readEnvironments);
    connect(&m_with.machine, &Machine::enginesChanged, this, &BenchmarksPage::updateActions);
    readEnvironments();
    refresh();
}

void BenchmarksPage::makeActions()
{
    const auto make = [this](const QIcon &icon, const QString &text, const QString &shortText,
                             void (BenchmarksPage::*slot)()) {
        auto *action = new QAction(icon, text, this);
        action->setIconText(shortText);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
        return action;
    };
    m_commands = make(icon(Glyph::Terminal), tr("Show commands of the scenarios…"), tr("Show commands"),
                      &BenchmarksPage::showCommands);
    m_commands->setShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_B);
    m_commands->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_export = make(icon(Glyph::Export), tr("Export benchmark…"), tr("Export…"), &BenchmarksPage::exportReport);
    m_showBuild = make(icon(Glyph::Builds), tr("Show the running repetition's build"), tr("Show build"),
                       &BenchmarksPage::showBuild);
    m_stop = make(icon(Glyph::Stop), tr("Stop the running benchmark"), tr("Stop"), &BenchmarksPage::stop);
    m_resume = make(icon(Glyph::Play), tr("Resume the interrupted benchmark"), tr("Resume"), &BenchmarksPage::resume);
    m_run = make(icon(Glyph::Play, Ink::OnAccent), tr("Run scenarios…"), tr("Run scenarios…"), &BenchmarksPage::askRun);
    m_first =
        make(icon(Glyph::Play, Ink::OnAccent), tr("Run scenarios…"), tr("Run scenarios…"), &BenchmarksPage::askRun);
    for (QAction *run : {m_run, m_first}) {
        run->setShortcut(Qt::CTRL | Qt::Key_Return);
        run->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    }
    addHeaderWidget(new ActionButton(m_commands));
    addHeaderWidget(new ActionButton(m_export));
    addHeaderWidget(new ActionButton(m_showBuild));
    addHeaderWidget(new ActionButton(m_stop));
    addHeaderWidget(new ActionButton(m_resume));
    addHeaderWidget(new ActionButton(m_run, ActionButton::Look::Filled));
    m_empty->setAction(m_first);
}

QWidget *BenchmarksPage::makeResults()
{
    auto *results = new QWidget;
    auto *column = new QVBoxLayout(results);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(12));
    auto *cards = new QHBoxLayout;
    cards->setSpacing(px(12));
    for (const Scenario scenario : scenarios) {
        m_cards << new ScenarioCard(scenario);
        cards->addWidget(m_cards.last(), 1);
    }
    column->addWidget(m_progress);
    column->addLayout(cards);
    m_barsCard->setHeader(tr("Time to a validated environment"));
    m_barsCard->headerActions()->addWidget(m_legend);
    m_bars->setAccessibleName(tr("Time to a validated environment"));
    m_barsCard->body()->addWidget(m_bars);
    m_sharesCard->setHeader(tr("Where the time goes"), tr("share of each scenario"));
    m_shares->setAccessibleName(tr("Where the time goes"));
    m_sharesCard->body()->addWidget(m_shares);
    auto *tableCard = new Card;
    tableCard->setFlush();
    tableCard->body()->addWidget(m_table);
    auto *foot = new QHBoxLayout;
    foot->setContentsMargins(px(12), px(6), px(12), px(6));
    foot->addWidget(m_foot);
    tableCard->body()->addLayout(foot);
    column->addWidget(m_barsCard);
    column->addWidget(m_sharesCard);
    column->addWidget(tableCard);
    column->addStretch(1);
    return results;
}

QList<QWidget *> BenchmarksPage::regions() const
{
    if (m_stack->currentIndex() == 0)
        return {m_empty};
    return {m_bars, m_shares};
}

QString BenchmarksPage::environmentName() const
{
    return m_environment->currentText();
}

const ListedBenchmark *BenchmarksPage::listed() const
{
    const int number = m_chosen > 0 ? m_chosen : m_runs->itemData(0).toInt();
    for (const ListedBenchmark &one : m_list)
        if (one.benchmark.number == number)
            return &one;
    return nullptr;
}

const Benchmark *BenchmarksPage::shown() const
{
    const ListedBenchmark *one = listed();
    return one ? &one->benchmark : nullptr;
}

/// The one that `--resume` goes on with.
const ListedBenchmark *BenchmarksPage::unfinished() const
{
    for (const ListedBenchmark &one : m_list)
        if (one.benchmark.spec.environment == environmentName() && !one.benchmark.isComplete())
            return &one;
    return nullptr;
}

void BenchmarksPage::refresh()
{
    if (m_isReading) {
        m_readAgain = true;
        return;
    }
    m_isReading = true;
    whenDone(QtConcurrent::run(m_with.benchmarks.list), this, [this](const QList<ListedBenchmark> &list) {
        m_isReading = false;
        takeList(list);
        if (std::exchange(m_readAgain, false))
            refresh();
    });
}

void BenchmarksPage::takeList(const QList<ListedBenchmark> &list)
{
    // Between its builds a benchmark tells nobody that it went on, or ended.
    const bool running = std::ranges::any_of(list, &ListedBenchmark::isRunning);
    if (running)
        QTimer::singleShot(pollMs, this, &BenchmarksPage::refresh);
    if (list == m_list) {
        if (running)
            showBenchmark(); // its build went on
        return;
    }
    m_list = list;
    readRuns();
}

void BenchmarksPage::readEnvironments()
{
    m_environment->setChoices(m_with.environments.withValidation());
    readRuns();
}

void BenchmarksPage::readRuns()
{
    const QDateTime now = QDateTime::currentDateTime();
    QList<ChoiceBox::Choice> runs;
    for (const ListedBenchmark &one : std::as_const(m_list))
        if (one.benchmark.spec.environment == environmentName())
            runs.append({benchmarkTitle(one.benchmark, now), one.benchmark.number});
    m_runs->setChoices(runs, m_chosen);
    if (m_runs->currentData().toInt() != m_chosen)
        m_chosen = 0;
    showBenchmark();
}

void BenchmarksPage::showBenchmark()
{
    const ListedBenchmark *one = listed();
    const auto running =
        std::ranges::count_if(m_list, [](const ListedBenchmark &benchmark) { return benchmark.isRunning; });
    setCount(static_cast<int>(running), State::Running);
    updateActions();
    if (!one) {
        m_stack->setCurrentIndex(0);
        return;
    }
    const Benchmark &benchmark = one->benchmark;
    const QList<ScenarioSummary> summaries = summarise(benchmark);
    for (qsizetype i = 0; i < m_cards.size(); ++i) {
        const auto it =
            std::ranges::find(summaries, scenarios[static_cast<std::size_t>(i)], &ScenarioSummary::scenario);
        m_cards[i]->setVisible(it != summaries.end());
        if (it != summaries.end())
            m_cards[i]->setSummary(*it);
    }
    const QString work =
        m_with.benchmarks.workOf && benchmark.build.isValid() ? m_with.benchmarks.workOf(benchmark.build) : QString();
    const auto [state, words] = progressOf(benchmark, one->isRunning, work);
    m_progress->setVisible(!words.isEmpty());
    m_progress->setFact(state, words);
    m_barsCard->setHeader(tr("Time to a validated environment"),
                          tr("seconds, median and range of %1").arg(countedText(summaries)));
    const QList<StackedBar> bars = barsOf(summaries);
    m_bars->setBars(bars);
    m_shares->setBars(bars);
    m_legend->setEntries(legendOf(summaries));
    m_barsCard->setVisible(!bars.isEmpty());
    m_sharesCard->setVisible(!bars.isEmpty());
    m_table->setSummaries(summaries);
    m_foot->setText(footText(benchmark));
    m_stack->setCurrentIndex(1);
}

void BenchmarksPage::updateActions()
{
    const ListedBenchmark *one = listed();
    const bool running = one && one->isRunning;
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    QString reason;
    if (environmentName().isEmpty())
        reason = tr("no environment has a validation");
    else if (!engine)
        reason = engine.error().message;
    m_empty->setWords(tr("No benchmark of %1 yet. It times the ways to a validated environment: from nothing, from a "
                         "registry, from kept images.")
                          .arg(environmentName().isEmpty() ? tr("an environment") : environmentName()),
                      reason.isEmpty() ? tr("One round takes as long as a build from nothing and a little more.")
                                       : tr("It can't run now: %1.").arg(reason));
    for (QAction *action : {m_run, m_first, m_resume}) {
        action->setEnabled(reason.isEmpty());
        action->setStatusTip(reason);
        action->setToolTip(reason);
    }
    m_run->setVisible(one && !running);
    m_first->setVisible(!one);
    m_stop->setVisible(running);
    m_showBuild->setVisible(running);
    m_showBuild->setEnabled(running && one->benchmark.build.isValid());
    m_resume->setVisible(one && !running && one == unfinished());
    m_commands->setEnabled(reason.isEmpty());
    m_commands->setStatusTip(reason);
    m_export->setEnabled(one && !one->benchmark.repetitions.isEmpty());
    m_export->setStatusTip(m_export->isEnabled() ? QString() : tr("no repetition is done"));
}

void BenchmarksPage::askRun()
{
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    if (!engine) {
        Q_EMIT failed(engine.error());
        return;
    }
    std::optional<Benchmark> earlier;
    for (const ListedBenchmark &one : std::as_const(m_list))
        if (!earlier && one.benchmark.spec.environment == environmentName() && one.benchmark.isComplete())
            earlier = one.benchmark;
    auto *dialog = new RunDialog(environmentName(), nameOf(*engine), earlier, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, used = *engine] { run(dialog->spec(), used); });
    dialog->open();
}

void BenchmarksPage::run(BenchmarkSpec spec, const Engine &engine)
{
    spec.engine = engine.id();
    const Environment *environment = m_with.environments.find(spec.environment);
    if (!environment)
        return;
    QStringList words{u"bench"_s,    spec.environment, u"--repetitions"_s, QString::number(spec.repetitions),
                      u"--engine"_s, spec.engine};
    if (!spec.registry.isEmpty())
        words << u"--registry"_s << spec.registry;
    if (spec.quick)
        words << u"--quick"_s;
    // The detached command has nobody to tell what it refuses before it has a folder.
    whenDone(QtConcurrent::run(m_with.benchmarks.plans, *environment, engine, spec), this,
             [this, words](const Result<QList<std::pair<Scenario, Plan>>> &plans) {
                 if (!plans) {
                     Q_EMIT failed(plans.error());
                     return;
                 }
                 m_chosen = 0;
                 start(words);
             });
}

void BenchmarksPage::start(const QStringList &words)
{
    whenDone(QtConcurrent::run(m_with.benchmarks.start, words), this, [this](const Result<void> &started) {
        if (!started)
            Q_EMIT failed(started.error());
        QTimer::singleShot(pollMs, this, &BenchmarksPage::refresh); // it makes its folder first
    });
}

void BenchmarksPage::stop()
{
    const Benchmark *benchmark = shown();
    if (!benchmark)
        return;
    m_stop->setEnabled(false);
    whenDone(QtConcurrent::run(m_with.benchmarks.stop, *benchmark), this, [this](const Result<void> &asked) {
        m_stop->setEnabled(true);
        if (!asked)
            Q_EMIT failed(asked.error());
        refresh();
    });
}

void BenchmarksPage::showBuild()
{
    if (const Benchmark *benchmark = shown(); benchmark && benchmark->build.isValid())
        Q_EMIT buildAsked(benchmark->build);
}

void BenchmarksPage::showCommands()
{
    const Environment *environment = m_with.environments.find(environmentName());
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    if (!environment || !engine)
        return;
    BenchmarkSpec spec;
    spec.environment = environment->name;
    spec.engine = engine->id();
    spec.scenarios = {scenarios.begin(), scenarios.end()};
    whenDone(QtConcurrent::run(m_with.benchmarks.plans, *environment, *engine, spec), this,
             [this, name = environment->name](const Result<QList<std::pair<Scenario, Plan>>> &plans) {
                 if (!plans) {
                     Q_EMIT failed(plans.error());
                     return;
                 }
                 QList<CommandsDialog::Group> groups;
                 for (const auto &[scenario, plan] : *plans) {
                     groups.append({QString(letter(scenario) + u' ' + kernelyard::title(scenario)), {}});
                     for (const Task &task : plan.tasks)
                         groups.last().commands << task.command;
                 }
                 (new CommandsDialog(tr("Timed commands of the scenarios of %1").arg(name), groups, this))->open();
             });
}

void BenchmarksPage::resume()
{
    start({u"bench"_s, environmentName(), u"--resume"_s});
}

void BenchmarksPage::exportReport()
{
    const Benchmark *benchmark = shown();
    if (!benchmark)
        return;
    auto *dialog = new QFileDialog(this, tr("Export benchmark"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Markdown (*.md)"), tr("CSV (*.csv)"), tr("JSON (*.json)")});
    dialog->setDefaultSuffix(u"md"_s);
    dialog->selectFile(benchmark->name() + u".md"_s);
    connect(dialog, &QFileDialog::fileSelected, this, [this, benchmark = *benchmark](const QString &file) {
        const QByteArray bytes = file.endsWith(u".json")  ? jsonReport(benchmark)
                                 : file.endsWith(u".csv") ? csvReport(benchmark)
                                                          : markdownReport(benchmark);
        whenDone(QtConcurrent::run([file, bytes]() -> Result<void> {
                     QSaveFile out(file);
                     if (!writeWhole(out, bytes))
                         return Failure(Error{ErrorKind::Failed,
                                              BenchmarksPage::tr("The report could not be written to %1.").arg(file),
                                              out.errorString(), BenchmarksPage::tr("Choose another folder.")});
                     return {};
                 }),
                 this, [this](const Result<void> &written) {
                     if (!written)
                         Q_EMIT failed(written.error());
                 });
    });
    dialog->open();
}

} // namespace kernelyard
