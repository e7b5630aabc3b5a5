// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/process/run.h"

#include <QCoreApplication>
#include <QProcess>
#include <QStandardPaths>

#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

static Error startError(const Command &command, const QProcess &process)
{
    if (process.error() == QProcess::FailedToStart && QStandardPaths::findExecutable(command.program).isEmpty())
        return {ErrorKind::Missing,
                QCoreApplication::translate("Process", "%1 is not installed.").arg(command.program),
                process.errorString(),
                {}};
    return {ErrorKind::Failed,
            QCoreApplication::translate("Process", "%1 could not be started.").arg(command.program),
            process.errorString(),
            {}};
}

/// Ends \a process and its group: softly, and after at most a tenth of its time limit hard.
static void endGroup(QProcess &process, std::chrono::milliseconds limit)
{
    const auto group = static_cast<pid_t>(process.processId());
    if (group <= 0)
        return;
    const auto grace = std::clamp(limit / 10, 100ms, 2000ms);
    ::kill(-group, SIGTERM);
    process.waitForFinished(static_cast<int>(grace.count()));
    ::kill(-group, SIGKILL);
    process.waitForFinished(1000);
}

Result<Completed> run(const Command &command, std::chrono::milliseconds limit)
{
    QProcess process;
    process.setProgram(command.program);
    process.setArguments(command.arguments);
    process.setWorkingDirectory(command.workingDirectory);
    process.setStandardInputFile(QProcess::nullDevice());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"LC_ALL"_s, u"C"_s);
    for (const auto &[name, value] : command.environment)
        environment.insert(name, value);
    process.setProcessEnvironment(environment);
    // A group of its own: when time is up, what the program started ends with it. It must not outlive us either.
    process.setChildProcessModifier([] {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    });
    process.start();
    if (!process.waitForStarted(static_cast<int>(limit.count())))
        return Failure(startError(command, process));
    if (!process.waitForFinished(static_cast<int>(limit.count()))) {
        endGroup(process, limit);
        return Failure(Error{ErrorKind::Timeout,
                             QCoreApplication::translate("Process", "%1 did not answer within %2 s.")
                                 .arg(command.display())
                                 .arg(static_cast<double>(limit.count()) / 1000),
                             QString::fromLocal8Bit(process.readAllStandardError()),
                             {}});
    }
    const int code = process.exitStatus() == QProcess::CrashExit ? 128 + process.exitCode() : process.exitCode();
    return Completed{code, process.readAllStandardOutput(), process.readAllStandardError()};
}

} // namespace kernelyard
