// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"
#include "core/build/record.h"

#include <QHash>

namespace kernelyard {

enum class BuildStatus { Queued, Running, Done, Failed, Cancelled, Interrupted };
enum class StepStatus { Waiting, Running, Cached, Done, Failed, NotRun };

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
    QString progress; ///< what is in work, "[3/12]"
    qint64 lines = 0; ///< of log
};

/// One line of the log, without its end, raw bytes as the tool wrote them.
struct LogLine
{
    int step = -1; ///< index into BuildState::steps
    BuildTime at{0};
    bool isError = false;
    bool isNote = false; ///< ours, not the tool's
    QByteArray text;
};

/// All that is known of a build, made by applying its records in order. Reading an old build and following a live one
/// are the same thing. Not a QObject; lives where its owner puts it.
class BuildState
{
public:
    explicit BuildState(Plan plan);
    ~BuildState();
    BuildState(BuildState &&) noexcept;
    BuildState &operator=(BuildState &&) noexcept;

    void apply(const Record &record);
    /// The runner's lock is free although no Closed was read: the build was cut off.
    void markInterrupted();

    const Plan &plan() const { return m_plan; }
    BuildStatus status() const { return m_status; }
    QDateTime startedAt() const { return m_startedAt; }
    BuildTime elapsed() const { return m_elapsed; } ///< of the last record
    const QList<Step> &steps() const { return m_steps; }
    const QList<LogLine> &lines() const { return m_lines; }
    qint64 peakMemoryBytes() const { return m_peakMemoryBytes; }
    QString failure() const { return m_failure; } ///< object, step and cause; empty when nothing failed
    /// Standard output of a task, whole: the results of a validation are read from it.
    QByteArray taskOutput(int task) const;

private:
    Plan m_plan;
    BuildStatus m_status = BuildStatus::Queued;
    QDateTime m_startedAt;
    BuildTime m_elapsed{0};
    QList<Step> m_steps;
    QList<LogLine> m_lines;
    qint64 m_peakMemoryBytes = 0;
    QString m_failure;
};

} // namespace kernelyard
