// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/detect.h"
#include "core/engine/enginesocket.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

using namespace Qt::StringLiterals;
using namespace kernelyard;

/// Clients as small scripts that print what real ones printed, in a PATH of their own. tests/system/engine is beside
/// it.
class TestDetect : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QList<int> m_sockets;

    QString path(const QString &name) const { return m_folder->filePath(name); }

    void program(const QString &name, const QByteArray &script)
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\n" + script);
        file.close();
        QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    }
    static QByteArray print(const QString &recording)
    {
        return "cat '" KERNELYARD_TEST_DATA "/engine/info/" + recording.toUtf8() + "'\n";
    }
    QByteArray dockerScript(const QByteArray &info) const
    {
        return "case \"$*\" in *'context ls'*) echo "
               "'{\"Name\":\"default\",\"Current\":true,\"DockerEndpoint\":\"unix://" +
               path(u"docker.sock"_s).toUtf8() + "\"}';; *info*) " + info + ";; esac\n";
    }
    void listen(const QString &name, bool accepting)
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        qstrncpy(address.sun_path, path(name).toUtf8().constData(), sizeof address.sun_path);
        QCOMPARE(::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
        if (accepting)
            QCOMPARE(::listen(fd, 5), 0);
        m_sockets << fd;
    }
    HostFacts host() const
    {
        HostFacts facts;
        facts.uid = 1000;
        facts.user = u"ada"_s;
        facts.runtimeFolder = path(u"run"_s);
        facts.searchPath = QStringList{m_folder->path()};
        facts.mayRaiseLimits = true;
        facts.hasSubordinateIds = true;
        facts.hasSystemd = true;
        facts.packages = HostFacts::Packages::Apt;
        return facts;
    }
    static Engine only(const QList<Engine> &engines, EngineKind kind)
    {
        for (const Engine &engine : engines)
            if (engine.kind == kind && engine.endpoint.kind == Endpoint::Kind::Default)
                return engine;
        return {};
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
    }
    void cleanup()
    {
        for (const int fd : std::exchange(m_sockets, {}))
            ::close(fd);
    }

    void nothingInstalled()
    {
        const QList<Engine> engines = detectEngines(host()).result();
        QCOMPARE(engines.size(), 2);
        QCOMPARE(engines.at(0).id(), u"podman"_s);
        QCOMPARE(engines.at(1).id(), u"docker"_s);
        for (const Engine &engine : engines) {
            QCOMPARE(engine.problems.size(), 1);
            QCOMPARE(engine.problems.at(0).code, EngineProblemCode::NotInstalled);
            QVERIFY(engine.problems.at(0).fix);
        }
        const Result<Engine> chosen = chooseEngine(engines, {});
        QVERIFY(!chosen);
        QCOMPARE(chosen.error().kind, ErrorKind::Missing);
        QVERIFY2(chosen.error().remedy.contains(u"sudo apt-get install --yes podman"),
                 qPrintable(chosen.error().remedy));
    }

    void bothWork()
    {
        listen(u"docker.sock"_s, true);
        program(u"podman"_s, "case \"$*\" in *connection*) echo '[]';; *) " +
                                 print(u"podman-info-4.3.1.json"_s).replace("\n", " | sed s:/usr/bin/crun:/bin/sh:") +
                                 ";; esac\n");
        program(u"docker"_s, dockerScript(print(u"docker-info-buildx-0.13.1.json"_s)));
        const QList<Engine> engines = detectEngines(host()).result();
        QCOMPARE(engines.at(0).display(), u"Podman 4.3.1"_s);
        QCOMPARE(engines.at(1).display(), u"Docker 20.10.24 (buildx 0.13.1)"_s);
        QVERIFY(engines.at(0).isUsable() && engines.at(1).isUsable());
        QCOMPARE(engines.at(1).globalArguments, (QStringList{u"--host"_s, u"unix://"_s + path(u"docker.sock"_s)}));
        QCOMPARE(engines.at(1).buildArguments, (QStringList{u"--builder"_s, u"default"_s}));
        QVERIFY(engines.at(1).has(EngineProblemCode::LogsClipped));
        QCOMPARE(chooseEngine(engines, {})->id(), u"podman"_s);
        QCOMPARE(chooseEngine(engines, u"docker"_s)->id(), u"docker"_s);
        const Result<Engine> unknown = chooseEngine(engines, u"rkt"_s);
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().kind, ErrorKind::NotFound);
        QVERIFY(unknown.error().remedy.contains(u"podman, docker"));
    }

    void aNamedEngineIsFoundWithoutTheOther()
    {
        listen(u"docker.sock"_s, true);
        program(u"podman"_s, "case \"$*\" in *connection*) echo '[]';; *) " +
                                 print(u"podman-info-4.3.1.json"_s).replace("\n", " | sed s:/usr/bin/crun:/bin/sh:") +
                                 ";; esac\n");
        program(u"docker"_s, ": > " + QFile::encodeName(path(u"asked"_s)) + "\n" +
                                 dockerScript(print(u"docker-info-buildx-0.13.1.json"_s)));
        QCOMPARE(findEngine(host(), u"podman"_s)->display(), u"Podman 4.3.1"_s);
        QVERIFY(!QFile::exists(path(u"asked"_s)));
        QCOMPARE(findEngine(host(), u"docker"_s)->id(), u"docker"_s);
        QVERIFY(QFile::exists(path(u"asked"_s)));
        QCOMPARE(findEngine(host(), {})->id(), u"podman"_s);
        const Result<Engine> unknown = findEngine(host(), u"docker:elsewhere"_s);
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().kind, ErrorKind::NotFound);
        QVERIFY2(unknown.error().remedy.contains(u"podman, docker"), qPrintable(unknown.error().remedy));
    }

    void theUsableComesFirst()
    {
        listen(u"docker.sock"_s, true);
        program(u"docker"_s, dockerScript(print(u"docker-info-no-buildx.json"_s)));
        const QList<Engine> engines = detectEngines(host()).result();
        QCOMPARE(engines.at(0).id(), u"docker"_s);
        QCOMPARE(engines.at(1).id(), u"podman"_s);
    }

    void dockerSocket_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<EngineProblemCode>("code");
        QTest::addColumn<QString>("fix");
        QTest::newRow("no socket, only the client")
            << u"none"_s << EngineProblemCode::DaemonNotRunning << u"sudo apt-get install --yes docker.io"_s;
        QTest::newRow("no socket, the daemon is installed")
            << u"stopped"_s << EngineProblemCode::DaemonNotRunning << u"sudo systemctl start docker"_s;
        QTest::newRow("a socket that nobody listens on")
            << u"refused"_s << EngineProblemCode::DaemonNotRunning << u"sudo systemctl start docker"_s;
        QTest::newRow("no permission") << u"forbidden"_s << EngineProblemCode::SocketPermission
                                       << u"sudo usermod --append --groups docker ada"_s;
    }

    void dockerSocket()
    {
        QFETCH(QString, state);
        if (state != u"none")
            program(u"dockerd"_s, "exit 1\n");
        if (state == u"refused")
            listen(u"docker.sock"_s, false);
        if (state == u"forbidden") {
            if (::geteuid() == 0)
                QSKIP("root may use every socket");
            listen(u"docker.sock"_s, true);
            ::chmod(path(u"docker.sock"_s).toUtf8().constData(), 0);
        }
        program(u"docker"_s, dockerScript(print(u"docker-info-no-daemon.json"_s).replace("\n", "; exit 1")));
        const Engine docker = only(detectEngines(host()).result(), EngineKind::Docker);
        QVERIFY(!docker.isUsable());
        QCOMPARE(docker.problems.size(), 1);
        QTEST(docker.problems.at(0).code, "code");
        QTEST(docker.problems.at(0).fix->display(), "fix");
        QVERIFY(docker.problems.at(0).cause.contains(path(u"docker.sock"_s)) || state == u"forbidden");
        QCOMPARE(docker.clientVersion, u"28.2.2"_s);
    }

    /// In a child, so that it runs as root too: root may use every socket.
    void aForbiddenSocketAnswersNoPermission()
    {
        listen(u"docker.sock"_s, true);
        const QByteArray socket = path(u"docker.sock"_s).toUtf8();
        ::chmod(socket.constData(), 0600);
        ::chmod(m_folder->path().toUtf8().constData(), 0755);
        const QString address = u"unix://"_s + path(u"docker.sock"_s);
        QCOMPARE(askSocket(address).error, 0);
        if (::geteuid() != 0)
            ::chmod(socket.constData(), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const bool changed = ::geteuid() != 0 || ::setuid(65534) == 0;
            ::_exit(changed && askSocket(address).error == EACCES ? 0 : 1);
        }
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
    }

    void aHungDaemonTakesUnder5Seconds()
    {
        listen(u"docker.sock"_s, true);
        const QByteArray duration = "61." + QByteArray::number(QRandomGenerator::global()->bounded(1 << 30));
        program(u"podman"_s, "exec sleep " + duration + "\n");
        program(u"docker"_s, dockerScript("sleep " + duration));
        QElapsedTimer timer;
        timer.start();
        const QList<Engine> engines = detectEngines(host()).result();
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(engines.size(), 2);
        for (const Engine &engine : engines) {
            QVERIFY(!engine.isUsable());
            QVERIFY(engine.has(EngineProblemCode::TimedOut));
        }
        for (const QString &process : QDir(u"/proc"_s).entryList({u"[0-9]*"_s}, QDir::Dirs)) {
            QFile words(u"/proc/"_s + process + u"/cmdline");
            QVERIFY(!words.open(QIODevice::ReadOnly) || !words.readAll().contains(duration)); // nothing is left behind
        }
    }

    void everyCommandHangs()
    {
        program(u"podman"_s, "trap '' TERM; sleep 60 & wait; sleep 60\n");
        program(u"docker"_s, "trap '' TERM; sleep 60 & wait; sleep 60\n");
        QElapsedTimer timer;
        timer.start();
        const QList<Engine> engines = detectEngines(host()).result();
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(only(engines, EngineKind::Podman).has(EngineProblemCode::TimedOut));
        QVERIFY(!only(engines, EngineKind::Docker).isUsable());
    }

    void podmanThatFails()
    {
        program(u"podman"_s, "echo 'Error: database is locked' >&2; exit 125\n");
        program(u"runc"_s, "exit 0\n");
        const Engine podman = only(detectEngines(host()).result(), EngineKind::Podman);
        QCOMPARE(podman.problems.at(0).code, EngineProblemCode::Other);
        QCOMPARE(podman.problems.at(0).detail, u"Error: database is locked\n"_s);
    }

    void endpoints()
    {
        listen(u"docker.sock"_s, true);
        QVERIFY(QDir(m_folder->path()).mkdir(u"run"_s));
        listen(u"run/docker.sock"_s, true);
        const QByteArray contexts =
            "echo '{\"Name\":\"default\",\"Current\":false,\"DockerEndpoint\":\"unix://" +
            path(u"docker.sock"_s).toUtf8() +
            "\"}'; echo '{\"Name\":\"lab\",\"Current\":true,\"DockerEndpoint\":\"tcp://lab:2376\"}'";
        program(u"docker"_s, "case \"$*\" in *'context ls'*) " + contexts +
                                 ";; *'buildx ls'*) echo "
                                 "'{\"Name\":\"far\",\"Driver\":\"docker-container\"}';; *info*) " +
                                 print(u"docker-info-buildx-0.13.1.json"_s) + ";; esac\n");
        program(u"podman"_s,
                "case \"$*\" in *'connection ls'*) echo '[{\"Name\":\"box\",\"URI\":\"ssh://box\"}]';; *) " +
                    print(u"podman-info-4.3.1.json"_s).replace("\n", " | sed s:/usr/bin/crun:/bin/sh:") + ";; esac\n");
        QStringList ids;
        const QList<Engine> engines = detectEngines(host()).result();
        for (const Engine &engine : engines)
            ids << engine.id();
        // The usable first; the current context before the default one; a builder that sees no images last.
        QCOMPARE(ids.first(2), (QStringList{u"podman"_s, u"podman:box"_s}));
        QCOMPARE(ids.mid(2).first(3), (QStringList{u"docker:lab"_s, u"docker"_s, u"docker:rootless"_s}));
        QCOMPARE(ids.last(), u"docker:far"_s);
        QCOMPARE(engines.at(2).globalArguments, (QStringList{u"--context"_s, u"lab"_s}));
        QCOMPARE(engines.at(2).buildArguments, (QStringList{u"--builder"_s, u"lab"_s}));
        QVERIFY(engines.last().has(EngineProblemCode::BuilderIsolated));
    }
};

QTEST_GUILESS_MAIN(TestDetect)
#include "tst_detect.moc"
