// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/argv.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace kernelyard;

static Engine podman()
{
    Engine engine;
    engine.program = u"/usr/bin/podman"_s;
    engine.globalArguments = QStringList{u"--runtime"_s, u"runc"_s};
    engine.runArguments = QStringList{u"--ulimit"_s, u"nofile=20000:20000"_s, u"--ulimit"_s, u"nproc=32768:32768"_s};
    engine.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
    return engine;
}

static Engine docker(const QString &buildx)
{
    Engine engine;
    engine.kind = EngineKind::Docker;
    engine.program = u"/usr/bin/docker"_s;
    engine.buildxVersion = buildx;
    engine.globalArguments = QStringList{u"--context"_s, u"lab"_s};
    if (!buildx.isEmpty())
        engine.buildArguments = QStringList{u"--builder"_s, u"lab"_s};
    engine.gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
    return engine;
}

static ImageBuild imageBuild()
{
    return {u"/src/wheels.Dockerfile"_s,
            u"/src/a folder"_s,
            u"localhost/kernelyard/starter-wheels:latest"_s,
            u"out"_s,
            {{u"BASE"_s, u"debian:12-slim"_s}, {u"FLAGS"_s, u"-O2 -g"_s}},
            {{u"kernelyard.layer"_s, u"wheels"_s}},
            true};
}

static ContainerRun containerRun()
{
    ContainerRun run;
    run.image = u"debian:12-slim"_s;
    run.name = u"kernelyard-0001"_s;
    run.command = QStringList{u"python3"_s, u"-m"_s, u"suite"_s};
    run.mounts = {{u"/home/me/forks"_s, u"/workspace"_s, true}, {u"cache"_s, u"/cache"_s, false}};
    run.environment = {{u"A"_s, u"b c"_s}};
    run.labels = {{u"kernelyard"_s, u"1"_s}};
    run.workingDirectory = u"/workspace"_s;
    run.user = ContainerUser{1000, 100};
    run.memoryLimitBytes = 1 << 30;
    return run;
}

class TestArgv : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void build_data()
    {
        QTest::addColumn<Engine>("engine");
        QTest::addColumn<QString>("line");
        const QString tail = u" --no-cache --target out --build-arg BASE=debian:12-slim --build-arg 'FLAGS=-O2 -g'"
                             u" --label kernelyard.layer=wheels --file /src/wheels.Dockerfile"
                             u" --tag localhost/kernelyard/starter-wheels:latest '/src/a folder'"_s;
        QTest::newRow("podman") << podman()
                                << u"/usr/bin/podman --runtime runc build --layers --force-rm --format docker --secret "
                                   u"id=kernelyard-build-localhost-kernelyard-starter-wheels-latest,src=/dev/null"_s +
                                       tail;
        QTest::newRow("buildx") << docker(u"0.13.1"_s)
                                << u"/usr/bin/docker --context lab buildx build --progress=rawjson --provenance=false "
                                   u"--builder lab"_s +
                                       tail;
        QTest::newRow("classic") << docker({})
                                 << u"DOCKER_BUILDKIT=0 /usr/bin/docker --context lab build --force-rm"_s + tail;
    }

    void build()
    {
        QFETCH(Engine, engine);
        QTEST(buildImage(engine, imageBuild()).display(), "line");
    }

    void aPlainBuildNamesNoMore()
    {
        ImageBuild build;
        build.dockerfile = u"/d"_s;
        build.context = u"/c"_s;
        build.tag = u"t"_s;
        Engine engine = docker({});
        engine.globalArguments.clear();
        QCOMPARE(buildImage(engine, build).display(),
                 u"DOCKER_BUILDKIT=0 /usr/bin/docker build --force-rm --file /d --tag t /c"_s);
    }

    void run_data()
    {
        QTest::addColumn<Engine>("engine");
        QTest::addColumn<QString>("user");
        Engine rootlessPodman = podman();
        rootlessPodman.rootless = true;
        Engine rootlessDocker = docker({});
        rootlessDocker.rootless = true;
        QTest::newRow("podman as root") << podman() << u" --user 1000:100"_s;
        QTest::newRow("rootless podman") << rootlessPodman << u" --userns keep-id"_s;
        QTest::newRow("docker") << docker({}) << u" --user 1000:100"_s;
        QTest::newRow("rootless docker") << rootlessDocker << QString();
    }

    void run()
    {
        QFETCH(Engine, engine);
        QFETCH(QString, user);
        const Command command = runContainer(engine, containerRun());
        QString expected = engine.program + u' ' + engine.globalArguments.join(u' ') + u" run --rm"_s;
        if (!engine.runArguments.isEmpty())
            expected += u' ' + engine.runArguments.join(u' ');
        expected += u" --name kernelyard-0001 --label kernelyard=1 --network none --cap-drop all"
                    u" --security-opt no-new-privileges --read-only --tmpfs /tmp:rw,exec,nosuid,nodev,mode=1777"_s +
                    user +
                    u" --memory 1073741824 --memory-swap 1073741824"
                    u" --mount type=bind,source=/home/me/forks,target=/workspace,readonly"
                    u" --mount type=volume,source=cache,target=/cache --env 'A=b c' --workdir /workspace"
                    u" debian:12-slim python3 -m suite"_s;
        QCOMPARE(command.display(), expected);
    }

    void gpus_data()
    {
        QTest::addColumn<Engine>("engine");
        QTest::addColumn<QString>("words");
        QTest::newRow("docker") << docker({}) << u"--gpus all"_s;
        QTest::newRow("podman") << podman() << u"--device nvidia.com/gpu=all"_s;
    }

    void gpus()
    {
        QFETCH(Engine, engine);
        QFETCH(QString, words);
        ContainerRun run = containerRun();
        QVERIFY(!runContainer(engine, run).display().contains(words));
        run.gpus = true;
        QVERIFY(runContainer(engine, run).display().contains(words));
    }

    void whatTheEngineCannotDoIsLeftOut()
    {
        Engine engine = podman();
        engine.memoryLimit = Ability::No;
        QVERIFY(!runContainer(engine, containerRun()).arguments.contains(u"--memory"_s));
    }

    void selinuxLabelsAreDisabledWhereEnforced()
    {
        Engine engine = podman();
        QVERIFY(!runContainer(engine, containerRun()).arguments.contains(u"label=disable"_s));
        engine.labelled = true;
        QVERIFY(runContainer(engine, containerRun()).arguments.contains(u"label=disable"_s));
    }

    void opened()
    {
        ContainerRun run = containerRun();
        run.network = true;
        run.readOnlyRoot = false;
        run.user.reset();
        run.memoryLimitBytes = 0;
        const QStringList words = runContainer(podman(), run).arguments;
        for (const QString &word : {u"--network"_s, u"--read-only"_s, u"--user"_s, u"--memory"_s})
            QVERIFY2(!words.contains(word), qPrintable(word));
    }

    void pathsWithCommasAndQuotes()
    {
        ContainerRun run = containerRun();
        run.mounts = {{u"/a,b/\"c\""_s, u"/t"_s, true}};
        QVERIFY(runContainer(podman(), run)
                    .arguments.contains(u"type=bind,\"source=/a,b/\"\"c\"\"\",target=/t,readonly"_s));
    }

    void images()
    {
        QCOMPARE(pullImage(podman(), u"debian:12-slim"_s).display(),
                 u"/usr/bin/podman --runtime runc pull debian:12-slim"_s);
        QCOMPARE(importImage(docker({}), u"/b.tar"_s, u"x:1"_s, {u"LABEL a=b"_s}).display(),
                 u"/usr/bin/docker --context lab import --change 'LABEL a=b' /b.tar x:1"_s);
        QCOMPARE(inspectImage(docker({}), u"x:1"_s).display(), u"/usr/bin/docker --context lab image inspect x:1"_s);
    }

    void containers()
    {
        QCOMPARE(removeContainers(podman(), {u"a"_s, u"b"_s}).display(),
                 u"/usr/bin/podman --runtime runc rm --force --volumes --ignore --time 0 a b"_s);
        QCOMPARE(removeContainers(docker({}), {u"a"_s}).display(),
                 u"/usr/bin/docker --context lab rm --force --volumes a"_s);
        QCOMPARE(listContainers(docker({}), u"kernelyard=1"_s).display(),
                 u"/usr/bin/docker --context lab ps --all --quiet --no-trunc --filter label=kernelyard=1"_s);
    }

    void marksHoldOnlySafeCharacters()
    {
        QCOMPARE(buildMark(u"localhost/ky/x,src=/etc/shadow:ü"_s),
                 u"kernelyard-build-localhost-ky-x-src--etc-shadow--"_s);
    }
};

QTEST_GUILESS_MAIN(TestArgv)
#include "tst_argv.moc"
