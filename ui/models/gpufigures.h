// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/gpuowners.h"
#include "core/gpu/architecture.h"
#include "core/gpu/gpuhistory.h"
#include "ui/widgets/linechart.h"
#include "ui/widgets/theme.h"

namespace kernelyard {

/// What a card says of a GPU: pure functions over a reading.
struct GpuBadge
{
    State state = State::Success;
    QString word;
};
/// In trouble, in use by one of our builds, throttled by heat, or healthy.
GpuBadge badgeOf(const GpuStatus &gpu, const GpuOwners &owners);

QString titleOf(const GpuStatus &gpu);                                ///< "GPU 0  NVIDIA H200 NVL"
QString kindOf(const GpuStatus &gpu, const ArchitectureTable &table); ///< "sm_90 Hopper · PCIe 5.0 ×16 · ECC on"
QList<std::pair<QString, QString>> factsOf(const GpuStatus &gpu);     ///< name and value, in order
QString sliceName(const MigSlice &slice);                             ///< "Slice 0  1g.10gb  16 SMs"
QString sliceUse(const MigSlice &slice);                              ///< "37 %  3.1 of 9.8 GiB"

/// How much a chart says beside its figure: Long with the limit, Short the unit alone, for a narrow card.
enum class ChartWords { Long, Short };

/// The four charts: compute, memory, temperature, power. \a nowMs is the time at their right edge.
QList<ChartData> chartsOf(const GpuStatus &gpu, const QList<GpuPoint> &history, qint64 nowMs, double spanSeconds,
                          ChartWords words);

/// For a bug report, as Markdown.
QString reportOf(const GpuReading &reading, const GpuOwners &owners, const ArchitectureTable &table);

QString ownerText(const GpuOwner &owner); ///< "Validation #0412", "Build #0409", "Not from Kernelyard"

} // namespace kernelyard
