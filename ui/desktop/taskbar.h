// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>

namespace kernelyard {

/// The program's entry in the task bar, where the desktop listens (com.canonical.Unity.LauncherEntry: Plasma, Ubuntu's
/// dock, Dash to Dock, Plank): how many builds run, and the share that the running step has done, where its tool
/// counts.
class Taskbar
{
public:
    struct State
    {
        int running = 0;
        qint64 done = 0;
        qint64 total = 0; ///< 0: no share is known, none is shown

        bool operator==(const State &) const = default;
    };

    explicit Taskbar(const QDBusConnection &bus)
        : m_bus(bus)
    {}

    void show(const State &state); ///< says it only when it has changed

private:
    QDBusConnection m_bus;
    State m_told;
};

} // namespace kernelyard
