// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/actions.h"

#include "core/base/log.h"
#include "core/fork/address.h"
#include "core/fork/changes.h"
#include "core/fork/submodules.h"
#include "core/fork/wholecheckout.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStorageInfo>

#include <algorithm>
#include <array>
#include <optional>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Fork", text);
}

/// Whose head would go along to another branch, or be lost.
std::optional<Error> begunIn(git_repository *repository, const QString &what)
{
    const QString operation = operationOf(repository);
    if (operation.isEmpty() || operation == u"bisect")
        return {};
    return Error{ErrorKind::Conflict,
                 tr("%1: a %2 is begun there and not ended. Nothing was changed.").arg(what, operation),
                 {},
                 tr("End or abort it in a terminal: git status says how.")};
}

struct LocalBranch
{
    GitReference reference;
    bool isNew = false;
};

/// A local branch of that name; one that only a remote has becomes one that follows it. REMOTE/NAME is that remote's.
Result<LocalBranch> localBranch(git_repository *repository, const QString &branch, const QString &path)
{
    LocalBranch local;
    const QByteArray name = branch.toUtf8();
    if (git_branch_lookup(local.reference.out(), repository, name.constData(), GIT_BRANCH_LOCAL) == 0)
        return local;
    const QByteArray remoteless = name.mid(name.indexOf('/') + 1);
    const std::array<std::pair<QByteArray, QByteArray>, 3> ways{
        {{"origin/" + name, name}, {"upstream/" + name, name}, {name, remoteless}}};
    for (const auto &[full, own] : ways) {
        GitReference tracked;
        GitObject commit;
        if (git_branch_lookup(tracked.out(), repository, full.constData(), GIT_BRANCH_REMOTE) < 0)
            continue;
        int code = git_reference_peel(commit.out(), tracked.get(), GIT_OBJECT_COMMIT);
        if (code == 0)
            code = git_branch_create(local.reference.out(), repository, own.constData(),
                                     reinterpret_cast<git_commit *>(commit.get()), 0);
        local.isNew = code == 0;
        if (code == 0)
            code = git_branch_set_upstream(local.reference.get(), full.constData());
        if (code < 0)
            return Failure(gitError(code, tr("The branch %1 can't be made in %2").arg(branch, path), path));
        return local;
    }
    return Failure(Error{ErrorKind::NotFound,
                         tr("The fork in %1 has no branch %2.").arg(path, branch),
                         {},
                         tr("Fetch first, or make a new branch.")});
}

Result<void> switchIn(git_repository *repository, const QString &branch, const QString &path,
                      const ProgressFunction &progress)
{
    const QString what = tr("The fork in %1 can't be switched to %2").arg(path, branch);
    if (std::optional<Error> begun = begunIn(repository, what))
        return Failure(*begun);
    Result<LocalBranch> local = localBranch(repository, branch, path);
    if (!local)
        return Failure(local.error());
    git_reference *reference = local->reference.get();
    GitObject commit;
    if (const int code = git_reference_peel(commit.out(), reference, GIT_OBJECT_COMMIT); code < 0)
        return Failure(gitError(code, what, path));
    WholeCheckout checkout(repository, what, path, progress);
    Result<void> done = checkout.to(commit.get());
    if (done)
        if (const int code = git_repository_set_head(repository, git_reference_name(reference)); code < 0)
            done = Failure(checkout.undone(code));
    if (!done) {
        if (local->isNew)
            git_branch_delete(reference);
        return done;
    }
    log(LogDomain::Fork).info("{}: switched to {}", path.toStdString(), branch.toStdString());
    return {};
}

bool isForced(git_repository *repository, const RefUpdate &update)
{
    if (update.before.isEmpty() || update.after.isEmpty())
        return false;
    git_oid before, after;
    git_oid_fromstr(&before, update.before.toLatin1().constData());
    git_oid_fromstr(&after, update.after.toLatin1().constData());
    return git_graph_descendant_of(repository, &after, &before) == 0;
}

/// Why the changed files can't be stashed. Asked before: a repository among the untracked files is left out of the
/// stash by libgit2 and then removed with its folder; on a full disk version 1.5 does not notice that an object was not
/// written, and says later that something was not found.
std::optional<Error> notToBeStashed(git_repository *repository, const QString &path)
{
    constexpr qint64 reserve = 1 << 20; // for the index, trees, commits and references
    const Result<QList<ChangedFile>> changed = changedFilesOf(repository, path);
    if (!changed)
        return changed.error();
    for (const ChangedFile &file : *changed) {
        const QFileInfo info(QDir::cleanPath(path + u'/' + file.path));
        if (file.kind == ChangeKind::Untracked && info.isDir() && !info.isSymLink())
            return Error{ErrorKind::Conflict,
                         tr("The changed files in %1 can't be stashed: %2 is a repository of its own, which no stash "
                            "holds. Nothing was changed.")
                             .arg(path, info.filePath()),
                         {},
                         tr("Move it out of the checkout, then try again.")};
    }
    qint64 needed = reserve;
    for (const ChangedFile &file : *changed)
        needed += QFileInfo(path + u'/' + file.path).size();
    const QStorageInfo disk(QFile::decodeName(git_repository_commondir(repository)));
    if (changed->isEmpty() || !disk.isValid() || disk.bytesAvailable() >= needed)
        return {};
    return Error{
        ErrorKind::NoSpace,
        tr("The changed files in %1 can't be stashed: the file system is full. Nothing was changed.").arg(path),
        tr("%1 bytes are free, %2 are needed").arg(disk.bytesAvailable()).arg(needed),
        tr("Free space on the file system that holds %1, then try again.").arg(path)};
}

/// The newest stash put back into the files; where that can't be done it is kept, and \a error says so.
Error withStashBack(git_repository *repository, Error error, const QString &path)
{
    git_stash_apply_options options = GIT_STASH_APPLY_OPTIONS_INIT;
    options.flags = GIT_STASH_APPLY_REINSTATE_INDEX;
    if (git_stash_pop(repository, 0, &options) == 0)
        return error;
    log(LogDomain::Fork).error("{}: the stash could not be put back, it is kept", path.toStdString());
    error.message += tr(" Your changes are kept in the newest stash.");
    error.remedy = QString(error.remedy + u' ' + tr("Then: git -C %1 stash pop --index").arg(path)).trimmed();
    return error;
}

int signatureOf(git_repository *repository, GitSignature &signature)
{
    const int code = git_signature_default(signature.out(), repository);
    return code == 0 ? 0 : git_signature_now(signature.out(), "Kernelyard", "kernelyard@localhost");
}

} // namespace

Result<QList<ForkBranch>> branchesOf(const QString &path)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    QList<ForkBranch> local, remote;
    git_branch_iterator *iterator = nullptr;
    if (const int code = git_branch_iterator_new(&iterator, repository->get(), GIT_BRANCH_ALL); code < 0)
        return Failure(gitError(code, tr("The branches of the fork in %1 can't be read").arg(path), path));
    GitReference reference;
    git_branch_t kind{};
    while (git_branch_next(reference.out(), &kind, iterator) == 0) {
        const QString name = QString::fromUtf8(git_reference_shorthand(reference.get()));
        GitObject commit;
        if (git_reference_type(reference.get()) == GIT_REFERENCE_SYMBOLIC ||
            git_reference_peel(commit.out(), reference.get(), GIT_OBJECT_COMMIT) < 0)
            continue;
        const QString hash = hashText(git_object_id(commit.get()));
        if (kind == GIT_BRANCH_LOCAL)
            local << ForkBranch{name, {}, hash, git_branch_is_head(reference.get()) == 1};
        else
            remote << ForkBranch{name.section(u'/', 1), name.section(u'/', 0, 0), hash, false};
    }
    git_branch_iterator_free(iterator);
    for (const ForkBranch &branch : remote)
        if (std::ranges::none_of(local, [&](const ForkBranch &other) { return other.name == branch.name; }))
            local << branch;
    return local;
}

Result<FetchReport> fetchFork(const QString &path, const ProgressFunction &progress)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    git_strarray names{};
    if (const int code = git_remote_list(&names, repository->get()); code < 0)
        return Failure(gitError(code, tr("The remotes of the fork in %1 can't be read").arg(path), path));
    const QStringList remotes = takeStrings(&names);
    if (remotes.isEmpty())
        return Failure(Error{ErrorKind::NotFound,
                             tr("The fork in %1 has no remote to fetch.").arg(path),
                             {},
                             tr("Add one: git remote add origin ADDRESS.")});
    FetchReport report;
    for (const QString &name : remotes) {
        GitRemote remote;
        int code = git_remote_lookup(remote.out(), repository->get(), name.toUtf8().constData());
        const QString url = code == 0 ? QString::fromUtf8(git_remote_url(remote.get())) : QString();
        if (const Result<void> checked = checkAddress(url); !checked) {
            report.failures << checked.error();
            continue;
        }
        Transfer transfer(progress, shortAddress(url));
        code = transfer.fetch(remote.get(), {}, GIT_REMOTE_DOWNLOAD_TAGS_AUTO, true);
        if (code < 0) {
            Error error = gitError(code, tr("%1 (%2) can't be fetched").arg(name, url), path);
            if (error.kind == ErrorKind::Cancelled)
                return Failure(error);
            report.failures << error;
        }
        for (RefUpdate update : transfer.updates()) {
            update.forced = isForced(repository->get(), update);
            report.updates << update;
        }
    }
    if (report.failures.size() == remotes.size())
        return Failure(report.failures.first());
    return report;
}

Result<void> setUpstream(const QString &path, const QString &url)
{
    if (Result<void> checked = checkAddress(url); !checked)
        return checked;
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    GitRemote remote;
    const QByteArray address = url.toUtf8();
    const int code = git_remote_lookup(remote.out(), repository->get(), "upstream") == 0
                         ? git_remote_set_url(repository->get(), "upstream", address.constData())
                         : git_remote_create(remote.out(), repository->get(), "upstream", address.constData());
    if (code < 0)
        return Failure(gitError(code, tr("The upstream of the fork in %1 can't be set").arg(path), path));
    return {};
}

Result<ForkStatus> switchBranch(const QString &path, const QString &branch, const ProgressFunction &progress)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    if (Result<void> switched = switchIn(repository->get(), branch, path, progress); !switched)
        return Failure(switched.error());
    return readFork(path);
}

Result<ForkStatus> createBranch(const QString &path, const QString &branch, const QString &start,
                                const ProgressFunction &progress)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    int valid = 0;
    if (branch.startsWith(u'-') || git_branch_name_is_valid(&valid, branch.toUtf8().constData()) < 0 || !valid)
        return Failure(Error{ErrorKind::Invalid, tr("“%1” can't be the name of a branch.").arg(branch), {}, {}});
    const QString what = tr("The branch %1 can't be made in %2").arg(branch, path);
    if (std::optional<Error> begun = begunIn(repository->get(), what))
        return Failure(*begun);
    const QByteArray from = start.isEmpty() ? QByteArray("HEAD") : start.toUtf8();
    GitObject found, commit;
    GitReference made;
    int code = git_revparse_single(found.out(), repository->get(), from.constData());
    if (code == 0)
        code = git_object_peel(commit.out(), found.get(), GIT_OBJECT_COMMIT);
    if (code == 0)
        code = git_branch_create(made.out(), repository->get(), branch.toUtf8().constData(),
                                 reinterpret_cast<git_commit *>(commit.get()), 0);
    if (code < 0)
        return Failure(gitError(code, what, path));
    if (Result<void> switched = switchIn(repository->get(), branch, path, progress); !switched) {
        git_branch_delete(made.get());
        return Failure(switched.error());
    }
    return readFork(path);
}

Result<ForkStatus> fastForward(const QString &path, const QString &target, const ProgressFunction &progress)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    const QString what = tr("The fork in %1 can't be moved forward").arg(path);
    if (std::optional<Error> begun = begunIn(repository->get(), what))
        return Failure(*begun);
    GitReference head, followed, moved;
    GitAnnotatedCommit theirs;
    int code = git_repository_head(head.out(), repository->get());
    if (code == 0 && git_repository_head_detached(repository->get()) == 1)
        return Failure(Error{ErrorKind::Conflict, what + tr(": it stands on no branch."), {}, tr("Switch to one.")});
    if (code == 0)
        code = target.isEmpty() ? git_branch_upstream(followed.out(), head.get())
                                : git_branch_lookup(followed.out(), repository->get(), target.toUtf8().constData(),
                                                    GIT_BRANCH_REMOTE);
    if (code == 0)
        code = git_annotated_commit_from_ref(theirs.out(), repository->get(), followed.get());
    if (code < 0)
        return Failure(gitError(code, what, path));
    git_merge_analysis_t analysis{};
    git_merge_preference_t preference{};
    const git_annotated_commit *list[] = {theirs.get()};
    code = git_merge_analysis(&analysis, &preference, repository->get(), list, 1);
    if (code < 0)
        return Failure(gitError(code, what, path));
    if (analysis & GIT_MERGE_ANALYSIS_UP_TO_DATE)
        return readFork(path);
    const QString from = QString::fromUtf8(git_reference_shorthand(followed.get()));
    if (!(analysis & GIT_MERGE_ANALYSIS_FASTFORWARD))
        return Failure(Error{ErrorKind::Conflict,
                             tr("%1 to %2: both have commits that the other has not.").arg(what, from),
                             {},
                             tr("Merge or rebase in a terminal. Nothing was changed.")});
    GitObject commit;
    code = git_object_lookup(commit.out(), repository->get(), git_annotated_commit_id(theirs.get()), GIT_OBJECT_COMMIT);
    if (code < 0)
        return Failure(gitError(code, what, path));
    WholeCheckout checkout(repository->get(), what, path, progress);
    if (Result<void> out = checkout.to(commit.get()); !out)
        return Failure(out.error());
    code = git_reference_set_target(moved.out(), head.get(), git_annotated_commit_id(theirs.get()),
                                    (u"fast-forward to "_s + from).toUtf8().constData());
    if (code < 0)
        return Failure(checkout.undone(code));
    return readFork(path);
}

Result<ForkStatus> stashAndSwitch(const QString &path, const QString &branch, const ProgressFunction &progress)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    const QString what = tr("The changed files in %1 can't be stashed").arg(path);
    if (std::optional<Error> begun = begunIn(repository->get(), what))
        return Failure(*begun);
    if (std::optional<Error> kept = notToBeStashed(repository->get(), path))
        return Failure(*kept);
    GitSignature who;
    git_oid stash;
    const int before = stashCount(path);
    int code = signatureOf(repository->get(), who);
    if (code == 0)
        code = git_stash_save(&stash, repository->get(), who.get(),
                              tr("Kernelyard: before switching to %1").arg(branch).toUtf8().constData(),
                              GIT_STASH_INCLUDE_UNTRACKED);
    const bool nothing = code == GIT_ENOTFOUND && git_error_last()->klass == GIT_ERROR_STASH;
    if (code < 0 && !nothing) {
        Error error = gitError(code, what, path);
        // The stash is made before the files are taken away: what failed may have been the latter.
        return Failure(stashCount(path) > before ? withStashBack(repository->get(), error, path) : error);
    }
    const bool stashed = code == 0;
    if (Result<void> switched = switchIn(repository->get(), branch, path, progress); !switched)
        return Failure(stashed ? withStashBack(repository->get(), switched.error(), path) : switched.error());
    return readFork(path);
}

int stashCount(const QString &path)
{
    Result<GitRepository> repository = openRepository(path);
    int count = 0;
    if (repository)
        git_stash_foreach(
            repository->get(),
            [](size_t, const char *, const git_oid *, void *payload) { return ++*static_cast<int *>(payload), 0; },
            &count);
    return count;
}

Result<ForkStatus> syncSubmodules(const QString &path, const QString &cachedCheckout, const ProgressFunction &progress)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    Result<QList<SubmoduleStatus>> updated = updateSubmodules(repository->get(), cachedCheckout, progress);
    if (!updated)
        return Failure(updated.error());
    Result<ForkStatus> status = readFork(path);
    if (status)
        status->submodules = *updated;
    return status;
}

} // namespace kernelyard
