// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/process/foreground.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QProcess>
#include <QStandardPaths>

#include <sys/prctl.h>

#include <csignal>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

constexpr int softEndMs = 5000;

QString tr(const char *text)
{
    return QCoreApplication::translate("Process", text);
}

void end(QProcess &process)
{
    process.terminate();
    if (process.waitForFinished(softEndMs))
        return;
    process.kill();
    process.waitForFinished(softEndMs);
}

} // namespace

Result<int> runForeground(const Command &command, std::chrono::milliseconds limit,
                          const std::function<bool()> &cancelled)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.setStandardInputFile(QProcess::nullDevice());
    process.setProgram(command.program);
    process.setArguments(command.arguments);
    process.setWorkingDirectory(command.workingDirectory);
    process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto &[name, value] : command.environment)
        environment.insert(name, value);
    process.setProcessEnvironment(environment);
    process.start();
    if (!process.waitForStarted()) {
        const bool missing = QStandardPaths::findExecutable(command.program).isEmpty();
        return Failure(Error{missing ? ErrorKind::Missing : ErrorKind::Failed,
                             missing ? tr("%1 is not installed.").arg(command.program)
                                     : tr("%1 could not be started.").arg(command.program),
                             process.errorString(),
                             {}});
    }
    const QDeadlineTimer deadline(limit);
    while (!process.waitForFinished(100)) {
        if (process.state() == QProcess::NotRunning)
            break;
        if (cancelled && cancelled()) {
            end(process);
            return Failure(Error{ErrorKind::Cancelled, tr("%1 was cancelled.").arg(command.program), {}, {}});
        }
        if (deadline.hasExpired()) {
            end(process);
            return Failure(Error{
                ErrorKind::Timeout,
                tr("%1 did not end within %2 s.").arg(command.display()).arg(static_cast<double>(limit.count()) / 1000),
                {},
                {}});
        }
    }
    return process.exitStatus() == QProcess::CrashExit ? 128 + process.exitCode() : process.exitCode();
}

} // namespace kernelyard
