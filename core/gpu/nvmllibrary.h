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
    /// Where it may lie, the best first: the loader's libnvidia-ml.so.1, and places that it does not search. Under WSL
    /// a distribution's own library can't reach the driver, so that Windows' comes first there.
    static QStringList candidates();
    /// \a name: a path or a candidate. Errors: Missing (it can't be loaded), Unsupported (it lacks what every NVML
    /// has).
    static Result<NvmlLibrary> open(const QString &name);

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
