// SPDX-License-Identifier: GPL-3.0-or-later
// The history is a cache: whatever happens to its file, the journals say the same afterwards.
#include "core/build/buildlist.h"
#include "core/build/estimate.h"
#include "core/build/pinnedbuilds.h"
#include "core/build/steptrend.h"
#include "tests/core/build/writtenbuild.h"
#include "tests/core/smalldisk.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <sys/wait.h>
#include <unistd.h>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestHistory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void keepsWhatTheJournalsSay();
    void aFailureIsKeptWithItsCause();
    void namesAreTheSameInEveryPlace_data();
    void namesAreTheSameInEveryPlace();
    void aChangedJournalIsReadAgain();
    void aBuildThatRunsIsNeverKept();
    void aFolderThatIsGoneIsForgotten();
    void theFileMayBeDeletedInUse();
    void theFileMayBeCutAnywhere();
    void theFileMayBeGarbage_data();
    void theFileMayBeGarbage();
    void garbageInUseIsFoundOut();
    void anotherVersionIsMadeAgain();
    void worksWhereNothingCanBeWritten();
    void aFullDiskKeepsTheList();
    void aReadOnlyDiskKeepsTheList();
    void twoProcessesMayWriteAtOnce();
    void readsInTurns();
    void trendsOfSteps();
    void pins();

private:
    QList<BuildSummary> listed() { return listBuilds(m_paths).value_or(QList<BuildSummary>()); }
    QStringList files() const { return QDir(m_paths.state + u"/history").entryList({u"*.sqlite"_s}, QDir::Files); }
    QString file() const { return m_paths.state + u"/history/" + files().value(0); }
    /// What the database holds of each build that counts.
    QHash<BuildId, History::Entry> kept() { return History(m_paths).entries(); }

    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    QList<BuildSummary> m_truth; ///< read from the journals alone
};

void TestHistory::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->path();
    m_paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
    for (int number = 1; number <= 12; ++number) {
        WrittenBuild build(m_paths, number);
        build.environment = number % 3 == 0 ? u"xformers"_s : u"starter"_s;
        build.compile = number * 10s;
        build.outcome = number % 4 == 0 ? Outcome::Failed : Outcome::Done;
        QVERIFY(build.write());
    }
    m_truth.clear();
    for (int number = 12; number >= 1; --number) {
        const auto past = readPastBuild(m_paths, BuildId(number));
        QVERIFY(past);
        m_truth << past->summary;
        if (past->summary.status == BuildStatus::Failed)
            m_truth.last().cause = u"RUN make -j4: the compiler's words."_s;
    }
}

void TestHistory::keepsWhatTheJournalsSay()
{
    QCOMPARE(listed(), m_truth);
    QCOMPARE(files().size(), 1);
    const auto entries = kept();
    QCOMPARE(entries.size(), 12);
    for (const BuildSummary &build : std::as_const(m_truth))
        QCOMPARE(entries.value(build.id).summary, build);
    QCOMPARE(listed(), m_truth); // from the database
    QCOMPARE(History(m_paths).newest(3), m_truth.mid(0, 3));
    const BuildSummary &failed = m_truth.at(0);
    QCOMPARE(failed.status, BuildStatus::Failed);
    QCOMPARE(m_truth.at(1).branch, u"main"_s);
    QCOMPARE(failed.peakMemoryBytes, 12'000'000);
    QVERIFY(failed.steps.contains(u"RUN make -j4"_s));
    QVERIFY(failed.journalBytes > 100);
}

void TestHistory::aFailureIsKeptWithItsCause()
{
    WrittenBuild build(m_paths, 13);
    build.outcome = Outcome::Failed;
    build.extraOutput = "x.cpp:1:10: fatal error: Python.h: No such file or directory\n";
    QVERIFY(build.write());
    const QString cause = listed().at(0).cause;
    QVERIFY2(cause.contains(u"Python") && !cause.contains(u"RUN"), qPrintable(cause));
    QCOMPARE(kept().value(BuildId(13)).summary.cause, cause);
    QCOMPARE(listed().at(0).cause, cause);     // from the database
    QCOMPARE(listed().at(2).cause, QString()); // of a build that did not fail
}

void TestHistory::namesAreTheSameInEveryPlace_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("instruction");
    QTest::newRow("BuildKit") << u"[builder 3/7] RUN make  -j4"_s << u"RUN make -j4"_s;
    QTest::newRow("Podman") << u"[1/4 2/7] COPY a b"_s << u"COPY a b"_s;
    QTest::newRow("BuildKit's own") << u"[internal] load metadata"_s << u"[internal] load metadata"_s;
    QTest::newRow("no place") << u"COMMIT localhost/x"_s << u"COMMIT localhost/x"_s;
    QTest::newRow("a bracket without an end") << u"[x"_s << u"[x"_s;
}

void TestHistory::namesAreTheSameInEveryPlace()
{
    QFETCH(QString, name);
    QTEST(instructionOf(name), "instruction");
}

void TestHistory::aChangedJournalIsReadAgain()
{
    QCOMPARE(listed(), m_truth);
    QVERIFY(QDir(m_paths.builds() + u"/0012").removeRecursively());
    WrittenBuild other(m_paths, 12);
    other.environment = u"other"_s;
    QVERIFY(other.write());
    QCOMPARE(listed().at(0).environment, u"other"_s);
    QCOMPARE(kept().value(BuildId(12)).summary.environment, u"other"_s);
}

void TestHistory::aBuildThatRunsIsNeverKept()
{
    WrittenBuild running(m_paths, 13);
    running.outcome.reset();
    QVERIFY(running.write());
    BuildList list(m_paths);
    QCOMPARE(list.read()->at(0).status, BuildStatus::Running);
    QVERIFY(list.hasRunning());
    QCOMPARE(kept().size(), 12);
    running.die();
    QCOMPARE(list.read()->at(0).status, BuildStatus::Interrupted);
    QVERIFY(!list.hasRunning());
    QCOMPARE(kept().value(BuildId(13)).summary.status, BuildStatus::Interrupted);
}

void TestHistory::aFolderThatIsGoneIsForgotten()
{
    BuildList list(m_paths);
    QCOMPARE(list.read()->size(), 12);
    QVERIFY(QDir(m_paths.builds() + u"/0007").removeRecursively());
    QCOMPARE(list.read()->size(), 11);
    QCOMPARE(listed().size(), 11);
    QCOMPARE(kept().size(), 11);
}

void TestHistory::theFileMayBeDeletedInUse()
{
    BuildList list(m_paths);
    QCOMPARE(*list.read(), m_truth);
    const QString old = file();
    QVERIFY(QFile::remove(old));
    QCOMPARE(*list.read(), m_truth);
    QVERIFY(!files().isEmpty());
    QVERIFY(file() != old); // no path is used twice
    QCOMPARE(kept().size(), 12);
    QVERIFY(QDir(m_paths.state + u"/history").removeRecursively());
    QCOMPARE(*list.read(), m_truth);
    QCOMPARE(kept().size(), 12);
}

void TestHistory::theFileMayBeCutAnywhere()
{
    QCOMPARE(listed(), m_truth);
    QFile whole(file());
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray bytes = whole.readAll();
    QVERIFY(bytes.size() > 8192);
    QRandomGenerator random(20261);
    for (int round = 0; round < 40; ++round) {
        const qsizetype cut = round == 0 ? 0 : random.bounded(int(bytes.size()));
        QVERIFY(QDir(m_paths.state + u"/history").removeRecursively());
        QVERIFY(QDir().mkpath(m_paths.state + u"/history"));
        QFile part(whole.fileName());
        QVERIFY(part.open(QIODevice::WriteOnly) && part.write(bytes.first(cut)) == cut);
        part.close();
        QVERIFY2(listed() == m_truth, qPrintable(u"cut at %1"_s.arg(cut)));
        QVERIFY2(readTrends(m_paths, u"RUN make -j4"_s, u"starter"_s).size() == 1, qPrintable(u"cut at %1"_s.arg(cut)));
        QCOMPARE(kept().size(), 12);
    }
}

void TestHistory::theFileMayBeGarbage_data()
{
    QTest::addColumn<int>("from"); // bytes; -1: the whole file is of another kind
    QTest::addColumn<int>("size");
    QTest::newRow("all of it") << 0 << -1;
    QTest::newRow("the header") << 0 << 100;
    QTest::newRow("the first page") << 100 << 3000;
    for (int page = 1; page < 10; ++page)
        QTest::addRow("page %d", page) << page * 4096 << 4096;
    for (int place = 0; place < 20; ++place)
        QTest::addRow("a few bytes, %d", place) << 4096 + place * 1531 << 40;
}

void TestHistory::theFileMayBeGarbage()
{
    QFETCH(int, from);
    QFETCH(int, size);
    QCOMPARE(listed(), m_truth);
    const auto trends = readTrends(m_paths, {}, {});
    QVERIFY(trends.size() > 6);
    QFile damaged(file());
    QVERIFY(damaged.open(QIODevice::ReadWrite));
    QByteArray garbage(std::min<qint64>(size < 0 ? damaged.size() : size, std::max<qint64>(0, damaged.size() - from)),
                       '\0');
    QRandomGenerator random(uint(from + size));
    for (char &byte : garbage)
        byte = char(random.bounded(256));
    QVERIFY(damaged.seek(from) && damaged.write(garbage) == garbage.size());
    damaged.close();
    QCOMPARE(listed(), m_truth);
    QCOMPARE(listed(), m_truth);
    QCOMPARE(readTrends(m_paths, {}, {}), trends);
}

void TestHistory::garbageInUseIsFoundOut()
{
    BuildList list(m_paths);
    QCOMPARE(*list.read(), m_truth);
    QFile damaged(file());
    QVERIFY(damaged.open(QIODevice::ReadWrite));
    QVERIFY(damaged.write(QByteArray(int(damaged.size()), 'x')) > 0);
    damaged.close();
    WrittenBuild next(m_paths, 13);
    QVERIFY(next.write());
    QCOMPARE(list.read()->size(), 13);
    QCOMPARE(listed().size(), 13);
    QCOMPARE(kept().size(), 13);
}

void TestHistory::anotherVersionIsMadeAgain()
{
    QVERIFY(QDir().mkpath(m_paths.state + u"/history"));
    QFile other(m_paths.state + u"/history/1-000000000000001.sqlite");
    QVERIFY(other.open(QIODevice::WriteOnly) && other.write("of an older program") > 0);
    other.close();
    QCOMPARE(listed(), m_truth);
    QCOMPARE(files().size(), 1);
    QVERIFY(!files().at(0).startsWith(u"1-"));
    QCOMPARE(kept().size(), 12);
}

void TestHistory::worksWhereNothingCanBeWritten()
{
    QFile inTheWay(m_paths.state + u"/history"); // also for root
    QVERIFY(inTheWay.open(QIODevice::WriteOnly));
    BuildList list(m_paths);
    QCOMPARE(*list.read(), m_truth);
    QCOMPARE(*list.read(), m_truth);
    QCOMPARE(list.history().file(), QString());
    QCOMPARE(trendsOf(list.history().builds({}, 20), u"RUN make -j4"_s).size(), 2); // in memory
}

void TestHistory::aFullDiskKeepsTheList()
{
    const SmallDisk disk(m_paths.state + u"/history", "256k");
    if (!disk.isMounted())
        QSKIP("needs the right to mount a tmpfs");
    BuildList list(m_paths);
    QCOMPARE(*list.read(), m_truth);
    disk.fill();
    for (int number = 13; number <= 60; ++number)
        QVERIFY(WrittenBuild(m_paths, number).write());
    for (int round = 0; round < 2; ++round) {
        QCOMPARE(list.read()->size(), 60); // one that was open
        QCOMPARE(listed().size(), 60);     // and one that opens now
        QCOMPARE(readTrends(m_paths, u"RUN make -j4"_s, u"starter"_s).size(), 1);
    }
    QVERIFY(kept().size() < 60); // there really was no room
    disk.empty();
    QCOMPARE(listed().size(), 60);
    QCOMPARE(kept().size(), 60);
    QCOMPARE(list.read()->size(), 60);
}

void TestHistory::aReadOnlyDiskKeepsTheList()
{
    const SmallDisk disk(m_paths.state + u"/history", "1m");
    if (!disk.isMounted())
        QSKIP("needs the right to mount a tmpfs");
    QCOMPARE(listed(), m_truth);
    QVERIFY(disk.remount(MS_RDONLY));
    QVERIFY(WrittenBuild(m_paths, 13).write());
    BuildList list(m_paths);
    for (int round = 0; round < 2; ++round) {
        QCOMPARE(list.read()->size(), 13);
        QCOMPARE(listed().mid(1), m_truth);
    }
    QVERIFY(disk.remount(0));
    QCOMPARE(listed().size(), 13);
    QCOMPARE(kept().size(), 13);
}

void TestHistory::twoProcessesMayWriteAtOnce()
{
    QList<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            for (int round = 0; round < 5; ++round) {
                if (listBuilds(m_paths).value_or(QList<BuildSummary>()) != m_truth)
                    ::_exit(1);
                if (i == 0 && round == 2 && !QFile::remove(file()))
                    ::_exit(2);
            }
            ::_exit(0);
        }
        children << child;
    }
    for (const pid_t child : std::as_const(children)) {
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
    }
    QCOMPARE(listed(), m_truth);
    QCOMPARE(kept().size(), 12);
}

void TestHistory::readsInTurns()
{
    BuildList list(m_paths);
    const auto first = list.read(0ms);
    QVERIFY(first);
    QVERIFY(list.hasMore());
    QVERIFY(first->size() < m_truth.size());
    QCOMPARE(*list.read(10min), m_truth);
    QVERIFY(!list.hasMore());
}

void TestHistory::trendsOfSteps()
{
    const QList<StepTrend> trends = readTrends(m_paths, u"run MAKE"_s, u"starter"_s);
    QCOMPARE(trends.size(), 1);
    QCOMPARE(trends.at(0).layer, u"builder"_s);
    QCOMPARE(trends.at(0).step, u"RUN make -j4"_s);
    QCOMPARE(trends.at(0).runs.size(), 8); // all but every third
    QCOMPARE(trends.at(0).runs.at(0).build, BuildId(1));
    QCOMPARE(trends.at(0).runs.at(0).duration, std::optional<BuildTime>(10s));
    QCOMPARE(trends.at(0).runs.at(0).peakMemoryBytes, 1'000'000);
    QCOMPARE(trends.at(0).runs.at(2).build, BuildId(4));
    QCOMPARE(trends.at(0).runs.at(2).status, StepStatus::Failed);
    QCOMPARE(readTrends(m_paths, u"run make"_s, {}).size(), 2);
    QCOMPARE(readTrends(m_paths, u"no such step"_s, {}).size(), 0);
    QCOMPARE(readTrends(m_paths, u"run make"_s, {}, 3).at(0).runs.size(), 3);
}

void TestHistory::pins()
{
    QVERIFY(setPin(m_paths, BuildId(7), Pin::Keep));
    QVERIFY(setPin(m_paths, BuildId(7), Pin::Keep));
    QCOMPARE(pinnedBuilds(m_paths), QSet<BuildId>{BuildId(7)});
    QCOMPARE(listed().at(5).id, BuildId(7));
    QVERIFY(listed().at(5).pinned);
    QVERIFY(!listed().at(4).pinned);
    QVERIFY(setPin(m_paths, BuildId(7), Pin::Release));
    QVERIFY(setPin(m_paths, BuildId(7), Pin::Release));
    QCOMPARE(listed(), m_truth);
    const auto unknown = setPin(m_paths, BuildId(99), Pin::Keep);
    QVERIFY(!unknown);
    QCOMPARE(unknown.error().kind, ErrorKind::NotFound);
}

QTEST_GUILESS_MAIN(TestHistory)
#include "tst_history.moc"
