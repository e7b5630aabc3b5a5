// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/callwatch.h"
#include "core/gpu/gpu.h"
#include "core/gpu/nvmllibrary.h"

#include <QSet>

#include <vector>

namespace kernelyard {

/// Reads all GPUs through NVML. Any call may never return, so it lives in a process of its own; \a watch tells there
/// which call is under way. What a driver lacks or a GPU does not offer stays absent.
class NvmlReader
{
public:
    /// \a path: see NvmlLibrary::open. GPUs of \a skipped are listed as stuck and not asked.
    NvmlReader(CallWatch &watch, QString path, QSet<int> skipped);
    ~NvmlReader();

    /// A reading with a fault where NVML as a whole can't be used; the library is opened and initialised again on the
    /// next reading then, and once a GPU was lost.
    GpuReading read();

private:
    struct Known;

    bool prepare(GpuReading &reading);
    void close();
    void readGpu(int index, GpuReading &reading);
    void readFixed(Known &known);
    void readMemory(nvml::Device device, std::optional<qint64> &used, std::optional<qint64> &total);
    void readLive(Known &known, GpuStatus &gpu);
    void readEcc(nvml::Device device, GpuStatus &gpu);
    void readSlices(nvml::Device device, GpuStatus &gpu);
    void readProcesses(Known &known, GpuStatus &gpu);
    QString words(nvml::Return code) const;
    template <class... P, class... A>
    nvml::Return start(const char *name, nvml::Function<P...> function, A... arguments);
    template <class... P, class... A>
    nvml::Return call(const char *name, nvml::Function<P...> function, A... arguments);
    template <class T, class... P, class... A>
    void take(std::optional<T> &value, const char *name, nvml::Function<P...> function, A... arguments);

    CallWatch &m_watch;
    QString m_path;
    QSet<int> m_skipped;
    std::optional<NvmlLibrary> m_library;
    nvml::Functions m_f{};
    bool m_ready = false;
    QString m_driver, m_libraryVersion, m_cuda;
    std::vector<Known> m_known; ///< by index
    bool m_lost = false;        ///< of the GPU that is being read: its last call said so
    nvml::Return m_lostCode{};  ///< and how
    int m_readingsSinceLoss = 0;
};

} // namespace kernelyard
