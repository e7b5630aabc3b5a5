// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/gpu/nvmlabi.h"

#include <QString>

#include <memory>

namespace kernelyard {

/// An opened NVML library.
class NvmlLibrary
{
public:
    /// \a path as named by the user; empty: the loader's libnvidia-ml.so.1, then the places that it does not search
    /// (WSL). Errors: Missing (there is none), Unsupported (it lacks what every NVML has).
    static Result<NvmlLibrary> open(const QString &path);

    const nvml::Functions &functions() const { return m_functions; }

private:
    struct Close
    {
        void operator()(void *handle) const;
    };

    std::unique_ptr<void, Close> m_handle;
    nvml::Functions m_functions{};
};

} // namespace kernelyard
