// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"

#include <QDialog>

class QCheckBox;
class QLineEdit;
class QPushButton;

namespace kernelyard {

class Label;
class StateLine;

/// Asks what to clone and says at once why something can't be.
class CloneDialog : public QDialog
{
    Q_OBJECT

public:
    /// \a forks are there already: their objects may be shared.
    CloneDialog(const QString &forksFolder, const QList<ForkStatus> &forks, QWidget *parent = nullptr);

    CloneRequest request() const;
    QString problem() const; ///< why "Clone" is not possible; empty: it is

    QLineEdit *address() const { return m_address; }
    QLineEdit *name() const { return m_name; }

Q_SIGNALS:
    void cloneAsked(const kernelyard::CloneRequest &request);

private:
    void addressChanged();
    void check();
    const ForkStatus *relative() const; ///< a checkout of a project of the same name

    QString m_folder;
    QList<ForkStatus> m_forks;
    QLineEdit *m_address;
    QLineEdit *m_name;
    QLineEdit *m_branch;
    QLineEdit *m_upstream;
    QCheckBox *m_submodules;
    QCheckBox *m_share;
    StateLine *m_problem;
    QPushButton *m_clone;
    bool m_isNamed = false; ///< by the user
};

} // namespace kernelyard
