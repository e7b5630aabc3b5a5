// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/actions.h"

#include <QDialog>

class QLineEdit;
class QListWidget;
class QPushButton;

namespace kernelyard {

class Label;

/// The branches of a checkout to switch to, found by typing; a name that none has makes a new one.
class BranchDialog : public QDialog
{
    Q_OBJECT

public:
    BranchDialog(const ForkStatus &fork, QWidget *parent = nullptr);

    /// Fills the list; a failure is shown in its place.
    void setBranches(const Result<QList<ForkBranch>> &branches);

    QLineEdit *field() const { return m_field; }
    QListWidget *list() const { return m_list; }
    QPushButton *makeButton() const { return m_make; }

Q_SIGNALS:
    void switchAsked(const QString &branch);
    void createAsked(const QString &branch);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void search();
    void takeCurrent();

    QList<ForkBranch> m_branches;
    Label *m_about;
    QLineEdit *m_field;
    QListWidget *m_list;
    QPushButton *m_switch;
    QPushButton *m_make;
};

} // namespace kernelyard
