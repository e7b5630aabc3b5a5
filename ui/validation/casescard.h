// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/validation/validationmodel.h"
#include "ui/widgets/card.h"

class QAction;
class QComboBox;
class QHBoxLayout;
class QTreeView;

namespace kernelyard {

class Label;
class SegmentedSwitch;

/// The cases of a run in a table, with filters above it and, below it, where the selected one is worst.
class CasesCard : public Card
{
    Q_OBJECT

public:
    explicit CasesCard(QWidget *parent = nullptr);

    /// A continuation of the run shown only adds rows.
    void setRun(const ValidationRun &run);
    /// Before another run: the filters that name its types and back-ends go.
    void clear();
    const QList<ValidationCase> &cases() const { return m_model.cases(); }

    const ValidationCase *selected() const; ///< nullptr: none
    void select(const QString &id, const QString &backend);
    QString backend() const; ///< that alone is shown; empty: all are

    void addFootAction(QAction *action);
    void tell(const QString &words); ///< in the foot, until there is something else to say
    /// Where the figures stand beside it, the columns that matter least give way.
    void setTight(bool tight);
    QList<QWidget *> regions() const;

Q_SIGNALS:
    void selectionChanged();
    void backendChanged();

private:
    void makeTable();
    void updateFilters();
    void giveRoom();
    void updateFoot();

    SegmentedSwitch *m_which;
    QComboBox *m_type;
    QComboBox *m_backend;
    QTreeView *m_table;
    Label *m_foot;
    QHBoxLayout *m_footRow;
    ValidationModel m_model;
    ValidationFilter m_filter;
};

} // namespace kernelyard
