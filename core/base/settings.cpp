// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/settings.h"

#include "core/base/wholefile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QMap>
#include <QSettings>
#include <QVariant>

#include <algorithm>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString oneOf(const QString &value, const QStringList &known)
{
    return known.contains(value) ? value : known.first();
}

Settings Settings::read(const QString &file)
{
    const QSettings ini(file, QSettings::IniFormat);
    const auto text = [&ini](QAnyStringView key) { return ini.value(key.toString()).toString(); };
    Settings read;
    read.engine = text(u"engine/id");
    read.dataFolder = text(u"folders/data");
    if (!QDir::isAbsolutePath(read.dataFolder))
        read.dataFolder.clear();
    read.theme = oneOf(text(u"window/theme"), {u"system"_s, u"light"_s, u"dark"_s});
    read.logLevel = oneOf(text(u"log/level"), {u"info"_s, u"debug"_s, u"warning"_s, u"error"_s});
    read.keepBuildsDays = std::max(0, ini.value(u"builds/keepDays"_s).toInt());
    read.keepBuildsBytes = std::max<qint64>(0, ini.value(u"builds/keepBytes"_s).toLongLong());
    read.systemShade = oneOf(text(u"window/systemShade"), {QString(), u"light"_s, u"dark"_s});
    read.windowGeometry = ini.value(u"window/geometry"_s).toByteArray();
    read.sidebarNarrow = ini.value(u"window/sidebarNarrow"_s).toBool();
    read.buildsPerEngine = std::clamp(ini.value(u"queue/buildsPerEngine"_s, 1).toInt(), 1, 64);
    read.memoryBudgetGiB = std::clamp(ini.value(u"queue/memoryBudgetGiB"_s, 0).toInt(), 0, 1 << 20);
    read.userScope = ini.value(u"queue/userScope"_s, true).toBool();
    read.stayAwake = ini.value(u"queue/stayAwake"_s, true).toBool();
    read.tellThatBuildsGoOn = ini.value(u"desktop/tellThatBuildsGoOn"_s, true).toBool();
    read.notify = ini.value(u"desktop/notify"_s, true).toBool();
    return read;
}

/// As QSettings reads it. Its own writing takes a full disk for success, and leaves an empty file.
static QByteArray iniValue(const QVariant &value)
{
    QString text = value.toString();
    if (value.typeId() == QMetaType::QByteArray)
        text = u"@ByteArray("_s + QString::fromLatin1(value.toByteArray()) + u')';
    else if (text.startsWith(u'@')) // which begins the name of a type
        text.prepend(u'@');
    QByteArray out = "\"";
    bool isEscaped = false;
    for (const QChar c : std::as_const(text)) {
        const bool isDigit = QByteArrayView("0123456789abcdefABCDEF").contains(c.toLatin1());
        // A digit after an escape would be read as part of it.
        isEscaped = c < u' ' || c > u'~' || c == u'"' || c == u'\\' || (isEscaped && isDigit);
        out += isEscaped ? "\\x" + QByteArray::number(c.unicode(), 16) : QByteArray(1, c.toLatin1());
    }
    return out + '"';
}

static QByteArray toIni(const QMap<QString, QVariant> &values)
{
    QByteArray ini;
    QString group;
    for (auto value = values.cbegin(); value != values.cend(); ++value) {
        const QString own = value.key().contains(u'/') ? value.key().section(u'/', 0, 0) : u"General"_s;
        if (own != group)
            ini += '[' + own.toUtf8() + "]\n";
        group = own;
        ini += value.key().section(u'/', 1).isEmpty() ? value.key().toUtf8() : value.key().section(u'/', 1).toUtf8();
        ini += '=' + iniValue(value.value()) + '\n';
    }
    return ini;
}

Result<void> Settings::write(const QString &file) const
{
    const QString folder = QFileInfo(file).absolutePath();
    if (!QDir().mkpath(folder))
        return Failure(
            Error{ErrorKind::Permission,
                  QCoreApplication::translate("Settings", "The settings folder %1 can't be made.").arg(folder),
                  {},
                  {}});
    QMap<QString, QVariant> values;
    const QSettings before(file, QSettings::IniFormat);
    for (const QString &key : before.allKeys()) // those of another version too
        values.insert(key, before.value(key));
    values.insert({{u"engine/id"_s, engine},
                   {u"folders/data"_s, dataFolder},
                   {u"builds/keepDays"_s, keepBuildsDays},
                   {u"builds/keepBytes"_s, keepBuildsBytes},
                   {u"log/level"_s, logLevel},
                   {u"queue/buildsPerEngine"_s, buildsPerEngine},
                   {u"queue/memoryBudgetGiB"_s, memoryBudgetGiB},
                   {u"queue/userScope"_s, userScope},
                   {u"queue/stayAwake"_s, stayAwake},
                   {u"desktop/tellThatBuildsGoOn"_s, tellThatBuildsGoOn},
                   {u"desktop/notify"_s, notify},
                   {u"window/theme"_s, theme},
                   {u"window/systemShade"_s, systemShade},
                   {u"window/geometry"_s, windowGeometry},
                   {u"window/sidebarNarrow"_s, sidebarNarrow}});
    QSaveFile whole(file);
    errno = 0;
    if (writeWhole(whole, toIni(values)))
        return {};
    Error error = systemError(file, errno != 0 ? errno : EACCES);
    error.message = QCoreApplication::translate("Settings", "The settings file %1 can't be written.").arg(file);
    error.remedy = QCoreApplication::translate("Settings", "Check that you own it and that the disk is not full.");
    return Failure(error);
}

Paths Settings::applied(Paths paths) const
{
    if (!dataFolder.isEmpty())
        paths.data = QDir::cleanPath(dataFolder);
    return paths;
}

} // namespace kernelyard
