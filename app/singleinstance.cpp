// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/singleinstance.h"

#include "core/base/log.h"

#include <QCryptographicHash>
#include <QDir>
#include <QLocalSocket>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int limitMs = 1000;
static constexpr int startLimitMs = 5000; ///< longer than a question to one that hangs takes
static constexpr qint64 longestAddress = 4096;

/// In the user's own runtime folder where there is one; a socket's path must be short (unix(7): 107 bytes).
static QString socketName(const QString &stateFolder)
{
    const QByteArray hash = QCryptographicHash::hash(stateFolder.toUtf8(), QCryptographicHash::Sha256).toHex();
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    const QString folder = QDir(runtime).exists() && !runtime.isEmpty() ? runtime : QDir::tempPath();
    return u"%1/kernelyard-%2-%3"_s.arg(folder).arg(::getuid()).arg(QString::fromLatin1(hash.first(12)));
}

SingleInstance::SingleInstance(const QString &stateFolder, QObject *parent)
    : QObject(parent)
    , m_name(socketName(stateFolder))
    , m_starting(m_name + u".lock"_s)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &SingleInstance::take);
}

bool SingleInstance::handOver(const QString &address)
{
    m_starting.tryLock(startLimitMs);
    const bool taken = isTaken(address);
    if (taken)
        m_starting.unlock();
    return taken;
}

bool SingleInstance::isTaken(const QString &address) const
{
    QLocalSocket socket;
    socket.connectToServer(m_name);
    if (!socket.waitForConnected(limitMs))
        return false;
    socket.write(address.toUtf8() + '\n');
    // One that hangs does not answer: then a second window is better than none.
    return socket.waitForBytesWritten(limitMs) && socket.waitForReadyRead(limitMs) && socket.readAll() == "ok\n";
}

void SingleInstance::listen()
{
    QLocalServer::removeServer(m_name); // of one that was killed: none answered
    if (!m_server.listen(m_name))
        log(LogDomain::App).info("no single instance: {}", m_server.errorString().toStdString());
    m_starting.unlock();
}

void SingleInstance::take()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        const auto read = [this, socket] {
            if (!socket->canReadLine()) {
                if (socket->bytesAvailable() > longestAddress)
                    socket->abort();
                return;
            }
            const QString address = QString::fromUtf8(socket->readLine(longestAddress)).trimmed();
            socket->write("ok\n");
            socket->flush();
            Q_EMIT asked(address);
        };
        connect(socket, &QLocalSocket::readyRead, this, read);
        read(); // it may have come before
    }
}

} // namespace kernelyard
