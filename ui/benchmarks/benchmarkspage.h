// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmarkreport.h"
#include "core/build/plan.h"
#include "ui/models/environments.h"
#include "ui/models/machine.h"
#include "ui/models/settingsstore.h"
#include "ui/widgets/page.h"

#include <functional>

class QStackedWidget;

namespace kernelyard {

class BarLegend;
class Card;
class ChoiceBox;
class EmptyState;
class Label;
class MediansTable;
class ScenarioCard;
class StackedBars;
class StateLine;

/// A benchmark as the page lists it.
struct ListedBenchmark
{
    Benchmark benchmark;
    bool isRunning = false;

    bool operator==(const ListedBenchmark &) const = default;
};

/// How benchmarks are read, started and stopped; all but the last block and run on a worker. Tests put their own in.
struct BenchmarkSources
{
    std::function<QList<ListedBenchmark>()> list;
    /// Starts `kernelyardctl` with these words in a session of its own, so that it outlives the window.
    std::function<Result<void>(const QStringList &words)> start;
    std::function<Result<void>(const Benchmark &)> stop;
    /// What would be timed.
    std::function<Result<QList<std::pair<Scenario, Plan>>>(const Environment &, const Engine &, const BenchmarkSpec &)>
        plans;
    /// What a build does now, in words; on the window's thread.
    std::function<QString(BuildId)> workOf;

    /// Without workOf. \a ctl: absolute path of kernelyardctl.
    static BenchmarkSources real(const Paths &paths, const QString &ctl);
};

/// What the page works on; all outlive it.
struct BenchmarksPageSources
{
    const Machine &machine;
    const Environments &environments;
    const SettingsStore &settings;
    BenchmarkSources benchmarks;
};

/// How long the ways to a validated environment take, and what in them.
class BenchmarksPage : public Page
{
    Q_OBJECT

public:
    explicit BenchmarksPage(const BenchmarksPageSources &sources, QWidget *parent = nullptr);

    QList<QWidget *> regions() const override;
    void checkAgain() override { refresh(); }
    /// Reads the benchmarks again; asked for while they are being read, once more after.
    void refresh();
    const Benchmark *shown() const;

Q_SIGNALS:
    void buildAsked(kernelyard::BuildId id);
    void failed(const kernelyard::Error &error);

private:
    void makeActions();
    QWidget *makeResults();
    void readEnvironments();
    void takeList(const QList<ListedBenchmark> &list);
    void readRuns();
    void showBenchmark();
    void updateActions();
    void askRun();
    void run(BenchmarkSpec spec, const Engine &engine);
    void start(const QStringList &words);
    void stop();
    void resume();
    void showBuild();
    void showCommands();
    void exportReport();
    QString environmentName() const;
    const ListedBenchmark *listed() const;
    const ListedBenchmark *unfinished() const;

    BenchmarksPageSources m_with;
    QList<ListedBenchmark> m_list;
    ChoiceBox *m_environment;
    ChoiceBox *m_runs;
    QAction *m_commands;
    QAction *m_export;
    QAction *m_showBuild;
    QAction *m_stop;
    QAction *m_resume;
    QAction *m_run;
    QAction *m_first; ///< the same on the empty page, where the header has no button for it
    QList<ScenarioCard *> m_cards;
    Card *m_barsCard;
    Card *m_sharesCard;
    BarLegend *m_legend;
    StackedBars *m_bars;
    StackedBars *m_shares;
    MediansTable *m_table;
    StateLine *m_progress;
    Label *m_foot;
    EmptyState *m_empty;
    QStackedWidget *m_stack;
    bool m_isReading = false;
    bool m_readAgain = false;
    int m_chosen = 0; ///< number of a benchmark that the user chose; 0: the newest is shown
};

} // namespace kernelyard
