// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/cgroup.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// Version 1 says "no limit" with the largest multiple of a page that an i64 holds.
constexpr qint64 noLimit = Q_INT64_C(1) << 60;
constexpr std::chrono::nanoseconds cpuUnitV1{1};

QList<QByteArray> lines(QByteArrayView text)
{
    return text.toByteArray().split('\n');
}

/// mountinfo writes space, tab, newline and backslash as three octal digits.
QString unescaped(const QByteArray &text)
{
    QByteArray plain;
    for (qsizetype i = 0; i < text.size(); ++i) {
        bool isOctal = false;
        const int code = text[i] == '\\' ? text.mid(i + 1, 3).toInt(&isOctal, 8) : 0;
        plain += isOctal ? char(code) : text[i];
        i += isOctal ? 3 : 0;
    }
    return QFile::decodeName(plain);
}

std::optional<qint64> number(QByteArrayView text)
{
    bool ok = false;
    const qint64 value = text.trimmed().toLongLong(&ok);
    return ok && value >= 0 ? std::optional(value) : std::nullopt;
}

/// The number after \a key at the beginning of a line.
std::optional<qint64> field(const QByteArray &text, const QByteArray &key)
{
    for (const QByteArray &line : lines(text))
        if (line.startsWith(key) && line.size() > key.size() && line[key.size()] == ' ')
            return number(QByteArrayView(line).sliced(key.size() + 1));
    return {};
}

/// \a path as it is seen below \a mount; empty when it lies outside of what the mount shows.
QString folderBelow(const CgroupMount &mount, const QString &path)
{
    if (path.isEmpty() || path.contains(u"/.."_s)) // of another cgroup namespace
        return {};
    if (mount.root == u"/")
        return QDir::cleanPath(mount.point + path);
    if (path == mount.root)
        return mount.point;
    if (path.startsWith(mount.root + u'/'))
        return mount.point + path.mid(mount.root.size());
    return path == u"/" ? mount.point : QString(); // of a container with a namespace of its own
}

QString folderOf(const QList<CgroupMount> &mounts, const QList<CgroupEntry> &entries, const QString &controller)
{
    for (const CgroupMount &mount : mounts) {
        if (mount.isUnified != controller.isEmpty() || (!mount.isUnified && !mount.controllers.contains(controller)))
            continue;
        for (const CgroupEntry &entry : entries)
            if (controller.isEmpty() ? entry.controllers.isEmpty() : entry.controllers.contains(controller))
                if (QString folder = folderBelow(mount, entry.path); !folder.isEmpty())
                    return folder;
    }
    return {};
}

QByteArray smallFile(const QString &folder, const char *name)
{
    const int file = ::open(QByteArray(QFile::encodeName(folder) + '/' + name).constData(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return {};
    QByteArray bytes(8192, Qt::Uninitialized);
    const ssize_t count = ::read(file, bytes.data(), size_t(bytes.size()));
    ::close(file);
    bytes.truncate(std::max<ssize_t>(count, 0));
    return bytes;
}

} // namespace

QList<CgroupMount> cgroupMounts(QByteArrayView mountinfo)
{
    QList<CgroupMount> mounts;
    for (const QByteArray &line : lines(mountinfo)) {
        // 36 35 98:0 ROOT POINT OPTIONS [TAG:VALUE …] - TYPE SOURCE SUPER-OPTIONS
        const qsizetype dash = line.indexOf(" - ");
        if (dash < 0)
            continue;
        const QList<QByteArray> before = line.first(dash).split(' ');
        const QList<QByteArray> after = line.sliced(dash + 3).split(' ');
        const bool isUnified = after[0] == "cgroup2";
        if (before.size() < 6 || after.size() < 3 || (!isUnified && after[0] != "cgroup"))
            continue;
        CgroupMount mount{isUnified, {}, unescaped(before[3]), unescaped(before[4])};
        for (const QByteArray &option : after.last().split(','))
            if (!isUnified && option != "rw" && option != "ro")
                mount.controllers << QString::fromLatin1(option);
        mounts.append(mount);
    }
    return mounts;
}

QList<CgroupEntry> cgroupEntries(QByteArrayView text)
{
    QList<CgroupEntry> entries;
    for (const QByteArray &line : lines(text)) {
        // ID:CONTROLLERS:PATH; the path may hold colons
        const qsizetype first = line.indexOf(':');
        const qsizetype second = first < 0 ? -1 : line.indexOf(':', first + 1);
        if (second < 0 || line.size() <= second + 1 || line[second + 1] != '/')
            continue;
        const QByteArray names = line.sliced(first + 1, second - first - 1);
        entries.append(
            {QString::fromLatin1(names).split(u',', Qt::SkipEmptyParts), QFile::decodeName(line.sliced(second + 1))});
    }
    return entries;
}

CgroupMode cgroupMode(const QList<CgroupMount> &mounts)
{
    const bool v2 = std::any_of(mounts.cbegin(), mounts.cend(), [](const CgroupMount &m) { return m.isUnified; });
    const bool v1 = std::any_of(mounts.cbegin(), mounts.cend(), [](const CgroupMount &m) { return !m.isUnified; });
    if (v1)
        return v2 ? CgroupMode::Hybrid : CgroupMode::V1;
    return v2 ? CgroupMode::V2 : CgroupMode::None;
}

CgroupFolders cgroupFolders(const QList<CgroupMount> &mounts, const QList<CgroupEntry> &entries)
{
    CgroupFolders folders;
    folders.memory = folderOf(mounts, entries, u"memory"_s);
    folders.cpu = folderOf(mounts, entries, u"cpuacct"_s);
    if (folders.memory.isEmpty() && folders.cpu.isEmpty()) {
        folders.memory = folders.cpu = folderOf(mounts, entries, {});
        folders.isUnified = !folders.memory.isEmpty();
    }
    return folders;
}

CgroupUsage cgroupUsage(const CgroupFiles &files, bool isUnified)
{
    CgroupUsage usage;
    usage.memoryBytes = number(files.usage);
    if (usage.memoryBytes) {
        const auto cache = field(files.stat, isUnified ? "inactive_file" : "total_inactive_file");
        usage.memoryBytes = std::max<qint64>(*usage.memoryBytes - cache.value_or(0), 0);
    }
    std::optional<qint64> limit = number(files.limit); // "max" is none
    if (const auto above = field(files.stat, "hierarchical_memory_limit"); above && !isUnified)
        limit = std::min(limit.value_or(*above), *above);
    if (limit && *limit < noLimit)
        usage.limitBytes = limit;
    if (isUnified) {
        if (const auto used = field(files.cpu, "usage_usec"))
            usage.cpu = std::chrono::microseconds(*used);
    } else if (const auto used = number(files.cpu)) {
        usage.cpu = std::chrono::duration_cast<std::chrono::microseconds>(*used * cpuUnitV1);
    }
    return usage;
}

CgroupUsage readCgroupUsage(const CgroupFolders &folders)
{
    const bool unified = folders.isUnified;
    CgroupFiles files;
    if (!folders.memory.isEmpty()) {
        files.usage = smallFile(folders.memory, unified ? "memory.current" : "memory.usage_in_bytes");
        files.stat = smallFile(folders.memory, "memory.stat");
        files.limit = smallFile(folders.memory, unified ? "memory.max" : "memory.limit_in_bytes");
    }
    if (!folders.cpu.isEmpty())
        files.cpu = smallFile(folders.cpu, unified ? "cpu.stat" : "cpuacct.usage");
    CgroupUsage usage = cgroupUsage(files, unified);
    // Version 2 has no figure for what is above: the folders tell, as far as they are there.
    for (QString folder = folders.memory; unified && folder.count(u'/') > 3;) {
        folder.truncate(folder.lastIndexOf(u'/'));
        if (const auto above = number(smallFile(folder, "memory.max")))
            usage.limitBytes = std::min(usage.limitBytes.value_or(*above), *above);
    }
    return usage;
}

} // namespace kernelyard
