// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/steplist.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/listkeys.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"
#include "ui/widgets/statedelegate.h"

#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include <algorithm>

namespace kernelyard {

namespace {

class StepDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        Q_UNUSED(option)
        return {px(120), index.data(StepModel::IsTaskRole).toBool() ? px(26) : px(28)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = Theme::of(option.palette);
        const auto state = static_cast<State>(index.data(StateRole).toInt());
        painter->save();
        const QRect rect = option.rect;
        const QString time = index.data(StepModel::DurationRole).toString();
        const bool isTask = index.data(StepModel::IsTaskRole).toBool();
        const bool isSelected = option.state & QStyle::State_Selected;
        if (isTask)
            painter->fillRect(rect, theme.alt);
        else if (isSelected || option.state & QStyle::State_MouseOver)
            painter->fillRect(rect, isSelected ? theme.selection : theme.hover);
        painter->fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.grid);
        const auto *view = qobject_cast<const QAbstractItemView *>(option.widget);
        if (view && view->hasFocus() && view->currentIndex() == index)
            painter->fillRect(QRect(rect.left(), rect.top(), px(3), rect.height() - 1), theme.accent);

        if (index.data(StepModel::CriticalRole).toBool())
            painter->fillRect(QRect(rect.left() + px(4), rect.top(), px(3), rect.height()), theme.text);

        QRect room = rect.adjusted(px(12), 0, -px(12), -1);
        const bool isQuiet = state == State::Cached || state == State::Waiting || state == State::Stopped;
        QFont timeFont = kernelyard::font(isTask                    ? Type::Secondary
                                          : state == State::Running ? Type::CardHeader
                                                                    : Type::Body);
        painter->setFont(timeFont);
        painter->setPen(state == State::Cached && !isTask              ? theme.color(State::Cached)
                        : isQuiet || isTask || state != State::Running ? theme.muted
                                                                       : theme.text);
        painter->drawText(room, Qt::AlignRight | Qt::AlignVCenter, time);
        if (!time.isEmpty())
            room.setRight(room.right() - painter->fontMetrics().horizontalAdvance(time) - px(10));
        if (isTask) {
            painter->setFont(kernelyard::font(Type::Secondary));
            QFont bold = painter->font();
            bold.setWeight(QFont::DemiBold);
            painter->setFont(bold);
            painter->setPen(theme.muted);
            painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter,
                              painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, room.width()));
            painter->restore();
            return;
        }
        const int side = px(16);
        paintState(*painter, QRect(room.left(), room.top() + (room.height() - side) / 2, side, side), state, theme,
                   state == State::Running ? ringTurn() : 0);
        room.setLeft(room.left() + side + px(6));
        const QString number = QString::number(index.data(StepModel::NumberRole).toInt());
        painter->setFont(kernelyard::font(Type::Body));
        const int numberWidth = painter->fontMetrics().horizontalAdvance(QStringLiteral("00"));
        painter->setPen(theme.muted);
        painter->drawText(QRect(room.left(), room.top(), numberWidth, room.height()), Qt::AlignRight | Qt::AlignVCenter,
                          number);
        room.setLeft(room.left() + numberWidth + px(8));
        const bool isStrong = state == State::Running || state == State::Failed;
        painter->setFont(kernelyard::font(isStrong ? Type::CardHeader : Type::Body));
        const QString progress = index.data(StepModel::ProgressRole).toString();
        if (!progress.isEmpty() && state == State::Running) {
            painter->setFont(kernelyard::font(Type::Secondary));
            painter->setPen(theme.muted);
            const int width = painter->fontMetrics().horizontalAdvance(progress);
            painter->drawText(room, Qt::AlignRight | Qt::AlignVCenter, progress);
            room.setRight(room.right() - width - px(8));
            painter->setFont(kernelyard::font(Type::CardHeader));
        }
        painter->setPen(isQuiet ? theme.muted : theme.text);
        painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                          painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, room.width()));
        painter->restore();
    }
};

} // namespace

StepList::StepList(StepModel *model, QWidget *parent)
    : QListView(parent)
{
    setModel(model);
    setItemDelegate(new StepDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setUniformItemSizes(false);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setAccessibleName(tr("Steps"));
    new ListKeys(this);
    connect(verticalScrollBar(), &QScrollBar::actionTriggered, this, [this] { m_keepsCurrent = false; });
    new RingTicker(viewport(), [model] { return model->runningStep() >= 0; });
    connect(this, &QListView::activated, this, [this](const QModelIndex &index) {
        if (const int step = index.data(StepModel::StepRole).toInt(); step >= 0)
            Q_EMIT stepChosen(step);
    });
}

int StepList::currentStep() const
{
    return currentIndex().isValid() ? currentIndex().data(StepModel::StepRole).toInt() : -1;
}

void StepList::setCurrentStep(int step)
{
    const int row = static_cast<StepModel *>(model())->rowOfStep(step);
    m_isMarking = true;
    setCurrentIndex(row >= 0 ? model()->index(row, 0) : QModelIndex());
    m_isMarking = false;
    m_keepsCurrent = row >= 0;
}

void StepList::wheelEvent(QWheelEvent *event)
{
    m_keepsCurrent = false;
    QListView::wheelEvent(event);
}

void StepList::updateGeometries()
{
    QListView::updateGeometries();
    if (!m_keepsCurrent || !currentIndex().isValid())
        return;
    m_keepsCurrent = false; // scrolling may lay out, and come here again
    scrollTo(currentIndex());
    m_keepsCurrent = true;
}

void StepList::currentChanged(const QModelIndex &current, const QModelIndex &previous)
{
    QListView::currentChanged(current, previous);
    if (m_isMarking || !current.isValid())
        return;
    if (const int step = current.data(StepModel::StepRole).toInt(); step >= 0)
        Q_EMIT stepChosen(step);
}

void StepList::mousePressEvent(QMouseEvent *event)
{
    const QModelIndex before = currentIndex();
    QListView::mousePressEvent(event);
    // a click on the step that is current already asks for it again
    const QModelIndex index = indexAt(event->position().toPoint());
    if (index.isValid() && index == before && event->button() == Qt::LeftButton)
        Q_EMIT activated(index);
}

} // namespace kernelyard
