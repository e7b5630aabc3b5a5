// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/runnerchild.h"

#include <QFile>
#include <QFileInfo>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {

QString RunnerChild::besideThisProgram()
{
    return QFileInfo(QFile::symLinkTarget(u"/proc/self/exe"_s)).path() + u"/kernelyardctl";
}

void RunnerChild::start(const QString &program, const QStringList &arguments)
{
    if (m_process > 0 || !QFile::exists(program))
        return;
    std::vector<QByteArray> words{QFile::encodeName(program)};
    for (const QString &argument : arguments)
        words.push_back(argument.toUtf8());
    std::vector<char *> argv;
    argv.reserve(words.size() + 1);
    for (QByteArray &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t runner = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        if (::getppid() == runner)
            ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    m_process = std::max(child, 0);
}

void RunnerChild::stop()
{
    if (m_process <= 0)
        return;
    ::kill(m_process, SIGTERM);
    ::kill(m_process, SIGCONT);
    constexpr int stepMs = 2, termMs = 60, mostMs = 100;
    for (int waited = 0; waited < mostMs && ::waitpid(m_process, nullptr, WNOHANG) == 0; waited += stepMs) {
        if (waited == termMs)
            ::kill(m_process, SIGKILL);
        ::poll(nullptr, 0, stepMs);
    }
    m_process = 0;
}

} // namespace kernelyard
