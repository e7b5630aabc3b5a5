// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/guard.h"

#include "core/base/log.h"
#include "core/build/processfreeze.h"
#include "core/build/queueticket.h"
#include "core/build/remains.h"

#include <QFile>
#include <QFileInfo>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

using namespace std::chrono_literals;

namespace kernelyard {

Guard::Guard(const Plan &plan, BuildFolder folder, RunningTask &running, std::array<int, 2> engineOutput)
    : m_plan(plan)
    , m_folder(std::move(folder))
    , m_running(running)
    , m_engineOutput(engineOutput)
{}

int Guard::watch(pid_t runner)
{
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT})
        ::sigaddset(&signals, signal);
    for (;;) {
        int status = 0;
        pid_t ended;
        while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
            if (ended != runner)
                continue; // what the engine left behind by itself, such as a container's monitor
            if (WIFEXITED(status))
                return WEXITSTATUS(status);
            log(LogDomain::Runner)
                .error("the runner of {} was killed by signal {}", m_folder.path.toStdString(), WTERMSIG(status));
            cleanUp();
            return 1;
        }
        const int signal = ::sigwaitinfo(&signals, nullptr);
        if (signal == SIGTERM || signal == SIGINT)
            ::kill(runner, SIGTERM);
    }
}

bool Guard::engineEnded() const
{
    const pid_t engine = m_running.engine;
    return engine <= 0 || (::kill(engine, 0) != 0 && errno == ESRCH);
}

void Guard::cleanUp()
{
    const int index = m_running.task;
    if (index >= 0 && index < m_plan.tasks.size()) {
        const Task &task = m_plan.tasks.at(index);
        thawProcesses(::getpid(), ::getpid());
        EngineEnd end(task, ::getpid(), ::getpid(), m_running.engine);
        const auto started = std::chrono::steady_clock::now();
        static std::array<char, 64 << 10> ignored;
        do {
            for (const int output : m_engineOutput) // the engine must not wait for room
                while (::read(output, ignored.data(), ignored.size()) > 0) {
                }
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
            end.step(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started));
            std::this_thread::sleep_for(EngineEnd::interval);
        } while (!engineEnded());
        removeRemains(m_plan, task, ::getpid(), ::getpid());
        if (task.format == OutputFormat::Classic) {
            markRemains(m_folder);
            removeMarkedRemains(QFileInfo(m_folder.path).path(), m_plan);
        }
    }
    QFile::remove(m_folder.path + u"/reserve");
    QFile::remove(m_folder.pause());
    QueueTicket::remove(m_folder);
}

} // namespace kernelyard
