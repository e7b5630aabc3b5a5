// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/runnerloop.h"

#include "core/base/log.h"
#include "core/base/settings.h"
#include "core/base/wholefile.h"
#include "core/build/engineprocess.h"
#include "core/build/gpurecord.h"
#include "core/build/processfreeze.h"
#include "core/build/remains.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

static constexpr auto sampleInterval = 1s;
static constexpr auto queueInterval = 200ms;
/// Read at a time; between two, signals and the other stream get their turn.
static constexpr qsizetype readBytes = 256 << 10;

void leaveTerminal()
{
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int descriptor = 0; descriptor <= 2; ++descriptor)
        ::dup2(null, descriptor);
    ::close(null);
}

void announceRunner(const Result<void> &ready)
{
    QByteArray line = "ready " + QByteArray::number(::getpid());
    if (!ready) {
        const Error &error = ready.error();
        line = QJsonDocument(QJsonObject{{u"kind"_s, static_cast<int>(error.kind)},
                                         {u"message"_s, error.message},
                                         {u"detail"_s, error.detail},
                                         {u"remedy"_s, error.remedy}})
                   .toJson(QJsonDocument::Compact);
    }
    line += '\n';
    if (::write(STDOUT_FILENO, line.constData(), size_t(line.size())) < 0)
        log(LogDomain::Runner).info("nobody waited for the runner");
    leaveTerminal();
}

RunnerLoop::RunnerLoop(const Plan &plan, BuildFolder folder, RunningTask &running, pid_t guard, QueueTicket ticket,
                       EnginePipes pipes)
    : m_plan(plan)
    , m_folder(std::move(folder))
    , m_running(running)
    , m_guard(guard)
    , m_ticket(std::move(ticket))
    , m_pipes(pipes)
    , m_pauseMark(QFile::encodeName(m_folder.pause()))
    , m_usage(plan.engine)
    , m_buffer(readBytes, Qt::Uninitialized)
{
    m_watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    for (const QString &watched : {m_folder.path, QFileInfo(m_folder.ticket()).path()})
        ::inotify_add_watch(m_watch, QFile::encodeName(watched).constData(), IN_CREATE | IN_DELETE | IN_MOVED_TO);
    sigset_t blocked;
    ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
    m_signals = ::signalfd(-1, &blocked, SFD_NONBLOCK | SFD_CLOEXEC);
}

RunnerLoop::~RunnerLoop()
{
    ::close(m_signals);
    if (m_watch >= 0)
        ::close(m_watch);
}

int RunnerLoop::run(std::optional<BuildLock> lock)
{
    if (!lock) {
        auto taken = BuildLock::take(m_folder.lock());
        if (!taken) {
            announceRunner(Failure(taken.error()));
            return 1;
        }
        lock = std::move(*taken);
    }
    auto ready = lock->writePid(::getpid());
    if (ready)
        ready = m_journal.create(m_folder.path);
    announceRunner(ready);
    if (!ready) {
        log(LogDomain::Runner).error("{}", ready.error().message.toStdString());
        return exitStatus(ready.error().kind);
    }
    if (QFile::exists(m_folder.cancel()))
        askEnd(), m_cancelled = true;

    const bool ours = waitForTurn();
    m_staysAwake = Settings::read(Paths::fromEnvironment().settingsFile()).stayAwake;
    m_opened = Clock::now();
    append(Opened{QDateTime::currentDateTimeUtc(), ::getpid(), QStringLiteral(KERNELYARD_VERSION)});
    if (m_cancelled)
        append(CancelAsked{});
    if (ours)
        removeMarkedRemains(QFileInfo(m_folder.path).path(), m_plan);
    for (int index = 0; ours && index < m_plan.tasks.size() && !m_failed && !m_endAsked; ++index) {
        waitWhilePaused();
        if (m_endAsked)
            break;
        stayAwake();
        m_failed = runTask(index) != 0;
        // Status 0 of an engine that was asked to end says nothing: podman build ends so on SIGTERM.
        m_finished = !m_failed && !m_endAsked && index + 1 == m_plan.tasks.size();
    }
    return close();
}

/// True when the engines are ours; false when the build was cancelled before.
bool RunnerLoop::waitForTurn()
{
    m_opened = Clock::now();
    while (!m_endAsked && !m_ticket.tryStart())
        pump(-1, queueInterval);
    return !m_endAsked;
}

bool RunnerLoop::pauseIsWanted() const
{
    return ::access(m_pauseMark.constData(), F_OK) == 0;
}

/// Between two tasks.
void RunnerLoop::waitWhilePaused()
{
    if (m_endAsked || !pauseIsWanted())
        return;
    setPaused(-1, true);
    while (!m_endAsked && pauseIsWanted())
        pump(-1, sampleInterval);
    setPaused(-1, false);
}

void RunnerLoop::stayAwake()
{
    if (m_staysAwake && !m_endAsked)
        m_awake.start(BuildId::fromText(m_folder.path.section(u'/', -1)));
}

/// What the GPUs do is kept beside the journal while \a task has them; -1: none runs.
void RunnerLoop::watchGpus(int task)
{
    if (task >= 0 && !m_endAsked && takesGpus(m_plan.engine, m_plan.tasks.at(task)))
        m_gpuWatch.start(RunnerChild::besideThisProgram(), {u"gpu-helper"_s, u"--append"_s, m_folder.gpu()});
}

void RunnerLoop::setPaused(int task, bool paused)
{
    // A machine on which every build is paused may sleep; nor may the helpers be frozen with the others.
    if (paused) {
        m_awake.stop();
        m_gpuWatch.stop();
    }
    const PauseWay way = task < 0 ? PauseWay::None : pauseWay(m_plan, m_plan.tasks.at(task));
    Result<void> done;
    if (way == PauseWay::Processes)
        paused ? freezeProcesses(m_guard, ::getpid()) : thawProcesses(m_guard, ::getpid());
    else if (way == PauseWay::Engine)
        done =
            paused ? pauseContainers(m_plan, m_plan.tasks.at(task)) : unpauseContainers(m_plan, m_plan.tasks.at(task));
    if (!done)
        log(LogDomain::Runner).warn("{} {}", done.error().message.toStdString(), done.error().detail.toStdString());
    if (!done && paused) { // a mark that is not obeyed would say what is not so
        QFile::remove(m_folder.pause());
        return;
    }
    m_isPaused = paused;
    if (paused)
        append(Paused{});
    else
        append(Resumed{});
    if (!paused) {
        stayAwake();
        watchGpus(task);
    }
}

void RunnerLoop::followPauseMark(int task)
{
    const bool wanted = !m_endAsked && pauseIsWanted();
    if (wanted != m_isPaused && (!wanted || pauseWay(m_plan, m_plan.tasks.at(task)) != PauseWay::None))
        setPaused(task, wanted);
}

/// Taken down before the engine reads them, so that a later build can tell what has changed since.
void RunnerLoop::recordInputs(const Task &task)
{
    if (task.kind != TaskKind::Layer)
        return;
    m_inputs.append(gatherLayerInputs(task, m_plan.engine));
    QSaveFile file(m_folder.inputs());
    if (!writeWhole(file, toJson(m_inputs)))
        log(LogDomain::Runner).info("the inputs of {} are not kept", task.name.toStdString());
}

int RunnerLoop::runTask(int index)
{
    const Task &task = m_plan.tasks.at(index);
    log(LogDomain::Runner).info("{}: {}", task.name.toStdString(), task.command.display().toStdString());
    recordInputs(task);
    m_running.task = index;
    m_ticket.setCanPause(pauseWay(m_plan, task) != PauseWay::None);
    const QString temporary = m_plan.engine.kind == EngineKind::Podman ? temporaryFolder(task) : QString();
    const auto engine = startEngine(task.command, temporary, m_pipes.out[1], m_pipes.err[1], m_running);
    append(TaskStarted{index, engine ? *engine : 0});
    if (!engine) {
        m_problem = engine.error();
        append(TaskExited{index, 127}); // as a shell tells it
        m_running.task = -1;
        return 127;
    }
    watchGpus(index);
    const int status = waitForEngine(task, index, *engine);
    m_gpuWatch.stop();
    m_running.engine = 0;
    const int exitCode = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    append(TaskExited{index, exitCode});
    if (m_endAsked || WIFSIGNALED(status)) {
        m_awake.stop();
        removeRemains(m_plan, task, m_guard, ::getpid());
    }
    if (task.format == OutputFormat::Classic && (exitCode != 0 || m_endAsked)) { // its daemon may be gone
        markRemains(m_folder);
        removeMarkedRemains(QFileInfo(m_folder.path).path(), m_plan);
    }
    m_running.task = -1;
    return exitCode;
}

int RunnerLoop::waitForEngine(const Task &task, int index, pid_t engine)
{
    std::optional<EngineEnd> end;
    m_usage.beginTask(task);
    m_nextSample = Clock::now() + sampleInterval;
    int status = 0;
    for (bool hasEnded = false; !hasEnded;) {
        pump(index, m_endAsked ? std::min(untilDue(), EngineEnd::interval) : untilDue());
        followPauseMark(index);
        if (Clock::now() >= m_nextSample)
            sample();
        if (m_endAsked) {
            if (!end)
                end.emplace(task, m_guard, ::getpid(), engine);
            end->step(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *m_endAsked));
        }
        hasEnded = ::waitpid(engine, &status, WNOHANG) == engine;
    }
    drain(index);
    return status;
}

/// Until the oldest output must be flushed or the next sample be taken.
std::chrono::milliseconds RunnerLoop::untilDue() const
{
    auto until = std::chrono::ceil<std::chrono::milliseconds>(m_nextSample - Clock::now());
    if (const auto due = m_journal.flushDue())
        until = std::min(until, std::chrono::ceil<std::chrono::milliseconds>(*due - now()));
    return std::max(until, 0ms);
}

void RunnerLoop::pump(int task, std::chrono::milliseconds limit)
{
    std::array<pollfd, 4> waiting{pollfd{m_signals, POLLIN, 0}, pollfd{m_watch, POLLIN, 0},
                                  pollfd{m_pipes.out[0], POLLIN, 0}, pollfd{m_pipes.err[0], POLLIN, 0}};
    const nfds_t count = task < 0 ? 2 : waiting.size();
    if (::poll(waiting.data(), count, static_cast<int>(limit.count())) > 0) {
        if (waiting[0].revents != 0)
            takeSignals();
        std::array<char, 4096> news;
        while (waiting[1].revents != 0 && ::read(m_watch, news.data(), news.size()) > 0) {
        } // what happened there is looked at anyway
        if (waiting[2].revents != 0)
            readOutput(m_pipes.out[0], task, Stream::Out);
        if (waiting[3].revents != 0)
            readOutput(m_pipes.err[0], task, Stream::Err);
    }
    if (const auto due = m_journal.flushDue(); due && now() >= *due)
        check(m_journal.flush());
}

void RunnerLoop::takeSignals()
{
    signalfd_siginfo signal;
    while (::read(m_signals, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGUSR2 && ::getppid() != m_guard) {
            log(LogDomain::Runner).warn("the guard was killed; the build goes on without one");
            ::prctl(PR_SET_CHILD_SUBREAPER, 1);
            m_guard = ::getpid();
        }
        if ((signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT) && !m_cancelled) {
            log(LogDomain::Runner).info("cancel asked by process {}", signal.ssi_pid);
            m_cancelled = true;
            askEnd();
            if (m_running.task >= 0)
                append(CancelAsked{});
        }
    }
}

/// False when there is nothing to read for now.
bool RunnerLoop::readOutput(int descriptor, int task, Stream stream)
{
    const ssize_t count = ::read(descriptor, m_buffer.data(), size_t(m_buffer.size()));
    if (count > 0)
        check(m_journal.appendOutput(now(), task, stream, QByteArrayView(m_buffer).first(count)));
    return count > 0;
}

/// What an ended engine wrote lies in the pipes; there is no end of file, for the next task will write to them too.
void RunnerLoop::drain(int task)
{
    while (readOutput(m_pipes.out[0], task, Stream::Out)) {
    }
    while (readOutput(m_pipes.err[0], task, Stream::Err)) {
    }
}

/// The memory and CPU of what the engine runs, and, when it changes, what they are counted from.
void RunnerLoop::sample()
{
    m_nextSample = Clock::now() + sampleInterval;
    if (m_isPaused)
        return;
    const UsageReading reading = m_usage.read(m_guard, {m_awake.process(), m_gpuWatch.process()});
    if (!m_sampledFrom || *m_sampledFrom != reading.from)
        append(*(m_sampledFrom = reading.from));
    if (reading.from.what != SampledFrom::What::Nothing)
        append(reading.sample);
}

void RunnerLoop::append(decltype(Record::fact) fact)
{
    check(m_journal.append({now(), std::move(fact)}));
}

/// The first time that the journal can't be written, the build is ended: a build whose log is lost is no use.
void RunnerLoop::check(const Result<void> &written)
{
    if (written || m_problem)
        return;
    log(LogDomain::Runner).error("{}", written.error().message.toStdString());
    m_problem = written.error();
    m_failed = true;
    askEnd();
}

void RunnerLoop::askEnd()
{
    if (!m_endAsked)
        m_endAsked = Clock::now();
    m_awake.stop(); // they are no part of what is to be ended below the guard
    m_gpuWatch.stop();
}

int RunnerLoop::close()
{
    Closed closed;
    if (m_problem) {
        closed.outcome = Outcome::Failed;
        closed.reason = m_problem->message;
        if (const qint64 lost = m_journal.refusedBytes(); lost > 0)
            closed.reason += u' ' + QCoreApplication::translate(
                                        "Build", "%1 bytes of output that came after this are not in the log.")
                                        .arg(lost);
        if (!m_problem->remedy.isEmpty())
            closed.reason += u' ' + m_problem->remedy;
    } else if (!m_finished) {
        closed.outcome = m_cancelled ? Outcome::Cancelled : Outcome::Failed;
    }
    const auto written = m_journal.append({now(), closed});
    if (!written)
        log(LogDomain::Runner).error("{}", written.error().message.toStdString());
    QFile::remove(m_folder.cancel());
    QFile::remove(m_folder.pause());
    QueueTicket::remove(m_folder);
    if (closed.outcome == Outcome::Done)
        return 0;
    return closed.outcome == Outcome::Cancelled ? 130 : 1;
}

BuildTime RunnerLoop::now() const
{
    return std::chrono::duration_cast<BuildTime>(Clock::now() - m_opened);
}

} // namespace kernelyard
