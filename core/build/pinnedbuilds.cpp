// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/pinnedbuilds.h"

#include "core/build/buildfolder.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <cerrno>

namespace kernelyard {

static QString folderOf(const Paths &paths)
{
    return paths.builds() % u"/.pinned";
}

QSet<BuildId> pinnedBuilds(const Paths &paths)
{
    QSet<BuildId> pinned;
    for (const QString &name : QDir(folderOf(paths)).entryList(QDir::Files))
        if (const BuildId id = BuildId::fromText(name); id.isValid())
            pinned.insert(id);
    return pinned;
}

Result<void> setPin(const Paths &paths, BuildId id, Pin pin)
{
    const QString mark = folderOf(paths) % u'/' % id.folderName();
    if (pin == Pin::Release) {
        if (QFile::exists(mark) && !QFile::remove(mark))
            return Failure(systemError(mark, errno));
        return {};
    }
    if (!QFile::exists(BuildFolder::of(paths, id).plan()))
        return Failure(Error{ErrorKind::NotFound,
                             QCoreApplication::translate("Build", "There is no build %1.").arg(id.display()),
                             {},
                             {}});
    QFile file(mark);
    if (!QDir().mkpath(folderOf(paths)) || !file.open(QIODevice::WriteOnly))
        return Failure(systemError(mark, errno));
    return {};
}

} // namespace kernelyard
