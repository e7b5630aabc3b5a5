// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/modulefile.h"

#include "core/fork/address.h"
#include "core/fork/remotes.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QMap>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Fork", text);
}

struct Written
{
    QString name, path, url;
};

/// What .gitmodules says, by path. The library's own list of submodules would leave out those that it mistrusts.
QMap<QString, Written> readModuleFile(const QString &workTree)
{
    QMap<QString, Written> byName, byPath;
    const QString file = workTree + u".gitmodules"_s;
    GitConfig config;
    GitConfigIterator entries;
    if (!QFileInfo(file).isFile() || QFileInfo(file).isSymLink() ||
        git_config_open_ondisk(config.out(), QFile::encodeName(file).constData()) < 0 ||
        git_config_iterator_new(entries.out(), config.get()) < 0)
        return {};
    constexpr QLatin1StringView section("submodule.");
    for (git_config_entry *entry = nullptr; git_config_next(&entry, entries.get()) == 0;) {
        const QString key = QString::fromUtf8(entry->name);
        const qsizetype dot = key.lastIndexOf(u'.');
        const bool isPath = key.endsWith(u".path");
        if (!key.startsWith(section) || dot < section.size() || (!isPath && !key.endsWith(u".url")))
            continue;
        const QString name = key.sliced(section.size(), dot - section.size());
        Written &written = byName[name];
        written.name = name;
        (isPath ? written.path : written.url) = QString::fromUtf8(entry->value);
    }
    for (const Written &written : byName)
        byPath.insert(written.path, written);
    return byPath;
}

QString refusalOf(const Module &module, const QString &workTree, const QString &parentAddress)
{
    if (module.name.isEmpty())
        return tr(".gitmodules does not name it");
    if (!isInside(workTree, module.path))
        return tr("its path leads out of the checkout");
    if (!isInside(workTree + u".git/modules"_s, module.name))
        return tr("its name %1 leads out of git's own folder").arg(module.name);
    if (!checkAddress(module.url) || !checkAddress(module.address))
        return tr("its address %1 is no git address").arg(module.url);
    // Only who cloned from this machine may be sent to folders of this machine.
    if (isLocalAddress(module.address) && !isLocalAddress(parentAddress))
        return tr("its address %1 is a folder of this machine, and the fork itself comes from elsewhere")
            .arg(module.url);
    return {};
}

} // namespace

QList<Module> modulesOf(git_repository *parent)
{
    QList<Module> modules;
    GitIndex index;
    if (!git_repository_workdir(parent) || git_repository_index(index.out(), parent) < 0)
        return modules;
    const QString workTree = QFile::decodeName(git_repository_workdir(parent));
    const QMap<QString, Written> written = readModuleFile(workTree);
    const QString parentAddress = remoteAddress(parent, u"origin"_s);
    const size_t count = git_index_entrycount(index.get());
    for (size_t i = 0; i < count; ++i) {
        const git_index_entry *entry = git_index_get_byindex(index.get(), i);
        if (entry->mode != GIT_FILEMODE_COMMIT)
            continue;
        Module module;
        module.path = QFile::decodeName(entry->path);
        module.name = written.value(module.path).name;
        module.url = written.value(module.path).url;
        module.address = resolvedAddress(module.url, parentAddress);
        module.pinned = hashText(&entry->id);
        module.refusal = refusalOf(module, workTree, parentAddress);
        modules << module;
    }
    return modules;
}

} // namespace kernelyard
