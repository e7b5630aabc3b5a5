// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/console.h"
#include "app/ctl/wholelines.h"

#include <QSet>

namespace kernelyard::ctl {

/// Prints a build as it goes: a line for each step that ended, the tool's own lines where asked for, the last lines of
/// a step that failed; on a terminal also a live line for what runs.
class StepView
{
public:
    StepView(Console &console, Channel channel, bool withLog);

    void setPlan(const Plan &plan) { m_plan = plan; }
    void update(const BuildUpdate &update);
    /// The build has ended, or nobody looks any more.
    void finish();
    /// The last lines of the failed step, for people; nothing where none failed.
    void printFailure(BuildId id);
    /// Whether a validation came to its verdict: its results say what is wrong, then, not a line of its log.
    bool hasVerdict() const { return m_hasVerdict; }

private:
    void printLine(const LogLine &line);
    void printEnded(int index);
    void showLive(BuildTime elapsed);
    bool isShown(const Step &step) const;
    bool isFact(const LogLine &line) const;
    QString shortTitle(const Step &step) const;

    Console &m_console;
    Channel m_channel;
    bool m_withLog;
    Plan m_plan;
    QList<Step> m_steps;
    QSet<int> m_ended;
    QHash<int, QList<QByteArray>> m_lastLines; ///< of each running step, a few
    WholeLines m_whole;
    bool m_hasVerdict = false;
};

} // namespace kernelyard::ctl
