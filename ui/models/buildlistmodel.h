// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// Builds, newest first, one a row.
class BuildListModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { BuildColumn, WhatColumn, StartedColumn, DurationColumn, ResultColumn, EngineColumn, ColumnCount };
    /// Beside StateRole, MutedRole and SortRole of ui/widgets/statedelegate.h.
    enum Role { IdRole = Qt::UserRole }; ///< number of the build

    using QAbstractTableModel::QAbstractTableModel;

    /// Inserts, removes and changes only the rows that differ; a whole other selection resets. \a builds is newest
    /// first, each id once.
    void setBuilds(const QList<BuildSummary> &builds);
    /// The time that durations of running builds and "today" refer to.
    void setNow(const QDateTime &now);

    const QList<BuildSummary> &builds() const { return m_builds; }
    BuildId idAt(int row) const;
    int rowOf(BuildId id) const; ///< -1: unknown

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    BuildTime durationOf(const BuildSummary &build) const;

    QList<BuildSummary> m_builds;
    QDateTime m_now = QDateTime::currentDateTime();
};

/// "xformers · setup"
QString whatOf(const BuildSummary &build);
/// The state's word and what is to say about it: "Done · 14 cached, 6 run", "Failed · …" on one line.
QString resultOf(const BuildSummary &build);

} // namespace kernelyard
