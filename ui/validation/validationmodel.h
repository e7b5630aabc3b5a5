// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationrun.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

namespace kernelyard {

/// The cases of one run.
class ValidationModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column {
        TypeColumn,
        ShapeColumn,
        MaskColumn,
        BackendColumn,
        RelL2Column,
        MaxAbsColumn,
        CosineColumn,
        TimeColumn,
        SpeedColumn,
        ReasonColumn,
        ColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    /// A continuation of the cases shown only adds rows; anything else is a new source.
    void setCases(const QList<ValidationCase> &cases);
    const QList<ValidationCase> &cases() const { return m_cases; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<ValidationCase> m_cases;
};

/// Which cases are shown.
enum class CaseFilter { All, Failed, NearLimit };

class ValidationFilter : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setFilter(CaseFilter filter);
    void setType(const QString &dtype);      ///< empty: any
    void setBackend(const QString &backend); ///< empty: any

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    CaseFilter m_filter = CaseFilter::All;
    QString m_type;
    QString m_backend;
};

/// Passed, with a measure at four fifths of its limit or more.
bool isNearLimit(const ValidationCase &one);
/// "2×4×8×8×64", heads as "8/2" where they are grouped.
QString shapeText(const ValidationCase &one);
/// "kernelyard" for our own package's name, with "@" and the commit where it is of one; the others as they are.
QString backendText(const QString &backend);
/// "causal, bias", "varlen, backward", "none"
QString maskText(const ValidationCase &one);
/// "Worst tile 8.3e-4 of 2.0e-3 at batch 0, head 1, queries 64 to 127; the same bits twice"; empty without measures.
QString tileText(const ValidationCase &one);
/// Cut, not rounded, to seven digits, so that 1 is only shown when it is exact.
QString cosineText(double cosine);

} // namespace kernelyard
