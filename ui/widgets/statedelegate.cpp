// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/statedelegate.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QHeaderView>
#include <QPainter>
#include <QTreeView>

namespace kernelyard {

StateDelegate::StateDelegate(QTreeView *view)
    : QStyledItemDelegate(view)
{}

static QFont fontOf(const QModelIndex &index)
{
    if (index.data(MonoRole).toBool())
        return font(Type::Mono);
    return font(index.data(StrongRole).toBool() ? Type::CardHeader : Type::Body);
}

static int leftPadding(const QModelIndex &index)
{
    return index.column() == 0 ? px(12) : px(6);
}

static bool hasShape(const QModelIndex &index)
{
    return index.data(StateRole).isValid() || index.data(GlyphRole).isValid();
}

void StateDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme &theme = Theme::of(option.palette);
    const bool selected = option.state & QStyle::State_Selected;
    painter->save();
    if (selected || option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, selected ? theme.selection : theme.hover);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), theme.grid);
    const auto *view = qobject_cast<const QTreeView *>(option.widget);
    if (view && view->hasFocus() && view->currentIndex().row() == index.row() &&
        view->currentIndex().parent() == index.parent() && index.column() == view->header()->logicalIndex(0))
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), px(3), option.rect.height() - 1), theme.accent);

    QRect room = option.rect.adjusted(leftPadding(index), 0, -px(8), -1);
    const QVariant stateValue = index.data(StateRole);
    if (hasShape(index)) {
        const int side = px(16);
        const QRect shape(room.left(), room.center().y() - side / 2 + 1, side, side);
        const auto state = static_cast<State>(stateValue.toInt());
        if (stateValue.isValid())
            paintState(*painter, shape, state, theme, state == State::Running ? ringTurn() : 0);
        else
            paintGlyph(*painter, shape, static_cast<Glyph>(index.data(GlyphRole).toInt()), theme.muted);
        room.setLeft(room.left() + side + px(6));
    }
    const QVariant alignment = index.data(Qt::TextAlignmentRole);
    const int flags = alignment.isValid() ? alignment.toInt() : static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
    painter->setFont(fontOf(index));
    painter->setPen(index.data(MutedRole).toBool() ? theme.muted : theme.text);
    const QString text = index.data(Qt::DisplayRole).toString();
    painter->drawText(room, flags | Qt::AlignVCenter | Qt::TextSingleLine,
                      painter->fontMetrics().elidedText(text, option.textElideMode, room.width()));
    painter->restore();
}

QSize StateDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const int shape = hasShape(index) ? px(22) : 0;
    const int text = QFontMetrics(fontOf(index)).horizontalAdvance(index.data(Qt::DisplayRole).toString());
    return {leftPadding(index) + shape + text + px(9), px(28)};
}

void setUpTable(QTreeView *view, const QString &accessibleName, Sorting sorting)
{
    view->setItemDelegate(new StateDelegate(view));
    view->setRootIsDecorated(false);
    view->setIndentation(0);
    view->setUniformRowHeights(true);
    view->setFrameShape(QFrame::NoFrame);
    view->setAllColumnsShowFocus(true);
    view->setMouseTracking(true);
    view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setAccessibleName(accessibleName);
    view->header()->setStretchLastSection(true);
    view->header()->setHighlightSections(false);
    view->header()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    view->header()->setFont(font(Type::Secondary));
    view->header()->setMinimumSectionSize(px(32));
    view->setSortingEnabled(sorting == Sorting::ByHeader);
}

} // namespace kernelyard
