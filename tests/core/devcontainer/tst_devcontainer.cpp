// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/devcontainerrequest.h"
#include "core/devcontainer/devcontainer.h"
#include "core/devcontainer/linediff.h"
#include "core/environment/catalog.h"
#include "core/process/run.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

#define VERIFY_RESULT(result) QVERIFY2(result, qPrintable((result) ? QString() : (result).error().message))

/// What is generated, how it meets what a user has, and that nothing of the user's is lost.
class TestDevContainer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_paths = Paths::fromEnvironment();
        m_paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
    }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_checkout = m_folder->filePath(u"kernels"_s);
        git({u"init"_s, u"--quiet"_s, m_checkout});
    }

    void writesWhatTheRowsName()
    {
        DevContainerRequest request = requestFor("xformers");
        request.choices = {{u"cuda-architectures"_s, u"9.0"_s},
                           {u"first-build-url"_s, u"https://example.org/first.git"_s}};
        request.forkUrl = u"https://example.org/you/xformers.git"_s;
        request.registry = u"127.0.0.1:5000/kernels"_s;
        request.tag = u"sm90"_s;
        request.dockerInDocker = true;
        const QJsonObject json = written(request);
        const QJsonValue build = json.value(u"build"_s);
        QCOMPARE(build[u"dockerfile"_s].toString(), u"Dockerfile"_s);
        QCOMPARE(build[u"args"_s],
                 QJsonValue(QJsonObject{{u"DEV_IMAGE"_s, u"127.0.0.1:5000/kernels/xformers-dev:sm90"_s},
                                        {u"BUILDKIT_INLINE_CACHE"_s, u"1"_s},
                                        {u"TORCH_CUDA_ARCH_LIST"_s, u"9.0"_s}}));
        QCOMPARE(build[u"cacheFrom"_s], QJsonValue(QJsonArray{u"127.0.0.1:5000/kernels/xformers-dev:sm90"_s}));
        QVERIFY(json.value(u"features"_s).toObject().keys().first().contains(u"docker-in-docker"));
        QCOMPARE(json.value(u"remoteUser"_s).toString(), u"vscode"_s);
        QCOMPARE(json.value(u"workspaceFolder"_s).toString(), u"/workspace/xformers"_s);
        QCOMPARE(json.value(u"workspaceMount"_s).toString(),
                 u"type=bind,source=${localWorkspaceFolder},target=/workspace/xformers"_s);
        const QJsonArray extensions = json.value(u"customizations"_s)[u"vscode"_s][u"extensions"_s].toArray();
        for (const auto &id : {u"ms-python.python"_s, u"ms-python.vscode-pylance"_s, u"ms-toolsai.jupyter"_s,
                               u"dbaeumer.vscode-eslint"_s})
            QVERIFY2(extensions.contains(id), qPrintable(id));
        QCOMPARE(json.value(u"postCreateCommand"_s),
                 QJsonValue(QJsonArray{u"bash"_s, u".devcontainer/post-create"_s, u"--fork"_s, u"/workspace/xformers"_s,
                                       u"--url"_s, u"https://example.org/you/xformers.git"_s, u"--cached"_s,
                                       u"/opt/xformers-src"_s, u"--wheels"_s, u"/opt/xformers-wheels"_s, u"--"_s,
                                       u"/opt/kernelyard/link-fork"_s, u"/workspace/xformers"_s}));
        QCOMPARE(json.value(u"customizations"_s)[u"kernelyard"_s][u"choices"_s][u"first-build-url"_s].toString(),
                 u"https://example.org/first.git"_s);
        QVERIFY(read(u".devcontainer/Dockerfile"_s).contains("FROM ${DEV_IMAGE}\n"));
        QVERIFY(read(u".devcontainer/Dockerfile"_s).contains("ENV TORCH_CUDA_ARCH_LIST=${TORCH_CUDA_ARCH_LIST}"));
        QVERIFY(QFileInfo(m_checkout + u"/.devcontainer/post-create"_s).isExecutable());
        QCOMPARE(git({u"-C"_s, m_checkout, u"status"_s, u"--porcelain"_s}), QByteArray()); // it is no change of theirs
    }

    void asksForTheGpuByEngine_data()
    {
        QTest::addColumn<EngineKind>("kind");
        QTest::addColumn<QStringList>("engine");   ///< what gives its containers the GPUs; empty: nothing does
        QTest::addColumn<QStringList>("words");    ///< of runArgs
        QTest::addColumn<QString>("availability"); ///< that our own `up` tells the client of
        const QStringList cdi{u"--device"_s, u"nvidia.com/gpu=all"_s}, joined{u"--device=nvidia.com/gpu=all"_s};
        // The client adds --gpus all by itself, for hostRequirements.gpu: runArgs must not have it too.
        QTest::newRow("Docker with NVIDIA's runtime")
            << EngineKind::Docker << QStringList{u"--gpus"_s, u"all"_s} << QStringList() << u"all"_s;
        QTest::newRow("Docker with CDI") << EngineKind::Docker << cdi << joined << u"none"_s;
        QTest::newRow("Podman with CDI") << EngineKind::Podman << cdi << joined << u"none"_s;
        QTest::newRow("Docker without") << EngineKind::Docker << QStringList() << QStringList() << u"none"_s;
        QTest::newRow("Podman without") << EngineKind::Podman << QStringList() << QStringList() << u"none"_s;
    }

    void asksForTheGpuByEngine()
    {
        QFETCH(EngineKind, kind);
        QFETCH(QStringList, engine);
        QFETCH(QStringList, words);
        QFETCH(QString, availability);
        DevContainerRequest request = requestFor("starter");
        request.engine.kind = kind;
        request.engine.gpuArguments = engine;
        request.hasGpu = !engine.isEmpty();
        QJsonObject json = written(request);
        QCOMPARE(json.value(u"runArgs"_s).toVariant().toStringList(), words);
        const bool isDocker = kind == EngineKind::Docker;
        QCOMPARE(json.value(u"hostRequirements"_s)[u"gpu"_s].toString(), isDocker ? u"optional"_s : QString());
        QCOMPARE(json.value(u"build"_s)[u"args"_s].toObject().contains(u"BUILDKIT_INLINE_CACHE"_s), isDocker);
        QCOMPARE(gpuAvailability(request), availability);

        // What this machine needs besides; the GPU goes and comes back, and nothing of the old flags stays.
        request.engine.runArguments = {u"--ulimit"_s, u"nofile=9:9"_s, u"--ulimit"_s, u"nproc=8:8"_s};
        const QStringList limits{u"--ulimit=nofile=9:9"_s, u"--ulimit=nproc=8:8"_s};
        request.hasGpu = false;
        json = written(request);
        QCOMPARE(json.value(u"runArgs"_s).toVariant().toStringList(), limits);
        QCOMPARE(gpuAvailability(request), u"none"_s);
        request.hasGpu = !engine.isEmpty();
        json = written(request);
        QCOMPARE(json.value(u"runArgs"_s).toVariant().toStringList(), limits + words);
        QCOMPARE(gpuAvailability(request), availability);
    }

    /// A file that asks for GPUs by its own words is not helped: an older one of ours, or what the user wrote.
    void asksForTheGpuOnce_data()
    {
        QTest::addColumn<QByteArray>("overrides");
        QTest::addColumn<QString>("availability");
        QTest::newRow("nothing of the user's") << QByteArray("{}") << u"all"_s;
        QTest::newRow("other words") << QByteArray(R"({"runArgs": ["--shm-size", "8g"]})") << u"all"_s;
        QTest::newRow("all, in one word") << QByteArray(R"({"runArgs": ["--gpus=all"]})") << u"none"_s;
        QTest::newRow("one, in two words") << QByteArray(R"({"runArgs": ["--gpus", "device=0"]})") << u"none"_s;
        QTest::newRow("by CDI") << QByteArray(R"({"runArgs": ["--device", "nvidia.com/gpu=0"]})") << u"none"_s;
    }

    void asksForTheGpuOnce()
    {
        QFETCH(QByteArray, overrides);
        QFETCH(QString, availability);
        write(u".devcontainer/devcontainer.local.json"_s, overrides);
        DevContainerRequest request = requestFor("starter");
        request.engine.gpuArguments = QStringList{u"--gpus"_s, u"all"_s};
        request.hasGpu = true;
        written(request);
        QCOMPARE(gpuAvailability(request), availability);
    }

    void secondTimeIsNothing()
    {
        const DevContainerRequest request = requestFor("starter");
        written(request);
        const auto again = planDevContainer(request, m_paths);
        VERIFY_RESULT(again);
        QVERIFY(again->isNothing());
        QCOMPARE(again->diff(), QList<DiffLine>());
        QCOMPARE(again->kept, QList<KeptValue>());
        QCOMPARE(writtenConfiguration(m_checkout, u"starter"_s), u".devcontainer/devcontainer.json"_s);
        QCOMPARE(writtenConfiguration(m_checkout, u"xformers"_s), QString());
    }

    /// Taken away as a whole, to have it written anew: nothing of it was taken out by hand.
    void aRemovedFileIsWrittenWhole()
    {
        const DevContainerRequest request = requestFor("starter");
        const QJsonObject first = written(request);
        QVERIFY(QFile::remove(m_checkout + u"/.devcontainer/devcontainer.json"_s));
        QCOMPARE(written(request), first);
    }

    void mergesIntoWhatIsThere()
    {
        const QByteArray mine = "{\n  // mine\n  \"remoteUser\": \"me\",\n  \"forwardPorts\": [8888], // Jupyter\n"
                                "  \"customizations\": {\"vscode\": {\"extensions\": [\"mine.own\"]}},\n}\n";
        write(u".devcontainer/devcontainer.json"_s, mine);
        const DevContainerRequest request = requestFor("starter");
        const auto change = planDevContainer(request, m_paths);
        VERIFY_RESULT(change);
        QCOMPARE(read(u".devcontainer/devcontainer.json"_s), mine); // planning writes nothing
        QCOMPARE(change->kept.size(), 1);
        QCOMPARE(change->kept.first().path, QStringList{u"remoteUser"_s});
        QCOMPARE(sentenceOf(change->kept.first()),
                 u"remoteUser stays \"me\", as you have it; it would be \"vscode\"."_s);
        const QJsonObject json = written(request);
        const QByteArray text = read(u".devcontainer/devcontainer.json"_s);
        QVERIFY2(text.startsWith("{\n  // mine\n  \"remoteUser\": \"me\",\n  \"forwardPorts\": [8888], // Jupyter\n"),
                 text.constData());
        const QJsonArray extensions = json.value(u"customizations"_s)[u"vscode"_s][u"extensions"_s].toArray();
        QCOMPARE(extensions.first(), QJsonValue(u"mine.own"_s));
        QVERIFY(extensions.contains(u"ms-python.python"_s));
        QCOMPARE(json.value(u"workspaceFolder"_s).toString(), u"/workspace/attention"_s);
    }

    /// Between two writings the user changes one value, removes one, adds one; the environment changes others.
    void keepsLaterChangesOfTheUser()
    {
        DevContainerRequest request = requestFor("starter");
        request.engine.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
        request.hasGpu = true;
        written(request);
        QByteArray text = read(u".devcontainer/devcontainer.json"_s);
        text.replace("\"vscode\",\n", "\"root\", // I need it\n")
            .replace("\"--device=nvidia.com/gpu=all\"", "\"--device=nvidia.com/gpu=all\", \"--shm-size\", \"8g\"")
            .replace("\"ms-toolsai.jupyter\",", "");
        text.insert(text.lastIndexOf('}') - 1, ",\n  \"forwardPorts\": [6006]");
        write(u".devcontainer/devcontainer.json"_s, text);
        request.hasGpu = false;
        request.registry = u"localhost:5000"_s;
        const QJsonObject json = written(request);
        QCOMPARE(json.value(u"remoteUser"_s).toString(), u"root"_s);
        QCOMPARE(json.value(u"runArgs"_s).toVariant().toStringList(), (QStringList{u"--shm-size"_s, u"8g"_s}));
        QCOMPARE(json.value(u"forwardPorts"_s), QJsonValue(QJsonArray{6006}));
        QCOMPARE(json.value(u"build"_s)[u"args"_s][u"DEV_IMAGE"_s].toString(), u"localhost:5000/starter-dev:latest"_s);
        QVERIFY(
            !json.value(u"customizations"_s)[u"vscode"_s][u"extensions"_s].toArray().contains(u"ms-toolsai.jupyter"_s));
        QVERIFY(read(u".devcontainer/devcontainer.json"_s).contains("// I need it"));
    }

    void mergesOwnOverrides()
    {
        const DevContainerRequest request = requestFor("starter");
        written(request);
        const QByteArray plain = read(u".devcontainer/devcontainer.json"_s);
        write(u".devcontainer/devcontainer.local.json"_s,
              "{\n  // only here\n  \"remoteUser\": \"root\",\n  \"runArgs\": [\"--shm-size\", \"8g\"],\n"
              "  \"containerEnv\": {\"MAX_JOBS\": \"2\"},\n  \"hostRequirements\": null,\n}\n");
        const QJsonObject json = written(request);
        QCOMPARE(json.value(u"remoteUser"_s).toString(), u"root"_s);
        QCOMPARE(json.value(u"runArgs"_s).toVariant().toStringList(), (QStringList{u"--shm-size"_s, u"8g"_s}));
        QCOMPARE(json.value(u"containerEnv"_s)[u"MAX_JOBS"_s].toString(), u"2"_s);
        QVERIFY(!json.contains(u"hostRequirements"_s));
        QVERIFY(json.contains(u"postCreateCommand"_s));
        // Without them it is what it was; only the order of what was taken out and put back may differ.
        QVERIFY(QFile::remove(m_checkout + u"/.devcontainer/devcontainer.local.json"_s));
        const QJsonObject without = written(request);
        QCOMPARE(without, CommentedJson::parse(plain, u"x"_s)->object());
    }

    void leavesAnotherContainerAlone_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("an image") << u".devcontainer/devcontainer.json"_s << QByteArray("{\"image\": \"ubuntu\"}");
        QTest::newRow("compose") << u".devcontainer/devcontainer.json"_s
                                 << QByteArray("{\"dockerComposeFile\": \"compose.yml\", \"service\": \"a\"}");
        QTest::newRow("a Dockerfile") << u".devcontainer/Dockerfile"_s << QByteArray("FROM scratch\n");
        QTest::newRow("at the root") << u".devcontainer.json"_s << QByteArray("{}");
    }

    void leavesAnotherContainerAlone()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, text);
        write(file, text);
        const DevContainerRequest request = requestFor("starter");
        const auto change = planDevContainer(request, m_paths);
        VERIFY_RESULT(change);
        QCOMPARE(change->configuration, u".devcontainer/starter/devcontainer.json"_s);
        QVERIFY(change->notes.first().contains(u"stays as it is"));
        VERIFY_RESULT(writeDevContainer(*change));
        QCOMPARE(read(file), text);
        QCOMPARE(writtenConfiguration(m_checkout, u"starter"_s), change->configuration);
        QVERIFY(planDevContainer(request, m_paths)->isNothing());
    }

    void twoEnvironmentsOfOneCheckout()
    {
        written(requestFor("starter"));
        const auto other = planDevContainer(requestFor("xformers"), m_paths);
        VERIFY_RESULT(other);
        QCOMPARE(other->configuration, u".devcontainer/xformers/devcontainer.json"_s);
        VERIFY_RESULT(writeDevContainer(*other));
        QVERIFY(planDevContainer(requestFor("starter"), m_paths)->isNothing());
    }

    void keepsAnEditedDockerfile()
    {
        DevContainerRequest request = requestFor("starter");
        written(request);
        const QByteArray edited = read(u".devcontainer/Dockerfile"_s) + "RUN echo mine\n";
        write(u".devcontainer/Dockerfile"_s, edited);
        QVERIFY(planDevContainer(request, m_paths)->isNothing());
        request.registry = u"localhost:5000"_s; // its first lines name the image
        const auto change = planDevContainer(request, m_paths);
        VERIFY_RESULT(change);
        VERIFY_RESULT(writeDevContainer(*change));
        QCOMPARE(read(u".devcontainer/Dockerfile"_s), edited);
        QVERIFY(read(u".devcontainer/Dockerfile.new"_s).contains("localhost:5000"));
        QVERIFY(change->notes.join(u' ').contains(u"Dockerfile.new"));
        QVERIFY(planDevContainer(request, m_paths)->isNothing());
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("text"); ///< "-> …" is a symbolic link
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<QString>("words");
        QTest::newRow("no JSON") << u".devcontainer/devcontainer.json"_s << QByteArray("{\n  \"a\" 1}")
                                 << ErrorKind::Invalid << u"devcontainer.json can't be read: line 2, column 7"_s;
        QTest::newRow("overrides that are no JSON") << u".devcontainer/devcontainer.local.json"_s << QByteArray("[]")
                                                    << ErrorKind::Invalid << u"local.json can't be read: line 1"_s;
        QTest::newRow("a folder that leads out")
            << u".devcontainer"_s << QByteArray("-> ../out") << ErrorKind::Conflict << u"symbolic link"_s;
        QTest::newRow("a file that leads out")
            << u".devcontainer/devcontainer.json"_s << QByteArray("-> ../../out/file") << ErrorKind::Conflict
            << u"symbolic link"_s;
    }

    void refuses()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, text);
        QFETCH(ErrorKind, kind);
        QFETCH(QString, words);
        QDir(m_folder->path()).mkdir(u"out"_s);
        const QString path = m_checkout + u'/' + file;
        QDir().mkpath(QFileInfo(path).path());
        if (text.startsWith("-> "))
            QVERIFY(QFile::link(QString::fromUtf8(text.mid(3)), path));
        else
            write(file, text);
        const auto change = planDevContainer(requestFor("starter"), m_paths);
        QVERIFY(!change);
        QCOMPARE(change.error().kind, kind);
        QVERIFY2(change.error().message.contains(words), qPrintable(change.error().message));
        QVERIFY(QDir(m_folder->filePath(u"out"_s)).isEmpty());
    }

    void refusesAValueThatIsAVariable()
    {
        DevContainerRequest request = requestFor("xformers");
        request.choices = {{u"first-build-ref"_s, u"${localEnv:HOME}"_s}};
        const auto change = planDevContainer(request, m_paths);
        QVERIFY(!change);
        QCOMPARE(change.error().kind, ErrorKind::Invalid);
    }

    void saysWhatRunsOnTheMachineItself()
    {
        write(u".devcontainer/devcontainer.json"_s, "{\"initializeCommand\": [\"curl\", \"evil\"]}");
        const auto change = planDevContainer(requestFor("starter"), m_paths);
        VERIFY_RESULT(change);
        QVERIFY2(change->warnings.join(u' ').contains(
                     u"on this machine itself, outside of the container: [\"curl\",\"evil\"]"),
                 qPrintable(change->warnings.join(u' ')));
    }

    void writesNothingThatChangedMeanwhile()
    {
        const auto change = planDevContainer(requestFor("starter"), m_paths);
        VERIFY_RESULT(change);
        write(u".devcontainer/Dockerfile"_s, "FROM mine\n");
        const auto result = writeDevContainer(*change);
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::Conflict);
        QVERIFY(!QFileInfo::exists(m_checkout + u"/.devcontainer/devcontainer.json"_s));
        QCOMPARE(read(u".devcontainer/Dockerfile"_s), QByteArray("FROM mine\n"));
    }

    /// git takes each difference and makes the new text of the old one.
    void differencesApply()
    {
        QRandomGenerator random(99);
        for (int round = 0; round < 60; ++round) {
            QByteArrayList lines;
            for (int i = random.bounded(30); i > 0; --i)
                lines << QByteArray::number(random.bounded(6));
            const auto text = [&random](const QByteArrayList &of) {
                return of.isEmpty() ? QByteArray() : QByteArray(of.join('\n') + (random.bounded(3) ? "\n" : ""));
            };
            const QByteArray before = text(lines);
            for (int edits = random.bounded(1, 6); edits > 0; --edits) {
                const int at = random.bounded(int(lines.size()) + 1);
                if (random.bounded(2) && at < lines.size())
                    lines.removeAt(at);
                else
                    lines.insert(at, "new");
            }
            const QByteArray after = text(lines);
            if (after.isEmpty() || before.isEmpty() || before == after)
                continue;
            write(u"file"_s, before);
            QByteArray patch;
            for (const DiffLine &line : lineDiff(u"file"_s, before, after))
                patch += line.text.toUtf8() + '\n';
            write(u"patch"_s, patch);
            git({u"-C"_s, m_checkout, u"apply"_s, u"--unidiff-zero"_s, u"patch"_s});
            QCOMPARE(read(u"file"_s), after);
        }
        QCOMPARE(lineDiff(u"x"_s, QByteArray("same"), "same"), QList<DiffLine>());
        QCOMPARE(lineDiff(u"x"_s, {}, "a\n").first().text, u"--- /dev/null"_s);
    }

private:
    DevContainerRequest requestFor(const char *environment)
    {
        DevContainerRequest request;
        request.environment = *readCatalog(m_paths).get(QString::fromLatin1(environment));
        request.folder = m_checkout;
        request.engine.kind = EngineKind::Docker;
        return request;
    }

    QJsonObject written(const DevContainerRequest &request)
    {
        const auto change = planDevContainer(request, m_paths);
        const auto done = change ? writeDevContainer(*change) : Result<void>(Failure(change.error()));
        if (!done)
            qFatal("%s", qPrintable(done.error().message));
        return CommentedJson::parse(read(change->configuration), change->configuration)->object();
    }

    /// What the client is told of GPUs by the command that brings the written container up.
    QString gpuAvailability(const DevContainerRequest &request)
    {
        const auto place = writtenDevContainer(request, m_paths);
        if (!place)
            qFatal("%s", qPrintable(place.error().message));
        const QStringList words = upDevContainer({u"devcontainer"_s, {}}, *place, DevContainerStart::Keep).arguments;
        return words.value(words.indexOf(u"--gpu-availability"_s) + 1);
    }

    void write(const QString &name, const QByteArray &bytes)
    {
        QDir().mkpath(QFileInfo(m_checkout + u'/' + name).path());
        QFile file(m_checkout + u'/' + name);
        QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(name));
        file.write(bytes);
    }

    QByteArray read(const QString &name)
    {
        QFile file(m_checkout + u'/' + name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot be read");
    }

    static QByteArray git(const QStringList &words)
    {
        const auto done = run({u"git"_s, words, {}, {}}, 30s);
        if (!done || done->exitCode != 0)
            qFatal("git %s: %s", qPrintable(words.join(u' ')), done ? done->err.constData() : "");
        return done->out;
    }

    Paths m_paths;
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_checkout;
};

QTEST_GUILESS_MAIN(TestDevContainer)
#include "tst_devcontainer.moc"
