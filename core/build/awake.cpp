// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/awake.h"

#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

using namespace Qt::StringLiterals;

namespace kernelyard {

void Awake::start(BuildId id)
{
    if (m_process > 0)
        return;
    const QString program = QFileInfo(QFile::symLinkTarget(u"/proc/self/exe"_s)).path() + u"/kernelyardctl";
    if (!QFile::exists(program))
        return;
    std::array<QByteArray, 3> words{QFile::encodeName(program), "stay-awake", id.display().toUtf8()};
    const std::array<char *, 4> argv{words[0].data(), words[1].data(), words[2].data(), nullptr};
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

void Awake::stop()
{
    if (m_process <= 0)
        return;
    ::kill(m_process, SIGTERM);
    ::kill(m_process, SIGCONT);
    ::waitpid(m_process, nullptr, 0);
    m_process = 0;
}

} // namespace kernelyard
