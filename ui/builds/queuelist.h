// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/queuemodel.h"

#include <QWidget>

class QAction;
class QStackedWidget;
class QTreeView;

namespace kernelyard {

class Card;
class EmptyState;

/// The queue of builds with what can be done to one of them. The actions are the page's: it lists and shows them.
class QueueList : public QWidget
{
    Q_OBJECT

public:
    explicit QueueList(QWidget *parent = nullptr);

    void setQueue(const QList<QueueEntry> &queue, const QList<BuildSummary> &builds);
    void setEmptyAction(QAction *action);
    QList<QAction *> actions() const;
    BuildId current() const; ///< invalid: none
    void setCurrent(BuildId id);
    const QueueModel &model() const { return m_model; }
    QTreeView *view() const { return m_view; }

Q_SIGNALS:
    void openAsked(kernelyard::BuildId id);
    void moveAsked(kernelyard::BuildId id, kernelyard::QueueMove move);
    void pauseAsked(kernelyard::BuildId id);
    void resumeAsked(kernelyard::BuildId id);
    void cancelAsked(kernelyard::BuildId id);

private:
    QAction *addOne(const QString &text, const QString &shortText, const QKeySequence &keys, void (QueueList::*slot)());
    void showActions();
    void moveUp();
    void moveDown();
    void moveToFront();
    void pauseOrResume();
    void cancel();

    QueueModel m_model;
    QStackedWidget *m_stack;
    Card *m_card;
    QTreeView *m_view;
    EmptyState *m_empty;
    QAction *m_up;
    QAction *m_down;
    QAction *m_front;
    QAction *m_pause;
    QAction *m_cancel;
};

} // namespace kernelyard
