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

static bool endsWith(const git_error *last, int errnoValue)
{
    return last && last->klass == GIT_ERROR_OS && QByteArray(last->message).endsWith(strerror(errnoValue));
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
    if (endsWith(last, ENOSPC) || endsWith(last, EDQUOT))
        return ErrorKind::NoSpace;
    return endsWith(last, EROFS) || endsWith(last, EACCES) ? ErrorKind::Permission : ErrorKind::Failed;
}

/// Of an address that leads nowhere, by libgit2's words (1.5 to 1.9).
static QString remedyForAddress(QByteArrayView words)
{
    const auto text = [](const char *sentence) { return QCoreApplication::translate("Git", sentence); };
    if (words.startsWith("failed to connect") || words.startsWith("failed to resolve address"))
        return text("Check the address and this machine's network; behind a proxy, use an https address and set git's "
                    "http.proxy. Then try again.");
    if (words.contains("status code: 404"))
        return text("Check the address. Servers answer so too for a repository that is not shown to everybody: let git "
                    "know the credentials (git help credentials).");
    if (words.startsWith("failed to resolve path") || words.startsWith("unsupported URL protocol"))
        return text(
            "Name a folder that exists, or an address such as https://HOST/NAME.git or ssh://git@HOST/NAME.git.");
    return {};
}

static QString remedyFor(int code, ErrorKind kind, const git_error *last, const QString &path)
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
                    "the certificates of this machine; name those of your own authority by git's http.sslCAInfo.");
    if (kind == ErrorKind::NoSpace)
        return text("Free space on the file system that holds %1, then try again.").arg(path);
    if (endsWith(last, EROFS))
        return text("Mount the file system that holds %1 writable, or work in a clone elsewhere.").arg(path);
    if (endsWith(last, EACCES))
        return text("Look who owns the files in %1, and who may write there: ls -la").arg(path);
    return last ? remedyForAddress(last->message) : QString();
}

static QString causeOf(int code, ErrorKind kind, const git_error *last, const QString &words)
{
    const auto text = [](const char *sentence) { return QCoreApplication::translate("Git", sentence); };
    if (code == GIT_EOWNER)
        return text("it belongs to another user, and git refuses to work in it");
    if (kind == ErrorKind::Cancelled)
        return text("cancelled");
    if (kind == ErrorKind::NoSpace)
        return text("the file system is full");
    if (endsWith(last, EROFS))
        return text("the file system is read-only");
    if (code == GIT_EAUTH)
        return text("the server did not accept any credentials");
    if (words.startsWith(u"unsupported URL protocol"))
        return text("it is neither a folder that exists nor an address that git knows");
    return words.isEmpty() ? text("git gave no reason") : words;
}

Error gitError(int code, const QString &failed, const QString &path)
{
    const git_error *last = git_error_last();
    const QString words = last ? QString::fromUtf8(last->message) : QString();
    const ErrorKind kind = kindOf(code, last);
    return {kind, QString(failed % u": " % causeOf(code, kind, last, words)), words, remedyFor(code, kind, last, path)};
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
