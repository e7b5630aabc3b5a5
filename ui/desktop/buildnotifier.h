// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "ui/desktop/notifications.h"
#include "ui/desktop/taskbar.h"

#include <QHash>

#include <functional>

namespace kernelyard {

/// Tells the desktop how the builds stand: a notification when one has ended and the window is not in front, and the
/// entry in the task bar.
class BuildNotifier : public QObject
{
    Q_OBJECT

public:
    /// \a isQuiet: the window is in front, or the user wants no notifications.
    BuildNotifier(const QDBusConnection &bus, std::function<bool()> isQuiet, QObject *parent = nullptr);

    /// All builds, whenever they have changed; the first time nothing is told of those that have ended.
    void setBuilds(const QList<BuildSummary> &builds);

Q_SIGNALS:
    void showAsked(kernelyard::BuildId id);
    void retryAsked(kernelyard::BuildId id);

private:
    void tell(const BuildSummary &build);
    void takeAction(const QString &tag, const QString &key);

    Notifications m_notifications;
    Taskbar m_taskbar;
    std::function<bool()> m_isQuiet;
    QHash<BuildId, BuildStatus> m_known;
    BuildId m_newest; ///< seen so far
    bool m_hasRead = false;
};

} // namespace kernelyard
