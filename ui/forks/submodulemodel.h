// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// Submodules of one checkout, at any depth.
class SubmoduleModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { PathColumn, PinColumn, StateColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setSubmodules(const QList<SubmoduleStatus> &submodules);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<SubmoduleStatus> m_submodules;
};

} // namespace kernelyard
