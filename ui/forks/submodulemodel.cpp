// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/submodulemodel.h"

#include "ui/forks/forkwords.h"
#include "ui/widgets/statedelegate.h"

using namespace Qt::StringLiterals;

namespace kernelyard {

void SubmoduleModel::setSubmodules(const QList<SubmoduleStatus> &submodules)
{
    if (submodules == m_submodules)
        return;
    beginResetModel();
    m_submodules = submodules;
    endResetModel();
}

int SubmoduleModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_submodules.size());
}

int SubmoduleModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant SubmoduleModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const SubmoduleStatus &submodule = m_submodules[index.row()];
    const StateWord word = wordOf(submodule);
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return index.column() == PathColumn  ? submodule.path
               : index.column() == PinColumn ? shortCommit(submodule.pinned)
                                             : word.text;
    case Qt::ToolTipRole:
        if (index.column() == StateColumn)
            return submodule.trouble.isEmpty() ? submodule.changedFiles.mid(0, 20).join(u'\n') : submodule.trouble;
        return index.column() == PathColumn ? submodule.url : submodule.pinned;
    case StateRole:
        return index.column() == StateColumn ? QVariant(int(word.state)) : QVariant();
    case MonoRole:
    case MutedRole:
        return index.column() == PinColumn;
    default:
        return {};
    }
}

QVariant SubmoduleModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == PathColumn ? tr("Submodule") : section == PinColumn ? tr("Pinned") : tr("State");
}

} // namespace kernelyard
