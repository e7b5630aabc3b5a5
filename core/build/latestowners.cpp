// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/latestowners.h"

#include "core/base/whendone.h"

#include <chrono>

using namespace std::chrono_literals;

namespace kernelyard {

LatestOwners::LatestOwners(std::function<QFuture<GpuOwners>()> read, QObject *parent)
    : QObject(parent)
    , m_read(std::move(read))
{}

void LatestOwners::follow(const GpuReading &reading)
{
    if (!m_read || m_isAsking || !m_due.hasExpired() || !m_known.lacksAny(reading))
        return;
    m_isAsking = true;
    whenDone(m_read(), this, [this](const GpuOwners &owners) {
        m_isAsking = false;
        m_due = QDeadlineTimer(10s);
        m_known = owners;
        Q_EMIT changed();
    });
}

} // namespace kernelyard
