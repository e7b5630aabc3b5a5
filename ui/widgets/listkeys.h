// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QAbstractItemView;

namespace kernelyard {

/// J and K move in a list as Down and Up do; Enter opens the current row (the view's activated signal). A child of the
/// view.
class ListKeys : public QObject
{
    Q_OBJECT

public:
    explicit ListKeys(QAbstractItemView *view);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
};

} // namespace kernelyard
