// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/benchmarkplan.h"
#include "core/benchmark/benchmarkreport.h"
#include "core/benchmark/repetitionlog.h"
#include "core/environment/catalog.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

Task task(const QString &name, TaskKind kind, OutputFormat format = OutputFormat::Plain)
{
    Task task;
    task.name = name;
    task.kind = kind;
    task.title = name;
    task.command = {u"/usr/bin/tool"_s, {name}, {}, {}};
    task.format = format;
    return task;
}

Plan planOf(const QList<Task> &tasks)
{
    Plan plan;
    plan.environment = u"starter-bench"_s;
    plan.purpose = u"setup"_s;
    plan.tasks = tasks;
    return plan;
}

/// Lines of a task with the second at which each came.
using Said = QList<std::pair<double, QByteArray>>;

BuildTime at(double seconds)
{
    return BuildTime(qint64(seconds * 1e6));
}

/// A build whose tasks ran from one time of \a bounds to the next.
BuildState ran(const Plan &plan, const QList<double> &bounds, const QList<Said> &said)
{
    BuildState state(plan);
    state.apply({0us, Opened{QDateTime::fromString(u"2026-01-31T12:00:00Z"_s, Qt::ISODate), 1, u"1"_s}});
    for (int i = 0; i < plan.tasks.size(); ++i) {
        state.apply({at(bounds[i]), TaskStarted{i, 1}});
        for (const auto &[second, line] : said.value(i))
            state.apply({at(second), Output{i, Stream::Out, line + '\n'}});
        state.apply({at(bounds[i + 1]), TaskExited{i, 0}});
    }
    state.apply({at(bounds.last()), Closed{Outcome::Done, {}}});
    return state;
}

double seconds(const Timing &timing, Phase phase)
{
    return double(timing.of(phase).count()) / 1e6;
}

Timing timing(double total, int units, int tasks = 1)
{
    Timing made;
    made.total = at(total);
    made.phases[static_cast<std::size_t>(Phase::Compile)] = units > 0 ? at(total / 2) : 0us;
    made.phases[static_cast<std::size_t>(Phase::Validate)] = units > 0 ? at(total / 2) : at(total);
    for (int i = 0; i < tasks && units > 0; ++i)
        made.compilations << TaskCompilation{u"task%1"_s.arg(i), units / tasks, 0, 0};
    return made;
}

Benchmark benchmarkOf(int repetitions)
{
    Benchmark benchmark;
    benchmark.number = 31;
    benchmark.spec = {
        u"starter"_s, u"podman"_s, {{u"jobs"_s, u"2"_s}}, repetitions, {scenarios.begin(), scenarios.end()}, {}, true};
    benchmark.started = QDateTime::fromString(u"2026-01-31T12:00:00.000Z"_s, Qt::ISODateWithMs);
    benchmark.engine = u"Podman 5.4.2"_s;
    benchmark.commit = u"8c1f04e55a"_s;
    return benchmark;
}

void add(Benchmark &benchmark, Scenario scenario, int round, const Timing &timing, const QString &failure = {})
{
    benchmark.repetitions << Repetition{scenario, round, BuildId(round), benchmark.started, timing, failure};
}

} // namespace

class TestBenchmark : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void timesGoToTheirPhases()
    {
        const Plan plan = planOf({task(u"pull-dev"_s, TaskKind::Transfer), task(u"fork"_s, TaskKind::Fork),
                                  task(u"validate"_s, TaskKind::Validation)});
        const Timing made = timingOf(ran(plan, {1, 4, 9, 20},
                                         {{},
                                          {{7, "Submodule path 'third_party/cutlass': checked out 'a'"}},
                                          {{10, "[1/2] c++ build/api.o"},
                                           {11, "[2/2] link build/lib.so"},
                                           {12, "ccache: 0 compiled, 1 from the cache, 1.0 s"},
                                           {14, "{\"type\":\"run\"}"}}}));
        QCOMPARE(made.total, at(20));
        QCOMPARE(seconds(made, Phase::Pull), 3.0);
        QCOMPARE(seconds(made, Phase::Clone), 3.0);
        QCOMPARE(seconds(made, Phase::Submodules), 2.0);
        QCOMPARE(seconds(made, Phase::Compile), 0.0); // the cache had it
        QCOMPARE(seconds(made, Phase::Link), 5.0);
        QCOMPARE(seconds(made, Phase::Validate), 6.0);
        QCOMPARE(seconds(made, Phase::Install), 1.0); // before the first task
        QCOMPARE(made.units(), 0);
        QCOMPARE(made.compilations, (QList<TaskCompilation>{{u"validate"_s, 0, 0, 1}}));
    }

    void unitsAreCounted_data()
    {
        QTest::addColumn<QByteArrayList>("lines");
        QTest::addColumn<int>("units");
        QTest::addColumn<int>("repeated");
        QTest::newRow("what ccache says") << QByteArrayList{"[1/2] c++ build/a.o", "[2/2] c++ build/b.o",
                                                            "ccache: 1 compiled, 1 from the cache, 1.0 s"}
                                          << 1 << 0;
        QTest::newRow("ninja -v") << QByteArrayList{"[1/2] c++ -MMD -c /w/x/dot.cpp -o /w/b/dot.o",
                                                    "[2/2] /usr/local/cuda/bin/nvcc -c /w/x/dot.cu -o /w/b/cu.o"}
                                  << 2 << 0;
        QTest::newRow("one of them twice")
            << QByteArrayList{"[1/1] c++ -c /w/x/dot.cpp -o /w/b/dot.o", "[1/1] c++ -c /w/x/dot.cpp -o /w/b/dot.o"} << 2
            << 1;
        QTest::newRow("CMake's words") << QByteArrayList{"[1/2] Building CUDA object csrc/flash.cu.o",
                                                         "[2/2] Linking CXX shared library lib.so"}
                                       << 1 << 0;
        QTest::newRow("a bare compiler") << QByteArrayList{"g++ -O2 -c a.cpp -o a.o", "g++ a.o -o a"} << 1 << 0;
        QTest::newRow("nothing") << QByteArrayList{"ninja: no work to do.", "link-fork: done"} << 0 << 0;
    }

    void unitsAreCounted()
    {
        QFETCH(QByteArrayList, lines);
        QFETCH(int, units);
        QFETCH(int, repeated);
        Said said;
        for (const QByteArray &line : std::as_const(lines))
            said.append({2.0 + double(said.size()), line});
        const Timing made = timingOf(ran(planOf({task(u"validate"_s, TaskKind::Validation)}), {0, 20}, {said}));
        QCOMPARE(made.units(), units);
        QCOMPARE(made.compilations.isEmpty() ? 0 : made.compilations.first().repeated, repeated);
        QCOMPARE(made.of(Phase::Compile) > 0us, units > 0);
        BuildTime sum{0};
        for (const BuildTime time : made.phases)
            sum += time;
        QCOMPARE(sum, made.total);
    }

    void eachScenarioCompilesWhatItShould()
    {
        QCOMPARE(compileFault(Scenario::Baseline, timing(10, 14)), QString());
        QVERIFY(compileFault(Scenario::Baseline, timing(10, 0)).contains(u"Nothing was compiled"));
        QVERIFY(compileFault(Scenario::Baseline, timing(10, 14, 2)).contains(u"task0, task1"));
        Timing twice = timing(10, 14);
        twice.compilations.first().repeated = 3;
        QVERIFY(compileFault(Scenario::Baseline, twice).startsWith(u"3 units"));
        for (const Scenario scenario : {Scenario::RegistryCache, Scenario::LocalCache}) {
            QCOMPARE(compileFault(scenario, timing(10, 0)), QString());
            QVERIFY(compileFault(scenario, timing(10, 14)).startsWith(u"14 units were compiled in task0"));
        }
    }

    void whatRemainsIsInterleaved()
    {
        Benchmark benchmark = benchmarkOf(2);
        const auto names = [&] {
            QStringList list;
            for (const auto &[scenario, round] : benchmark.remaining())
                list << letter(scenario) + QString::number(round);
            return list.join(u' ');
        };
        QCOMPARE(names(), u"A1 C1 B1 A2 C2 B2"_s);
        add(benchmark, Scenario::Baseline, 1, timing(100, 14));
        add(benchmark, Scenario::LocalCache, 1, timing(5, 0), u"It broke."_s);
        QCOMPARE(names(), u"B1 A2 C2 B2"_s); // a failed one is not done again
        benchmark.spec.scenarios = {Scenario::LocalCache};
        QCOMPARE(names(), u"C2"_s);
    }

    void survivesItsFile()
    {
        QTemporaryDir folder;
        Paths paths = Paths::fromEnvironment();
        paths.state = folder.path();
        auto made = createBenchmark(paths, benchmarkOf(3).spec);
        QVERIFY(made);
        QCOMPARE(made->number, 1);
        QCOMPARE(createBenchmark(paths, benchmarkOf(3).spec)->number, 2);
        made->started = benchmarkOf(1).started;
        made->engine = u"Podman"_s;
        made->pushed = true;
        made->failure = u"No registry."_s;
        made->build = BuildId(8);
        made->registry = u"127.0.0.1:5000"_s;
        add(*made, Scenario::Baseline, 1, timing(100, 14), u"Why, \"so\""_s);
        made->current = Repetition{Scenario::LocalCache, 1, BuildId(7), made->started, {}, {}};
        QVERIFY(writeBenchmark(paths, *made));
        const auto read = readBenchmark(paths, 1);
        QVERIFY2(read, qPrintable(read ? QString() : read.error().message));
        QCOMPARE(*read, *made);
        QCOMPARE(listBenchmarks(paths).size(), 2);
        QCOMPARE(listBenchmarks(paths).first().number, 2);
        QVERIFY(!isRunning(paths, *read));
        QCOMPARE(readBenchmark(paths, 9).error().kind, ErrorKind::NotFound);
    }

    void aDamagedFileSaysWhatIsMissing_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::newRow("cut off") << QByteArray("{\n") << QByteArray("{{\n");
        QTest::newRow("another version") << QByteArray("\"version\": 1") << QByteArray("\"version\": 9");
        QTest::newRow("no environment") << QByteArray("\"starter\"") << QByteArray("\"\"");
        QTest::newRow("no such scenario") << QByteArray("\"scenario\": \"A\"") << QByteArray("\"scenario\": \"X\"");
    }

    void aDamagedFileSaysWhatIsMissing()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        Benchmark benchmark = benchmarkOf(1);
        add(benchmark, Scenario::Baseline, 1, timing(100, 14));
        QByteArray json = benchmark.toJson();
        QVERIFY(json.contains(from));
        const auto read = Benchmark::fromJson(json.replace(from, to), u"b.json"_s);
        QVERIFY(!read);
        QCOMPARE(read.error().kind, ErrorKind::Invalid);
        QVERIFY(read.error().message.startsWith(u"b.json: "));
    }

    void reportsGiveMediansAndSpread()
    {
        Benchmark benchmark = benchmarkOf(3);
        for (const auto &[round, time] : {std::pair(1, 90.0), std::pair(2, 100.0), std::pair(3, 130.0)})
            add(benchmark, Scenario::Baseline, round, timing(time, 14));
        add(benchmark, Scenario::LocalCache, 1, timing(4, 0));
        add(benchmark, Scenario::LocalCache, 2, timing(6, 0));
        add(benchmark, Scenario::LocalCache, 3, timing(1, 3), u"3 units were compiled, and none should be."_s);
        const QList<ScenarioSummary> summaries = summarise(benchmark);
        QCOMPARE(summaries.size(), 3);
        QCOMPARE(*summaries[0].total, (Spread{at(100), at(90), at(130)}));
        QCOMPARE(compileSentence(summaries[0]), u"14 units, compiled once"_s);
        QVERIFY(!summaries[1].total);
        QCOMPARE(*summaries[2].total, (Spread{at(5), at(4), at(6)}));
        QCOMPARE(*summaries[2].factor, 20.0);
        QCOMPARE(summaries[2].failed, 1);

        const QJsonObject json = QJsonDocument::fromJson(jsonReport(benchmark)).object();
        QCOMPARE(json.value(u"isComplete"_s).toBool(), false);
        const QJsonArray list = json.value(u"summary"_s).toArray();
        QCOMPARE(list[0][u"seconds"_s][u"median"_s].toDouble(), 100.0);
        QCOMPARE(list[0][u"phaseSeconds"_s][u"compile"_s][u"most"_s].toDouble(), 65.0);
        QVERIFY(list[2][u"phaseSeconds"_s][u"compile"_s].isUndefined());

        const QByteArrayList csv = csvReport(benchmark).trimmed().split('\n');
        QCOMPARE(csv.size(), 7);
        QVERIFY(csv[1].startsWith("A,1,1,2026-01-31T12:00:00.000Z,90.000,0.000,"));
        QVERIFY2(csv[6].endsWith(",3,1,\"3 units were compiled, and none should be.\""), csv[6].constData());
        QCOMPARE(csv[0].count(','), csv[1].count(','));

        const QByteArray markdown = markdownReport(benchmark);
        QVERIFY2(markdown.contains("| A Baseline | 100 (90.0 to 130) | 1.0 × | 14 units, compiled once |"),
                 markdown.constData());
        QVERIFY(markdown.contains("| B Registry cache | none | none | not run yet |"));
        QVERIFY(markdown.contains("| C Local cache | 5.00 (4.00 to 6.00) | 20.0 × | nothing compiled |"));
        QVERIFY(markdown.contains("C: 1 of 3 repetitions failed"));
        QVERIFY(markdown.contains("3 repetitions are still to be done."));
    }

    void theLogHasTimesAndCommands()
    {
        const BuildState state =
            ran(planOf({task(u"fork"_s, TaskKind::Fork), task(u"validate"_s, TaskKind::Validation)}), {0, 2, 5},
                {{{1, "cloned"}}, {{3, "{\"type\":\"run\"}"}}});
        Benchmark benchmark = benchmarkOf(2);
        const Repetition repetition{Scenario::LocalCache, 2, BuildId(7), benchmark.started, timingOf(state), {}};
        const QByteArray log = repetitionLog(benchmark, repetition, state, {u"$ podman rmi x"_s});
        for (const QByteArray words :
             {"scenario C (Local cache), repetition 2 of 2", "before: $ podman rmi x",
              "start: 2026-01-31T12:00:00.000Z", "$ /usr/bin/tool fork\n", "[     1.000] cloned\n",
              "[     3.000] $ /usr/bin/tool validate\n", "end: 2026-01-31T12:00:05.000Z", "elapsed: 5.000 s",
              "compiled: 0 units", "result: pass"})
            QVERIFY2(log.contains(words), QByteArray(words + " is not in\n" + log).constData());
        QVERIFY(log.indexOf("tool fork") < log.indexOf("cloned"));
    }

    void cachesAreTheirOwn()
    {
        const QByteArray file =
            "FROM a\n# --mount=type=bind stays\n"
            "RUN --mount=type=cache,id=kernelyard-apt,target=/var/cache/apt,sharing=locked \\\n"
            "    --mount=type=cache,target=/root/.cache make\nRUN --mount=type=bind,source=x true\n";
        const QByteArray own = withOwnCaches(file);
        QVERIFY2(own.contains(
                     "--mount=type=cache,id=kernelyard-bench-kernelyard-apt,target=/var/cache/apt,sharing=locked \\"),
                 own.constData());
        QVERIFY2(own.contains("--mount=type=cache,id=kernelyard-bench/root/.cache,target=/root/.cache make"),
                 own.constData());
        QVERIFY(own.contains("--mount=type=bind,source=x true\n"));
        QCOMPARE(cacheMounts(own),
                 (QStringList{u"kernelyard-bench-kernelyard-apt"_s, u"kernelyard-bench/root/.cache"_s}));
        QCOMPARE(withOwnCaches("FROM a\nRUN true\n"), QByteArray("FROM a\nRUN true\n"));
        QCOMPARE(emptyingDockerfile(u"b"_s, {u"one"_s, u"two"_s}),
                 QByteArray("FROM b\nRUN --mount=type=cache,id=one,target=/kernelyard-caches/0"
                            " --mount=type=cache,id=two,target=/kernelyard-caches/1"
                            " find /kernelyard-caches -mindepth 2 -delete\n"));
    }

    void plansLeaveTheUsersThingsAlone()
    {
        QTemporaryDir folder;
        Paths paths = Paths::fromEnvironment();
        paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
        paths.data = folder.filePath(u"data"_s);
        const auto starter = readCatalog(paths).get(u"starter"_s);
        QVERIFY(starter);
        QStringList mounts;
        const auto own = benchmarkEnvironment(*starter, folder.filePath(u"dockerfiles"_s), mounts);
        QVERIFY(own);
        QCOMPARE(mounts.size(), 2);
        Engine engine;
        engine.kind = EngineKind::Podman;
        engine.program = u"/usr/bin/podman"_s;
        PlanFacts facts;
        facts.ctl = u"/bin/kernelyardctl"_s;
        facts.suffix = u"abc"_s;
        const BenchmarkPlanner planner{*own, u"starter"_s, engine, benchmarkOf(1).spec, facts, paths};
        BenchmarkPlanner with = planner;
        with.spec.choices = {};
        const auto names = [](const Plan &plan) {
            QStringList list;
            for (const Task &one : plan.tasks)
                list << one.name;
            return list.join(u' ');
        };
        const auto baseline = with.timed(Scenario::Baseline, u"127.0.0.1:5000"_s);
        QVERIFY2(baseline, qPrintable(baseline ? QString() : baseline.error().message));
        QCOMPARE(names(*baseline), u"base wheels builder dev fork validate"_s);
        QCOMPARE(baseline->environment, u"starter-bench"_s);
        QVERIFY(baseline->tasks[1].command.arguments.contains(u"--no-cache"_s));
        QCOMPARE(baseline->tasks[3].image, u"localhost/kernelyard/starter-bench-dev:latest"_s);
        QVERIFY(baseline->tasks[2].command.arguments.contains(folder.filePath(u"dockerfiles/builder.Dockerfile"_s)));
        QVERIFY(baseline->tasks[0].command.arguments.contains(u"starter"_s));
        QCOMPARE(baseline->tasks[4].command.display(),
                 u"/bin/kernelyardctl fork ensure starter --below "_s + paths.data);
        QVERIFY(baseline->tasks[5].command.display().contains(paths.data + u"/forks/attention"_s));
        QVERIFY(baseline->tasks[5].command.arguments.contains(u"--quick"_s));
        QVERIFY(baseline->tasks[5].command.arguments.contains(u"--no-speed"_s));
        const auto local = with.timed(Scenario::LocalCache, {});
        QCOMPARE(names(*local), names(*baseline));
        QVERIFY(!local->tasks[1].command.arguments.contains(u"--no-cache"_s));
        const auto pulled = with.timed(Scenario::RegistryCache, u"127.0.0.1:5000"_s);
        QCOMPARE(names(*pulled), u"pull-dev tag-dev pull-builder tag-builder pull-wheels tag-wheels fork validate"_s);
        QCOMPARE(with.images(u"127.0.0.1:5000"_s).first(), u"127.0.0.1:5000/starter-bench-dev:latest"_s);
        QCOMPARE(with.images({}).size(), 3);
        QVERIFY(!planner.timed(Scenario::LocalCache, {})); // "jobs" is no choice of starter
    }
};

QTEST_GUILESS_MAIN(TestBenchmark)
#include "tst_benchmark.moc"
