// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/environment/aptsources.h"
#include "core/process/command.h"

#include <functional>

namespace kernelyard {

/// What of this machine decides how a root file system is made, gathered before so that the rest stays pure.
struct RootFacts
{
    Distribution distribution;
    PackageArchive archive;
    QString mmdebstrap;  ///< absolute path; empty: not installed
    QString debootstrap; ///< absolute path; empty: not installed
    bool isRoot = false;
    QString caBundle;         ///< the host's bundle of CA certificates; empty: none
    QStringList certificates; ///< CA certificates that the host's administrator added
    QString httpProxy;        ///< apt's own proxies; empty: none or DIRECT; never with a password
    QString httpsProxy;
    QByteArray certificatesDigest; ///< of the content of the above

    /// Runs apt-config for the proxies. KERNELYARD_MIRROR and KERNELYARD_SUITE (bookworm where unset) name the archive
    /// on a host that has none of its own, and win over the host's own.
    static RootFacts ofThisMachine();
};

/// How the root is made: a minimal system of the distribution's packages (variant minbase), without documentation as
/// in Debian's own slim images, with the host's package sources, apt proxies and CA certificates in it, so that apt
/// works in containers as it does on the host.
struct RootRecipe
{
    QString tarball; ///< where it ends up: in the cache folder, named after all that decides its content
    QString work;    ///< folder of what is unfinished; removed at the end and before the next try
    QString lockFile;
    QList<Command> commands;                     ///< run in order; they leave work/root.tar
    QList<std::pair<QString, QByteArray>> files; ///< relative to work, written before the first command
    QList<std::pair<QString, QString>> copies;   ///< from the host, to relative to work
    QString suite;
};

/// Errors: Missing (neither tool is installed; debootstrap without being root), Unsupported (no archive is known here).
Result<RootRecipe> rootRecipe(const RootFacts &facts, const Paths &paths);

using Say = std::function<void(const QString &line)>;
using Cancelled = std::function<bool()>;

/// Makes the tarball unless it is there. Under a lock: a second process waits and finds it made. What is left of an
/// interrupted try is removed. Errors: those of the tools, Cancelled, NoSpace.
Result<void> makeRoot(const RootRecipe &recipe, const Say &say, const Cancelled &cancelled);

} // namespace kernelyard
