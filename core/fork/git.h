// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QStringList>

#include <git2.h>

#include <utility>

namespace kernelyard {

/// Owns one libgit2 object. Move-only; \a Free is the library's function that ends it.
template <class T, void (*Free)(T *)>
class GitHandle
{
public:
    GitHandle() = default;
    ~GitHandle() { Free(m_object); }
    GitHandle(GitHandle &&other) noexcept
        : m_object(std::exchange(other.m_object, nullptr))
    {}
    GitHandle &operator=(GitHandle &&other) noexcept
    {
        std::swap(m_object, other.m_object);
        return *this;
    }

    T *get() const { return m_object; }
    explicit operator bool() const { return m_object != nullptr; }
    /// For the library's functions that make an object: gives up the one held.
    T **out()
    {
        Free(std::exchange(m_object, nullptr));
        return &m_object;
    }

private:
    T *m_object = nullptr;
};

using GitRepository = GitHandle<git_repository, git_repository_free>;
using GitReference = GitHandle<git_reference, git_reference_free>;
using GitRemote = GitHandle<git_remote, git_remote_free>;
using GitCommit = GitHandle<git_commit, git_commit_free>;
using GitTree = GitHandle<git_tree, git_tree_free>;
using GitTreeBuilder = GitHandle<git_treebuilder, git_treebuilder_free>;
using GitSignature = GitHandle<git_signature, git_signature_free>;
using GitIndex = GitHandle<git_index, git_index_free>;
using GitConfig = GitHandle<git_config, git_config_free>;
using GitConfigIterator = GitHandle<git_config_iterator, git_config_iterator_free>;
using GitDiff = GitHandle<git_diff, git_diff_free>;
using GitObject = GitHandle<git_object, git_object_free>;
using GitAnnotatedCommit = GitHandle<git_annotated_commit, git_annotated_commit_free>;
using GitRevwalk = GitHandle<git_revwalk, git_revwalk_free>;
using GitOdb = GitHandle<git_odb, git_odb_free>;
using GitStatusList = GitHandle<git_status_list, git_status_list_free>;

/// Starts the library once per process; call before its first use on any thread.
void startGit();

/// The only place where libgit2's codes become errors: \a code as its function returned it, on this thread, while
/// working on \a path. \a failed is the sentence's beginning, with the object in it: "The fork X can't be read".
Error gitError(int code, const QString &failed, const QString &path);

/// The full hash of \a id; empty for none.
QString hashText(const git_oid *id);

/// The list that the library filled, as text, and freed.
QStringList takeStrings(git_strarray *strings);

/// Opens the repository that lies at \a path itself, never one above it. Errors: NotFound (there is none), Permission
/// (it belongs to another user; the remedy marks it safe), Failed.
Result<GitRepository> openRepository(const QString &path);

} // namespace kernelyard
