// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <sys/types.h>

namespace kernelyard {

/// A kernelyardctl that does something beside the runner, which has one thread and no event loop. It ends with the
/// runner, however that ends, and is no part of the build.
class RunnerChild
{
public:
    RunnerChild() = default;
    ~RunnerChild() { stop(); }
    RunnerChild(const RunnerChild &) = delete;
    RunnerChild &operator=(const RunnerChild &) = delete;

    /// \a program is kernelyardctl's path; where there is none, or while one runs, nothing is done. Returns at once.
    void start(const QString &program, const QStringList &arguments);
    /// Waits for its end, some milliseconds; one that a stuck driver holds is left behind after a tenth of a second.
    void stop();
    pid_t process() const { return m_process; } ///< 0: none

    static QString besideThisProgram();

private:
    pid_t m_process = 0;
};

} // namespace kernelyard
