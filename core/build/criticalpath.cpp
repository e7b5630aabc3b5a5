// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/criticalpath.h"

#include <QHash>
#include <QMap>
#include <QSet>

#include <algorithm>

namespace kernelyard {

namespace {

class PathFinder
{
public:
    explicit PathFinder(const QList<Step> &steps)
        : m_steps(steps)
    {
        for (int i = 0; i < m_steps.size(); ++i) {
            m_byKey.insert({m_steps[i].task, m_steps[i].key}, i);
            m_byTask[m_steps[i].task].append(i);
        }
    }

    int last() const
    {
        int running = -1;
        int ended = -1;
        for (int i = 0; i < m_steps.size(); ++i) {
            const Step &step = m_steps[i];
            if (!step.started || step.status == StepStatus::Cached)
                continue;
            if (!step.ended && step.status == StepStatus::Running) {
                if (running < 0 || *step.started < *m_steps[running].started)
                    running = i;
            } else if (step.ended && (ended < 0 || *step.ended > *m_steps[ended].ended)) {
                ended = i;
            }
        }
        return running >= 0 ? running : ended;
    }

    /// What \a index waited for: the latest to end of what it needs; -1: nothing.
    int before(int index) const
    {
        const Step &step = m_steps[index];
        int found = -1;
        const auto consider = [&](int other) {
            if (other != index && m_steps[other].ended && (found < 0 || *m_steps[other].ended > *m_steps[found].ended))
                found = other;
        };
        for (const QString &input : step.inputs)
            if (const auto other = m_byKey.constFind({step.task, input}); other != m_byKey.cend())
                consider(*other);
        if (found >= 0)
            return found;
        if (step.inputs.isEmpty()) {
            const QList<int> &siblings = *m_byTask.constFind(step.task);
            const auto own = std::lower_bound(siblings.cbegin(), siblings.cend(), index);
            for (auto other = own; other != siblings.cbegin();) {
                --other;
                const Step &earlier = m_steps[*other];
                if (earlier.ended && (!step.started || *earlier.ended <= *step.started))
                    return *other;
            }
        }
        for (auto task = m_byTask.lowerBound(step.task); task != m_byTask.cbegin();) {
            --task;
            for (const int other : *task)
                if (m_steps[other].status != StepStatus::Cached)
                    consider(other);
            if (found >= 0)
                return found;
        }
        return -1;
    }

private:
    const QList<Step> &m_steps;
    QHash<std::pair<int, StepKey>, int> m_byKey;
    QMap<int, QList<int>> m_byTask;
};

} // namespace

QList<int> criticalPath(const QList<Step> &steps)
{
    const PathFinder finder(steps);
    QList<int> path;
    QSet<int> seen; // inputs of a damaged record may go round
    for (int at = finder.last(); at >= 0 && !seen.contains(at); at = finder.before(at)) {
        seen.insert(at);
        if (steps[at].status != StepStatus::Cached && steps[at].started)
            path.prepend(at);
    }
    return path;
}

} // namespace kernelyard
