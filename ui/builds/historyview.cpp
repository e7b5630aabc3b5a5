// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/historyview.h"

#include "ui/models/wording.h"
#include "ui/widgets/card.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"
#include "ui/widgets/listkeys.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/statedelegate.h"

#include <QAction>
#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace kernelyard {

using namespace Qt::StringLiterals;

void setUpBuildTable(QTreeView *view, const QString &name, BuildListModel *model)
{
    setUpTable(view, name);
    view->setModel(model);
    new ListKeys(view);
    // the result takes the room that is left
    QHeaderView *header = view->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(BuildListModel::ResultColumn, QHeaderView::Stretch);
    const int number = view->fontMetrics().horizontalAdvance(u"#00000 ◆"_s); // wide in some fonts
    header->resizeSection(BuildListModel::BuildColumn, std::max(px(96), px(48) + number));
    header->resizeSection(BuildListModel::WhatColumn, px(190));
    header->resizeSection(BuildListModel::StartedColumn, px(130));
    header->resizeSection(BuildListModel::DurationColumn, px(84));
    header->resizeSection(BuildListModel::EngineColumn, px(172));
}

HistoryView::HistoryView(QWidget *parent)
    : QWidget(parent)
    , m_field(new QLineEdit)
    , m_status(new QComboBox)
    , m_environment(new QComboBox)
    , m_since(new QComboBox)
    , m_count(new Label({}, Type::Secondary, Tone::Muted))
    , m_bar(new QWidget)
    , m_table(new QTreeView)
    , m_nothing(new EmptyState)
    , m_clear(new QAction(tr("Show all builds"), this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(8));
    makeFilter();
    column->addWidget(m_bar);
    auto *card = new Card;
    card->setFlush();
    m_card = card;
    setUpBuildTable(m_table, tr("All builds"), &m_model);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    card->body()->addWidget(m_table);
    column->addWidget(card, 1);
    m_nothing->setWords(tr("No build matches."), tr("Every word has to stand in its number, environment, fork branch, "
                                                    "engine, one of its steps or its failure."));
    m_nothing->setAction(m_clear);
    m_nothing->hide();
    column->addWidget(m_nothing, 1);
    connect(m_clear, &QAction::triggered, this, &HistoryView::clearFilter);
    connect(m_table, &QTreeView::clicked, this, &HistoryView::openClicked);
    connect(m_table, &QTreeView::activated, this, [this](const QModelIndex &index) {
        if (index.isValid())
            Q_EMIT opened(m_model.idAt(index.row()));
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &HistoryView::selectionChanged);
    connect(&m_model, &QAbstractItemModel::modelReset, this, &HistoryView::selectionChanged);
}

void HistoryView::makeFilter()
{
    m_field->setPlaceholderText(tr("Search: environment, branch, step, failure, engine"));
    m_field->setAccessibleName(tr("Search the builds"));
    m_field->setClearButtonEnabled(true);
    m_field->addAction(icon(Glyph::Search, Ink::Muted), QLineEdit::LeadingPosition);
    m_status->setAccessibleName(tr("State"));
    m_status->addItem(tr("Every state"));
    for (const BuildStatus status : {BuildStatus::Done, BuildStatus::Failed, BuildStatus::Cancelled,
                                     BuildStatus::Interrupted, BuildStatus::Running, BuildStatus::Queued})
        m_status->addItem(wordOf(status), int(status));
    m_environment->setAccessibleName(tr("Environment"));
    m_environment->addItem(tr("Every environment"));
    m_since->setAccessibleName(tr("Started"));
    m_since->addItem(tr("Any time"));
    m_since->addItem(tr("Today"), 0);
    for (const int days : {7, 30, 90, 365})
        m_since->addItem(tr("Last %1 days").arg(days), days);
    m_count->setElideMode(Qt::ElideNone);
    auto *row = new QHBoxLayout(m_bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(8));
    row->addWidget(m_field, 1);
    for (QComboBox *box : {m_status, m_environment, m_since}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        row->addWidget(box);
        connect(box, &QComboBox::currentIndexChanged, this, &HistoryView::apply);
    }
    row->addWidget(m_count);
    connect(m_field, &QLineEdit::textChanged, this, &HistoryView::apply);
}

BuildFilter HistoryView::filter() const
{
    BuildFilter filter;
    filter.text = m_field->text();
    if (m_status->currentIndex() > 0)
        filter.statuses = {static_cast<BuildStatus>(m_status->currentData().toInt())};
    if (m_environment->currentIndex() > 0)
        filter.environment = m_environment->currentText();
    if (m_since->currentIndex() > 0)
        filter.since = QDate::currentDate().addDays(-m_since->currentData().toInt());
    return filter;
}

void HistoryView::clearFilter()
{
    m_field->clear();
    for (QComboBox *box : {m_status, m_environment, m_since})
        box->setCurrentIndex(0);
    m_table->setFocus(Qt::OtherFocusReason);
}

void HistoryView::setBuilds(const QList<BuildSummary> &builds)
{
    if (m_builds == builds)
        return;
    m_builds = builds;
    listEnvironments();
    apply();
}

/// Only when there is another one: the box keeps what was chosen.
void HistoryView::listEnvironments()
{
    QSet<QString> names;
    for (const BuildSummary &build : std::as_const(m_builds))
        if (!build.environment.isEmpty()) // unknown where its plan can't be read
            names.insert(build.environment);
    QStringList sorted(names.cbegin(), names.cend());
    sorted.sort(Qt::CaseInsensitive);
    QStringList listed;
    for (int i = 1; i < m_environment->count(); ++i)
        listed << m_environment->itemText(i);
    if (listed == sorted)
        return;
    const QString chosen = m_environment->currentIndex() > 0 ? m_environment->currentText() : QString();
    const QSignalBlocker blocker(m_environment);
    while (m_environment->count() > 1)
        m_environment->removeItem(1);
    m_environment->addItems(sorted);
    m_environment->setCurrentIndex(chosen.isEmpty() ? 0 : std::max(0, m_environment->findText(chosen)));
}

void HistoryView::apply()
{
    const BuildId current = m_model.idAt(m_table->currentIndex().row());
    const QList<BuildSummary> shown = filtered(m_builds, filter());
    m_model.setBuilds(shown);
    m_count->setText(shown.size() == m_builds.size()
                         ? tr("%1 builds").arg(countText(shown.size()))
                         : tr("%1 of %2").arg(countText(shown.size()), countText(m_builds.size())));
    m_card->setVisible(!shown.isEmpty() || m_builds.isEmpty());
    m_nothing->setVisible(shown.isEmpty() && !m_builds.isEmpty());
    if (!m_table->currentIndex().isValid())
        showBuild(current);
}

void HistoryView::showBuild(BuildId id)
{
    const int row = m_model.rowOf(id);
    if (row >= 0)
        m_table->setCurrentIndex(m_model.index(row, 0));
    else if (!m_table->currentIndex().isValid() && m_model.rowCount() > 0)
        m_table->setCurrentIndex(m_model.index(0, 0));
}

/// A click opens; one that selects more (Ctrl, Shift) does not.
void HistoryView::openClicked(const QModelIndex &index)
{
    if (index.isValid() && !(QGuiApplication::keyboardModifiers() & (Qt::ControlModifier | Qt::ShiftModifier)))
        Q_EMIT opened(m_model.idAt(index.row()));
}

QList<BuildId> HistoryView::selected() const
{
    QList<BuildId> ids;
    for (const QModelIndex &index : m_table->selectionModel()->selectedRows())
        ids << m_model.idAt(index.row());
    std::ranges::sort(ids, std::ranges::greater());
    return ids;
}

QList<QWidget *> HistoryView::regions() const
{
    return {m_field, m_table};
}

} // namespace kernelyard
