// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/validationfollower.h"

namespace kernelyard {

int ValidationLines::taskOf(const Plan &plan)
{
    for (qsizetype i = 0; i < plan.tasks.size(); ++i)
        if (plan.tasks[i].kind == TaskKind::Validation)
            return static_cast<int>(i);
    return -1;
}

bool ValidationLines::apply(const BuildUpdate &update)
{
    bool changed = false;
    bool replaces = update.lastLineGrew;
    for (const LogLine &line : update.newLines) {
        if (!std::exchange(replaces, false) && m_lastIsOurs)
            m_lines += m_last + '\n';
        m_lastIsOurs = line.step >= 0 && line.step < update.steps.size() && update.steps[line.step].task == m_task &&
                       !line.isError && !line.isNote;
        m_last = m_lastIsOurs ? line.text : QByteArray();
        changed = changed || m_lastIsOurs;
    }
    return changed;
}

ValidationRun ValidationLines::run() const
{
    return ValidationRun::fromJsonLines(m_lastIsOurs ? m_lines + m_last + '\n' : m_lines);
}

ValidationFollower::ValidationFollower(const Paths &paths, BuildId id, QObject *parent)
    : QObject(parent)
    , m_follower(paths, id)
{
    connect(&m_follower, &BuildFollower::planRead, this, [this](const Plan &plan) {
        m_lines = ValidationLines(ValidationLines::taskOf(plan));
        m_hasSuite = ValidationLines::taskOf(plan) >= 0;
    });
    connect(&m_follower, &BuildFollower::updated, this, &ValidationFollower::apply);
    connect(&m_follower, &BuildFollower::ended, this, &ValidationFollower::ended);
    connect(&m_follower, &BuildFollower::failed, this, &ValidationFollower::failed);
}

void ValidationFollower::apply(const BuildUpdate &update)
{
    m_status = update.status;
    m_elapsed = update.elapsed;
    m_failure = update.failure;
    if (m_lines.apply(update))
        m_run = m_lines.run();
    Q_EMIT changed();
}

} // namespace kernelyard
