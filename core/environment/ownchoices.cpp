// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/ownchoices.h"

#include "core/base/wholefile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

#include <cerrno>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text)
{
    return QCoreApplication::translate("Environment", text);
}

static QString fileOf(const QString &name, const Paths &paths)
{
    return paths.config + u"/choices/"_s + name + u".json"_s;
}

/// The command after which the file's defaults count again.
static QString forgetCommand(const QString &name)
{
    return u"kernelyardctl choices %1 --all-defaults"_s.arg(name);
}

Result<ChosenValues> readOwnChoices(const QString &name, const Paths &paths)
{
    QFile file(fileOf(name, paths));
    if (!file.exists())
        return ChosenValues();
    if (!file.open(QIODevice::ReadOnly))
        return Failure(systemError(file.fileName(), errno));
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &problem);
    const QJsonObject object = document.object();
    ChosenValues own;
    bool isWhole = document.isObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        isWhole = isWhole && it->isString();
        own.append({it.key(), it->toString()});
    }
    if (!isWhole)
        return Failure(Error{
            ErrorKind::Invalid,
            tr("%1 does not hold choices of %2: an object of names and texts is expected.").arg(file.fileName(), name),
            document.isNull() ? problem.errorString() : QString(), forgetCommand(name)});
    return own;
}

Result<void> writeOwnChoices(const Environment &environment, const ChosenValues &own, const Paths &paths)
{
    if (own.isEmpty())
        return forgetOwnChoices(environment.name, paths);
    if (const Result<Environment> usable = withOwnChoices(environment, own); !usable)
        return Failure(usable.error());
    QJsonObject object;
    for (const auto &[name, value] : own)
        object.insert(name, value);
    QSaveFile file(fileOf(environment.name, paths));
    if (!QDir().mkpath(QFileInfo(file.fileName()).path()))
        return Failure(systemError(QFileInfo(file.fileName()).path(), errno));
    if (!writeWhole(file, QJsonDocument(object).toJson()))
        return Failure(systemError(file.fileName(), errno));
    return {};
}

Result<void> forgetOwnChoices(const QString &name, const Paths &paths)
{
    if (name.contains(u'/')) // no environment's name, and another's file
        return {};
    QFile file(fileOf(name, paths));
    if (file.exists() && !file.remove())
        return Failure(systemError(file.fileName(), errno));
    return {};
}

Result<Environment> withOwnChoices(Environment environment, const ChosenValues &own)
{
    for (Choice &choice : environment.choices) {
        choice.own.reset();
        for (const auto &[name, value] : own)
            if (name == choice.name)
                choice.own = value;
    }
    if (const Result<Environment> usable = withChoices(environment, own); !usable) // and own has no other names
        return Failure(usable.error());
    return environment;
}

Result<Environment> withKeptChoices(const Environment &environment, const Paths &paths)
{
    const Result<ChosenValues> own = readOwnChoices(environment.name, paths);
    if (!own)
        return Failure(own.error());
    Result<Environment> usable = withOwnChoices(environment, *own);
    if (!usable) {
        Error error = usable.error();
        error.message =
            tr("The choices kept in %1 don't fit any more. %2").arg(fileOf(environment.name, paths), error.message);
        error.remedy = forgetCommand(environment.name);
        return Failure(error);
    }
    return usable;
}

ChosenValues ownChoices(const Environment &environment)
{
    ChosenValues own;
    for (const Choice &choice : environment.choices)
        if (choice.own)
            own.append({choice.name, *choice.own});
    return own;
}

} // namespace kernelyard
