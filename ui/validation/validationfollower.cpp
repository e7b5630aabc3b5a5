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
    const qsizetype whole = update.newLines.size() - (update.lastLineIsOpen ? 1 : 0); // the open one comes again
    for (qsizetype i = 0; i < whole; ++i) {
        const LogLine &line = update.newLines[i];
        if (line.step < 0 || line.step >= update.steps.size() || update.steps[line.step].task != m_task ||
            line.isError || line.isNote)
            continue;
        m_reader.feed(line.text);
        changed = true;
    }
    m_isEmpty = m_isEmpty && !changed;
    return changed;
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
    connect(&m_follower, &BuildFollower::failed, this, [this](const Error &error) {
        m_problem = error.message;
        Q_EMIT changed();
        Q_EMIT failed(error);
    });
}

void ValidationFollower::apply(const BuildUpdate &update)
{
    const bool hasNewLines = m_lines.apply(update);
    if (hasNewLines)
        m_run = m_lines.run();
    if (!hasNewLines && m_status == update.status && m_failure == update.failure)
        return;
    m_status = update.status;
    m_failure = update.failure;
    Q_EMIT changed();
}

} // namespace kernelyard
