// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/catalog.h"

#include "core/base/log.h"
#include "core/environment/ownchoices.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QStringList environmentFiles(const QString &folder)
{
    QStringList files;
    const QDir dir(folder);
    for (const QString &name : dir.entryList({u"*.yml"_s, u"*.yaml"_s}, QDir::Files, QDir::Name))
        files << dir.absoluteFilePath(name);
    return files;
}

/// The name that \a file gives, though it can't be read as a whole; without one its own.
QString intendedName(const QString &path)
{
    static const QRegularExpression line(u"^name:[ \\t]*[\"']?(\\w[\\w.-]*)"_s, QRegularExpression::MultilineOption);
    QFile file(path);
    if (file.open(QIODevice::ReadOnly))
        if (const auto match = line.match(QString::fromUtf8(file.read(1 << 16))); match.hasMatch())
            return match.captured(1);
    return QFileInfo(path).completeBaseName();
}

Error duplicateName(const Environment &environment, const QString &otherFile)
{
    return {ErrorKind::Invalid,
            QCoreApplication::translate("Environment", "%1: the name %2 is already taken by %3.")
                .arg(environment.file, environment.name, otherFile),
            {},
            QCoreApplication::translate("Environment", "Give one of the two another name.")};
}

/// One whose kept choices can't be used is not there: built with others, it would be something else.
void applyKeptChoices(Catalog &catalog, const Paths &paths)
{
    for (const Environment &environment : std::exchange(catalog.environments, {})) {
        if (Result<Environment> kept = withKeptChoices(environment, paths)) {
            catalog.environments.append(*std::move(kept));
        } else {
            catalog.broken.insert(environment.name, catalog.errors.size());
            catalog.errors.append(kept.error());
            log(LogDomain::Environment).warn("{}", kept.error().message.toStdString());
        }
    }
}

} // namespace

const Environment *Catalog::find(const QString &name) const
{
    const auto it = std::ranges::find(environments, name, &Environment::name);
    return it == environments.end() ? nullptr : &*it;
}

const Error *Catalog::failureOf(const QString &name) const
{
    const auto it = broken.constFind(name);
    return it == broken.constEnd() ? nullptr : &errors.at(*it);
}

Result<Environment> Catalog::get(const QString &name) const
{
    if (const Environment *environment = find(name))
        return *environment;
    if (const Error *failure = failureOf(name))
        return Failure(*failure);
    QStringList known;
    for (const Environment &environment : environments)
        known << environment.name;
    Error error{ErrorKind::NotFound,
                QCoreApplication::translate("Environment", "There is no environment \"%1\".").arg(name),
                {},
                known.isEmpty()
                    ? QCoreApplication::translate("Environment", "No environment file could be read.")
                    : QCoreApplication::translate("Environment", "Known environments: %1.").arg(known.join(u", "_s))};
    QStringList details;
    for (const Error &unread : errors)
        details << unread.message;
    error.detail = details.join(u'\n');
    return Failure(error);
}

Catalog readCatalog(const Paths &paths)
{
    Catalog catalog;
    for (const QString &folder : {QString(paths.shipped + u"/resources/environments"_s), paths.userEnvironments()}) {
        QStringList namesHere;
        for (const QString &file : environmentFiles(folder)) {
            const Result<Environment> read = readEnvironment(file, paths);
            if (!read) {
                catalog.broken.insert(intendedName(file), catalog.errors.size());
                catalog.errors.append(read.error());
                log(LogDomain::Environment).warn("{}", read.error().message.toStdString());
                continue;
            }
            if (const Environment *other = catalog.find(read->name); other && namesHere.contains(read->name)) {
                catalog.errors.append(duplicateName(*read, other->file));
                continue;
            }
            namesHere << read->name;
            catalog.environments.removeIf([&](const Environment &other) { return other.name == read->name; });
            catalog.environments.append(*read);
        }
    }
    applyKeptChoices(catalog, paths);
    std::ranges::sort(catalog.environments, {}, &Environment::name);
    return catalog;
}

} // namespace kernelyard
