// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desktop/taskbar.h"

#include <QDBusMessage>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

void Taskbar::show(const State &state)
{
    if (state == m_told || !m_bus.isConnected())
        return;
    m_told = state;
    QDBusMessage update = QDBusMessage::createSignal(u"/com/canonical/unity/launcherentry/kernelyard"_s,
                                                     u"com.canonical.Unity.LauncherEntry"_s, u"Update"_s);
    const bool hasShare = state.total > 0;
    update << u"application://kernelyard.desktop"_s
           << QVariantMap{{u"count"_s, qlonglong(state.running)},
                          {u"count-visible"_s, state.running > 0},
                          {u"progress"_s, hasShare ? std::clamp(double(state.done) / double(state.total), 0., 1.) : 0.},
                          {u"progress-visible"_s, hasShare}};
    m_bus.send(update);
}

} // namespace kernelyard
