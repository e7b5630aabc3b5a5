// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/queuelist.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/card.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/listkeys.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/statedelegate.h"

#include <QAction>
#include <QHeaderView>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

namespace kernelyard {

using namespace Qt::StringLiterals;

QueueList::QueueList(QWidget *parent)
    : QWidget(parent)
    , m_stack(new QStackedWidget(this))
    , m_card(new Card(this))
    , m_view(new QTreeView(m_card))
    , m_empty(new EmptyState(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);
    m_card->setHeader(tr("Queue"));
    m_card->setFlush();
    setUpTable(m_view, tr("Queue of builds"));
    m_view->setModel(&m_model);
    new ListKeys(m_view);
    QHeaderView *header = m_view->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(QueueModel::WhatColumn, QHeaderView::Stretch);
    const int number = m_view->fontMetrics().horizontalAdvance(u"#00000"_s);
    header->resizeSection(QueueModel::PlaceColumn, px(220));
    header->resizeSection(QueueModel::BuildColumn, std::max(px(80), px(32) + number));
    header->resizeSection(QueueModel::MemoryColumn, px(136));
    header->resizeSection(QueueModel::TimeColumn, px(116));
    header->resizeSection(QueueModel::EngineColumn, px(150));
    m_card->body()->addWidget(m_view);
    m_empty->setWords(
        tr("Nothing waits. Builds stand here from their start to their end, in the order in which they run."),
        tr("None runs now: the next one starts at once."));
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_card);

    m_up = addOne(tr("Move build up"), tr("Up"), Qt::ALT | Qt::Key_Up, &QueueList::moveUp);
    m_down = addOne(tr("Move build down"), tr("Down"), Qt::ALT | Qt::Key_Down, &QueueList::moveDown);
    m_front =
        addOne(tr("Move build to the front"), tr("To the front"), Qt::ALT | Qt::Key_Home, &QueueList::moveToFront);
    m_pause = addOne(tr("Pause build of the queue"), tr("Pause"), Qt::ALT | Qt::Key_P, &QueueList::pauseOrResume);
    m_cancel = addOne(tr("Cancel build of the queue…"), tr("Cancel…"), Qt::Key_Delete, &QueueList::cancel);
    connect(m_view, &QTreeView::activated, this,
            [this](const QModelIndex &index) { Q_EMIT openAsked(m_model.idAt(index.row())); });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &QueueList::showActions);
    showActions();
}

QAction *QueueList::addOne(const QString &text, const QString &shortText, const QKeySequence &keys,
                           void (QueueList::*slot)())
{
    auto *action = new QAction(text, this);
    action->setIconText(shortText);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetShortcut); // the page holds it too, for its palette
    connect(action, &QAction::triggered, this, slot);
    m_view->addAction(action);
    m_card->headerActions()->addWidget(new ActionButton(action, ActionButton::Look::Link));
    return action;
}

QList<QAction *> QueueList::actions() const
{
    return {m_up, m_down, m_front, m_pause, m_cancel};
}

void QueueList::setEmptyAction(QAction *action)
{
    m_empty->setAction(action);
}

BuildId QueueList::current() const
{
    return m_model.idAt(m_view->currentIndex().row());
}

void QueueList::setCurrent(BuildId id)
{
    if (const int row = m_model.rowOf(id); row >= 0)
        m_view->setCurrentIndex(m_model.index(row, 0));
}

void QueueList::setQueue(const QList<QueueEntry> &queue, const QList<BuildSummary> &builds)
{
    m_model.setQueue(queue, builds);
    const int running = m_model.running(), waiting = m_model.waiting();
    m_card->setHeader(tr("Queue"), waiting == 0 ? tr("%1 running, none waits").arg(running)
                                                : tr("%1 running, %2 waiting").arg(running).arg(waiting));
    m_stack->setCurrentWidget(queue.isEmpty() ? static_cast<QWidget *>(m_empty) : m_card);
    if (!m_view->currentIndex().isValid() && !queue.isEmpty())
        m_view->setCurrentIndex(m_model.index(0, 0));
    showActions();
}

void QueueList::showActions()
{
    const BuildId id = current();
    const QueueEntry *entry = m_model.entry(id);
    const auto set = [](QAction *action, bool enabled, const QString &reason) {
        action->setEnabled(enabled);
        action->setStatusTip(enabled ? QString() : reason);
    };
    const QString none = tr("no build is chosen in the queue");
    const QString started = entry && entry->isStarted ? tr("it has started") : tr("it stands there already");
    set(m_up, m_model.canMove(id, QueueMove::Up), entry ? started : none);
    set(m_down, m_model.canMove(id, QueueMove::Down), entry ? started : none);
    set(m_front, m_model.canMove(id, QueueMove::Front), entry ? started : none);
    const bool resumes = entry && entry->isHeld;
    m_pause->setIconText(resumes ? tr("Resume") : tr("Pause"));
    m_pause->setText(resumes ? tr("Resume build of the queue") : tr("Pause build of the queue"));
    const bool canPause = entry && (resumes || !entry->isStarted || entry->canPause);
    set(m_pause, canPause, entry ? tr("the engine's daemon does its running step and can't pause it") : none);
    m_pause->setToolTip(canPause || !entry ? m_pause->text() : m_pause->statusTip());
    set(m_cancel, entry != nullptr, none);
}

void QueueList::moveUp()
{
    Q_EMIT moveAsked(current(), QueueMove::Up);
}

void QueueList::moveDown()
{
    Q_EMIT moveAsked(current(), QueueMove::Down);
}

void QueueList::moveToFront()
{
    Q_EMIT moveAsked(current(), QueueMove::Front);
}

void QueueList::pauseOrResume()
{
    const QueueEntry *entry = m_model.entry(current());
    if (entry && entry->isHeld)
        Q_EMIT resumeAsked(entry->id);
    else if (entry)
        Q_EMIT pauseAsked(entry->id);
}

void QueueList::cancel()
{
    Q_EMIT cancelAsked(current());
}

} // namespace kernelyard
