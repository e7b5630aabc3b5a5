// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfilter.h"
#include "ui/models/buildlistmodel.h"

#include <QWidget>

class QAction;
class QComboBox;
class QLineEdit;
class QTreeView;

namespace kernelyard {

class EmptyState;
class Label;

/// All builds with a filter above them that works while it is typed.
class HistoryView : public QWidget
{
    Q_OBJECT

public:
    explicit HistoryView(QWidget *parent = nullptr);

    void setBuilds(const QList<BuildSummary> &builds); ///< newest first
    void setNow(const QDateTime &now) { m_model.setNow(now); }
    void showBuild(BuildId id); ///< makes it the current row, where the filter lets it; else the first row if none is
    BuildFilter filter() const;
    void clearFilter();

    QList<BuildId> selected() const; ///< newest first
    QTreeView *table() const { return m_table; }
    QLineEdit *field() const { return m_field; }
    const BuildListModel &model() const { return m_model; }
    QList<QWidget *> regions() const;

Q_SIGNALS:
    void opened(kernelyard::BuildId id);
    void selectionChanged();

private:
    void makeFilter();
    void apply();
    void openClicked(const QModelIndex &index);
    void listEnvironments();

    QList<BuildSummary> m_builds;
    BuildListModel m_model;
    QLineEdit *m_field;
    QComboBox *m_status;
    QComboBox *m_environment;
    QComboBox *m_since;
    Label *m_count;
    QWidget *m_bar;
    QWidget *m_card;
    QTreeView *m_table;
    EmptyState *m_nothing;
    QAction *m_clear;
};

/// Columns and keys of every list of builds.
void setUpBuildTable(QTreeView *view, const QString &name, BuildListModel *model);

} // namespace kernelyard
