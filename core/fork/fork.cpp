// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/fork.h"

#include "core/base/log.h"
#include "core/fork/address.h"
#include "core/fork/changes.h"
#include "core/fork/git.h"
#include "core/fork/remotes.h"
#include "core/fork/submodules.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QtConcurrent>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString cantRead(const QString &path)
{
    return QCoreApplication::translate("Fork", "The fork in %1 can't be read").arg(path);
}

std::optional<Divergence> divergenceFrom(git_repository *repository, const git_oid &commit, git_reference *other)
{
    size_t ahead = 0, behind = 0;
    const git_oid *target = git_reference_target(other);
    if (!target || git_graph_ahead_behind(&ahead, &behind, repository, &commit, target) < 0)
        return {};
    return Divergence{QString::fromUtf8(git_reference_shorthand(other)), static_cast<int>(ahead),
                      static_cast<int>(behind)};
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
    const git_oid *commit = git_reference_target(head.get());
    status.commit = hashText(commit);
    if (git_repository_head_detached(repository) == 1)
        return {};
    status.branch = QString::fromUtf8(git_reference_shorthand(head.get()));

    GitReference followed;
    const QString name = followedBranch(repository, status.branch);
    if (!name.isEmpty() && git_reference_lookup(followed.out(), repository, name.toUtf8().constData()) == 0)
        if (const auto divergence = divergenceFrom(repository, *commit, followed.get())) {
            status.hasUpstream = true;
            status.ahead = divergence->ahead;
            status.behind = divergence->behind;
        }
    return {};
}

void readRemotes(git_repository *repository, ForkStatus &status)
{
    status.origin = remoteAddress(repository, u"origin"_s);
    status.upstream = remoteAddress(repository, u"upstream"_s);
    status.fetched =
        QFileInfo(QFile::decodeName(git_repository_commondir(repository)) + u"FETCH_HEAD"_s).lastModified();
}

/// The first of \a names that is a remote-tracking branch.
GitReference firstBranch(git_repository *repository, const QStringList &names)
{
    GitReference reference, resolved;
    for (const QString &name : names)
        if (git_reference_lookup(reference.out(), repository, (u"refs/remotes/"_s + name).toUtf8().constData()) == 0 &&
            git_reference_resolve(resolved.out(), reference.get()) == 0)
            return resolved;
    return {};
}

void readDivergences(git_repository *repository, ForkStatus &status)
{
    if (status.commit.isEmpty())
        return;
    git_oid commit;
    git_oid_fromstr(&commit, status.commit.toLatin1().constData());
    if (!status.branch.isEmpty())
        if (const GitReference origin = firstBranch(repository, {u"origin/"_s + status.branch}))
            status.fromOrigin = divergenceFrom(repository, commit, origin.get());
    // Its main branch is the one it names; where it was never asked, the one that origin has, then the usual names.
    QStringList names{u"upstream/HEAD"_s};
    if (const GitReference origin = firstBranch(repository, {u"origin/HEAD"_s}))
        names << u"upstream/"_s + QString::fromUtf8(git_reference_shorthand(origin.get())).section(u'/', 1);
    names << u"upstream/main"_s << u"upstream/master"_s;
    if (const GitReference upstream = firstBranch(repository, names))
        status.fromUpstream = divergenceFrom(repository, commit, upstream.get());
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

Error invalid(const QString &message)
{
    return {ErrorKind::Invalid, message, {}, {}};
}

} // namespace

int ForkStatus::submodulesIn(SubmoduleState state) const
{
    return static_cast<int>(std::ranges::count(submodules, state, &SubmoduleStatus::state));
}

/// What readFork and readForkIdentity begin with.
static Result<ForkStatus> identityOf(const Result<GitRepository> &repository, const QString &path)
{
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
    readRemotes(repository->get(), status);
    return status;
}

Result<ForkStatus> readForkIdentity(const QString &path)
{
    return identityOf(openRepository(path), path);
}

Result<ForkStatus> readFork(const QString &path)
{
    const Result<GitRepository> repository = openRepository(path);
    Result<ForkStatus> status = identityOf(repository, path);
    if (!status)
        return status;
    if (const Result<void> head = readHead(repository->get(), *status); !head)
        return Failure(head.error());
    Result<QList<ChangedFile>> changes = changedFilesOf(repository->get(), path);
    if (!changes)
        return Failure(changes.error());
    status->changes = std::move(*changes);
    for (const ChangedFile &change : status->changes)
        status->changedFiles << change.path;
    readDivergences(repository->get(), *status);
    status->operation = operationOf(repository->get());
    status->submodules = submodulesOf(repository->get());
    return status;
}

/// A checkout as it stands in a list; nothing: the folder is none.
static std::optional<ForkStatus> listed(const QFileInfo &folder)
{
    Result<ForkStatus> status = readFork(folder.filePath());
    if (status)
        return std::move(*status);
    if (status.error().kind == ErrorKind::NotFound)
        return {};
    ForkStatus troubled;
    troubled.name = folder.fileName();
    troubled.path = folder.absoluteFilePath();
    troubled.trouble = status.error();
    return troubled;
}

QList<ForkStatus> listForks(const QString &folder)
{
    startGit();
    const QFileInfoList entries = QDir(folder).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    QList<ForkStatus> forks;
    for (std::optional<ForkStatus> &status :
         QtConcurrent::blockingMapped<QList<std::optional<ForkStatus>>>(entries, listed))
        if (status)
            forks << std::move(*status);
    return forks;
}

Result<ForkStatus> ensureFork(const ForkRequest &request, const ProgressFunction &progress)
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

    const QString seed = seedPath(request.seedsFolder, request.name);
    const Result<QString> commit = seedRepository(request.seed, seed);
    if (!commit)
        return Failure(commit.error());
    Result<ForkStatus> fork = cloneFork(seed, path, progress);
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
