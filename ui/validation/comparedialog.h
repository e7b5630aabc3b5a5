// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationcomparison.h"
#include "ui/validation/validationruns.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QStandardItemModel;
class QTreeView;

namespace kernelyard {

/// Two validations of an environment side by side: a sentence, what changed case by case, and what else changed.
class CompareDialog : public QDialog
{
    Q_OBJECT

public:
    /// \a choices: two at least, newest first. \a shown of them is compared with the one before it, of the same scope
    /// where there is such a one; the oldest with the one after it.
    CompareDialog(const Paths &paths, const QList<RunChoice> &choices, BuildId shown, QWidget *parent = nullptr);

    QString sentence() const;
    int rowCount() const;

Q_SIGNALS:
    void compared(); ///< or it was said why not

private:
    void offerEarlier();
    void read();
    void tell(const ValidationComparison &made);

    Paths m_paths;
    QList<RunChoice> m_choices;
    QComboBox *m_first;
    QComboBox *m_second;
    QLabel *m_verdict;
    QTreeView *m_table;
    QStandardItemModel *m_model;
    int m_asked = 0; ///< answers to earlier questions are passed over
};

} // namespace kernelyard
