// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpumonitor.h"

#include "core/base/log.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QHash>
#include <QProcess>
#include <QtConcurrentRun>

#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <optional>
#include <variant>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

static constexpr auto mostPause = 30s; ///< between two helpers
static constexpr qsizetype mostAbandoned = 4;

GpuHelperSetup GpuHelperSetup::real(const QString &ctl)
{
    GpuHelperSetup setup;
    setup.command = {ctl, {u"gpu-helper"_s}, {}, {}};
    return setup;
}

/// \a status as a shell tells it: from 128 on a signal's number.
static QString endWords(int status)
{
    const char *signal = status > 128 ? ::sigabbrev_np(status - 128) : nullptr;
    if (!signal)
        return QCoreApplication::translate("Gpu", "The process that asks the driver ended with status %1.").arg(status);
    return QCoreApplication::translate("Gpu", "The process that asks the driver was ended by signal %1 (SIG%2).")
        .arg(status - 128)
        .arg(QLatin1StringView(signal));
}

GpuMonitor::GpuMonitor(GpuHelperSetup setup, QObject *parent)
    : QObject(parent)
    , m_setup(std::move(setup))
{
    m_silence.setSingleShot(true);
    m_restart.setSingleShot(true);
    connect(&m_silence, &QTimer::timeout, this, &GpuMonitor::tooSilent);
    connect(&m_restart, &QTimer::timeout, this, &GpuMonitor::launch);
}

GpuMonitor::~GpuMonitor()
{
    QProcess *process = std::exchange(m_process, nullptr);
    if (!process)
        return;
    process->disconnect(this);
    process->kill();
    // There may be no event loop any more. One that is stuck in the driver is rather left than waited for: the
    // destructor of its object would wait for half a minute.
    if (process->state() == QProcess::NotRunning || process->waitForFinished(200))
        delete process;
}

void GpuMonitor::start()
{
    if (!isRunning())
        launch();
}

void GpuMonitor::stop()
{
    m_restart.stop();
    m_silence.stop();
    abandon();
}

void GpuMonitor::launch()
{
    if (m_abandoned.size() >= mostAbandoned) { // they stick so fast that not even the kernel ends them
        m_restart.start(mostPause);
        return;
    }
    m_leftOut.removeIf([this](const auto &left) { return isDue(left.value()); });
    QStringList words = m_setup.command.arguments;
    if (const QStringList skipped = indicesLeftOut(); !skipped.isEmpty())
        words << u"--skip"_s << skipped.join(u',');
    m_lines = {};
    m_process = new QProcess;
    m_process->setProgram(m_setup.command.program);
    m_process->setArguments(words);
    m_process->setStandardInputFile(QProcess::nullDevice());
    m_process->setStandardErrorFile(QProcess::nullDevice());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"LC_ALL"_s, u"C"_s);
    for (const auto &[name, value] : m_setup.command.environment)
        environment.insert(name, value);
    m_process->setProcessEnvironment(environment);
    m_process->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    connect(m_process, &QProcess::readyReadStandardOutput, this, &GpuMonitor::read);
    connect(m_process, &QProcess::finished, this, &GpuMonitor::ended);
    connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            ended();
    });
    m_silence.start(m_setup.silence);
    m_process->start(QIODevice::ReadOnly);
}

/// As the driver numbers them now.
QStringList GpuMonitor::indicesLeftOut() const
{
    QStringList indices;
    for (auto at = m_leftOut.cbegin(); at != m_leftOut.cend(); ++at) {
        int index = at->index;
        if (m_reading)
            for (const GpuStatus &gpu : m_reading->gpus)
                if (gpu.id() == at.key())
                    index = gpu.index;
        indices << QString::number(index);
    }
    return indices;
}

void GpuMonitor::read()
{
    for (const QByteArray &line : m_lines.feed(m_process->readAllStandardOutput())) {
        const auto said = parseGpuHelperLine(line);
        if (const auto *reading = std::get_if<GpuHelperReading>(&said))
            take(*reading);
        else if (const auto *stuck = std::get_if<GpuHelperStuck>(&said))
            take(*stuck);
        else if (std::holds_alternative<GpuHelperAlive>(said))
            m_silence.start(m_setup.silence);
        if (!m_process) // it was replaced on this line
            return;
    }
}

void GpuMonitor::take(const GpuHelperReading &line)
{
    m_silence.start(line.next + m_setup.silence);
    m_backoff = 0ms;
    const QList<GpuStatus> before = m_reading ? m_reading->gpus : QList<GpuStatus>();
    m_reading = line.reading;
    for (GpuStatus &gpu : m_reading->gpus)
        if (gpu.id().isEmpty()) // left out, or it does not answer
            for (const GpuStatus &same : before)
                if (same.index == gpu.index) {
                    gpu.name = same.name;
                    gpu.uuid = same.uuid;
                    gpu.busId = same.busId;
                }
    m_history.add(*m_reading);
    Q_EMIT readingChanged();
    const bool due =
        std::any_of(m_leftOut.cbegin(), m_leftOut.cend(), [this](const LeftOut &left) { return isDue(left); });
    if (due)
        replace();
}

void GpuMonitor::take(const GpuHelperStuck &line)
{
    m_silence.start(m_setup.silence);
    const bool starting = line.kind == CallKind::Starting;
    const auto limit = starting ? m_setup.startLimit : m_setup.stuckLimit;
    mark(line.gpu, {starting && line.lasted < limit ? GpuCondition::Starting : GpuCondition::Stuck,
                    QCoreApplication::translate("Gpu", "%1 has not returned for %2 s.")
                        .arg(line.call)
                        .arg(static_cast<double>(line.lasted.count()) / 1000, 0, 'f', 1)});
    if (line.lasted < limit)
        return;
    log(LogDomain::Gpu)
        .warn("{} of GPU {} lasts over {} ms: the helper is replaced", line.call.toStdString(), line.gpu,
              line.lasted.count());
    if (line.gpu >= 0 && m_reading) {
        QString id;
        for (const GpuStatus &gpu : std::as_const(m_reading->gpus))
            if (gpu.index == line.gpu)
                id = gpu.id();
        m_leftOut.insert(id.isEmpty() ? QString::number(line.gpu) : id,
                         {line.gpu, QDeadlineTimer(m_setup.skipFor), m_process});
    }
    replace();
}

void GpuMonitor::mark(int gpu, const GpuFault &fault)
{
    if (!m_reading)
        m_reading.emplace();
    bool found = false;
    for (GpuStatus &status : m_reading->gpus)
        if (status.index == gpu) {
            status.fault = fault;
            found = true;
        }
    if (!found)
        m_reading->fault = fault;
    Q_EMIT readingChanged();
}

bool GpuMonitor::isDue(const LeftOut &left) const
{
    return left.until.hasExpired() && !m_abandoned.contains(left.helper);
}

/// Leaves the helper to end when the kernel lets it: one in a stuck call may not end for a long time.
void GpuMonitor::abandon()
{
    if (!m_process)
        return;
    QProcess *process = std::exchange(m_process, nullptr);
    process->disconnect(this);
    if (process->state() == QProcess::NotRunning) {
        process->deleteLater();
        return;
    }
    connect(process, &QProcess::finished, process, &QObject::deleteLater);
    m_abandoned.insert(process);
    connect(process, &QObject::destroyed, this, [this](const QObject *gone) { m_abandoned.remove(gone); });
    process->kill();
}

void GpuMonitor::replace()
{
    abandon();
    m_silence.stop();
    ++m_replacements;
    m_restart.start(m_backoff);
    m_backoff = std::clamp<std::chrono::milliseconds>(m_backoff * 2, 1s, mostPause);
}

void GpuMonitor::ended()
{
    if (!m_process)
        return;
    read();
    if (!m_process)
        return;
    if (m_process->error() == QProcess::FailedToStart)
        mark(-1,
             {GpuCondition::Failed, QCoreApplication::translate("Gpu", "%1, which asks the driver, can't be started.")
                                        .arg(m_process->program())});
    else if (m_process->exitStatus() == QProcess::CrashExit || m_process->exitCode() != gpuHelperGaveUp)
        mark(-1, {GpuCondition::Failed,
                  endWords(m_process->exitCode() + (m_process->exitStatus() == QProcess::CrashExit ? 128 : 0))});
    if (m_process->exitStatus() == QProcess::CrashExit) // it may crash again after each first reading
        m_backoff = std::max<std::chrono::milliseconds>(m_backoff, 1s);
    log(LogDomain::Gpu).warn("the helper ended with status {}", m_process->exitCode());
    replace();
}

void GpuMonitor::tooSilent()
{
    mark(-1, {GpuCondition::Stuck,
              QCoreApplication::translate("Gpu", "The process that asks the driver has been silent for %1 s.")
                  .arg(static_cast<double>(m_setup.silence.count()) / 1000)});
    replace();
}

namespace {

/// A reading, or the call that did not return.
using Answer = std::variant<GpuReading, GpuHelperStuck>;

Result<Answer> askOnce(Command helper, const QStringList &skipped)
{
    helper.arguments << u"--once"_s;
    if (!skipped.isEmpty())
        helper.arguments << u"--skip"_s << skipped.join(u',');
    constexpr auto limit = 60s; // eight GPUs that nothing keeps awake take half of that
    const Result<Completed> done = run(helper, limit);
    if (!done && done.error().kind == ErrorKind::Timeout) // stuck in the kernel, where not even its own end ends it
        return GpuHelperStuck{done.error().message, -1, limit};
    if (!done)
        return Failure(done.error());
    std::optional<GpuHelperStuck> stuck;
    for (const QByteArray &line : done->out.split('\n')) {
        const auto said = parseGpuHelperLine(line);
        if (const auto *read = std::get_if<GpuHelperReading>(&said))
            return read->reading;
        if (const auto *call = std::get_if<GpuHelperStuck>(&said))
            stuck = *call;
    }
    if (stuck)
        return *stuck;
    return Failure(Error{ErrorKind::Failed, endWords(done->exitCode), QString::fromLocal8Bit(done->err), {}});
}

/// A GPU that is stuck is left out and the others are asked again, so that one of them hides none of the rest.
Result<GpuReading> readOnce(const Command &helper)
{
    constexpr qsizetype mostStuck = 4; // each one takes the helper's whole limit
    QStringList skipped;
    QHash<int, GpuFault> faults;
    for (;;) {
        Result<Answer> answer = askOnce(helper, skipped);
        if (!answer)
            return Failure(answer.error());
        if (auto *read = std::get_if<GpuReading>(&*answer)) {
            GpuReading reading = std::move(*read);
            for (GpuStatus &gpu : reading.gpus)
                if (faults.contains(gpu.index))
                    gpu.fault = faults[gpu.index];
            return reading;
        }
        const auto &stuck = std::get<GpuHelperStuck>(*answer);
        const int gpu = stuck.gpu;
        const GpuFault fault{GpuCondition::Stuck, stuck.call};
        if (gpu < 0 || faults.contains(gpu) || skipped.size() == mostStuck) {
            GpuReading reading;
            reading.fault = fault;
            reading.atMs = QDateTime::currentMSecsSinceEpoch();
            return reading;
        }
        skipped << QString::number(gpu);
        faults.insert(gpu, fault);
    }
}

} // namespace

QFuture<Result<GpuReading>> readGpus(const Command &helper)
{
    return QtConcurrent::run(readOnce, helper);
}

} // namespace kernelyard
