// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/fork/forkfixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace kernelyard::test {

void write(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("can't write %s", qPrintable(path));
    file.write(bytes);
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString git(const QString &folder, const QStringList &arguments)
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.start(u"git"_s, QStringList{u"-c"_s, u"user.name=Test"_s, u"-c"_s, u"user.email=test@localhost"_s, u"-c"_s,
                                        u"protocol.file.allow=always"_s} +
                                arguments);
    process.waitForFinished();
    if (process.exitCode() != 0)
        qWarning("git %s: %s", qPrintable(arguments.join(u' ')), process.readAllStandardError().constData());
    return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
}

Server::~Server()
{
    process.closeWriteChannel();
    if (process.state() != QProcess::NotRunning && !process.waitForFinished(1000)) {
        process.terminate();
        process.waitForFinished();
    }
}

void ForkFixture::makeRepository(const QString &name, const QString &file) const
{
    QDir().mkpath(at(name));
    git(at(name), {u"init"_s, u"-q"_s, u"-b"_s, u"main"_s});
    commit(name, file, "one\n");
}

QString ForkFixture::commit(const QString &name, const QString &file, const QByteArray &bytes) const
{
    write(at(name) + u'/' + file, bytes);
    git(at(name), {u"add"_s, u"-A"_s});
    git(at(name), {u"commit"_s, u"-qm"_s, u"Change "_s + file});
    return git(at(name), {u"rev-parse"_s, u"HEAD"_s});
}

void ForkFixture::makeNested(const QString &base) const
{
    makeRepository(base + u"inner"_s, u"inner.h"_s);
    makeRepository(base + u"middle"_s, u"middle.h"_s);
    addSubmodule(base + u"middle"_s, u"../inner"_s, u"deep/inner"_s);
    makeRepository(base + u"outer"_s);
    addSubmodule(base + u"outer"_s, u"../middle"_s, u"third_party/middle"_s);
}

void ForkFixture::addSubmodule(const QString &name, const QString &url, const QString &path) const
{
    git(at(name),
        {u"submodule"_s, u"--quiet"_s, u"add"_s, u"--"_s,
         at(url.section(u'/', -1).prepend(name.contains(u'/') ? name.section(u'/', 0, 0) + u'/' : QString())), path});
    git(at(name), {u"config"_s, u"-f"_s, u".gitmodules"_s, u"submodule."_s + path + u".url"_s, url});
    git(at(name), {u"add"_s, u"-A"_s});
    git(at(name), {u"commit"_s, u"-qm"_s, u"Add a submodule"_s});
}

Result<ForkStatus> ForkFixture::clone(const QString &url, const QString &name) const
{
    return cloneFork(url, at(u"forks/"_s + name), {});
}

void ForkFixture::startHttp(Server &server, const QStringList &credentials) const
{
    server.process.start(
        u"python3"_s,
        QStringList{QStringLiteral(KERNELYARD_SOURCE_DIR "/tests/core/fork/httpbackend.py"), m_folder->path()} +
            credentials);
    QVERIFY(server.process.waitForStarted());
    QVERIFY(server.process.waitForReadyRead());
    server.port = server.process.readLine().trimmed().toInt();
    QVERIFY(server.port > 0);
}

} // namespace kernelyard::test
