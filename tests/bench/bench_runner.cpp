// SPDX-License-Identifier: GPL-3.0-or-later
// What the runner adds to an engine's own build of the same 20-step file, all steps cached and all steps run: medians
// of interleaved rounds. Prints; asserts nothing. Usage: bench_runner [ROUNDS]
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/builds.h"
#include "core/build/runner.h"
#include "core/engine/argv.h"
#include "tests/system/engines/testengines.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

static double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return (values[values.size() / 2] + values[(values.size() - 1) / 2]) / 2;
}

static double timeEngine(const Command &command)
{
    const auto start = Clock::now();
    const auto done = run(command, 10min);
    if (!done || done->exitCode != 0)
        qFatal("the engine's own build failed: %s", done ? done->err.constData() : qPrintable(done.error().message));
    return secondsSince(start);
}

/// From the launch to the end of the runner.
static double timeRunner(const Paths &paths, const Plan &plan)
{
    const auto start = Clock::now();
    const auto id = launchBuild(paths, plan, QCoreApplication::applicationFilePath());
    if (!id)
        qFatal("%s", qPrintable(id.error().message));
    const BuildFolder folder{paths.builds() + u'/' + id->folderName()};
    while (BuildLock::isHeld(folder.lock()))
        std::this_thread::sleep_for(10ms); // more often would take from the build what is measured
    const double seconds = secondsSince(start);
    const auto build = readBuild(paths, *id);
    if (!build || build->status() != BuildStatus::Done)
        qFatal("the build failed: %s", build ? qPrintable(build->failure()) : qPrintable(build.error().message));
    return seconds;
}

static void compare(const char *what, const Engine &engine, bool noCache, const QString &home, int rounds)
{
    ImageBuild build;
    build.dockerfile = home + u"/context/Dockerfile";
    build.context = home + u"/context";
    build.tag = u"localhost/kernelyard-bench:latest"_s;
    build.noCache = noCache;
    Plan plan;
    plan.environment = u"bench"_s;
    plan.purpose = u"build"_s;
    plan.engine = engine;
    plan.created = QDateTime::currentDateTimeUtc();
    plan.tasks = {
        {u"bench"_s, TaskKind::Layer, u"Bench"_s, buildImage(engine, build), OutputFormat::Podman, build.tag, {}}};
    Paths paths;
    paths.state = home;
    timeEngine(plan.tasks.at(0).command);
    std::vector<double> own, ours;
    for (int round = 0; round < rounds; ++round) {
        // In turn the first: the engine's store grows with each build, and what comes later takes longer.
        if (round % 2 == 0)
            own.push_back(timeEngine(plan.tasks.at(0).command));
        ours.push_back(timeRunner(paths, plan));
        if (round % 2 == 1)
            own.push_back(timeEngine(plan.tasks.at(0).command));
    }
    std::printf("%s: engine %.3f s, runner %.3f s, ratio %.3f, difference %+.3f s (medians of %d)\n", what, median(own),
                median(ours), median(ours) / median(own), median(ours) - median(own), rounds);
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    QCoreApplication app(argc, argv);
    const int rounds = argc > 1 ? std::max(1, QByteArray(argv[1]).toInt()) : 4;
    auto testEngine = TestEngine::start(TestEngineKind::Podman);
    if (!testEngine || !(*testEngine)->provideBase()) {
        std::fprintf(stderr, "no Podman here\n");
        return 3;
    }
    QTemporaryDir home;
    qputenv("XDG_CACHE_HOME", QFile::encodeName(home.path()));
    QDir(home.path()).mkpath(u"context"_s);
    QFile file(home.path() + u"/context/Dockerfile");
    QByteArray text = "FROM docker.io/library/debian:12-slim\n";
    for (int step = 2; step <= 20; ++step)
        text += "RUN echo step " + QByteArray::number(step) + "; seq 1 200\n";
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        return 1;
    file.close();
    Engine engine;
    engine.program = QStandardPaths::findExecutable((*testEngine)->program());
    engine.globalArguments = (*testEngine)->globalArguments();
    compare("20 steps, all cached", engine, false, home.path(), rounds);
    compare("20 steps, all run", engine, true, home.path(), rounds);
    return 0;
}
