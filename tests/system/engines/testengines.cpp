// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/system/engines/testengines.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <sys/resource.h>

namespace kernelyard::test {

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

QString script()
{
    return QStringLiteral(KERNELYARD_SOURCE_DIR "/tests/system/engines/engine");
}

QString dependencies()
{
    return QStringLiteral(KERNELYARD_DEPS);
}

/// The script's exit status 3 says that this machine lacks something.
Error scriptError(const QString &what, int exitCode, const QByteArray &err)
{
    const QString words = QString::fromLocal8Bit(err).trimmed();
    return {exitCode == 3 ? ErrorKind::Missing : ErrorKind::Failed, what + u": " + words, words, {}};
}

/// \a name with this process's own hard limit, or \a most where that is less.
QStringList limitArguments(const char *name, __rlimit_resource resource, rlim_t most)
{
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0)
        return {};
    const QString value = QString::number(qMin(limit.rlim_max, most));
    return {u"--ulimit"_s, QString::fromLatin1(name) + u'=' + value + u':' + value};
}

/// Podman lowers its own process limit to this number before it starts a container.
rlim_t largestPid()
{
    QFile file(u"/proc/sys/kernel/pid_max"_s);
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toULongLong() : 32768;
}

} // namespace

TestEngine::TestEngine(TestEngineKind kind, std::unique_ptr<QTemporaryDir> folder)
    : m_kind(kind)
    , m_folder(std::move(folder))
{}

TestEngine::~TestEngine()
{
    m_server.closeWriteChannel();
    if (m_server.state() != QProcess::NotRunning && !m_server.waitForFinished(60'000))
        m_server.kill();
    m_server.waitForFinished(10'000);
    while (!m_before.isEmpty()) {
        const auto [name, value] = m_before.takeLast();
        if (value.isNull())
            qunsetenv(name.constData());
        else
            qputenv(name.constData(), value);
    }
}

Result<std::unique_ptr<TestEngine>> TestEngine::start(TestEngineKind kind)
{
    const QString parent = QStringLiteral(KERNELYARD_BINARY_DIR "/engines");
    QDir().mkpath(parent);
    auto folder = std::make_unique<QTemporaryDir>(parent + u"/XXXXXX");
    if (!folder->isValid())
        return Failure(Error{ErrorKind::Failed, parent + u": " + folder->errorString(), {}, {}});
    std::unique_ptr<TestEngine> engine(new TestEngine(kind, std::move(folder)));
    if (const auto served = engine->serve(); !served)
        return Failure(served.error());
    if (kind == TestEngineKind::Docker) {
        if (const auto provided = engine->provideBuildx(); !provided)
            return Failure(provided.error());
    }
    return engine;
}

Result<void> TestEngine::serve()
{
    m_server.setProcessChannelMode(QProcess::SeparateChannels);
    m_server.start(script(), {u"serve"_s, program(), folder() + u"/store"});
    const auto failed = [this](const QString &what) {
        m_server.closeWriteChannel();
        m_server.waitForFinished(30'000);
        return Failure(scriptError(what, m_server.exitCode(), m_server.readAllStandardError()));
    };
    for (;;) {
        while (!m_server.canReadLine()) {
            if (!m_server.waitForReadyRead(60'000) && !m_server.canReadLine())
                return failed(u"a private %1 can't be had here"_s.arg(program()));
        }
        const QString line = QString::fromLocal8Bit(m_server.readLine()).trimmed();
        if (line == u"ready")
            break;
        setVariable(line.section(u'=', 0, 0), line.section(u'=', 1));
    }
    if (m_kind != TestEngineKind::Podman) {
        QDir().mkpath(folder() + u"/docker-config/cli-plugins");
        setVariable(u"DOCKER_CONFIG"_s, folder() + u"/docker-config");
    }
    if (m_kind == TestEngineKind::DockerClassic)
        setVariable(u"DOCKER_BUILDKIT"_s, u"0"_s);
    return {};
}

Result<void> TestEngine::provideBuildx()
{
    const auto made = kernelyard::run({script(), {u"buildx"_s, dependencies() + u"/buildx"}, {}, {}}, 10min);
    if (!made)
        return Failure(made.error());
    if (made->exitCode != 0)
        return Failure(scriptError(u"docker-buildx can't be had here"_s, made->exitCode, made->err));
    const QString plugin = QString::fromLocal8Bit(made->out).trimmed();
    const QString link = folder() + u"/docker-config/cli-plugins/docker-buildx";
    if (plugin != u"system" && !QFile::link(plugin, link))
        return Failure(Error{ErrorKind::Failed, link + u" could not be made", {}, {}});
    return {};
}

void TestEngine::setVariable(const QString &name, const QString &value)
{
    const QByteArray key = name.toLocal8Bit();
    m_before.append({key, qEnvironmentVariableIsSet(key.constData()) ? qgetenv(key.constData()) : QByteArray()});
    qputenv(key.constData(), value.toLocal8Bit());
    m_environment.append({name, value});
}

QString TestEngine::program() const
{
    return m_kind == TestEngineKind::Podman ? u"podman"_s : u"docker"_s;
}

QStringList TestEngine::globalArguments() const
{
    const bool hybrid = QFileInfo::exists(u"/sys/fs/cgroup/unified"_s);
    if (m_kind == TestEngineKind::Podman && hybrid && !QStandardPaths::findExecutable(u"runc"_s).isEmpty())
        return {u"--runtime"_s, u"runc"_s};
    return {};
}

QStringList TestEngine::runArguments() const
{
    if (m_kind != TestEngineKind::Podman)
        return {};
    return limitArguments("nofile", RLIMIT_NOFILE, 1'048'576) + limitArguments("nproc", RLIMIT_NPROC, largestPid());
}

Result<Engine> TestEngine::describe() const
{
    Engine engine;
    engine.kind = m_kind == TestEngineKind::Podman ? EngineKind::Podman : EngineKind::Docker;
    engine.program = QStandardPaths::findExecutable(program());
    engine.globalArguments = globalArguments();
    engine.runArguments = runArguments();
    if (m_kind == TestEngineKind::Docker) // as DockerClassic without
        engine.buildxVersion = u"0.13.1"_s;
    if (m_kind != TestEngineKind::Podman)
        return engine;
    const auto info = run({u"info"_s, u"--format"_s, u"{{.Store.GraphRoot}} {{.Host.OCIRuntime.Name}}"_s});
    if (!info)
        return Failure(info.error());
    if (info->exitCode != 0)
        return Failure(scriptError(u"podman info"_s, 1, info->err));
    const QStringList words = QString::fromLocal8Bit(info->out).trimmed().split(u' ');
    engine.storagePath = words.value(0);
    engine.ociRuntime = words.value(1);
    engine.storageDriver = u"overlay"_s;
    return engine;
}

QString TestEngine::socket() const
{
    return m_kind == TestEngineKind::Podman ? QString() : QString(folder() + u"/store/docker.sock");
}

Result<Completed> TestEngine::run(const QStringList &arguments, std::chrono::milliseconds limit) const
{
    return kernelyard::run({program(), globalArguments() + arguments, {}, {}}, limit);
}

Result<void> TestEngine::provideBase(const QString &name) const
{
    const QString file = dependencies() + u"/debian-12-slim.tar";
    const auto made = kernelyard::run({script(), {u"base"_s, file}, {}, {}}, 10min);
    if (!made)
        return Failure(made.error());
    if (made->exitCode != 0)
        return Failure(scriptError(u"no base image can be made here"_s, made->exitCode, made->err));
    const auto imported = run({u"import"_s, file, name});
    if (!imported)
        return Failure(imported.error());
    if (imported->exitCode != 0)
        return Failure(scriptError(u"%1 import %2"_s.arg(program(), file), 1, imported->err));
    return {};
}

Result<void> TestEngine::kill()
{
    return tell("stop\n", u"the engine did not stop"_s);
}

Result<void> TestEngine::restart()
{
    return tell("start\n", u"the engine did not start again"_s);
}

/// One line answers.
Result<void> TestEngine::tell(const QByteArray &word, const QString &failure)
{
    m_server.write(word);
    while (!m_server.canReadLine()) {
        if (!m_server.waitForReadyRead(60'000) && !m_server.canReadLine())
            return Failure(scriptError(failure, 1, m_server.readAllStandardError()));
    }
    m_server.readLine();
    return {};
}

} // namespace kernelyard::test
