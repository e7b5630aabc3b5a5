// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/console.h"
#include "app/ctl/table.h"

#include <QTest>

using namespace kernelyard::ctl;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestConsole : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bytesBecomeHarmless_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("plain");
        QTest::addColumn<QByteArray>("coloured");
        QTest::newRow("text stays") << QByteArray("gcc -O2\tx.c") << QByteArray("gcc -O2\tx.c")
                                    << QByteArray("gcc -O2\tx.c");
        QTest::newRow("colours are kept or left out")
            << QByteArray("\x1b[1;31merror\x1b[0m: x") << QByteArray("error: x")
            << QByteArray("\x1b[1;31merror\x1b[0m: x");
        QTest::newRow("cursor moves are left out")
            << QByteArray("a\x1b[2J\x1b[10;3Hb") << QByteArray("ab") << QByteArray("ab");
        QTest::newRow("a title ended by BEL") << QByteArray("\x1b]0;owned\aok") << QByteArray("ok") << QByteArray("ok");
        QTest::newRow("a title ended by ST")
            << QByteArray("\x1b]0;owned\x1b\\ok") << QByteArray("ok") << QByteArray("ok");
        QTest::newRow("a device control string")
            << QByteArray("\x1bP$qm\x1b\\ok") << QByteArray("ok") << QByteArray("ok");
        QTest::newRow("a cut sequence") << QByteArray("ok\x1b[1;") << QByteArray("ok") << QByteArray("ok");
        QTest::newRow("a cut escape") << QByteArray("ok\x1b") << QByteArray("ok") << QByteArray("ok");
        QTest::newRow("a title without end") << QByteArray("ok\x1b]0;x") << QByteArray("ok") << QByteArray("ok");
        QTest::newRow("control characters") << QByteArray("a\x01\x07\x08\x7f"
                                                          "b",
                                                          6)
                                            << QByteArray("ab") << QByteArray("ab");
        QTest::newRow("a zero byte") << QByteArray("a\0b", 3) << QByteArray("ab") << QByteArray("ab");
        QTest::newRow("a redrawn line keeps its last state")
            << QByteArray("10%\r50%\r100%") << QByteArray("100%") << QByteArray("100%");
        QTest::newRow("a return at the end redraws nothing")
            << QByteArray("done\r") << QByteArray("done") << QByteArray("done");
        for (const char *control :
             {"\xc2\x80", "\xc2\x9b", "\xc2\x9f", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"})
            QTest::addRow("a control character of Unicode: %s", QByteArray(control).toHex().constData())
                << QByteArray("a" + QByteArray(control) + "b")
                << QByteArray("a\xef\xbf\xbd"
                              "b")
                << QByteArray("a\xef\xbf\xbd"
                              "b");
        QTest::newRow("their neighbours stay")
            << QByteArray("\xc2\xa0\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\xc2")
            << QByteArray("\xc2\xa0\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\xc2")
            << QByteArray("\xc2\xa0\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\xc2");
        QTest::newRow("UTF-8 and what is none")
            << QByteArray("\xc3\xa9\xff") << QByteArray("\xc3\xa9\xff") << QByteArray("\xc3\xa9\xff");
    }
    void bytesBecomeHarmless()
    {
        QFETCH(QByteArray, bytes);
        QTEST(harmless(bytes, false), "plain");
        QTEST(harmless(bytes, true), "coloured");
    }

    void everyCutOfASequenceIsHarmless()
    {
        const QByteArray bytes("a\x1b[1;31mb\x1b]8;;http://x\x1b\\c\x1bP1\x1b\\d\x1b(B");
        for (qsizetype size = 0; size <= bytes.size(); ++size)
            QVERIFY(!harmless(bytes.first(size), false).contains('\x1b'));
    }

    void durationsAreShort_data()
    {
        QTest::addColumn<qint64>("ms");
        QTest::addColumn<QString>("text");
        QTest::newRow("nothing") << qint64(0) << u"0.0 s"_s;
        QTest::newRow("seconds") << qint64(12345) << u"12.3 s"_s;
        QTest::newRow("a minute") << qint64(65000) << u"1 min 05 s"_s;
        QTest::newRow("hours") << qint64(2 * 3600000 + 5 * 60000) << u"2 h 05 min"_s;
    }
    void durationsAreShort()
    {
        QFETCH(qint64, ms);
        QTEST(durationText(std::chrono::milliseconds(ms)), "text");
    }

    void sizesAreShort_data()
    {
        QTest::addColumn<qint64>("bytes");
        QTest::addColumn<QString>("text");
        QTest::newRow("bytes") << qint64(812) << u"812 B"_s;
        QTest::newRow("kilobytes") << qint64(1000) << u"1.00 kB"_s;
        QTest::newRow("megabytes") << qint64(61400000) << u"61.4 MB"_s;
        QTest::newRow("gigabytes") << qint64(10790000000) << u"10.8 GB"_s;
        QTest::newRow("just below a unit") << qint64(999900) << u"1.00 MB"_s;
    }
    void sizesAreShort()
    {
        QFETCH(qint64, bytes);
        QTEST(sizeText(bytes), "text");
    }

    void nearNamesAreSuggested_data()
    {
        QTest::addColumn<QString>("wrong");
        QTest::addColumn<QString>("near");
        QTest::newRow("a letter too few") << u"startr"_s << u"starter"_s;
        QTest::newRow("letters swapped") << u"satrter"_s << u"starter"_s;
        QTest::newRow("another case") << u"Starter"_s << u"starter"_s;
        QTest::newRow("a beginning") << u"flash"_s << u"flash-attention"_s;
        QTest::newRow("nothing like it") << u"zebra"_s << QString();
        QTest::newRow("empty") << QString() << QString();
    }
    void nearNamesAreSuggested()
    {
        QFETCH(QString, wrong);
        QFETCH(QString, near);
        const QString text = suggestion(wrong, {u"flash-attention"_s, u"starter"_s, u"xformers"_s});
        if (near.isEmpty())
            QCOMPARE(text, QString());
        else
            QVERIFY2(text.contains(u"“"_s + near + u"”"_s), qPrintable(text));
    }
};

QTEST_GUILESS_MAIN(TestConsole)
#include "tst_console.moc"
