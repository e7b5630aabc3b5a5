// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>

namespace kernelyard {

/// What kind of call: one that starts the driver or a GPU may rightly take seconds, where nothing keeps them awake.
enum class CallKind { Running, Starting };

/// Which call into the driver is under way, and since when: told by the thread that calls, read by one that watches.
/// The call's name, kind and GPU may belong to two neighbouring calls when read at the very change; of a call that is
/// stuck they are right.
class CallWatch
{
public:
    using Clock = std::chrono::steady_clock;

    void begin(const char *name, CallKind kind = CallKind::Running)
    {
        m_kind.store(kind, std::memory_order_relaxed);
        m_name.store(name, std::memory_order_relaxed);
        m_since.store(Clock::now().time_since_epoch().count(), std::memory_order_release);
    }
    void end() { m_since.store(0, std::memory_order_release); }
    void setGpu(int index) { m_gpu.store(index, std::memory_order_relaxed); }

    CallKind kind() const { return m_kind.load(std::memory_order_relaxed); }
    const char *name() const { return m_name.load(std::memory_order_relaxed); }
    int gpu() const { return m_gpu.load(std::memory_order_relaxed); } ///< -1: of none
    /// How long the call has lasted; zero: none is under way.
    Clock::duration lasted() const
    {
        const Clock::rep since = m_since.load(std::memory_order_acquire);
        return since == 0 ? Clock::duration(0) : Clock::now().time_since_epoch() - Clock::duration(since);
    }

private:
    std::atomic<const char *> m_name{""};
    std::atomic<CallKind> m_kind{CallKind::Running};
    std::atomic<int> m_gpu{-1};
    std::atomic<Clock::rep> m_since{0};
};

} // namespace kernelyard
