// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace kernelyard::ctl {

/// Turns SIGINT and SIGTERM into a signal on the event loop, as long as it lives. One at a time per process.
class Interrupts : public QObject
{
    Q_OBJECT

public:
    explicit Interrupts(QObject *parent = nullptr);
    ~Interrupts() override;

    /// Whether one came: for loops without an event loop.
    static bool came();

Q_SIGNALS:
    void interrupted();

private:
    void read();

    int m_descriptor = -1;
};

} // namespace kernelyard::ctl
