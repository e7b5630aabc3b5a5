// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/cancelquestion.h"

#include <QPushButton>

namespace kernelyard {

CancelQuestion::CancelQuestion(const QString &title, const QString &question, const QString &words, QWidget *window,
                               const QString &keep)
    : QMessageBox(QMessageBox::NoIcon, title, question, QMessageBox::NoButton, window)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setTextFormat(Qt::PlainText);
    setInformativeText(words);
    QPushButton *yes = addButton(tr("Cancel build"), QMessageBox::DestructiveRole);
    QPushButton *no = addButton(keep.isEmpty() ? tr("Keep building") : keep, QMessageBox::RejectRole);
    setDefaultButton(no);
    setEscapeButton(no);
    connect(yes, &QPushButton::clicked, this, &CancelQuestion::confirmed);
}

} // namespace kernelyard
