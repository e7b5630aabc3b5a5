// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/linescan.h"
#include "core/log/lineset.h"
#include "core/log/logarchive.h"
#include "core/log/logreader.h"
#include "core/log/logsearch.h"
#include "core/log/logspool.h"
#include "core/log/terminalline.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Bytes in memory, read in short portions, as a pipe-like file system would give them.
class MemoryBytes : public LogBytes
{
public:
    explicit MemoryBytes(QByteArray bytes)
        : m_bytes(std::move(bytes))
    {}
    Result<qint64> read(qint64 at, char *to, qint64 length) const override
    {
        const QByteArray part = m_bytes.mid(at, length);
        std::copy(part.begin(), part.end(), to);
        return part.size();
    }

private:
    QByteArray m_bytes;
};

class TestLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void countsNewlines();
    void tellsPlainText();
    void leavesColoursOut();
    void findsBytesAsQtDoes();
    void setOfLines();
    void widensASet();
    void chunksAtEverySplit();
    void spoolKeepsEveryByte();
    void readerOfAGrowingSpool();
    void lineFeedWithinALine();
    void archiveGivesTheSame();
    void archiveOfAnotherJournalIsNotUsed();
    void archiveCutAnywhereIsNotUsed();
    void oldArchivesGo();
    void searchFindsWhatIsShown();
    void searchComesBackInBetween();
    void searchAmongOddLines();
    void anEndlessPatternIsGivenUp();
    void searchOfLongLines();

private:
    QTemporaryDir m_folder;
};

namespace {

quint32 next(quint32 &seed)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

QByteArrayList madeLines(int count)
{
    quint32 seed = 7;
    QByteArrayList lines;
    for (int i = 0; i < count; ++i) {
        QByteArray line = QByteArray::number(i) + ' ';
        const int length = i % 97 == 0 ? 90'000 : int(next(seed) % 240);
        while (line.size() < length)
            line += char(next(seed) % 3 == 0 ? 'x' : 'a' + next(seed) % 26);
        if (i % 50 == 3)
            line += " \x1b[31merror:\x1b[0m \xff\xfe\r";
        lines << line;
    }
    return lines;
}

} // namespace

void TestLog::countsNewlines()
{
    quint32 seed = 3;
    for (int size = 0; size < 5000; size += 1 + size / 7) {
        QByteArray bytes;
        for (int i = 0; i < size; ++i)
            bytes += char(next(seed) % 4 == 0 ? '\n' : char(next(seed)));
        QCOMPARE(countNewlines(bytes), bytes.count('\n'));
    }
    QCOMPARE(countNewlines(QByteArray(100'000, '\n')), 100'000); // no sum runs over
}

void TestLog::tellsPlainText()
{
    const QByteArray plain = "a plain line ~ of text\n" + QByteArray(300, ' ') + '\n';
    QCOMPARE(plainNewlines(plain), 2);
    QCOMPARE(plainNewlines({}), 0);
    QByteArray many; // more than a sum of bytes holds
    for (int i = 0; i < 20'000; ++i)
        many += i % 3 == 0 ? "\n" : "~\n";
    QCOMPARE(plainNewlines(many), 20'000);
    for (const char odd : {'\t', '\r', '\x1b', '\x7f', '\x80', '\xff', '\0', '\x1f'}) {
        for (qsizetype at = 0; at < plain.size(); at += 11) {
            QByteArray bytes = plain;
            bytes[at] = odd;
            QCOMPARE(plainNewlines(bytes), -1);
        }
    }
}

void TestLog::leavesColoursOut()
{
    QByteArray shown;
    QVERIFY(withoutColours("\x1b[1;31merr\x1b[0mor: x\x1b[m", shown));
    QCOMPARE(shown, QByteArray("error: x"));
    QVERIFY(withoutColours("\x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kx", shown)); // as GCC writes it
    QCOMPARE(shown, QByteArray("error: x"));
    QVERIFY(withoutColours("plain", shown));
    QCOMPARE(shown, QByteArray("plain"));
    for (const char *odd : {"a\rb", "\x1b[2Kx", "\x1b[31", "\x1b", "a\tb", "gr\xc3\xbc\xc3\x9f"})
        QVERIFY(!withoutColours(odd, shown));
}

void TestLog::findsBytesAsQtDoes()
{
    quint32 seed = 5;
    QByteArray hay;
    for (int i = 0; i < 20'000; ++i)
        hay += "abAB cC\n"[next(seed) % 8];
    for (const QByteArray &needle : {"a"_ba, "ab"_ba, "aB c"_ba, "cCcC"_ba, "abababab"_ba, "z"_ba, "AB C\n"_ba}) {
        const ByteFinder exact(needle, Qt::CaseSensitive);
        const ByteFinder loose(needle, Qt::CaseInsensitive);
        const QByteArray lower = hay.toLower();
        for (qsizetype at = 0, other = 0; at >= 0;) {
            const qsizetype expected = hay.indexOf(needle, at);
            QCOMPARE(exact.find(hay, at), expected);
            QCOMPARE(loose.find(hay, other), lower.indexOf(needle.toLower(), other));
            at = expected < 0 ? -1 : expected + 1;
            other = at < 0 ? 0 : at;
        }
    }
    QCOMPARE(ByteFinder("abc", Qt::CaseSensitive).find("ab"), -1);
    QCOMPARE(ByteFinder("@[", Qt::CaseInsensitive).find("`{@["), 2); // only letters have two cases
}

void TestLog::setOfLines()
{
    LineSet set;
    QSet<qint64> expected;
    quint32 seed = 9;
    for (int i = 0; i < 4000; ++i) {
        const qint64 line = next(seed) % 30'000;
        if (next(seed) % 5 == 0) {
            set.remove(line);
            expected.remove(line);
        } else {
            set.insert(line);
            expected.insert(line);
        }
        if (i % 400 == 0)
            QCOMPARE(set.count(0, 30'000), qint64(expected.size())); // counted in between, then changed
    }
    QList<qint64> sorted(expected.begin(), expected.end());
    std::sort(sorted.begin(), sorted.end());
    QCOMPARE(set.count(), sorted.size());
    for (qsizetype i = 0; i < sorted.size(); ++i) {
        QCOMPARE(set.at(i), sorted[i]);
        QCOMPARE(set.next(i == 0 ? 0 : sorted[i - 1] + 1), sorted[i]);
        QCOMPARE(set.previous(i + 1 < sorted.size() ? sorted[i + 1] - 1 : 90'000), sorted[i]);
    }
    for (qint64 from = 0; from < 30'000; from += 777) {
        const auto below = [&](qint64 line) {
            return qint64(std::lower_bound(sorted.begin(), sorted.end(), line) - sorted.begin());
        };
        QCOMPARE(set.count(from, from + 3000), below(from + 3000) - below(from));
        QCOMPARE(set.any(from, from + 5), below(from + 5) != below(from));
    }
    QCOMPARE(set.at(set.count()), -1);
    QCOMPARE(set.next(40'000), -1);
    QCOMPARE(LineSet().previous(3), -1);
    QCOMPARE(LineSet::fromWords(set.words()).count(), set.count());
}

void TestLog::widensASet()
{
    LineSet set;
    for (const qint64 line : {0, 10, 12, 99})
        set.insert(line);
    const LineSet wide = set.widened(2, 100);
    QList<qint64> lines;
    for (qint64 line = wide.next(0); line >= 0; line = wide.next(line + 1))
        lines << line;
    QCOMPARE(lines, (QList<qint64>{0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 97, 98, 99}));
}

void TestLog::chunksAtEverySplit()
{
    QByteArray text;
    for (int i = 0; i < 300; ++i)
        text += QByteArray(i % 40, 'x') + '\n';
    text += "no end";
    QList<qint64> whole;
    ChunkFinder once;
    once.feed(text, whole);
    QCOMPARE(once.lines(), 300);
    QCOMPARE(once.endedBytes(), text.size() - 6);
    QCOMPARE(whole.size(), 300 / 64 + 1);
    for (const qint64 at : whole)
        QVERIFY(at == 0 || text[at - 1] == '\n');
    for (qsizetype split = 0; split <= text.size(); split += 13) {
        QList<qint64> chunks;
        ChunkFinder finder;
        finder.feed(QByteArrayView(text).first(split), chunks);
        finder.feed(QByteArrayView(text).sliced(split), chunks);
        QCOMPARE(chunks, whole);
        QCOMPARE(finder.lines(), 300);
        QCOMPARE(finder.endedBytes(), once.endedBytes());
    }
}

static void compareLines(const LogReader &reader, const QByteArrayList &lines)
{
    QCOMPARE(reader.lines(), lines.size());
    for (qsizetype i = 0; i < lines.size(); ++i) {
        QCOMPARE(reader.text(i), QByteArrayView(lines[i]));
        QCOMPARE(reader.time(i), std::chrono::microseconds(i * 1000));
    }
    quint32 seed = 1;
    for (int i = 0; i < 2000; ++i) { // and in any order
        const qsizetype line = next(seed) % quint32(lines.size());
        QCOMPARE(reader.text(line), QByteArrayView(lines[line]));
    }
    QCOMPARE(reader.text(-1), QByteArrayView());
    QCOMPARE(reader.text(lines.size()), QByteArrayView());
}

static LogSpool spoolOf(const QByteArrayList &lines, const QString &folder)
{
    LogSpool spool = *LogSpool::create(folder);
    for (qsizetype i = 0; i < lines.size(); ++i) {
        spool.append(int(i / 100), std::chrono::microseconds(i * 1000 + 7), lineKind(lines[i]), lines[i]);
        if (i % 77 == 0 && !spool.flush())
            return spool;
    }
    if (spool.flush())
        spool.takeGrowth();
    return spool;
}

void TestLog::spoolKeepsEveryByte()
{
    const QByteArrayList lines = madeLines(1000);
    const LogSpool spool = spoolOf(lines, m_folder.path());
    LogReader reader(spool.text(), spool.times());
    reader.setIndex(spool.index());
    compareLines(reader, lines);
    QCOMPARE(reader.index().stepOf(0), 0);
    QCOMPARE(reader.index().stepOf(99), 0);
    QCOMPARE(reader.index().stepOf(100), 1);
    QCOMPARE(reader.index().stepOf(999), 9);
    QCOMPARE(reader.index().kindOf(3), LogKind::Error);
    QCOMPARE(reader.index().kindOf(4), LogKind::Output);
    QVERIFY(QDir(m_folder.path()).isEmpty()); // files without names
}

void TestLog::readerOfAGrowingSpool()
{
    const QByteArrayList lines = madeLines(700);
    LogSpool spool = *LogSpool::create(m_folder.path());
    LogReader reader(spool.text(), spool.times());
    for (qsizetype i = 0; i < lines.size(); ++i) {
        spool.append(int(i % 3), std::chrono::microseconds(i * 1000), LogKind::Output, lines[i]);
        if (i % 13 == 0) {
            QVERIFY(spool.flush());
            reader.apply(spool.takeGrowth());
            QCOMPARE(reader.lines(), i + 1);
            QCOMPARE(reader.text(i), QByteArrayView(lines[i])); // of a chunk and a page that were read before
            QCOMPARE(reader.text(i / 2), QByteArrayView(lines[i / 2]));
            QCOMPARE(reader.index().stepOf(i), int(i % 3));
        }
    }
    QVERIFY(spool.flush());
    reader.apply(spool.takeGrowth());
    compareLines(reader, lines);
}

void TestLog::lineFeedWithinALine()
{
    LogSpool spool = *LogSpool::create(m_folder.path());
    spool.append(0, 1ms, LogKind::Note, "one\ntwo");
    QVERIFY(spool.flush());
    LogReader reader(spool.text(), spool.times());
    reader.apply(spool.takeGrowth());
    QCOMPARE(reader.lines(), 2);
    QCOMPARE(reader.text(1), QByteArrayView("two"));
    QCOMPARE(reader.index().kindOf(0), LogKind::Note);
}

static Result<void> writeArchive(const QString &file, const LogArchive::Key &key, const LogSpool &spool)
{
    LogArchiveWriter writer(file, key, {spool.text(), spool.times(), spool.index()});
    for (;;) {
        const auto progress = writer.writeSome();
        if (!progress)
            return Failure(progress.error());
        if (*progress == LogArchiveWriter::Progress::Done)
            return {};
    }
}

void TestLog::archiveGivesTheSame()
{
    const QString file = m_folder.filePath(u"0001.klog"_s);
    for (const int count : {0, 1, 64, 1000}) {
        const QByteArrayList lines = madeLines(count);
        const LogSpool spool = spoolOf(lines, m_folder.path());
        QVERIFY(writeArchive(file, {1, 2, 3}, spool));
        const auto archive = LogArchive::open(file, {1, 2, 3});
        QVERIFY(archive);
        if (count == 0) {
            QCOMPARE(archive->index.lines, 0);
            continue;
        }
        LogReader reader(archive->text, archive->times);
        reader.setIndex(archive->index);
        compareLines(reader, lines);
        QCOMPARE(reader.index().runs, spool.index().runs);
        QCOMPARE(reader.index().errors.words(), spool.index().errors.words());
    }
}

void TestLog::archiveOfAnotherJournalIsNotUsed()
{
    const QString file = m_folder.filePath(u"0002.klog"_s);
    QVERIFY(writeArchive(file, {10, 20, 1}, spoolOf(madeLines(10), m_folder.path())));
    QVERIFY(LogArchive::open(file, {10, 20, 1}));
    QCOMPARE(LogArchive::open(file, {11, 20, 1}).error().kind, ErrorKind::Invalid);
    QCOMPARE(LogArchive::open(file, {10, 20, 2}).error().kind, ErrorKind::Invalid);
    QCOMPARE(LogArchive::open(file + u'x', {10, 20, 1}).error().kind, ErrorKind::NotFound);
}

void TestLog::archiveCutAnywhereIsNotUsed()
{
    const QString file = m_folder.filePath(u"0003.klog"_s);
    const QByteArrayList lines = madeLines(150);
    QVERIFY(writeArchive(file, {1, 1, 1}, spoolOf(lines, m_folder.path())));
    QFile whole(file);
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray bytes = whole.readAll();
    const QString cut = m_folder.filePath(u"cut.klog"_s);
    quint32 seed = 2;
    for (qsizetype size = 0; size < bytes.size(); size += 1 + bytes.size() / 300) {
        QFile part(cut);
        QVERIFY(part.open(QIODevice::WriteOnly) && part.write(bytes.first(size)) == size);
        part.close();
        QVERIFY(!LogArchive::open(cut, {1, 1, 1}));
        // one byte other than it was: not used, or the block says nothing wrong
        QByteArray spoilt = bytes;
        const auto at = qsizetype(next(seed)) % bytes.size();
        spoilt[at] = char(spoilt[at] ^ 0x40);
        QVERIFY(part.open(QIODevice::WriteOnly) && part.write(spoilt) == spoilt.size());
        part.close();
        const auto archive = LogArchive::open(cut, {1, 1, 1});
        if (!archive)
            continue;
        LogReader reader(archive->text, archive->times);
        reader.setIndex(archive->index);
        for (qint64 line = 0; line < reader.lines(); ++line) {
            const QByteArrayView text = reader.text(line);
            QVERIFY(text.isEmpty() || text == lines[line]);
        }
    }
}

void TestLog::oldArchivesGo()
{
    QTemporaryDir folder;
    for (int i = 0; i < 5; ++i) {
        QFile file(folder.filePath(u"000%1.klog"_s.arg(i)));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(1000, 'x')) == 1000 && file.flush());
        QVERIFY(file.setFileTime(QDateTime::currentDateTime().addSecs(i - 100), QFileDevice::FileModificationTime));
    }
    ageArchives(folder.path(), 2500);
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files), (QStringList{u"0003.klog"_s, u"0004.klog"_s}));
}

void TestLog::searchFindsWhatIsShown()
{
    const QByteArray text = "ptxas info\n"
                            "nothing\n"
                            "PTXAS ptxas\n"
                            "\x1b[31mpt\x1b[0mxas in colours\n"
                            "50% ptx\rptxas\r\n"
                            "Gr\xc3\xb6\xc3\x9f"
                            "e \xff ptxas\n"
                            "a\tptxas";
    const MemoryBytes bytes(text);
    const auto lines = [&](const LogQuery &query) {
        const LogMatches matches = searchLog(LineMatcher(query), bytes, 0, 0, text.size());
        QList<std::pair<qint64, qint64>> found;
        for (const LogMatches::Line &line : matches.found)
            found.append({line.line, line.matches});
        return found;
    };
    using Found = QList<std::pair<qint64, qint64>>;
    QCOMPARE(lines({u"ptxas"_s}), (Found{{0, 1}, {2, 2}, {3, 1}, {4, 1}, {5, 1}, {6, 1}}));
    QCOMPARE(lines({u"ptxas"_s, false, true}), (Found{{0, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}}));
    QCOMPARE(lines({u"größe"_s}), (Found{{5, 1}}));
    QCOMPARE(lines({u"^pt\\w+"_s, true, true}), (Found{{0, 1}, {3, 1}, {4, 1}}));
    QCOMPARE(lines({u"x*"_s, true}).size(), 6);
    QCOMPARE(lines({}), Found());
    QVERIFY(!LineMatcher({u"("_s, true}).error().isEmpty());
    QCOMPARE(LineMatcher({u"in"_s}).places(u"in the inn"_s), (QList<LineMatcher::Place>{{0, 2}, {7, 2}}));
}

void TestLog::searchComesBackInBetween()
{
    QByteArray text;
    for (int i = 0; i < 3000; ++i)
        text += (i % 10 == 0 ? "needle in line " : "hay in line ") + QByteArray::number(i) + '\n';
    const MemoryBytes bytes(text);
    const LineMatcher matcher({u"needle"_s});
    QList<qint64> found;
    qint64 line = 0;
    qint64 offset = 0;
    int slices = 0;
    for (bool isDone = false; !isDone; ++slices) {
        const LogMatches matches = searchLog(matcher, bytes, line, offset, text.size(), 1000);
        for (const LogMatches::Line &one : matches.found)
            found << one.line;
        line = matches.nextLine;
        offset = matches.nextOffset;
        isDone = matches.isDone;
    }
    QCOMPARE(found.size(), 300);
    for (int i = 0; i < 300; ++i)
        QCOMPARE(found[i], i * 10);
    QCOMPARE(line, 3000);
    QCOMPARE(searchLog(matcher, MemoryBytes(text.first(50)), 0, 0, text.size()).isDone, true); // the file was cut
    QVERIFY(slices >= 1);
}

void TestLog::searchAmongOddLines()
{
    const QByteArrayList lines{"a needle here", "a \x1b[1mneedle\x1b[0m here", "hay", "a\tneedle and a needle",
                               "hay \x1b[31mneed\x1b[0mle"};
    const LineMatcher matcher({u"needle"_s});
    QByteArray text;
    QList<LogMatches::Line> expected;
    quint32 seed = 11;
    for (qint64 i = 0; i < 20'000;
         ++i) { // odd ones some 100 lines apart, so that parts with and without them alternate
        const QByteArray &line = lines[next(seed) % 300 == 0 ? 1 + next(seed) % 4 : next(seed) % 2 == 0 ? 0 : 2];
        if (const qint64 matches = matcher.count(line); matches > 0)
            expected.append({i, matches});
        text += line + '\n';
    }
    const LogMatches matches = searchLog(matcher, MemoryBytes(text), 0, 0, text.size());
    QCOMPARE(matches.nextLine, 20'000);
    QVERIFY(matches.found == expected);
}

/// What a pattern tries grows by twice with each character that it may take for either part.
void TestLog::anEndlessPatternIsGivenUp()
{
    const LineMatcher endless({u"(x+x+)+[yz]"_s, true});
    QElapsedTimer timer;
    timer.start();
    for (int line = 0; line < 200; ++line) // what a tall window paints
        QVERIFY(endless.places(QString(60, u'x') + u'w').isEmpty());
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(endless.places(u"a xxy"_s), (QList<LineMatcher::Place>{{2, 3}}));
    QVERIFY(LineMatcher({u"ab(49"_s, true}).error().endsWith(u"at character 6"_s));
}

void TestLog::searchOfLongLines()
{
    const QByteArray text = QByteArray(3'000'000, 'x') + "needle\n" + QByteArray(700'000, 'y') + "\nneedle";
    const LogMatches matches = searchLog(LineMatcher({u"needle"_s}), MemoryBytes(text), 5, 0, text.size());
    QCOMPARE(matches.found, (QList<LogMatches::Line>{{5, 1}, {7, 1}}));
}

QTEST_GUILESS_MAIN(TestLog)
#include "tst_log.moc"
