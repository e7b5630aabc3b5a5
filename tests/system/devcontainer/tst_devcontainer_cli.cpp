// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/devcontainerrequest.h"
#include "core/devcontainer/devcontainer.h"
#include "core/environment/environmentfile.h"
#include "tests/system/engines/testengines.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

#define VERIFY_RESULT(result) QVERIFY2(result, qPrintable((result) ? QString() : (result).error().message))

/// The published Dev Container CLI reads, builds and starts what was written, on each real engine, from an image that
/// stands in for the environment's. It comes from KERNELYARD_DEVCONTAINER_CLI or PATH; see DevContainerClient::find.
class TestDevContainerCli : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto client = DevContainerClient::find();
        if (!client && client.error().kind == ErrorKind::Missing)
            QSKIP(qPrintable(client.error().message));
        VERIFY_RESULT(client);
        m_client = *client;
    }

    void readsBuildsAndStarts_data()
    {
        QTest::addColumn<TestEngineKind>("kind");
        QTest::newRow("Podman") << TestEngineKind::Podman;
        QTest::newRow("Docker with buildx") << TestEngineKind::Docker;
        QTest::newRow("Docker's classic builder") << TestEngineKind::DockerClassic;
    }

    void readsBuildsAndStarts()
    {
        QFETCH(TestEngineKind, kind);
        auto started = TestEngine::start(kind);
        KERNELYARD_SKIP_WITHOUT(started);
        m_test = std::move(*started);
        prepare();
        if (QTest::currentTestFailed())
            return;

        const auto early = devContainerPlace(m_request, m_paths);
        QVERIFY(!early);
        QCOMPARE(early.error().remedy, u"kernelyardctl devcontainer write stand-in"_s);

        // A file of the user's, with comments and a trailing comma, and overrides of their own.
        write(u".devcontainer/devcontainer.json"_s,
              "{\n  // mine\n  \"containerEnv\": { \"MINE\": \"1\", }, // stays\n}\n");
        write(u".devcontainer/devcontainer.local.json"_s, "{\"containerEnv\": {\"LOCAL\": \"2\"}}");
        writeAndPlace();
        if (QTest::currentTestFailed())
            return;

        const QJsonObject read = lastLine(runClient(readDevContainer(m_client, m_place)));
        const QJsonValue configuration = read.value(u"configuration"_s);
        QCOMPARE(configuration[u"workspaceFolder"_s].toString(), u"/workspace/kernels"_s);
        QCOMPARE(configuration[u"build"_s][u"args"_s][u"DEV_IMAGE"_s].toString(),
                 u"localhost/kernelyard/stand-in-dev:latest"_s);
        QCOMPARE(configuration[u"containerEnv"_s].toObject(), (QJsonObject{{u"MINE"_s, u"1"_s}, {u"LOCAL"_s, u"2"_s}}));

        const QString image = u"localhost/kernelyard/stand-in-container:latest"_s;
        const QJsonObject built = lastLine(runClient(buildDevContainer(m_client, m_place, image)));
        QCOMPARE(built.value(u"outcome"_s).toString(), u"success"_s);
        const auto inspected = m_test->run({u"image"_s, u"inspect"_s, image});
        QVERIFY(inspected && inspected->exitCode == 0);

        QCOMPARE(stateNow(), DevContainerState::Kind::Absent);
        const QString first = up(DevContainerStart::Keep);
        QVERIFY(!first.isEmpty());
        QCOMPARE(stateNow(), DevContainerState::Kind::Running);
        // The script ran in the container, on this very checkout: the environment's own link command was its end.
        QVERIFY(QFileInfo::exists(m_request.folder + u"/linked"_s));
        QCOMPARE(inContainer(first, u"echo $MINE $LOCAL $PWD"_s), QByteArray("1 2 /workspace/kernels\n"));
        write(u"seen"_s, "edited here\n");
        QCOMPARE(inContainer(first, u"cat seen"_s), QByteArray("edited here\n"));

        VERIFY_RESULT(stopDevContainer(m_place));
        QCOMPARE(stateNow(), DevContainerState::Kind::Stopped);
        QCOMPARE(up(DevContainerStart::Keep), first);

        if (kind == TestEngineKind::Docker)
            asksForTheGpuOnce();
        if (kind != TestEngineKind::Podman)
            return; // what follows asks nothing more of the engine

        // A change, and the container made anew from it.
        write(u".devcontainer/devcontainer.local.json"_s, "{\"containerEnv\": {\"LOCAL\": \"3\"}}");
        const auto again = planDevContainer(m_request, m_paths);
        VERIFY_RESULT(again);
        VERIFY_RESULT(writeDevContainer(*again));
        const QString second = up(DevContainerStart::Rebuild);
        QVERIFY(second != first);
        QCOMPARE(inContainer(second, u"echo $MINE $LOCAL"_s), QByteArray("1 3\n"));

        // One whose script fails says so.
        write(u".devcontainer/devcontainer.local.json"_s, "{\"postCreateCommand\": [\"false\"]}");
        const auto failing = planDevContainer(m_request, m_paths);
        VERIFY_RESULT(failing);
        VERIFY_RESULT(writeDevContainer(*failing));
        const auto failed = run(upDevContainer(m_client, m_place, DevContainerStart::Rebuild), 3min);
        QVERIFY(failed && failed->exitCode != 0);
        QVERIFY2(failureOfUp(failed->out).contains(u"postCreateCommand"), failed->out.constData());

        // Without the layer there is nothing to make it from.
        const QString layer = u"localhost/kernelyard/stand-in-dev:latest"_s;
        const auto untagged = m_test->run({u"untag"_s, layer});
        QVERIFY(untagged && untagged->exitCode == 0);
        const auto missing = devContainerPlace(m_request, m_paths);
        QVERIFY(!missing);
        QCOMPARE(missing.error().kind, ErrorKind::Missing);
        QCOMPARE(missing.error().remedy, u"kernelyardctl build stand-in dev"_s);
    }

    void cleanup()
    {
        if (m_test && !m_place.folder.isEmpty()) {
            const auto left = m_test->run({u"ps"_s, u"--all"_s, u"--quiet"_s});
            if (left && !left->out.trimmed().isEmpty())
                (void)m_test->run(QStringList{u"rm"_s, u"--force"_s} +
                                  QString::fromUtf8(left->out).split(u'\n', Qt::SkipEmptyParts));
        }
        m_place = {};
        m_test.reset();
    }

private:
    /// The environment, its stand-in image and a checkout.
    void prepare()
    {
        m_paths = Paths::fromEnvironment();
        m_paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
        m_paths.cache = m_test->folder() + u"/cache"_s;
        const auto base = m_test->provideBase(u"localhost/kernelyard/stand-in-dev:latest"_s);
        VERIFY_RESULT(base);
        m_request = {};
        const QString folder = m_test->folder() + u"/kernels"_s;
        QVERIFY(QDir().mkpath(folder));
        const QString file = m_test->folder() + u"/environment.yml"_s;
        m_request.folder = m_test->folder();
        write(u"dev.Dockerfile"_s, "ARG BASE\nFROM ${BASE}\n");
        write(u"environment.yml"_s, "name: stand-in\n"
                                    "description: Stands in for one.\n"
                                    "base: {pull: docker.io/library/debian:12-slim}\n"
                                    "layers: [{name: dev, dockerfile: dev.Dockerfile, context: kernels,\n"
                                    "          arguments: {BASE: \"${base}\"}}]\n"
                                    "fork: {name: kernels, url: https://example.org/kernels.git,\n"
                                    "       mount-at: /workspace/kernels}\n"
                                    "dev-container: {link: [touch, \"${fork}/linked\"]}\n");
        const auto environment = readEnvironment(file, m_paths);
        VERIFY_RESULT(environment);
        DevContainerOptions options;
        options.folder = folder;
        const auto engine = m_test->describe();
        VERIFY_RESULT(engine);
        const auto request = devContainerRequest(*environment, *engine, options, {}, m_paths);
        VERIFY_RESULT(request);
        m_request = *request;
        m_request.forkUrl.clear(); // nothing is cloned here
    }

    void writeAndPlace()
    {
        const auto change = planDevContainer(m_request, m_paths);
        VERIFY_RESULT(change);
        VERIFY_RESULT(writeDevContainer(*change));
        const auto place = devContainerPlace(m_request, m_paths);
        VERIFY_RESULT(place);
        m_place = *place;
    }

    /// By what the real client asks a daemon for that has NVIDIA's runtime, as far as it can see.
    void asksForTheGpuOnce()
    {
        const QString script = m_test->folder() + u"/docker"_s, runs = m_test->folder() + u"/runs"_s;
        QFile file(script);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.setPermissions(QFile::ReadOwner | QFile::ExeOwner));
        file.write(
            "#!/bin/bash\n[[ $* != 'info -f {{.Runtimes.nvidia}}' ]] || exec echo '{nvidia-container-runtime []}'\n"
            "[[ $1 != run ]] || (printf '%q ' \"$@\"; echo) >> " +
            runs.toUtf8() +
            "\nwords=()\nwhile (($#)); do\n  case $1 in --gpus) shift 2 ;; *) words+=(\"$1\"); shift ;; esac\n"
            "done\nexec " +
            m_request.engine.program.toUtf8() + " \"${words[@]}\"\n");
        file.close();
        m_request.engine.program = script;
        m_request.engine.gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
        for (const bool hasGpu : {true, false}) {
            m_request.hasGpu = hasGpu;
            writeAndPlace();
            QVERIFY(!up(DevContainerStart::Rebuild).isEmpty());
            QCOMPARE(lastRun(runs).count(" --gpus all "), hasGpu ? 1 : 0);
            if (!hasGpu)
                break;
            // VS Code and the bare client look for themselves.
            Command bare = upDevContainer(m_client, m_place, DevContainerStart::Rebuild);
            bare.arguments.remove(bare.arguments.indexOf(u"--gpu-availability"_s), 2);
            QCOMPARE(lastLine(runClient(bare)).value(u"outcome"_s).toString(), u"success"_s);
            QCOMPARE(lastRun(runs).count(" --gpus all "), 1);
        }
    }

    static QByteArray lastRun(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().split('\n').last() : QByteArray();
    }

    QByteArray runClient(const Command &command)
    {
        const auto done = run(command, 3min);
        if (!done || done->exitCode != 0) {
            QTest::qFail(qPrintable(command.display()), __FILE__, __LINE__);
            qWarning("%s", done ? QByteArray(done->out + done->err).constData() : qPrintable(done.error().message));
            return {};
        }
        return done->out;
    }

    static QJsonObject lastLine(const QByteArray &output)
    {
        return QJsonDocument::fromJson(output.trimmed().split('\n').last()).object();
    }

    QString up(DevContainerStart start)
    {
        return lastLine(runClient(upDevContainer(m_client, m_place, start))).value(u"containerId"_s).toString();
    }

    DevContainerState::Kind stateNow()
    {
        const auto state = readDevContainerState(m_place);
        if (!state)
            qFatal("%s", qPrintable(state.error().message));
        return state->kind;
    }

    QByteArray inContainer(const QString &id, const QString &script)
    {
        const auto done =
            m_test->run({u"exec"_s, u"--workdir"_s, u"/workspace/kernels"_s, id, u"sh"_s, u"-c"_s, script});
        return done ? QByteArray(done->out + done->err) : QByteArray();
    }

    void write(const QString &name, const QByteArray &bytes)
    {
        QDir().mkpath(QFileInfo(m_request.folder + u'/' + name).path());
        QFile file(m_request.folder + u'/' + name);
        QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(name));
        file.write(bytes);
    }

    DevContainerClient m_client;
    std::unique_ptr<TestEngine> m_test;
    Paths m_paths;
    DevContainerRequest m_request;
    DevContainerPlace m_place;
};

QTEST_GUILESS_MAIN(TestDevContainerCli)
#include "tst_devcontainer_cli.moc"
