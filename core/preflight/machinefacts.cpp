// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/machinefacts.h"

#include "core/build/cgroup.h"
#include "core/build/earlierbuilds.h"
#include "core/engine/argv.h"
#include "core/gpu/gpumonitor.h"
#include "core/gpu/kernelgpus.h"
#include "core/process/run.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>
#include <QStorageInfo>
#include <QThread>

#include <algorithm>
#include <climits>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// MemAvailable of proc(5).
qint64 availableMemory(const QString &root)
{
    static const QRegularExpression line(u"^MemAvailable:\\s+(\\d+) kB$"_s, QRegularExpression::MultilineOption);
    const auto match = line.match(QString::fromLatin1(contents(root + u"/proc/meminfo"_s)));
    return match.hasMatch() ? match.captured(1).toLongLong() * 1024 : 0;
}

QString cgroupWords(CgroupMode mode)
{
    switch (mode) {
    case CgroupMode::None:
        return u"none"_s;
    case CgroupMode::V1:
        return u"version 1"_s;
    case CgroupMode::V2:
        return u"version 2"_s;
    case CgroupMode::Hybrid:
        return u"hybrid"_s;
    }
    Q_UNREACHABLE();
}

/// The first of \a images that \a engine has.
QString presentImage(const Engine &engine, const QStringList &images)
{
    for (const QString &image : images) {
        const Result<Completed> done = run(inspectImage(engine, image), 20s);
        if (done && done->exitCode == 0)
            return image;
    }
    return {};
}

GpuProbe probe(const Engine &engine, const QStringList &images)
{
    const QString image = presentImage(engine, images);
    if (image.isEmpty())
        return {};
    ContainerRun container;
    container.image = image;
    container.gpus = true;
    // The nodes are what the driver is reached by; the library is what a program loads.
    container.command = {u"sh"_s, u"-c"_s,
                         u"{ ls /dev/nvidiactl /dev/nvidia[0-9]* || ls /dev/dxg; } && "
                         "ldconfig -p | grep -o 'libcuda[.]so[.]1' | head -n 1"_s};
    QElapsedTimer timer;
    timer.start();
    const Result<Completed> done = run(runContainer(engine, container), 60s);
    GpuProbe seen{GpuProbe::Kind::Refused, {}, timer.elapsed()};
    if (!done) {
        seen.words = done.error().message;
        return seen;
    }
    const QString out = QString::fromUtf8(done->out).simplified();
    constexpr int notStarted = 125; // podman-run(1), docker run: the engine itself failed
    if (done->exitCode >= notStarted) {
        seen.words = QString::fromUtf8(done->err).trimmed().section(u'\n', -1);
        return seen;
    }
    const bool hasNode = out.contains("/dev/nvidiactl"_L1) || out.contains("/dev/dxg"_L1); // the latter under WSL
    const bool all = hasNode && out.contains("libcuda.so.1"_L1);
    seen.kind = all ? GpuProbe::Kind::Seen : GpuProbe::Kind::NotSeen;
    seen.words = out;
    return seen;
}

} // namespace

QString toolkitVersionOf(const QByteArray &output)
{
    static const QRegularExpression version(u"version (\\d+\\.\\d+\\.\\d+)"_s);
    return version.match(QString::fromUtf8(output)).captured(1);
}

QStringList probeImages(const Environment &environment)
{
    QStringList images;
    for (auto layer = environment.layers.crbegin(); layer != environment.layers.crend(); ++layer)
        images << environment.imageTag(layer->name);
    return images << environment.baseTag() << environment.base.pull;
}

MachineFacts readMachineFacts(const MachineSources &sources, const Stack &stack)
{
    MachineFacts facts;
    QFuture<Result<GpuReading>> reading = readGpus(sources.gpuHelper);
    facts.deviceNodes = readKernelGpus(sources.root).deviceNodes;
    if (const Result<Completed> done = run({u"nvidia-ctk"_s, {u"--version"_s}, {}, {}}, 5s); done)
        facts.toolkit = toolkitVersionOf(done->out);
    facts.cdi = readCdiSpecs(sources.root);
    facts.cores = QThread::idealThreadCount();
    facts.memoryBytes = availableMemory(sources.root);
    const QList<CgroupMount> mounts = cgroupMounts(contents(sources.root + u"/proc/self/mountinfo"_s));
    facts.cgroups = cgroupWords(cgroupMode(mounts));
    const CgroupFolders folders = cgroupFolders(mounts, cgroupEntries(contents(sources.root + u"/proc/self/cgroup"_s)));
    facts.cgroupLimit = readCgroupUsage(folders).limitBytes;
    if (sources.engine) {
        facts.engine = *sources.engine;
        if (const QStorageInfo disk(facts.engine->storagePath); disk.isValid() && disk.isReady()) {
            facts.freeBytes = disk.bytesAvailable();
            facts.diskPath = facts.engine->storagePath;
        }
    } else {
        facts.engineError = sources.engine.error();
    }
    for (const EarlierBuild &build : readEarlierBuilds(sources.paths, stack.environment, BuildId(INT_MAX)))
        if (build.status == BuildStatus::Done && !build.steps.isEmpty())
            facts.earlier
                << std::max_element(build.steps.cbegin(), build.steps.cend(), [](const auto &a, const auto &b) {
                       return a.ended < b.ended;
                   })->ended;
    const Result<GpuReading> read = reading.result();
    if (read)
        facts.gpus = *read;
    else
        facts.gpuError = read.error().message;
    const bool hasGpu = facts.gpus && !facts.gpus->gpus.isEmpty();
    if (!sources.mayProbe)
        facts.probe.kind = GpuProbe::Kind::NotAsked;
    else if (hasGpu && facts.engine && !facts.engine->gpuArguments.isEmpty())
        facts.probe = probe(*facts.engine, sources.images);
    return facts;
}

} // namespace kernelyard
