// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/fork.h"

#include "core/base/log.h"
#include "core/fork/git.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString cantRead(const QString &path)
{
    return QCoreApplication::translate("Fork", "The fork in %1 can't be read").arg(path);
}

Result<void> readHead(git_repository *repository, ForkStatus &status)
{
    GitReference head;
    const int code = git_repository_head(head.out(), repository);
    if (code == GIT_EUNBORNBRANCH || code == GIT_ENOTFOUND) {
        GitReference symbolic;
        if (git_reference_lookup(symbolic.out(), repository, "HEAD") == 0 &&
            git_reference_type(symbolic.get()) == GIT_REFERENCE_SYMBOLIC)
            status.branch = QString::fromUtf8(git_reference_symbolic_target(symbolic.get())).section(u'/', 2);
        return {};
    }
    if (code < 0)
        return Failure(gitError(code, cantRead(status.path), status.path));
    char hash[GIT_OID_HEXSZ + 1];
    const git_oid *commit = git_reference_target(head.get());
    status.commit = QString::fromLatin1(git_oid_tostr(hash, sizeof hash, commit));
    if (git_repository_head_detached(repository) == 1)
        return {};
    status.branch = QString::fromUtf8(git_reference_shorthand(head.get()));

    GitReference upstream;
    size_t ahead = 0, behind = 0;
    if (git_branch_upstream(upstream.out(), head.get()) == 0 && git_reference_target(upstream.get()) &&
        git_graph_ahead_behind(&ahead, &behind, repository, commit, git_reference_target(upstream.get())) == 0) {
        status.hasUpstream = true;
        status.ahead = static_cast<int>(ahead);
        status.behind = static_cast<int>(behind);
    }
    return {};
}

Result<void> readChanges(git_repository *repository, ForkStatus &status)
{
    // Without GIT_STATUS_OPT_UPDATE_INDEX: looking at a checkout must not write into it.
    git_status_options options = GIT_STATUS_OPTIONS_INIT;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS;
    GitStatusList list;
    if (const int code = git_status_list_new(list.out(), repository, &options); code < 0)
        return Failure(gitError(code, cantRead(status.path), status.path));
    const size_t count = git_status_list_entrycount(list.get());
    for (size_t i = 0; i < count; ++i) {
        const git_status_entry *entry = git_status_byindex(list.get(), i);
        const git_diff_delta *delta = entry->index_to_workdir ? entry->index_to_workdir : entry->head_to_index;
        const char *file = delta->new_file.path ? delta->new_file.path : delta->old_file.path;
        if (file && !(entry->status & GIT_STATUS_IGNORED))
            status.changedFiles << QFile::decodeName(file);
    }
    status.changedFiles.sort();
    status.changedFiles.removeDuplicates();
    return {};
}

/// Brings the remote-tracking branches up to date; no branch, file or index of the user's changes.
Result<void> fetchOrigin(const QString &path)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    GitRemote remote;
    int code = git_remote_lookup(remote.out(), repository->get(), "origin");
    if (code == 0) {
        git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
        options.update_fetchhead = 0;
        code = git_remote_fetch(remote.get(), nullptr, &options, nullptr);
    }
    if (code < 0)
        return Failure(gitError(
            code, QCoreApplication::translate("Fork", "The origin of the fork in %1 can't be fetched").arg(path),
            path));
    return {};
}

bool isPlainName(const QString &name)
{
    return !name.isEmpty() && !name.startsWith(u'.') && !name.startsWith(u'-') && !name.contains(u'/') &&
           !name.contains(QChar(u'\0')) && name.toUtf8().size() <= 200;
}

Error invalid(const QString &message)
{
    return {ErrorKind::Invalid, message, {}, {}};
}

} // namespace

Result<ForkStatus> readFork(const QString &path)
{
    const Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    ForkStatus status;
    status.path = QFileInfo(path).absoluteFilePath();
    status.name = QFileInfo(status.path).fileName();
    if (git_repository_is_bare(repository->get()))
        return Failure(
            Error{ErrorKind::NotFound,
                  QCoreApplication::translate("Fork", "%1 is a bare git repository, not a checkout.").arg(path),
                  {},
                  {}});
    GitRemote remote;
    if (git_remote_lookup(remote.out(), repository->get(), "origin") == 0)
        status.origin = QString::fromUtf8(git_remote_url(remote.get()));
    if (const Result<void> head = readHead(repository->get(), status); !head)
        return Failure(head.error());
    if (const Result<void> changes = readChanges(repository->get(), status); !changes)
        return Failure(changes.error());
    return status;
}

QList<ForkStatus> listForks(const QString &folder)
{
    QList<ForkStatus> forks;
    for (const QFileInfo &entry : QDir(folder).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        Result<ForkStatus> status = readFork(entry.filePath());
        if (status) {
            forks << std::move(*status);
        } else if (status.error().kind != ErrorKind::NotFound) {
            ForkStatus troubled;
            troubled.name = entry.fileName();
            troubled.path = entry.absoluteFilePath();
            troubled.trouble = status.error();
            forks << troubled;
        }
    }
    return forks;
}

Result<ForkStatus> ensureFork(const ForkRequest &request, const std::function<bool(const CloneProgress &)> &progress)
{
    if (!isPlainName(request.name))
        return Failure(invalid(QCoreApplication::translate("Fork", "“%1” can't be the name of a fork: it must be a "
                                                                   "plain folder name.")
                                   .arg(request.name)));
    const QString path = request.forksFolder + u'/' + request.name;
    if (!request.url.isEmpty())
        return cloneFork(request.url, path, progress);
    if (request.seed.isEmpty())
        return Failure(
            invalid(QCoreApplication::translate("Fork", "The fork %1 has neither an address nor sources to make it "
                                                        "from.")
                        .arg(request.name)));

    const QString seed = request.seedsFolder + u'/' + request.name + u".git";
    const Result<QString> commit = seedRepository(request.seed, seed);
    if (!commit)
        return Failure(commit.error());
    const Result<ForkStatus> fork = cloneFork(seed, path, progress);
    if (!fork || fork->origin != seed)
        return fork;
    if (const Result<void> fetched = fetchOrigin(path); !fetched) {
        // The checkout is there and whole; that it can't learn of news is no reason not to use it.
        log(LogDomain::Fork).warn("{}", fetched.error().message.toStdString());
        return fork;
    }
    return readFork(path);
}

} // namespace kernelyard
