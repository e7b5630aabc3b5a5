// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/awake.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/engineend.h"
#include "core/build/journalwriter.h"
#include "core/build/layerinputs.h"
#include "core/build/queueticket.h"
#include "core/build/usagesampler.h"

#include <array>

namespace kernelyard {

/// The two pipes that an engine writes to; [0] is the reading end.
struct EnginePipes
{
    std::array<int, 2> out;
    std::array<int, 2> err;
};

/// The runner's own work: one thread that sleeps until the engine writes or ends, a signal comes, or something is due.
class RunnerLoop
{
public:
    /// \a guard: the process that outlives this one and inherits what the engine leaves.
    RunnerLoop(const Plan &plan, BuildFolder folder, RunningTask &running, pid_t guard, QueueTicket ticket,
               EnginePipes pipes);
    ~RunnerLoop();

    /// Takes the build's lock, if it is not given, and runs the build. Returns the process's exit status.
    int run(std::optional<BuildLock> lock);

private:
    using Clock = std::chrono::steady_clock;

    bool waitForTurn();
    void waitWhilePaused();
    bool pauseIsWanted() const;
    /// Freezes or thaws what \a task runs, as it is wanted now.
    void followPauseMark(int task);
    void stayAwake();
    void watchGpus(int task);
    void setPaused(int task, bool paused);
    int runTask(int index);
    void recordInputs(const Task &task);
    int waitForEngine(const Task &task, int index, pid_t engine); ///< its status, as wait has it
    /// Sleeps until something happens, at most \a limit, and takes in what did.
    void pump(int task, std::chrono::milliseconds limit);
    void takeSignals();
    bool readOutput(int descriptor, int task, Stream stream);
    void drain(int task);
    void sample();
    void append(decltype(Record::fact) fact);
    void check(const Result<void> &written);
    void askEnd();
    int close();
    std::chrono::milliseconds untilDue() const;
    BuildTime now() const;

    const Plan &m_plan;
    BuildFolder m_folder;
    RunningTask &m_running;
    pid_t m_guard;
    QueueTicket m_ticket;
    Awake m_awake;
    RunnerChild m_gpuWatch;    ///< while a task has the GPUs
    bool m_staysAwake = false; ///< by the settings
    EnginePipes m_pipes;
    int m_signals = -1;
    int m_watch = -1; ///< inotify of the build's folder and of the queue; -1: what happens there is seen a bit later
    QByteArray m_pauseMark;
    JournalWriter m_journal;
    Clock::time_point m_opened;
    Clock::time_point m_nextSample;
    UsageSampler m_usage;
    QList<LayerInputs> m_inputs;              ///< of the layers begun so far
    std::optional<SampledFrom> m_sampledFrom; ///< as last written
    QByteArray m_buffer;
    std::optional<Clock::time_point> m_endAsked; ///< by a cancel or by a full disk
    bool m_isPaused = false;
    bool m_cancelled = false;
    bool m_failed = false;
    bool m_finished = false;        ///< the last task has ended well
    std::optional<Error> m_problem; ///< ours: the journal can't be written, the engine not started
};

/// Tells the launcher, once, that the runner is ready or why it is not, and leaves the terminal.
void announceRunner(const Result<void> &ready);
/// Standard input, output and error to /dev/null.
void leaveTerminal();

} // namespace kernelyard
