// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/buildlistmodel.h"

#include "ui/models/wording.h"
#include "ui/widgets/statedelegate.h"

#include <QSet>

namespace kernelyard {

using namespace Qt::StringLiterals;

QString whatOf(const BuildSummary &build)
{
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
    const QString detail = build.status == BuildStatus::Failed ? build.failure.simplified() : steps;
    return detail.isEmpty() ? wordOf(build.status) : QString(wordOf(build.status) % u" · " % detail);
}

void BuildListModel::setBuilds(const QList<BuildSummary> &builds)
{
    QSet<BuildId> kept;
    for (const BuildSummary &build : builds)
        kept.insert(build.id);
    for (int row = int(m_builds.size()) - 1; row >= 0; --row) {
        if (kept.contains(m_builds[row].id))
            continue;
        beginRemoveRows({}, row, row);
        m_builds.removeAt(row);
        endRemoveRows();
    }
    for (int row = 0; row < builds.size(); ++row) {
        const BuildSummary &build = builds[row];
        if (row < m_builds.size() && m_builds[row].id == build.id) {
            if (m_builds[row] == build)
                continue;
            m_builds[row] = build;
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
            continue;
        }
        const int old = rowOf(build.id);
        if (old >= 0) {
            beginMoveRows({}, old, old, {}, row);
            m_builds.move(old, row);
            endMoveRows();
            m_builds[row] = build;
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        } else {
            beginInsertRows({}, row, row);
            m_builds.insert(row, build);
            endInsertRows();
        }
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
    for (int row = 0; row < m_builds.size(); ++row) {
        if (m_builds[row].id == id)
            return row;
    }
    return -1;
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
    if (build.status != BuildStatus::Running || !build.started.isValid())
        return build.elapsed;
    return std::max(build.elapsed, BuildTime(std::chrono::milliseconds(build.started.msecsTo(m_now))));
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
        return build.failure;
    if (role == Qt::AccessibleTextRole && index.column() == BuildColumn)
        return QString(build.id.display() % u", " % wordOf(build.status));
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
        return build.id.display();
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
