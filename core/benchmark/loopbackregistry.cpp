// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/loopbackregistry.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int startLimitMs = 20'000;
static constexpr int pollMs = 50;

static QString tr(const char *text)
{
    return QCoreApplication::translate("LoopbackRegistry", text);
}

static QString registryProgram()
{
    for (const QString &name : {u"docker-registry"_s, u"registry"_s})
        if (QString path = QStandardPaths::findExecutable(name); !path.isEmpty())
            return path;
    return {};
}

static quint16 freePort()
{
    QTcpServer probe;
    return probe.listen(QHostAddress::LocalHost) ? probe.serverPort() : 0;
}

static bool answers(quint16 port)
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, port);
    return socket.waitForConnected(pollMs);
}

Result<std::unique_ptr<LoopbackRegistry>> LoopbackRegistry::start(const QString &folder)
{
    const QString program = registryProgram();
    if (program.isEmpty())
        return Failure(Error{ErrorKind::Missing,
                             tr("No registry is installed here, and none was named."),
                             {},
                             tr("Install your distribution's docker-registry (or docker-distribution), or name a "
                                "registry with --registry HOST:PORT.")});
    const quint16 port = freePort();
    std::unique_ptr<LoopbackRegistry> registry(new LoopbackRegistry);
    registry->m_address = u"127.0.0.1:%1"_s.arg(port);
    QFile settings(folder + u"/registry.yml"_s);
    // The keys are those of its documentation, "Configuring a registry".
    const QByteArray text = "version: 0.1\nlog:\n  level: warn\n  accesslog:\n    disabled: true\nstorage:\n"
                            "  filesystem:\n    rootdirectory: \"" +
                            QFile::encodeName(folder + u"/store"_s) +
                            "\"\nhttp:\n  addr: " + registry->m_address.toUtf8() + "\n";
    if (!QDir().mkpath(folder) || !settings.open(QIODevice::WriteOnly) || settings.write(text) != text.size())
        return Failure(Error{ErrorKind::Failed,
                             tr("The folder %1 of the registry can't be written.").arg(folder),
                             settings.errorString(),
                             {}});
    settings.close();

    QProcess &server = registry->m_server;
    server.setProcessChannelMode(QProcess::MergedChannels);
    server.setStandardOutputFile(folder + u"/log"_s);
    server.setStandardInputFile(QProcess::nullDevice());
    // It goes with us, and not before us: the terminal's Ctrl-C is ours alone.
    server.setChildProcessModifier([] {
        ::setsid();
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    });
    server.start(program, {u"serve"_s, settings.fileName()});
    QElapsedTimer waited;
    waited.start();
    while (server.waitForStarted() && !answers(port)) {
        if (server.waitForFinished(pollMs) || waited.hasExpired(startLimitMs)) {
            QFile log(folder + u"/log"_s);
            const bool read = log.open(QIODevice::ReadOnly);
            return Failure(Error{ErrorKind::Failed,
                                 tr("The registry %1 did not start.").arg(program),
                                 read ? QString::fromUtf8(log.readAll().right(2000)) : server.errorString(),
                                 {}});
        }
    }
    if (server.state() != QProcess::Running)
        return Failure(
            Error{ErrorKind::Failed, tr("The registry %1 did not start.").arg(program), server.errorString(), {}});
    return registry;
}

LoopbackRegistry::~LoopbackRegistry()
{
    if (m_server.state() == QProcess::NotRunning)
        return;
    m_server.terminate();
    if (m_server.waitForFinished(3000))
        return;
    m_server.kill();
    m_server.waitForFinished(3000);
}

} // namespace kernelyard
