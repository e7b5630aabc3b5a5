// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QFrame>
class QAction;

namespace kernelyard {

class Label;
class StateLine;

/// One failure at the foot of the window: what failed and why, what to do next, the tool's own words to copy. It
/// waits for the user and takes no focus.
class NoticeBar : public QFrame
{
    Q_OBJECT

public:
    explicit NoticeBar(QWidget *parent = nullptr);

    void show(const Error &error);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void copy() const;

    StateLine *m_message;
    Label *m_remedy;
    QAction *m_copy;
    Error m_error;
};

} // namespace kernelyard
