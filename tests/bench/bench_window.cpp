// SPDX-License-Identifier: GPL-3.0-or-later
// Time to the first painted window and resident memory of the idle window, of the program and of an empty QMainWindow.
//   usage: bench_window KERNELYARD EMPTYWINDOW
// Both run in turn in an Xvfb of their own with XDG folders of their own. Painted: the middle of the screen is no
// longer the root window's black, asked every millisecond. Memory: VmRSS and RssAnon of proc(5) 6 s later, when the
// probes have ended. Prints ratios and asserts nothing.
#include <QElapsedTimer>
#include <QFile>
#include <QGuiApplication>
#include <QImage>
#include <QPixmap>
#include <QProcess>
#include <QScreen>
#include <QTemporaryDir>
#include <QThread>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace {

constexpr int rounds = 9;

struct Sample
{
    double paintedMs = 0;
    double rssMib = 0;
    double privateMib = 0;
};

bool isPainted()
{
    const QImage point = QGuiApplication::primaryScreen()->grabWindow(0, 640, 400, 1, 1).toImage();
    return !point.isNull() && (point.pixel(0, 0) & 0xffffff) != 0;
}

double kib(const QByteArray &status, const QByteArray &key)
{
    const qsizetype at = status.indexOf(QByteArray(key + ':'));
    return at < 0 ? 0 : status.mid(at + key.size() + 1, 20).simplified().split(' ').first().toDouble();
}

Sample measure(const QString &program, const QString &folder, bool waitForIdle)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString &name : {u"STATE"_s, u"DATA"_s, u"CACHE"_s, u"CONFIG"_s})
        environment.insert(u"XDG_"_s + name + u"_HOME"_s, folder + u'/' + name);
    process.setProcessEnvironment(environment);
    QElapsedTimer clock;
    clock.start();
    process.start(program, {});
    while (!isPainted()) {
        if (clock.elapsed() > 20000)
            qFatal("%s showed no window", qPrintable(program));
        QThread::msleep(1);
    }
    Sample sample;
    sample.paintedMs = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    if (waitForIdle) {
        QThread::sleep(6);
        QFile file(u"/proc/%1/status"_s.arg(process.processId()));
        if (file.open(QIODevice::ReadOnly)) {
            const QByteArray status = file.readAll();
            sample.rssMib = kib(status, "VmRSS") / 1024;
            sample.privateMib = kib(status, "RssAnon") / 1024;
        }
    }
    process.terminate();
    process.waitForFinished(10000);
    while (isPainted())
        QThread::msleep(5);
    return sample;
}

double median(QList<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fputs("usage: bench_window KERNELYARD EMPTYWINDOW\n", stderr);
        return 2;
    }
    QProcess server; // before the application: it connects to the display that this gives
    server.start(u"Xvfb"_s,
                 {u"-displayfd"_s, u"1"_s, u"-screen"_s, u"0"_s, u"1400x900x24"_s, u"-nolisten"_s, u"tcp"_s});
    if (!server.waitForReadyRead(10000)) {
        std::fputs("Xvfb could not be started: install it (package xvfb)\n", stderr);
        return 3;
    }
    qputenv("DISPLAY", QByteArray(':' + server.readAllStandardOutput().trimmed()));
    qputenv("QT_QPA_PLATFORM", "xcb");
    {
        const QGuiApplication application(argc, argv);
        const QString program = QString::fromLocal8Bit(argv[1]);
        const QString empty = QString::fromLocal8Bit(argv[2]);
        const QTemporaryDir folder;
        QList<double> own;
        QList<double> other;
        for (int i = 0; i <= rounds; ++i) { // the first warms the disk's cache
            const double emptyMs = measure(empty, folder.path(), false).paintedMs;
            const double ownMs = measure(program, folder.path(), false).paintedMs;
            if (i == 0)
                continue;
            other.append(emptyMs);
            own.append(ownMs);
        }
        std::printf("first painted window  %.0f ms, an empty QMainWindow %.0f ms: %.2f times (limit 1.5)\n",
                    median(own), median(other), median(own) / median(other));
        const Sample idle = measure(program, folder.path(), true);
        const Sample bare = measure(empty, folder.path(), true);
        std::printf("idle window           %.1f MiB resident, %.1f MiB of it private (limit 90); an empty QMainWindow "
                    "%.1f and %.1f MiB\n",
                    idle.rssMib, idle.privateMib, bare.rssMib, bare.privateMib);
    }
    server.terminate();
    server.waitForFinished(3000);
    return 0;
}
