// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/logfind.h"
#include "ui/widgets/loglayout.h"

#include <QTimer>
#include <QWidget>

namespace kernelyard {

/// The strip beside a log's scroll bar: where its matches, warnings and errors stand. A click goes there.
class LogOverview : public QWidget
{
    Q_OBJECT

public:
    LogOverview(const LogLayout &layout, const LogFind &find, QWidget *parent);

    void setSource(const LogSource *source);
    void refresh(); ///< soon, and several wishes once

    enum Mark : quint8 { Match = 1, Warning = 2, Error = 4 };
    /// What stands in each of \a height rows of pixels.
    static QList<quint8> marks(const LogLayout &layout, const LogSource &source, const LineSet &matches, int height);

    QSize sizeHint() const override;

Q_SIGNALS:
    void rowAsked(qint64 row);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;

private:
    void ask(int y);

    const LogLayout &m_layout;
    const LogFind &m_find;
    const LogSource *m_source = nullptr;
    QList<quint8> m_marks;
    QTimer m_timer;
};

} // namespace kernelyard
