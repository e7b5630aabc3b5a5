// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/buildlistmodel.h"

#include "ui/models/wording.h"
#include "ui/widgets/statedelegate.h"

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

/// Runs of rows that are told one by one.
static constexpr qsizetype mostChanges = 24;

QString whatOf(const BuildSummary &build)
{
    if (!build.planProblem.isEmpty())
        return BuildListModel::tr("unknown");
    return build.purpose.isEmpty() ? build.environment : build.environment % u" · " % build.purpose;
}

QString resultOf(const BuildSummary &build)
{
    QString steps;
    if (build.stepsCached > 0 && build.stepsRun > 0)
        steps = BuildListModel::tr("%1 cached, %2 run").arg(build.stepsCached).arg(build.stepsRun);
    else if (build.stepsCached > 0)
        steps = build.stepsCached == 1 ? BuildListModel::tr("1 step cached")
                                       : BuildListModel::tr("%1 steps cached").arg(build.stepsCached);
    else if (build.stepsRun > 0)
        steps = build.stepsRun == 1 ? BuildListModel::tr("1 step run")
                                    : BuildListModel::tr("%1 steps run").arg(build.stepsRun);
    const QString detail = !build.planProblem.isEmpty()          ? BuildListModel::tr("its plan can't be read")
                           : build.status == BuildStatus::Failed ? build.cause.simplified()
                                                                 : steps;
    return detail.isEmpty() ? wordOf(build.status) : QString(wordOf(build.status) % u" · " % detail);
}

namespace {

/// Rows that come or go together.
struct Run
{
    int at = 0; ///< in the list before the change
    int count = 0;
    int from = 0; ///< of those that come: in the list after it
};

/// What leads from one list to another, both newest first: one pass over the two.
struct Changes
{
    QList<Run> gone;
    QList<Run> come;

    Changes(const QList<BuildSummary> &before, const QList<BuildSummary> &after)
    {
        int old = 0;
        int now = 0;
        while (old < before.size() || now < after.size()) {
            const bool isSame = old < before.size() && now < after.size() && before[old].id == after[now].id;
            if (isSame) {
                ++old;
                ++now;
            } else if (now == after.size() || (old < before.size() && before[old].id > after[now].id)) {
                if (gone.isEmpty() || gone.last().at + gone.last().count != old)
                    gone.append({old, 0, 0});
                ++gone.last().count;
                ++old;
            } else {
                if (come.isEmpty() || come.last().from + come.last().count != now)
                    come.append({old, 0, now});
                ++come.last().count;
                ++now;
            }
        }
    }
};

} // namespace

void BuildListModel::setBuilds(const QList<BuildSummary> &builds)
{
    const Changes changes(m_builds, builds);
    // Another selection of thousands: telling of it row by row takes a view seconds.
    if (changes.gone.size() + changes.come.size() > mostChanges) {
        beginResetModel();
        m_builds = builds;
        endResetModel();
        return;
    }
    for (auto run = changes.gone.crbegin(); run != changes.gone.crend(); ++run) {
        beginRemoveRows({}, run->at, run->at + run->count - 1);
        m_builds.remove(run->at, run->count);
        endRemoveRows();
    }
    for (const Run &run : changes.come) {
        beginInsertRows({}, run.from, run.from + run.count - 1);
        m_builds.insert(run.from, run.count, BuildSummary());
        std::copy_n(builds.cbegin() + run.from, run.count, m_builds.begin() + run.from);
        endInsertRows();
    }
    for (int row = 0; row < m_builds.size(); ++row) {
        if (m_builds[row] == builds[row])
            continue;
        m_builds[row] = builds[row];
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

void BuildListModel::setNow(const QDateTime &now)
{
    const bool newDay = m_now.date() != now.date();
    m_now = now;
    for (int row = 0; row < m_builds.size(); ++row) {
        if (m_builds[row].status == BuildStatus::Running)
            Q_EMIT dataChanged(index(row, DurationColumn), index(row, DurationColumn), {Qt::DisplayRole, SortRole});
    }
    if (newDay && !m_builds.isEmpty())
        Q_EMIT dataChanged(index(0, StartedColumn), index(int(m_builds.size()) - 1, StartedColumn), {Qt::DisplayRole});
}

BuildId BuildListModel::idAt(int row) const
{
    return row >= 0 && row < m_builds.size() ? m_builds[row].id : BuildId();
}

int BuildListModel::rowOf(BuildId id) const
{
    const auto place = std::lower_bound(m_builds.cbegin(), m_builds.cend(), id,
                                        [](const BuildSummary &build, BuildId wanted) { return build.id > wanted; });
    return place != m_builds.cend() && place->id == id ? int(place - m_builds.cbegin()) : -1;
}

int BuildListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_builds.size());
}

int BuildListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

BuildTime BuildListModel::durationOf(const BuildSummary &build) const
{
    if (build.status != BuildStatus::Running || build.isPaused || !build.started.isValid())
        return build.elapsed;
    const BuildTime since = std::chrono::milliseconds(build.started.msecsTo(m_now));
    return std::max(build.elapsed, since - build.pausedTime);
}

QVariant BuildListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const BuildSummary &build = m_builds[index.row()];
    if (role == IdRole)
        return build.id.number();
    if (role == StateRole)
        return index.column() == BuildColumn ? QVariant(int(stateOf(build.status))) : QVariant();
    if (role == MutedRole)
        return index.column() == StartedColumn || index.column() == EngineColumn;
    if (role == Qt::TextAlignmentRole && index.column() == DurationColumn)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == ResultColumn)
        return build.planProblem.isEmpty() ? build.failure
               : build.failure.isEmpty()   ? build.planProblem
                                           : QString(build.planProblem % u"\n\n" % build.failure);
    if (role == Qt::AccessibleTextRole && index.column() == BuildColumn)
        return QString(build.id.display() % u", " % wordOf(build.status) % (build.pinned ? tr(", pinned") : QString()));
    if (role == Qt::ToolTipRole && index.column() == BuildColumn && build.pinned)
        return tr("Pinned: cleaning up never takes it");
    if (role == SortRole) {
        switch (index.column()) {
        case BuildColumn:
            return build.id.number();
        case StartedColumn:
            return build.started;
        case DurationColumn:
            return qlonglong(durationOf(build).count());
        default:
            return data(index, Qt::DisplayRole);
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case BuildColumn:
        return build.pinned ? QString(build.id.display() % u" ◆") : build.id.display();
    case WhatColumn:
        return whatOf(build);
    case StartedColumn:
        return momentText(build.started, m_now);
    case DurationColumn:
        return build.status == BuildStatus::Queued ? QString() : durationText(durationOf(build));
    case ResultColumn:
        return resultOf(build);
    case EngineColumn:
        return build.engine;
    default:
        return {};
    }
}

QVariant BuildListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant((section == DurationColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case BuildColumn:
        return tr("Build");
    case WhatColumn:
        return tr("What");
    case StartedColumn:
        return tr("Started");
    case DurationColumn:
        return tr("Duration");
    case ResultColumn:
        return tr("Result");
    case EngineColumn:
        return tr("Engine");
    default:
        return {};
    }
}

} // namespace kernelyard
