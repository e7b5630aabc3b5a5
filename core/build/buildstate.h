// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildclock.h"
#include "core/build/loglines.h"
#include "core/build/plan.h"
#include "core/build/record.h"
#include "core/build/stepwork.h"

#include <QHash>

#include <map>

namespace kernelyard {

enum class BuildStatus { Queued, Running, Done, Failed, Cancelled, Interrupted };
enum class StepStatus { Waiting, Running, Cached, Done, Failed, NotRun };

/// Done, Failed, Cancelled or Interrupted.
bool isEnded(BuildStatus status);

/// Whether a step of that name has an instruction of a Dockerfile behind it, or is a command's only one: BuildKit's own
/// vertices have none.
bool isInstruction(const QString &stepName);

struct Ending;

/// One step of a build, as far as it is known.
struct Step
{
    int task = 0;
    StepKey key;
    QString name;
    QStringList inputs;
    StepStatus status = StepStatus::Waiting;
    std::optional<BuildTime> started;
    std::optional<BuildTime> ended;
    QString error;
    QString progress;           ///< what is in work, "[3/12]"
    StepWork work;              ///< inside it, as its own output counts; what was last said stays after its end
    qint64 lines = 0;           ///< of log
    bool hasOutput = false;     ///< the tool wrote something, whether it was kept or not
    qint64 peakMemoryBytes = 0; ///< of the whole build while this step ran; 0: not sampled

    bool operator==(const Step &) const = default;
};

/// What a build used at one moment.
struct UsageSample
{
    BuildTime at{0};
    qint64 memoryBytes = 0;
    std::chrono::microseconds cpu{0}; ///< since the build began

    bool operator==(const UsageSample &) const = default;
};

/// All that is known of a build, made by applying its records in order. Reading an old build and following a live one
/// are the same thing. All its times leave pauses out. Not a QObject; lives where its owner puts it.
class BuildState
{
public:
    enum class Keep {
        Everything,
        Lines,        ///< no task output: for who takes the lines away as they come, so that memory stays the same
        StepsOnly,    ///< no lines, no task output and no work within steps, for lists of builds
        Validation,   ///< as StepsOnly, with the output of validations
        StepsAndWork, ///< lines are read for the work within steps, and not kept
    };

    explicit BuildState(Plan plan, Keep keep = Keep::Everything);
    ~BuildState();
    BuildState(BuildState &&) noexcept;
    BuildState &operator=(BuildState &&) noexcept;

    void apply(const Record &record);
    /// The runner's lock is free although no Closed was read: the build was cut off.
    void markInterrupted();

    const Plan &plan() const { return m_plan; }
    BuildStatus status() const { return m_status; }
    QDateTime startedAt() const { return m_clock.start; } ///< invalid while queued
    const BuildClock &clock() const { return m_clock; }
    BuildTime elapsed() const { return m_elapsed; } ///< of the last record, without the pauses
    bool isPaused() const { return m_pausedAt.has_value(); }
    const QList<Step> &steps() const { return m_steps; }
    const LogLines &lines() const { return m_lines; }                ///< the ended ones
    void dropLines();                                                ///< those of lines(), once they lie elsewhere
    qint64 droppedLines() const { return m_droppedLines; }           ///< which came before those of lines()
    std::optional<LogLine> unfinishedLine() const;                   ///< the newest line that has no end yet
    qint64 peakMemoryBytes() const { return m_peakMemoryBytes; }     ///< 0: unknown
    const QList<UsageSample> &samples() const { return m_samples; }  ///< about one a second; none for lists of builds
    const SampledFrom &sampledFrom() const { return m_sampledFrom; } ///< the best that was had
    /// The fork's branch, as the fork task said it; empty: no such task, not said yet, or a detached checkout.
    QString branch() const;
    QString failure() const { return m_failure; } ///< object, step and cause, what is kept, what to do; or empty
    Ending ending() const;                        ///< how it ended, or stands; see failuresentence.h
    int stepsCached() const;
    int stepsRun() const; ///< started and not cached
    /// Standard output of a task, whole, for tasks that build no image: a validation's results are read from it.
    QByteArray taskOutput(int task) const;

private:
    struct Rest
    {
        BuildTime at{0};
        bool isError = false;
        QByteArray text;
    };
    struct TaskState;

    void handle(const Opened &opened, BuildTime at);
    void handle(const TaskStarted &started, BuildTime at);
    void handle(const Output &output, BuildTime at);
    void handle(const Sample &sample, BuildTime at);
    void handle(const TaskExited &exited, BuildTime at);
    void handle(const CancelAsked &asked, BuildTime at);
    void handle(const Closed &closed, BuildTime at);
    void handle(const Paused &paused, BuildTime at);
    void handle(const Resumed &resumed, BuildTime at);
    void handle(const SampledFrom &from, BuildTime at);
    void applyEvent(int task, const EngineEvent &event, BuildTime at);
    void addOutput(int step, const StepOutput &output);
    void endLine(int step);
    void takeLine(int step, BuildTime at, bool isError, QByteArrayView text);
    void endTask(int task, int exitCode, BuildTime at);
    void addNote(const QString &text, BuildTime at);
    void noteTrouble(const StreamNote &note, BuildTime at);
    int stepIndex(int task, const StepKey &key);
    TaskState *taskState(int task);
    bool changedNothing(const Step &step) const;
    QByteArray lastWords() const;
    bool readsWork() const { return m_keep != Keep::StepsOnly && m_keep != Keep::Validation; }
    bool keepsLines() const { return m_keep == Keep::Everything || m_keep == Keep::Lines; }

    Plan m_plan;
    Keep m_keep;
    BuildStatus m_status = BuildStatus::Queued;
    BuildClock m_clock;
    BuildTime m_elapsed{0};
    std::optional<BuildTime> m_pausedAt; ///< as the journal tells it
    QList<Step> m_steps;
    LogLines m_lines;
    qint64 m_peakMemoryBytes = 0;
    QList<UsageSample> m_samples;
    SampledFrom m_sampledFrom;
    QByteArray m_forkWords; ///< the end of what the fork task wrote
    QString m_failure;
    QString m_reason; ///< of Closed
    qint64 m_droppedLines = 0;
    QByteArray m_lastDropped; ///< the last line with words of a tool that dropLines took
    std::vector<TaskState> m_tasks;
    QHash<std::pair<int, StepKey>, int> m_stepIndexes;
    std::map<int, StepWorkReader> m_work;            ///< by step
    std::map<int, Rest> m_rests;                     ///< by step: the begun line of each; few at a time
    int m_lastRest = -1;                             ///< the step whose rest is the newest
    std::optional<StreamNote::Kind> m_streamTrouble; ///< the last told
    bool m_cancelAsked = false;
};

} // namespace kernelyard
