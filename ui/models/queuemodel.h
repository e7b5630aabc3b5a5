// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "core/build/queue.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// The builds that run and those that wait, in their order, one a row.
class QueueModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { PlaceColumn, BuildColumn, WhatColumn, MemoryColumn, TimeColumn, EngineColumn, ColumnCount };
    enum Role { IdRole = Qt::UserRole };

    using QAbstractTableModel::QAbstractTableModel;

    /// Inserts, moves, removes and changes only the rows that differ. \a builds, newest first, tell what each is and
    /// how long the like of it took.
    void setQueue(const QList<QueueEntry> &queue, const QList<BuildSummary> &builds);

    BuildId idAt(int row) const;
    int rowOf(BuildId id) const; ///< -1: unknown
    const QueueEntry *entry(BuildId id) const;
    int running() const;
    int waiting() const;
    bool canMove(BuildId id, QueueMove move) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        QueueEntry entry;
        QString what;
        QString engine; ///< Engine::display(), or its pool's name where nothing is known of the build
        std::optional<BuildTime> expected; ///< median of the last builds that did the same
        int expectedFrom = 0;

        bool operator==(const Row &) const = default;
    };

    QList<Row> m_rows;
};

/// "Running", "Paused", "next", "second, waits for memory".
QString placeText(const QueueEntry &entry);

} // namespace kernelyard
