// SPDX-License-Identifier: GPL-3.0-or-later
// "Why was this not cached?" on real engines: a layer is built twice with one thing changed between.
#include "core/build/cacheanswer.h"
#include "core/build/estimate.h"
#include "core/build/runner.h"
#include "core/engine/argv.h"
#include "tests/system/build/enginebuilds.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using Cause = CacheAnswer::Cause;

class TestWhyNotCached : public EngineBuilds
{
    Q_OBJECT

public:
    using EngineBuilds::EngineBuilds;

private Q_SLOTS:
    void init();
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
    void build(const QList<Task> &tasks, BuildStatus expected = BuildStatus::Done);
    /// The answer for the step whose instruction begins with \a instruction, of the build made last.
    CacheAnswer why(const QString &instruction) const;
    QString instructionOf(int step) const;
    bool prune() const;
    /// Whether BuildKit's cache has a record of \a command: it lets go of one a while after the build that used it, and
    /// prunes none before.
    bool cacheHolds(const QByteArray &command) const;

    BuildId m_last;
};

/// What was said, so that a failed comparison tells.
#define KERNELYARD_COMPARE_CAUSE(answer, expected)                                                                     \
    QVERIFY2((answer).cause == (expected),                                                                             \
             qPrintable(causeName((answer).cause) + u": " + (answer).sentence + u" " + (answer).details.join(u"; ")))

void TestWhyNotCached::init()
{
    EngineBuilds::init();
    QVERIFY(QDir().mkpath(m_home->path() + u"/context/src"));
    write(u"src/a.txt"_s, "one " + m_mark);
    write(u"src/b.txt"_s, "b");
    write(u"notes.txt"_s, "not copied");
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
    file.write(QByteArray("FROM ") + baseName + "\nRUN echo " + content + " > /content\n");
    file.close();
    ImageBuild build;
    build.dockerfile = file.fileName();
    build.context = folder.path();
    build.tag = image;
    const Command command = buildImage(m_engine, build);
    const auto built = run(command, std::chrono::minutes(10));
    QVERIFY2(built && built->exitCode == 0, built ? built->err.constData() : qPrintable(built.error().message));
}

void TestWhyNotCached::build(const QList<Task> &tasks, BuildStatus expected)
{
    m_last = launch(tasks);
    QVERIFY(m_last.isValid());
    QTRY_VERIFY_WITH_TIMEOUT(ended(m_last), 120'000);
    const BuildState made = state(m_last);
    QVERIFY2(made.status() == expected, qPrintable(made.failure()));
}

QString TestWhyNotCached::instructionOf(int step) const
{
    return kernelyard::instructionOf(state(m_last).steps().value(step).name);
}

CacheAnswer TestWhyNotCached::why(const QString &instruction) const
{
    const QList<Step> steps = state(m_last).steps();
    for (int i = 0; i < steps.size(); ++i)
        if (kernelyard::instructionOf(steps[i].name).startsWith(instruction)) {
            const auto answer = whyNotCached(m_paths, m_last, i);
            return answer ? *answer : CacheAnswer{Cause::Unknown, -1, answer.error().message, {}, BuildId()};
        }
    return {Cause::Unknown, -1, u"no step “%1”"_s.arg(instruction), {}, BuildId()};
}

void TestWhyNotCached::nothingChanged()
{
    const Task task = layer(u"same"_s, QByteArray("FROM ") + baseName + "\nCOPY src /src\nRUN echo " + m_mark + '\n');
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
    const QByteArray begin = QByteArray("FROM ") + baseName + "\nRUN echo kept " + m_mark + "\nRUN echo ";
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
    const QByteArray dockerfile = QByteArray("FROM ") + baseName + "\nRUN echo kept " + m_mark +
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
        QByteArray("FROM ") + baseName + "\nARG WHICH=a\nCOPY src/$WHICH.txt /" + m_mark + ".txt\n";
    build({layer(u"within"_s, dockerfile)});
    build({layer(u"within"_s, dockerfile, {{u"WHICH"_s, u"b"_s}})});
    const CacheAnswer answer = why(u"COPY"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::ArgumentChanged);
    QCOMPARE(answer.details, QStringList{u"WHICH was “a”, is “b”"_s});
}

void TestWhyNotCached::file()
{
    const Task task = layer(u"file"_s, QByteArray("FROM ") + baseName + "\nRUN echo kept " + m_mark +
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
    const Task task = layer(u"permissions"_s, QByteArray("FROM ") + baseName + "\nCOPY src /" + m_mark + '\n');
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
    const Task task = layer(u"ignored"_s, QByteArray("FROM ") + baseName + "\nCOPY src /" + m_mark + '\n');
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
    const Task task = layer(u"fromsource"_s, QByteArray("FROM ") + baseName + "\nRUN echo kept " + m_mark +
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
        const Task below = layer(u"below"_s, QByteArray("FROM ") + baseName + "\nCOPY src /" + m_mark + '\n');
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
        layer(u"stages"_s, QByteArray("FROM ") + baseName + " AS one\nCOPY src /src\nRUN cp /src/a.txt /made\nFROM " +
                               baseName + "\nRUN echo kept " + m_mark + "\nCOPY --from=one /made /made\n");
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
        layer(u"failed"_s, QByteArray("FROM ") + baseName + "\nRUN echo kept " + m_mark + "\nRUN echo fails; exit 3\n");
    build({task}, BuildStatus::Failed);
    build({task}, BuildStatus::Failed);
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo kept"_s), Cause::Cached);
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo fails"_s), Cause::NotFinished);
}

void TestWhyNotCached::withoutCache()
{
    Task task = layer(u"without"_s, QByteArray("FROM ") + baseName + "\nRUN echo " + m_mark + '\n');
    build({task});
    task.command.arguments.insert(task.command.arguments.size() - 1, u"--no-cache"_s);
    build({task});
    KERNELYARD_COMPARE_CAUSE(why(u"RUN echo"_s), Cause::NoCacheAsked);
}

bool TestWhyNotCached::prune() const
{
    const auto pruned = run(pruneBuilds(m_engine), std::chrono::minutes(10));
    return pruned && pruned->exitCode == 0;
}

bool TestWhyNotCached::cacheHolds(const QByteArray &command) const
{
    if (m_engine.backend() != BuildBackend::Buildx)
        return false;
    Command list = pruneBuilds(m_engine); // asks the same builder
    list.arguments.replaceInStrings(u"prune"_s, u"du"_s).replaceInStrings(u"--force"_s, u"--verbose"_s);
    const auto records = run(list, std::chrono::minutes(10));
    if (!records || records->exitCode != 0)
        qFatal("the cache can't be listed: %s", records ? records->err.constData() : "no answer");
    return records->out.contains(command);
}

/// Last: it empties the cache. The step's file keeps its layer unlike every other: two that change nothing within the
/// same second are one layer, and BuildKit prunes none that an image uses.
void TestWhyNotCached::prunedCache()
{
    const Task task = layer(u"pruned"_s, QByteArray("FROM ") + baseName + "\nRUN echo " + m_mark + " > /content\n");
    build({task});
    QCOMPARE(cacheHolds(m_mark), m_engine.backend() == BuildBackend::Buildx);
    const auto removed = run(removeImage(m_engine, task.image), std::chrono::minutes(10));
    QVERIFY2(removed && removed->exitCode == 0, removed ? removed->err.constData() : "");
    QTRY_VERIFY_WITH_TIMEOUT(prune() && !cacheHolds(m_mark), patienceMs);
    build({task});
    const CacheAnswer answer = why(u"RUN echo"_s);
    KERNELYARD_COMPARE_CAUSE(answer, Cause::Unknown);
    QVERIFY2(answer.sentence.contains(u"pruned"), qPrintable(answer.sentence));
}

int main(int argc, char **argv)
{
    return runEngineTest<TestWhyNotCached>(argc, argv);
}

#include "tst_whynotcached.moc"
