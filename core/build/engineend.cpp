// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/engineend.h"

#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/engine/argv.h"
#include "core/engine/leftovers.h"
#include "core/process/run.h"

#include <QFile>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

static constexpr auto softTime = 10s;
static constexpr auto containerGrace = 2s;
/// conmon removes the container of an ended `podman run --rm` with a command of its own.
static constexpr auto remainsTime = 3s;

QString temporaryFolder(const Task &task)
{
    for (const auto &[name, value] : task.command.environment)
        if (name == u"TMPDIR")
            return value;
    return Paths::fromEnvironment().cache + u"/podman";
}

EngineEnd::EngineEnd(const Task &task, pid_t root, pid_t self, pid_t engine)
    : m_takesTerm(task.format != OutputFormat::Podman)
    , m_root(root)
    , m_self(self)
    , m_engine(engine)
{}

/// Rootless Podman keeps one process for all commands of a user, which holds the user's namespaces; it does not
/// belong to the build even when the build was the first to need it.
static pid_t podmanPauseProcess()
{
    QFile file(qEnvironmentVariable("XDG_RUNTIME_DIR") + u"/libpod/tmp/pause.pid"_s);
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toInt() : 0;
}

static QList<ProcessEntry> remainsBelow(pid_t root, pid_t self)
{
    QList<ProcessEntry> remains = processesBelow(root);
    const pid_t pause = podmanPauseProcess();
    remains.removeIf(
        [=](const ProcessEntry &entry) { return entry.isZombie || entry.pid == self || entry.pid == pause; });
    return remains;
}

void EngineEnd::endContainers(const QList<ProcessEntry> &processes, std::chrono::milliseconds now)
{
    const bool onlyFirst = std::none_of(processes.cbegin(), processes.cend(), [](const ProcessEntry &process) {
        return process.inContainer && !process.isFirst;
    });
    for (const ProcessEntry &process : processes) {
        if (!process.inContainer)
            continue;
        // A shell that is process 1 does not end on SIGTERM; it must not go on with its next command either.
        const bool held = process.isFirst && !process.catchesTerm;
        const auto asked = m_asked.constFind(process.pid);
        if (asked == m_asked.cend()) {
            m_asked.insert(process.pid, now);
            ::kill(process.pid, held ? SIGSTOP : SIGTERM);
        }
        if ((held && onlyFirst) || (asked != m_asked.cend() && now - *asked >= containerGrace))
            ::kill(process.pid, SIGKILL);
    }
}

void EngineEnd::step(std::chrono::milliseconds sinceAsked)
{
    const QList<ProcessEntry> processes = remainsBelow(m_root, m_self);
    if (sinceAsked >= softTime) {
        if (m_engine > 0)
            ::kill(-m_engine, SIGKILL);
        for (const ProcessEntry &process : processes)
            ::kill(process.pid, SIGKILL);
        return;
    }
    if (!std::exchange(m_softDone, true) && m_takesTerm && m_engine > 0)
        ::kill(-m_engine, SIGTERM);
    endContainers(processes, sinceAsked);
}

static void endProcesses(pid_t root, pid_t self)
{
    const auto started = std::chrono::steady_clock::now();
    for (;;) {
        if (root == ::getpid())
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
        const QList<ProcessEntry> remains = remainsBelow(root, self);
        const auto waited = std::chrono::steady_clock::now() - started;
        if (remains.isEmpty() || waited > 2 * remainsTime)
            return;
        for (const ProcessEntry &process : remains)
            if (process.inContainer || waited > remainsTime)
                ::kill(process.pid, SIGKILL);
        std::this_thread::sleep_for(20ms);
    }
}

void removeRemains(const Plan &plan, const Task &task, pid_t root, pid_t self)
{
    endProcesses(root, self);
    removeEngineRemains(plan, task);
}

bool removeEngineRemains(const Plan &plan, const Task &task)
{
    if (!task.containers.isEmpty()) {
        const auto removed = run(removeContainers(plan.engine, task.containers), 30s);
        if (!removed)
            log(LogDomain::Runner).error("{}", removed.error().message.toStdString());
    }
    const QStringList marks = task.image.isEmpty() ? QStringList() : QStringList{buildMark(task.image)};
    const BuildLeftovers left = cleanUp(plan.engine, temporaryFolder(task), marks);
    if (!left.isEmpty())
        log(LogDomain::Runner)
            .error("left behind: {}", (left.steps + left.workingContainers + left.folders).join(u' ').toStdString());
    return left.isEmpty();
}

} // namespace kernelyard
