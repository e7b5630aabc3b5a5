// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/processtree.h"

#include <QByteArray>
#include <QMultiHash>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>

namespace kernelyard {

/// A small file of /proc, whole; QFile would cost several times as much.
static QByteArray procFile(pid_t pid, const char *name)
{
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return {};
    QByteArray bytes(4096, Qt::Uninitialized);
    const ssize_t count = ::read(file, bytes.data(), size_t(bytes.size()));
    ::close(file);
    bytes.truncate(std::max<ssize_t>(count, 0));
    return bytes;
}

/// What follows \a key in /proc/PID/status.
static QByteArray statusField(const QByteArray &status, QByteArrayView key)
{
    const qsizetype at = status.indexOf(key);
    if (at < 0)
        return {};
    const qsizetype begin = at + key.size();
    return status.mid(begin, status.indexOf('\n', begin) - begin).simplified();
}

/// The process ids of a process, one for each nested namespace, from that of the mounted /proc on.
static QList<QByteArray> namespaceIds(const QByteArray &status)
{
    return statusField(status, "\nNSpid:").split(' ');
}

static void readContainer(ProcessEntry &entry, qsizetype ownDepth)
{
    const QByteArray status = procFile(entry.pid, "status");
    const QList<QByteArray> ids = namespaceIds(status);
    entry.inContainer = ids.size() > ownDepth;
    entry.isFirst = entry.inContainer && ids.last() == "1";
    const quint64 caught = statusField(status, "\nSigCgt:").toULongLong(nullptr, 16);
    entry.catchesTerm = caught & (1ULL << (SIGTERM - 1));
}

static std::optional<ProcessEntry> readStat(pid_t pid)
{
    const QByteArray text = procFile(pid, "stat");
    // The name, field 2, stands in parentheses and may hold anything; what follows is counted from field 3.
    const qsizetype nameBegin = text.indexOf('(') + 1;
    const qsizetype nameEnd = text.lastIndexOf(')');
    if (nameEnd < nameBegin || nameBegin == 0)
        return {};
    const QList<QByteArray> fields = text.mid(nameEnd + 2).split(' ');
    if (fields.size() < 22)
        return {};
    static const qint64 tick = 1'000'000 / ::sysconf(_SC_CLK_TCK);
    static const qint64 page = ::sysconf(_SC_PAGESIZE);
    ProcessEntry entry;
    entry.pid = pid;
    entry.name = text.sliced(nameBegin, nameEnd - nameBegin);
    entry.isZombie = fields[0] == "Z" || fields[0] == "X";
    entry.parent = fields[1].toInt();
    entry.group = fields[2].toInt();
    entry.start = fields[19].toULongLong();
    entry.memoryBytes = fields[21].toLongLong() * page;
    for (int field = 11; field <= 14; ++field) // utime, stime, cutime, cstime
        entry.cpu += std::chrono::microseconds(fields[field].toLongLong() * tick);
    return entry;
}

ProcessEntry processEntry(pid_t pid)
{
    return readStat(pid).value_or(ProcessEntry{});
}

QList<ProcessEntry> allProcesses()
{
    QList<ProcessEntry> processes;
    DIR *const folder = ::opendir("/proc");
    if (!folder)
        return {};
    while (const dirent *const item = ::readdir(folder)) {
        if (const pid_t pid = std::atoi(item->d_name); pid > 0)
            if (const auto entry = readStat(pid))
                processes.append(*entry);
    }
    ::closedir(folder);
    return processes;
}

QList<ProcessEntry> processesBelow(pid_t root)
{
    QMultiHash<pid_t, ProcessEntry> byParent;
    for (const ProcessEntry &entry : allProcesses())
        byParent.insert(entry.parent, entry);

    const qsizetype ownDepth = namespaceIds(procFile(::getpid(), "status")).size();
    QList<ProcessEntry> below;
    QList<pid_t> parents{root};
    while (!parents.isEmpty()) {
        const pid_t parent = parents.takeFirst();
        for (auto [at, end] = byParent.equal_range(parent); at != end; ++at) {
            below.append(*at);
            readContainer(below.last(), ownDepth);
            parents.append(at->pid);
        }
    }
    return below;
}

} // namespace kernelyard
