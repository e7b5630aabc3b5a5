// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/fork.h"
#include "core/fork/git.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr auto branchRef = "refs/heads/main";

/// Writes the files of a folder into a repository's object database, as trees.
class TreeWriter
{
public:
    TreeWriter(git_repository *repository, const QString &folder)
        : m_repository(repository)
        , m_folder(folder)
    {}

    Result<git_oid> write() { return writeFolder({}); }
    git_time_t newest() const { return m_newest; } ///< seconds since 1970: when the last of the files was changed

private:
    Error failed(int code) const
    {
        return gitError(code,
                        QCoreApplication::translate("Fork", "A git repository can't be made from %1").arg(m_folder),
                        QString::fromUtf8(git_repository_path(m_repository)));
    }

    bool isIgnored(const QString &relative) const
    {
        int ignored = 0;
        return git_ignore_path_is_ignored(&ignored, m_repository, QFile::encodeName(relative).constData()) == 0 &&
               ignored != 0;
    }

    Result<git_oid> writeFile(const QFileInfo &file, git_filemode_t mode)
    {
        git_oid oid;
        int code = 0;
        if (mode == GIT_FILEMODE_LINK) {
            std::error_code unreadable;
            const std::string target =
                std::filesystem::read_symlink(QFile::encodeName(file.filePath()).toStdString(), unreadable).string();
            if (unreadable)
                return Failure(systemError(file.filePath(), unreadable.value()));
            code = git_blob_create_from_buffer(&oid, m_repository, target.data(), target.size());
        } else {
            code = git_blob_create_from_disk(&oid, m_repository, QFile::encodeName(file.filePath()).constData());
        }
        if (code < 0)
            return Failure(failed(code));
        return oid;
    }

    Result<git_oid> writeFolder(const QString &relative)
    {
        GitTreeBuilder builder;
        if (const int code = git_treebuilder_new(builder.out(), m_repository, nullptr); code < 0)
            return Failure(failed(code));
        const QDir dir(QString(m_folder % u'/' % relative));
        for (const QFileInfo &entry :
             dir.entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)) {
            const bool isFolder = entry.isDir() && !entry.isSymLink();
            const QString name = relative + entry.fileName();
            if (entry.fileName() == u".git" || isIgnored(isFolder ? QString(name + u'/') : name))
                continue;
            const git_filemode_t mode = isFolder               ? GIT_FILEMODE_TREE
                                        : entry.isSymLink()    ? GIT_FILEMODE_LINK
                                        : entry.isExecutable() ? GIT_FILEMODE_BLOB_EXECUTABLE
                                                               : GIT_FILEMODE_BLOB;
            if (!isFolder && !entry.isSymLink())
                m_newest = std::max<git_time_t>(m_newest, entry.lastModified().toSecsSinceEpoch());
            Result<git_oid> oid = isFolder ? writeFolder(name + u'/') : writeFile(entry, mode);
            if (!oid)
                return oid;
            if (isFolder && git_oid_is_zero(&*oid))
                continue;
            if (const int code = git_treebuilder_insert(nullptr, builder.get(),
                                                        QFile::encodeName(entry.fileName()).constData(), &*oid, mode);
                code < 0)
                return Failure(failed(code));
        }
        git_oid tree{};
        if (!relative.isEmpty() && git_treebuilder_entrycount(builder.get()) == 0)
            return tree; // zero: git knows no empty folders
        if (const int code = git_treebuilder_write(&tree, builder.get()); code < 0)
            return Failure(failed(code));
        return tree;
    }

    git_repository *m_repository;
    QString m_folder;
    git_time_t m_newest = 0;
};

/// Commits the files of \a folder to the main branch of \a repository when they differ from its head.
Result<QString> commitFolder(git_repository *repository, const QString &folder)
{
    const QString path = QString::fromUtf8(git_repository_path(repository));
    const QString failed = QCoreApplication::translate("Fork", "The sources in %1 can't be committed").arg(folder);
    // An ignore file of the sources works as it would in a checkout of them; rules live in this process alone.
    QFile ignoreFile(folder + u"/.gitignore");
    if (ignoreFile.open(QIODevice::ReadOnly))
        git_ignore_add_rule(repository, ignoreFile.readAll().constData());

    TreeWriter writer(repository, folder);
    const Result<git_oid> treeId = writer.write();
    if (!treeId)
        return Failure(treeId.error());

    git_oid headId;
    GitCommit head;
    int code = git_reference_name_to_id(&headId, repository, branchRef);
    if (code == 0) {
        code = git_commit_lookup(head.out(), repository, &headId);
        if (code == 0 && git_oid_equal(git_commit_tree_id(head.get()), &*treeId))
            return hashText(&headId);
    }
    if (code < 0 && code != GIT_ENOTFOUND)
        return Failure(gitError(code, failed, path));

    GitTree tree;
    GitSignature author;
    if (code = git_tree_lookup(tree.out(), repository, &*treeId); code < 0)
        return Failure(gitError(code, failed, path));
    // The sources' own time: the same ones make the same commit wherever the repository lies, as images are labelled by
    // it.
    code = git_signature_new(author.out(), "Kernelyard", "kernelyard@localhost", writer.newest(), 0);
    if (code < 0)
        return Failure(gitError(code, failed, path));
    const git_commit *parents[] = {head.get()};
    git_oid commit;
    code = git_commit_create(&commit, repository, branchRef, author.get(), author.get(), nullptr,
                             head ? "Update to the sources that ship with Kernelyard\n"
                                  : "Add the sources that ship with Kernelyard\n",
                             tree.get(), head ? 1 : 0, head ? parents : nullptr);
    if (code < 0)
        return Failure(gitError(code, failed, path));
    return hashText(&commit);
}

Result<QString> makeSeed(const QString &folder, const QString &path)
{
    const QString beside = u"%1.making-%2"_s.arg(path).arg(getpid());
    const auto failed = [&](int code) {
        Error error =
            gitError(code, QCoreApplication::translate("Fork", "The git repository %1 can't be made").arg(path), path);
        QDir(beside).removeRecursively();
        return Failure(std::move(error));
    };
    Result<QString> commit;
    {
        GitRepository repository;
        git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
        options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
        options.initial_head = "main";
        const int code = git_repository_init_ext(repository.out(), QFile::encodeName(beside).constData(), &options);
        if (code < 0)
            return failed(code);
        commit = commitFolder(repository.get(), folder);
    }
    if (!commit) {
        QDir(beside).removeRecursively();
        return commit;
    }
    if (std::rename(QFile::encodeName(beside).constData(), QFile::encodeName(path).constData()) != 0) {
        const int why = errno;
        QDir(beside).removeRecursively();
        if (why == EEXIST || why == ENOTEMPTY) // another process was first with the same sources
            return seedRepository(folder, path);
        return Failure(systemError(path, why));
    }
    return commit;
}

} // namespace

QString seedPath(const QString &seedsFolder, const QString &fork)
{
    return seedsFolder + u'/' + fork + u".git";
}

Result<QString> seedRepository(const QString &folder, const QString &path)
{
    startGit();
    if (!QFileInfo(folder).isDir())
        return Failure(
            Error{ErrorKind::NotFound,
                  QCoreApplication::translate("Fork", "The folder of sources %1 does not exist.").arg(folder),
                  {},
                  QCoreApplication::translate("Fork", "Install Kernelyard again: a part of it is missing.")});
    if (!QFileInfo::exists(path))
        return makeSeed(folder, path);
    Result<GitRepository> repository = openRepository(path);
    if (!repository)
        return Failure(repository.error());
    return commitFolder(repository->get(), folder);
}

} // namespace kernelyard
