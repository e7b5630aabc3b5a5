// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/process/linesplitter.h"
#include "core/process/run.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace kernelyard;

static Command shell(const QString &script)
{
    return {u"sh"_s, {u"-c"_s, script}, {}, {}};
}

class TestProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void linesAtEverySplit()
    {
        const QByteArray text = "one\r\ntwo\n\n\r\nthr\ree\nlast";
        const QByteArrayList expected{"one", "two", "", "", "thr\ree"};
        for (qsizetype i = 0; i <= text.size(); ++i) {
            for (qsizetype j = i; j <= text.size(); ++j) {
                LineSplitter splitter;
                QByteArrayList lines = splitter.feed(text.first(i));
                lines += splitter.feed(text.sliced(i, j - i));
                lines += splitter.feed(text.sliced(j));
                QCOMPARE(lines, expected);
                QCOMPARE(splitter.takeRest(), "last");
                QVERIFY(splitter.takeRest().isEmpty());
            }
        }
    }

    void display_data()
    {
        QTest::addColumn<Command>("command");
        QTest::addColumn<QString>("line");
        QTest::newRow("plain") << Command{u"ls"_s, {u"-l"_s, u"/a_b"_s}, {}, {}} << u"ls -l /a_b"_s;
        QTest::newRow("quotes") << Command{u"a b"_s, {u"it's"_s, {}, u"$x;"_s}, {}, {}}
                                << u"'a b' 'it'\\''s' '' '$x;'"_s;
        QTest::newRow("folder and variables")
            << Command{u"c"_s, {}, u"/w d"_s, {{u"A"_s, u"1 2"_s}}} << u"cd '/w d' && A='1 2' c"_s;
    }

    void display()
    {
        QFETCH(Command, command);
        QTEST(command.display(), "line");
        QCOMPARE(Command::fromJson(command.toJson()), command);
    }

    void streamsStatusAndEnvironment()
    {
        Command command = shell(u"echo \"$A $LC_ALL\"; pwd; echo bad >&2; cat; exit 7"_s);
        command.environment = {{u"A"_s, u"b"_s}};
        command.workingDirectory = u"/usr"_s;
        const Result<Completed> done = run(command, 10s);
        QVERIFY(done);
        QCOMPARE(done->exitCode, 7);
        QCOMPARE(done->out, "b C\n/usr\n"); // and no standard input to wait for
        QCOMPARE(done->err, "bad\n");
    }

    void killedPrograms()
    {
        const Result<Completed> done = run(shell(u"kill -9 $$"_s), 10s);
        QVERIFY(done);
        QCOMPARE(done->exitCode, 128 + SIGKILL);
    }

    void missingPrograms()
    {
        const Result<Completed> done = run(Command{u"no-such-program-here"_s, {}, {}, {}}, 10s);
        QVERIFY(!done);
        QCOMPARE(done.error().kind, ErrorKind::Missing);
        QVERIFY(done.error().message.contains(u"no-such-program-here"));
    }

    void timeOutEndsTheWholeGroup_data()
    {
        QTest::addColumn<QString>("script");
        QTest::newRow("a child in the foreground") << u"echo $$ >&2; sleep 60; true"_s;
        QTest::newRow("one that ignores SIGTERM") << u"trap '' TERM; echo $$ >&2; sleep 60 & wait; sleep 60"_s;
    }

    void timeOutEndsTheWholeGroup()
    {
        QFETCH(QString, script);
        QElapsedTimer timer;
        timer.start();
        const Result<Completed> done = run(shell(script), 500ms);
        QVERIFY(timer.elapsed() < 3000);
        QVERIFY(!done);
        QCOMPARE(done.error().kind, ErrorKind::Timeout);
        const pid_t group = done.error().detail.trimmed().toInt();
        QVERIFY(group > 0);
        QTRY_VERIFY(::kill(-group, 0) != 0); // until init has buried them
    }

    void muchOutput()
    {
        const Result<Completed> done = run(shell(u"seq 1 200000"_s), 30s);
        QVERIFY(done);
        QCOMPARE(done->out.count('\n'), 200'000);
        QVERIFY(done->out.endsWith("\n200000\n"));
    }
};

QTEST_GUILESS_MAIN(TestProcess)
#include "tst_process.moc"
