// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QVBoxLayout;

namespace kernelyard {

class Label;

/// What stands on a page with nothing to show: what it shows, why it is empty, one button.
class EmptyState : public QWidget
{
    Q_OBJECT

public:
    explicit EmptyState(QWidget *parent = nullptr);

    void setWords(const QString &what, const QString &why);
    void setAction(QAction *action); ///< once; its visibility follows the action

private:
    Label *m_what;
    Label *m_why;
    QVBoxLayout *m_column;
};

} // namespace kernelyard
