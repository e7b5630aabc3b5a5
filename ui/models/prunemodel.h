// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/retention.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// The builds that cleaning up would take, and why each.
class PruneModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { BuildColumn, WhatColumn, StartedColumn, SizeColumn, ReasonColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setPlan(const PrunePlan &plan);
    const PrunePlan &plan() const { return m_plan; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    PrunePlan m_plan;
};

} // namespace kernelyard
