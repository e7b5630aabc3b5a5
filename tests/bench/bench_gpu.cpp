// SPDX-License-Identifier: GPL-3.0-or-later
// What watching costs: 8 simulated GPUs, whole and in slices, at 1 Hz, in CPU time of the helper and of the process
// that reads it; how soon the first reading comes; how soon a stuck call is told, and how long the event loop was held
// meanwhile. usage: bench_gpu KERNELYARDCTL SIMULATED_NVML_LIBRARY [SECONDS]
#include "core/gpu/gpumonitor.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QTemporaryDir>
#include <QTimer>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

double cpuMs(int who)
{
    rusage usage{};
    ::getrusage(who, &usage);
    const auto ms = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

void write(const QString &path, const QByteArray &text)
{
    QFile file(path + u".new"_s);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("can't write %s", qPrintable(path));
    file.close();
    QFile::remove(path);
    file.rename(path);
}

/// Runs the event loop until \a done, asked after each reading, or \a limit.
bool spin(GpuMonitor &monitor, const std::function<bool()> &done, std::chrono::milliseconds limit)
{
    QEventLoop loop;
    QObject::connect(&monitor, &GpuMonitor::readingChanged, &loop, [&] {
        if (done())
            loop.quit();
    });
    QTimer::singleShot(limit, &loop, &QEventLoop::quit);
    if (!done())
        loop.exec();
    return done();
}

bool row(const char *what, double value, const char *unit, double limit)
{
    const bool good = value <= limit;
    std::printf("%-58s %9.2f %-4s limit %7.2f  %s\n", what, value, unit, limit, good ? "ok" : "OVER");
    return good;
}

/// Watches 8 GPUs: how soon the first reading comes, and what the watch costs.
bool watch(const GpuHelperSetup &setup, const char *what, int seconds)
{
    bool good = true;
    const double before = cpuMs(RUSAGE_SELF), childrenBefore = cpuMs(RUSAGE_CHILDREN);
    QElapsedTimer timer;
    timer.start();
    double startCpu = 0;
    {
        GpuMonitor monitor(setup);
        monitor.start();
        if (!spin(
                monitor, [&] { return monitor.reading() && monitor.reading()->gpus.size() == 8; }, 10s))
            qFatal("no reading of 8 GPUs");
        good &= row("first reading after the start of the watch", static_cast<double>(timer.nsecsElapsed()) / 1e6, "ms",
                    100);
        startCpu = cpuMs(RUSAGE_SELF) - before;
        timer.restart();
        spin(
            monitor, [] { return false; }, std::chrono::seconds(seconds));
        if (monitor.history().of(7).size() < seconds - 2)
            qFatal("readings were missed");
    } // waits for the helper, whose time counts then
    const double took = static_cast<double>(timer.elapsed());
    const double helper = cpuMs(RUSAGE_CHILDREN) - childrenBefore;
    const double reader = cpuMs(RUSAGE_SELF) - before - startCpu;
    std::printf("%-58s %9.2f ms   of them the helper %.2f ms with its start\n", "CPU time in that watch",
                helper + reader, helper);
    return row(qPrintable(u"CPU of watching %1 at 1 Hz, both processes"_s.arg(QLatin1StringView(what))),
               (helper + reader) / took * 100, "%", 0.5) &&
           good;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc < 3)
        return 2;
    const int seconds = argc > 3 ? std::atoi(argv[3]) : 20;
    const QTemporaryDir folder;
    const QString scenario = folder.filePath(u"scenario"_s);
    write(scenario, "gpus 8\n");
    GpuHelperSetup setup;
    setup.command = {QFile::decodeName(argv[1]),
                     {u"gpu-helper"_s},
                     {},
                     {{u"SIMULATED_NVML"_s, scenario}, {u"KERNELYARD_NVML_LIBRARY"_s, QFile::decodeName(argv[2])}}};
    bool good = true;

    good &= watch(setup, "8 GPUs", seconds);
    QByteArray slices = "gpus 8\n";
    for (int gpu = 0; gpu < 8; ++gpu)
        for (const char *instruction : {"mig %d 7\n", "gpm %d 40\n"})
            slices += QByteArray(instruction).replace("%d", QByteArray::number(gpu));
    write(scenario, slices);
    good &= watch(setup, "8 GPUs in 56 slices", seconds);
    write(scenario, "gpus 8\n");

    GpuMonitor monitor(setup);
    monitor.start();
    spin(
        monitor, [&] { return monitor.reading() && monitor.reading()->gpus.size() == 8; }, 10s);
    write(scenario, "gpus 8\nhang nvmlDeviceGetTemperature 3\n");
    qint64 last = 0; // the last reading that was whole: the call that sticks begins a second after it
    QElapsedTimer pause;
    qint64 longest = 0;
    QTimer ticker; // like a window that paints
    QObject::connect(&ticker, &QTimer::timeout, &monitor, [&] { longest = std::max(longest, pause.restart()); });
    ticker.start(5);
    QElapsedTimer timer;
    timer.start();
    pause.start();
    const bool told = spin(
        monitor,
        [&] {
            if (monitor.reading()->gpus[3].fault.condition == GpuCondition::Stuck)
                return true;
            last = monitor.reading()->atMs;
            return false;
        },
        10s);
    if (!told)
        qFatal("a stuck call was not told");
    good &=
        row("a stuck call is told after its call, at most", static_cast<double>(timer.elapsed()) - 1000, "ms", 2000);
    if (!spin(
            monitor,
            [&] {
                return monitor.replacements() == 1 &&
                       monitor.reading()->gpus[2].fault.condition == GpuCondition::Healthy &&
                       monitor.reading()->gpus[4].utilisationPercent;
            },
            20s))
        qFatal("the helper was not replaced");
    good &= row("the event loop was held for, at most", static_cast<double>(longest), "ms", 50);
    std::printf("%-58s %9.2f s\n", "the helper was replaced after", static_cast<double>(timer.elapsed()) / 1000);
    return good ? 0 : 1;
}
