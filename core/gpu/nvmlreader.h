// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/nvmlgpm.h"
#include "core/gpu/nvmllibrary.h"
#include "core/gpu/nvmlprocesses.h"

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
    /// next reading then. It is initialised again from time to time, too, while a GPU is in trouble or \a lacksSome
    /// says that NVML does not list all: only then does it see what came back and what is no longer in the machine.
    ///
    /// GPUs stand in NVML's order and have its index; those that it lists no more come last.
    GpuReading read(bool lacksSome);
    /// Whether a reading NvmlGpm::renewal later tells what this one could not.
    bool wantsAnother() const;
    bool isOpen() const { return m_ready; } ///< which keeps GPUs awake
    int initialisations() const { return m_initialisations; }

    void close(); ///< until the next reading

private:
    struct Known
    {
        nvml::Device device = nullptr; ///< null: not known yet, or in trouble
        GpuStatus fixed;               ///< what does not change, and what is wrong with it
        NvmlProcesses processes;
        NvmlGpm gpm;
        bool fellOff = false; ///< and nothing but errors has come since
    };

    GpuFault open(const QString &name);
    bool prepare(GpuReading &reading);
    void retire();
    bool isRenewalDue(bool lacksSome);
    void identify(int index);
    void recognise(Known &known, qsizetype gone);
    void adopt();
    void readGpu(Known &known, GpuReading &reading);
    void blame(Known &known, nvml::Return code) const;
    GpuFault faultOf(nvml::Return code) const;

    CallWatch &m_watch;
    NvmlCaller m_calls;
    QString m_path;
    QSet<int> m_skipped;
    std::optional<uint32_t> m_count;
    std::optional<NvmlLibrary> m_library;
    nvml::Functions m_f{};
    bool m_ready = false;
    int m_initialisations = 0;
    QString m_driver, m_libraryVersion, m_cuda;
    std::vector<Known> m_known; ///< by index
    std::vector<Known> m_gone;  ///< seen before, and not found again since: with the index that they had
    int m_patience = 0;         ///< readings from one renewal to the next
    int m_waited = 0;
};

} // namespace kernelyard
