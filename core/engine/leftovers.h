// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"

namespace kernelyard {

/// What image builds of Podman leave when their process is killed: SIGTERM, SIGINT and SIGKILL alike end `podman build`
/// at once, while the step it was running goes on in a session of its own and its working containers stay, mounted.
/// (Podman 4.3.1 with Buildah 1.28.2. Docker's builders live in the daemon and end when their client is gone.)
///
/// A build is to be run with TMPDIR set to a known folder; builds may share one. Buildah keeps there, in
/// buildah<number>, the bundle of each step that runs, names the step's container buildah-buildah<number> to the OCI
/// runtime, and notes the working container in the bundle. (Its cache mounts lie there too, in buildah-cache*: a
/// compile cache outlives a build only where TMPDIR does. They are never touched.)
///
/// To cancel softly: run killSteps() and leave `podman build` alive. It sees the step fail, ends with status 1 and
/// removes its working containers itself (measured: within 0.1 s). Between steps there is nothing to kill: look again
/// until it has ended. To clean up after a killed build: cleanUp().
struct BuildLeftovers
{
    QStringList steps;             ///< ids of containers at the OCI runtime
    QStringList workingContainers; ///< ids in the engine's storage
    QStringList folders;           ///< bundles below TMPDIR

    bool isEmpty() const { return steps.isEmpty() && workingContainers.isEmpty() && folders.isEmpty(); }
    bool operator==(const BuildLeftovers &) const = default;
};

/// Reads the folders: the working containers of \a engine that bear one of \a marks (buildMark of each tag), and their
/// steps below \a temporaryFolder (the builds' TMPDIR). Nothing else of the user's is ever named. Empty for Docker and
/// for a remote Podman.
BuildLeftovers findLeftovers(const Engine &engine, const QString &temporaryFolder, const QStringList &marks);

/// The commands that kill every process of the steps.
QList<Command> killSteps(const Engine &engine, const BuildLeftovers &leftovers);

/// The commands that remove everything in \a leftovers but the folders, to be run in order once no `podman build` of
/// these marks is alive; each may fail when its object is gone already.
QList<Command> removeLeftovers(const Engine &engine, const BuildLeftovers &leftovers);

/// Runs removeLeftovers and deletes the folders, until findLeftovers names nothing or 5 tries have passed. Blocks, for
/// well under a second as a rule. Returns what could not be removed.
BuildLeftovers cleanUp(const Engine &engine, const QString &temporaryFolder, const QStringList &marks);

} // namespace kernelyard
