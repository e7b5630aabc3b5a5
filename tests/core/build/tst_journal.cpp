// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/crc32c.h"
#include "core/build/journalfile.h"
#include "core/build/journalreader.h"
#include "core/build/journalwriter.h"

#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace kernelyard;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

/// A record in words, so that records can be compared and a difference read.
struct Words
{
    QString operator()(const Opened &f) const
    {
        return u"opened %1 %2 %3"_s.arg(f.at.toMSecsSinceEpoch()).arg(f.runnerPid).arg(f.programVersion);
    }
    QString operator()(const TaskStarted &f) const { return u"started %1 %2"_s.arg(f.task).arg(f.pid); }
    QString operator()(const Output &f) const
    {
        return u"output %1 %2 %3"_s.arg(f.task).arg(int(f.stream)).arg(QString::fromLatin1(f.bytes.toHex()));
    }
    QString operator()(const SampledFrom &f) const
    {
        return u"sampled from %1 %2 %3"_s.arg(int(f.what)).arg(int(f.mode)).arg(f.limitBytes);
    }
    QString operator()(const Sample &f) const { return u"sample %1 %2"_s.arg(f.memoryBytes).arg(f.cpu.count()); }
    QString operator()(const TaskExited &f) const { return u"exited %1 %2"_s.arg(f.task).arg(f.exitCode); }
    QString operator()(const CancelAsked &) const { return u"cancel"_s; }
    QString operator()(const Paused &) const { return u"paused"_s; }
    QString operator()(const Resumed &) const { return u"resumed"_s; }
    QString operator()(const Closed &f) const { return u"closed %1 %2"_s.arg(int(f.outcome)).arg(f.reason); }
};

QString words(const Record &record)
{
    return QString::number(record.at.count()) + u": "_s + std::visit(Words{}, record.fact);
}

QStringList readAll(JournalReader &reader)
{
    QStringList all;
    while (const auto record = reader.next())
        all << words(*record);
    return all;
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QList<Record> oneOfEach()
{
    const QDateTime opened = QDateTime::fromMSecsSinceEpoch(1'790'000'000'123);
    return {{0us, Opened{opened, 4711, u"0.1.0"_s}},
            {1500us, TaskStarted{0, 4712}},
            {2000us, Output{0, Stream::Out, "STEP 1/2: FROM debian\n"}},
            {9000us, Output{0, Stream::Err, QByteArray("\xff\x00 not text\r", 11)}},
            {999'999us, SampledFrom{SampledFrom::What::Containers, CgroupMode::Hybrid, 51'539'607'552}},
            {1'000'000us, Sample{123'456'789, 987'654us}},
            {1'500'000us, CancelAsked{}},
            {1'500'001us, Paused{}},
            {1'500'002us, Resumed{}},
            {2'000'000us, TaskExited{0, 137}},
            {2'000'100us, Closed{Outcome::Cancelled, u"ein Grund: größer"_s}}};
}

} // namespace

class TestJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void checksAreCrc32c_data();
    void checksAreCrc32c();
    void readsBackWhatWasWritten();
    void cutAtEveryByteReadsUpToTheLastWholeRecord();
    void flippedBitEndsTheReadingThere();
    void chunksDoNotMatter();
    void outputIsGatheredAndSplit();
    void aRecordOfALaterVersionIsSkipped();
    void otherFilesAreNotJournals();
    void tailGoesOnWhereItStopped();
    void aCutOrDamagedFileHasAnEnd();
    void aFullDiskKeepsWholeRecordsAndTheClosing();
};

void TestJournal::checksAreCrc32c_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<quint32>("crc");
    // RFC 3720 B.4, and the check value of the catalogue of parametrised CRC algorithms
    QTest::newRow("32 zeros") << QByteArray(32, '\0') << 0x8a9136aaU;
    QTest::newRow("32 ones") << QByteArray(32, '\xff') << 0x62a8ab43U;
    QTest::newRow("digits") << QByteArray("123456789") << 0xe3069283U;
    QTest::newRow("nothing") << QByteArray() << 0U;
}

void TestJournal::checksAreCrc32c()
{
    QFETCH(QByteArray, bytes);
    QTEST(crc32c(bytes), "crc");
}

static QByteArray written(const QList<Record> &records)
{
    QTemporaryDir folder;
    JournalWriter writer;
    if (!writer.create(folder.path()))
        return {};
    for (const Record &record : records)
        if (!writer.append(record))
            return {};
    if (!writer.flush())
        return {};
    return contents(folder.filePath(u"journal"_s));
}

void TestJournal::readsBackWhatWasWritten()
{
    const QList<Record> records = oneOfEach();
    JournalReader reader;
    const QByteArray bytes = written(records);
    reader.feed(bytes);
    QStringList expected;
    for (const Record &record : records)
        expected << words(record);
    QCOMPARE(readAll(reader), expected);
    QCOMPARE(reader.offset(), bytes.size());
    QCOMPARE(reader.problem(), JournalReader::Problem::None);
}

void TestJournal::cutAtEveryByteReadsUpToTheLastWholeRecord()
{
    const QByteArray whole = written(oneOfEach());
    QVERIFY(whole.size() > 200);
    JournalReader reference;
    reference.feed(whole);
    QList<qint64> ends;
    QStringList all;
    while (const auto record = reference.next()) {
        all << words(*record);
        ends << reference.offset();
    }
    QCOMPARE(ends.size(), oneOfEach().size());
    for (qsizetype cut = 0; cut <= whole.size(); ++cut) {
        JournalReader reader;
        reader.feed(whole.first(cut));
        const auto kept = std::count_if(ends.cbegin(), ends.cend(), [cut](qint64 end) { return end <= cut; });
        QCOMPARE(readAll(reader), all.first(kept));
        QCOMPARE(reader.problem(), JournalReader::Problem::None);
        QCOMPARE(reader.bytesFed(), cut);
        QCOMPARE(reader.offset(), kept > 0 ? ends.at(kept - 1) : cut >= 16 ? 16 : 0);
        // and the rest, coming later, completes it
        reader.feed(whole.sliced(cut));
        QCOMPARE(readAll(reader), all.sliced(kept));
    }
}

void TestJournal::flippedBitEndsTheReadingThere()
{
    const QByteArray whole = written(oneOfEach());
    JournalReader reference;
    reference.feed(whole);
    const QStringList all = readAll(reference);
    for (qsizetype bit = 0; bit < whole.size() * 8; ++bit) {
        QByteArray damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        JournalReader reader;
        reader.feed(damaged);
        const QStringList read = readAll(reader);
        // Nothing wrong is ever read: what comes is the beginning of what was written, up to the damage.
        QVERIFY2(read.size() < all.size(), qPrintable(u"bit %1"_s.arg(bit)));
        QCOMPARE(read, all.first(read.size()));
        QVERIFY(reader.offset() <= bit / 8);
        // A length made larger looks like a record that is not there yet; the rest must be called damaged.
        const bool waits = reader.problem() == JournalReader::Problem::None;
        QVERIFY(!waits || bit / 8 >= reader.offset());
    }
}

void TestJournal::chunksDoNotMatter()
{
    QList<Record> records = oneOfEach();
    for (qsizetype i = 0; i < 50; ++i)
        records.insert(4, {10'000us + i * 5ms, Output{0, Stream::Out, QByteArray(i * 37, 'x')}});
    const QByteArray whole = written(records);
    JournalReader reference;
    reference.feed(whole);
    const QStringList all = readAll(reference);
    QRandomGenerator random(7);
    for (int round = 0; round < 50; ++round) {
        JournalReader reader;
        QStringList read;
        for (qsizetype at = 0; at < whole.size();) {
            const qsizetype size = std::min<qsizetype>(random.bounded(1, 400), whole.size() - at);
            reader.feed(whole.sliced(at, size));
            read += readAll(reader);
            at += size;
        }
        QCOMPARE(read, all);
    }
}

void TestJournal::outputIsGatheredAndSplit()
{
    QTemporaryDir folder;
    JournalWriter writer;
    QVERIFY(writer.create(folder.path()));
    QVERIFY(!writer.flushDue());
    QVERIFY(writer.appendOutput(100us, 0, Stream::Out, "one\n"));
    QVERIFY(writer.appendOutput(200us, 0, Stream::Out, "two\n"));
    QVERIFY(writer.appendOutput(300us, 0, Stream::Err, "three\n"));
    QCOMPARE(writer.flushDue(), std::optional<BuildTime>(100us + JournalWriter::flushInterval));
    QCOMPARE(contents(folder.filePath(u"journal"_s)).size(), 16);
    QVERIFY(writer.flush());
    QVERIFY(!writer.flushDue());
    const QByteArray large(1'000'000, 'L');
    QVERIFY(writer.appendOutput(1s, 0, Stream::Out, large));
    QVERIFY(writer.append({2s, TaskExited{0, 0}}));

    JournalReader reader;
    reader.feed(contents(folder.filePath(u"journal"_s)));
    QCOMPARE(words(*reader.next()), words({100us, Output{0, Stream::Out, "one\ntwo\n"}}));
    QCOMPARE(words(*reader.next()), words({300us, Output{0, Stream::Err, "three\n"}}));
    QByteArray back;
    auto record = reader.next();
    for (; record && std::holds_alternative<Output>(record->fact); record = reader.next())
        back += std::get<Output>(record->fact).bytes;
    QCOMPARE(back, large);
    QCOMPARE(words(*record), words({2s, TaskExited{0, 0}}));
}

static QByteArray rawRecord(quint8 type, const QByteArray &payload)
{
    QByteArray record(13, '\0');
    qToLittleEndian(quint32(payload.size()), record.data());
    record[4] = static_cast<char>(type);
    record += payload;
    QByteArray check(4, '\0');
    qToLittleEndian(crc32c(record), check.data());
    return record + check;
}

void TestJournal::aRecordOfALaterVersionIsSkipped()
{
    JournalReader reader;
    const QByteArray bytes = written({}) + rawRecord(99, "news") + rawRecord(6, {});
    reader.feed(bytes);
    QCOMPARE(readAll(reader), QStringList{u"0: cancel"_s});
    QCOMPARE(reader.problem(), JournalReader::Problem::None);

    QByteArray header = "KYJOURNL" + QByteArray("\x02\0\0\0", 4);
    QByteArray check(4, '\0');
    qToLittleEndian(crc32c(header), check.data());
    JournalReader later;
    header += check + rawRecord(6, {});
    later.feed(header);
    QVERIFY(!later.next());
    QCOMPARE(later.problem(), JournalReader::Problem::NewerFormat);
}

void TestJournal::otherFilesAreNotJournals()
{
    JournalReader reader;
    reader.feed("PK\x03\x04");
    QVERIFY(!reader.next());
    QCOMPARE(reader.problem(), JournalReader::Problem::NotAJournal);
    QCOMPARE(reader.offset(), 0);
}

void TestJournal::tailGoesOnWhereItStopped()
{
    QTemporaryDir folder;
    JournalFile file(folder.filePath(u"journal"_s));
    QCOMPARE(*file.read(1 << 20), 0);
    JournalWriter writer;
    QVERIFY(writer.create(folder.path()));
    QVERIFY(writer.append({1us, TaskStarted{0, 5}}));
    QVERIFY(*file.read(1 << 20) > 16);
    QCOMPARE(words(*file.next()), u"1: started 0 5"_s);
    QVERIFY(!file.next());

    // A record begun, seen by the reader and taken back by the writer: what stands there in the end is read.
    QFile journal(folder.filePath(u"journal"_s));
    QVERIFY(journal.open(QIODevice::ReadWrite));
    const qint64 end = journal.size();
    journal.seek(end);
    journal.write(rawRecord(3, QByteArray("\0\0\1", 3) + "taken back").first(20));
    journal.flush();
    QCOMPARE(*file.read(1 << 20), 20);
    QVERIFY(!file.next());
    QVERIFY(journal.resize(end));
    QVERIFY(writer.append({2us, TaskExited{0, 3}}));
    QVERIFY(*file.read(1 << 20) > 0);
    QCOMPARE(words(*file.next()), u"2: exited 0 3"_s);
    QCOMPARE(file.reader().offset(), file.sizeBytes());
}

/// A runner that was killed while it wrote: who reads until nothing comes must come to an end, and not lose the rest
/// when it comes after all.
void TestJournal::aCutOrDamagedFileHasAnEnd()
{
    const QByteArray whole = written(oneOfEach());
    JournalReader reference;
    reference.feed(whole);
    const QStringList all = readAll(reference);
    QTemporaryDir folder;
    const auto put = [&](const QByteArray &bytes) {
        QFile out(folder.filePath(u"journal"_s));
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size());
    };
    const auto readToEnd = [](JournalFile &file, QStringList &read) {
        for (int reads = 0; reads < 10; ++reads) {
            const auto count = file.read(1 << 20);
            while (const auto record = file.next())
                read << words(*record);
            if (!count || *count == 0)
                return bool(count);
        }
        return false;
    };
    for (qsizetype cut = 0; cut <= whole.size(); ++cut) {
        put(whole.first(cut));
        JournalFile file(folder.filePath(u"journal"_s));
        QStringList read;
        QVERIFY2(readToEnd(file, read), qPrintable(u"cut at %1"_s.arg(cut)));
        QCOMPARE(read, all.first(read.size()));
        put(whole);
        QVERIFY(readToEnd(file, read));
        QCOMPARE(read, all);
    }
    for (qsizetype at = 0; at < whole.size(); ++at) {
        QByteArray damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        put(damaged);
        JournalFile file(folder.filePath(u"journal"_s));
        QStringList read;
        QVERIFY2(readToEnd(file, read), qPrintable(u"damaged at %1"_s.arg(at)));
        QVERIFY(read.size() < all.size());
    }
}

void TestJournal::aFullDiskKeepsWholeRecordsAndTheClosing()
{
    QTemporaryDir folder;
    if (::mount("tmpfs", QFile::encodeName(folder.path()).constData(), "tmpfs", 0, "size=2m") != 0)
        QSKIP("needs the right to mount a tmpfs");
    const auto unmount = qScopeGuard([&] { ::umount2(QFile::encodeName(folder.path()).constData(), MNT_DETACH); });
    JournalWriter writer;
    QVERIFY(writer.create(folder.path()));
    QVERIFY(QFile::exists(folder.filePath(u"reserve"_s)));
    Result<void> result;
    qint64 given = 0;
    QRandomGenerator random(1);
    for (int i = 0; i < 1000 && result; ++i) {
        const QByteArray line(random.bounded(1, 60'000), 'y');
        given += line.size();
        result = writer.appendOutput(i * 10ms, 0, Stream::Out, line);
    }
    QVERIFY(!result);
    QCOMPARE(result.error().kind, ErrorKind::NoSpace);
    QVERIFY(result.error().message.contains(folder.path()));
    QVERIFY(writer.appendOutput(20s, 0, Stream::Out, "too late"));
    QCOMPARE(writer.refusedBytes(), 8);
    QVERIFY(writer.append({21s, TaskExited{0, 143}}));
    QVERIFY(writer.append({22s, Closed{Outcome::Failed, u"disk full"_s}}));
    QVERIFY(!QFile::exists(folder.filePath(u"reserve"_s)));

    JournalReader reader;
    const QByteArray bytes = contents(folder.filePath(u"journal"_s));
    reader.feed(bytes);
    qint64 kept = 0;
    QStringList last;
    while (const auto record = reader.next()) {
        if (const auto *output = std::get_if<Output>(&record->fact))
            kept += output->bytes.size();
        last << words(*record).left(60);
    }
    QCOMPARE(reader.offset(), bytes.size());
    QCOMPARE(kept, given); // the reserve took all that was gathered
    QCOMPARE(last.takeLast(), u"22000000: closed 1 disk full"_s);
    QCOMPARE(last.takeLast(), u"21000000: exited 0 143"_s);
}

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
