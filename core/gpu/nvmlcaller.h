// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/callwatch.h"
#include "core/gpu/nvmlabi.h"

#include <QString>

#include <array>
#include <optional>

namespace kernelyard {

/// Calls into NVML: each is told to the watch, and what they say of the GPU that is being read is kept. A GPU that is
/// lost is asked nothing more, for each call may take seconds then.
class NvmlCaller
{
public:
    explicit NvmlCaller(CallWatch &watch)
        : m_watch(watch)
    {}

    /// A call that may start the driver or a GPU, or end that.
    template <class... P, class... A>
    nvml::Return start(const char *name, nvml::Function<P...> function, A... arguments)
    {
        return ask(CallKind::Starting, name, function, arguments...);
    }

    template <class... P, class... A>
    nvml::Return call(const char *name, nvml::Function<P...> function, A... arguments)
    {
        if (m_lost)
            return *m_lost;
        const nvml::Return code = ask(CallKind::Running, name, function, arguments...);
        if (code == nvml::Return::GpuIsLost || code == nvml::Return::ResetRequired)
            m_lost = code;
        else if (code == nvml::Return::Success)
            m_answered = true;
        else if (code != nvml::Return::NotSupported && code != nvml::Return::FunctionNotFound && !m_failed)
            m_failed = code;
        return code;
    }

    /// Keeps the call's number where it succeeds.
    template <class T, class... P, class... A>
    void take(std::optional<T> &value, const char *name, nvml::Function<P...> function, A... arguments)
    {
        uint32_t number = 0;
        if (call(name, function, arguments..., &number) == nvml::Return::Success)
            value = static_cast<T>(number);
    }

    /// Keeps the call's text where it succeeds.
    template <class... P, class... A>
    void takeText(QString &text, const char *name, nvml::Function<P...> function, A... arguments)
    {
        std::array<char, 96> buffer{};
        if (call(name, function, arguments..., buffer.data(), unsigned(buffer.size())) == nvml::Return::Success)
            text = QString::fromUtf8(buffer.data(), qsizetype(qstrnlen(buffer.data(), buffer.size())));
    }

    /// Forgets what was said of the last GPU.
    void beginGpu()
    {
        m_lost.reset();
        beginVitals();
    }
    void beginVitals()
    {
        m_failed.reset();
        m_answered = false;
    }
    std::optional<nvml::Return> lost() const { return m_lost; }
    /// What is wrong with the GPU as a whole: that it is lost, or the first error where no call since beginVitals()
    /// got an answer.
    std::optional<nvml::Return> failure() const { return m_lost || m_answered ? m_lost : m_failed; }

private:
    template <class... P, class... A>
    nvml::Return ask(CallKind kind, const char *name, nvml::Function<P...> function, A... arguments)
    {
        if (!function)
            return nvml::Return::FunctionNotFound;
        m_watch.begin(name, kind);
        const nvml::Return code = function(arguments...);
        m_watch.end();
        return code;
    }

    CallWatch &m_watch;
    std::optional<nvml::Return> m_lost;
    std::optional<nvml::Return> m_failed;
    bool m_answered = false;
};

} // namespace kernelyard
