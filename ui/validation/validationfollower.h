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
    bool isEmpty() const { return m_lines.isEmpty() && m_last.isEmpty(); }
    ValidationRun run() const;

private:
    int m_task;
    QByteArray m_lines; ///< whole lines
    QByteArray m_last;  ///< the last line of the log, when it is the suite's: it may still grow
    bool m_lastIsOurs = false;
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
    BuildTime elapsed() const { return m_elapsed; }

Q_SIGNALS:
    void changed();
    void ended();
    void failed(const kernelyard::Error &error);

private:
    void apply(const BuildUpdate &update);

    BuildFollower m_follower;
    ValidationLines m_lines;
    ValidationRun m_run;
    BuildStatus m_status = BuildStatus::Queued;
    BuildTime m_elapsed{0};
    QString m_failure;
    bool m_hasSuite = true;
};

} // namespace kernelyard
