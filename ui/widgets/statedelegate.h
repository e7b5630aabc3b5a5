// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QStyledItemDelegate>

class QTreeView;

namespace kernelyard {

/// What models say beyond the text, for StateDelegate. No colours: the delegate knows them.
enum ItemRole {
    StateRole = Qt::UserRole + 64, ///< State as int: its shape stands before the text
    GlyphRole,                     ///< Glyph as int: a muted shape before the text, where there is no state
    MutedRole,                     ///< bool: secondary text
    MonoRole,                      ///< bool: a hash, command or branch
    StrongRole,                    ///< bool: semi-bold
    SortRole,                      ///< what to sort by where it is not the text
};

/// Paints every cell of a table: ground of the row, state shape, text (elided, in the middle for paths by the view's
/// own text elide mode), grid line below. The current row has the focus ring's colour at its left edge.
class StateDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    explicit StateDelegate(QTreeView *view);

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

/// Makes \a view a table of the design: StateDelegate, rows of one height, no decoration, header on alt, sorting by
/// header where \a sortable.
enum class Sorting { No, ByHeader };
void setUpTable(QTreeView *view, const QString &accessibleName, Sorting sorting = Sorting::No);

} // namespace kernelyard
