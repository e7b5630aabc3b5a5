// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/submodules.h"

#include "core/base/log.h"
#include "core/base/wholefile.h"
#include "core/fork/changes.h"
#include "core/fork/modulefile.h"
#include "core/fork/objects.h"
#include "core/fork/transfer.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMap>

#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr int deepest = 8;                                // submodules of submodules
constexpr auto checkoutMark = "refs/kernelyard/checkout"; // stands while a first checkout is at work

QString tr(const char *text)
{
    return QCoreApplication::translate("Fork", text);
}

git_oid idOf(const QString &hash)
{
    git_oid id{};
    git_oid_fromstr(&id, hash.toLatin1().constData());
    return id;
}

QString headOf(git_repository *repository)
{
    git_oid id;
    return git_reference_name_to_id(&id, repository, "HEAD") == 0 ? hashText(&id) : QString();
}

QString folderOf(git_repository *parent, const Module &module)
{
    return QFile::decodeName(git_repository_workdir(parent)) + module.path;
}

SubmoduleStatus described(const Module &module, const QString &prefix)
{
    SubmoduleStatus status;
    status.path = prefix + module.path;
    status.url = module.url;
    status.pinned = module.pinned;
    if (!module.refusal.isEmpty()) {
        status.state = SubmoduleState::Refused;
        status.trouble = module.refusal;
    }
    return status;
}

void readOne(git_repository *repository, SubmoduleStatus &status)
{
    status.current = headOf(repository);
    const auto changes = changedFilesOf(repository, status.path);
    if (!changes) {
        status.state = SubmoduleState::Unknown;
        status.trouble = changes.error().message;
        return;
    }
    for (const ChangedFile &change : *changes)
        status.changedFiles << change.path;
    status.state = status.current.isEmpty()          ? SubmoduleState::Missing
                   : status.current != status.pinned ? SubmoduleState::Moved
                   : status.changedFiles.isEmpty()   ? SubmoduleState::AsPinned
                                                     : SubmoduleState::Dirty;
}

void readAll(git_repository *parent, const QString &prefix, int depth, QList<SubmoduleStatus> &all)
{
    for (const Module &module : modulesOf(parent)) {
        SubmoduleStatus status = described(module, prefix);
        const QString folder = folderOf(parent, module);
        GitRepository repository;
        if (status.state != SubmoduleState::Refused && QFileInfo::exists(folder + u"/.git")) {
            Result<GitRepository> opened = openRepository(folder);
            if (opened) {
                repository = std::move(*opened);
                readOne(repository.get(), status);
            } else {
                status.state = SubmoduleState::Unknown;
                status.trouble = opened.error().message;
            }
        }
        const QString path = status.path;
        all << std::move(status);
        if (repository && depth < deepest)
            readAll(repository.get(), path + u'/', depth + 1, all);
    }
}

bool holds(git_repository *repository, const QString &hash)
{
    const git_oid id = idOf(hash);
    GitCommit commit;
    return git_commit_lookup(commit.out(), repository, &id) == 0;
}

/// Whether some branch or tag holds the commit, so that leaving it loses nothing.
bool isHeld(git_repository *repository, const QString &hash)
{
    git_strarray names{};
    if (git_reference_list(&names, repository) < 0)
        return false;
    std::vector<git_oid> tips;
    for (const QString &name : takeStrings(&names)) {
        GitReference reference;
        GitObject commit;
        if (git_reference_lookup(reference.out(), repository, name.toUtf8().constData()) == 0 &&
            git_reference_peel(commit.out(), reference.get(), GIT_OBJECT_COMMIT) == 0)
            tips.push_back(*git_object_id(commit.get()));
    }
    const git_oid id = idOf(hash);
    return !tips.empty() && git_graph_reachable_from_any(repository, &id, tips.data(), tips.size()) == 1;
}

/// One update of all submodules at work.
class Updater
{
public:
    Updater(const QString &cachedCheckout, const ProgressFunction &progress)
        : m_cached(cachedCheckout)
        , m_progress(progress)
    {}

    /// False when it was cancelled.
    bool updateAll(git_repository *parent, const QString &prefix, int depth)
    {
        for (const Module &module : modulesOf(parent)) {
            if (!module.refusal.isEmpty())
                continue;
            GitRepository repository;
            const QString path = prefix + module.path;
            const Result<void> updated = updateOne(parent, module, path, repository);
            if (!updated) {
                if (updated.error().kind == ErrorKind::Cancelled) {
                    m_cancelled = updated.error();
                    return false;
                }
                m_troubles.insert(path, updated.error().message);
                log(LogDomain::Fork)
                    .warn("submodule {}: {}", path.toStdString(), updated.error().message.toStdString());
            }
            if (repository && depth < deepest && !updateAll(repository.get(), path + u'/', depth + 1))
                return false;
        }
        return true;
    }

    const QMap<QString, QString> &troubles() const { return m_troubles; }
    const Error &cancelled() const { return m_cancelled; }

private:
    Error failed(int code, const QString &path) const
    {
        return gitError(code, tr("The submodule %1 can't be brought up to date").arg(path), path);
    }

    Result<void> open(git_repository *parent, const Module &module, const QString &path, GitRepository &repository)
    {
        const QString folder = folderOf(parent, module);
        m_files = Files::OfTheUser;
        if (QFileInfo::exists(folder + u"/.git")) {
            Result<GitRepository> opened = openRepository(folder);
            if (!opened)
                return Failure(opened.error());
            repository = std::move(*opened);
            git_oid begun;
            if (git_reference_name_to_id(&begun, repository.get(), checkoutMark) == 0)
                m_files = Files::NotYetWhole;
        } else {
            m_files = Files::NotYetWhole;
            if (!QDir().mkpath(folder))
                return Failure(systemError(folder, errno));
            const QByteArray workTree = QFile::encodeName(folder);
            git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
            options.flags =
                GIT_REPOSITORY_INIT_NO_DOTGIT_DIR | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_RELATIVE_GITLINK;
            options.workdir_path = workTree.constData();
            const QString own = QFile::decodeName(git_repository_commondir(parent)) + u"modules/"_s + module.name;
            const int code = git_repository_init_ext(repository.out(), QFile::encodeName(own).constData(), &options);
            if (code < 0)
                return Failure(failed(code, path));
            // The library writes the link of a new repository alone, not of one whose folder was removed.
            QSaveFile link(folder + u"/.git");
            const QByteArray target = "gitdir: " + QFile::encodeName(QDir(folder).relativeFilePath(own)) + '\n';
            errno = 0;
            if (!writeWhole(link, target))
                return Failure(systemError(folder, errno != 0 ? errno : EACCES));
        }
        return setAddress(parent, module, path, repository.get());
    }

    /// What `git submodule sync` does: the addresses of .gitmodules become those that are used.
    Result<void> setAddress(git_repository *parent, const Module &module, const QString &path,
                            git_repository *repository)
    {
        const QByteArray address = module.address.toUtf8();
        GitConfig config;
        int code = git_repository_config(config.out(), parent);
        const QString key = u"submodule."_s + module.name;
        if (code == 0)
            code = git_config_set_string(config.get(), (key + u".url"_s).toUtf8().constData(), address.constData());
        if (code == 0)
            code = git_config_set_bool(config.get(), (key + u".active"_s).toUtf8().constData(), 1);
        GitRemote remote;
        if (code == 0)
            code = git_remote_lookup(remote.out(), repository, "origin") == 0
                       ? git_remote_set_url(repository, "origin", address.constData())
                       : git_remote_create(remote.out(), repository, "origin", address.constData());
        if (code < 0)
            return Failure(failed(code, path));
        return {};
    }

    Result<void> fetchPinned(git_repository *repository, const Module &module, const QString &path)
    {
        if (holds(repository, module.pinned))
            return {};
        const auto goOn = [this, &path] { return !m_progress || m_progress({0, 0, 0, path}); };
        const QString cached = m_cached.isEmpty() ? QString() : gitFolderOf(m_cached + u'/' + path);
        if (!cached.isEmpty()) {
            if (Result<void> shared = shareObjects(cached, repository, goOn); !shared)
                return shared;
            if (holds(repository, module.pinned))
                return {};
        }
        GitRemote remote;
        int code = git_remote_lookup(remote.out(), repository, "origin");
        Transfer transfer(m_progress, path);
        if (code == 0)
            code = transfer.fetch(remote.get(), {}, GIT_REMOTE_DOWNLOAD_TAGS_ALL);
        if (code < 0)
            return Failure(
                gitError(code, tr("The submodule %1 can't be fetched from %2").arg(path, module.address), path));
        if (holds(repository, module.pinned))
            return {};
        // A commit that no branch holds any more may still be had by its name.
        const QString wanted = u"%1:refs/kernelyard/pinned"_s.arg(module.pinned);
        code = transfer.fetch(remote.get(), {wanted}, GIT_REMOTE_DOWNLOAD_TAGS_NONE);
        if (code == GIT_EUSER)
            return Failure(failed(code, path));
        if (!holds(repository, module.pinned))
            return Failure(Error{ErrorKind::NotFound,
                                 tr("The submodule %1 is pinned to commit %2, which %3 does not have (any more).")
                                     .arg(path, module.pinned.left(10), module.address),
                                 {},
                                 tr("Pin a commit that is there, or take it from a checkout that still has it.")});
        return {};
    }

    Result<void> checkOut(git_repository *repository, const Module &module, const QString &path)
    {
        const QString current = headOf(repository);
        const bool first = current.isEmpty() || m_files == Files::NotYetWhole;
        if (current == module.pinned && !first)
            return {};
        const auto changes = changedFilesOf(repository, path);
        if (!first && changes && !changes->isEmpty())
            return Failure(
                Error{ErrorKind::Conflict,
                      tr("The submodule %1 has changed files and was left at %2.").arg(path, current.left(10)),
                      {},
                      tr("Commit or stash them there, then try again.")});
        if (!current.isEmpty() && current != module.pinned && git_repository_head_detached(repository) == 1 &&
            !isHeld(repository, current))
            return Failure(Error{ErrorKind::Conflict,
                                 tr("The submodule %1 stands at commit %2, which no branch holds, and was left there.")
                                     .arg(path, current.left(10)),
                                 {},
                                 tr("Make a branch of it there, then try again.")});
        const git_oid id = idOf(module.pinned);
        Transfer transfer(m_progress, path);
        git_checkout_options options = transfer.checkoutOptions(GIT_CHECKOUT_SAFE | GIT_CHECKOUT_RECREATE_MISSING);
        int code = 0;
        if (first) {
            // Head and a mark first: an interrupted checkout is then gone on with instead of taken for removed files.
            GitReference mark;
            code = git_repository_set_head_detached(repository, &id);
            if (code == 0)
                code = git_reference_create(mark.out(), repository, checkoutMark, &id, 1, nullptr);
            if (code == 0)
                code = git_checkout_head(repository, &options);
            if (code == 0)
                code = git_reference_remove(repository, checkoutMark);
        } else {
            GitObject commit;
            code = git_object_lookup(commit.out(), repository, &id, GIT_OBJECT_COMMIT);
            if (code == 0)
                code = git_checkout_tree(repository, commit.get(), &options);
            if (code == 0)
                code = git_repository_set_head_detached(repository, &id);
        }
        if (code < 0)
            return Failure(failed(code, path));
        return {};
    }

    Result<void> updateOne(git_repository *parent, const Module &module, const QString &path, GitRepository &repository)
    {
        if (m_progress && !m_progress({0, 0, 0, path}))
            return Failure(failed(GIT_EUSER, path));
        Result<void> done = open(parent, module, path, repository);
        if (done)
            done = fetchPinned(repository.get(), module, path);
        if (done)
            done = checkOut(repository.get(), module, path);
        return done;
    }

    enum class Files { OfTheUser, NotYetWhole };

    QString m_cached;
    Files m_files = Files::OfTheUser; ///< of the submodule at work
    const ProgressFunction &m_progress;
    QMap<QString, QString> m_troubles;
    Error m_cancelled;
};

} // namespace

QList<SubmoduleStatus> submodulesOf(git_repository *repository)
{
    QList<SubmoduleStatus> all;
    readAll(repository, {}, 0, all);
    return all;
}

Result<QList<SubmoduleStatus>> updateSubmodules(git_repository *repository, const QString &cachedCheckout,
                                                const ProgressFunction &progress)
{
    Updater updater(cachedCheckout, progress);
    if (!updater.updateAll(repository, {}, 0))
        return Failure(updater.cancelled());
    QList<SubmoduleStatus> all = submodulesOf(repository);
    for (SubmoduleStatus &status : all)
        if (updater.troubles().contains(status.path))
            status.trouble = updater.troubles().value(status.path);
    return all;
}

} // namespace kernelyard
