// SPDX-License-Identifier: GPL-3.0-or-later
// A live flood: `seq` at full speed through an engine, stored by the runner, followed and shown in a window meanwhile,
// against the same build by the engine alone with its output in a file. Counts every byte of the log at its end.
//   usage: bench_flood [LINES]
#include "core/build/builds.h"
#include "core/build/runner.h"
#include "core/engine/argv.h"
#include "tests/bench/busyapplication.h"
#include "tests/system/engines/testengines.h"
#include "ui/models/buildlog.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <cstdio>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// The bytes of the numbers from 1 to \a last, a line each.
qint64 bytesOfNumbers(qint64 last)
{
    qint64 sum = 0;
    for (qint64 from = 1, digits = 1; from <= last; from *= 10, ++digits)
        sum += (std::min(last, from * 10 - 1) - from + 1) * (digits + 1);
    return sum;
}

/// Whether every number is a line of the log, in order and once.
bool isWhole(const BuildLog &log, qint64 last)
{
    qint64 next = 1;
    for (qint64 line = 0; line < log.count() && next <= last; ++line)
        next += log.text(line) == QByteArrayView(QByteArray::number(next));
    return next == last + 1;
}

double seconds(const QElapsedTimer &clock)
{
    return double(clock.nsecsElapsed()) / 1e9;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    BusyApplication app(argc, argv);
    QApplication::setStyle(new Style);
    QApplication::setPalette(Theme::of(Shade::Light).palette());
    const qint64 lines = argc > 1 ? QByteArray(argv[1]).toLongLong() : 5'000'000;
    auto testEngine = TestEngine::start(TestEngineKind::Podman);
    if (!testEngine || !(*testEngine)->provideBase()) {
        std::fprintf(stderr, "no Podman here\n");
        return 3;
    }
    const QTemporaryDir home;
    qputenv("XDG_CACHE_HOME", QFile::encodeName(home.path()));
    QDir(home.path()).mkpath(u"context"_s);
    QFile file(home.path() + u"/context/Dockerfile");
    const QByteArray text = "FROM docker.io/library/debian:12-slim\nRUN seq 1 " + QByteArray::number(lines) + "\n";
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        return 1;
    file.close();
    Engine engine;
    engine.program = QStandardPaths::findExecutable((*testEngine)->program());
    engine.globalArguments = (*testEngine)->globalArguments();
    ImageBuild build;
    build.dockerfile = file.fileName();
    build.context = home.path() + u"/context";
    build.tag = u"localhost/kernelyard-bench:latest"_s;
    build.noCache = true;
    Plan plan;
    plan.environment = u"bench"_s;
    plan.purpose = u"build"_s;
    plan.engine = engine;
    plan.created = QDateTime::currentDateTimeUtc();
    plan.tasks = {
        {u"bench"_s, TaskKind::Layer, u"Bench"_s, buildImage(engine, build), OutputFormat::Podman, build.tag, {}}};

    QElapsedTimer clock;
    clock.start();
    QProcess alone;
    alone.setStandardOutputFile(home.path() + u"/alone.log");
    alone.setStandardErrorFile(home.path() + u"/alone.err");
    alone.start(plan.tasks.first().command.program, plan.tasks.first().command.arguments);
    if (!alone.waitForFinished(-1) || alone.exitCode() != 0)
        qFatal("the engine's own build failed");
    const double aloneSeconds = seconds(clock);

    Paths paths;
    paths.state = home.path();
    paths.cache = home.path() + u"/cache";
    BuildLog log;
    LogView view;
    view.setSource(&log);
    view.resize(1100, 760);
    view.show();
    QCoreApplication::processEvents();
    clock.restart();
    const auto id = launchBuild(paths, plan, QCoreApplication::applicationFilePath());
    if (!id)
        qFatal("%s", qPrintable(id.error().message));
    app.forget();
    QEventLoop loop;
    BuildStatus end = BuildStatus::Running;
    BuildFollower follower(paths, *id, BuildFollower::Lines::Stored);
    QObject::connect(&follower, &BuildFollower::logOpened, &log, &BuildLog::openStored);
    QObject::connect(&follower, &BuildFollower::updated, &log, &BuildLog::take);
    QObject::connect(&follower, &BuildFollower::ended, &loop, [&](BuildStatus status) {
        end = status;
        loop.quit();
    });
    QObject::connect(&follower, &BuildFollower::failed, &loop, &QEventLoop::quit);
    loop.exec();
    const double shownSeconds = seconds(clock);
    if (end != BuildStatus::Done)
        qFatal("the build failed");

    const bool isQuick = app.tellLongest(16);
    const bool whole = isWhole(log, lines);
    std::printf("flood of %lld lines through Podman: stored and shown after %.2f s, Podman alone into a file %.2f s: "
                "ratio %.2f\n",
                static_cast<long long>(lines), shownSeconds, aloneSeconds, shownSeconds / aloneSeconds);
    std::printf("  every line there: %s, %lld bytes of numbers in a log of %lld\n", whole ? "yes" : "NO",
                static_cast<long long>(bytesOfNumbers(lines)), static_cast<long long>(log.endedBytes()));
    return isQuick && whole ? 0 : 1;
}
