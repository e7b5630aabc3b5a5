// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/stepmodel.h"

#include "ui/models/wording.h"
#include "ui/widgets/statedelegate.h"

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

bool looksTheSame(const Step &a, const Step &b)
{
    return a.status == b.status && a.started == b.started && a.ended == b.ended && a.progress == b.progress &&
           a.work == b.work && a.name == b.name && a.error == b.error && a.lines == b.lines;
}

} // namespace

void StepModel::setPlan(const Plan &plan)
{
    beginResetModel();
    m_plan = plan;
    m_steps.clear();
    m_critical.clear();
    m_status = BuildStatus::Queued;
    m_elapsed = BuildTime(0);
    rebuild();
    endResetModel();
}

void StepModel::rebuild()
{
    m_rows.clear();
    for (int task = 0; task < m_plan.tasks.size(); ++task) {
        m_rows.append({task, -1, 0});
        int number = 0;
        for (int step = 0; step < m_steps.size(); ++step) {
            if (m_steps[step].task == task)
                m_rows.append({task, step, ++number});
        }
    }
}

void StepModel::setSteps(const QList<Step> &steps, BuildStatus status, BuildTime elapsed)
{
    bool continues = steps.size() >= m_steps.size();
    for (int i = 0; continues && i < m_steps.size(); ++i)
        continues = steps[i].task == m_steps[i].task && steps[i].key == m_steps[i].key;
    const bool statusChanged = status != m_status;
    m_status = status;
    m_elapsed = elapsed;
    if (!continues) {
        beginResetModel();
        m_steps = steps;
        rebuild();
        endResetModel();
        return;
    }
    for (int i = 0; i < m_steps.size(); ++i) {
        const bool changed = !looksTheSame(m_steps[i], steps[i]);
        m_steps[i] = steps[i];
        if (changed || statusChanged || m_steps[i].status == StepStatus::Running) {
            const QModelIndex row = index(rowOfStep(i));
            if (row.isValid())
                Q_EMIT dataChanged(row, row);
        }
    }
    for (qsizetype i = m_steps.size(); i < steps.size(); ++i) {
        m_steps.append(steps[i]);
        insertStep(int(i));
    }
    for (int row = 0; row < m_rows.size(); ++row) { // a task's state follows from its steps
        if (m_rows[row].step < 0)
            Q_EMIT dataChanged(index(row), index(row), {StateRole, DurationRole, Qt::AccessibleTextRole});
    }
}

void StepModel::insertStep(int step)
{
    const int task = m_steps[step].task;
    int at = 0;
    int number = 1;
    while (at < m_rows.size() && m_rows[at].task <= task) {
        if (m_rows[at].task == task && m_rows[at].step >= 0)
            ++number;
        ++at;
    }
    if (at == 0 || m_rows[at - 1].task != task)
        return; // of a task that the plan has not: a damaged journal
    beginInsertRows({}, at, at);
    m_rows.insert(at, {task, step, number});
    endInsertRows();
}

void StepModel::setElapsed(BuildTime elapsed)
{
    m_elapsed = elapsed;
    for (int row = 0; row < m_rows.size(); ++row) {
        if (m_rows[row].step >= 0 && m_steps[m_rows[row].step].status == StepStatus::Running)
            Q_EMIT dataChanged(index(row), index(row), {DurationRole, Qt::AccessibleTextRole});
    }
}

void StepModel::setCriticalPath(const QList<int> &steps)
{
    const QSet<int> critical(steps.cbegin(), steps.cend());
    if (critical == m_critical)
        return;
    m_critical = critical;
    if (!m_rows.isEmpty())
        Q_EMIT dataChanged(index(0), index(int(m_rows.size()) - 1), {CriticalRole, Qt::AccessibleTextRole});
}

StepModel::Counts StepModel::counts() const
{
    Counts counts;
    for (const Step &step : m_steps) {
        ++counts.known;
        counts.cached += step.status == StepStatus::Cached;
        counts.finished += step.status == StepStatus::Cached || step.status == StepStatus::Done;
    }
    return counts;
}

int StepModel::rowOfStep(int step) const
{
    for (int row = 0; row < m_rows.size(); ++row) {
        if (m_rows[row].step == step && step >= 0)
            return row;
    }
    return -1;
}

int StepModel::runningStep() const
{
    for (int i = int(m_steps.size()) - 1; i >= 0; --i) {
        if (m_steps[i].status == StepStatus::Running)
            return i;
    }
    return -1;
}

int StepModel::failedStep() const
{
    for (int i = 0; i < m_steps.size(); ++i) {
        if (m_steps[i].status == StepStatus::Failed)
            return i;
    }
    return -1;
}

int StepModel::numberOf(int step) const
{
    const int row = rowOfStep(step);
    return row >= 0 ? m_rows[row].number : 0;
}

BuildTime StepModel::durationOf(int step) const
{
    const Step &s = m_steps[step];
    if (!s.started)
        return BuildTime(0);
    return std::max(BuildTime(0), s.ended.value_or(m_elapsed) - *s.started);
}

bool StepModel::wasEndedFromOutside() const
{
    return m_status == BuildStatus::Cancelled || m_status == BuildStatus::Interrupted;
}

QString StepModel::nameOf(int step) const
{
    const Step &s = m_steps[step];
    QString title = stepTitle(s.name);
    if (!title.isEmpty())
        return title;
    return s.task >= 0 && s.task < m_plan.tasks.size() ? m_plan.tasks[s.task].title : s.key;
}

QString StepModel::titleOf(int step) const
{
    const int task = m_steps[step].task;
    if (task < 0 || task >= m_plan.tasks.size())
        return nameOf(step);
    return u"%1 %2 %3"_s.arg(m_plan.tasks[task].name).arg(numberOf(step)).arg(nameOf(step));
}

QString StepModel::durationTextOf(int step) const
{
    const Step &s = m_steps[step];
    switch (s.status) {
    case StepStatus::Cached:
    case StepStatus::NotRun:
        return wordOf(s.status);
    case StepStatus::Waiting:
        return isEnded(m_status) ? wordOf(StepStatus::NotRun) : QString();
    default:
        return s.started ? durationText(durationOf(step)) : QString();
    }
}

State StepModel::stateOfStep(int step) const
{
    const StepStatus status = m_steps[step].status;
    if (isEnded(m_status) && status == StepStatus::Waiting)
        return State::Stopped;
    if (isEnded(m_status) && status == StepStatus::Running)
        return stateOf(m_status);
    if (status == StepStatus::Failed && wasEndedFromOutside())
        return stateOf(m_status); // it did not fail: it was ended
    return stateOf(status);
}

State StepModel::taskState(int task) const
{
    int known = 0;
    int finished = 0;
    int cached = 0;
    bool isBegun = false;
    for (const Step &step : m_steps) {
        if (step.task != task)
            continue;
        ++known;
        if (step.status == StepStatus::Failed)
            return wasEndedFromOutside() ? stateOf(m_status) : State::Failed;
        isBegun = isBegun || step.status != StepStatus::Waiting;
        cached += step.status == StepStatus::Cached;
        finished += step.status == StepStatus::Cached || step.status == StepStatus::Done;
    }
    if (known > 0 && finished == known)
        return cached == known ? State::Cached : State::Success;
    if (isEnded(m_status))
        return known > 0 && isBegun ? stateOf(m_status) : State::Stopped;
    return isBegun ? State::Running : State::Waiting;
}

bool StepModel::hasStarted(int task) const
{
    return std::any_of(m_steps.begin(), m_steps.end(),
                       [task](const Step &step) { return step.task == task && step.started.has_value(); });
}

QString StepModel::taskWord(int task) const
{
    switch (taskState(task)) {
    case State::Waiting:
        return wordOf(StepStatus::Waiting);
    case State::Stopped:
        return hasStarted(task) ? tr("cancelled") : wordOf(StepStatus::NotRun);
    case State::Cached:
        return wordOf(StepStatus::Cached);
    default:
        return {};
    }
}

int StepModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

Qt::ItemFlags StepModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    return m_rows[index.row()].step < 0 ? Qt::ItemNeverHasChildren // arrow keys pass over it
                                        : Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

QVariant StepModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[index.row()];
    if (role == IsTaskRole)
        return row.step < 0;
    if (role == StepRole)
        return row.step;
    if (role == NumberRole)
        return row.number;
    if (row.step < 0) {
        const Task &task = m_plan.tasks[row.task];
        switch (role) {
        case Qt::DisplayRole:
            return task.name;
        case Qt::ToolTipRole:
            return task.title;
        case Qt::AccessibleTextRole:
            return tr("Task %1").arg(task.name);
        case StateRole:
            return int(taskState(row.task));
        case DurationRole:
            return taskWord(row.task);
        default:
            return {};
        }
    }
    const Step &step = m_steps[row.step];
    const bool isCutOff =
        isEnded(m_status) && (step.status == StepStatus::Running || step.status == StepStatus::Waiting);
    switch (role) {
    case Qt::DisplayRole: {
        const QString title = shortStepTitle(step.name);
        return title.isEmpty() ? nameOf(row.step) : title;
    }
    case Qt::ToolTipRole:
        return step.error.isEmpty() ? step.name : QString(step.name % u'\n' % step.error);
    case Qt::AccessibleTextRole: {
        const QString word = step.status == StepStatus::Failed && wasEndedFromOutside() ? wordOf(m_status)
                             : isCutOff                                                 ? wordOf(StepStatus::NotRun)
                                                                                        : wordOf(step.status);
        const QString time = step.started ? durationText(durationOf(row.step)) : QString();
        return QString(tr("Step %1, %2, %3").arg(row.number).arg(nameOf(row.step), word) %
                       (time.isEmpty() ? QString() : u", " % time) %
                       (m_critical.contains(row.step) ? u", " % tr("on the critical path") : QString()));
    }
    case StateRole:
        return int(stateOfStep(row.step));
    case DurationRole:
        return durationTextOf(row.step);
    case CriticalRole:
        return m_critical.contains(row.step);
    case ProgressRole:
        return step.progress;
    default:
        return {};
    }
}

} // namespace kernelyard
