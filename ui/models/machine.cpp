// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/machine.h"

#include "core/base/whendone.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QLocale>
#include <QStorageInfo>
#include <QThread>
#include <QtConcurrent>

#include <unistd.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static HostResources readHost(const QString &buildsFolder)
{
    HostResources facts;
    facts.cores = QThread::idealThreadCount();
    facts.memoryBytes = static_cast<qint64>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    // The builds folder may not be there yet: ask for the nearest folder that is.
    QDir folder(buildsFolder);
    while (!folder.exists() && !folder.isRoot())
        folder.setPath(QDir::cleanPath(folder.path() + u"/.."_s));
    const QStorageInfo storage(folder);
    facts.freeDiskBytes = storage.bytesAvailable();
    facts.diskPath = storage.rootPath();
    return facts;
}

MachineProbes MachineProbes::real(const QString &buildsFolder)
{
    return {[] { return detectEngines(); },
            {},
            [buildsFolder] { return QtConcurrent::run([buildsFolder] { return readHost(buildsFolder); }); }};
}

Machine::Machine(MachineProbes probes, QObject *parent)
    : QObject(parent)
    , m_probes(std::move(probes))
{}

void Machine::check()
{
    if (m_pending > 0)
        return;
    m_pending = m_probes.gpus ? 3 : 2;
    Q_EMIT checkingChanged();
    whenDone(m_probes.engines(), this, [this](const QList<Engine> &engines) {
        m_engines = engines;
        Q_EMIT enginesChanged();
        answered();
    });
    if (m_probes.gpus)
        whenDone(m_probes.gpus(), this, [this](const Result<QList<GpuStatus>> &gpus) {
            m_gpus = gpus;
            m_gpuFault = {};
            Q_EMIT gpusChanged();
            answered();
        });
    whenDone(m_probes.host(), this, [this](const HostResources &host) {
        m_host = host;
        Q_EMIT hostChanged();
        answered();
    });
}

void Machine::setGpus(const GpuReading &reading)
{
    const GpuCondition condition = reading.fault.condition;
    m_gpuFault = {};
    if (condition == GpuCondition::Healthy || condition == GpuCondition::NoDevice) {
        m_gpus.emplace(reading.gpus);
    } else {
        const GpuNotice notice = noticeOf(m_gpuFault = reading.fault, {});
        m_gpus.emplace(Failure(Error{ErrorKind::Failed, notice.message, reading.fault.evidence, notice.remedy}));
    }
    Q_EMIT gpusChanged();
}

void Machine::answered()
{
    if (--m_pending == 0)
        Q_EMIT checkingChanged();
}

Result<Engine> Machine::engine(const QString &id) const
{
    if (m_engines)
        return chooseEngine(*m_engines, id);
    return Failure(Error{ErrorKind::Missing,
                         tr("The engines of this machine have not answered yet."),
                         {},
                         tr("Try again in a few seconds.")});
}

static const EngineProblem *blockingProblem(const Engine &engine)
{
    for (const EngineProblem &problem : engine.problems)
        if (problem.blocking)
            return &problem;
    return nullptr;
}

static bool isInstalled(const Engine &engine)
{
    const EngineProblem *problem = blockingProblem(engine);
    return !problem || problem->code != EngineProblemCode::NotInstalled;
}

State stateOf(const Engine &engine)
{
    if (engine.isUsable())
        return State::Success;
    return isInstalled(engine) ? State::Warning : State::Stopped;
}

QString nameOf(const Engine &engine)
{
    QString name = engine.kind == EngineKind::Podman ? u"Podman"_s : u"Docker"_s;
    const QString version = engine.serverVersion.isEmpty() ? engine.clientVersion : engine.serverVersion;
    if (!version.isEmpty())
        name += u' ' + version;
    return name;
}

QString modeOf(const Engine &engine)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Machine", text); };
    const EngineProblem *problem = blockingProblem(engine);
    if (!problem) {
        if (engine.endpoint.kind != Endpoint::Kind::Default && !engine.endpoint.name.isEmpty())
            return engine.endpoint.name;
        if (engine.rootless)
            return tr("rootless");
        if (engine.kind == EngineKind::Podman)
            return tr("as root");
        return engine.buildxVersion.isEmpty() ? tr("no buildx") : tr("buildx");
    }
    switch (problem->code) {
    case EngineProblemCode::NotInstalled:
        return tr("not installed");
    case EngineProblemCode::DaemonNotRunning:
        return tr("stopped");
    case EngineProblemCode::SocketPermission:
        return tr("no access");
    case EngineProblemCode::SubuidMissing:
        return tr("no subuids");
    case EngineProblemCode::HybridCgroupsCrun:
    case EngineProblemCode::RuntimeMissing:
        return tr("no runtime");
    case EngineProblemCode::TimedOut:
        return tr("no answer");
    default:
        return tr("fault");
    }
}

QString remedyOf(const Engine &engine)
{
    QStringList lines;
    for (const EngineProblem &problem : engine.problems) {
        lines.append(problem.cause);
        if (!problem.remedy.isEmpty())
            lines.append(problem.remedy);
        if (problem.fix)
            lines.append(problem.fix->display());
    }
    return lines.join(u'\n');
}

QString diskText(qint64 bytes)
{
    const double value = static_cast<double>(bytes);
    if (value >= 1e9)
        return QCoreApplication::translate("Machine", "%1 GB").arg(value / 1e9, 0, 'f', value >= 1e11 ? 0 : 1);
    if (value > 0 && value < 1e6)
        return QCoreApplication::translate("Machine", "%1 kB").arg(std::max(value / 1e3, 1.0), 0, 'f', 0);
    return QCoreApplication::translate("Machine", "%1 MB").arg(value / 1e6, 0, 'f', value >= 1e7 || bytes == 0 ? 0 : 1);
}

QString memoryText(qint64 bytes)
{
    const double gib = static_cast<double>(bytes) / (1LL << 30);
    return QCoreApplication::translate("Machine", "%1 GiB").arg(gib, 0, 'f', gib >= 10 ? 0 : 1);
}

} // namespace kernelyard
