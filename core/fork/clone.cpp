// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/log.h"
#include "core/fork/address.h"
#include "core/fork/fork.h"
#include "core/fork/objects.h"
#include "core/fork/submodules.h"
#include "core/fork/transfer.h"

#include <QCollator>
#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr int mostStages = 6;
constexpr auto haveRefs = "refs/kernelyard/";

QString tr(const char *text)
{
    return QCoreApplication::translate("Fork", text);
}

/// Where a clone is made: beside its path, so that a rename ends it.
QString folderBeside(const QString &path)
{
    const QFileInfo info(path);
    return u"%1/.%2.clone"_s.arg(info.path(), info.fileName());
}

/// Held by the process that works in an unfinished clone; free again when that process is gone, however it ended.
class CloneLock
{
public:
    explicit CloneLock(const QString &beside)
        : m_descriptor(::open(QFile::encodeName(beside).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    {
        m_held = m_descriptor >= 0 && flock(m_descriptor, LOCK_EX | LOCK_NB) == 0;
    }
    ~CloneLock()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    CloneLock(const CloneLock &) = delete;
    CloneLock &operator=(const CloneLock &) = delete;

    bool isHeld() const { return m_held; }

private:
    int m_descriptor;
    bool m_held = false;
};

bool isEmptyFolder(const QFileInfo &info)
{
    return info.isDir() && !info.isSymLink() &&
           QDir(info.filePath()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
}

Error notACheckout(const QString &path)
{
    return {ErrorKind::Conflict,
            tr("The fork can't be cloned to %1: something that is no git checkout is in the way.").arg(path),
            {},
            tr("Move it away or remove it, then try again. It was left as it is.")};
}

Error atWork(const QString &path)
{
    return {ErrorKind::Conflict,
            tr("The fork can't be cloned to %1: another process is cloning to it.").arg(path),
            {},
            tr("Wait for it or cancel it there.")};
}

bool hasReferences(git_repository *repository)
{
    git_strarray names{};
    return git_reference_list(&names, repository) == 0 && !takeStrings(&names).isEmpty();
}

/// One clone at work in its hidden folder. Every function returns libgit2's code.
class Cloning
{
public:
    Cloning(const CloneRequest &request, const QString &beside, const ProgressFunction &progress)
        : m_request(request)
        , m_beside(beside)
        , m_progress(progress)
        , m_transfer(progress, shortAddress(request.url))
    {}

    Result<QList<SubmoduleStatus>> run()
    {
        int code = open();
        if (code < 0)
            return Failure(failed(code));
        if (Result<void> shared = shareMirror(); !shared)
            return Failure(shared.error());
        if (code = fetchHistory(); code < 0)
            return Failure(failed(code));
        if (code = checkOut(); code < 0)
            return Failure(failed(code));
        if (code = addUpstream(); code < 0)
            return Failure(failed(code));
        if (!m_request.submodules)
            return submodulesOf(m_repository.get());
        return updateSubmodules(m_repository.get(), m_request.cachedCheckout, m_progress);
    }

    /// Whether something was received that a second try need not ask for again.
    bool hasGains() const { return m_repository && hasReferences(m_repository.get()); }

private:
    Error failed(int code) const
    {
        return gitError(code, tr("The fork %1 can't be cloned to %2").arg(m_request.url, m_request.path),
                        QFileInfo(m_request.path).path());
    }

    int open()
    {
        git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
        options.flags = GIT_REPOSITORY_INIT_MKPATH;
        int code = git_repository_init_ext(m_repository.out(), QFile::encodeName(m_beside).constData(), &options);
        if (code < 0)
            return code;
        const QByteArray url = m_request.url.toUtf8();
        if (git_remote_lookup(m_origin.out(), m_repository.get(), "origin") == 0)
            return 0;
        return git_remote_create(m_origin.out(), m_repository.get(), "origin", url.constData());
    }

    /// The mirror's objects, and its branches under passing names, so that the server is asked for the rest alone.
    Result<void> shareMirror()
    {
        if (m_request.mirror.isEmpty())
            return {};
        const QString source = gitFolderOf(m_request.mirror);
        Result<GitRepository> mirror = openRepository(source.isEmpty() ? m_request.mirror : source);
        if (!mirror)
            return Failure(mirror.error());
        const auto goOn = [this] { return !m_progress || m_progress({0, 0, 0, m_request.mirror}); };
        if (Result<void> shared = shareObjects(source, m_repository.get(), goOn); !shared)
            return shared;
        git_strarray names{};
        int number = 0;
        if (git_reference_list(&names, mirror->get()) < 0)
            return {};
        for (const QString &name : takeStrings(&names)) {
            GitReference reference, made;
            GitObject commit;
            if (git_reference_lookup(reference.out(), mirror->get(), name.toUtf8().constData()) == 0 &&
                git_reference_peel(commit.out(), reference.get(), GIT_OBJECT_COMMIT) == 0)
                git_reference_create(
                    made.out(), m_repository.get(),
                    QByteArray(QByteArray(haveRefs) + "mirror/" + QByteArray::number(++number)).constData(),
                    git_object_id(commit.get()), 1, nullptr);
        }
        return {};
    }

    /// Some tags from old to new: the history up to each is a stage of its own.
    QStringList stages() const
    {
        const git_remote_head **heads = nullptr;
        size_t count = 0;
        if (git_remote_ls(&heads, &count, m_origin.get()) < 0)
            return {};
        QStringList tags;
        for (size_t i = 0; i < count; ++i) {
            const QString name = QString::fromUtf8(heads[i]->name);
            if (name.startsWith(u"refs/tags/") && !name.endsWith(u"^{}"))
                tags << name;
        }
        QCollator order;
        order.setNumericMode(true);
        std::ranges::sort(tags, order);
        const qsizetype wanted = std::min<qsizetype>(mostStages, tags.size() / 2);
        QStringList chosen;
        for (qsizetype i = 1; i <= wanted; ++i)
            chosen << tags.at(tags.size() * i / wanted - 1);
        return chosen;
    }

    int fetchHistory()
    {
        int code = m_transfer.list(m_origin.get());
        if (code < 0)
            return code;
        git_buf name = GIT_BUF_INIT;
        if (git_remote_default_branch(&name, m_origin.get()) == 0)
            m_mainBranch = QString::fromUtf8(name.ptr).section(u'/', 2);
        git_buf_dispose(&name);
        const QStringList tags = stages();
        git_remote_disconnect(m_origin.get());
        int number = 0;
        for (const QString &tag : tags) {
            const QString kept = QString::fromLatin1(haveRefs) + u"stage/"_s + QString::number(++number);
            GitReference done;
            if (git_reference_lookup(done.out(), m_repository.get(), kept.toUtf8().constData()) == 0)
                continue;
            code = m_transfer.fetch(m_origin.get(), {tag + u':' + kept}, GIT_REMOTE_DOWNLOAD_TAGS_NONE);
            if (code < 0)
                return code;
        }
        return m_transfer.fetch(m_origin.get(), {}, GIT_REMOTE_DOWNLOAD_TAGS_ALL);
    }

    int checkOut()
    {
        forgetPassingRefs();
        git_repository *repository = m_repository.get();
        const QByteArray remoteHead = "refs/remotes/origin/HEAD";
        GitReference made;
        if (!m_mainBranch.isEmpty())
            git_reference_symbolic_create(made.out(), repository, remoteHead.constData(),
                                          (u"refs/remotes/origin/"_s + m_mainBranch).toUtf8().constData(), 1, nullptr);
        const QString branch = m_request.branch.isEmpty() ? m_mainBranch : m_request.branch;
        if (branch.isEmpty())
            return 0; // nothing has been committed there yet
        GitReference remoteBranch, local;
        GitObject commit;
        int code = git_reference_lookup(remoteBranch.out(), repository,
                                        (u"refs/remotes/origin/"_s + branch).toUtf8().constData());
        if (code == 0)
            code = git_reference_peel(commit.out(), remoteBranch.get(), GIT_OBJECT_COMMIT);
        if (code < 0)
            return code;
        const QByteArray name = branch.toUtf8();
        code = git_branch_create(local.out(), repository, name.constData(),
                                 reinterpret_cast<git_commit *>(commit.get()), 1);
        if (code < 0 && git_branch_lookup(local.out(), repository, name.constData(), GIT_BRANCH_LOCAL) == 0)
            code = 0; // an earlier try got as far as this
        if (code == 0)
            code = git_branch_set_upstream(local.get(), QByteArray("origin/" + name).constData());
        if (code == 0)
            code = git_repository_set_head(repository, QByteArray("refs/heads/" + name).constData());
        if (code < 0)
            return code;
        // Forced: nobody has worked in this folder, and an earlier try may have left half a file.
        git_checkout_options options = m_transfer.checkoutOptions(GIT_CHECKOUT_FORCE);
        return git_checkout_head(repository, &options);
    }

    void forgetPassingRefs()
    {
        git_strarray names{};
        if (git_reference_list(&names, m_repository.get()) < 0)
            return;
        for (const QString &name : takeStrings(&names))
            if (name.startsWith(QLatin1StringView(haveRefs)))
                git_reference_remove(m_repository.get(), name.toUtf8().constData());
    }

    /// Not having reached it fails nothing: the checkout is whole, and "Fetch" asks again.
    int addUpstream()
    {
        if (m_request.upstreamUrl.isEmpty())
            return 0;
        GitRemote upstream;
        int code = 0;
        if (git_remote_lookup(upstream.out(), m_repository.get(), "upstream") < 0)
            code = git_remote_create(upstream.out(), m_repository.get(), "upstream",
                                     m_request.upstreamUrl.toUtf8().constData());
        if (code < 0)
            return code;
        Transfer transfer(m_progress, shortAddress(m_request.upstreamUrl));
        code = transfer.fetch(upstream.get(), {}, GIT_REMOTE_DOWNLOAD_TAGS_NONE);
        if (code == GIT_EUSER)
            return code;
        if (code < 0)
            log(LogDomain::Fork)
                .warn("{}",
                      gitError(code, tr("The upstream %1 can't be fetched").arg(m_request.upstreamUrl), m_request.path)
                          .message.toStdString());
        return 0;
    }

    const CloneRequest &m_request;
    QString m_beside;
    const ProgressFunction &m_progress;
    Transfer m_transfer;
    GitRepository m_repository;
    GitRemote m_origin;
    QString m_mainBranch;
};

QString originOf(const QString &folder)
{
    const auto status = readForkIdentity(folder);
    return status ? status->origin : QString();
}

/// Clones in the hidden folder and gives it its name. The caller has made sure that nothing is in the way.
Result<QList<SubmoduleStatus>> cloneBeside(const CloneRequest &request, const QString &beside,
                                           const ProgressFunction &progress)
{
    const CloneLock lock(beside);
    if (!lock.isHeld())
        return Failure(atWork(request.path));
    if (originOf(beside) != request.url) {
        if (!QDir(beside).removeRecursively())
            return Failure(systemError(beside, EACCES));
        return Failure(Error{ErrorKind::NotFound, {}, {}, {}}); // begin anew, under a lock of the new folder
    }
    Cloning cloning(request, beside, progress);
    Result<QList<SubmoduleStatus>> cloned = cloning.run();
    if (!cloned) {
        if (!cloning.hasGains())
            QDir(beside).removeRecursively();
        return cloned;
    }
    // An empty folder gives way to a rename, anything that came there meanwhile does not.
    if (std::rename(QFile::encodeName(beside).constData(), QFile::encodeName(request.path).constData()) != 0) {
        const int why = errno;
        if (why == EEXIST || why == ENOTEMPTY || why == ENOTDIR)
            return Failure(notACheckout(request.path));
        return Failure(systemError(request.path, why));
    }
    return cloned;
}

} // namespace

Result<ForkStatus> cloneFork(const CloneRequest &request, const ProgressFunction &progress)
{
    startGit();
    for (const QString &address : {request.url, request.upstreamUrl})
        if (!address.isEmpty() || &address == &request.url)
            if (const Result<void> checked = checkAddress(address); !checked)
                return Failure(checked.error());
    const QFileInfo target(request.path);
    if ((target.exists() || target.isSymLink()) && !isEmptyFolder(target)) {
        Result<ForkStatus> status = readFork(request.path);
        if (!status && status.error().kind == ErrorKind::NotFound)
            return Failure(notACheckout(request.path));
        return status;
    }
    if (!QDir().mkpath(target.path()))
        return Failure(systemError(target.path(), errno));

    const QString beside = folderBeside(request.path);
    if (!QDir().mkdir(beside) && !QFileInfo(beside).isDir())
        return Failure(systemError(beside, errno));
    if (originOf(beside).isEmpty() && isEmptyFolder(QFileInfo(beside))) {
        // The address stands there from the start: it says what may be gone on with.
        GitRepository made;
        GitRemote origin;
        int code = git_repository_init(made.out(), QFile::encodeName(beside).constData(), 0);
        if (code == 0)
            code = git_remote_create(origin.out(), made.get(), "origin", request.url.toUtf8().constData());
        if (code < 0) {
            Error error =
                gitError(code, tr("The fork %1 can't be cloned to %2").arg(request.url, request.path), target.path());
            QDir(beside).removeRecursively();
            return Failure(std::move(error));
        }
    }
    Result<QList<SubmoduleStatus>> cloned = cloneBeside(request, beside, progress);
    if (!cloned && cloned.error().message.isEmpty())
        return cloneFork(request, progress);
    if (!cloned)
        return Failure(cloned.error());
    log(LogDomain::Fork).info("cloned {} to {}", request.url.toStdString(), request.path.toStdString());
    Result<ForkStatus> status = readFork(request.path);
    if (status)
        status->submodules = *cloned;
    return status;
}

Result<ForkStatus> cloneFork(const QString &url, const QString &path, const ProgressFunction &progress)
{
    CloneRequest request;
    request.url = url;
    request.path = path;
    return cloneFork(request, progress);
}

QList<UnfinishedClone> unfinishedClones(const QString &folder)
{
    QList<UnfinishedClone> found;
    for (const QFileInfo &entry :
         QDir(folder).entryInfoList({u".*.clone"_s}, QDir::Dirs | QDir::Hidden | QDir::NoSymLinks, QDir::Name)) {
        const QString name = entry.fileName().mid(1).chopped(6);
        const QString url = originOf(entry.filePath());
        if (!url.isEmpty() && isPlainName(name) && CloneLock(entry.filePath()).isHeld())
            found << UnfinishedClone{name, url, QDir(folder).filePath(name)};
    }
    return found;
}

Result<void> discardUnfinishedClone(const QString &path)
{
    const QString beside = folderBeside(path);
    if (!QFileInfo(beside).isDir())
        return Failure(systemError(beside, ENOENT));
    const CloneLock lock(beside);
    if (!lock.isHeld())
        return Failure(atWork(path));
    if (!QDir(beside).removeRecursively())
        return Failure(systemError(beside, EACCES));
    return {};
}

} // namespace kernelyard
