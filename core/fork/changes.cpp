// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/changes.h"

#include "core/fork/modulefile.h"
#include "core/fork/since.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <functional>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

ChangeKind kindOf(git_delta_t status)
{
    switch (status) {
    case GIT_DELTA_ADDED:
    case GIT_DELTA_COPIED:
        return ChangeKind::Added;
    case GIT_DELTA_DELETED:
        return ChangeKind::Deleted;
    case GIT_DELTA_RENAMED:
        return ChangeKind::Renamed;
    case GIT_DELTA_TYPECHANGE:
        return ChangeKind::TypeChanged;
    case GIT_DELTA_UNTRACKED:
        return ChangeKind::Untracked;
    case GIT_DELTA_CONFLICTED:
        return ChangeKind::Conflicted;
    default:
        return ChangeKind::Modified;
    }
}

QString nameOf(const git_diff_file &file)
{
    QString name = file.path ? QFile::decodeName(file.path) : QString();
    if (name.endsWith(u'/')) // an untracked folder that is a repository of its own
        name.chop(1);
    return name;
}

ChangedFile changeOf(const git_diff_delta &delta)
{
    ChangedFile change;
    change.kind = kindOf(delta.status);
    change.oldPath = change.kind == ChangeKind::Renamed ? nameOf(delta.old_file) : QString();
    change.path = delta.new_file.path ? nameOf(delta.new_file) : nameOf(delta.old_file);
    change.isSubmodule = delta.new_file.mode == GIT_FILEMODE_COMMIT || delta.old_file.mode == GIT_FILEMODE_COMMIT;
    return change;
}

constexpr int deepest = 8; // submodules of submodules

/// Calls \a visit with each submodule that is checked out, at any depth, and with its path in the outermost checkout.
void visitSubmodules(git_repository *parent, const QString &prefix, int depth,
                     const std::function<void(git_repository *, const Module &, const QString &)> &visit)
{
    if (depth == deepest)
        return;
    for (const Module &module : modulesOf(parent)) {
        if (!module.refusal.isEmpty())
            continue;
        Result<GitRepository> inner = openRepository(QFile::decodeName(git_repository_workdir(parent)) + module.path);
        if (!inner) // missing
            continue;
        const QString path = prefix + module.path;
        visit(inner->get(), module, path);
        visitSubmodules(inner->get(), path + u'/', depth + 1, visit);
    }
}

QList<ChangedFile> changesInSubmodules(git_repository *repository)
{
    QList<ChangedFile> changes;
    visitSubmodules(repository, {}, 0, [&](git_repository *inner, const Module &module, const QString &path) {
        git_oid head;
        if (git_reference_name_to_id(&head, inner, "HEAD") == 0 && hashText(&head) != module.pinned) {
            changes << ChangedFile{path, ChangeKind::Modified, true, {}}; // which says more than its files would
            return;
        }
        const auto found = changedFilesOf(inner, path);
        if (!found)
            return;
        for (ChangedFile change : *found) {
            change.path.prepend(path + u'/');
            if (!change.oldPath.isEmpty())
                change.oldPath.prepend(path + u'/');
            changes << change;
        }
    });
    return changes;
}

QStringList filesOf(git_index *index, const QString &prefix)
{
    QStringList files;
    for (size_t i = 0; i < git_index_entrycount(index); ++i) {
        const git_index_entry *entry = git_index_get_byindex(index, i);
        if (entry->mode != GIT_FILEMODE_COMMIT)
            files << prefix + QFile::decodeName(entry->path);
    }
    return files;
}

void sortByPath(QList<ChangedFile> &changes)
{
    std::ranges::stable_sort(changes, {}, &ChangedFile::path);
    const auto rest = std::ranges::unique(changes, {}, &ChangedFile::path);
    changes.erase(rest.begin(), rest.end());
}

} // namespace

Result<QList<ChangedFile>> changedFilesOf(git_repository *repository, const QString &path)
{
    // Without GIT_STATUS_OPT_UPDATE_INDEX: looking at a checkout must not write into it.
    git_status_options options = GIT_STATUS_OPTIONS_INIT;
    options.flags =
        GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS | GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
    GitStatusList list;
    if (const int code = git_status_list_new(list.out(), repository, &options); code < 0)
        return Failure(
            gitError(code, QCoreApplication::translate("Fork", "The fork in %1 can't be read").arg(path), path));
    QList<ChangedFile> changes;
    const size_t count = git_status_list_entrycount(list.get());
    for (size_t i = 0; i < count; ++i) {
        const git_status_entry *entry = git_status_byindex(list.get(), i);
        if (entry->status & GIT_STATUS_IGNORED)
            continue;
        // What stands in the working tree says more than what stands in the index; new there means new at all.
        ChangedFile change = changeOf(entry->index_to_workdir ? *entry->index_to_workdir : *entry->head_to_index);
        if (entry->status & GIT_STATUS_INDEX_NEW && change.kind == ChangeKind::Modified)
            change.kind = ChangeKind::Added;
        if (!change.isSubmodule)
            changes << change;
    }
    sortByPath(changes);
    return changes;
}

Result<QString> resolveCommit(const QString &path, const QString &revision)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    GitObject object;
    int code = git_revparse_single(object.out(), repository->get(), revision.toUtf8().constData());
    GitObject commit;
    if (code == 0)
        code = git_object_peel(commit.out(), object.get(), GIT_OBJECT_COMMIT);
    if (code < 0)
        return Failure(gitError(
            code, QCoreApplication::translate("Fork", "The fork in %1 holds no commit %2").arg(path, revision), path));
    return hashText(git_object_id(commit.get()));
}

Result<QList<ChangedFile>> changesSince(const QString &path, const QString &commit)
{
    const Result<QString> base = resolveCommit(path, commit);
    Result<GitRepository> repository = openRepository(path);
    if (!base || !repository)
        return Failure(!base ? base.error() : repository.error());
    git_oid id;
    git_oid_fromstr(&id, base->toLatin1().constData());
    GitCommit found;
    GitTree tree;
    GitDiff diff;
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS | GIT_DIFF_INCLUDE_TYPECHANGE;
    // What changed inside a submodule is asked of the submodule itself, below.
    options.ignore_submodules = GIT_SUBMODULE_IGNORE_DIRTY;
    int code = git_commit_lookup(found.out(), repository->get(), &id);
    if (code == 0)
        code = git_commit_tree(tree.out(), found.get());
    if (code == 0)
        code = git_diff_tree_to_workdir_with_index(diff.out(), repository->get(), tree.get(), &options);
    if (code < 0)
        return Failure(gitError(
            code, QCoreApplication::translate("Fork", "The changes of the fork in %1 can't be read").arg(path), path));
    QList<ChangedFile> changes;
    for (size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i)
        changes << changeOf(*git_diff_get_delta(diff.get(), i));
    changes << changesInSubmodules(repository->get());
    sortByPath(changes);
    return changes;
}

Result<TrackedFiles> trackedFiles(const QString &path)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    GitIndex index;
    if (const int code = git_repository_index(index.out(), repository->get()); code < 0)
        return Failure(gitError(
            code, QCoreApplication::translate("Fork", "The files of the fork in %1 can't be listed").arg(path), path));
    TrackedFiles files{filesOf(index.get(), {}), {}};
    visitSubmodules(repository->get(), {}, 0, [&](git_repository *inner, const Module &, const QString &name) {
        GitIndex innerIndex;
        if (git_repository_index(innerIndex.out(), inner) == 0)
            files.inSubmodules << filesOf(innerIndex.get(), name + u'/');
    });
    return files;
}

QString operationOf(git_repository *repository)
{
    switch (git_repository_state(repository)) {
    case GIT_REPOSITORY_STATE_NONE:
        return {};
    case GIT_REPOSITORY_STATE_MERGE:
        return u"merge"_s;
    case GIT_REPOSITORY_STATE_REVERT:
    case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
        return u"revert"_s;
    case GIT_REPOSITORY_STATE_CHERRYPICK:
    case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
        return u"cherry-pick"_s;
    case GIT_REPOSITORY_STATE_BISECT:
        return u"bisect"_s;
    case GIT_REPOSITORY_STATE_APPLY_MAILBOX:
        return u"am"_s;
    default:
        return u"rebase"_s;
    }
}

} // namespace kernelyard
