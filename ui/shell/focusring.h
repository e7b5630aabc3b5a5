// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFocusFrame>

namespace kernelyard {

/// The ring around whatever has the keyboard in one window. Lists and painted views mark their row instead.
class FocusRing : public QFocusFrame
{
    Q_OBJECT

public:
    explicit FocusRing(QWidget *window);

private:
    void follow(QWidget *focused);
};

} // namespace kernelyard
