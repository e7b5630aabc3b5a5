// SPDX-License-Identifier: GPL-3.0-or-later
// What a build left that could not be removed when it ended. The real daemon that is killed is in tst_mishaps_classic.
#include "core/build/buildlock.h"
#include "core/build/journalwriter.h"
#include "core/build/queueticket.h"
#include "core/build/remains.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto ran = "Step 1/2 : FROM a\n ---> 0123456789ab\nStep 2/2 : RUN x\n ---> Running in aaaaaaaaaaaa\n";

void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s can't be written", qPrintable(path));
}

} // namespace

class TestRemains : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void container_data();
    void container();
    void removedOnceTheDaemonAnswers();
    void ofItsOwnEnvironmentAlone();
    void markedWhenTheGuardWasKilledToo();
    void aBuildThatIsGoneLeavesNoMark();

private:
    /// The build \a number of one task with \a output, cut off where \a exitCode is none.
    BuildFolder build(int number, const Plan &plan, const QByteArray &output, std::optional<int> exitCode = {}) const;
    Plan plan(const QString &environment = u"one"_s, OutputFormat format = OutputFormat::Classic) const;
    bool isMarked(const BuildFolder &folder) const
    {
        return QFile::exists(m_home->filePath(u".remains/"_s + folder.path.section(u'/', -1)));
    }
    QByteArrayList containers() const;

    std::unique_ptr<QTemporaryDir> m_home;
};

/// A `docker` that knows the containers in a file, unless it is down.
void TestRemains::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    const QString program = m_home->filePath(u"docker"_s);
    write(program,
          "#!/bin/sh\ncd \"${0%/*}\"\ntest -e down && exit 1\nfor last; do :; done\n"
          "case $1 in ps) grep \"^${last#id=}\" containers; exit 0;; rm) grep -qx \"$last.*\" containers || exit 1;\n"
          "sed -i \"/^$last/d\" containers;; esac\n");
    QVERIFY(QFile::setPermissions(program, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    write(m_home->filePath(u"containers"_s), "aaaaaaaaaaaa1111\nbbbbbbbbbbbb2222\n");
}

QByteArrayList TestRemains::containers() const
{
    QFile file(m_home->filePath(u"containers"_s));
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().split('\n') : QByteArrayList();
}

Plan TestRemains::plan(const QString &environment, OutputFormat format) const
{
    Plan made;
    made.environment = environment;
    made.purpose = u"build"_s;
    made.engine.kind = EngineKind::Docker;
    made.engine.program = m_home->filePath(u"docker"_s);
    made.tasks = {{u"a"_s, TaskKind::Layer, u"A"_s, {u"true"_s, {}, {}, {}}, format, {}, {}}};
    made.created = QDateTime::currentDateTimeUtc();
    return made;
}

BuildFolder TestRemains::build(int number, const Plan &plan, const QByteArray &output,
                               std::optional<int> exitCode) const
{
    BuildFolder folder{m_home->filePath(u"%1"_s.arg(number, 4, 10, QChar(u'0')))};
    JournalWriter journal;
    if (!QDir().mkpath(folder.path) || !journal.create(folder.path) ||
        !journal.append({0us, Opened{plan.created, 1, u"test"_s}}) || !journal.append({1us, TaskStarted{0, 2}}) ||
        !journal.append({2us, Output{0, Stream::Out, output}}) ||
        (exitCode && !journal.append({3us, TaskExited{0, *exitCode}})) || !journal.flush())
        qFatal("no journal in %s", qPrintable(folder.path));
    write(folder.plan(), plan.toJson());
    return folder;
}

void TestRemains::container_data()
{
    QTest::addColumn<QByteArray>("output");
    QTest::addColumn<int>("exitCode"); // -1: it was cut off
    QTest::addColumn<QString>("expected");
    const QByteArray begin(ran);
    const QString container = u"aaaaaaaaaaaa"_s;
    QTest::newRow("cut off in a step") << begin + "words\nwithout an end" << -1 << container;
    QTest::newRow("failed in a step") << begin + "words\n" << 1 << container;
    QTest::newRow("the step prints the like")
        << begin + " ---> Running in bbbbbbbbbbbb\nx\n ---> Running in bbbbbbbbbbbb\n"
        << -1 << container;
    QTest::newRow("no container yet") << QByteArray("Step 1/2 : FROM a\n ---> 0123456789ab\nStep 2/2 : RUN x\n") << -1
                                      << QString();
    QTest::newRow("from the cache")
        << QByteArray("Step 1/2 : FROM a\n ---> 0123456789ab\nStep 2/2 : RUN x\n ---> Using cache\n") << -1
        << QString();
    QTest::newRow("in the step behind it") << QByteArray("Step 1/3 : FROM a\n ---> 0123456789ab\nStep 2/3 : RUN x\n"
                                                         " ---> Running in bbbbbbbbbbbb\n"
                                                         "Removing intermediate container bbbbbbbbbbbb\n"
                                                         " ---> 1123456789ab\nStep 3/3 : RUN y\n"
                                                         " ---> Running in aaaaaaaaaaaa\n")
                                           << -1 << container;
    QTest::newRow("done") << begin + "Removing intermediate container aaaaaaaaaaaa\n ---> 1123456789ab\n"
                                     "Successfully built 1123456789ab\n"
                          << 0 << QString();
    QTest::newRow("an odd name") << QByteArray("Step 1/2 : FROM a\n ---> 0123456789ab\nStep 2/2 : RUN x\n"
                                               " ---> Running in --all\n ---> Running in \n")
                                 << -1 << QString();
}

void TestRemains::container()
{
    QFETCH(QByteArray, output);
    QFETCH(int, exitCode);
    const BuildFolder folder = build(1, plan(), output, exitCode < 0 ? std::nullopt : std::optional(exitCode));
    QTEST(cutOffContainer(folder, plan()), "expected");
    QCOMPARE(cutOffContainer(folder, plan(u"one"_s, OutputFormat::Plain)), QString()); // any command may print it
}

void TestRemains::removedOnceTheDaemonAnswers()
{
    const BuildFolder folder = build(1, plan(), ran);
    write(m_home->filePath(u"down"_s), "");
    markRemains(folder);
    removeMarkedRemains(m_home->path(), plan());
    QVERIFY(isMarked(folder));
    QVERIFY(QFile::remove(m_home->filePath(u"down"_s)));
    removeMarkedRemains(m_home->path(), plan());
    QVERIFY(!isMarked(folder));
    QCOMPARE(containers(), QByteArrayList{"bbbbbbbbbbbb2222"}); // another's
    markRemains(folder);
    removeMarkedRemains(m_home->path(), plan()); // the builder has removed it itself
    QVERIFY(!isMarked(folder));
}

void TestRemains::ofItsOwnEnvironmentAlone()
{
    const BuildFolder folder = build(1, plan(u"other"_s), ran);
    markRemains(folder);
    removeMarkedRemains(m_home->path(), plan());
    QVERIFY(isMarked(folder));
    Plan elsewhere = plan(u"other"_s);
    elsewhere.engine.endpoint = {Endpoint::Kind::Context, u"elsewhere"_s, {}};
    removeMarkedRemains(m_home->path(), elsewhere);
    QVERIFY(isMarked(folder));
    QCOMPARE(containers().size(), 2);
    removeMarkedRemains(m_home->path(), plan(u"other"_s));
    QVERIFY(!isMarked(folder));
    QCOMPARE(containers().size(), 1);
}

/// As by a machine that loses power: the ticket stays, and nobody holds a lock.
void TestRemains::markedWhenTheGuardWasKilledToo()
{
    const BuildFolder folder = build(1, plan(), ran);
    QVERIFY(QueueTicket::open(folder, plan()));
    const BuildFolder next = build(2, plan(), {});
    QVERIFY(QueueTicket::open(next, plan()));
    QVERIFY(!QFile::exists(folder.ticket()));
    QVERIFY(isMarked(folder));
    QVERIFY(!isMarked(next));
    removeMarkedRemains(m_home->path(), plan());
    QCOMPARE(containers(), QByteArrayList{"bbbbbbbbbbbb2222"});
}

void TestRemains::aBuildThatIsGoneLeavesNoMark()
{
    const BuildFolder folder = build(1, plan(), ran);
    markRemains(folder);
    QVERIFY(QDir(folder.path).removeRecursively());
    removeMarkedRemains(m_home->path(), plan());
    QVERIFY(!isMarked(folder));
    QCOMPARE(containers().size(), 2);
}

QTEST_GUILESS_MAIN(TestRemains)
#include "tst_remains.moc"
