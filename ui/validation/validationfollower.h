// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/validation/validationrun.h"

namespace kernelyard {

/// Picks the suite's lines out of a build's log as updates come, live or replayed, and reads them.
class ValidationLines
{
public:
    /// The task of \a plan that runs the suite; -1: none.
    static int taskOf(const Plan &plan);

    explicit ValidationLines(int task = -1)
        : m_task(task)
    {}

    /// Whether the suite's lines changed.
    bool apply(const BuildUpdate &update);
    bool isEmpty() const { return m_isEmpty; }
    ValidationRun run() const { return m_reader.run(); }

private:
    int m_task;
    ValidationReader m_reader;
    bool m_isEmpty = true;
};

/// One build's validation, from its journal; the same for one that runs and one that ended last year.
class ValidationFollower : public QObject
{
    Q_OBJECT

public:
    ValidationFollower(const Paths &paths, BuildId id, QObject *parent = nullptr);

    BuildId id() const { return m_follower.id(); }
    const ValidationRun &run() const { return m_run; }
    bool hasLines() const { return !m_lines.isEmpty(); }
    bool hasSuite() const { return m_hasSuite; }
    BuildStatus status() const { return m_status; }
    QString failure() const { return m_failure; }
    /// Why its journal is read no further; empty while it is.
    QString problem() const { return m_problem; }

Q_SIGNALS:
    void changed(); ///< lines of the suite, or how the build stands
    void failed(const kernelyard::Error &error);

private:
    void apply(const BuildUpdate &update);

    BuildFollower m_follower;
    ValidationLines m_lines;
    ValidationRun m_run;
    BuildStatus m_status = BuildStatus::Queued;
    QString m_failure;
    QString m_problem;
    bool m_hasSuite = true;
};

} // namespace kernelyard
