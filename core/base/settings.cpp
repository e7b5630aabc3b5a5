// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/settings.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QSettings>

#include <algorithm>

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

Result<void> Settings::write(const QString &file) const
{
    const QString folder = QFileInfo(file).absolutePath();
    if (!QDir().mkpath(folder))
        return Failure(
            Error{ErrorKind::Permission,
                  QCoreApplication::translate("Settings", "The settings folder %1 can't be made.").arg(folder),
                  {},
                  {}});
    QSettings ini(file, QSettings::IniFormat);
    ini.setValue(u"engine/id"_s, engine);
    ini.setValue(u"folders/data"_s, dataFolder);
    ini.setValue(u"window/theme"_s, theme);
    ini.setValue(u"log/level"_s, logLevel);
    ini.setValue(u"builds/keepDays"_s, keepBuildsDays);
    ini.setValue(u"builds/keepBytes"_s, keepBuildsBytes);
    ini.setValue(u"window/systemShade"_s, systemShade);
    ini.setValue(u"window/geometry"_s, windowGeometry);
    ini.setValue(u"window/sidebarNarrow"_s, sidebarNarrow);
    ini.setValue(u"queue/buildsPerEngine"_s, buildsPerEngine);
    ini.setValue(u"queue/memoryBudgetGiB"_s, memoryBudgetGiB);
    ini.setValue(u"queue/userScope"_s, userScope);
    ini.setValue(u"queue/stayAwake"_s, stayAwake);
    ini.setValue(u"desktop/tellThatBuildsGoOn"_s, tellThatBuildsGoOn);
    ini.setValue(u"desktop/notify"_s, notify);
    ini.sync();
    if (ini.status() != QSettings::NoError)
        return Failure(
            Error{ErrorKind::Permission,
                  QCoreApplication::translate("Settings", "The settings file %1 can't be written.").arg(file),
                  {},
                  QCoreApplication::translate("Settings", "Check that you own it and that the disk is not full.")});
    return {};
}

Paths Settings::applied(Paths paths) const
{
    if (!dataFolder.isEmpty())
        paths.data = QDir::cleanPath(dataFolder);
    return paths;
}

} // namespace kernelyard
