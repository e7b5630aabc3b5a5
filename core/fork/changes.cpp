// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/changes.h"

#include "core/fork/since.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>

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
    // What changed inside a submodule is asked of the submodule itself.
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
    sortByPath(changes);
    return changes;
}

Result<QStringList> trackedFiles(const QString &path)
{
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    GitIndex index;
    if (const int code = git_repository_index(index.out(), repository->get()); code < 0)
        return Failure(gitError(
            code, QCoreApplication::translate("Fork", "The files of the fork in %1 can't be listed").arg(path), path));
    QStringList files;
    for (size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
        const git_index_entry *entry = git_index_get_byindex(index.get(), i);
        if (entry->mode != GIT_FILEMODE_COMMIT)
            files << QFile::decodeName(entry->path);
    }
    return files;
}

} // namespace kernelyard
