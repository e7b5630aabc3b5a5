// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildcomparison.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// Two builds side by side: the figures of each, what they were asked for differently, and every step.
class ComparisonModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { WhatColumn, FirstColumn, SecondColumn, DifferenceColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setComparison(const BuildComparison &comparison);
    void clear();
    /// The step of \a row; null for rows that are none.
    const ComparedStep *stepAt(int row) const;
    int firstStepRow() const; ///< of those that took longest in difference; -1: there is no step

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        QString what;
        QString first;
        QString second;
        QString difference;
        bool isHead = false; ///< of a section
        int step = -1;       ///< into the comparison's steps
    };
    void addFigures();
    void addFacts();
    void addSteps();

    BuildComparison m_comparison;
    QList<Row> m_rows;
};

/// "+1:05", "−0:12"; "same" within a tenth of a second.
QString differenceText(BuildTime longer);

} // namespace kernelyard
