// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/gpuowners.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// The processes on all GPUs, by GPU and then by memory, the largest first.
class GpuProcessModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { GpuColumn, PidColumn, NameColumn, ContainerColumn, OwnerColumn, MemoryColumn, SmColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    /// Inserts, removes and changes only the rows that differ.
    void setReading(const GpuReading &reading, const GpuOwners &owners);
    std::optional<BuildId> buildAt(int row) const; ///< the build that the process belongs to

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        int gpu = 0;
        GpuProcess process;
        QString container;
        QString owner;
        std::optional<BuildId> build;

        bool operator==(const Row &) const = default;
        bool isSameProcess(const Row &other) const { return gpu == other.gpu && process.pid == other.process.pid; }
    };
    QString textOf(const Row &row, int column) const;

    QList<Row> m_rows;
};

} // namespace kernelyard
