// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/git.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace kernelyard {

void startGit()
{
    // Never shut down: a worker may still be inside the library while statics are destroyed.
    static const int started = git_libgit2_init();
    Q_UNUSED(started)
}

static ErrorKind kindOf(int code, const git_error *last)
{
    switch (code) {
    case GIT_ENOTFOUND:
        return ErrorKind::NotFound;
    case GIT_EUSER:
        return ErrorKind::Cancelled;
    case GIT_EOWNER:
    case GIT_EAUTH:
    case GIT_ECERTIFICATE:
        return ErrorKind::Permission;
    case GIT_EEXISTS:
    case GIT_ELOCKED:
    case GIT_ECONFLICT:
        return ErrorKind::Conflict;
    default:
        break;
    }
    // The library keeps no errno, but ends its words with the system's own for it; a full disk may have room again by
    // now, because what did not fit was removed.
    if (last && last->klass == GIT_ERROR_OS && QByteArray(last->message).endsWith(strerror(ENOSPC)))
        return ErrorKind::NoSpace;
    return ErrorKind::Failed;
}

static QString remedyFor(int code, ErrorKind kind, const QString &path)
{
    const auto text = [](const char *sentence) { return QCoreApplication::translate("Git", sentence); };
    if (code == GIT_EOWNER)
        return u"git config --global --add safe.directory "_s + path;
    if (code == GIT_ELOCKED)
        return text("Another git command works there. When none does, remove the .lock file that is named.");
    if (code == GIT_EAUTH)
        return text("Over SSH, add your key to the agent (ssh-add). Over HTTPS, let git know the credentials: set up a "
                    "credential helper (git help credentials).");
    if (code == GIT_ECERTIFICATE)
        return text("Over SSH, connect once with ssh to see and accept the host's key. Over HTTPS, check the clock and "
                    "the certificates of this machine.");
    if (kind == ErrorKind::NoSpace)
        return text("Free space on the file system that holds it, then try again.");
    return {};
}

static QString causeOf(int code, ErrorKind kind, const QString &words)
{
    const auto text = [](const char *sentence) { return QCoreApplication::translate("Git", sentence); };
    if (code == GIT_EOWNER)
        return text("it belongs to another user, and git refuses to work in it");
    if (kind == ErrorKind::Cancelled)
        return text("cancelled");
    if (kind == ErrorKind::NoSpace)
        return text("the file system is full");
    if (code == GIT_EAUTH)
        return text("the server did not accept any credentials");
    return words.isEmpty() ? text("git gave no reason") : words;
}

Error gitError(int code, const QString &failed, const QString &path)
{
    const git_error *last = git_error_last();
    const QString words = last ? QString::fromUtf8(last->message) : QString();
    const ErrorKind kind = kindOf(code, last);
    return {kind, QString(failed % u": " % causeOf(code, kind, words)), words, remedyFor(code, kind, path)};
}

QString hashText(const git_oid *id)
{
    if (!id || git_oid_is_zero(id))
        return {};
    char hash[GIT_OID_HEXSZ + 1];
    return QString::fromLatin1(git_oid_tostr(hash, sizeof hash, id));
}

QStringList takeStrings(git_strarray *strings)
{
    QStringList list;
    for (size_t i = 0; i < strings->count; ++i)
        list << QString::fromUtf8(strings->strings[i]);
    git_strarray_dispose(strings);
    return list;
}

static bool isAnothersRepository(const QString &path)
{
    const QFileInfo folder(path);
    return folder.isDir() && folder.ownerId() != geteuid() &&
           (QFileInfo::exists(path + u"/.git") ||
            (QFileInfo::exists(path + u"/HEAD") && QFileInfo::exists(path + u"/objects")));
}

Result<GitRepository> openRepository(const QString &path)
{
    startGit();
    GitRepository repository;
    int code = git_repository_open_ext(repository.out(), QFile::encodeName(path).constData(),
                                       GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    // libgit2 1.5 says "not found" for another user's repository when no safe.directory is configured at all.
    if (code == GIT_ENOTFOUND && isAnothersRepository(path))
        code = GIT_EOWNER;
    if (code < 0)
        return Failure(gitError(
            code, QCoreApplication::translate("Git", "The git repository %1 can't be opened").arg(path), path));
    return repository;
}

} // namespace kernelyard
