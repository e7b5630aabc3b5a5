// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/system/engines/testregistry.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>

using namespace Qt::StringLiterals;

namespace kernelyard::test {

/// Of the password above, by bcrypt with its least cost: python3 -c
/// 'import crypt; print(crypt.crypt("correct horse", "$2b$05$" + "abcdefghijklmnopqrstuu"))'
static constexpr auto hash = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

/// Those that the test daemon's BuildKit speaks plain HTTP to (tests/system/engines/engine).
static constexpr quint16 firstPort = 5990, lastPort = 5999;

static bool writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

static QString readWords(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

Result<std::unique_ptr<TestRegistry>> TestRegistry::start(TestRegistryAccess access)
{
    QString program = QStandardPaths::findExecutable(u"docker-registry"_s);
    if (program.isEmpty())
        program = QStandardPaths::findExecutable(u"registry"_s);
    if (program.isEmpty())
        return Failure(Error{ErrorKind::Missing, u"docker-registry is not installed"_s, {}, {}});
    std::unique_ptr<TestRegistry> registry(new TestRegistry);
    QTcpServer probe;
    for (quint16 port = firstPort; !probe.isListening() && port <= lastPort; ++port)
        probe.listen(QHostAddress::LocalHost, port);
    if (!probe.isListening() || !registry->m_folder.isValid())
        return Failure(Error{ErrorKind::Failed, probe.errorString(), {}, {}});
    registry->m_port = probe.serverPort();
    probe.close();
    const QString folder = registry->m_folder.path();
    QByteArray configuration =
        "version: 0.1\nlog: {level: error}\nstorage:\n  filesystem: {rootdirectory: " + folder.toUtf8() +
        "/storage}\n  delete: {enabled: true}\nhttp: {addr: \"127.0.0.1:" + QByteArray::number(registry->m_port) +
        "\"}\n";
    if (access == TestRegistryAccess::Password)
        configuration += "auth:\n  htpasswd: {realm: kernels, path: " + folder.toUtf8() + "/htpasswd}\n";
    if (!writeFile(folder + u"/htpasswd"_s, QByteArray(user) + ':' + hash + '\n') ||
        !writeFile(folder + u"/config.yml"_s, configuration))
        return Failure(Error{ErrorKind::Failed, folder + u" can't be written"_s, {}, {}});
    // To a file: it writes a line for each request, and nobody reads a pipe, which would stop it when full.
    const QString words = folder + u"/log"_s;
    registry->m_process.setStandardOutputFile(words);
    registry->m_process.setStandardErrorFile(words, QIODevice::Append);
    registry->m_process.start(program, {u"serve"_s, folder + u"/config.yml"_s});
    QElapsedTimer elapsed;
    elapsed.start();
    while (!elapsed.hasExpired(30'000)) {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, registry->m_port);
        if (socket.waitForConnected(1000))
            return registry;
        if (registry->m_process.waitForFinished(50))
            break;
    }
    return Failure(Error{ErrorKind::Failed, u"docker-registry did not start: "_s + readWords(words), {}, {}});
}

TestRegistry::~TestRegistry()
{
    m_process.kill();
    m_process.waitForFinished();
}

QString TestRegistry::address() const
{
    return u"127.0.0.1:%1"_s.arg(m_port);
}

QString TestRegistry::addressFromDocker() const
{
    return u"10.0.2.2:%1"_s.arg(m_port); // what slirp4netns calls this machine's loopback
}

QStringList TestRegistry::repositories() const
{
    const QString root = m_folder.path() + u"/storage/docker/registry/v2/repositories"_s;
    QStringList names;
    QDirIterator folders(root, {u"_manifests"_s}, QDir::Dirs, QDirIterator::Subdirectories);
    while (folders.hasNext())
        names << QDir(root).relativeFilePath(QFileInfo(folders.next()).path());
    names.sort();
    return names;
}

QStringList TestRegistry::tags(const QString &repository) const
{
    return QDir(m_folder.path() + u"/storage/docker/registry/v2/repositories/"_s + repository + u"/_manifests/tags"_s)
        .entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
}

} // namespace kernelyard::test
