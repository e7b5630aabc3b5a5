// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildfolder.h"
#include "core/build/buildfollower.h"
#include "core/build/buildlink.h"
#include "core/build/buildlock.h"
#include "core/build/journalwriter.h"
#include "core/log/logreader.h"
#include "tests/core/smalldisk.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
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
    void showsWhatHasNoEndYet_data();
    void showsWhatHasNoEndYet();
    void showsTheEndOfALongProgress();
    void endsWhenTheLockIsFree();
    void queuedBuildBegins();
    void unknownBuildFails();
    void updatesAreCoalesced();
    void storesLinesOnDisk();
    void aFullDiskEndsNoFollowing();
    void storedLogOpensAtOnce();
    void storedLogGoesWithItsJournal();
    void noLinesForWhoWantsNone();
    void linkToALine();
    void storeSeesBuildsComeAndEnd();

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

namespace {

/// Puts a stored log together as a window does.
struct StoredReader
{
    explicit StoredReader(BuildFollower &follower)
    {
        QObject::connect(&follower, &BuildFollower::logOpened, &follower, [this](const LogArchive &log) {
            lines.open(log.text, log.times);
            lines.setIndex(log.index);
            linesAtOnce = lines.lines();
        });
        QObject::connect(&follower, &BuildFollower::updated, &follower, [this](const BuildUpdate &update) {
            sent += update.newLines.size();
            steps = update.steps;
            if (!update.growth)
                return;
            lines.apply(*update.growth);
            open = update.growth->open;
        });
        QObject::connect(&follower, &BuildFollower::ended, &follower, [this](BuildStatus status) { end = status; });
    }

    LogReader lines;
    std::optional<OpenLine> open;
    QList<Step> steps;
    qint64 linesAtOnce = -1;
    qsizetype sent = 0;
    std::optional<BuildStatus> end;
};

constexpr int manyLines = 60'000; // some 2 MB: worth to be stored

} // namespace

void TestFollower::init()
{
    m_writer.reset();
    m_lock.reset();
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->path();
    m_paths.cache = m_home->path() + u"/cache";
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
    QTRY_COMPARE(reader.lines, QByteArrayList({"10%\r20%"}));
    QVERIFY(reader.last.lastLineIsOpen);
    output(20'000us, " done\nlinking\rlinked");
    QTRY_COMPARE(reader.lines, QByteArrayList({"10%\r20% done", "linking\rlinked"}));
    put(30us, TaskExited{0, 1});
    put(40us, Closed{Outcome::Failed, {}});
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Failed));
    QCOMPARE(reader.lines, QByteArrayList({"10%\r20% done", "linking\rlinked"}));
    QVERIFY2(reader.last.failure.contains(u"linked"), qPrintable(reader.last.failure));
}

void TestFollower::showsWhatHasNoEndYet_data()
{
    QTest::addColumn<OutputFormat>("format");
    QTest::addColumn<QByteArray>("before");
    QTest::newRow("a command") << OutputFormat::Plain << QByteArray();
    QTest::newRow("Podman") << OutputFormat::Podman
                            << QByteArray("STEP 1/2: FROM a\n--> 0123456789a\nSTEP 2/2: RUN x\n");
    QTest::newRow("the classic builder") << OutputFormat::Classic
                                         << QByteArray("Step 1/2 : FROM a\n ---> 0123456789ab\nStep 2/2 : RUN x\n"
                                                       " ---> Running in 0123456789ab\n");
}

/// A prompt, and progress that is written over: as the tool wrote it, in the step that wrote it, before its line ends.
void TestFollower::showsWhatHasNoEndYet()
{
    QFETCH(OutputFormat, format);
    QFETCH(QByteArray, before);
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    plan.created = QDateTime::currentDateTimeUtc();
    plan.tasks = {{u"a"_s, TaskKind::Layer, u"A"_s, {u"sh"_s, {}, {}, {}}, format, {}, {}}};
    QFile file(m_folder.plan());
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(plan.toJson()) > 0);
    file.close();
    begin();
    output(10us, before + "first\nContinue? ");
    BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::Stored);
    StoredReader reader(follower);
    const auto open = [&] { return reader.open ? reader.open->text : QByteArray("none"); };
    QTRY_COMPARE(open(), QByteArray("Continue? "));
    QCOMPARE(reader.lines.text(reader.lines.lines() - 1), QByteArrayView("first"));
    QVERIFY(reader.open->step >= 0);
    QCOMPARE(reader.open->step, reader.steps.size() - 1);
    output(100'000us, "y\n 1%\r 2%");
    QTRY_COMPARE(open(), QByteArray(" 1%\r 2%"));
    output(200'000us, "\r 3%\r");
    QTRY_COMPARE(open(), QByteArray(" 1%\r 2%\r 3%\r"));
    put(300'000us, Output{0, Stream::Err, "a warning"}); // the streams share no line
    QVERIFY(m_writer->flush());
    QTRY_COMPARE(open(), QByteArray("a warning"));
    m_lock.reset(); // what never had an end is no less a line
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Interrupted));
    QVERIFY(!reader.open);
    QByteArrayList lines;
    for (qint64 line = 0; line < reader.lines.lines(); ++line)
        lines << reader.lines.text(line).toByteArray();
    const qsizetype first = lines.indexOf("first");
    QVERIFY(first >= 0);
    QCOMPARE(lines.mid(first, 4), QByteArrayList({"first", "Continue? y", " 1%\r 2%\r 3%", "a warning"}));
}

void TestFollower::showsTheEndOfALongProgress()
{
    begin();
    QByteArray progress;
    for (int i = 0; i < 100'000; ++i)
        progress += QByteArray::number(i).rightJustified(6) + "/100000\r";
    output(10us, progress);
    BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::Stored);
    StoredReader reader(follower);
    QTRY_VERIFY(reader.open && reader.open->text.endsWith(" 99999/100000\r"));
    QVERIFY(reader.open->text.size() <= 64 << 10);
    QCOMPARE(reader.open->text.indexOf('\r'), 13); // begins with a whole one
    output(20us, "\n");
    QTRY_COMPARE(reader.lines.lines(), 1);
    QCOMPARE(reader.lines.text(0).size(), progress.size() - 1); // nothing of it is lost
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

void TestFollower::storesLinesOnDisk()
{
    begin();
    output(10'000us, "one\na.c:1:1: error: two\n50%\r100%");
    BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::Stored);
    StoredReader reader(follower);
    QTRY_COMPARE(reader.lines.lines(), 2);
    QVERIFY(reader.open);
    QCOMPARE(reader.open->text, QByteArray("50%\r100%"));
    QCOMPARE(reader.lines.text(1), QByteArrayView("a.c:1:1: error: two"));
    QCOMPARE(reader.lines.time(1), 10ms);
    QCOMPARE(reader.lines.index().kindOf(1), LogKind::Error);
    QCOMPARE(reader.lines.index().stepOf(1), 0);
    output(20'000us, " done\n");
    QTRY_COMPARE(reader.lines.lines(), 3);
    QVERIFY(!reader.open);
    QCOMPARE(reader.lines.text(2), QByteArrayView("50%\r100% done"));
    m_lock.reset();
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Interrupted));
    QCOMPARE(reader.lines.index().kindOf(3), LogKind::Note);
    QCOMPARE(reader.sent, 0);
    QVERIFY(QDir(m_paths.cache + u"/log").isEmpty()); // so small a log is read from its journal again
}

void TestFollower::aFullDiskEndsNoFollowing()
{
    const SmallDisk disk(m_paths.cache, "64k");
    if (!disk.isMounted())
        QSKIP("needs the right to mount a tmpfs");
    begin();
    output(10'000us, "one\n");
    BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::Stored);
    StoredReader reader(follower);
    QSignalSpy failed(&follower, &BuildFollower::failed);
    QTRY_COMPARE(reader.lines.lines(), 1);
    output(20'000us, QByteArray(1'000'000, 'x') + '\n');
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].value<Error>().kind, ErrorKind::NoSpace);
    output(30'000us, "three\n");
    put(40'000us, TaskExited{0, 1});
    put(50'000us, Closed{Outcome::Failed, {}});
    QVERIFY(m_writer->flush());
    m_lock.reset();
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Failed));
    QCOMPARE(failed.size(), 1);
    QCOMPARE(reader.lines.text(0), QByteArrayView("one"));
}

void TestFollower::storedLogOpensAtOnce()
{
    begin();
    QByteArray text;
    for (int i = 0; i < manyLines; ++i)
        text += "[" + QByteArray::number(i) + "/60000] a line of the compiler\n";
    output(10'000us, text);
    put(30us, TaskExited{0, 0});
    put(40us, Closed{Outcome::Done, {}});
    {
        BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::Stored);
        StoredReader reader(follower);
        QTRY_COMPARE(reader.end, std::optional(BuildStatus::Done));
        QCOMPARE(reader.linesAtOnce, 0);
        QCOMPARE(reader.lines.lines(), manyLines);
        QTRY_COMPARE(QDir(m_paths.cache + u"/log").entryList(QDir::Files), QStringList(u"0001.klog"_s));
        QCOMPARE(reader.lines.text(777), QByteArrayView("[777/60000] a line of the compiler"));
    }
    BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::Stored);
    StoredReader reader(follower);
    QTRY_COMPARE(reader.linesAtOnce, manyLines);
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Done));
    QCOMPARE(reader.steps.at(0).lines, manyLines); // from the journal
    QByteArray again;
    for (int i = 0; i < manyLines; ++i)
        again += reader.lines.text(i).toByteArray() + '\n';
    QCOMPARE(again, text);
}

void TestFollower::storedLogGoesWithItsJournal()
{
    storedLogOpensAtOnce();
    QFile file(m_folder.journal());
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.setFileTime(QDateTime(QDate(2020, 1, 1), QTime(0, 0)), QFileDevice::FileModificationTime));
    file.close();
    BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::Stored);
    StoredReader reader(follower);
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Done));
    QCOMPARE(reader.linesAtOnce, 0); // it was made from another journal
    QCOMPARE(reader.lines.lines(), manyLines);
}

void TestFollower::noLinesForWhoWantsNone()
{
    begin();
    output(10us, "one\ntwo\n");
    BuildFollower follower(m_paths, BuildId(1), BuildFollower::Lines::None);
    StoredReader reader(follower);
    m_lock.reset();
    QTRY_COMPARE(reader.end, std::optional(BuildStatus::Interrupted));
    QCOMPARE(reader.sent, 0);
    QCOMPARE(reader.linesAtOnce, -1);
    QCOMPARE(reader.steps.size(), 1);
}

void TestFollower::linkToALine()
{
    QCOMPARE((BuildLink{BuildId(412), 122}).toString(), u"kernelyard://build/412#L123"_s);
    QCOMPARE(BuildLink::fromString(u"kernelyard://build/412#L123"_s), (BuildLink{BuildId(412), 122}));
    QCOMPARE(BuildLink::fromString(u"kernelyard://build/0412"_s), (BuildLink{BuildId(412), -1}));
    for (const QString &text : {u"kernelyard://build/"_s, u"kernelyard://build/0"_s, u"http://build/4"_s,
                                u"kernelyard://build/4#3"_s, u"kernelyard://build/4#L3x"_s, u"412"_s})
        QVERIFY2(!BuildLink::fromString(text), qPrintable(text));
}

void TestFollower::storeSeesBuildsComeAndEnd()
{
    begin();
    BuildStore store(m_paths);
    store.refresh();
    QTRY_COMPARE(store.builds().size(), 1);
    QCOMPARE(store.builds().at(0).status, BuildStatus::Running);
    put(40us, TaskExited{0, 0});
    put(50us, Closed{Outcome::Done, {}});
    m_lock.reset();
    QTRY_COMPARE(store.builds().at(0).status, BuildStatus::Done);
    QCOMPARE(store.builds().at(0).stepsRun, 1);
}

QTEST_GUILESS_MAIN(TestFollower)
#include "tst_follower.moc"
