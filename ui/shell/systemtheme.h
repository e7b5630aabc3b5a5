// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QDBusVariant>
#include <QObject>

namespace kernelyard {

/// Whether the desktop is light or dark, told by its portal (org.freedesktop.portal.Settings, namespace
/// org.freedesktop.appearance, key color-scheme: 1 is dark), now and whenever it changes. Silent where there is none.
class SystemTheme : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    void ask(); ///< answers later, by told()

Q_SIGNALS:
    void told(kernelyard::Shade shade);

private Q_SLOTS:
    void settingChanged(const QString &group, const QString &key, const QDBusVariant &value);

private:
    void read(QVariant value);
};

} // namespace kernelyard
