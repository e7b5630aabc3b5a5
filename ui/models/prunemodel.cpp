// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/prunemodel.h"

#include "ui/models/buildlistmodel.h"
#include "ui/models/machine.h"
#include "ui/models/wording.h"
#include "ui/widgets/statedelegate.h"

namespace kernelyard {

void PruneModel::setPlan(const PrunePlan &plan)
{
    beginResetModel();
    m_plan = plan;
    endResetModel();
}

int PruneModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_plan.items.size());
}

int PruneModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant PruneModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const PruneItem &item = m_plan.items[index.row()];
    if (role == StateRole)
        return index.column() == BuildColumn ? QVariant(int(stateOf(item.build.status))) : QVariant();
    if (role == MutedRole)
        return index.column() == StartedColumn || index.column() == ReasonColumn;
    if (role == Qt::TextAlignmentRole && index.column() == SizeColumn)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case BuildColumn:
        return item.build.id.display();
    case WhatColumn:
        return whatOf(item.build);
    case StartedColumn:
        return momentText(item.build.started, QDateTime::currentDateTime());
    case SizeColumn:
        return diskText(item.bytes);
    case ReasonColumn:
        return item.reason == PruneItem::Reason::Age ? tr("older than the limit") : tr("over the size limit");
    default:
        return {};
    }
}

QVariant PruneModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant((section == SizeColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case BuildColumn:
        return tr("Build");
    case WhatColumn:
        return tr("What");
    case StartedColumn:
        return tr("Started");
    case SizeColumn:
        return tr("Size");
    case ReasonColumn:
        return tr("Because");
    default:
        return {};
    }
}

} // namespace kernelyard
