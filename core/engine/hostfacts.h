// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace kernelyard {

/// What of this machine and user decides how engines behave. Detection reads it once; the readers of the engines' JSON
/// stay pure.
struct HostFacts
{
    enum class Cgroups { Unified, Hybrid, Legacy };
    enum class Packages { Unknown, Apt, Dnf, Pacman, Zypper };

    uint uid = 0;
    QString user;           ///< its name
    QString runtimeFolder;  ///< $XDG_RUNTIME_DIR, or the one systemd would make
    QString dockerHost;     ///< $DOCKER_HOST
    QStringList searchPath; ///< $PATH and the system's sbin folders, where runtimes and daemons lie
    Cgroups cgroups = Cgroups::Unified;
    bool hybridControllers = false; ///< the version 2 hierarchy of a hybrid system has controllers: crun refuses that
    bool mayRaiseLimits = false;    ///< CAP_SYS_RESOURCE
    qint64 hardOpenFiles = 0;       ///< of RLIMIT_NOFILE
    qint64 hardProcesses = 0;       ///< of RLIMIT_NPROC, and no more than kernel.pid_max
    bool hasSubordinateIds = false; ///< the user has ranges in /etc/subuid and /etc/subgid, or they come from elsewhere
    bool hasNvidiaCdi = false;      ///< a CDI specification of NVIDIA GPUs is installed
    bool hasSystemd = false;
    Packages packages = Packages::Unknown;

    static HostFacts ofThisMachine();

    /// The absolute path of \a program, or empty.
    QString find(const QString &program) const;
};

/// Whether \a table, in the form of subuid(5), gives \a user (or \a uid) at least 65536 ids.
bool hasSubordinateRange(const QByteArray &table, const QString &user, uint uid);

} // namespace kernelyard
