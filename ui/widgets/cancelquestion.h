// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMessageBox>

namespace kernelyard {

/// Asks whether what a build does is to be thrown away. Return and Escape keep it.
class CancelQuestion : public QMessageBox
{
    Q_OBJECT

public:
    /// \a words: what is lost and what is kept, below the \a question; \a keep: the words of
    /// the button that keeps it, "Keep building" unless given. Deletes itself when it closes.
    CancelQuestion(const QString &title, const QString &question, const QString &words, QWidget *window,
                   const QString &keep = {});

Q_SIGNALS:
    void confirmed();
};

} // namespace kernelyard
