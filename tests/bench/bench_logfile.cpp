// SPDX-License-Identifier: GPL-3.0-or-later
// A log file of ten million lines (1.8 GB): first screen, index, memory, scrolling and search, each beside a peer on
// the same file in the same run: an empty QMainWindow, `wc -l`, QPlainTextEdit and `rg -c`. Medians of interleaved
// rounds.
//   usage: bench_logfile [FOLDER]   where the file is written for as long as it runs; the system's temporary one by
//   default
#include "core/log/logreader.h"
#include "core/log/logsearch.h"
#include "tests/bench/busyapplication.h"
#include "ui/log/logwindow.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QMainWindow>
#include <QPlainTextEdit>
#include <QProcess>
#include <QRandomGenerator>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

constexpr int fileLines = 10'000'000;
constexpr int rounds = 5;

bool isGood = true;

void tell(const char *what, double own, const char *unit, const char *peer, double others, double limit)
{
    const double ratio = own / others;
    std::printf("%s: %.3f %s, %s %.3f %s: ratio %.2f (at most %g)\n", what, own, unit, peer, others, unit, ratio,
                limit);
    std::fflush(stdout);
    isGood = isGood && ratio <= limit;
}

void tellLimit(const char *what, double own, const char *unit, double limit)
{
    std::printf("%s: %.3f %s (at most %g)\n", what, own, unit, limit);
    std::fflush(stdout);
    isGood = isGood && own <= limit;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double seconds(const QElapsedTimer &clock)
{
    return double(clock.nsecsElapsed()) / 1e9;
}

QByteArray compilerLine(int number)
{
    const QByteArray name = "flash_fwd_hdim" + QByteArray::number(number % 256) + "_bf16_sm90";
    if (number % 100'000 == 99'999)
        return "/opt/src/csrc/" + name + ".cu(57): error: identifier \"lanes\" is undefined";
    if (number % 1'000 == 999)
        return "/opt/src/csrc/" + name + ".cu(57): warning #177-D: variable \"lane\" was declared but never referenced";
    return "[" + QByteArray::number(number) +
           "/10000000] /usr/local/cuda/bin/nvcc -O3 -std=c++17 --threads 4 -gencode arch=compute_90a,code=sm_90a "
           "-Xptxas -v -c /opt/src/csrc/" +
           name + ".cu -o build/temp/" + name + ".o";
}

bool writeLog(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    QByteArray block;
    for (int i = 0; i < fileLines; ++i) {
        block += compilerLine(i);
        block += '\n';
        if (block.size() > (4 << 20)) {
            if (file.write(block) != block.size())
                return false;
            block.clear();
        }
    }
    return file.write(block) == block.size() && file.flush();
}

/// Seconds; \a answer is what it prints.
double timeProgram(const QString &program, const QStringList &arguments, QByteArray &answer)
{
    QProcess process;
    QElapsedTimer clock;
    clock.start();
    process.start(program, arguments);
    if (!process.waitForFinished(-1) || process.exitCode() != 0)
        qFatal("%s could not be run: install it", qPrintable(program));
    const double taken = seconds(clock);
    answer = process.readAllStandardOutput();
    return taken;
}

double anonymousMegabytes()
{
    QFile file(u"/proc/self/status"_s);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("no /proc");
    const QByteArray status = file.readAll();
    const qsizetype at = status.indexOf("RssAnon:");
    return status.mid(at + 8, 20).simplified().split(' ').first().toDouble() * 1024 / 1e6;
}

/// Sees the first picture of a widget that has what it waits for.
class FirstPicture : public QObject
{
public:
    FirstPicture(QWidget *painted, std::function<bool()> isThere)
        : m_isThere(std::move(isThere))
    {
        painted->installEventFilter(this);
    }

    void wait()
    {
        while (!m_isSeen)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }

protected:
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == QEvent::Paint && m_isThere()) // the event loop comes back when it is painted
            m_isSeen = true;
        return false;
    }

private:
    std::function<bool()> m_isThere;
    bool m_isSeen = false;
};

void benchFirstScreen(const QString &path)
{
    std::vector<double> own;
    std::vector<double> empty;
    for (int i = 0; i <= rounds; ++i) {
        QElapsedTimer clock;
        clock.start();
        {
            QMainWindow window;
            window.resize(1100, 760);
            FirstPicture picture(&window, [] { return true; });
            window.show();
            picture.wait();
        }
        const double emptySeconds = seconds(clock);
        clock.restart();
        LogWindow window(path);
        window.resize(1100, 760);
        FirstPicture picture(window.pane()->view()->viewport(), [&window] { return window.log().count() > 100; });
        window.show();
        picture.wait();
        if (i == 0)
            continue; // fonts and icons are loaded
        own.push_back(seconds(clock));
        empty.push_back(emptySeconds);
    }
    tellLimit("first screen", median(own), "s", 0.3);
    std::printf("  an empty QMainWindow: %.3f s, ratio %.1f\n", median(empty), median(own) / median(empty));
}

void benchIndex(const QString &path)
{
    std::vector<double> own;
    std::vector<double> wc;
    for (int i = 0; i < rounds; ++i) {
        QByteArray answer;
        wc.push_back(timeProgram(u"wc"_s, {u"-l"_s, path}, answer));
        QElapsedTimer clock;
        clock.start();
        FileFollower follower(path);
        QEventLoop loop;
        qint64 lines = 0;
        QObject::connect(&follower, &FileFollower::updated, &loop, [&](const FileNews &news) {
            lines = news.growth.lines;
            if (news.isIndexed)
                loop.quit();
        });
        loop.exec();
        own.push_back(seconds(clock));
        if (lines != answer.split(' ').first().toLongLong())
            qFatal("the index has %lld lines", static_cast<long long>(lines));
    }
    tell("whole index", median(own), "s", "wc -l", median(wc), 4);
}

double frame(LogView &view, qint64 value)
{
    QElapsedTimer clock;
    clock.start();
    view.verticalScrollBar()->setValue(int(value));
    view.viewport()->repaint();
    return seconds(clock) * 1e3;
}

void benchScrolling(LogView &view)
{
    constexpr int frames = 1'000;
    constexpr int peerLines = 100'000;
    QRandomGenerator random(1);
    QPlainTextEdit peer;
    peer.setReadOnly(true);
    peer.setLineWrapMode(QPlainTextEdit::NoWrap);
    peer.setFont(view.font());
    peer.resize(view.size());
    QString text;
    for (int i = 0; i < peerLines; ++i)
        text += QString::fromLatin1(compilerLine(i)) + u'\n';
    peer.setPlainText(text);
    peer.show();
    if (!QTest::qWaitForWindowExposed(&peer))
        qFatal("no window");
    std::vector<double> own;
    std::vector<double> theirs;
    for (int i = 0; i < frames; ++i) {
        own.push_back(frame(view, random.bounded(view.verticalScrollBar()->maximum())));
        QElapsedTimer clock;
        clock.start();
        peer.verticalScrollBar()->setValue(random.bounded(peer.verticalScrollBar()->maximum()));
        peer.viewport()->repaint();
        theirs.push_back(seconds(clock) * 1e3);
    }
    std::sort(own.begin(), own.end());
    tell("a jump anywhere and its picture", median(own), "ms", "QPlainTextEdit of 100,000 lines", median(theirs), 1);
    tellLimit("  99 of 100 of them", own[own.size() * 99 / 100], "ms", 16);
}

void benchSearch(const QString &path, const LogReader &reader)
{
    struct Row
    {
        const char *what;
        LogQuery query;
        QStringList arguments;
        double limit;
    };
    const QList<Row> rows{
        {"search, rare text", {u"identifier \"lanes\""_s, false, true}, {u"-F"_s, u"identifier \"lanes\""_s}, 3},
        {"search, rare text, any case", {u"IDENTIFIER \"lanes\""_s}, {u"-iF"_s, u"IDENTIFIER \"lanes\""_s}, 3},
        {"search, text of one line in 256", {u"hdim64_bf16"_s, false, true}, {u"-F"_s, u"hdim64_bf16"_s}, 3},
        {"search, no match", {u"terminate called"_s, false, true}, {u"-F"_s, u"terminate called"_s}, 3},
    };
    for (const Row &row : rows) {
        std::vector<double> own;
        std::vector<double> rg;
        for (int i = 0; i < rounds; ++i) {
            QProcess process;
            QElapsedTimer clock;
            clock.start();
            process.start(u"rg"_s,
                          QStringList{u"-j1"_s, u"-c"_s, u"--no-config"_s} + row.arguments + QStringList{path});
            if (!process.waitForFinished(-1) || process.exitCode() > 1)
                qFatal("rg could not be run: install it (package ripgrep)");
            rg.push_back(seconds(clock));
            const qint64 expected = process.readAllStandardOutput().trimmed().toLongLong();
            clock.restart();
            const LineMatcher matcher(row.query);
            qint64 lines = 0;
            qint64 line = 0;
            qint64 offset = 0;
            for (bool isDone = false; !isDone;) {
                const LogMatches matches =
                    searchLog(matcher, *reader.bytes(), line, offset, reader.index().bytes, 64 << 20);
                lines += matches.found.size();
                line = matches.nextLine;
                offset = matches.nextOffset;
                isDone = matches.isDone;
            }
            own.push_back(seconds(clock));
            if (lines != expected)
                qFatal("%lld lines found, rg finds %lld", static_cast<long long>(lines),
                       static_cast<long long>(expected));
        }
        tell(row.what, median(own), "s", "rg -c", median(rg), row.limit);
    }
}

} // namespace

int main(int argc, char **argv)
{
    BusyApplication app(argc, argv);
    QApplication::setStyle(new Style);
    QApplication::setPalette(Theme::of(Shade::Light).palette());
    const QTemporaryDir folder((argc > 1 ? QFile::decodeName(argv[1]) : QDir::tempPath()) +
                               u"/kernelyard-bench-XXXXXX");
    const QString path = folder.filePath(u"build.log"_s);
    if (!folder.isValid() || !writeLog(path)) {
        std::fprintf(stderr, "no room for 1.8 GB in %s\n", qPrintable(folder.path()));
        return 2;
    }
    std::printf("log of %d lines, %.2f GB\n", fileLines, double(QFileInfo(path).size()) / 1e9);
    benchFirstScreen(path);
    benchIndex(path);

    const double before = anonymousMegabytes();
    LogWindow window(path);
    window.show();
    app.forget(); // the making of the window is the first screen above
    QTimer quiet; // warnings and errors are marked after the index; it is done when no news come
    quiet.setInterval(3'000);
    QEventLoop loop;
    QObject::connect(&quiet, &QTimer::timeout, &loop, &QEventLoop::quit);
    const auto restart = [&quiet] { quiet.start(); };
    QObject::connect(&window.log(), &FileLog::factsChanged, &quiet, restart);
    QObject::connect(&window.log(), &LogSource::marked, &quiet, restart);
    quiet.start();
    loop.exec();
    LogView &view = *window.pane()->view();
    view.find()->setQuery({u"hdim64_bf16"_s});
    QObject::connect(view.find(), &LogFind::changed, &quiet, restart);
    quiet.start();
    loop.exec();
    std::printf("  %lld warnings, %lld errors, %lld matches known\n",
                static_cast<long long>(window.log().warnings().count()),
                static_cast<long long>(window.log().errors().count()), static_cast<long long>(view.find()->count()));
    tellLimit("memory with all lines indexed, marked and searched", anonymousMegabytes() - before, "MB", 40);
    isGood = app.tellLongest(16) && isGood;
    view.find()->setQuery({});
    benchScrolling(view);

    LogReader reader(window.log().bytes(), nullptr);
    LogIndex index;
    index.bytes = window.log().endedBytes();
    reader.setIndex(index);
    benchSearch(path, reader);
    return isGood ? 0 : 1;
}
