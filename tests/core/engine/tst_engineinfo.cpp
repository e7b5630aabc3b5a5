// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/engineinfo.h"
#include "core/engine/logprobe.h"
#include "core/process/run.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace kernelyard;

static QByteArray recorded(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/engine/info/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

static HostFacts usualHost()
{
    HostFacts facts;
    facts.uid = 1000;
    facts.user = u"ada"_s;
    facts.runtimeFolder = u"/run/user/1000"_s;
    facts.mayRaiseLimits = true;
    facts.hasSubordinateIds = true;
    facts.packages = HostFacts::Packages::Apt;
    return facts;
}

class TestEngineInfo : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_programs;

    /// A PATH with an empty runc in it.
    QStringList pathWithRunc()
    {
        QFile runc(m_programs.filePath(u"runc"_s));
        if (runc.open(QIODevice::WriteOnly))
            runc.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
        return {m_programs.path()};
    }
    /// The recorded info, with its runtime's path replaced by one that exists everywhere.
    static QByteArray podmanInfo(const QByteArray &runtimePath = "/bin/sh")
    {
        return recorded(u"podman-info-4.3.1.json"_s).replace("/usr/bin/crun", runtimePath);
    }

private Q_SLOTS:
    void theProbesProgramWrites();
    void podman()
    {
        Engine engine;
        readPodmanInfo(engine, podmanInfo(), usualHost());
        QCOMPARE(engine.serverVersion, u"4.3.1"_s);
        QCOMPARE(engine.clientVersion, u"4.3.1"_s);
        QVERIFY(!engine.rootless && !engine.labelled);
        QCOMPARE(engine.storageDriver, u"overlay"_s);
        QCOMPARE(engine.storagePath, u"/srv/engine/graph"_s);
        QCOMPARE(engine.ociRuntime, u"crun"_s);
        QCOMPARE(engine.memoryLimit, Ability::Yes);
        QCOMPARE(engine.gpu, Ability::No);
        QVERIFY(engine.globalArguments.isEmpty() && engine.runArguments.isEmpty() && engine.problems.isEmpty());
    }

    void hybridCgroupsUseRunc()
    {
        HostFacts facts = usualHost();
        facts.hybridControllers = true;
        facts.searchPath = pathWithRunc();
        Engine engine;
        engine.program = u"/usr/bin/podman"_s;
        readPodmanInfo(engine, podmanInfo(), facts);
        QCOMPARE(engine.ociRuntime, u"runc"_s);
        QCOMPARE(engine.globalArguments, (QStringList{u"--runtime"_s, u"runc"_s}));
        QVERIFY(engine.has(EngineProblemCode::HybridCgroupsCrun));
        QVERIFY(engine.isUsable());
    }

    void hybridCgroupsWithoutRuncStopPodman()
    {
        HostFacts facts = usualHost();
        facts.hybridControllers = true;
        Engine engine;
        engine.program = u"/usr/bin/podman"_s;
        readPodmanInfo(engine, podmanInfo(), facts);
        QVERIFY(!engine.isUsable());
        QCOMPARE(engine.problems.size(), 1);
        QCOMPARE(engine.problems.at(0).code, EngineProblemCode::HybridCgroupsCrun);
        QCOMPARE(engine.problems.at(0).fix->display(), u"sudo apt-get install --yes runc"_s);
    }

    void runtimeMissing()
    {
        Engine engine;
        engine.program = u"/usr/bin/podman"_s;
        readPodmanInfo(engine, podmanInfo("/nowhere/crun"), usualHost());
        QVERIFY(engine.has(EngineProblemCode::RuntimeMissing));
        QVERIFY(!engine.isUsable());
    }

    void limits_data()
    {
        QTest::addColumn<bool>("mayRaise");
        QTest::addColumn<qint64>("files");
        QTest::addColumn<qint64>("processes");
        QTest::addColumn<bool>("rootless");
        QTest::addColumn<QString>("arguments");
        QTest::newRow("low, and may not raise") << false << qint64(20000) << qint64(32768) << false
                                                << u"--ulimit nofile=20000:20000 --ulimit nproc=32768:32768"_s;
        QTest::newRow("only processes low") << false << qint64(2'000'000) << qint64(32768) << false
                                            << u"--ulimit nofile=1048576:1048576 --ulimit nproc=32768:32768"_s;
        QTest::newRow("may raise") << true << qint64(20000) << qint64(32768) << false << QString();
        QTest::newRow("high enough") << false << qint64(1'048'576) << qint64(4'194'304) << false << QString();
        QTest::newRow("rootless Podman keeps within them itself")
            << false << qint64(20000) << qint64(32768) << true << QString();
    }

    void limits()
    {
        QFETCH(bool, mayRaise);
        QFETCH(qint64, files);
        QFETCH(qint64, processes);
        QFETCH(bool, rootless);
        HostFacts facts = usualHost();
        facts.mayRaiseLimits = mayRaise;
        facts.hardOpenFiles = files;
        facts.hardProcesses = processes;
        QByteArray info = podmanInfo();
        if (rootless)
            info.replace("\"rootless\": false", "\"rootless\": true");
        Engine engine;
        readPodmanInfo(engine, info, facts);
        QCOMPARE(engine.rootless, rootless);
        QTEST(engine.runArguments.join(u' '), "arguments");
        QCOMPARE(engine.has(EngineProblemCode::RlimitsTooHigh), !engine.runArguments.isEmpty());
        QVERIFY(std::none_of(engine.problems.begin(), engine.problems.end(),
                             [](const EngineProblem &problem) { return problem.blocking; }));
    }

    void rootlessNeedsSubordinateIds()
    {
        HostFacts facts = usualHost();
        facts.hasSubordinateIds = false;
        Engine engine;
        readPodmanInfo(engine, podmanInfo(), facts);
        QVERIFY(!engine.has(EngineProblemCode::SubuidMissing));
        readPodmanInfo(engine, podmanInfo().replace("\"rootless\": false", "\"rootless\": true"), facts);
        QVERIFY(engine.has(EngineProblemCode::SubuidMissing));
        QVERIFY(engine.problems.last().fix->display().startsWith(u"sudo usermod --add-subuids"));
        QVERIFY(engine.problems.last().fix->display().endsWith(u" ada"));
    }

    void subordinateRanges_data()
    {
        QTest::addColumn<QByteArray>("table");
        QTest::addColumn<bool>("enough");
        QTest::newRow("empty") << QByteArray() << false;
        QTest::newRow("by name") << QByteArray("bob:1:65536\nada:100000:65536\n") << true;
        QTest::newRow("by id") << QByteArray("1000:100000:65536") << true;
        QTest::newRow("another's") << QByteArray("adam:100000:65536\n") << false;
        QTest::newRow("too small") << QByteArray("ada:100000:1000\n") << false;
        QTest::newRow("broken") << QByteArray("ada\nada:x:y\n::\n") << false;
    }

    void subordinateRanges()
    {
        QFETCH(QByteArray, table);
        QTEST(hasSubordinateRange(table, u"ada"_s, 1000), "enough");
    }

    void podmanGpusByCdi()
    {
        HostFacts facts = usualHost();
        facts.hasNvidiaCdi = true;
        Engine engine;
        readPodmanInfo(engine, podmanInfo(), facts);
        QCOMPARE(engine.gpu, Ability::Yes);
        QCOMPARE(engine.gpuArguments, (QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s}));
    }

    void docker()
    {
        Engine engine;
        engine.kind = EngineKind::Docker;
        QVERIFY(readDockerInfo(engine, recorded(u"docker-info-buildx-0.13.1.json"_s), usualHost()));
        QCOMPARE(engine.clientVersion, u"28.2.2"_s);
        QCOMPARE(engine.serverVersion, u"20.10.24"_s);
        QCOMPARE(engine.buildxVersion, u"0.13.1"_s);
        QCOMPARE(engine.backend(), BuildBackend::Buildx);
        QCOMPARE(engine.storageDriver, u"overlay2"_s);
        QCOMPARE(engine.storagePath, u"/srv/engine/docker"_s);
        QCOMPARE(engine.ociRuntime, u"runc"_s);
        QCOMPARE(engine.memoryLimit, Ability::Yes);
        QCOMPARE(engine.gpu, Ability::Unknown); // --gpus needs no registered runtime
        QVERIFY(!engine.rootless && engine.problems.isEmpty());
    }

    void dockerOptions_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("what");
        QTest::newRow("rootless") << QByteArray("\"SecurityOptions\":[")
                                  << QByteArray("\"SecurityOptions\":[\"name=rootless\",") << u"rootless"_s;
        QTest::newRow("selinux") << QByteArray("\"SecurityOptions\":[")
                                 << QByteArray("\"SecurityOptions\":[\"name=selinux\",") << u"labelled"_s;
        QTest::newRow("nvidia runtime") << QByteArray("\"Runtimes\":{") << QByteArray("\"Runtimes\":{\"nvidia\":{},")
                                        << u"--gpus all"_s;
        QTest::newRow("cdi") << QByteArray("\"CDISpecDirs\":null") << QByteArray("\"CDISpecDirs\":[\"/etc/cdi\"]")
                             << u"--device nvidia.com/gpu=all"_s;
    }

    void dockerOptions()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, what);
        HostFacts facts = usualHost();
        facts.hasNvidiaCdi = true;
        QByteArray info = recorded(u"docker-info-buildx-0.13.1.json"_s);
        QVERIFY(info.contains(from));
        Engine engine;
        engine.kind = EngineKind::Docker;
        QVERIFY(readDockerInfo(engine, info.replace(from, to), facts));
        QCOMPARE(engine.rootless, what == u"rootless");
        QCOMPARE(engine.labelled, what == u"labelled");
        QCOMPARE(engine.gpuArguments.join(u' '), what.startsWith(u"--") ? what : QString());
    }

    void dockerGivesGpusByTheHookAlone()
    {
        const QTemporaryDir programs;
        QFile hook(programs.filePath(u"nvidia-container-runtime-hook"_s));
        QVERIFY(hook.open(QIODevice::WriteOnly) && hook.setPermissions(QFile::ReadOwner | QFile::ExeOwner));
        HostFacts facts = usualHost();
        facts.searchPath = {programs.path()};
        const auto read = [&facts](const QString &address) {
            Engine engine;
            engine.kind = EngineKind::Docker;
            engine.endpoint.address = address;
            readDockerInfo(engine, recorded(u"docker-info-buildx-0.13.1.json"_s), facts);
            return engine;
        };
        QCOMPARE(read(u"unix:///var/run/docker.sock"_s).gpuArguments, (QStringList{u"--gpus"_s, u"all"_s}));
        QCOMPARE(read(u"unix:///var/run/docker.sock"_s).gpu, Ability::Yes);
        QCOMPARE(read(u"ssh://lab"_s).gpu, Ability::Unknown); // the hook is here, the daemon is not
    }

    void dockerTellsWhereThingsAre()
    {
        QByteArray info = recorded(u"docker-info-buildx-0.13.1.json"_s);
        info.replace("\"DriverStatus\":[", "\"DriverStatus\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"],");
        info.replace("\"CDISpecDirs\":null", "\"CDISpecDirs\":[\"/etc/cdi\",\"/home/ada/.config/cdi\"]");
        Engine engine;
        engine.kind = EngineKind::Docker;
        QVERIFY(readDockerInfo(engine, info, usualHost()));
        QCOMPARE(engine.cdiFolders, (QStringList{u"/etc/cdi"_s, u"/home/ada/.config/cdi"_s}));
        QCOMPARE(engine.storagePath, u"/srv/engine/docker"_s); // containerd is the daemon's own, below its folder
        Engine other;
        other.kind = EngineKind::Docker;
        info.replace("\"DriverStatus\":[",
                     "\"Containerd\":{\"Address\":\"/run/containerd/containerd.sock\"},\"DriverStatus\":[");
        QVERIFY(readDockerInfo(other, info, usualHost()));
        QCOMPARE(other.storagePath, u"/var/lib/containerd"_s);
    }

    void dockerWithoutBuildx()
    {
        Engine engine;
        engine.kind = EngineKind::Docker;
        engine.program = u"/usr/bin/docker"_s;
        QVERIFY(readDockerInfo(engine, recorded(u"docker-info-no-buildx.json"_s), usualHost()));
        QCOMPARE(engine.backend(), BuildBackend::Classic);
        QVERIFY(engine.has(EngineProblemCode::NoBuildx));
        QVERIFY(engine.isUsable());
    }

    void dockerWithoutDaemon()
    {
        Engine engine;
        engine.kind = EngineKind::Docker;
        QVERIFY(!readDockerInfo(engine, recorded(u"docker-info-no-daemon.json"_s), usualHost()));
        QCOMPARE(engine.clientVersion, u"28.2.2"_s);
        QCOMPARE(engine.buildxVersion, u"0.29.1"_s);
    }

    void lists()
    {
        QCOMPARE(readDockerContexts(recorded(u"docker-contexts.json"_s)),
                 (QList<DockerContext>{{u"default"_s, u"unix:///srv/engine/docker.sock"_s, true}}));
        QCOMPARE(readDockerContexts("[{\"Name\":\"a\",\"DockerEndpoint\":\"ssh://b\",\"Current\":false}]"),
                 (QList<DockerContext>{{u"a"_s, u"ssh://b"_s, false}}));
        const QList<BuildxBuilder> builders{{u"default"_s, u"docker"_s}};
        QCOMPARE(readBuilders(recorded(u"buildx-ls-0.13.1.json"_s)), builders);
        QCOMPARE(readBuilders(recorded(u"buildx-ls-0.29.1.json"_s)), builders);
        QCOMPARE(readPodmanConnections("[{\"Name\":\"lab\",\"URI\":\"ssh://me@lab/run/podman.sock\"}]"),
                 (QList<Endpoint>{{Endpoint::Kind::Connection, u"lab"_s, u"ssh://me@lab/run/podman.sock"_s}}));
    }

    void nonsenseIsReadWithoutHarm()
    {
        for (const QByteArray &text : {QByteArray(), QByteArray("{"), QByteArray("[]"), QByteArray("{\"host\":[1]}")}) {
            Engine engine;
            readPodmanInfo(engine, text, usualHost());
            QVERIFY(!readDockerInfo(engine, text, usualHost()));
            QVERIFY(readDockerContexts(text).isEmpty() && readPodmanConnections(text).isEmpty());
        }
    }
};

/// What a builder is measured with runs on this machine and writes what it should.
void TestEngineInfo::theProbesProgramWrites()
{
    const QByteArray program = floodProgram(70'000);
    if (program.isEmpty())
        QSKIP("no such program for this architecture");
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"flood"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(program), program.size());
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::ExeOwner));
    file.close();
    const Result<Completed> done = run(Command{file.fileName(), {}, {}, {}}, std::chrono::seconds(60));
    QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    QCOMPARE(done->exitCode, 0);
    QCOMPARE(done->out, QByteArray(QByteArray(63, 'k') + '\n').repeated(70'000));
}

QTEST_GUILESS_MAIN(TestEngineInfo)
#include "tst_engineinfo.moc"
