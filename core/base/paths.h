// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringBuilder>

namespace kernelyard {

/// Where things lie, by the XDG Base Directory specification. Values only: nothing is created here.
struct Paths
{
    QString state; ///< builds, logs of the program:  $XDG_STATE_HOME/kernelyard
    QString data;  ///< wheelhouses, forks, the user's environments:  $XDG_DATA_HOME/kernelyard, movable in the settings
    QString cache; ///< what may be deleted at any time:  $XDG_CACHE_HOME/kernelyard
    QString config;  ///< settings:  $XDG_CONFIG_HOME/kernelyard
    QString shipped; ///< resources/ and dockerfiles/ of this installation

    QString builds() const { return state % u"/builds"; }
    QString logs() const { return state % u"/log"; }
    QString forks() const { return data % u"/forks"; }
    QString seeds() const { return data % u"/seeds"; }
    QString userEnvironments() const { return config % u"/environments"; }
    QString settingsFile() const { return config % u"/settings.ini"; }

    /// From the environment of this process. `shipped` is KERNELYARD_DATA_DIR where set, else the source tree the
    /// program was built from while the program lies in its build folder, else the installation prefix.
    static Paths fromEnvironment();
};

} // namespace kernelyard
