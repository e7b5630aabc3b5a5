// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/usagesampler.h"

#include "core/engine/enginesocket.h"

#include <QFile>

#include <unistd.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QByteArray procFile(pid_t pid, const char *name)
{
    QFile file(u"/proc/%1/%2"_s.arg(pid).arg(QLatin1StringView(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

UsageSampler::UsageSampler(const Engine &engine)
    : m_isDocker(engine.kind == EngineKind::Docker)
    , m_isLocal(engine.endpoint.address.isEmpty() || !socketPath(engine.endpoint.address).isEmpty())
    , m_mounts(cgroupMounts(procFile(::getpid(), "mountinfo")))
    , m_mode(cgroupMode(m_mounts))
    , m_own(cgroupFolders(m_mounts, cgroupEntries(procFile(::getpid(), "cgroup"))))
    , m_ownLimit(readCgroupUsage(m_own).limitBytes.value_or(0))
{}

const CgroupFolders &UsageSampler::foldersOf(const ProcessEntry &process)
{
    Seen &seen = m_seen[process.pid];
    // A process that was just started may not be in its cgroup yet: ours is asked again.
    if (seen.start != process.start || seen.folders == m_own || seen.folders.memory.isEmpty())
        seen = {process.start, cgroupFolders(m_mounts, cgroupEntries(procFile(process.pid, "cgroup")))};
    return seen.folders;
}

/// Below a container's cgroup there may be others, which it counts too.
static bool isWithin(const CgroupFolders &inner, const CgroupFolders &outer)
{
    return inner.memory == outer.memory || inner.memory.startsWith(outer.memory + u'/');
}

static void addCgroup(QList<CgroupFolders> &cgroups, const CgroupFolders &folders)
{
    for (const CgroupFolders &known : std::as_const(cgroups))
        if (isWithin(folders, known))
            return;
    cgroups.removeIf([&](const CgroupFolders &known) { return isWithin(known, folders); });
    cgroups.append(folders);
}

void UsageSampler::add(UsageReading &reading, const QList<CgroupFolders> &cgroups, bool withCpu)
{
    for (const CgroupFolders &folders : cgroups) {
        const CgroupUsage usage = readCgroupUsage(folders);
        reading.sample.memoryBytes += usage.memoryBytes.value_or(0);
        if (usage.limitBytes && (reading.from.limitBytes == 0 || *usage.limitBytes < reading.from.limitBytes))
            reading.from.limitBytes = *usage.limitBytes;
        if (!withCpu || !usage.cpu)
            continue;
        std::chrono::microseconds &last = m_cpu[folders.cpu];
        m_cpuTotal += std::max(*usage.cpu - last, std::chrono::microseconds(0));
        last = std::max(last, *usage.cpu);
    }
}

static bool isDaemon(const ProcessEntry &process)
{
    return process.name == "dockerd" || process.name == "buildkitd";
}

/// Those that a daemon for containers started, in a container or on the way into one.
QList<ProcessEntry> UsageSampler::daemonProcesses(const QList<ProcessEntry> &all, bool &hasDaemon) const
{
    QHash<pid_t, const ProcessEntry *> byPid;
    for (const ProcessEntry &process : all)
        byPid.insert(process.pid, &process);
    QHash<pid_t, bool> known;
    const auto isBelowDaemon = [&](const ProcessEntry &process) {
        QList<pid_t> way;
        bool found = false;
        for (const ProcessEntry *at = &process; at; at = byPid.value(at->parent)) {
            if (const auto answer = known.constFind(at->pid); answer != known.cend()) {
                found = *answer;
                break;
            }
            way.append(at->pid);
            const ProcessEntry *const parent = byPid.value(at->parent);
            if (!parent)
                break;
            // A step of BuildKit has no shim above it but that of a builder which is itself a container.
            found = isDaemon(*parent) || (!m_isBuildKit && parent->name == "containerd-shim");
            if (found || parent->name == "containerd-shim")
                break;
        }
        for (const pid_t pid : std::as_const(way))
            known.insert(pid, found);
        return found;
    };
    QList<ProcessEntry> found;
    for (const ProcessEntry &process : all) {
        hasDaemon = hasDaemon || isDaemon(process);
        if (!process.isZombie && isBelowDaemon(process))
            found.append(process);
    }
    return found;
}

void UsageSampler::beginTask(const Task &task)
{
    m_isBuildKit = task.format == OutputFormat::RawJson;
    m_before.clear();
    if (!m_isDocker || !m_isLocal)
        return;
    const QList<ProcessEntry> all = allProcesses();
    bool hasDaemon = false;
    for (const ProcessEntry &process : daemonProcesses(all, hasDaemon))
        m_before.insert(foldersOf(process).memory);
    for (const ProcessEntry &process : all)
        if (isDaemon(process) || process.name == "containerd")
            m_before.insert(foldersOf(process).memory);
}

UsageReading UsageSampler::readTree(pid_t root, const QList<pid_t> &helpers)
{
    UsageReading reading{{SampledFrom::What::Processes, m_mode, m_ownLimit}, {}};
    QList<CgroupFolders> cgroups;
    std::chrono::microseconds cpu = root != ::getpid() ? processEntry(root).cpu : std::chrono::microseconds(0);
    for (const ProcessEntry &process : processesBelow(root)) {
        cpu += process.cpu;
        const CgroupFolders &folders = foldersOf(process);
        if (!folders.memory.isEmpty() && !isWithin(m_own, folders))
            addCgroup(cgroups, folders);
        else if (process.pid != ::getpid() && !helpers.contains(process.pid))
            reading.sample.memoryBytes += process.memoryBytes;
    }
    if (!cgroups.isEmpty())
        reading.from.what = SampledFrom::What::Containers;
    add(reading, cgroups, false);
    m_cpuTotal = std::max(m_cpuTotal, cpu); // what ended unwaited for falls out of the sum
    reading.sample.cpu = m_cpuTotal;
    return reading;
}

UsageReading UsageSampler::readDaemon(pid_t root, const QList<pid_t> &helpers)
{
    UsageReading reading{{SampledFrom::What::Nothing, m_mode, 0}, {}};
    if (!m_isLocal)
        return reading;
    bool hasDaemon = false;
    QList<CgroupFolders> cgroups;
    for (const ProcessEntry &process : daemonProcesses(allProcesses(), hasDaemon)) {
        const CgroupFolders &folders = foldersOf(process);
        // The daemon's own programs, on their way into a container, are in the daemon's cgroup: one of before.
        if (!folders.memory.isEmpty() && !m_before.contains(folders.memory) && !isWithin(m_own, folders))
            addCgroup(cgroups, folders);
    }
    if (!hasDaemon)
        return reading;
    reading.from.what = SampledFrom::What::Daemon;
    add(reading, cgroups, true);
    for (const ProcessEntry &process : processesBelow(root))
        if (process.pid != ::getpid() && !helpers.contains(process.pid))
            reading.sample.memoryBytes += process.memoryBytes;
    reading.sample.cpu = m_cpuTotal;
    return reading;
}

UsageReading UsageSampler::read(pid_t root, const QList<pid_t> &helpers)
{
    const UsageReading reading = m_isDocker ? readDaemon(root, helpers) : readTree(root, helpers);
    if (m_seen.size() > 4096) // long gone, most of them
        m_seen.clear();
    return reading;
}

} // namespace kernelyard
