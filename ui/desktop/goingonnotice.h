// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

class QCheckBox;

namespace kernelyard {

/// A small window that says that builds go on after the program's window was closed, for desktops that show no
/// notifications. It takes no focus, waits for nobody and goes by itself.
class GoingOnNotice : public QWidget
{
    Q_OBJECT

public:
    explicit GoingOnNotice(int running, QWidget *parent = nullptr);

    /// "A build goes on. …", the same in a notification.
    static QString words(int running);

    QCheckBox *never() const { return m_never; }

Q_SIGNALS:
    void closed(bool neverAgain);

protected:
    void closeEvent(QCloseEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    QCheckBox *m_never;
    QTimer m_timer;
};

} // namespace kernelyard
