// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPlainTextEdit;

namespace kernelyard {

/// Commands to read, select and copy: a monospace field with a copy button. Never runs anything.
class CommandBox : public QWidget
{
    Q_OBJECT

public:
    explicit CommandBox(const QString &text, int visibleLines = 2, QWidget *parent = nullptr);

    QString text() const;

private:
    void copy() const;

    QPlainTextEdit *m_text;
};

} // namespace kernelyard
