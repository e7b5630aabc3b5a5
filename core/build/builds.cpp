// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/builds.h"

#include "core/base/log.h"
#include "core/build/buildlink.h"
#include "core/build/buildlist.h"
#include "core/build/buildlock.h"
#include "core/build/buildreplay.h"
#include "core/build/queue.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <cerrno>
#include <csignal>

using namespace Qt::StringLiterals;

namespace kernelyard {

Result<QList<BuildSummary>> listBuilds(const Paths &paths)
{
    return BuildList(paths).read();
}

Result<BuildState> readBuild(const Paths &paths, BuildId id, DamagedPlan damaged)
{
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::Everything, damaged);
    if (!replay)
        return Failure(replay.error());
    if (const auto read = replay->readAll(); !read)
        return Failure(read.error());
    return std::move(*replay).takeState();
}

/// Its folder, if the build lives.
static Result<BuildFolder> livingBuild(const Paths &paths, BuildId id)
{
    const BuildFolder folder = BuildFolder::of(paths, id);
    if (!QFile::exists(folder.plan()))
        return Failure(Error{ErrorKind::NotFound,
                             QCoreApplication::translate("Build", "There is no build %1.").arg(id.display()),
                             {},
                             {}});
    if (!BuildLock::isHeld(folder.lock()))
        return Failure(Error{ErrorKind::Conflict,
                             QCoreApplication::translate("Build", "Build %1 has already ended.").arg(id.display()),
                             {},
                             {}});
    return folder;
}

static Result<void> signalRunner(pid_t runner, BuildId id)
{
    if (::kill(runner, SIGTERM) == 0)
        return {};
    return Failure(
        systemError(QCoreApplication::translate("Build", "The runner of build %1").arg(id.display()), errno));
}

Result<void> cancelBuild(const Paths &paths, BuildId id)
{
    const auto folder = livingBuild(paths, id);
    if (!folder)
        return Failure(folder.error());
    if (const auto runner = BuildLock::holder(folder->lock()))
        return signalRunner(*runner, id);
    // The runner is just starting: it looks for this file once its pid can be read.
    QFile marker(folder->cancel());
    if (!marker.open(QIODevice::WriteOnly))
        return Failure(systemError(folder->cancel(), errno));
    const auto runner = BuildLock::holder(folder->lock());
    return runner ? signalRunner(*runner, id) : Result<void>{};
}

Result<void> pauseBuild(const Paths &paths, BuildId id)
{
    const auto folder = livingBuild(paths, id);
    if (!folder)
        return Failure(folder.error());
    if (QFile::exists(folder->pause()))
        return Failure(Error{ErrorKind::Conflict,
                             QCoreApplication::translate("Build", "Build %1 is already paused.").arg(id.display()),
                             {},
                             {}});
    for (const QueueEntry &entry : readQueue(paths.builds(), {}))
        if (entry.id == id && entry.isStarted && !entry.canPause)
            return Failure(
                Error{ErrorKind::Unsupported,
                      QCoreApplication::translate(
                          "Build", "Build %1 can't be paused now: the daemon of %2 does its running step, and it can't "
                                   "pause the building of an image.")
                          .arg(id.display(), entry.pool),
                      {},
                      QCoreApplication::translate("Build", "Wait for the next step, or cancel the build and retry it "
                                                           "later: what is built is kept.")});
    // The runner watches its folder.
    QFile marker(folder->pause());
    if (!marker.open(QIODevice::WriteOnly))
        return Failure(systemError(folder->pause(), errno));
    return {};
}

Result<void> resumeBuild(const Paths &paths, BuildId id)
{
    const auto folder = livingBuild(paths, id);
    if (!folder)
        return Failure(folder.error());
    if (QFile::remove(folder->pause()))
        return {};
    if (QFile::exists(folder->pause()))
        return Failure(systemError(folder->pause(), errno));
    return Failure(Error{ErrorKind::Conflict,
                         QCoreApplication::translate("Build", "Build %1 is not paused.").arg(id.display()),
                         {},
                         {}});
}

Result<BuildId> findBuild(const Paths &paths, const QString &text)
{
    const QList<BuildId> ids = buildIds(paths);
    const bool latest = text == u"latest";
    const auto link = BuildLink::fromString(text);
    const BuildId wanted = link ? link->build : BuildId::fromText(text);
    if (latest && !ids.isEmpty())
        return ids.first();
    if (ids.contains(wanted))
        return wanted;
    if (!latest && !wanted.isValid())
        return Failure(
            Error{ErrorKind::Invalid,
                  QCoreApplication::translate("Build", "“%1” is no build: expected a number or “latest”.").arg(text),
                  {},
                  {}});
    return Failure(Error{
        ErrorKind::NotFound,
        latest
            ? QCoreApplication::translate("Build", "There is no build yet in %1.").arg(paths.builds())
            : QCoreApplication::translate("Build", "There is no build %1 in %2.").arg(wanted.display(), paths.builds()),
        {},
        QCoreApplication::translate("Build", "kernelyardctl builds lists those that there are.")});
}

} // namespace kernelyard
