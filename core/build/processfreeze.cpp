// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/processfreeze.h"

#include "core/build/processtree.h"
#include "core/engine/argv.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QFile>
#include <QSet>

#include <algorithm>
#include <csignal>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

/// A container that forks while it is being stopped is caught by the next look.
static constexpr int looks = 10;

PauseWay pauseWay(const Plan &plan, const Task &task)
{
    const bool isLocalPodman =
        plan.engine.kind == EngineKind::Podman && plan.engine.endpoint.kind == Endpoint::Kind::Default;
    if (!task.containers.isEmpty() && !isLocalPodman)
        return PauseWay::Engine;
    return task.kind == TaskKind::Layer && !isLocalPodman ? PauseWay::None : PauseWay::Processes;
}

namespace {

/// The file that freezes a cgroup, with the words for it.
struct Freezer
{
    QString file;
    QByteArray frozen;
    QByteArray thawed;
};

struct CgroupPaths
{
    QString freezer; ///< version 1
    QString unified; ///< version 2, also of a hybrid system
};

} // namespace

static CgroupPaths cgroupsOf(const QString &process)
{
    CgroupPaths paths;
    QFile file(u"/proc/"_s + process + u"/cgroup");
    if (!file.open(QIODevice::ReadOnly))
        return paths;
    for (const QByteArray &line : file.readAll().split('\n')) {
        const QString path = QFile::decodeName(line.mid(line.indexOf(':', line.indexOf(':') + 1) + 1));
        const QByteArray controllers = line.split(':').value(1);
        if (line.startsWith("0::"))
            paths.unified = path;
        else if (controllers.split(',').contains("freezer"))
            paths.freezer = path;
    }
    return paths;
}

/// The freezers of the cgroup that \a process is in, when that is one of its own and not ours or one above ours.
static QList<Freezer> freezersOf(pid_t process, const CgroupPaths &own)
{
    const CgroupPaths paths = cgroupsOf(QString::number(process));
    const auto isApart = [](const QString &path, const QString &ours) {
        return path.size() > 1 && !QString(ours + u'/').startsWith(QString(path + u'/'));
    };
    QList<Freezer> freezers;
    if (isApart(paths.freezer, own.freezer))
        freezers.append({u"/sys/fs/cgroup/freezer"_s + paths.freezer + u"/freezer.state", "FROZEN", "THAWED"});
    if (isApart(paths.unified, own.unified))
        for (const QString &mount : {u"/sys/fs/cgroup"_s, u"/sys/fs/cgroup/unified"_s})
            freezers.append({mount + paths.unified + u"/cgroup.freeze", "1", "0"});
    return freezers;
}

static bool writeWord(const QString &path, const QByteArray &word)
{
    QFile file(path);
    return QFile::exists(path) && file.open(QIODevice::WriteOnly | QIODevice::Unbuffered) &&
           file.write(word) == word.size();
}

static bool isStandingStill(const ProcessEntry &process, pid_t self)
{
    return process.isZombie || process.pid == self;
}

void freezeProcesses(pid_t root, pid_t self)
{
    const CgroupPaths own = cgroupsOf(u"self"_s);
    QSet<pid_t> stopped;
    for (int look = 0; look < looks; ++look) {
        bool found = false;
        for (const ProcessEntry &process : processesBelow(root)) {
            if (isStandingStill(process, self) || stopped.contains(process.pid))
                continue;
            found = true;
            stopped.insert(process.pid);
            bool isFrozen = false;
            if (process.inContainer)
                for (const Freezer &freezer : freezersOf(process.pid, own))
                    isFrozen = isFrozen || writeWord(freezer.file, freezer.frozen);
            if (!isFrozen)
                ::kill(process.pid, SIGSTOP);
        }
        if (!found)
            return;
        std::this_thread::sleep_for(2ms);
    }
}

void thawProcesses(pid_t root, pid_t self)
{
    const CgroupPaths own = cgroupsOf(u"self"_s);
    QList<ProcessEntry> processes = processesBelow(root);
    std::reverse(processes.begin(), processes.end()); // children first: none is waited for in vain
    for (const ProcessEntry &process : std::as_const(processes)) {
        if (isStandingStill(process, self))
            continue;
        if (process.inContainer)
            for (const Freezer &freezer : freezersOf(process.pid, own))
                writeWord(freezer.file, freezer.thawed);
        ::kill(process.pid, SIGCONT);
    }
}

static Result<void> runEngine(const Command &command, const QString &refusal)
{
    const auto done = run(command, 20s);
    if (!done)
        return Failure(done.error());
    if (done->exitCode == 0)
        return {};
    return Failure(Error{ErrorKind::Failed, refusal, QString::fromLocal8Bit(done->err).trimmed(), {}});
}

Result<void> pauseContainers(const Plan &plan, const Task &task)
{
    return runEngine(pauseContainers(plan.engine, task.containers),
                     QCoreApplication::translate("Build", "%1 did not pause %2.")
                         .arg(plan.engine.display(), task.containers.join(u", "_s)));
}

Result<void> unpauseContainers(const Plan &plan, const Task &task)
{
    return runEngine(unpauseContainers(plan.engine, task.containers),
                     QCoreApplication::translate("Build", "%1 did not resume %2.")
                         .arg(plan.engine.display(), task.containers.join(u", "_s)));
}

} // namespace kernelyard
