// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/benchmarks/preparedbenchmark.h"
#include "tests/ui/ready.h"
#include "tests/ui/shoot.h"
#include "ui/benchmarks/benchmarkspage.h"
#include "ui/benchmarks/benchmarkwords.h"
#include "ui/benchmarks/rundialog.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/commandsdialog.h"
#include "ui/widgets/label.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QComboBox>
#include <QLayout>
#include <QLineEdit>
#include <QLocale>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

namespace {

/// The page on prepared facts; what it starts and stops is noted.
struct Window
{
    QTemporaryDir folder;
    QList<ListedBenchmark> list;
    QStringList started;
    int stopped = 0; ///< number of the benchmark
    Machine machine{machineProbes()};
    Environments environments{environmentSources()};
    SettingsStore settings{{}, folder.filePath(u"settings.ini"_s)};
    std::unique_ptr<BenchmarksPage> page;

    static MachineProbes machineProbes()
    {
        Engine engine;
        engine.kind = EngineKind::Podman;
        engine.program = u"/usr/bin/podman"_s;
        engine.clientVersion = u"5.4.2"_s;
        MachineProbes probes;
        probes.engines = [engine] { return ready(QList<Engine>{engine}); };
        probes.gpus = [] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>())); };
        probes.host = [] { return ready(HostResources()); };
        return probes;
    }

    static Result<QList<std::pair<Scenario, Plan>>> plansOf(const Environment &environment, const Engine &,
                                                            const BenchmarkSpec &spec)
    {
        if (spec.registry.contains(u"://"))
            return Failure(Error{ErrorKind::Invalid, u"That is no registry."_s, {}, {}});
        QList<std::pair<Scenario, Plan>> plans;
        for (const Scenario scenario : spec.scenarios) {
            Task task;
            task.command = {u"/usr/bin/podman"_s, {u"build"_s, environment.name + letter(scenario)}, {}, {}};
            Plan plan;
            plan.tasks = {task};
            plans.append({scenario, plan});
        }
        return plans;
    }

    static EnvironmentSources environmentSources()
    {
        return {[] {
                    Catalog catalog;
                    for (const QString &name : {u"starter"_s, u"other"_s}) {
                        Environment one;
                        one.name = name;
                        one.validation = ValidationSuite();
                        catalog.environments << one;
                    }
                    return catalog;
                },
                [](const Environment &, const Engine &) { return EnvironmentStatus(); }};
    }

    void open()
    {
        machine.check();
        environments.refreshCatalog();
        page =
            std::make_unique<BenchmarksPage>(BenchmarksPageSources{machine,
                                                                   environments,
                                                                   settings,
                                                                   {[this] { return list; },
                                                                    [this](const QStringList &words) -> Result<void> {
                                                                        started = words;
                                                                        return {};
                                                                    },
                                                                    [this](const Benchmark &one) -> Result<void> {
                                                                        stopped = one.number;
                                                                        return {};
                                                                    },
                                                                    plansOf, [](BuildId id) { return id.display(); }}});
        page->resize(1048, 760);
        page->show();
        QTRY_VERIFY(page->findChild<QComboBox *>()->count() == 2 && machine.engines());
        if (!list.isEmpty())
            QTRY_VERIFY(page->shown());
    }

    QAction *action(const QString &text) const
    {
        for (QAction *action : page->actions())
            if (action->text() == text)
                return action;
        return nullptr;
    }

    bool says(const QString &text) const
    {
        for (const Label *label : page->findChildren<Label *>())
            if (label->isVisible() && label->text().contains(text))
                return true;
        for (const StateLine *line : page->findChildren<StateLine *>())
            if (line->isVisible() && line->text().contains(text))
                return true;
        return false;
    }
};

} // namespace

class TestBenchmarksPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QApplication::setStyle(new Style);
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    }

    void aBenchmarkIsShown()
    {
        Window window;
        window.list = {{preparedBenchmark(QDateTime::currentDateTime()), false}};
        window.open();
        for (const QString &text :
             {u"26:44"_s, u"7.8 × faster"_s, u"34.9 × faster"_s, u"412 units, compiled once"_s, u"nothing compiled"_s,
              u"5 repetitions, interleaved · Podman 5.4.2 · registry on loopback · commit 8c1f04e"_s, u"1,246"_s})
            QVERIFY2(window.says(text), qPrintable(text));
        const auto bars = window.page->findChildren<StackedBars *>();
        QCOMPARE(bars.size(), 2);
        QCOMPARE(bars[0]->bars().size(), 3);
        QVERIFY2(bars[0]->accessibleDescription().startsWith(u"A 1,604 s: Pull 96 s"),
                 qPrintable(bars[0]->accessibleDescription()));
        QVERIFY(window.action(u"Run scenarios…"_s)->isVisible());
        QVERIFY(!window.action(u"Resume the interrupted benchmark"_s)->isVisible());
        QVERIFY(window.action(u"Export benchmark…"_s)->isEnabled());
    }

    void partsAreReachedByKeyboard()
    {
        StackedBars bars(StackedBars::Scale::Common);
        bars.resize(800, 200);
        bars.setBars(barsOf(summarise(preparedBenchmark(QDateTime::currentDateTime()))));
        QCOMPARE(bars.markedText(), QString());
        QTest::keyClick(&bars, Qt::Key_Right);
        QCOMPARE(bars.markedText(), u"A, Pull: 96 s, 6 %"_s);
        for (int i = 0; i < 4; ++i)
            QTest::keyClick(&bars, Qt::Key_Right);
        QCOMPARE(bars.markedText(), u"A, Compile: 1,246 s, 78 %"_s);
        QCOMPARE(bars.accessibleDescription(), bars.markedText());
        QTest::keyClick(&bars, Qt::Key_Down);
        QVERIFY(bars.markedText().startsWith(u"B, "));
        QTest::keyClick(&bars, Qt::Key_Escape);
        QCOMPARE(bars.markedText(), QString());
    }

    void withoutAnyItSaysWhatItShows()
    {
        Window window;
        window.open();
        QTRY_VERIFY(window.says(u"No benchmark of starter yet"_s));
        QVERIFY(!window.action(u"Export benchmark…"_s)->isEnabled());
        const auto buttons = window.page->findChildren<ActionButton *>();
        QCOMPARE(std::ranges::count_if(buttons,
                                       [](const ActionButton *button) {
                                           return button->isVisible() && button->text() == u"Run scenarios…";
                                       }),
                 1);
    }

    void onlyThoseOfTheEnvironmentAreShown()
    {
        Window window;
        window.list = {{preparedBenchmark(QDateTime::currentDateTime()), false}};
        window.open();
        window.page->findChildren<QComboBox *>().first()->setCurrentText(u"other"_s);
        QVERIFY(!window.page->shown());
        QVERIFY(window.says(u"No benchmark of other yet"_s));
    }

    void aRunningOneTellsWhereItIsAndStops()
    {
        Window window;
        Benchmark benchmark = preparedBenchmark(QDateTime::currentDateTime(), 4);
        benchmark.current = Repetition{Scenario::LocalCache, 2, BuildId(77), benchmark.started, {}, {}};
        benchmark.build = BuildId(77);
        window.list = {{benchmark, true}};
        window.open();
        QVERIFY(window.says(u"Running C Local cache, repetition 2 of 5: #0077; 4 of 15 repetitions are done"_s));
        QVERIFY(!window.action(u"Run scenarios…"_s)->isVisible());
        QCOMPARE(window.page->count(), 1);
        QSignalSpy asked(window.page.get(), &BenchmarksPage::buildAsked);
        window.action(u"Show the running repetition's build"_s)->trigger();
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked[0][0].value<BuildId>(), BuildId(77));
        window.action(u"Stop the running benchmark"_s)->trigger();
        QTRY_COMPARE(window.stopped, 31);
    }

    void anInterruptedOneResumes()
    {
        Window window;
        window.list = {{preparedBenchmark(QDateTime::currentDateTime(), 4), false}};
        window.open();
        QVERIFY(window.says(u"Interrupted: 4 of 15 repetitions are done and kept."_s));
        window.action(u"Resume the interrupted benchmark"_s)->trigger();
        QTRY_COMPARE(window.started, (QStringList{u"bench"_s, u"starter"_s, u"--resume"_s}));
    }

    void anOlderOneThatResumeWouldNotTakeOffersNone()
    {
        Window window;
        Benchmark newer = preparedBenchmark(QDateTime::currentDateTime(), 4);
        Benchmark older = newer;
        older.number = 30;
        window.list = {{newer, false}, {older, false}};
        window.open();
        auto *runs = window.page->findChildren<QComboBox *>().last();
        QCOMPARE(runs->count(), 2);
        QVERIFY(window.action(u"Resume the interrupted benchmark"_s)->isVisible());
        QTest::keyClick(runs, Qt::Key_Down);
        QCOMPARE(window.page->shown()->number, 30);
        QVERIFY(!window.action(u"Resume the interrupted benchmark"_s)->isVisible());
    }

    void theTimedCommandsAreShown()
    {
        Window window;
        window.open();
        QTRY_VERIFY(window.action(u"Show commands of the scenarios…"_s)->isEnabled());
        window.action(u"Show commands of the scenarios…"_s)->trigger();
        QTRY_VERIFY(window.page->findChild<CommandsDialog *>());
        const auto *box = window.page->findChild<CommandsDialog *>()->findChild<CommandBox *>();
        QVERIFY(box);
        QVERIFY2(box->text().startsWith(u"# A Baseline\n\n/usr/bin/podman build starterA\n\n# B Registry cache"_s),
                 qPrintable(box->text()));
    }

    void whatStoppedItIsSaid()
    {
        Benchmark benchmark = preparedBenchmark(QDateTime::currentDateTime(), 4);
        benchmark.failure = u"No registry is installed here."_s;
        QCOMPARE(progressOf(benchmark, false),
                 std::pair(State::Failed,
                           u"Stopped: No registry is installed here. 4 of 15 repetitions are done and kept."_s));
    }

    void failedRepetitionsAreMarked()
    {
        Benchmark benchmark = preparedBenchmark(QDateTime::currentDateTime());
        for (Repetition &one : benchmark.repetitions)
            if (one.scenario == Scenario::LocalCache && one.round == 2)
                one.failure = u"3 units were compiled."_s;
        const CompileCheck check = checkOf(summarise(benchmark).last());
        QCOMPARE(check.state, State::Warning);
        QCOMPARE(check.words, u"4 of 5, the others failed: 3 units were compiled."_s);
        QCOMPARE(countedText(summarise(benchmark)), u"4 to 5"_s);
        for (Repetition &one : benchmark.repetitions)
            one.failure = u"It broke."_s;
        const ScenarioSummary all = summarise(benchmark).first();
        QCOMPARE(checkOf(all).state, State::Failed);
        QCOMPARE(checkOf(all).words, u"It broke."_s);
        QCOMPARE(countedText(summarise(benchmark)), u"0"_s);
        QVERIFY(barsOf(summarise(benchmark)).isEmpty());
    }

    /// The command that would be started says so to nobody.
    void whatWouldBeRefusedIsToldBeforeItStarts()
    {
        Window window;
        window.open();
        QSignalSpy failed(window.page.get(), &BenchmarksPage::failed);
        const auto runWith = [&window](const QString &registry) {
            window.action(u"Run scenarios…"_s)->trigger();
            for (QLineEdit *edit : window.page->findChild<RunDialog *>()->findChildren<QLineEdit *>())
                if (!edit->placeholderText().isEmpty())
                    edit->setText(registry);
            window.page->findChild<RunDialog *>()->accept();
        };
        runWith(u"http://127.0.0.1:5000"_s);
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(window.started.isEmpty());
        QTRY_VERIFY(!window.page->findChild<RunDialog *>());
        runWith(u"127.0.0.1:5000"_s);
        QTRY_COMPARE(window.started.mid(window.started.indexOf(u"--registry"_s), 2),
                     (QStringList{u"--registry"_s, u"127.0.0.1:5000"_s}));
        QCOMPARE(failed.size(), 1);
    }

    void theDialogFitsLongNames()
    {
        RunDialog dialog(QString(80, u'n') + u"-attention"_s, u"Docker 28.2.2 (classic builder, rootless)"_s, {});
        QVERIFY(dialog.height() >= dialog.layout()->totalHeightForWidth(dialog.width()));
        QVERIFY2(dialog.minimumSizeHint().width() <= px(640),
                 QByteArray::number(dialog.minimumSizeHint().width()).constData());
        dialog.show();
        shoot(dialog, u"run-long"_s);
        RunDialog usual(u"starter"_s, u"Podman 5.4.2"_s, preparedBenchmark(QDateTime::currentDateTime()));
        usual.show();
        shoot(usual, u"run"_s);
        QSignalSpy accepted(&usual, &QDialog::accepted);
        QTest::keyClick(usual.findChild<QSpinBox *>(), Qt::Key_Return);
        QCOMPARE(accepted.size(), 1);
    }

    void theDialogAsksForWhatIsRun()
    {
        RunDialog dialog(u"starter"_s, u"Podman 5.4.2"_s, preparedBenchmark(QDateTime::currentDateTime()));
        QCOMPARE(dialog.spec().repetitions, 5);
        dialog.findChild<QSpinBox *>()->setValue(2);
        for (QLineEdit *edit : dialog.findChildren<QLineEdit *>())
            if (!edit->placeholderText().isEmpty())
                edit->setText(u" 127.0.0.1:5000 "_s);
        const BenchmarkSpec spec = dialog.spec();
        QCOMPARE(spec.repetitions, 2);
        QCOMPARE(spec.registry, u"127.0.0.1:5000"_s);
        QCOMPARE(spec.scenarios.size(), 3);
        bool expects = false;
        for (const Label *label : dialog.findChildren<Label *>())
            expects = expects || label->text() == u"About 1 h 1 min, from bench-031."_s;
        QVERIFY(expects);
    }
};

QTEST_MAIN(TestBenchmarksPage)
#include "tst_benchmarkspage.moc"
