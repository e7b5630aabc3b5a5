// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"
#include "ui/widgets/theme.h"

#include <QAbstractListModel>
#include <QSet>

namespace kernelyard {

/// The steps of one build in one flat list: a row for each task of its plan, and below it a row for each step.
class StepModel : public QAbstractListModel
{
    Q_OBJECT

public:
    /// Beside StateRole of ui/widgets/statedelegate.h.
    enum Role {
        IsTaskRole = Qt::UserRole,
        NumberRole,   ///< of the step within its task, from 1; 0 for tasks
        DurationRole, ///< "3:31", "cached", "not run", or what a task waits for; may be empty
        StepRole,     ///< index into BuildState::steps; -1 for tasks
        ProgressRole, ///< "[3/12]"
        CriticalRole, ///< bool: on the critical path
    };

    struct Counts
    {
        int known = 0;
        int finished = 0; ///< done, cached or failed
        int cached = 0;
    };

    using QAbstractListModel::QAbstractListModel;

    /// A new source: resets.
    void setPlan(const Plan &plan);
    /// All steps known. \a status and \a elapsed are the build's. Steps are added or changed, never taken away; a
    /// list that is not a continuation of the one before resets the model.
    void setSteps(const QList<Step> &steps, BuildStatus status, BuildTime elapsed);
    /// Moves the clock of the running steps on.
    void setElapsed(BuildTime elapsed);

    const Plan &plan() const { return m_plan; }
    const QList<Step> &steps() const { return m_steps; }
    Counts counts() const;
    int rowOfStep(int step) const; ///< -1: unknown
    int runningStep() const;       ///< the last that runs; -1: none
    int failedStep() const;        ///< the first that failed; -1: none
    int numberOf(int step) const;  ///< within its task, from 1
    BuildTime durationOf(int step) const;
    QString durationTextOf(int step) const; ///< "3:31", "cached", "not run"; may be empty
    State stateOfStep(int step) const;
    /// "builder 4 RUN pip wheel ."; the task's title where the command has no steps of its own
    QString titleOf(int step) const;
    void setCriticalPath(const QList<int> &steps);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

private:
    struct Row
    {
        int task = 0;
        int step = -1;
        int number = 0;
    };
    void insertStep(int step);
    void rebuild();
    QString taskWord(int task) const;
    bool hasStarted(int task) const;
    State taskState(int task) const;
    QString nameOf(int step) const;
    bool wasEndedFromOutside() const;

    Plan m_plan;
    QList<Step> m_steps;
    QSet<int> m_critical;
    QList<Row> m_rows;
    BuildStatus m_status = BuildStatus::Queued;
    BuildTime m_elapsed{0};
};

} // namespace kernelyard
