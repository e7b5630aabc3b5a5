// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/engineprocess.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QStandardPaths>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// What exec takes, made before the fork: after it, in a child, no memory may be allocated.
struct ExecArguments
{
    std::vector<QByteArray> words;
    std::vector<char *> pointers;

    void add(QByteArray word) { words.push_back(std::move(word)); }
    char *const *finish()
    {
        for (QByteArray &word : words)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);
        return pointers.data();
    }
};

} // namespace

static ExecArguments environmentFor(const Command &command, const QString &temporaryFolder)
{
    std::map<QByteArray, QByteArray> variables;
    for (char **entry = environ; *entry; ++entry) {
        const QByteArray variable(*entry);
        const qsizetype equals = variable.indexOf('=');
        variables[variable.first(std::max<qsizetype>(equals, 0))] = variable.mid(equals + 1);
    }
    variables["LC_ALL"] = "C.UTF-8";
    if (!temporaryFolder.isEmpty())
        variables["TMPDIR"] = QFile::encodeName(temporaryFolder);
    for (const auto &[name, value] : command.environment)
        variables[name.toLocal8Bit()] = value.toLocal8Bit();
    ExecArguments environment;
    for (const auto &[name, value] : variables)
        environment.add(name + '=' + value);
    return environment;
}

static Error startError(const Command &command, int error)
{
    if (error == ENOENT)
        return {ErrorKind::Missing,
                QCoreApplication::translate("Build", "%1 is not installed.").arg(command.program),
                {},
                QCoreApplication::translate("Build", "Install it, or choose another engine.")};
    return systemError(command.program, error);
}

Result<pid_t> startEngine(const Command &command, const QString &temporaryFolder, int out, int err,
                          RunningTask &running)
{
    const QString found =
        command.program.contains(u'/') ? command.program : QStandardPaths::findExecutable(command.program);
    if (found.isEmpty())
        return Failure(startError(command, ENOENT));
    if (!temporaryFolder.isEmpty() && !QDir().mkpath(temporaryFolder))
        return Failure(systemError(temporaryFolder, errno));
    const QByteArray program = QFile::encodeName(found);
    const QByteArray folder = QFile::encodeName(command.workingDirectory);
    ExecArguments arguments;
    arguments.add(QFile::encodeName(command.program));
    for (const QString &argument : command.arguments)
        arguments.add(argument.toLocal8Bit());
    ExecArguments environment = environmentFor(command, temporaryFolder);
    char *const *const argv = arguments.finish();
    char *const *const envp = environment.finish();

    std::array<int, 2> failure;
    if (::pipe2(failure.data(), O_CLOEXEC) != 0)
        return Failure(systemError(command.program, errno));
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::setpgid(0, 0);
        running.engine = ::getpid();
        for (const int signal : {SIGHUP, SIGPIPE, SIGXFSZ})
            ::signal(signal, SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        const int null = ::open("/dev/null", O_RDONLY);
        const bool ready = ::dup2(null, 0) >= 0 && ::dup2(out, 1) >= 0 && ::dup2(err, 2) >= 0 &&
                           (folder.isEmpty() || ::chdir(folder.constData()) == 0);
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        if (ready)
            ::execve(program.constData(), argv, envp);
        const int error = errno;
        const ssize_t told = ::write(failure[1], &error, sizeof error);
        ::_exit(told == sizeof error ? 127 : 126);
    }
    const int forkError = errno;
    ::close(failure[1]);
    int error = 0;
    const ssize_t told = pid < 0 ? 0 : ::read(failure[0], &error, sizeof error);
    ::close(failure[0]);
    if (pid < 0)
        return Failure(systemError(command.program, forkError));
    if (told != sizeof error)
        return pid;
    ::waitpid(pid, nullptr, 0);
    running.engine = 0;
    return Failure(startError(command, error));
}

} // namespace kernelyard
