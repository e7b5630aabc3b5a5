// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/advice.h"
#include "ui/widgets/statedelegate.h"

#include <QAbstractTableModel>

namespace kernelyard {

/// Changed files with what each means. The largest effect comes first.
class ChangesModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { LetterColumn, FileColumn, KindColumn, MeaningColumn, ColumnCount };
    enum Role {
        FolderRole = Qt::UserRole, ///< second line of a file's cell
        GlyphStateRole,            ///< State as int: what gives GlyphRole its colour
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setFiles(QList<FileMeaning> files);
    const QList<FileMeaning> &files() const { return m_files; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<FileMeaning> m_files;
};

/// Rows of two lines: the file's name over its folder, and the meaning's own shape.
class ChangesDelegate : public StateDelegate
{
    Q_OBJECT

public:
    using StateDelegate::StateDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace kernelyard
