// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/machinefacts.h"

#include "core/build/cgroup.h"
#include "core/build/earlierbuilds.h"
#include "core/engine/engineinfo.h"
#include "core/engine/hostfacts.h"
#include "core/engine/problems.h"
#include "core/gpu/gpumonitor.h"
#include "core/gpu/kernelgpus.h"
#include "core/process/run.h"

#include <QDir>
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

void readNodes(MachineFacts &facts, const QString &root)
{
    const KernelGpus kernel = readKernelGpus(root);
    facts.openModule = kernel.openModule;
    facts.deviceNodes = kernel.deviceNodes;
    const QDir capabilities(root + u"/dev/nvidia-caps"_s);
    for (const QString &name : capabilities.entryList({u"nvidia-cap*"_s}, QDir::System | QDir::Files, QDir::Name))
        facts.deviceNodes << u"nvidia-caps/"_s + name;
    for (const GpuStatus &gpu : kernel.gpus)
        facts.pciGpus.append({gpu.busId, minorOf(gpu.busId, root)});
    facts.hasDxg = QFile::exists(root + u"/dev/dxg"_s);
    facts.hasWslCuda = QFile::exists(root + u"/usr/lib/wsl/lib/libcuda.so.1"_s);
}

ContainerToolkit readToolkit()
{
    using enum ContainerToolkit::State;
    const Result<Completed> done = run({u"nvidia-ctk"_s, {u"--version"_s}, {}, {}}, 5s);
    if (!done)
        return {done.error().kind == ErrorKind::Missing ? Missing : Silent, {}, done.error().message};
    const QString version = toolkitVersionOf(done->out);
    return {version.isEmpty() ? Unreadable : Known, version, QString::fromUtf8(done->out + done->err).simplified()};
}

/// The engine with what gives a container the GPUs. Docker's --gpus needs no registered runtime: the daemon looks for
/// the toolkit's hook itself (moby, daemon/devices_nvidia_linux.go).
std::optional<Engine> engineForProbe(const MachineFacts &facts)
{
    if (!facts.engine)
        return std::nullopt;
    Engine engine = *facts.engine;
    if (engine.gpuArguments.isEmpty() && engine.kind == EngineKind::Docker)
        engine.gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
    return engine.gpuArguments.isEmpty() ? std::nullopt : std::optional(engine);
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

bool isSafeToAsk(const GpuReading &reading)
{
    const auto isSafe = [](const GpuFault &fault) {
        return fault.condition != GpuCondition::Stuck && fault.condition != GpuCondition::FallenOffBus &&
               fault.condition != GpuCondition::ResetRequired;
    };
    return isSafe(reading.fault) && std::all_of(reading.gpus.cbegin(), reading.gpus.cend(),
                                                [&isSafe](const GpuStatus &gpu) { return isSafe(gpu.fault); });
}

MachineFacts readMachineFacts(const MachineSources &sources, const Stack &stack)
{
    MachineFacts facts;
    QFuture<Result<GpuReading>> reading = readGpus(sources.gpuHelper);
    facts.toolkit = readToolkit();
    facts.cores = QThread::idealThreadCount();
    facts.memoryBytes = availableMemory(sources.root);
    const QList<CgroupMount> mounts = cgroupMounts(contents(sources.root + u"/proc/self/mountinfo"_s));
    facts.cgroups = cgroupWords(cgroupMode(mounts));
    const CgroupFolders folders = cgroupFolders(mounts, cgroupEntries(contents(sources.root + u"/proc/self/cgroup"_s)));
    facts.cgroupLimit = readCgroupUsage(folders).limitBytes;
    if (sources.engine) {
        facts.engine = *sources.engine;
        facts.toolkitFix = problem::gpuToolkit(*facts.engine, HostFacts::ofThisMachine());
        const QStorageInfo disk(facts.engine->storagePath);
        if (isLocal(facts.engine->endpoint) && disk.isValid() && disk.isReady()) {
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
    // Only now: NVML has nodes made when it begins, and a specification may be written after them.
    readNodes(facts, sources.root);
    facts.cdi = readCdiFiles(
        sources.root, facts.engine && !facts.engine->cdiFolders.isEmpty() ? facts.engine->cdiFolders : cdiFolders);
    const bool hasGpu = facts.gpus && !facts.gpus->gpus.isEmpty();
    if (!hasGpu || !facts.engine)
        return facts;
    const ProbeImage image = findProbeImage(*facts.engine, sources.images);
    facts.probe.image = image;
    if (!sources.mayProbe)
        return facts;
    if (!isSafeToAsk(*facts.gpus))
        facts.probe.kind = GpuProbe::Kind::Unsafe;
    else if (image.name.isEmpty())
        facts.probe.kind = GpuProbe::Kind::NoImage;
    else if (const std::optional<Engine> asked = engineForProbe(facts))
        facts.probe = probeGpus(*asked, image);
    return facts;
}

} // namespace kernelyard
