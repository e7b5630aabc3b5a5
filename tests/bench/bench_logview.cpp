// SPDX-License-Identifier: GPL-3.0-or-later
// How fast a log of compiler lines comes from a build's journal into the view, against QPlainTextEdit on the same lines
// in the same run: all of the way, which is reading, parsing, diagnosis, storing and painting. Then a line of progress
// that is written over for hours, which must not hold the window's thread either.
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/journalwriter.h"
#include "tests/bench/busyapplication.h"
#include "ui/models/buildlog.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QPlainTextEdit>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace kernelyard;

static QByteArray compilerLine(int number)
{
    return "[" + QByteArray::number(number) +
           "/5000000] nvcc -O3 -std=c++17 -gencode arch=compute_90,code=sm_90 --threads 4 " +
           "-c /opt/src/flash_fwd_hdim" + QByteArray::number(number % 256) + "_bf16_sm90.cu -o flash_fwd.o";
}

static QByteArray compilerLineWithEnd(int number)
{
    return compilerLine(number) + '\n';
}

/// As curl and git write it: a line that begins anew, and ends once.
static QByteArray progress(int number)
{
    return " 45.2%  1.4G of 3.1G at 11.3M/s, " + QByteArray::number(number) + " s\r";
}

/// A build that has ended, whose output is \a count pieces.
static bool writeBuild(const Paths &paths, BuildId id, int count, QByteArray (*piece)(int))
{
    const BuildFolder folder{paths.builds() + QLatin1Char('/') + id.folderName()};
    Plan plan;
    plan.environment = QStringLiteral("bench");
    plan.purpose = QStringLiteral("build");
    plan.created = QDateTime::currentDateTimeUtc();
    plan.tasks = {{QStringLiteral("bench"),
                   TaskKind::Layer,
                   {},
                   {QStringLiteral("true"), {}, {}, {}},
                   OutputFormat::Plain,
                   {},
                   {}}};
    QFile file(folder.plan());
    if (!QDir().mkpath(folder.path) || !file.open(QIODevice::WriteOnly) || file.write(plan.toJson()) <= 0)
        return false;
    file.close();
    JournalWriter journal;
    if (!journal.create(folder.path) || !journal.append({BuildTime(0), Opened{plan.created, 1, {}}}) ||
        !journal.append({BuildTime(1), TaskStarted{0, 1}}))
        return false;
    QByteArray block; // as an engine's output is read: not by lines
    for (int i = 0; i < count; ++i) {
        block += piece(i);
        if (block.size() >= (64 << 10)) {
            if (!journal.appendOutput(BuildTime(i), 0, Stream::Out, block))
                return false;
            block.clear();
        }
    }
    return journal.appendOutput(BuildTime(count), 0, Stream::Out, block) &&
           journal.append({BuildTime(count), TaskExited{0, 0}}) &&
           journal.append({BuildTime(count), Closed{Outcome::Done, {}}});
}

/// Seconds until the build is whole in \a log.
static double follow(const Paths &paths, BuildId id, BuildLog &log)
{
    QElapsedTimer clock;
    clock.start();
    QEventLoop loop;
    BuildFollower follower(paths, id, BuildFollower::Lines::Stored);
    QObject::connect(&follower, &BuildFollower::logOpened, &log, &BuildLog::openStored);
    QObject::connect(&follower, &BuildFollower::updated, &log, &BuildLog::take);
    QObject::connect(&follower, &BuildFollower::ended, &loop, &QEventLoop::quit);
    QObject::connect(&follower, &BuildFollower::failed, &loop, &QEventLoop::quit);
    loop.exec();
    return double(clock.nsecsElapsed()) / 1e9;
}

int main(int argc, char **argv)
{
    BusyApplication app(argc, argv);
    QApplication::setStyle(new Style);
    constexpr int count = 5'000'000;
    constexpr int peerCount = 20'000;
    const QTemporaryDir folder;
    Paths paths;
    paths.state = folder.path();
    paths.cache = folder.path() + QStringLiteral("/cache");
    constexpr int steps = 20'000; // one a second: five and a half hours
    if (!writeBuild(paths, BuildId(1), count, compilerLineWithEnd) || !writeBuild(paths, BuildId(2), steps, progress)) {
        std::fprintf(stderr, "no room for the journal in %s\n", qPrintable(folder.path()));
        return 2;
    }

    BuildLog log;
    LogView view;
    view.setSource(&log);
    view.resize(900, 700);
    view.show();
    if (!QTest::qWaitForWindowExposed(&view))
        return 1;
    app.forget();
    const double perSecond = count / follow(paths, BuildId(1), log);
    if (log.count() != count)
        qFatal("the log has %lld lines", static_cast<long long>(log.count()));
    bool isQuick = app.tellLongest(16);
    app.forget();
    follow(paths, BuildId(2), log);
    QApplication::processEvents(); // the line is painted
    if (log.count() != 1 || view.textOfLine(0) != QString::fromLatin1(progress(steps - 1).chopped(1)))
        qFatal("the progress is not shown: %s", qPrintable(view.textOfLine(0)));
    std::printf("progress of %d steps in one line of %.1f MB: ", steps, double(log.text(0).size()) / 1e6);
    isQuick = app.tellLongest(16) && isQuick;

    QPlainTextEdit peer;
    peer.setReadOnly(true);
    peer.setLineWrapMode(QPlainTextEdit::NoWrap);
    peer.resize(900, 700);
    peer.show();
    if (!QTest::qWaitForWindowExposed(&peer))
        return 1;
    peer.viewport()->setAutoFillBackground(true); // as Qt makes it: our style takes its ground away
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < peerCount; ++i)
        peer.appendPlainText(QString::fromLatin1(compilerLine(i)));
    peer.viewport()->repaint();
    const double peerPerSecond = peerCount / (double(clock.nsecsElapsed()) / 1e9);

    std::printf("from the journal into the view: %.0f lines/s over %d lines (at least 500000)\n", perSecond, count);
    std::printf("QPlainTextEdit: %.0f lines/s over %d lines\n", peerPerSecond, peerCount);
    std::printf("factor: %.0f (at least 100)\n", perSecond / peerPerSecond);
    return perSecond >= 500'000 && perSecond >= 100 * peerPerSecond && isQuick ? 0 : 1;
}
