// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/cacheanswer.h"
#include "core/build/stepchain.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Cause = CacheAnswer::Cause;

class TestCacheAnswer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commandIsReadBack();
    void images_data();
    void images();
    void ignored_data();
    void ignored();
    void contextIsGathered();
    void inputsSurviveJson();
    void cachedAndNotRun();
    void firstBuild();
    void noCacheAsked();
    void instructionChanged();
    void argumentChanged();
    void argumentsOfTheDockerfile_data();
    void argumentsOfTheDockerfile();
    void argumentPutIntoTheInstruction_data();
    void argumentPutIntoTheInstruction();
    void settingWithoutAStep();
    void instructionsInAnotherOrder();
    void instructionRepeated();
    void instructions_data();
    void instructions();
    void permissionsChanged();
    void imageOfAnotherStage();
    void stagesOfTextEngines();
    void filesChanged_data();
    void filesChanged();
    void baseChanged();
    void notFinishedBefore();
    void nothingChangedIsUnknown();
    void laterStepsFollowTheFirst();
    void stagesAreTheirOwn();
    void firstOfEachLayer();
    void recordsInAnyOrder_data();
    void recordsInAnyOrder();

private:
    /// One layer of four instructions, as Podman tells it; the last two ran.
    struct Build
    {
        Plan plan;
        QList<Step> steps;
        QList<LayerInputs> inputs;
        int number = 1;

        CacheEvidence evidence() const { return {BuildId(number), &plan, &steps, inputs}; }
    };
    static Build build(int number)
    {
        Build made;
        made.number = number;
        Task task;
        task.name = u"builder"_s;
        task.kind = TaskKind::Layer;
        task.image = u"localhost/kernelyard/starter-builder:dev"_s;
        task.command.arguments = {u"build"_s,      u"--build-arg"_s, u"JOBS=2"_s, u"--file"_s,
                                  u"/d/builder"_s, u"--tag"_s,       u"t:dev"_s,  u"/context"_s};
        made.plan.tasks = {task};
        made.plan.environment = u"starter"_s;
        const QStringList names{u"FROM localhost/wheels:dev"_s, u"ENV A=1"_s, u"COPY src /src"_s, u"RUN make"_s};
        for (int i = 0; i < names.size(); ++i) {
            Step step;
            step.key = u"%1/4"_s.arg(i + 1);
            step.name = names[i];
            step.status = i < 2 ? StepStatus::Cached : StepStatus::Done;
            made.steps.append(step);
        }
        made.inputs = {{u"builder"_s,
                        {{u"localhost/wheels:dev"_s, u"aaa"_s}},
                        {{u"src/a.cpp"_s, 10, 1000, "01"}, {u"src/b.cpp"_s, 10, 1000, "02"}, {u"doc"_s, 1, 1, "03"}},
                        {},
                        true}};
        return made;
    }
};

void TestCacheAnswer::commandIsReadBack()
{
    Task task = build(1).plan.tasks[0];
    const LayerCommand expected{u"/d/builder"_s, u"/context"_s, false, {{u"JOBS"_s, u"2"_s}}};
    QCOMPARE(layerCommand(task), expected);
    task.command.arguments.insert(1, u"--no-cache"_s);
    QVERIFY(layerCommand(task).noCache);
    task.kind = TaskKind::Fork;
    QCOMPARE(layerCommand(task), LayerCommand());
}

void TestCacheAnswer::images_data()
{
    QTest::addColumn<QByteArray>("dockerfile");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("plain") << QByteArray("FROM debian:12\nRUN x\n") << QStringList{u"debian:12"_s};
    QTest::newRow("argument given") << QByteArray("ARG BASE\nFROM ${BASE}\n") << QStringList{u"given:1"_s};
    QTest::newRow("argument's default") << QByteArray("ARG OTHER=\"d:1\"\nfrom --platform=linux/amd64 $OTHER as b\n")
                                        << QStringList{u"d:1"_s};
    QTest::newRow("default in place") << QByteArray("FROM ${NONE:-e:2}\n") << QStringList{u"e:2"_s};
    QTest::newRow("no value") << QByteArray("FROM ${NONE}\n") << QStringList{};
    QTest::newRow("stages and copies")
        << QByteArray(
               "FROM a:1 AS one\nFROM b:1\nCOPY --from=one /x /x\nCOPY --from=c:1 /y \\\n  /y\nCOPY --from=0 /z /z\n"
               "FROM scratch\nFROM one\n")
        << QStringList{u"a:1"_s, u"b:1"_s, u"c:1"_s};
    QTest::newRow("comments") << QByteArray("# FROM no:1\n\nFROM a:1 # no\n") << QStringList{u"a:1"_s};
    QTest::newRow("garbage") << QByteArray("\xff\0\\\nFROM", 8) << QStringList{};
}

void TestCacheAnswer::images()
{
    QFETCH(QByteArray, dockerfile);
    QTEST(imagesOf(dockerfile, {{u"BASE"_s, u"given:1"_s}}), "expected");
}

void TestCacheAnswer::ignored_data()
{
    QTest::addColumn<QStringList>("patterns");
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("expected");
    QTest::newRow("folder") << QStringList{u"build/"_s} << u"build/a/b.o"_s << true;
    QTest::newRow("star within a name") << QStringList{u"*.md"_s} << u"README.md"_s << true;
    QTest::newRow("star does not pass folders") << QStringList{u"*.md"_s} << u"doc/README.md"_s << false;
    QTest::newRow("any folder") << QStringList{u"**/*.md"_s} << u"doc/a/README.md"_s << true;
    QTest::newRow("any folder, none") << QStringList{u"**/*.md"_s} << u"README.md"_s << true;
    QTest::newRow("taken back") << QStringList{u"*"_s, u"!src"_s} << u"src/a.cpp"_s << false;
    QTest::newRow("comment") << QStringList{u"# src"_s, QString()} << u"src/a.cpp"_s << false;
    QTest::newRow("one sign") << QStringList{u"a?.c"_s} << u"ab.c"_s << true;
}

void TestCacheAnswer::ignored()
{
    QFETCH(QStringList, patterns);
    QFETCH(QString, path);
    QTEST(isIgnored(patterns, path), "expected");
}

static void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0)
        qFatal("%s can't be written", qPrintable(path));
}

void TestCacheAnswer::contextIsGathered()
{
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath(u"src/deep"_s));
    write(folder.path() + u"/Dockerfile", "FROM a:1\n");
    write(folder.path() + u"/src/deep/a.cpp", "int a;");
    write(folder.path() + u"/big.o", "x");
    write(folder.path() + u"/.dockerignore", "*.o\n");
    Task task;
    task.name = u"builder"_s;
    task.kind = TaskKind::Layer;
    task.command.arguments = {u"build"_s, u"--file"_s, QString(folder.path() + u"/Dockerfile"),
                              u"--tag"_s, u"t"_s,      QString(folder.path() + u'/')};
    Engine engine;
    engine.program = u"/bin/false"_s; // knows no image
    const LayerInputs inputs = gatherLayerInputs(task, engine);
    QStringList paths;
    for (const ContextFile &file : inputs.files)
        paths << file.path;
    QCOMPARE(paths, QStringList({u".dockerignore"_s, u"Dockerfile"_s, u"src/deep/a.cpp"_s}));
    QCOMPARE(inputs.files.last().hash, QCryptographicHash::hash("int a;", QCryptographicHash::Sha1).toHex());
    QVERIFY(inputs.images.isEmpty());
    QVERIFY(inputs.isWhole);
    task.command.arguments = {u"sh"_s, u"-c"_s, u"true"_s};
    QCOMPARE(gatherLayerInputs(task, engine).files.size(), 0);
}

void TestCacheAnswer::inputsSurviveJson()
{
    const QList<LayerInputs> inputs = build(1).inputs;
    QCOMPARE(layerInputsFromJson(toJson(inputs)), inputs);
    QCOMPARE(layerInputsFromJson("{").size(), 0);
    const QByteArray json = toJson(inputs);
    for (qsizetype cut = 0; cut < json.size(); ++cut)
        QCOMPARE(layerInputsFromJson(json.first(cut)).size(), 0);
}

void TestCacheAnswer::cachedAndNotRun()
{
    Build now = build(2);
    QCOMPARE(whyNotCached(now.evidence(), 1, build(1).evidence()).cause, Cause::Cached);
    now.steps[3].status = StepStatus::Waiting;
    QCOMPARE(whyNotCached(now.evidence(), 3, {}).cause, Cause::NotRun);
    QCOMPARE(whyNotCached(now.evidence(), 99, {}).cause, Cause::Unknown);
}

void TestCacheAnswer::firstBuild()
{
    const Build now = build(2);
    const CacheAnswer answer = whyNotCached(now.evidence(), 2, {});
    QCOMPARE(answer.cause, Cause::FirstBuild);
    QVERIFY2(answer.sentence.contains(u"builder"), qPrintable(answer.sentence));
    QVERIFY(!answer.before.isValid());
}

void TestCacheAnswer::noCacheAsked()
{
    Build now = build(2);
    now.plan.tasks[0].command.arguments.insert(1, u"--no-cache"_s);
    const Build before = build(1);
    QCOMPARE(whyNotCached(now.evidence(), 2, before.evidence()).cause, Cause::NoCacheAsked);
}

void TestCacheAnswer::instructionChanged()
{
    Build now = build(2);
    now.steps[2].status = StepStatus::Cached;
    now.steps[3].name = u"RUN make -j2"_s;
    const Build before = build(1);
    const CacheAnswer answer = whyNotCached(now.evidence(), 3, before.evidence());
    QCOMPARE(answer.cause, Cause::InstructionChanged);
    QCOMPARE(answer.details, QStringList({u"was: RUN make"_s, u"is: RUN make -j2"_s}));
    QCOMPARE(answer.before, BuildId(1));
}

void TestCacheAnswer::argumentChanged()
{
    Build now = build(2);
    now.steps[2].status = StepStatus::Cached;
    now.plan.tasks[0].command.arguments[2] = u"JOBS=4"_s;
    const Build before = build(1);
    const CacheAnswer answer = whyNotCached(now.evidence(), 3, before.evidence());
    QCOMPARE(answer.cause, Cause::ArgumentChanged);
    QCOMPARE(answer.details, QStringList({u"JOBS was “2”, is “4”"_s}));
}

void TestCacheAnswer::argumentsOfTheDockerfile_data()
{
    QTest::addColumn<QStringList>("before");
    QTest::addColumn<QStringList>("now");
    QTest::addColumn<QStringList>("details"); // empty: that is not it
    const QStringList end{u"COPY src /src"_s, u"RUN make"_s};
    const auto file = [&end](const QStringList &begin) { return QStringList{u"FROM a"_s} + begin + end; };
    QTest::newRow("default") << file({u"ARG KIND=a"_s}) << file({u"ARG KIND=b"_s})
                             << QStringList{u"KIND was “a”, is “b”"_s};
    QTest::newRow("default is new") << file({u"ARG KIND"_s}) << file({u"ARG KIND=b"_s})
                                    << QStringList{u"KIND was not given, is “b”"_s};
    QTest::newRow("default is gone") << file({u"ARG KIND=a"_s}) << file({u"ARG KIND"_s})
                                     << QStringList{u"KIND was “a”, is not given"_s};
    QTest::newRow("in another stage") << QStringList{u"FROM a"_s, u"ARG KIND=a"_s, u"FROM b"_s} + end
                                      << QStringList{u"FROM a"_s, u"ARG KIND=b"_s, u"FROM b"_s} + end << QStringList();
    QTest::newRow("behind it") << file({}) + QStringList{u"ARG KIND=a"_s} << file({}) + QStringList{u"ARG KIND=b"_s}
                               << QStringList();
}

void TestCacheAnswer::argumentsOfTheDockerfile()
{
    QFETCH(QStringList, before);
    QFETCH(QStringList, now);
    QFETCH(QStringList, details);
    Build is = build(2);
    Build was = build(1);
    is.steps[2].status = StepStatus::Cached;
    is.inputs[0].instructions = now;
    was.inputs[0].instructions = before;
    const CacheAnswer answer = whyNotCached(is.evidence(), 3, was.evidence());
    QCOMPARE(answer.cause, details.isEmpty() ? Cause::Unknown : Cause::ArgumentChanged);
    QCOMPARE(answer.details, details);
    // what no stage declares, a command line may change freely
    is.inputs[0].instructions = was.inputs[0].instructions = QStringList{u"FROM a"_s, u"RUN make"_s};
    is.plan.tasks[0].command.arguments[2] = u"JOBS=4"_s;
    QCOMPARE(whyNotCached(is.evidence(), 3, was.evidence()).cause, Cause::Unknown);
}

void TestCacheAnswer::argumentPutIntoTheInstruction_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("now");
    QTest::addColumn<QString>("instruction");
    QTest::newRow("at the end") << u"2"_s << u"4"_s << u"RUN make -j%1"_s;
    QTest::newRow("which stands elsewhere too") << u"a"_s << u"b"_s << u"COPY src/%1.txt /a.txt"_s;
    QTest::newRow("values alike") << u"v12"_s << u"v132"_s << u"COPY src/v12/%1/v12 /v12"_s;
    QTest::newRow("twice") << u"one"_s << u"two"_s << u"COPY %1 /%1"_s;
    QTest::newRow("empty") << QString() << u"x"_s << u"COPY src%1 /x"_s;
}

void TestCacheAnswer::argumentPutIntoTheInstruction()
{
    QFETCH(QString, before);
    QFETCH(QString, now);
    QFETCH(QString, instruction);
    Build is = build(2);
    Build was = build(1);
    is.steps[2].status = StepStatus::Cached;
    is.steps[3].name = instruction.arg(now);
    was.steps[3].name = instruction.arg(before);
    is.plan.tasks[0].command.arguments[2] = u"JOBS="_s + now;
    was.plan.tasks[0].command.arguments[2] = u"JOBS="_s + before;
    for (Build *one : {&is, &was})
        one->inputs[0].instructions = {u"FROM a"_s, u"ARG JOBS"_s, u"COPY src /src"_s, instruction.arg(u"$JOBS"_s)};
    const CacheAnswer answer = whyNotCached(is.evidence(), 3, was.evidence());
    QCOMPARE(answer.cause, Cause::ArgumentChanged);
    QCOMPARE(answer.details, QStringList{u"JOBS was “%1”, is “%2”"_s.arg(before, now)});
    // something else changed as well
    was.steps[3].name += u" other"_s;
    QCOMPARE(whyNotCached(is.evidence(), 3, was.evidence()).cause, Cause::InstructionChanged);
}

/// BuildKit tells no step of ENV.
void TestCacheAnswer::settingWithoutAStep()
{
    Build now = build(2);
    Build before = build(1);
    now.steps[2].status = StepStatus::Cached;
    before.inputs[0].instructions = {u"FROM a"_s, u"ENV MODE=slow"_s, u"RUN make"_s, u"ENV LATER=1"_s};
    now.inputs[0].instructions = {u"FROM a"_s, u"ENV MODE=fast"_s, u"RUN make"_s, u"ENV LATER=2"_s};
    CacheAnswer answer = whyNotCached(now.evidence(), 3, before.evidence());
    QCOMPARE(answer.cause, Cause::InstructionChanged);
    QCOMPARE(answer.details, QStringList({u"was: ENV MODE=slow"_s, u"is: ENV MODE=fast"_s}));
    now.inputs[0].instructions[1] = u"ENV MODE=slow"_s; // only the one behind it differs
    QCOMPARE(whyNotCached(now.evidence(), 3, before.evidence()).cause, Cause::Unknown);
}

void TestCacheAnswer::instructionsInAnotherOrder()
{
    Build now = build(2);
    const Build before = build(1);
    std::swap(now.steps[2].name, now.steps[3].name); // RUN make, then COPY
    const CacheAnswer answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.cause, Cause::InstructionChanged);
    QCOMPARE(answer.details, QStringList({u"was: COPY src /src"_s, u"is: RUN make"_s}));
}

void TestCacheAnswer::instructionRepeated()
{
    Build now = build(2);
    Build before = build(1);
    for (Build *one : {&now, &before}) {
        one->steps.append(one->steps[3]);
        one->steps[4].key = u"5/5"_s;
    }
    now.steps[2].status = StepStatus::Cached;
    QCOMPARE(whyNotCached(now.evidence(), 3, before.evidence()).cause, Cause::Unknown); // not its twin's order
    now.steps[3].status = StepStatus::Cached;
    QCOMPARE(whyNotCached(now.evidence(), 4, before.evidence()).cause, Cause::Unknown);
}

void TestCacheAnswer::instructions_data()
{
    QTest::addColumn<QByteArray>("dockerfile");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("one a line") << QByteArray("FROM a\n\n# no\nRUN  x   y\n") << QStringList{u"FROM a"_s, u"RUN x y"_s};
    QTest::newRow("over lines") << QByteArray("RUN x && \\\n  # why\n  y\nUSER z")
                                << QStringList{u"RUN x && y"_s, u"USER z"_s};
    QTest::newRow("here-document") << QByteArray("RUN <<EOF\nFROM no\nEOF\nUSER z\n")
                                   << QStringList{u"RUN <<EOF FROM no EOF"_s, u"USER z"_s};
    QTest::newRow("here-document without an end") << QByteArray("RUN <<'EOF'\nx\n") << QStringList{u"RUN <<'EOF' x "_s};
}

void TestCacheAnswer::instructions()
{
    QFETCH(QByteArray, dockerfile);
    QTEST(instructionsOf(dockerfile), "expected");
}

void TestCacheAnswer::permissionsChanged()
{
    Build now = build(2);
    Build before = build(1);
    now.inputs[0].files[0].mode = 0755;
    QCOMPARE(whyNotCached(now.evidence(), 2, before.evidence()).cause, Cause::Unknown); // not recorded then
    before.inputs[0].files[0].mode = 0644;
    const CacheAnswer answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.cause, Cause::FilesChanged);
    QCOMPARE(answer.details, QStringList{u"src/a.cpp has other permissions"_s});
}

/// An image that the step does not take from is not the cause, though it changed too.
void TestCacheAnswer::imageOfAnotherStage()
{
    Build now = build(2);
    Build before = build(1);
    for (Build *one : {&now, &before})
        one->inputs[0].images.append({u"localhost/other:dev"_s, one == &now ? u"new"_s : u"old"_s});
    now.inputs[0].files[0].hash = "99";
    QCOMPARE(whyNotCached(now.evidence(), 2, before.evidence()).cause, Cause::FilesChanged);
    for (Build *one : {&now, &before})
        one->steps[2].name = u"COPY --from=localhost/other:dev /x /x"_s;
    const CacheAnswer answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.cause, Cause::BaseChanged);
    QCOMPARE(answer.details, QStringList{u"localhost/other:dev is another image than before"_s});
}

/// Podman and the classic builder name no inputs: stages follow from FROM.
void TestCacheAnswer::stagesOfTextEngines()
{
    Build now = build(2);
    const QStringList names{u"FROM a AS One"_s, u"COPY src /src"_s, u"FROM b"_s, u"RUN own"_s,
                            u"COPY --from=one /x /x"_s};
    now.steps.resize(names.size());
    for (int i = 0; i < names.size(); ++i) {
        now.steps[i].key = u"%1/5"_s.arg(i + 1);
        now.steps[i].name = names[i];
        now.steps[i].status = StepStatus::Done;
        if (!names[i].startsWith(u"FROM"))
            now.steps[i].inputs = {u"%1/5"_s.arg(i)}; // as their parser tells
    }
    QCOMPARE(stepChain(now.steps, 3), QList<int>({2, 3}));
    QCOMPARE(stepChain(now.steps, 4), QList<int>({0, 1, 2, 3, 4}));
    QCOMPARE(stagePath(now.steps, 4), QList<int>({3, 4}));
    QCOMPARE(stageBase(now.steps, stepChain(now.steps, 4), 4), 2);
    QCOMPARE(stepChain(now.steps, 99), QList<int>());
}

void TestCacheAnswer::filesChanged_data()
{
    QTest::addColumn<int>("change");
    QTest::addColumn<QStringList>("details");
    QTest::newRow("changed") << 0 << QStringList{u"src/a.cpp changed"_s};
    QTest::newRow("gone and new") << 1 << QStringList{u"src/a.cpp is gone"_s, u"src/c.cpp is new"_s};
    QTest::newRow("touched without a hash") << 2 << QStringList{u"src/a.cpp changed"_s};
}

void TestCacheAnswer::filesChanged()
{
    QFETCH(int, change);
    Build now = build(2);
    ContextFile &file = now.inputs[0].files[0];
    if (change == 0)
        file.hash = "99";
    else if (change == 1)
        file.path = u"src/c.cpp"_s;
    else
        file.hash.clear(), file.modifiedMs = 2000;
    now.inputs[0].files[2].hash = "77"; // is not copied
    const Build before = build(1);
    const CacheAnswer answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.cause, Cause::FilesChanged);
    QTEST(answer.details, "details");
    // touched, with the same content: that is not it
    now = build(2);
    now.inputs[0].files[0].modifiedMs = 5000;
    QCOMPARE(whyNotCached(now.evidence(), 2, before.evidence()).cause, Cause::Unknown);
}

void TestCacheAnswer::baseChanged()
{
    Build now = build(2);
    now.inputs[0].images[0].second = u"bbb"_s;
    now.steps[1].status = StepStatus::Done;
    const Build before = build(1);
    CacheAnswer answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.cause, Cause::BaseChanged);
    QCOMPARE(answer.details, QStringList({u"localhost/wheels:dev is another image than before"_s}));

    Task wheels = now.plan.tasks[0];
    wheels.name = u"wheels"_s;
    wheels.image = u"localhost/wheels:dev"_s;
    now.plan.tasks.append(wheels);
    Step step;
    step.task = 1;
    step.key = u"2/2"_s;
    step.name = u"RUN apt-get install"_s;
    step.status = StepStatus::Done;
    now.steps.append(step);
    answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.details, QStringList({u"localhost/wheels:dev was built anew in this build (layer wheels)"_s}));
}

void TestCacheAnswer::notFinishedBefore()
{
    Build now = build(2);
    now.steps[2].status = StepStatus::Cached;
    Build before = build(1);
    before.steps[3].status = StepStatus::Failed;
    QCOMPARE(whyNotCached(now.evidence(), 3, before.evidence()).cause, Cause::NotFinished);
}

void TestCacheAnswer::nothingChangedIsUnknown()
{
    Build now = build(2);
    Build before = build(1);
    CacheAnswer answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.cause, Cause::Unknown);
    QVERIFY2(answer.sentence.contains(u"pruned"), qPrintable(answer.sentence));
    before.inputs.clear();
    answer = whyNotCached(now.evidence(), 2, before.evidence());
    QCOMPARE(answer.cause, Cause::Unknown);
    QVERIFY2(answer.sentence.contains(u"not recorded"), qPrintable(answer.sentence));
}

void TestCacheAnswer::laterStepsFollowTheFirst()
{
    Build now = build(2);
    now.inputs[0].files[0].hash = "99";
    const Build before = build(1);
    const CacheAnswer answer = whyNotCached(now.evidence(), 3, before.evidence());
    QCOMPARE(answer.cause, Cause::FilesChanged);
    QCOMPARE(answer.step, 2);
    QVERIFY2(answer.sentence.contains(u"COPY src /src"), qPrintable(answer.sentence));
}

/// BuildKit: a step follows on its inputs alone, whatever ran beside it.
void TestCacheAnswer::stagesAreTheirOwn()
{
    Build now = build(2);
    for (int i = 0; i < now.steps.size(); ++i)
        now.steps[i].key = u"sha256:%1"_s.arg(i);
    now.steps[2].status = StepStatus::Done;
    now.steps[3].inputs = {u"sha256:1"_s};
    now.steps[2].inputs = {u"sha256:0"_s};
    Build before = build(1);
    now.inputs[0].files[0].hash = "99";
    QCOMPARE(whyNotCached(now.evidence(), 3, before.evidence()).step, 3);
}

void TestCacheAnswer::firstOfEachLayer()
{
    const Build now = build(2);
    QCOMPARE(firstNotCached(now.plan, now.steps), QList<int>({2}));
    QCOMPARE(causeName(Cause::Cached), u"cached"_s);
    QCOMPARE(causeName(Cause::Unknown), u"unknown"_s);
}

namespace {

using Names = QList<std::pair<QString, QString>>; ///< of steps; a step takes from those whose words stand behind it

/// Two stages of BuildKit beside each other: "builder", and the last, which copies from it.
Names stages(const QString &make, const QString &copy, const QString &install)
{
    return {{u"[internal] load build context"_s, {}},
            {u"[builder 1/4] FROM docker.io/library/debian:12"_s, {}},
            {u"[builder 2/4] "_s + copy, u"[internal] load|[builder 1/4]"_s},
            {u"[builder 3/4] "_s + make, u"[builder 2/4]"_s},
            {u"[builder 4/4] RUN echo end"_s, u"[builder 3/4]"_s},
            {u"[stage-1 1/4] FROM docker.io/library/debian:12-slim"_s, {}},
            {u"[stage-1 2/4] "_s + install, u"[stage-1 1/4]"_s},
            {u"[stage-1 3/4] RUN echo end"_s, u"[stage-1 2/4]"_s},
            {u"[stage-1 4/4] COPY --from=builder /out /out"_s, u"[stage-1 3/4]|[builder 4/4]"_s},
            {u"exporting to image"_s, u"[stage-1 4/4]"_s}};
}

/// Steps named so, of which those ran whose names hold one of \a ran; their records in the order of \a seed.
QList<Step> shuffledSteps(const Names &names, const QStringList &ran, uint seed)
{
    QList<Step> made;
    for (const auto &[name, inputs] : names) {
        Step step;
        step.key = u"sha256:"_s + name;
        step.name = name;
        for (const QString &input : inputs.split(u'|', Qt::SkipEmptyParts))
            for (const auto &[other, others] : names)
                if (other.startsWith(input))
                    step.inputs << u"sha256:"_s + other;
        const bool hasRun =
            std::any_of(ran.cbegin(), ran.cend(), [&](const QString &r) { return step.name.contains(r); });
        step.status = hasRun ? StepStatus::Done : StepStatus::Cached;
        step.started = hasRun ? BuildTime(made.size()) : BuildTime(0);
        made.append(step);
    }
    std::mt19937 generator(seed);
    if (seed > 0)
        std::shuffle(made.begin(), made.end(), generator);
    return made;
}

} // namespace

void TestCacheAnswer::recordsInAnyOrder_data()
{
    QTest::addColumn<QStringList>("now"); // what is made, copied and installed
    QTest::addColumn<QStringList>("ran");
    QTest::addColumn<QString>("asked");
    QTest::addColumn<Cause>("cause");
    QTest::addColumn<QString>("step");
    QTest::addColumn<QStringList>("details");
    const QStringList same{u"RUN make"_s, u"COPY src /src"_s, u"RUN install a"_s};
    const QStringList builderRan{u"builder 3/4"_s, u"builder 4/4"_s, u"stage-1 4/4"_s};
    const QStringList wasIs{u"was: RUN make"_s, u"is: RUN make -j2"_s};
    const QStringList otherMake{u"RUN make -j2"_s, same[1], same[2]};
    QTest::newRow("an instruction changed")
        << otherMake << builderRan << u"[builder 3/4]"_s << Cause::InstructionChanged << u"[builder 3/4]"_s << wasIs;
    QTest::newRow("one before it changed")
        << otherMake << builderRan << u"[builder 4/4]"_s << Cause::InstructionChanged << u"[builder 3/4]"_s << wasIs;
    QTest::newRow("one of the stage copied from")
        << otherMake << builderRan << u"[stage-1 4/4]"_s << Cause::InstructionChanged << u"[builder 3/4]"_s << wasIs;
    QTest::newRow("both stages changed, asked behind both")
        << QStringList{u"RUN make -j2"_s, same[1], u"RUN install b"_s}
        << QStringList{u"builder 3/4"_s, u"builder 4/4"_s, u"stage-1 2/4"_s, u"stage-1 3/4"_s, u"stage-1 4/4"_s}
        << u"[stage-1 4/4]"_s << Cause::InstructionChanged << u"[stage-1 2/4]"_s
        << QStringList{u"was: RUN install a"_s, u"is: RUN install b"_s};
    QTest::newRow("the second of two alike")
        << same << QStringList{u"stage-1 3/4"_s, u"stage-1 4/4"_s} << u"[stage-1 3/4]"_s << Cause::Unknown
        << u"[stage-1 3/4]"_s << QStringList();
    QTest::newRow("an argument put in") << QStringList{u"RUN make"_s, u"COPY 4 /src"_s, same[2]}
                                        << QStringList{u"builder 2/4"_s} + builderRan << u"[builder 2/4]"_s
                                        << Cause::ArgumentChanged << u"[builder 2/4]"_s
                                        << QStringList{u"JOBS was “src”, is “4”"_s};
    QTest::newRow("a file changed") << same << QStringList{u"builder 2/4"_s} + builderRan << u"[builder 4/4]"_s
                                    << Cause::FilesChanged << u"[builder 2/4]"_s << QStringList{u"src/a.cpp changed"_s};
    QTest::newRow("an instruction moved to the front")
        << QStringList{u"RUN install a"_s, same[1], u"RUN make"_s} << QStringList{u"stage-1 2/4"_s, u"stage-1 3/4"_s}
        << u"[stage-1 2/4]"_s << Cause::InstructionChanged << u"[stage-1 2/4]"_s
        << QStringList{u"was: COPY src /src"_s, u"is: RUN make"_s};
}

void TestCacheAnswer::recordsInAnyOrder()
{
    QFETCH(QStringList, now);
    QFETCH(QStringList, ran);
    QFETCH(QString, asked);
    Build is = build(2);
    Build was = build(1);
    const QString test = QString::fromLatin1(QTest::currentDataTag());
    if (test == u"an argument put in") {
        is.plan.tasks[0].command.arguments[2] = u"JOBS=4"_s;
        was.plan.tasks[0].command.arguments[2] = u"JOBS=src"_s;
        is.inputs[0].instructions = was.inputs[0].instructions = {u"FROM a"_s, u"ARG JOBS"_s, u"COPY $JOBS /src"_s};
    } else if (test == u"a file changed") {
        is.inputs[0].files[0].hash = "99";
    }
    const Names before = stages(u"RUN make"_s, u"COPY src /src"_s, u"RUN install a"_s);
    std::optional<CacheAnswer> expected;
    QString first;
    for (uint seed = 0; seed < 100; ++seed) {
        is.steps = shuffledSteps(stages(now[0], now[1], now[2]), ran, seed);
        was.steps = shuffledSteps(before, {u" RUN "_s, u" COPY "_s}, seed == 0 ? 0 : seed + 1000);
        const auto at = std::find_if(is.steps.cbegin(), is.steps.cend(),
                                     [&](const Step &step) { return step.name.startsWith(asked); });
        CacheAnswer answer = whyNotCached(is.evidence(), int(at - is.steps.cbegin()), was.evidence());
        QTEST(answer.cause, "cause");
        const QString step = is.steps.value(answer.step).name.section(u']', 0, 0) + u']';
        QTEST(step, "step");
        QTEST(answer.details, "details");
        const QList<int> firsts = firstNotCached(is.plan, is.steps);
        QCOMPARE(firsts.size(), 1);
        answer.step = -1; // an index goes by the order
        if (!expected) {
            expected = answer;
            first = is.steps[firsts[0]].name;
        }
        QCOMPARE(answer, *expected);
        QCOMPARE(is.steps[firsts[0]].name, first);
    }
}

QTEST_GUILESS_MAIN(TestCacheAnswer)
#include "tst_cacheanswer.moc"
