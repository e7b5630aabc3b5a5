// SPDX-License-Identifier: GPL-3.0-or-later
// "Why was this not cached?" on real engines: a layer is built twice with one thing changed between.
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/builds.h"
#include "core/build/cacheanswer.h"
#include "core/build/estimate.h"
#include "core/build/runner.h"
#include "core/engine/argv.h"
#include "tests/system/engines/testengines.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using Cause = CacheAnswer::Cause;

namespace {

constexpr auto debian = "docker.io/library/debian:12-slim";

} // namespace

class TestWhyNotCached : public QObject
{
    Q_OBJECT

public:
    explicit TestWhyNotCached(TestEngineKind kind)
        : m_kind(kind)
    {}

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void nothingChanged();
    void instruction();
    void argument();
    void argumentWithinAnInstruction();
    void file();
    void permissions();
    void fileThatIsNotSent();
    void base();
    void imageThatIsCopiedFrom();
    void layerBelowInTheSameBuild();
    void stageThatIsCopiedFrom();
    void failedBefore();
    void withoutCache();
    void prunedCache();

private:
    void write(const QString &path, const QByteArray &text) const;
    void provide(const QString &image, const QByteArray &content) const;
    Task layer(const QString &name, const QByteArray &dockerfile,
               const QList<std::pair<QString, QString>> &arguments = {}) const;
    void build(const QList<Task> &tasks, BuildStatus expected = BuildStatus::Done);
    /// The answer for the step whose instruction begins with \a instruction, of the build made last.
    CacheAnswer why(const QString &instruction) const;
    QString instructionOf(int step) const;

    TestEngineKind m_kind;
    std::unique_ptr<TestEngine> m_testEngine;
    Engine m_engine;
    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    QByteArray m_mark; ///< makes instructions that no test has in a cache yet
    BuildId m_last;
};

/// What was said, so that a failed comparison tells.
#define KERNELYARD_COMPARE_CAUSE(answer, expected)                                                                     \
    QVERIFY2((answer).cause == (expected),                                                                             \
             qPrintable(causeName((answer).cause) + u": " + (answer).sentence + u" " + (answer).details.join(u"; ")))

void TestWhyNotCached::initTestCase()
{
    auto engine = TestEngine::start(m_kind);
    KERNELYARD_SKIP_WITHOUT(engine);
    m_testEngine = std::move(*engine);
    const auto provided = m_testEngine->provideBase();
    QVERIFY2(provided, provided ? "" : qPrintable(provided.error().message));
    m_engine.kind = m_kind == TestEngineKind::Podman ? EngineKind::Podman : EngineKind::Docker;
    m_engine.program = QStandardPaths::findExecutable(m_testEngine->program());
    m_engine.globalArguments = m_testEngine->globalArguments();
    if (m_kind == TestEngineKind::Docker)
        m_engine.buildxVersion = u"0.13.1"_s;
    if (m_kind == TestEngineKind::Podman)
        m_engine.storageDriver = u"overlay"_s;
}

void TestWhyNotCached::init()
{
    static int run = 0;
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->path();
    m_mark = "mark-" + QByteArray::number(QCoreApplication::applicationPid()) + '-' + QByteArray::number(++run);
    qputenv("XDG_CACHE_HOME", QFile::encodeName(m_home->path()));
    QVERIFY(QDir().mkpath(m_home->path() + u"/context/src"));
    write(u"src/a.txt"_s, "one " + m_mark);
    write(u"src/b.txt"_s, "b");
    write(u"notes.txt"_s, "not copied");
}

void TestWhyNotCached::cleanup()
{
    if (!QTest::currentTestFailed())
        return;
    const auto state = readBuild(m_paths, m_last);
    if (!state)
        return;
    for (const Step &step : state->steps())
        qInfo("%s | %s | status %d | %lld inputs", qPrintable(step.key), qPrintable(step.name), int(step.status),
              qlonglong(step.inputs.size()));
}

void TestWhyNotCached::write(const QString &path, const QByteArray &text) const
{
    QFile file(m_home->path() + u"/context/" + path);
    QVERIFY2(file.open(QIODevice::WriteOnly) && file.write(text) == text.size(), qPrintable(file.fileName()));
}

/// An image of our own under the name \a image.
void TestWhyNotCached::provide(const QString &image, const QByteArray &content) const
{
    QTemporaryDir folder;
    QFile file(folder.filePath(u"Dockerfile"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray("FROM ") + debian + "\nRUN echo " + content + " > /content\n");
    file.close();
    ImageBuild build;
    build.dockerfile = file.fileName();
    build.context = folder.path();
    build.tag = image;
    const Command command = buildImage(m_engine, build);
    const auto built = run(command, std::chrono::minutes(2));
    QVERIFY2(built && built->exitCode == 0, built ? built->err.constData() : qPrintable(built.error().message));
}

Task TestWhyNotCached::layer(const QString &name, const QByteArray &dockerfile,
                             const QList<std::pair<QString, QString>> &arguments) const
{
    const QString folder = m_home->path() + u"/dockerfiles";
    QDir().mkpath(folder);
    QFile file(folder + u'/' + name);
    if (!file.open(QIODevice::WriteOnly) || file.write(dockerfile) < 0)
        qFatal("%s can't be written", qPrintable(file.fileName()));
    ImageBuild build;
    build.dockerfile = file.fileName();
    build.context = m_home->path() + u"/context";
    build.tag = u"localhost/kernelyard-test/%1:%2"_s.arg(name, QString::fromLatin1(m_mark));
    build.arguments = arguments;
    const OutputFormat format = m_kind == TestEngineKind::Podman   ? OutputFormat::Podman
                                : m_kind == TestEngineKind::Docker ? OutputFormat::RawJson
                                                                   : OutputFormat::Classic;
    return {name, TaskKind::Layer, name, buildImage(m_engine, build), format, build.tag, {}};
}

void TestWhyNotCached::build(const QList<Task> &tasks, BuildStatus expected)
{
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    plan.engine = m_engine;
    plan.tasks = tasks;
    plan.created = QDateTime::currentDateTimeUtc();
    const auto id = launchBuild(m_paths, plan, QCoreApplication::applicationFilePath());
    QVERIFY2(id, id ? "" : qPrintable(id.error().message));
    m_last = *id;
    const BuildFolder folder{m_paths.builds() + u'/' + m_last.folderName()};
    QTRY_VERIFY_WITH_TIMEOUT(!BuildLock::isHeld(folder.lock()), 120'000);
    const auto state = readBuild(m_paths, m_last);
    QVERIFY(state);
    QVERIFY2(state->status() == expected, qPrintable(state->failure()));
}

QString TestWhyNotCached::instructionOf(int step) const
{
    const auto state = readBuild(m_paths, m_last);
    return state ? kernelyard::instructionOf(state->steps().value(step).name) : QString();
}

CacheAnswer TestWhyNotCached::why(const QString &instruction) const
{
    const auto state = readBuild(m_paths, m_last);
    for (int i = 0; state && i < state->steps().size(); ++i)
        if (kernelyard::instructionOf(state->steps()[i].name).startsWith(instruction)) {
            const auto answer = whyNotCached(m_paths, m_last, i);
            return answer ? *answer : CacheAnswer{Cause::Unknown, -1, answer.error().message, {}, BuildId()};
        }
    return {Cause::Unknown, -1, u"no step “%1”"_s.arg(instruction), {}, BuildId()};
}

void TestWhyNotCached::nothingChanged()
{
    const Task task = layer(u"same"_s, QByteArray("FROM ") + debian + "\nCOPY src /src\nRUN echo " + m_mark + '\n');
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo"_s), Cause::FirstBuild);
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo"_s), Cause::Cached);
    KERNELYARD_COMPARE_CAUSE(why(u"COPY"_s), Cause::Cached);
    const auto all = whyNotCached(m_paths, m_last);
    QVERIFY(all);
    QCOMPARE(all->size(), 0);
}

void TestWhyNotCached::instruction()
{
    const QByteArray begin = QByteArray("FROM ") + debian + "\nRUN echo kept " + m_mark + "\nRUN echo ";
    build({layer(u"instruction"_s, begin + "one\nRUN echo last\n")});
    build({layer(u"instruction"_s, begin + "two\nRUN echo last\n")});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo kept"_s), Cause::Cached);
    const CacheAnswer answer = why(u"RUN echo two"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::InstructionChanged);
    QCOMPARE(answer.details, QStringList({u"was: RUN echo one"_s, u"is: RUN echo two"_s}));
    QCOMPARE(answer.before, BuildId(m_last.number() - 1));
    const CacheAnswer follower = why(u"RUN echo last"_s); // its own instruction is the same
    KERNELYARD_COMPARE_CAUSE(follower, Cause::InstructionChanged);
    QCOMPARE(instructionOf(follower.step), u"RUN echo two"_s);
    const auto all = whyNotCached(m_paths, m_last);
    QVERIFY(all);
    QCOMPARE(all->size(), 1);
    QCOMPARE(all->first(), answer);
}

void TestWhyNotCached::argument()
{
    const QByteArray dockerfile = QByteArray("FROM ") + debian + "\nRUN echo kept " + m_mark +
                                  "\nARG FLAVOUR=none\nARG OTHER\nRUN echo the $FLAVOUR\n";
    build({layer(u"argument"_s, dockerfile, {{u"FLAVOUR"_s, u"plain"_s}, {u"OTHER"_s, u"1"_s}})});
    build({layer(u"argument"_s, dockerfile, {{u"FLAVOUR"_s, u"sweet"_s}, {u"OTHER"_s, u"1"_s}})});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo kept"_s), Cause::Cached);
    const CacheAnswer answer = why(u"RUN echo the"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::ArgumentChanged);
    QCOMPARE(answer.details, QStringList{u"FLAVOUR was “plain”, is “sweet”"_s});
}

/// The engine may show the instruction with the value put in.
void TestWhyNotCached::argumentWithinAnInstruction()
{
    const QByteArray dockerfile =
        QByteArray("FROM ") + debian + "\nARG WHICH=a\nCOPY src/$WHICH.txt /" + m_mark + ".txt\n";
    build({layer(u"within"_s, dockerfile)});
    build({layer(u"within"_s, dockerfile, {{u"WHICH"_s, u"b"_s}})});
    const CacheAnswer answer = why(u"COPY"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::ArgumentChanged);
    QCOMPARE(answer.details, QStringList{u"WHICH was “a”, is “b”"_s});
}

void TestWhyNotCached::file()
{
    const Task task = layer(u"file"_s, QByteArray("FROM ") + debian + "\nRUN echo kept " + m_mark +
                                           "\nCOPY src /src\nRUN cat /src/a.txt\n");
    build({task});
    write(u"src/a.txt"_s, "two " + m_mark);
    write(u"src/c.txt"_s, "new");
    write(u"notes.txt"_s, "also changed");
    QVERIFY(QFile::remove(m_home->path() + u"/context/src/b.txt"));
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo kept"_s), Cause::Cached);
    const CacheAnswer answer = why(u"COPY"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::FilesChanged);
    QCOMPARE(answer.details, QStringList({u"src/a.txt changed"_s, u"src/b.txt is gone"_s, u"src/c.txt is new"_s}));
    const CacheAnswer follower = why(u"RUN cat"_s);
    KERNELYARD_COMPARE_CAUSE(follower, Cause::FilesChanged);
    QVERIFY2(follower.sentence.contains(u"“COPY src /src”"), qPrintable(follower.sentence));
}

void TestWhyNotCached::permissions()
{
    const Task task = layer(u"permissions"_s, QByteArray("FROM ") + debian + "\nCOPY src /" + m_mark + '\n');
    build({task});
    QFile file(m_home->path() + u"/context/src/a.txt");
    QVERIFY(file.setPermissions(file.permissions() | QFile::ExeOwner | QFile::ExeUser));
    build({task});
    const CacheAnswer answer = why(u"COPY"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::FilesChanged);
    QCOMPARE(answer.details, QStringList{u"src/a.txt has other permissions"_s});
}

void TestWhyNotCached::fileThatIsNotSent()
{
    write(u".dockerignore"_s, "src/*.o\n");
    write(u"src/a.o"_s, "1");
    const Task task = layer(u"ignored"_s, QByteArray("FROM ") + debian + "\nCOPY src /" + m_mark + '\n');
    build({task});
    write(u"src/a.o"_s, "2");
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"COPY"_s), Cause::Cached);
    write(u"src/a.o"_s, "3");
    write(u"src/b.txt"_s, "changed");
    build({task});
    const CacheAnswer answer = why(u"COPY"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::FilesChanged);
    QCOMPARE(answer.details, QStringList{u"src/b.txt changed"_s});
}

void TestWhyNotCached::base()
{
    const QString image = u"localhost/kernelyard-test/base:"_s + QString::fromLatin1(m_mark);
    const Task task = layer(u"onbase"_s, "ARG BASE\nFROM ${BASE}\nRUN cat /content\n", {{u"BASE"_s, image}});
    provide(image, "first" + m_mark);
    build({task});
    provide(image, "second" + m_mark);
    build({task});
    const CacheAnswer answer = why(u"RUN cat"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::BaseChanged);
    QCOMPARE(answer.details, QStringList{image + u" is another image than before"});
}

void TestWhyNotCached::imageThatIsCopiedFrom()
{
    const QString image = u"localhost/kernelyard-test/source:"_s + QString::fromLatin1(m_mark);
    const Task task = layer(u"fromsource"_s, QByteArray("FROM ") + debian + "\nRUN echo kept " + m_mark +
                                                 "\nCOPY --from=" + image.toUtf8() + " /content /content\n");
    provide(image, "first" + m_mark);
    build({task});
    provide(image, "second" + m_mark);
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo kept"_s), Cause::Cached);
    const CacheAnswer answer = why(u"COPY --from"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::BaseChanged);
    QCOMPARE(answer.details, QStringList{image + u" is another image than before"});
}

void TestWhyNotCached::layerBelowInTheSameBuild()
{
    const auto tasks = [this] {
        const Task below = layer(u"below"_s, QByteArray("FROM ") + debian + "\nCOPY src /" + m_mark + '\n');
        return QList<Task>{below, layer(u"above"_s, "FROM " + below.image.toUtf8() + "\nRUN ls /\n")};
    };
    build(tasks());
    write(u"src/a.txt"_s, "two " + m_mark);
    build(tasks());
    KERNELYARD_COMPARE_CAUSE(why(u"COPY"_s), Cause::FilesChanged);
    const CacheAnswer answer = why(u"RUN ls"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::BaseChanged);
    QCOMPARE(answer.details, QStringList{tasks().first().image + u" was built anew in this build (layer below)"});
}

/// What is copied from another stage is not cached because of that stage.
void TestWhyNotCached::stageThatIsCopiedFrom()
{
    const Task task =
        layer(u"stages"_s, QByteArray("FROM ") + debian + " AS one\nCOPY src /src\nRUN cp /src/a.txt /made\nFROM " +
                               debian + "\nRUN echo kept " + m_mark + "\nCOPY --from=one /made /made\n");
    build({task});
    write(u"src/a.txt"_s, "two " + m_mark);
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo kept"_s), Cause::Cached);
    const CacheAnswer answer = why(u"COPY --from=one"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::FilesChanged);
    QCOMPARE(instructionOf(answer.step), u"COPY src /src"_s);
    QCOMPARE(answer.details, QStringList{u"src/a.txt changed"_s});
}

void TestWhyNotCached::failedBefore()
{
    const Task task =
        layer(u"failed"_s, QByteArray("FROM ") + debian + "\nRUN echo kept " + m_mark + "\nRUN echo fails; exit 3\n");
    build({task}, BuildStatus::Failed);
    build({task}, BuildStatus::Failed);
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo kept"_s), Cause::Cached);
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo fails"_s), Cause::NotFinished);
}

void TestWhyNotCached::withoutCache()
{
    Task task = layer(u"without"_s, QByteArray("FROM ") + debian + "\nRUN echo " + m_mark + '\n');
    build({task});
    task.command.arguments.insert(task.command.arguments.size() - 1, u"--no-cache"_s);
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo"_s), Cause::NoCacheAsked);
}

/// Last: it empties the cache.
void TestWhyNotCached::prunedCache()
{
    const Task task = layer(u"pruned"_s, QByteArray("FROM ") + debian + "\nRUN echo " + m_mark + '\n');
    build({task});
    QVERIFY(run(removeImage(m_engine, task.image), std::chrono::minutes(1)));
    const auto pruned = run(pruneBuilds(m_engine), std::chrono::minutes(1));
    QVERIFY2(pruned && pruned->exitCode == 0, pruned ? pruned->err.constData() : "");
    build({task});
    const CacheAnswer answer = why(u"RUN echo"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::Unknown);
    QVERIFY2(answer.sentence.contains(u"pruned"), qPrintable(answer.sentence));
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    QCoreApplication app(argc, argv);
    const QString name = QString::fromLocal8Bit(argv[0]).section(u'/', -1);
    TestWhyNotCached test(name.endsWith(u"podman")    ? TestEngineKind::Podman
                          : name.endsWith(u"classic") ? TestEngineKind::DockerClassic
                                                      : TestEngineKind::Docker);
    return QTest::qExec(&test, argc, argv);
}

#include "tst_whynotcached.moc"
