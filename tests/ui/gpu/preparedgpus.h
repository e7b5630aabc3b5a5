// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/gpuowners.h"
#include "core/gpu/gpumonitor.h"

#include <QTemporaryDir>

namespace kernelyard::test {

/// Readings as a helper would write them, with times in the past, so that a monitor has minutes of history at once.
class PreparedGpus
{
public:
    PreparedGpus();

    /// A helper that writes what has been added, then what is added later.
    GpuHelperSetup setup() const;
    void add(const GpuReading &reading);
    /// \a count readings a second apart, the last of them now; \a moment gets the seconds from now, 0 or less.
    void addMinutes(int count, const std::function<GpuReading(int second)> &moment);

    static GpuReading workstation(int second); ///< an H200 that validates, and an RTX 4090 with a display
    static GpuReading lone(int second);        ///< one RTX 3090, idle, nothing on it
    static GpuReading server(int second);      ///< eight B200, one throttled
    static GpuReading sliced(int second);      ///< an H100 in three MIG slices
    static GpuReading asleep();                ///< a laptop's, by the kernel
    static GpuReading none();
    static GpuReading whole(GpuCondition condition, const QString &evidence);
    static GpuOwners owners(); ///< of workstation(): a validation #0188 and a build #0409

private:
    QTemporaryDir m_folder;
    QString m_file;
};

} // namespace kernelyard::test
