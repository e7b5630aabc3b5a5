// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/objects.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

#include <cerrno>
#include <filesystem>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

/// Linked or copied under a passing name and renamed, so that no half file ever stands in an object store.
Result<void> share(const QString &from, const QString &to)
{
    const QByteArray source = QFile::encodeName(from), target = QFile::encodeName(to);
    if (link(source.constData(), target.constData()) == 0 || errno == EEXIST)
        return {};
    const QByteArray passing = target + ".incoming";
    std::error_code failed;
    std::filesystem::copy_file(source.toStdString(), passing.toStdString(),
                               std::filesystem::copy_options::overwrite_existing, failed);
    if (!failed)
        std::filesystem::rename(passing.toStdString(), target.toStdString(), failed);
    if (failed) {
        unlink(passing.constData());
        return Failure(systemError(to, failed.value()));
    }
    return {};
}

/// Packs last come their indexes: an index without its pack would be an error, a pack without index is only unused.
QStringList objectFiles(const QString &folder)
{
    QStringList files, indexes;
    QDirIterator entries(folder, QDir::Files, QDirIterator::Subdirectories);
    while (entries.hasNext()) {
        const QString relative = entries.next().mid(folder.size() + 1);
        if (relative.startsWith(u"info/") || relative.contains(u"tmp_") || QFileInfo(entries.filePath()).isSymLink())
            continue;
        (relative.endsWith(u".idx") ? indexes : files) << relative;
    }
    return files + indexes;
}

QStringList alternatesOf(const QString &objects)
{
    QFile file(objects + u"/info/alternates"_s);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QStringList folders;
    for (const QByteArray &line : file.readAll().split('\n'))
        if (!line.isEmpty() && !line.startsWith('#'))
            folders << QDir::cleanPath(QDir(objects).absoluteFilePath(QFile::decodeName(line)));
    return folders;
}

} // namespace

QString gitFolderOf(const QString &path)
{
    startGit();
    git_buf found = GIT_BUF_INIT;
    QString folder;
    // No search upwards: a plain folder inside another checkout must not lead to that one's objects.
    const QByteArray name = QFile::encodeName(path);
    if (git_repository_discover(&found, name.constData(), 0, name.constData()) == 0)
        folder = QFile::decodeName(found.ptr);
    git_buf_dispose(&found);
    while (folder.endsWith(u'/'))
        folder.chop(1);
    const bool own = folder == path || folder == path + u"/.git"_s || QFileInfo(path + u"/.git"_s).isFile();
    return own ? folder : QString();
}

Result<void> shareObjects(const QString &source, git_repository *repository, const std::function<bool()> &goOn)
{
    const QString target = QFile::decodeName(git_repository_commondir(repository)) + u"objects/"_s;
    QStringList folders{source + u"/objects"_s};
    for (qsizetype i = 0; i < folders.size() && i < 8; ++i)
        for (const QString &alternate : alternatesOf(folders.at(i)))
            if (!folders.contains(alternate))
                folders << alternate;
    for (const QString &folder : folders) {
        for (const QString &file : objectFiles(folder)) {
            if (goOn && !goOn())
                return Failure(
                    Error{ErrorKind::Cancelled,
                          QCoreApplication::translate("Fork", "Sharing the objects of %1 was cancelled.").arg(source),
                          {},
                          {}});
            QDir().mkpath(QFileInfo(target + file).path());
            if (Result<void> shared = share(folder + u'/' + file, target + file); !shared)
                return shared;
        }
    }
    GitOdb odb;
    if (git_repository_odb(odb.out(), repository) == 0)
        git_odb_refresh(odb.get());
    return {};
}

} // namespace kernelyard
