// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/wholecheckout.h"

#include "core/base/log.h"
#include "core/fork/changes.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Fork", text);
}

QString firstOf(const QStringList &files)
{
    constexpr qsizetype shown = 3;
    const QString list = files.mid(0, shown).join(u", "_s);
    return files.size() > shown ? tr("%1 and %2 more").arg(list).arg(files.size() - shown) : list;
}

/// Changed files that a checkout would have overwritten: nothing was touched.
Error inTheWay(const QString &what, const QStringList &files)
{
    return {ErrorKind::Conflict,
            tr("%1: %n changed file(s) would be lost: %2. Nothing was changed.")
                .replace(u"%n changed file(s)"_s,
                         files.size() == 1 ? tr("1 changed file") : tr("%1 changed files").arg(files.size()))
                .arg(what, firstOf(files)),
            files.join(u'\n'), tr("Commit them, or stash and switch; move away what git ignores.")};
}

int headTree(git_repository *repository, GitTree &tree)
{
    GitObject head;
    const int code = git_revparse_single(head.out(), repository, "HEAD^{tree}");
    return code < 0 ? code : git_tree_lookup(tree.out(), repository, git_object_id(head.get()));
}

/// The files in which HEAD and \a commit differ.
Result<QStringList> differing(git_repository *repository, git_object *commit, const QString &failed,
                              const QString &path)
{
    GitTree from, to;
    GitObject tree;
    GitDiff diff;
    int code = headTree(repository, from);
    if (code == GIT_ENOTFOUND)
        return QStringList(); // nothing was committed yet
    if (code == 0)
        code = git_object_peel(tree.out(), commit, GIT_OBJECT_TREE);
    if (code == 0)
        code = git_tree_lookup(to.out(), repository, git_object_id(tree.get()));
    if (code == 0)
        code = git_diff_tree_to_tree(diff.out(), repository, from.get(), to.get(), nullptr);
    if (code < 0)
        return Failure(gitError(code, failed, path));
    QStringList files;
    for (size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i)
        files << QFile::decodeName(git_diff_get_delta(diff.get(), i)->new_file.path);
    return files;
}

} // namespace

WholeCheckout::WholeCheckout(git_repository *repository, QString failed, QString path, const ProgressFunction &progress)
    : m_repository(repository)
    , m_failed(std::move(failed))
    , m_path(std::move(path))
    , m_progress(progress)
{}

Result<void> WholeCheckout::to(git_object *commit)
{
    const Result<QStringList> files = differing(m_repository, commit, m_failed, m_path);
    if (!files)
        return Failure(files.error());
    const Result<QList<ChangedFile>> changed = changedFilesOf(m_repository, m_path);
    if (!changed)
        return Failure(changed.error());
    QSet<QString> users;
    for (const ChangedFile &file : *changed)
        users << file.path;
    for (const QString &file : *files)
        if (!users.contains(file))
            m_files << file;

    Transfer transfer(m_progress, m_failed);
    git_checkout_options options = transfer.checkoutOptions(GIT_CHECKOUT_SAFE | GIT_CHECKOUT_DONT_OVERWRITE_IGNORED);
    const int code = git_checkout_tree(m_repository, commit, &options);
    if (code == GIT_ECONFLICT)
        return Failure(inTheWay(m_failed, transfer.conflicts()));
    if (code < 0)
        return Failure(undone(code));
    return {};
}

Error WholeCheckout::undone(int code)
{
    Error error = gitError(code, m_failed, m_path);
    if (putBack()) {
        error.message += tr(". Nothing was changed.");
        return error;
    }
    log(LogDomain::Fork).error("{}: a failed checkout could not be put back", m_path.toStdString());
    error.message +=
        tr(". Some files are those of the other branch now and show as changed: %1.").arg(firstOf(m_files));
    error.detail += u'\n' + m_files.join(u'\n');
    return error;
}

/// Also the folders that are empty then, up to the fork's own.
bool WholeCheckout::removeAdded(const QString &file) const
{
    const QString path = m_path + u'/' + file;
    const QFileInfo info(path);
    if ((info.exists() || info.isSymLink()) && !info.isDir() && !QFile::remove(path))
        return false;
    QDir root(m_path);
    for (QString folder = file.section(u'/', 0, -2); !folder.isEmpty() && root.rmdir(folder);)
        folder = folder.section(u'/', 0, -2);
    return true;
}

bool WholeCheckout::putBack()
{
    GitTree head;
    if (m_files.isEmpty())
        return true;
    if (headTree(m_repository, head) < 0)
        return false;
    std::vector<QByteArray> names;
    // What came new is removed first: that makes room for what is to come back.
    for (const QString &file : std::as_const(m_files)) {
        const QByteArray name = QFile::encodeName(file);
        git_tree_entry *entry = nullptr;
        if (git_tree_entry_bypath(&entry, head.get(), name.constData()) == 0)
            names.push_back(name);
        else if (!removeAdded(file))
            return false;
        git_tree_entry_free(entry);
    }
    GitIndex index;
    if (git_repository_index(index.out(), m_repository) == 0)
        git_index_read(index.get(), 1); // what it holds in memory was never written
    std::vector<char *> pointers;
    pointers.reserve(std::size_t(names.size()));
    for (QByteArray &name : names)
        pointers.push_back(name.data());
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy = GIT_CHECKOUT_FORCE | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH;
    options.paths = {pointers.data(), pointers.size()};
    return names.empty() || git_checkout_tree(m_repository, reinterpret_cast<git_object *>(head.get()), &options) == 0;
}

} // namespace kernelyard
