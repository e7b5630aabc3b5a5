// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/engine.h"

#include <QJsonArray>
#include <QSet>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace kernelyard;

static Engine fullEngine()
{
    Engine engine;
    engine.kind = EngineKind::Docker;
    engine.program = u"/usr/bin/docker"_s;
    engine.endpoint = {Endpoint::Kind::Context, u"lab"_s, u"ssh://lab"_s};
    engine.clientVersion = u"28.2.2"_s;
    engine.serverVersion = u"27.0.1"_s;
    engine.rootless = true;
    engine.labelled = true;
    engine.storageDriver = u"overlay2"_s;
    engine.storagePath = u"/var/lib/docker"_s;
    engine.ociRuntime = u"runc"_s;
    engine.buildxVersion = u"0.13.1"_s;
    engine.memoryLimit = Ability::Yes;
    engine.gpu = Ability::No;
    engine.globalArguments = QStringList{u"--context"_s, u"lab"_s};
    engine.buildArguments = QStringList{u"--builder"_s, u"lab"_s};
    engine.runArguments = QStringList{u"--ulimit"_s, u"nofile=20000:20000"_s};
    engine.gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
    engine.cdiFolders = QStringList{u"/etc/cdi"_s};
    engine.problems = {{EngineProblemCode::LogsClipped, false, u"cause"_s, u"remedy"_s,
                        Command{u"sudo"_s, {u"true"_s}, {}, {}}, u"detail"_s},
                       {EngineProblemCode::Other, false, u"c"_s, {}, std::nullopt, {}}};
    return engine;
}

class TestEngine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void jsonKeepsEverything()
    {
        const Engine engine = fullEngine();
        QCOMPARE(Engine::fromJson(engine.toJson()), engine);
        QCOMPARE(Engine::fromJson(Engine().toJson()), Engine());
    }

    void jsonForOtherPrograms()
    {
        const QJsonObject json = fullEngine().toJson();
        QCOMPARE(json.value(u"id"_s).toString(), u"docker:lab"_s);
        QCOMPARE(json.value(u"kind"_s).toString(), u"docker"_s);
        QCOMPARE(json.value(u"backend"_s).toString(), u"buildx"_s);
        QCOMPARE(json.value(u"usable"_s).toBool(), true);
        QCOMPARE(json.value(u"memoryLimit"_s).toString(), u"yes"_s);
        const QJsonObject problem = json.value(u"problems"_s).toArray().at(0).toObject();
        QCOMPARE(problem.value(u"code"_s).toString(), u"logs-clipped"_s);
        QCOMPARE(problem.value(u"fixCommand"_s).toString(), u"sudo true"_s);
    }

    void unknownNamesFromANewerVersionAreRead()
    {
        QJsonObject json = fullEngine().toJson();
        json.insert(u"gpu"_s, u"perhaps"_s);
        json.insert(u"problems"_s, QJsonArray{QJsonObject{{u"code"_s, u"not-invented-yet"_s}}});
        const Engine engine = Engine::fromJson(json);
        QCOMPARE(engine.gpu, Ability::Unknown);
        QCOMPARE(engine.problems.at(0).code, EngineProblemCode::Other);
        QVERIFY(engine.problems.at(0).blocking);
    }

    void everyProblemHasItsOwnName()
    {
        QSet<QString> names;
        for (int i = 0; i <= static_cast<int>(EngineProblemCode::Other); ++i)
            names << problemName(static_cast<EngineProblemCode>(i));
        QCOMPARE(names.size(), static_cast<int>(EngineProblemCode::Other) + 1);
        QVERIFY(names.contains(u"not-installed"_s));
        QVERIFY(names.contains(u"rlimits-too-high"_s));
    }

    void names_data()
    {
        QTest::addColumn<Engine>("engine");
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("display");
        Engine engine;
        QTest::newRow("podman not installed") << engine << u"podman"_s << u"Podman"_s;
        engine.clientVersion = engine.serverVersion = u"4.3.1"_s;
        QTest::newRow("podman") << engine << u"podman"_s << u"Podman 4.3.1"_s;
        engine.rootless = true;
        QTest::newRow("podman rootless") << engine << u"podman"_s << u"Podman 4.3.1 (rootless)"_s;
        Engine docker;
        docker.kind = EngineKind::Docker;
        QTest::newRow("docker not installed") << docker << u"docker"_s << u"Docker"_s;
        docker.clientVersion = u"20.10.24"_s;
        QTest::newRow("docker without buildx") << docker << u"docker"_s << u"Docker 20.10.24 (classic builder)"_s;
        docker.serverVersion = u"28.2.2"_s;
        docker.buildxVersion = u"0.13.1"_s;
        QTest::newRow("docker with buildx") << docker << u"docker"_s << u"Docker 28.2.2 (buildx 0.13.1)"_s;
        docker.rootless = true;
        docker.endpoint = {Endpoint::Kind::Socket, u"rootless"_s, u"unix:///run/user/1000/docker.sock"_s};
        QTest::newRow("docker's rootless socket")
            << docker << u"docker:rootless"_s << u"Docker 28.2.2 (buildx 0.13.1, rootless)"_s;
        QTest::newRow("a context") << fullEngine() << u"docker:lab"_s
                                   << u"Docker 27.0.1 (buildx 0.13.1, rootless, lab)"_s;
    }

    void names()
    {
        QFETCH(Engine, engine);
        QTEST(engine.id(), "id");
        QTEST(engine.display(), "display");
    }

    void backends_data()
    {
        QTest::addColumn<QString>("buildx");
        QTest::addColumn<BuildBackend>("backend");
        QTest::newRow("none") << QString() << BuildBackend::Classic;
        QTest::newRow("before rawjson") << u"0.12.1"_s << BuildBackend::Classic;
        QTest::newRow("the first with rawjson") << u"0.13.0"_s << BuildBackend::Buildx;
        QTest::newRow("Debian's version text") << u"0.29.1+ds1"_s << BuildBackend::Buildx;
        QTest::newRow("a later major") << u"1.0"_s << BuildBackend::Buildx;
    }

    void backends()
    {
        QFETCH(QString, buildx);
        Engine engine;
        engine.kind = EngineKind::Docker;
        engine.buildxVersion = buildx;
        QTEST(engine.backend(), "backend");
        engine.kind = EngineKind::Podman;
        QCOMPARE(engine.backend(), BuildBackend::Podman);
    }

    void usable()
    {
        Engine engine = fullEngine();
        QVERIFY(engine.isUsable());
        engine.problems[0].blocking = true;
        QVERIFY(!engine.isUsable());
        engine.problems.clear();
        engine.program.clear();
        QVERIFY(!engine.isUsable());
    }
};

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
