// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildfolder.h"
#include "core/build/buildfollower.h"
#include "core/build/buildlock.h"
#include "core/build/journalwriter.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

/// A build of one shell command, written here as the runner would.
class TestFollower : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void replaysAndTails();
    void growsTheLastLine();
    void endsWhenTheLockIsFree();
    void queuedBuildBegins();
    void unknownBuildFails();
    void updatesAreCoalesced();
    void storeSeesBuildsComeAndEnd();
    void summaryMayBeDeleted();

private:
    void put(BuildTime at, decltype(Record::fact) fact) { QVERIFY(m_writer->append({at, std::move(fact)})); }
    void output(BuildTime at, const QByteArray &text)
    {
        put(at, Output{0, Stream::Out, text});
        QVERIFY(m_writer->flush());
    }
    void begin()
    {
        QVERIFY(m_writer->create(m_folder.path));
        put(0us, Opened{QDateTime::currentDateTimeUtc(), 1, u"test"_s});
        put(1us, TaskStarted{0, 2});
    }

    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    BuildFolder m_folder;
    std::optional<BuildLock> m_lock;
    std::unique_ptr<JournalWriter> m_writer;
};

namespace {

/// Puts updates together as a window does.
struct Reader
{
    explicit Reader(BuildFollower &follower)
    {
        QObject::connect(&follower, &BuildFollower::updated, &follower, [this](const BuildUpdate &update) {
            if (update.lastLineGrew)
                lines.removeLast();
            for (const LogLine &line : update.newLines)
                lines << line.text;
            ++updates;
            last = update;
        });
        QObject::connect(&follower, &BuildFollower::ended, &follower, [this](BuildStatus status) { end = status; });
    }

    QByteArrayList lines;
    int updates = 0;
    BuildUpdate last;
    std::optional<BuildStatus> end;
};

} // namespace

void TestFollower::init()
{
    m_writer.reset();
    m_lock.reset();
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->path();
    m_folder.path = m_paths.builds() + u"/0001";
    QVERIFY(QDir().mkpath(m_folder.path));
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    plan.created = QDateTime::currentDateTimeUtc();
    plan.tasks = {{u"base"_s, TaskKind::Base, u"The base"_s, {u"sh"_s, {}, {}, {}}, OutputFormat::Plain, {}, {}}};
    QFile file(m_folder.plan());
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(plan.toJson()) > 0);
    auto lock = BuildLock::take(m_folder.lock());
    QVERIFY(lock);
    m_lock = std::move(*lock);
    m_writer = std::make_unique<JournalWriter>();
}

void TestFollower::replaysAndTails()
{
    begin();
    output(10us, "one\ntwo\n");
    BuildFollower follower(m_paths, BuildId(1));
    QSignalSpy plans(&follower, &BuildFollower::planRead);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines, QByteArrayList({"one", "two"}));
    QCOMPARE(plans.size(), 1);
    QCOMPARE(reader.last.status, BuildStatus::Running);
    output(20us, "three\n");
    QTRY_COMPARE(reader.lines, QByteArrayList({"one", "two", "three"}));
    put(30us, TaskExited{0, 0});
    put(40us, Closed{Outcome::Done, {}});
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Done));
    QCOMPARE(reader.last.status, BuildStatus::Done);
    QCOMPARE(reader.last.steps.at(0).status, StepStatus::Done);
    QCOMPARE(reader.last.elapsed, BuildTime(40));
}

void TestFollower::growsTheLastLine()
{
    begin();
    output(10us, "10%\r20%"); // a part of a line, and what may yet become one
    BuildFollower follower(m_paths, BuildId(1));
    Reader reader(follower);
    QTRY_COMPARE(reader.lines, QByteArrayList({"10%\r"}));
    output(20'000us, " done\nlinking\rlinked");
    QTRY_COMPARE(reader.lines, QByteArrayList({"10%\r20% done", "linking\r"}));
    put(30us, TaskExited{0, 1});
    put(40us, Closed{Outcome::Failed, {}});
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Failed));
    QCOMPARE(reader.lines, QByteArrayList({"10%\r20% done", "linking\rlinked"}));
    QVERIFY2(reader.last.failure.contains(u"linked"), qPrintable(reader.last.failure));
}

void TestFollower::endsWhenTheLockIsFree()
{
    begin();
    output(10us, "one\n");
    BuildFollower follower(m_paths, BuildId(1));
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.size(), 1);
    QVERIFY(!reader.end);
    m_lock.reset();
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Interrupted));
    QCOMPARE(reader.last.steps.at(0).status, StepStatus::Failed);
    QCOMPARE(reader.lines.size(), 2); // and a note
}

void TestFollower::queuedBuildBegins()
{
    BuildFollower follower(m_paths, BuildId(1));
    QSignalSpy plans(&follower, &BuildFollower::planRead);
    Reader reader(follower);
    QTRY_COMPARE(plans.size(), 1);
    QTRY_VERIFY(reader.updates > 0);
    QCOMPARE(reader.last.status, BuildStatus::Queued);
    begin();
    QTRY_COMPARE(reader.last.status, BuildStatus::Running);
}

void TestFollower::unknownBuildFails()
{
    BuildFollower follower(m_paths, BuildId(7));
    QSignalSpy failures(&follower, &BuildFollower::failed);
    QVERIFY(failures.wait());
    QCOMPARE(failures.at(0).at(0).value<Error>().kind, ErrorKind::NotFound);
}

void TestFollower::updatesAreCoalesced()
{
    begin();
    BuildFollower follower(m_paths, BuildId(1));
    Reader reader(follower);
    QTRY_VERIFY(reader.updates > 0);
    const int before = reader.updates;
    QElapsedTimer timer;
    timer.start();
    int written = 0;
    while (timer.elapsed() < 1000) {
        ++written;
        output(BuildTime(1000 * written), QByteArray::number(written) + '\n');
        QTest::qWait(2);
    }
    QTRY_COMPARE(reader.lines.size(), written);
    const auto most = timer.elapsed() / 50 + 2;
    QVERIFY2(reader.updates - before <= most, qPrintable(u"%1 of %2"_s.arg(reader.updates - before).arg(most)));
    for (int i = 0; i < written; ++i)
        QCOMPARE(reader.lines.at(i), QByteArray::number(i + 1));
}

void TestFollower::storeSeesBuildsComeAndEnd()
{
    begin();
    BuildStore store(m_paths);
    QTRY_COMPARE(store.builds().size(), 1);
    QCOMPARE(store.builds().at(0).status, BuildStatus::Running);
    put(40us, TaskExited{0, 0});
    put(50us, Closed{Outcome::Done, {}});
    m_lock.reset();
    QTRY_COMPARE(store.builds().at(0).status, BuildStatus::Done);
    QCOMPARE(store.builds().at(0).stepsRun, 1);
}

void TestFollower::summaryMayBeDeleted()
{
    begin();
    put(40us, TaskExited{0, 0});
    put(50us, Closed{Outcome::Done, {}});
    m_lock.reset();
    const auto first = listBuilds(m_paths);
    QVERIFY(first && first->size() == 1);
    QVERIFY(QFile::exists(m_folder.summary()));
    QCOMPARE(*listBuilds(m_paths), *first);
    QVERIFY(QFile::remove(m_folder.summary()));
    QCOMPARE(*listBuilds(m_paths), *first);
    // A summary of another journal does not count.
    QFile file(m_folder.summary());
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray other =
        file.readAll().replace("\"stepsRun\":1", "\"stepsRun\":9").replace("\"journalBytes\":", "\"journalBytes\":1");
    QVERIFY(file.resize(0) && file.seek(0) && file.write(other) > 0);
    file.close();
    QCOMPARE(*listBuilds(m_paths), *first);
}

QTEST_GUILESS_MAIN(TestFollower)
#include "tst_follower.moc"
