// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/log.h"
#include "core/fork/fork.h"
#include "core/fork/git.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

using ProgressFunction = std::function<bool(const CloneProgress &)>;

/// Any value below zero ends the library's work; this one it hands back unchanged and never makes itself.
constexpr int stop = GIT_EUSER;

int onTransfer(const git_indexer_progress *stats, void *payload)
{
    const auto &progress = *static_cast<const ProgressFunction *>(payload);
    const CloneProgress now{stats->received_objects, stats->total_objects, static_cast<qint64>(stats->received_bytes)};
    return !progress || progress(now) ? 0 : stop;
}

int onSideband(const char *, int, void *payload)
{
    const auto &progress = *static_cast<const ProgressFunction *>(payload);
    return !progress || progress({}) ? 0 : stop;
}

int onCheckout(git_checkout_notify_t, const char *, const git_diff_file *, const git_diff_file *, const git_diff_file *,
               void *payload)
{
    return onSideband(nullptr, 0, payload);
}

QString folderBeside(const QString &path)
{
    const QFileInfo info(path);
    return u"%1/.%2.clone-"_s.arg(info.path(), info.fileName());
}

/// A killed process could not clean up after itself: remove the unfinished clones whose process is gone.
void removeLeftovers(const QString &path)
{
    const QFileInfo beside(folderBeside(path));
    const QDir dir(beside.path());
    for (const QString &name : dir.entryList({beside.fileName() + u'*'}, QDir::Dirs | QDir::Hidden)) {
        bool ok = false;
        const int pid = QStringView(name).mid(beside.fileName().size()).toInt(&ok);
        if (ok && pid > 0 && kill(pid, 0) != 0 && errno == ESRCH)
            QDir(dir.filePath(name)).removeRecursively();
    }
}

bool isEmptyFolder(const QFileInfo &info)
{
    return info.isDir() && !info.isSymLink() &&
           QDir(info.filePath()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
}

Error notACheckout(const QString &path)
{
    return {ErrorKind::Conflict,
            QCoreApplication::translate("Fork", "The fork can't be cloned to %1: something that is no git checkout "
                                                "is in the way.")
                .arg(path),
            {},
            QCoreApplication::translate("Fork", "Move it away or remove it, then try again. It was left as it is.")};
}

Result<void> cloneBeside(const QString &url, const QString &beside, const QString &path,
                         const ProgressFunction &progress)
{
    git_clone_options options = GIT_CLONE_OPTIONS_INIT;
    options.local = GIT_CLONE_NO_LOCAL; // a local address reports progress and can be cancelled like any other
    options.fetch_opts.callbacks.transfer_progress = onTransfer;
    options.fetch_opts.callbacks.sideband_progress = onSideband;
    options.fetch_opts.callbacks.payload = const_cast<ProgressFunction *>(&progress);
    options.checkout_opts.checkout_strategy = GIT_CHECKOUT_SAFE;
    options.checkout_opts.notify_flags = GIT_CHECKOUT_NOTIFY_UPDATED;
    options.checkout_opts.notify_cb = onCheckout;
    options.checkout_opts.notify_payload = const_cast<ProgressFunction *>(&progress);
    GitRepository repository;
    const int code =
        git_clone(repository.out(), url.toUtf8().constData(), QFile::encodeName(beside).constData(), &options);
    if (code < 0)
        return Failure(gitError(
            code, QCoreApplication::translate("Fork", "The fork %1 can't be cloned to %2").arg(url, path), path));
    return {};
}

} // namespace

Result<ForkStatus> cloneFork(const QString &url, const QString &path, const ProgressFunction &progress)
{
    startGit();
    if (url.isEmpty() || url.startsWith(u'-'))
        return Failure(
            Error{ErrorKind::Invalid, QCoreApplication::translate("Fork", "“%1” is no git address.").arg(url), {}, {}});
    const QFileInfo target(path);
    if ((target.exists() || target.isSymLink()) && !isEmptyFolder(target)) {
        Result<ForkStatus> status = readFork(path);
        if (!status && status.error().kind == ErrorKind::NotFound)
            return Failure(notACheckout(path));
        return status;
    }
    if (!QDir().mkpath(target.path()))
        return Failure(systemError(target.path(), errno));
    removeLeftovers(path);

    const QString beside = folderBeside(path) + QString::number(getpid());
    if (Result<void> cloned = cloneBeside(url, beside, path, progress); !cloned) {
        QDir(beside).removeRecursively();
        return Failure(cloned.error());
    }
    // An empty folder gives way to a rename, anything that came there meanwhile does not.
    if (std::rename(QFile::encodeName(beside).constData(), QFile::encodeName(path).constData()) != 0) {
        const int why = errno;
        QDir(beside).removeRecursively();
        if (why == EEXIST || why == ENOTEMPTY || why == ENOTDIR)
            return Failure(notACheckout(path));
        return Failure(systemError(path, why));
    }
    log(LogDomain::Fork).info("cloned {} to {}", url.toStdString(), path.toStdString());
    return readFork(path);
}

} // namespace kernelyard
