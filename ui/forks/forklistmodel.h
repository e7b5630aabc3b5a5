// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/forkhistory.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// A checkout, or one that is being cloned or was not cloned to its end.
struct ForkRow
{
    enum class Kind { Checkout, Unfinished };
    Kind kind = Kind::Checkout;
    ForkStatus fork; ///< of an unfinished one name, path and origin alone
    ForkHistory history;
    QString work; ///< what is at work there; empty: nothing
};

/// Checkouts, one a row.
class ForkListModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column {
        ForkColumn,
        BranchColumn,
        FilesColumn,
        OriginColumn,
        UpstreamColumn,
        SubmodulesColumn,
        BuildColumn,
        ValidationColumn,
        ColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    /// Inserts and removes only the rows that differ by path. \a rows: each path once.
    void setRows(const QList<ForkRow> &rows);
    const QList<ForkRow> &rows() const { return m_rows; }
    int rowOf(const QString &path) const; ///< -1: unknown

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<ForkRow> m_rows;
};

} // namespace kernelyard
