// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desktop/notifications.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

using namespace Qt::StringLiterals;

namespace kernelyard {

static const QString service = u"org.freedesktop.Notifications"_s;
static const QString path = u"/org/freedesktop/Notifications"_s;

Notifications::Notifications(const QDBusConnection &bus, QObject *parent)
    : QObject(parent)
    , m_bus(bus)
{
    if (!m_bus.isConnected())
        return;
    m_bus.connect(service, path, service, u"ActionInvoked"_s, this, SLOT(takeAction(uint, QString)));
    m_bus.connect(service, path, service, u"NotificationClosed"_s, this, SLOT(takeClosed(uint, uint)));
}

void Notifications::show(const QString &tag, const QString &title, const QString &body, const QList<Action> &actions)
{
    if (!m_bus.isConnected()) {
        QMetaObject::invokeMethod(
            this, [this, tag] { Q_EMIT refused(tag); }, Qt::QueuedConnection);
        return;
    }
    QStringList words;
    for (const Action &action : actions)
        words << action.key << action.text;
    QDBusMessage call = QDBusMessage::createMethodCall(service, path, service, u"Notify"_s);
    call << u"Kernelyard"_s << m_tags.key(tag, 0) << u"kernelyard"_s << title
         << body.toHtmlEscaped() // servers that know markup would take it for some
         << words << QVariantMap{{u"desktop-entry"_s, u"kernelyard"_s}} << -1;
    auto *watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(call, 5000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, tag](QDBusPendingCallWatcher *done) {
        const QDBusPendingReply<uint> reply = *done;
        done->deleteLater();
        if (!reply.isValid()) {
            Q_EMIT refused(tag);
            return;
        }
        m_tags.insert(reply.value(), tag);
        Q_EMIT shown(tag);
    });
}

void Notifications::takeAction(uint id, const QString &key)
{
    if (m_tags.contains(id)) // others' notifications are told to everyone
        Q_EMIT actionChosen(m_tags.value(id), key);
}

void Notifications::takeClosed(uint id, uint)
{
    if (m_tags.contains(id))
        Q_EMIT closed(m_tags.take(id));
}

} // namespace kernelyard
