// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

namespace kernelyard::test {

/// A message bus of the test's own: a real dbus-daemon that starts no services and reads nothing of the system's.
class TestBus
{
public:
    /// False where there is no dbus-daemon, or it does not start.
    bool start()
    {
        using namespace Qt::StringLiterals;
        const QString program = QStandardPaths::findExecutable(u"dbus-daemon"_s);
        QFile config(m_folder.filePath(u"bus.conf"_s));
        if (program.isEmpty() || !config.open(QIODevice::WriteOnly))
            return false;
        config.write("<busconfig><type>session</type><listen>unix:dir=" + QFile::encodeName(m_folder.path()) +
                     "</listen><auth>EXTERNAL</auth><policy context=\"default\"><allow send_destination=\"*\"/>"
                     "<allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>\n");
        config.close();
        m_daemon.start(program, {u"--nofork"_s, u"--nopidfile"_s, u"--print-address=1"_s,
                                 u"--config-file="_s + config.fileName()});
        while (!m_daemon.canReadLine())
            if (!m_daemon.waitForReadyRead(10'000))
                return false;
        m_address = QString::fromLatin1(m_daemon.readLine()).trimmed();
        return true;
    }
    ~TestBus()
    {
        m_daemon.kill();
        m_daemon.waitForFinished();
    }

    QString address() const { return m_address; }
    QDBusConnection connection(const QString &name) const { return QDBusConnection::connectToBus(m_address, name); }

private:
    QTemporaryDir m_folder;
    QProcess m_daemon;
    QString m_address;
};

} // namespace kernelyard::test
