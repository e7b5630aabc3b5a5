// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/forks/advicewords.h"

#include <QAbstractButton>

namespace kernelyard {

/// One way as a box to choose: title, time, a bar to the scale of compiling everything, and a word why.
class WayButton : public QAbstractButton
{
    Q_OBJECT

public:
    explicit WayButton(QWidget *parent = nullptr);

    void setWay(const AdviceWay &way);
    const AdviceWay &way() const { return m_way; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    AdviceWay m_way;
};

} // namespace kernelyard
