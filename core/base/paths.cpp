// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paths.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace kernelyard {

static QString xdg(const char *variable, QStringView fallback)
{
    const QString value = qEnvironmentVariable(variable);
    // The specification: a relative path is invalid and must be ignored.
    const QString base = QDir::isAbsolutePath(value) ? value : QString(QDir::homePath() + fallback);
    return QDir::cleanPath(base) + u"/kernelyard";
}

static QString shippedFolder()
{
    const QString named = qEnvironmentVariable("KERNELYARD_DATA_DIR");
    if (!named.isEmpty())
        return QDir::cleanPath(named);
    QString source = QStringLiteral(KERNELYARD_SOURCE_DATA_DIR);
    const QString program = QCoreApplication::applicationDirPath();
    if (program.startsWith(source + u'/') && QFileInfo::exists(source + u"/resources"))
        return source;
    return QStringLiteral(KERNELYARD_INSTALL_DATA_DIR);
}

Paths Paths::fromEnvironment()
{
    return {xdg("XDG_STATE_HOME", u"/.local/state"), xdg("XDG_DATA_HOME", u"/.local/share"),
            xdg("XDG_CACHE_HOME", u"/.cache"), xdg("XDG_CONFIG_HOME", u"/.config"), shippedFolder()};
}

} // namespace kernelyard
