// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/gpu/gpu.h"

#include <QHash>

#include <chrono>

namespace kernelyard {

/// Reads the output of `nvidia-smi --query --xml-format` (nvidia-smi(1)) of any driver generation: tags that were
/// renamed are known by both names; what a driver or GPU lacks ("N/A", "[Not Supported]") stays absent. Errors: Failed,
/// where it is not that document, with the place.
Result<GpuReading> parseNvidiaSmi(const QByteArray &xml);

/// The tool itself. What does not change is asked once.
class NvidiaSmi
{
public:
    /// Runs it, under a time limit; blocks. A reading with a fault where the tool says why it can't. Errors: Missing
    /// (it is not installed), Timeout, Failed.
    Result<GpuReading> read(std::chrono::milliseconds limit);

private:
    std::optional<QHash<QString, QString>> m_capabilities; ///< by UUID
};

} // namespace kernelyard
