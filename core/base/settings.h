// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/base/result.h"

#include <QByteArray>

namespace kernelyard {

/// What the user chose, the same for the window and the commands; kept in Paths::settingsFile (an INI file). A value:
/// reading a missing or damaged file gives the defaults.
struct Settings
{
    QString engine;                            ///< Engine::id(); empty: the first that works
    QString dataFolder;                        ///< absolute; empty: that of the XDG specification
    QString theme = QStringLiteral("system");  ///< system, light or dark
    QString logLevel = QStringLiteral("info"); ///< debug, info, warning or error
    int keepBuildsDays = 0;                    ///< RetentionLimits; 0: no limit. Nothing is removed without being asked
    qint64 keepBuildsBytes = 0;
    QString systemShade;       ///< light or dark, as the desktop last said; empty: never asked
    QByteArray windowGeometry; ///< QWidget::saveGeometry
    bool sidebarNarrow = false;
    int buildsPerEngine = 1;        ///< that run at a time; the others wait
    int memoryBudgetGiB = 0;        ///< for all running builds together; 0: four fifths of this machine's memory
    bool userScope = true;          ///< runners in a scope of the user's systemd, where there is one
    bool stayAwake = true;          ///< no sleep while a build runs
    bool tellThatBuildsGoOn = true; ///< when the window is closed
    bool notify = true;             ///< when a build has ended and the window is not in front

    static Settings read(const QString &file);
    /// Makes the folder where it is missing. Errors: Permission, NoSpace, Failed. Blocks: a worker's work.
    Result<void> write(const QString &file) const;

    /// \a paths with the folders that were moved.
    Paths applied(Paths paths) const;

    bool operator==(const Settings &) const = default;
};

} // namespace kernelyard
