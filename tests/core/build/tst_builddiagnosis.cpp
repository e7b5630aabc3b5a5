// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/builddiagnosis.h"
#include "core/build/failuresentence.h"
#include "core/build/planchange.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

/// Builds made of records, diagnosed while they are read.
class TestBuildDiagnosis : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void namesCauseStepAndLine();
    void saysAnInstructionOnce();
    void saysAFailureInShort();
    void readsEachStepForItself();
    void anotherStepsErrorIsNotTheCause();
    void anExitCodeAloneTells();
    void theEnginesOwnWordsTell();
    void unknownFailuresNameTheFirstError();
    void healthyAndCancelledBuildsHaveNoCause_data();
    void healthyAndCancelledBuildsHaveNoCause();
    void aStoppedDaemonIsSaid_data();
    void aStoppedDaemonIsSaid();
    void quotedLinesArePlain();
    void changesTheJobs();
    void remediesFitTheBuild_data();
    void remediesFitTheBuild();
    void jobsOnlyWhereTheyReachTheCompiler();
    void architecturesAreThoseOfTheBuild_data();
    void architecturesAreThoseOfTheBuild();
    void toolkitFitsTheMachine();
    void rootNeedsNoSudo();

private:
    Plan plan(OutputFormat format, const QStringList &words = {}) const;
    BuildFindings findings(const BuildState &state) const;
    std::optional<Rulebook> m_book;
    Paths m_paths;
};

namespace {

QByteArray vertex(const char *digest, const char *name, const QByteArray &more = {})
{
    return QByteArray(R"({"vertexes":[{"digest":")") + digest + R"(","name":")" + name +
           R"(","started":"2026-11-21T10:00:00Z")" + more + "}]}\n";
}

QByteArray logOf(const char *digest, const QByteArray &text)
{
    return QByteArray(R"({"logs":[{"vertex":")") + digest + R"(","stream":1,"data":")" + text.toBase64() +
           R"(","timestamp":"2026-11-21T10:00:01Z"}]})" + "\n";
}

BuildState built(const Plan &plan, const QByteArray &errorOutput, int exitCode, Outcome outcome = Outcome::Failed)
{
    BuildState state(plan);
    state.apply({0us, Opened{QDateTime::currentDateTimeUtc(), 1, u"0"_s}});
    state.apply({1us, TaskStarted{0, 2}});
    state.apply({2us, Output{0, Stream::Err, errorOutput}});
    state.apply({3us, Sample{24'400'000'000, 0us}});
    state.apply({4us, TaskExited{0, exitCode}});
    state.apply({5us, Closed{outcome, {}}});
    return state;
}

} // namespace

void TestBuildDiagnosis::initTestCase()
{
    Result<Rulebook> book = Rulebook::read(QStringLiteral(KERNELYARD_SOURCE_DIR "/resources/diagnosis"));
    QVERIFY2(book.has_value(), book ? "" : qPrintable(book.error().message));
    m_book = std::move(*book);
    m_paths.data = u"/home/user/.local/share/kernelyard"_s;
}

Plan TestBuildDiagnosis::plan(OutputFormat format, const QStringList &words) const
{
    Plan plan;
    plan.environment = u"starter"_s;
    plan.engine.kind = EngineKind::Docker;
    plan.engine.program = u"/usr/bin/docker"_s;
    Task task;
    task.name = u"builder"_s;
    task.title = u"Layer builder"_s;
    task.format = format;
    task.command = {
        u"/usr/bin/docker"_s, QStringList{u"buildx"_s, u"build"_s} + words + QStringList{u"/context"_s}, {}, {}};
    plan.tasks = {task};
    return plan;
}

BuildFindings TestBuildDiagnosis::findings(const BuildState &state) const
{
    BuildDiagnosis diagnosis(*m_book);
    diagnosis.read(state);
    return diagnosis.findings(state, m_paths);
}

void TestBuildDiagnosis::namesCauseStepAndLine()
{
    const BuildState state = built(
        plan(OutputFormat::RawJson, {u"--build-arg"_s, u"MAX_JOBS=8"_s}),
        vertex("a", "[2/2] RUN make") +
            logOf("a", "compiling\n\x1b[31mnvcc error   : 'cicc' died due to signal 9 "
                       "(Kill signal)\x1b[0m\nninja: build stopped: subcommand failed.\n") +
            vertex(
                "a", "[2/2] RUN make",
                R"(,"completed":"2026-11-21T10:00:09Z","error":"process \"make\" did not complete successfully: exit code: 1")"),
        1);
    const BuildFindings found = findings(state);
    QCOMPARE(found.causes.value(0).label, u"oom-killed"_s);
    QCOMPARE(found.causes.value(0).line, 2);
    QCOMPARE(found.causes.value(0).excerpt, u"nvcc error   : 'cicc' died due to signal 9 (Kill signal)"_s);
    QCOMPARE(found.followOn.value(0).text, u"ninja: build stopped: subcommand failed."_s);
    QCOMPARE(found.followOn.value(0).line, 3);
    QVERIFY2(found.measured.contains(u"8 jobs"), qPrintable(found.measured));
    QVERIFY(found.remedy.has_value());
    QCOMPARE(found.remedy->jobs, 4);
}

/// A step can be a whole script: it is named once, and no longer than a line.
void TestBuildDiagnosis::saysAnInstructionOnce()
{
    QCOMPARE(withoutInstruction(u"building at STEP \"RUN echo \"a\"; exit 1\": while running runtime: exit status 1"_s),
             u"exit status 1"_s);
    QCOMPARE(withoutInstruction(u"process \"/bin/sh -c make\nall\" did not complete successfully: exit code: 2"_s),
             u"exit code: 2"_s);
    QCOMPARE(withoutInstruction(u"no space left on device"_s), u"no space left on device"_s);
    const QString script = u"[2/2] RUN "_s + u"echo aaaa; "_s.repeated(40);
    Ending ending;
    ending.task = 0;
    ending.exitCode = 1;
    ending.step.key = u"a"_s;
    ending.step.name = script;
    ending.step.error = u"building at STEP \"%1\": while running runtime: exit status 1"_s.arg(script);
    ending.lastLine = "Error: " + ending.step.error.toUtf8();
    const QString sentence = failureSentence(plan(OutputFormat::Podman, {}), ending);
    QVERIFY2(sentence.size() < 500, qPrintable(sentence));
    QVERIFY2(sentence.contains(u"The engine says: exit status 1."_s), qPrintable(sentence));
}

/// In a list the cause stands first: where it was is left out, or short.
void TestBuildDiagnosis::saysAFailureInShort()
{
    const Plan made = plan(OutputFormat::Podman, {});
    Ending ending;
    ending.task = 0;
    ending.exitCode = 1;
    QCOMPARE(failureInShort(made, ending), u"/usr/bin/docker ended with status 1."_s);
    ending.step.key = u"a"_s;
    ending.step.name = u"[2/2] RUN make"_s;
    ending.step.error = u"process \"make\" did not complete successfully: exit code: 2"_s;
    QCOMPARE(failureInShort(made, ending), u"RUN make: exit code: 2."_s);
    ending.lastLine = "make: *** [all] Error 2";
    QCOMPARE(failureInShort(made, ending), u"RUN make: make: *** [all] Error 2."_s);
    ending.step.error = u"process \"make\" did not complete successfully: exit code: 137"_s;
    QVERIFY2(failureInShort(made, ending).startsWith(u"It was killed"), qPrintable(failureInShort(made, ending)));
    ending.reason = u"The disk is full."_s;
    QCOMPARE(failureInShort(made, ending), ending.reason);
}

/// A message that a display cut is joined with the next line of its own step, not with what another step wrote between.
void TestBuildDiagnosis::readsEachStepForItself()
{
    const QByteArray cut =
        "collecting packages for the environment that was asked for: ERROR: No matching distribution fo";
    const BuildState state =
        built(plan(OutputFormat::RawJson),
              vertex("a", "[a 1/1] RUN pip") + vertex("b", "[b 1/1] RUN apt") + logOf("a", cut + "\n") +
                  logOf("b", "Setting up ninja-build (1.11) ...\n") +
                  logOf("a", "und for torch==99.0 (from versions: none)\n") +
                  vertex("a", "[a 1/1] RUN pip", R"(,"completed":"2026-11-21T10:00:09Z","error":"exit code: 1")"),
              1);
    QCOMPARE(state.lines().size(), 3);
    BuildDiagnosis alone(*m_book);
    alone.read(state);
    QCOMPARE(alone.findings(state, m_paths).causes.size(), 1);
}

void TestBuildDiagnosis::anotherStepsErrorIsNotTheCause()
{
    const BuildState state =
        built(plan(OutputFormat::RawJson),
              vertex("a", "[a 1/1] RUN one") + vertex("b", "[b 1/1] RUN two") +
                  logOf("b", "fatal error: Python.h: No such file or directory\n") + logOf("a", "Killed\n") +
                  vertex("b", "[b 1/1] RUN two", R"(,"completed":"2026-11-21T10:00:08Z")") +
                  vertex("a", "[a 1/1] RUN one", R"(,"completed":"2026-11-21T10:00:09Z","error":"exit code: 137")"),
              1);
    QCOMPARE(findings(state).causes.value(0).label, u"oom-killed"_s);
    QCOMPARE(findings(state).causes.value(0).line, 2);
}

void TestBuildDiagnosis::anExitCodeAloneTells()
{
    const BuildState state = built(plan(OutputFormat::Plain), "working\nstill working\n", 137);
    const BuildFindings found = findings(state);
    QCOMPARE(found.causes.value(0).label, u"oom-killed"_s);
    QCOMPARE(found.causes.value(0).line, 2);
    QCOMPARE(found.causes.value(0).excerpt, u"exit status 137"_s);
    QCOMPARE(findings(built(plan(OutputFormat::Plain), "working\n", 124)).causes.value(0).label, u"timeout"_s);
}

void TestBuildDiagnosis::theEnginesOwnWordsTell()
{
    const BuildState state = built(
        plan(OutputFormat::RawJson),
        vertex("a", "[2/2] RUN make") + logOf("a", "compiling\n") +
            vertex(
                "a", "[2/2] RUN make",
                R"(,"completed":"2026-11-21T10:00:09Z","error":"process \"make\" did not complete successfully: exit code: 137")"),
        1);
    QCOMPARE(findings(state).causes.value(0).label, u"oom-killed"_s);
    QCOMPARE(findings(state).causes.value(0).line, 1);
}

void TestBuildDiagnosis::unknownFailuresNameTheFirstError()
{
    const BuildState state =
        built(plan(OutputFormat::Plain), "step one\nTraceback (most recent call last):\nTuneError: flat\n", 3);
    const BuildFindings found = findings(state);
    QVERIFY(found.causes.isEmpty());
    QCOMPARE(found.firstError, 2);
}

void TestBuildDiagnosis::healthyAndCancelledBuildsHaveNoCause_data()
{
    QTest::addColumn<int>("outcome");
    QTest::newRow("done, though something was said") << int(Outcome::Done);
    QTest::newRow("cancelled") << int(Outcome::Cancelled);
}

void TestBuildDiagnosis::healthyAndCancelledBuildsHaveNoCause()
{
    QFETCH(int, outcome);
    const BuildState state = built(plan(OutputFormat::Plain), "Killed\n", outcome == int(Outcome::Done) ? 0 : 137,
                                   static_cast<Outcome>(outcome));
    QVERIFY(findings(state) == BuildFindings());
}

void TestBuildDiagnosis::aStoppedDaemonIsSaid_data()
{
    QTest::addColumn<int>("format");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("buildx") << int(OutputFormat::RawJson)
                            << QByteArray("ERROR: failed to receive status: rpc error: code = Unavailable desc = error "
                                          "reading from server: EOF\n");
    QTest::newRow("classic") << int(OutputFormat::Classic)
                             << QByteArray(
                                    "error during connect: Post \"http://%2Frun%2Fdocker.sock/v1.41/build\": EOF\n");
    QTest::newRow("classic, not there any more")
        << int(OutputFormat::Classic)
        << QByteArray(
               "Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?\n");
}

void TestBuildDiagnosis::aStoppedDaemonIsSaid()
{
    QFETCH(int, format);
    QFETCH(QByteArray, words);
    const BuildState state = built(plan(static_cast<OutputFormat>(format)), words, 1);
    QVERIFY2(state.failure().contains(u"daemon stopped"), qPrintable(state.failure()));
    QVERIFY2(!state.failure().contains(u"cancelled"), qPrintable(state.failure()));
    QCOMPARE(findings(state).causes.value(0).label, u"engine-not-running"_s);
}

void TestBuildDiagnosis::quotedLinesArePlain()
{
    const BuildState state = built(plan(OutputFormat::Plain), "\x1b[1;31merror: no tune\x1b[0m\x1b[K\n", 3);
    QVERIFY2(state.failure().contains(u"error: no tune."), qPrintable(state.failure()));
    QVERIFY(!state.failure().contains(u'\x1b'));
}

void TestBuildDiagnosis::changesTheJobs()
{
    const Plan before = plan(OutputFormat::RawJson, {u"--build-arg"_s, u"JOBS=6"_s});
    QCOMPARE(jobsOf(before, 0), 6);
    QCOMPARE(withJobs(before, 0, 3).tasks[0].command.arguments,
             (QStringList{u"buildx"_s, u"build"_s, u"--build-arg"_s, u"JOBS=3"_s, u"/context"_s}));
    const Plan without = plan(OutputFormat::RawJson);
    QCOMPARE(jobsOf(without, 0), std::nullopt);
    QCOMPARE(withJobs(without, 0, 3).tasks[0].command.arguments,
             (QStringList{u"buildx"_s, u"build"_s, u"--build-arg"_s, u"MAX_JOBS=3"_s, u"/context"_s}));
    QCOMPARE(jobsOf(withJobs(without, 0, 3), 0), 3);
    QCOMPARE(withJobs(without, 7, 3).tasks[0].command, without.tasks[0].command); // no such task
}

void TestBuildDiagnosis::remediesFitTheBuild_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("command");
    QTest::newRow("a checkout of someone else's")
        << QByteArray("fatal: detected dubious ownership in repository at '/work/fork'")
        << u"git config --global --add safe.directory /work/fork"_s;
    QTest::newRow("a registry that denies")
        << QByteArray("ERROR: failed to resolve source metadata for ghcr.io/some/image:1: pull access denied")
        << u"/usr/bin/docker login ghcr.io"_s;
    QTest::newRow("Docker Hub denies") << QByteArray(
                                              "Error: pull access denied for some/image, repository does not exist")
                                       << u"/usr/bin/docker login"_s;
    QTest::newRow("submodules of the fork") << QByteArray("fatal error: cutlass/cutlass.h: No such file or directory")
                                            << u"git -C /home/user/.local/share/kernelyard/forks/attention "
                                               "submodule update --init --recursive"_s;
    QTest::newRow("a full disk") << QByteArray("OSError: [Errno 28] No space left on device: '/opt/wheels/x'")
                                 << u"/usr/bin/docker image prune --force"_s;
}

void TestBuildDiagnosis::remediesFitTheBuild()
{
    QFETCH(QByteArray, line);
    Plan made = plan(OutputFormat::Plain);
    made.tasks[0].command.arguments << u"--volume"_s << m_paths.forks() + u"/attention:/workspace:ro"_s;
    const BuildFindings found = findings(built(made, line + '\n', 1));
    QVERIFY2(found.remedy && found.remedy->run, qPrintable(found.causes.value(0).label));
    QTEST(found.remedy->run->display(), "command");
}

static QString dockerfile(const QTemporaryDir &folder, const QByteArray &text)
{
    QFile file(folder.filePath(u"Dockerfile"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s", qPrintable(file.errorString()));
    return file.fileName();
}

static Cause cause(RemedyAction action, const QString &excerpt = {})
{
    Cause made;
    made.action = action;
    made.excerpt = excerpt;
    return made;
}

void TestBuildDiagnosis::jobsOnlyWhereTheyReachTheCompiler()
{
    const QTemporaryDir folder;
    const auto remedy = [&](const QByteArray &text) {
        const Plan made = plan(OutputFormat::RawJson, {u"--file"_s, dockerfile(folder, text)});
        return remedyOf(cause(RemedyAction::FewerJobs), made, 0, m_paths, {}, 8);
    };
    QVERIFY(!remedy("FROM scratch\nRUN make\n"));
    const auto found = remedy("FROM scratch\nARG MAX_JOBS=\nRUN make\n");
    QVERIFY(found);
    QCOMPARE(found->jobs, 4);
    QVERIFY(!remedyOf(cause(RemedyAction::FewerJobs), plan(OutputFormat::RawJson), 0, m_paths, {}, 8));
    const Plan jobs = plan(OutputFormat::RawJson, {u"--file"_s, dockerfile(folder, "FROM scratch\narg JOBS\n")});
    QCOMPARE(buildArgument(withJobs(jobs, 0, 4), 0, u"JOBS"_s), u"4"_s);
}

void TestBuildDiagnosis::architecturesAreThoseOfTheBuild_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("given");
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("name"); // empty: no remedy
    QTest::addColumn<QString>("archs");
    const QString refused = u"nvcc fatal   : Unsupported gpu architecture 'compute_120'"_s;
    QTest::newRow("refused") << QByteArray() << u"TORCH_CUDA_ARCH_LIST=8.0;12.0+PTX;9.0"_s << refused
                             << u"TORCH_CUDA_ARCH_LIST"_s << u"8.0;9.0"_s;
    QTest::newRow("refused, without points")
        << QByteArray() << u"CUDAARCHS=90a 120"_s << refused << u"CUDAARCHS"_s << u"90a"_s;
    QTest::newRow("PyTorch refuses") << QByteArray() << u"TORCH_CUDA_ARCH_LIST=8.0 12.0"_s
                                     << u"ValueError: Unknown CUDA arch (12.0) or GPU not supported"_s
                                     << u"TORCH_CUDA_ARCH_LIST"_s << u"8.0"_s;
    QTest::newRow("the only one") << QByteArray() << u"TORCH_CUDA_ARCH_LIST=12.0"_s << refused
                                  << u"TORCH_CUDA_ARCH_LIST"_s << u"12.0"_s;
    QTest::newRow("declared") << QByteArray("FROM scratch\nARG TARGETARCH\nARG CUDA_ARCHS=\n") << QString() << QString()
                              << u"CUDA_ARCHS"_s << QString();
    QTest::newRow("none") << QByteArray("FROM scratch\nARG TARGETARCH\n") << u"TARGETARCH=amd64"_s << QString()
                          << QString() << QString();
}

void TestBuildDiagnosis::architecturesAreThoseOfTheBuild()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, given);
    QFETCH(QString, line);
    QFETCH(QString, name);
    const QTemporaryDir folder;
    QStringList words{u"--file"_s, dockerfile(folder, text)};
    if (!given.isEmpty())
        words << u"--build-arg"_s << given;
    const auto found =
        remedyOf(cause(RemedyAction::ArchList, line), plan(OutputFormat::RawJson, words), 0, m_paths, {}, 8);
    QCOMPARE(found.has_value(), !name.isEmpty());
    if (!found)
        return;
    QCOMPARE(found->archName, name);
    QTEST(found->archs, "archs");
}

void TestBuildDiagnosis::toolkitFitsTheMachine()
{
    const QTemporaryDir folder;
    Plan made = plan(OutputFormat::RawJson);
    HostFacts facts;
    facts.uid = 1000;
    facts.searchPath = {folder.path()};
    const auto command = [&] {
        const auto found = remedyOf(cause(RemedyAction::GpuToolkit), made, 0, m_paths, facts, 8);
        return found ? found->run->display() : QString();
    };
    QCOMPARE(command(), QString()); // no package manager that is known
    facts.packages = HostFacts::Packages::Dnf;
    QCOMPARE(command(), u"sudo dnf install --assumeyes nvidia-container-toolkit"_s);
    QFile tool(folder.filePath(u"nvidia-ctk"_s));
    QVERIFY(tool.open(QIODevice::WriteOnly));
    QVERIFY(tool.setPermissions(QFile::ReadOwner | QFile::ExeOwner));
    QCOMPARE(command(), u"sudo sh -c 'nvidia-ctk runtime configure --runtime=docker && service docker restart'"_s);
    facts.hasSystemd = true;
    QVERIFY(command().endsWith("&& systemctl restart docker'"_L1));
    made.engine.rootless = true; // has a file and a unit of its own
    QVERIFY(command().startsWith("sh -c 'nvidia-ctk"_L1) && command().contains("$HOME/.config/docker/daemon.json"_L1) &&
            command().endsWith("systemctl --user restart docker'"_L1));
    made.engine.rootless = false;
    made.engine.kind = EngineKind::Podman;
    facts.uid = 0;
    QCOMPARE(command(), u"nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"_s);
    const BuildFindings found =
        findings(built(made, "Error: setting up CDI devices: unresolvable CDI devices nvidia.com/gpu=all\n", 125));
    QCOMPARE(found.causes.value(0).label, u"gpu-not-visible-in-container"_s);
    QCOMPARE(found.causes.value(0).action, RemedyAction::GpuToolkit);
}

void TestBuildDiagnosis::rootNeedsNoSudo()
{
    Cause denied = cause(RemedyAction::Run);
    denied.command = {u"sudo"_s, u"usermod"_s, u"--append"_s, u"--groups"_s, u"docker"_s, u"{user}"_s};
    HostFacts facts;
    facts.user = u"user"_s;
    facts.uid = 1000;
    const auto words = [&] {
        return remedyOf(denied, plan(OutputFormat::RawJson), 0, m_paths, facts, 8)->run->display();
    };
    QCOMPARE(words(), u"sudo usermod --append --groups docker user"_s);
    facts.uid = 0;
    QCOMPARE(words(), u"usermod --append --groups docker user"_s);
}

QTEST_GUILESS_MAIN(TestBuildDiagnosis)
#include "tst_builddiagnosis.moc"
