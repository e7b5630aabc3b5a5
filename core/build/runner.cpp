// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/runner.h"

#include "core/base/log.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/guard.h"
#include "core/build/runnerloop.h"

#include <QFile>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <new>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// The launcher hands the lock over as this descriptor, so that a build is never seen without a holder of its lock.
static constexpr int inheritedLock = 3;
/// The engine waits less often for a reader that is busy with the disk.
static constexpr int pipeBytes = 1 << 20;

static int refused(const Error &error)
{
    log(LogDomain::Runner).error("{}", error.message.toStdString());
    announceRunner(Failure(error));
    return exitStatus(error.kind);
}

static void prepareSignals()
{
    for (const int signal : {SIGHUP, SIGPIPE, SIGXFSZ})
        ::signal(signal, SIG_IGN);
    sigset_t handled;
    ::sigemptyset(&handled);
    for (const int signal : {SIGTERM, SIGINT, SIGCHLD, SIGUSR2})
        ::sigaddset(&handled, signal);
    ::sigprocmask(SIG_SETMASK, &handled, nullptr);
}

int runBuild(const QString &path)
{
    const BuildFolder folder{path};
    // Where it can't be written there is no log; a build needs none.
    static_cast<void>(startLogging(path, u"runner.log"_s, false).has_value());
    const auto plan = Plan::read(folder.plan());
    if (!plan)
        return refused(plan.error());
    std::optional<BuildLock> lock = BuildLock::inherited(folder.lock(), inheritedLock);
    auto ticket = QueueTicket::open(folder, *plan);
    if (!ticket)
        return refused(ticket.error());

    std::array<int, 2> out, err;
    void *const memory =
        ::mmap(nullptr, sizeof(RunningTask), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || ::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
        return refused(systemError(path, errno));
    auto &running = *new (memory) RunningTask;
    for (const int end : {out[0], err[0]}) {
        ::fcntl(end, F_SETFL, O_NONBLOCK);
        ::fcntl(end, F_SETPIPE_SZ, pipeBytes); // a smaller pipe serves too
    }

    ::setsid(); // fails for a group's leader, which the launcher never starts
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    prepareSignals();
    const pid_t guard = ::getpid();
    const pid_t runner = ::fork();
    if (runner < 0)
        return refused(systemError(path, errno));
    if (runner == 0) {
        ::setsid();
        ::prctl(PR_SET_PDEATHSIG, SIGUSR2);
        const int status =
            RunnerLoop(*plan, folder, running, guard, std::move(*ticket), {out, err}).run(std::move(lock));
        log(LogDomain::Runner).flush();
        ::_exit(status); // the guard, the same program, runs what must run at exit
    }
    lock.reset();
    ::close(out[1]);
    ::close(err[1]);
    leaveTerminal();
    ::prctl(PR_SET_NAME, "kernelyard-guard");
    return Guard(*plan, folder, running, {out[0], err[0]}).watch(runner);
}

} // namespace kernelyard
