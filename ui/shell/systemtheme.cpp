// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/systemtheme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

using namespace Qt::StringLiterals;

namespace kernelyard {

void SystemTheme::ask()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    const QString service = u"org.freedesktop.portal.Desktop"_s;
    const QString path = u"/org/freedesktop/portal/desktop"_s;
    const QString interface = u"org.freedesktop.portal.Settings"_s;
    bus.connect(service, path, interface, u"SettingChanged"_s, this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage call = QDBusMessage::createMethodCall(service, path, interface, u"Read"_s);
    call << u"org.freedesktop.appearance"_s << u"color-scheme"_s;
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *done) {
        const QDBusPendingReply<QDBusVariant> reply = *done;
        if (reply.isValid())
            read(reply.value().variant());
        done->deleteLater();
    });
}

void SystemTheme::settingChanged(const QString &group, const QString &key, const QDBusVariant &value)
{
    if (group == u"org.freedesktop.appearance"_s && key == u"color-scheme"_s)
        read(value.variant());
}

void SystemTheme::read(QVariant value)
{
    if (value.canConvert<QDBusVariant>()) // Read wraps the value twice
        value = value.value<QDBusVariant>().variant();
    Q_EMIT told(value.toUInt() == 1 ? Shade::Dark : Shade::Light);
}

} // namespace kernelyard
