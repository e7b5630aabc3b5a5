// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/terminalline.h"

#include <QTest>

#include <random>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestTerminalLine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void text_data();
    void text();
    void styles_data();
    void styles();
    void columns();
    void anOverlongLineIsRenderedInPart();
    void plainProgressIsNoOtherThanPlayed();
    void everyPrefixOfASequenceIsSafe();
    void longLine();
};

void TestTerminalLine::text_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("shown");

    QTest::newRow("empty") << QByteArray() << QString();
    QTest::newRow("plain") << "nvcc -O3 -std=c++17"_ba << u"nvcc -O3 -std=c++17"_s;
    QTest::newRow("colours vanish") << "\x1b[1;31merror:\x1b[0m no"_ba << u"error: no"_s;
    QTest::newRow("progress that overwrites itself") << "  1%\r 50%\r100%"_ba << u"100%"_s;
    QTest::newRow("overwritten by less leaves the rest") << "downloading\rdone"_ba << u"doneloading"_s;
    QTest::newRow("erased before the next state") << "downloading\r\x1b[Kdone"_ba << u"done"_s;
    QTest::newRow("erased whole") << "abc\x1b[2K\rx"_ba << u"x"_s;
    QTest::newRow("erased from the start") << "abcdef\x1b[3D\x1b[1K"_ba << u"    ef"_s;
    QTest::newRow("carriage return at the end") << "abc\r"_ba << u"abc"_s;
    QTest::newRow("backspaces") << "ab\b\bxy"_ba << u"xy"_s;
    QTest::newRow("tab stops") << "a\tb"_ba << u"a       b"_s;
    QTest::newRow("tab does not erase") << "abcdefghij\r\tX"_ba << u"abcdefghXj"_s;
    QTest::newRow("cursor forward") << "a\x1b[3Cb"_ba << u"a   b"_s;
    QTest::newRow("cursor to a column") << "abcdef\x1b[2Gx"_ba << u"axcdef"_s;
    QTest::newRow("title of the terminal is swallowed") << "a\x1b]0;rm -rf\x07z"_ba << u"az"_s;
    QTest::newRow("link keeps its text") << "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\"_ba << u"text"_s;
    QTest::newRow("device control string is swallowed") << "a\x1bPq#0\x1b\\z"_ba << u"az"_s;
    QTest::newRow("clearing the screen does nothing") << "a\x1b[2Jb"_ba << u"ab"_s;
    QTest::newRow("private mode does nothing") << "\x1b[?25lab\x1b[?25h"_ba << u"ab"_s;
    QTest::newRow("sequence cut off") << "ab\x1b[3"_ba << u"ab"_s;
    QTest::newRow("escape alone at the end") << "ab\x1b"_ba << u"ab"_s;
    QTest::newRow("bell is a picture") << "a\x07z"_ba << u"a␇z"_s;
    QTest::newRow("delete is a picture") << "a\x7fz"_ba << u"a␡z"_s;
    QTest::newRow("nul is a picture") << QByteArray("a\0z", 3) << u"a␀z"_s;
    QTest::newRow("invalid UTF-8") << "a\xff\xfez"_ba << u"a\uFFFD\uFFFDz"_s;
    QTest::newRow("UTF-8") << "Größe ✓"_ba << u"Größe ✓"_s;
    QTest::newRow("right-to-left override can't hide") << QByteArray("a\xe2\x80\xaez") << u"a\uFFFDz"_s;
    QTest::newRow("absurd move is bounded") << "a\x1b[99999999999Cb"_ba.left(3) + "b"_ba << u"a"_s;
}

void TestTerminalLine::text()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, shown);
    QCOMPARE(TerminalLine(bytes).text(), shown);
    QCOMPARE(terminalColumns(bytes), TerminalLine(bytes).columns());
}

void TestTerminalLine::styles_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("at");
    QTest::addColumn<int>("length");
    QTest::addColumn<int>("hue");
    QTest::addColumn<bool>("bold");

    QTest::newRow("red") << "ab\x1b[31mcd\x1b[0mef"_ba << 2 << 2 << 1 << false;
    QTest::newRow("bright is bold") << "\x1b[92mok"_ba << 0 << 2 << 2 << true;
    QTest::newRow("bold yellow, closed by 39 and 22") << "\x1b[1;33mwarn\x1b[39;22m x"_ba << 0 << 4 << 3 << true;
    QTest::newRow("256 colours, red of the cube") << "\x1b[38;5;196mx"_ba << 0 << 1 << 1 << false;
    QTest::newRow("true colour, blue") << "\x1b[38;2;20;40;250mx"_ba << 0 << 1 << 4 << false;
    QTest::newRow("colon-separated") << "\x1b[38:5:196mx"_ba << 0 << 1 << 1 << false;
    QTest::newRow("bold alone") << "a\x1b[1mb"_ba << 1 << 1 << -1 << true;
}

void TestTerminalLine::styles()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, at);
    QFETCH(int, length);
    QFETCH(int, hue);
    QFETCH(bool, bold);
    const TerminalLine line(bytes);
    QCOMPARE(line.runs().size(), 1);
    QCOMPARE(line.runs().first().at, at);
    QCOMPARE(line.runs().first().length, length);
    QCOMPARE(int(line.runs().first().style.hue), hue);
    QCOMPARE(line.runs().first().style.bold, bold);
}

void TestTerminalLine::columns()
{
    const TerminalLine plain("abc");
    QVERIFY(plain.isGrid());
    QCOMPARE(plain.columnAt(2), 2);
    QCOMPARE(plain.indexAt(9), 3);

    const TerminalLine wide("a漢字b");
    QVERIFY(!wide.isGrid());
    QCOMPARE(wide.columns(), 6);
    QCOMPARE(wide.columnAt(2), 3);
    QCOMPARE(wide.indexAt(2), 1); // in the middle of a wide one
    QCOMPARE(wide.indexAt(5), 3);

    const TerminalLine emoji("a🎉b");
    QCOMPARE(emoji.columns(), 4);
    QCOMPARE(emoji.text().size(), 4); // a surrogate pair
    QCOMPARE(emoji.indexAt(3), 3);

    const TerminalLine combined("e\xcc\x81x"); // e with an acute on top
    QCOMPARE(combined.columns(), 2);
    QCOMPARE(combined.columnAt(2), 1);
    QCOMPARE(combined.indexAt(0), 0);
}

/// Plain text that is written over is put together without playing it: as it would be played.
void TestTerminalLine::anOverlongLineIsRenderedInPart()
{
    const QByteArray colour = "\x1b[31m", more(3 << 20, 'x');
    const TerminalLine line(QByteArray(colour + more));
    QCOMPARE(line.text().size(), (1 << 20) - colour.size());
    QCOMPARE(TerminalLine(QByteArray(colour + more + "\rthe last state")).text(), u"the last state"_s);
    QCOMPARE(TerminalLine(more).text().size(), more.size()); // plain text costs nothing
    QCOMPARE(TerminalLine("a\x1b[99999C\x1b[99999Cb").columns(), 65'537);
    const TerminalLine tabs(QByteArray(colour + QByteArray(70'000, 'x') + "\tb\x1b[5Cc"));
    QVERIFY(tabs.text().endsWith(u"x bc"_s));
}

void TestTerminalLine::plainProgressIsNoOtherThanPlayed()
{
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
        QByteArray bytes;
        for (auto length = random() % 40; length > 0; --length)
            bytes += random() % 4 == 0 ? '\r' : char('a' + random() % 26);
        const TerminalLine played(QByteArray("\x1b[m" + bytes)); // an escape sequence that does nothing
        const TerminalLine line(bytes);
        QCOMPARE(line.text(), played.text());
        QCOMPARE(line.columns(), played.columns());
        QVERIFY(line.isGrid() && line.runs().isEmpty());
    }
}

void TestTerminalLine::everyPrefixOfASequenceIsSafe()
{
    const QByteArray whole =
        "x\x1b[38;5;196;1mred\x1b[0m\x1b]8;;u\x1b\\t\x1b]8;;\x07\xf0\x9f\x8e\x89\r\x1b[K\x1b(Bend"_ba;
    for (qsizetype cut = 0; cut <= whole.size(); ++cut) {
        const TerminalLine line(whole.left(cut));
        QVERIFY(!line.text().contains(QChar(0x1b)));
        QVERIFY(line.columns() <= whole.size());
    }
}

void TestTerminalLine::longLine()
{
    QByteArray compiler = "nvcc ";
    while (compiler.size() < 90000)
        compiler += "-gencode arch=compute_90,code=sm_90 ";
    QVERIFY(isPlainLine(compiler));
    QCOMPARE(terminalColumns(compiler), int(compiler.size()));
    const QByteArray coloured = "\x1b[31m" + compiler + "\x1b[0m";
    QCOMPARE(TerminalLine(coloured).columns(), int(compiler.size()));
}

QTEST_GUILESS_MAIN(TestTerminalLine)
#include "tst_terminalline.moc"
