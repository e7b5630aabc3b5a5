// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/builds.h"

#include "core/base/log.h"
#include "core/build/buildlist.h"
#include "core/build/buildlock.h"
#include "core/build/buildreplay.h"

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

Result<BuildState> readBuild(const Paths &paths, BuildId id)
{
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::Everything);
    if (!replay)
        return Failure(replay.error());
    if (const auto read = replay->readAll(); !read)
        return Failure(read.error());
    return std::move(*replay).takeState();
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
    const BuildFolder folder{paths.builds() + u'/' + id.folderName()};
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
    if (const auto runner = BuildLock::holder(folder.lock()))
        return signalRunner(*runner, id);
    // The runner is just starting: it looks for this file once its pid can be read.
    QFile marker(folder.cancel());
    if (!marker.open(QIODevice::WriteOnly))
        return Failure(systemError(folder.cancel(), errno));
    const auto runner = BuildLock::holder(folder.lock());
    return runner ? signalRunner(*runner, id) : Result<void>{};
}

Result<BuildId> findBuild(const Paths &paths, const QString &text)
{
    const QList<BuildId> ids = buildIds(paths);
    const bool latest = text == u"latest";
    const BuildId wanted = BuildId::fromText(text);
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
