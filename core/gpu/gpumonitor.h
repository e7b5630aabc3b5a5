// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/gpu/gpuhelper.h"
#include "core/gpu/gpuhistory.h"
#include "core/process/linesplitter.h"

#include <QDeadlineTimer>
#include <QFuture>
#include <QHash>
#include <QSet>
#include <QTimer>

class QProcess;

namespace kernelyard {

/// How the helper is started and for how long it may be silent.
struct GpuHelperSetup
{
    Command command;                             ///< kernelyardctl gpu-helper …
    std::chrono::milliseconds silence{4000};     ///< after the last line, or the time at which a reading was promised
    std::chrono::milliseconds stuckLimit{3000};  ///< how long a call may last before the helper is replaced
    std::chrono::milliseconds startLimit{15000}; ///< the same for one that starts the driver or a GPU
    std::chrono::milliseconds skipFor{60000};    ///< how long a GPU that stuck the helper is left out

    /// \a ctl is the absolute path of kernelyardctl.
    static GpuHelperSetup real(const QString &ctl);
};

/// The GPUs of this machine, read once a second by a helper process. Never waits for it: while the driver is stuck the
/// last reading stands, with the condition Stuck on the GPU that it is stuck on, and the helper is replaced by one
/// that leaves that GPU out for a while. Lives on the thread that made it.
class GpuMonitor : public QObject
{
    Q_OBJECT

public:
    explicit GpuMonitor(GpuHelperSetup setup, QObject *parent = nullptr);
    ~GpuMonitor() override;

    void start();
    void stop();
    const GpuHelperSetup &setup() const { return m_setup; }
    bool isRunning() const { return m_process != nullptr || m_restart.isActive(); }

    const std::optional<GpuReading> &reading() const { return m_reading; } ///< absent: none has arrived yet
    const GpuHistory &history() const { return m_history; }
    int replacements() const { return m_replacements; } ///< of helpers, since it was made

Q_SIGNALS:
    void readingChanged();

private:
    /// A GPU that stuck a helper.
    struct LeftOut
    {
        int index = 0;
        QDeadlineTimer until;
        const QObject *helper = nullptr; ///< while it lives, another one would stick at the same place
    };

    void launch();
    QStringList indicesLeftOut() const;
    bool isDue(const LeftOut &left) const;
    void read();
    void take(const GpuHelperReading &line);
    void take(const GpuHelperStuck &line);
    void mark(int gpu, const GpuFault &fault); ///< -1: all of them
    void replace();
    void abandon();
    void ended();
    void tooSilent();

    GpuHelperSetup m_setup;
    QProcess *m_process = nullptr;
    LineSplitter m_lines;
    QTimer m_silence;
    QTimer m_restart;
    std::chrono::milliseconds m_backoff{0};
    QHash<QString, LeftOut> m_leftOut; ///< by GpuStatus::id(), or the index where that is not known
    QSet<const QObject *> m_abandoned; ///< helpers that have not ended yet

    std::optional<GpuReading> m_reading;
    GpuHistory m_history;
    int m_replacements = 0;
};

/// One reading, by a helper of its own, on a worker thread. A driver that is stuck gives a reading that says so.
/// Errors: Missing or Failed, where the helper could not be run.
QFuture<Result<GpuReading>> readGpus(const Command &helper);

} // namespace kernelyard
