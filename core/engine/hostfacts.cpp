// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/hostfacts.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>

#include <linux/magic.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// What one container needs to map every id of a usual image.
static constexpr qint64 idsNeeded = 65536;

static QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// cgroups(7): a version 2 file system at the usual place, or below it beside the version 1 hierarchies.
static HostFacts::Cgroups cgroupsHere()
{
    struct statfs info = {};
    if (::statfs("/sys/fs/cgroup", &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC)
        return HostFacts::Cgroups::Unified;
    if (::statfs("/sys/fs/cgroup/unified", &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC)
        return HostFacts::Cgroups::Hybrid;
    return HostFacts::Cgroups::Legacy;
}

static qint64 hardLimit(int resource)
{
    struct rlimit limit = {};
    constexpr qint64 none = std::numeric_limits<qint64>::max();
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
        return none;
    return static_cast<qint64>(limit.rlim_max);
}

/// The effective capabilities of proc(5)'s status; CAP_SYS_RESOURCE is number 24.
static bool hasSysResource()
{
    for (const QByteArray &line : contents(u"/proc/self/status"_s).split('\n'))
        if (line.startsWith("CapEff:"))
            return line.mid(7).trimmed().toULongLong(nullptr, 16) >> 24 & 1;
    return false;
}

bool hasSubordinateRange(const QByteArray &table, const QString &user, uint uid)
{
    for (const QByteArray &line : table.split('\n')) {
        const QList<QByteArray> fields = line.trimmed().split(':');
        if (fields.size() == 3 && (fields.at(0) == user.toUtf8() || fields.at(0) == QByteArray::number(uid)) &&
            fields.at(2).toLongLong() >= idsNeeded)
            return true;
    }
    return false;
}

/// subuid(5): nsswitch.conf may name another source than the files; then only that knows.
static bool subordinateIdsFromElsewhere()
{
    for (const QByteArray &line : contents(u"/etc/nsswitch.conf"_s).split('\n'))
        if (line.startsWith("subid:"))
            return line.mid(6).trimmed() != "files";
    return false;
}

/// The folders are those of the Container Device Interface's specification.
static bool hasNvidiaCdi()
{
    for (const QString &folder : {u"/etc/cdi"_s, u"/var/run/cdi"_s}) {
        const QDir specifications(folder);
        for (const QString &name : specifications.entryList({u"*.yaml"_s, u"*.yml"_s, u"*.json"_s}, QDir::Files))
            if (contents(specifications.absoluteFilePath(name)).contains("nvidia.com/gpu"))
                return true;
    }
    return false;
}

/// By os-release(5): the distribution's own name, then those it is like.
static HostFacts::Packages packagesHere()
{
    QByteArrayList names;
    for (const QByteArray &line : contents(u"/etc/os-release"_s).split('\n'))
        if (line.startsWith("ID=") || line.startsWith("ID_LIKE="))
            names += line.mid(line.indexOf('=') + 1).replace('"', "").split(' ');
    const auto is = [&](std::initializer_list<const char *> wanted) {
        return std::any_of(wanted.begin(), wanted.end(), [&](const char *name) { return names.contains(name); });
    };
    if (is({"debian", "ubuntu"}))
        return HostFacts::Packages::Apt;
    if (is({"fedora", "rhel", "centos"}))
        return HostFacts::Packages::Dnf;
    if (is({"arch"}))
        return HostFacts::Packages::Pacman;
    if (is({"suse", "opensuse"}))
        return HostFacts::Packages::Zypper;
    return HostFacts::Packages::Unknown;
}

HostFacts HostFacts::ofThisMachine()
{
    HostFacts facts;
    facts.uid = ::geteuid();
    if (const passwd *entry = ::getpwuid(facts.uid))
        facts.user = QString::fromLocal8Bit(entry->pw_name);
    facts.runtimeFolder = qEnvironmentVariable("XDG_RUNTIME_DIR");
    if (facts.runtimeFolder.isEmpty())
        facts.runtimeFolder = u"/run/user/%1"_s.arg(facts.uid);
    facts.dockerHost = qEnvironmentVariable("DOCKER_HOST");
    facts.searchPath = qEnvironmentVariable("PATH").split(u':', Qt::SkipEmptyParts);
    facts.searchPath << u"/usr/local/sbin"_s << u"/usr/sbin"_s << u"/sbin"_s;
    facts.cgroups = cgroupsHere();
    facts.hybridControllers = facts.cgroups == Cgroups::Hybrid &&
                              !contents(u"/sys/fs/cgroup/unified/cgroup.controllers"_s).trimmed().isEmpty();
    facts.mayRaiseLimits = hasSysResource();
    facts.hardOpenFiles = hardLimit(RLIMIT_NOFILE);
    const qint64 pidMax = contents(u"/proc/sys/kernel/pid_max"_s).trimmed().toLongLong();
    facts.hardProcesses = std::min(hardLimit(RLIMIT_NPROC), pidMax > 0 ? pidMax : std::numeric_limits<qint64>::max());
    facts.hasSubordinateIds =
        subordinateIdsFromElsewhere() || (hasSubordinateRange(contents(u"/etc/subuid"_s), facts.user, facts.uid) &&
                                          hasSubordinateRange(contents(u"/etc/subgid"_s), facts.user, facts.uid));
    facts.hasNvidiaCdi = kernelyard::hasNvidiaCdi();
    facts.hasSystemd = QFile::exists(u"/run/systemd/system"_s);
    facts.packages = packagesHere();
    return facts;
}

QString HostFacts::find(const QString &program) const
{
    // With no folders, Qt would look in PATH.
    return searchPath.isEmpty() ? QString() : QStandardPaths::findExecutable(program, searchPath);
}

} // namespace kernelyard
