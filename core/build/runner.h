// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace kernelyard {

/// Runs the build in \a folder (an absolute path with plan.json inside) from its first task to its end, in the calling
/// process, and returns that process's exit status: 0 done, 1 failed, 2 no such build, 130 cancelled. What
/// `kernelyardctl run-build` does and all that it does: call it before any thread is started; no QCoreApplication is
/// needed.
///
/// Two processes serve a build. This one becomes the guard: leader of a session of its own, parent and subreaper of
/// the runner. The runner is forked from it; it holds the build's lock, runs the engine in a process group of its own
/// and writes the journal. When the runner dies without having closed the journal, the guard ends what it left:
/// every process that came from the engine, the plan's containers, the image builder's working containers and mounts.
/// The guard never holds the lock.
///
/// One line goes to standard output as soon as the runner holds the lock, "ready PID", or else the error; after that
/// standard output and error go to /dev/null. SIGHUP is ignored; SIGTERM and SIGINT cancel.
int runBuild(const QString &folder);

} // namespace kernelyard
