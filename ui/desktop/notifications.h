// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QHash>
#include <QObject>

namespace kernelyard {

/// The desktop's notifications (Desktop Notifications Specification 1.2, org.freedesktop.Notifications). Nothing
/// blocks.
class Notifications : public QObject
{
    Q_OBJECT

public:
    struct Action
    {
        QString key; ///< "default": a click on the notification itself
        QString text;
    };

    explicit Notifications(const QDBusConnection &bus, QObject *parent = nullptr);

    /// \a tag is the caller's name for it; one shown before with the same is replaced. \a body is plain text.
    void show(const QString &tag, const QString &title, const QString &body, const QList<Action> &actions);

Q_SIGNALS:
    void shown(const QString &tag);
    void refused(const QString &tag); ///< nothing on this bus shows notifications
    void actionChosen(const QString &tag, const QString &key);
    void closed(const QString &tag); ///< by the user or by time

private Q_SLOTS:
    void takeAction(uint id, const QString &key);
    void takeClosed(uint id, uint reason);

private:
    QDBusConnection m_bus;
    QHash<uint, QString> m_tags;
};

} // namespace kernelyard
