// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/devcontainerrequest.h"
#include "core/build/planner.h"
#include "core/devcontainer/devcontainer.h"
#include "core/engine/outputparser.h"
#include "core/environment/baseimage.h"
#include "core/environment/catalog.h"
#include "core/environment/choices.h"
#include "core/fork/fork.h"
#include "core/validation/validationrun.h"
#include "tests/system/engines/testengines.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The plan of `xformers` on real engines by the Dockerfiles that a user runs, with stand-ins (see the script beside
/// this file): what is compiled, and how often; and their dev container, where the Dev Container CLI is installed (see
/// DevContainerClient::find).
class TestXformers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        const auto made = standins({u"wheels"_s, m_folder.filePath(u"wheels"_s)});
        QVERIFY2(made, qPrintable(made ? QString() : made.error().message));
        if (made->exitCode == 3)
            QSKIP(made->err.constData());
        QVERIFY2(made->exitCode == 0, made->err.constData());
        const auto repository = standins({u"repository"_s, m_folder.filePath(u"git"_s)});
        QVERIFY2(repository && repository->exitCode == 0, repository ? repository->err.constData() : "");
        serve();
    }

    void cleanupTestCase()
    {
        m_daemon.kill();
        m_daemon.waitForFinished();
    }

    void compilesOnceAndThenOnlyWhatChanged_data()
    {
        QTest::addColumn<TestEngineKind>("kind");
        QTest::newRow("Podman") << TestEngineKind::Podman;
        QTest::newRow("Docker with buildx") << TestEngineKind::Docker;
        // The classic builder runs the same steps without cache mounts: tests/attention/test_dockerfiles.py compares
        // them.
    }

    void compilesOnceAndThenOnlyWhatChanged()
    {
        QFETCH(TestEngineKind, kind);
        auto started = TestEngine::start(kind);
        KERNELYARD_SKIP_WITHOUT(started);
        m_test = std::move(*started);
        const auto engine = m_test->describe();
        QVERIFY2(engine, qPrintable(engine ? QString() : engine.error().message));
        m_engine = *engine;
        if (kind == TestEngineKind::Podman) // its containers reach this machine's loopback so
            m_engine.buildArguments = {u"--network"_s, u"host"_s};
        // Podman keeps its cache mounts below TMPDIR: those of other builds must not help here.
        const QString temporary = m_test->folder() + u"/tmp"_s;
        QVERIFY(QDir().mkpath(temporary));
        qputenv("TMPDIR", temporary.toLocal8Bit());
        const auto base = m_test->provideBase(u"docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04"_s);
        QVERIFY2(base, qPrintable(base ? QString() : base.error().message));
        m_paths = Paths::fromEnvironment();
        m_paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
        m_paths.data = m_test->folder() + u"/data"_s;
        m_paths.cache = m_test->folder() + u"/cache"_s;
        const auto xformers = readCatalog(m_paths).get(u"xformers"_s);
        QVERIFY2(xformers, qPrintable(xformers ? QString() : xformers.error().message));
        m_environment = *xformers;

        // From nothing: each of the three files is compiled in the builder layer, once, and nowhere else.
        PlanRequest request = offlineRequest();
        carryOut(request);
        if (QTest::currentTestFailed())
            return;
        QCOMPARE(compiled(u"builder"_s), (QStringList{u"attention.cpp"_s, u"dot.cpp"_s, u"softmax.cpp"_s}));
        QCOMPARE(compiled(u"dev"_s), QStringList());
        QVERIFY(m_output.value(u"dev"_s).contains("ninja: no work to do"));
        QCOMPARE(compiled(u"validate"_s), QStringList());
        QCOMPARE(m_validation.verdict.verdict, Verdict::Pass);
        QCOMPARE(m_validation.verdict.cases, 82); // those that the stand-in has: no bias, no lengths, no gradients
        QCOMPARE(m_validation.verdict.accepted, 0);
        checkDevImage();

        // An edit of one kernel file, and of a header that comes from a submodule.
        edit(u"xformers/csrc/softmax.cpp"_s);
        request.purpose = PlanRequest::Purpose::Validate;
        request.validationArguments = {u"--quick"_s};
        carryOut(request);
        QCOMPARE(compiled(u"validate"_s), QStringList{u"softmax.cpp"_s});
        QCOMPARE(m_validation.verdict.verdict, Verdict::Pass);
        edit(u"third_party/cutlass/include/cutlass/multiply.h"_s);
        carryOut(request);
        QCOMPARE(compiled(u"validate"_s), QStringList{u"dot.cpp"_s});
        carryOut(request);
        QCOMPARE(compiled(u"validate"_s), QStringList());
        if (const auto client = DevContainerClient::find())
            opensAsADevContainer(*client);
        else
            qInfo("Not opened as a dev container: %s", qPrintable(client.error().message));
        if (kind != TestEngineKind::Podman || QTest::currentTestFailed())
            return; // what follows asks nothing more of the engine than was asked above

        // Another first build: the cache mount holds the tree of the one before.
        request = offlineRequest();
        request.purpose = PlanRequest::Purpose::Build;
        request.onlyLayer = u"builder"_s;
        request.choices.append({u"first-build-ref"_s, u"next"_s});
        carryOut(request);
        QCOMPARE(compiled(u"builder"_s), QStringList{u"attention.cpp"_s});

        // Nightly PyTorch comes from its own folder of the index.
        request.onlyLayer = u"wheels"_s;
        request.choices.append({u"torch-channel"_s, u"nightly"_s});
        carryOut(request);
        QVERIFY(m_output.value(u"wheels"_s).contains("torch-2.11.0.dev20260102+cu128-py3-none-any.whl"));
        QVERIFY(!m_output.value(u"wheels"_s).contains("torch-2.10.0+cu128-py3-none-any.whl"));
    }

    void cleanup() { m_test.reset(); }

private:
    static Result<Completed> standins(const QStringList &words)
    {
        return run({QStringLiteral(KERNELYARD_SOURCE_DIR "/tests/system/xformers/standins"), words, {}, {}}, 10min);
    }

    /// git's own server, and a branch `next` that differs by one kernel file.
    void serve()
    {
        const QString repository = m_folder.filePath(u"git/xformers"_s);
        const auto git = [&](const QStringList &words) {
            const auto done = run({u"git"_s,
                                   QStringList{u"-C"_s, repository, u"-c"_s, u"user.name=Stand-in"_s, u"-c"_s,
                                               u"user.email=stand-in@localhost"_s} +
                                       words,
                                   {},
                                   {}},
                                  10min);
            QVERIFY2(done && done->exitCode == 0, done ? done->err.constData() : "");
        };
        git({u"checkout"_s, u"--quiet"_s, u"-b"_s, u"next"_s});
        append(repository + u"/xformers/csrc/attention.cpp"_s);
        git({u"commit"_s, u"--quiet"_s, u"--all"_s, u"--message"_s, u"Edit"_s});
        git({u"checkout"_s, u"--quiet"_s, u"main"_s});
        QTcpServer probe;
        QVERIFY(probe.listen(QHostAddress::LocalHost));
        m_port = probe.serverPort();
        probe.close();
        // Not through `git daemon`, which would only be its parent.
        const auto folder = run({u"git"_s, {u"--exec-path"_s}, {}, {}}, 10s);
        QVERIFY2(folder && folder->exitCode == 0, folder ? folder->err.constData() : "");
        const QString program = QFile::decodeName(folder->out.trimmed()) + u"/git-daemon"_s;
        m_daemon.start(program, {u"--base-path="_s + m_folder.filePath(u"git"_s), u"--export-all"_s,
                                 u"--listen=127.0.0.1"_s, u"--port="_s + QString::number(m_port), u"--reuseaddr"_s});
        QVERIFY(m_daemon.waitForStarted());
    }

    static void append(const QString &path)
    {
        QFile file(path);
        QVERIFY2(file.open(QIODevice::Append), qPrintable(path));
        file.write("// edited\n");
    }

    void edit(const QString &name) { append(forkPath(m_environment, m_paths) + u'/' + name); }

    PlanRequest offlineRequest() const
    {
        // Docker's daemon has a network of its own, in which slirp4netns calls this machine's loopback 10.0.2.2.
        const QString host = m_engine.kind == EngineKind::Podman ? u"127.0.0.1"_s : u"10.0.2.2"_s;
        PlanRequest request;
        request.choices = {{u"torch-index"_s, u"file:///tmp/wheels/whl"_s},
                           {u"package-index"_s, QString()},
                           {u"wheel-folder"_s, m_folder.filePath(u"wheels"_s)},
                           {u"first-build-url"_s, u"git://%1:%2/xformers"_s.arg(host).arg(m_port)},
                           {u"fork-url"_s, u"git://127.0.0.1:%1/xformers"_s.arg(m_port)}};
        return request;
    }

    void carryOut(const PlanRequest &request)
    {
        m_output.clear();
        const auto plan = makePlan(m_environment, m_engine, request, PlanFacts::ofThisMachine(), m_paths);
        QVERIFY2(plan, qPrintable(plan ? QString() : plan.error().message));
        const auto chosen = withChoices(m_environment, plan->choices);
        for (const Task &task : plan->tasks) {
            Result<void> done;
            if (task.kind == TaskKind::Base) {
                done = ensureBaseImage(*chosen, m_engine, m_paths, [](const QString &) {}, {});
            } else if (task.kind == TaskKind::Fork) {
                const ForkSource &source = *chosen->fork;
                const auto fork = ensureFork({source.name, source.url, source.seed, m_paths.seeds(), m_paths.forks()},
                                             [](const CloneProgress &) { return true; });
                done = fork ? Result<void>() : Result<void>(Failure(fork.error()));
            } else {
                const auto ended = run(task.command, 10min);
                QVERIFY2(ended, qPrintable(ended ? QString() : ended.error().message));
                m_output[task.name] = text(task, *ended);
                if (task.kind == TaskKind::Validation)
                    m_validation = ValidationRun::fromJsonLines(ended->out);
                if (ended->exitCode != 0)
                    done =
                        Failure(Error{ErrorKind::Failed, QString::fromUtf8(m_output[task.name].right(6000)), {}, {}});
            }
            QVERIFY2(done, qPrintable(done ? QString() : QString(task.name + u": "_s + done.error().message)));
        }
    }

    /// What the steps printed, whichever way the engine wraps it.
    static QByteArray text(const Task &task, const Completed &ended)
    {
        OutputParser parser(task.format);
        QList<EngineEvent> events = parser.feed(Stream::Out, ended.out, 0us);
        events += parser.feed(Stream::Err, ended.err, 0us);
        events += parser.finish(ended.exitCode, 0us);
        QByteArray lines;
        for (const EngineEvent &event : events)
            if (const auto *output = std::get_if<StepOutput>(&event))
                lines += output->bytes + '\n';
        return task.kind == TaskKind::Layer ? lines : ended.out + ended.err;
    }

    /// The sources that \a task compiled, from ninja's own lines, sorted; one that was compiled twice stands there
    /// twice.
    QStringList compiled(const QString &task) const
    {
        static const QRegularExpression line(u"^\\s*\\[\\d+/\\d+\\] c\\+\\+ .* -c \\S*/(\\w+\\.cpp) -o "_s,
                                             QRegularExpression::MultilineOption);
        QStringList sources;
        auto matches = line.globalMatch(QString::fromUtf8(m_output.value(task)));
        while (matches.hasNext())
            sources << matches.next().captured(1);
        sources.sort();
        return sources;
    }

    void checkDevImage()
    {
        const QString image = m_environment.imageTag(u"dev"_s);
        const auto ran = m_test->run(
            QStringList{u"run"_s, u"--rm"_s, u"--network"_s, u"none"_s} + m_test->runArguments() +
            QStringList{
                image, u"sh"_s, u"-c"_s,
                u"id -un; pwd; python -c 'import xformers, torch; print(xformers.__file__, torch.__version__)';"
                " cat /opt/xformers-commit; ls /opt/wheels /opt/xformers-wheels; black --version; flake8 --version;"
                " isort --version; pre-commit --version; rsync --version; ninja --version"_s});
        QVERIFY(ran);
        const QString words = QString::fromUtf8(ran->out + ran->err);
        QVERIFY2(ran->exitCode == 0, qPrintable(words));
        QVERIFY2(
            words.startsWith(u"vscode\n/workspace/xformers\n/workspace/xformers/xformers/__init__.py 2.10.0+cu128\n"),
            qPrintable(words));
        QCOMPARE(words.count(QRegularExpression(u"^xformers-0\\.0\\.99\\+\\w+-.*\\.whl$"_s,
                                                QRegularExpression::MultilineOption)),
                 2);
    }

    /// A plain clone of the fork, brought up by the real Dev Container CLI from the dev layer.
    void opensAsADevContainer(const DevContainerClient &client)
    {
        DevContainerOptions options;
        options.folder = m_test->folder() + u"/clone"_s;
        const QString address = u"git://127.0.0.1:%1/xformers"_s.arg(m_port);
        const auto cloned = run({u"git"_s, {u"clone"_s, u"--quiet"_s, address, options.folder}, {}, {}}, 10min);
        QVERIFY2(cloned && cloned->exitCode == 0, cloned ? cloned->err.constData() : "");
        auto request = devContainerRequest(m_environment, m_engine, options, {}, m_paths);
        QVERIFY2(request, qPrintable(request ? QString() : request.error().message));
        // As a user of number 1000 has it, where the engine lets the test: Podman's root knows no --userns=keep-id.
        request->asRoot = m_engine.kind == EngineKind::Podman;
        const auto change = planDevContainer(*request, m_paths);
        QVERIFY2(change, qPrintable(change ? QString() : change.error().message));
        const auto written = writeDevContainer(*change);
        QVERIFY2(written, qPrintable(written ? QString() : written.error().message));
        if (!request->asRoot) {
            const auto owned = run({u"chown"_s, {u"-R"_s, u"1000:1000"_s, options.folder}, {}, {}}, 10min);
            QVERIFY(owned && owned->exitCode == 0);
        }
        const auto place = devContainerPlace(*request, m_paths);
        QVERIFY2(place, qPrintable(place ? QString() : place.error().message));
        const auto up = run(upDevContainer(client, *place, DevContainerStart::Keep), 10min);
        QVERIFY(up);
        m_output[u"up"_s] = up->out + up->err;
        QVERIFY2(up->exitCode == 0, m_output.value(u"up"_s).constData());

        // The submodule came from the image, as its address leads nowhere in there; nothing was compiled.
        QVERIFY(QFile::exists(options.folder + u"/third_party/cutlass/include/cutlass/multiply.h"_s));
        QVERIFY2(m_output.value(u"up"_s).contains("ninja: no work to do"), m_output.value(u"up"_s).constData());
        QCOMPARE(compiled(u"up"_s), QStringList());
        const auto state = readDevContainerState(*place);
        QVERIFY(state && state->kind == DevContainerState::Kind::Running && state->ids.size() == 1);
        const QString user = request->asRoot ? u"root"_s : u"vscode"_s;
        const auto inside = [&](const QString &folder, const QStringList &words) {
            const auto done = m_test->run(
                QStringList{u"exec"_s, u"--user"_s, user, u"--workdir"_s, folder, state->ids.first()} + words);
            return done ? QString::fromUtf8(done->out + done->err).trimmed() : done.error().message;
        };
        const QString script = u"import numpy, torch, xformers.ops as ops; x = torch.from_numpy(numpy.ones((2, 4, 8), "
                               "numpy.float32)); y = ops.memory_efficient_attention(x, x, x); print(ops.__file__, "
                               "y.shape, y.numpy().min(), y.numpy().max())"_s;
        QCOMPARE(inside(u"/"_s, {u"python"_s, u"-c"_s, script}),
                 u"/workspace/xformers/xformers/ops/__init__.py (2, 4, 8) 1.0 1.0"_s);
        QCOMPARE(inside(request->environment.fork->mountAt, {u"git"_s, u"status"_s, u"--porcelain"_s}), QString());

        append(options.folder + u"/xformers/csrc/softmax.cpp"_s);
        m_output[u"link"_s] =
            inside(u"/"_s, {u"/opt/kernelyard/link-fork"_s, request->environment.fork->mountAt}).toUtf8();
        QCOMPARE(compiled(u"link"_s), QStringList{u"softmax.cpp"_s});
        const auto removed = m_test->run({u"rm"_s, u"--force"_s, state->ids.first()});
        QVERIFY(removed && removed->exitCode == 0);
    }

    QTemporaryDir m_folder;
    QProcess m_daemon;
    quint16 m_port = 0;
    std::unique_ptr<TestEngine> m_test;
    Engine m_engine;
    Paths m_paths;
    Environment m_environment;
    QHash<QString, QByteArray> m_output; ///< by task
    ValidationRun m_validation;
};

int main(int argc, char *argv[])
{
    qputenv("QTEST_FUNCTION_TIMEOUT", "1500000"); // building takes longer than Qt Test's five minutes
    QCoreApplication app(argc, argv);
    TestXformers test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_xformers.moc"
