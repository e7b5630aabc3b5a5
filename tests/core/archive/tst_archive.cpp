// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/archive.h"
#include "core/process/run.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

using namespace kernelyard;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

/// One 512-byte ustar header with a right checksum, and its content padded to whole blocks.
struct RawEntry
{
    QByteArray name;
    char type = '0';
    QByteArray content;
    QByteArray link;
    QByteArray prefix;
};

QByteArray rawEntry(const RawEntry &entry)
{
    QByteArray header(512, '\0');
    const auto put = [&](int offset, const QByteArray &bytes) { header.replace(offset, bytes.size(), bytes); };
    put(0, entry.name.left(100));
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, QByteArray::number(entry.content.size(), 8).rightJustified(11, '0'));
    put(136, "00000000000");
    put(148, "        ");
    put(156, QByteArray(1, entry.type));
    put(157, entry.link.left(100));
    put(257, QByteArray("ustar\0"
                        "00",
                        8));
    put(345, entry.prefix);
    int sum = 0;
    for (const char c : header)
        sum += quint8(c);
    put(148, QByteArray::number(sum, 8).rightJustified(6, '0') + QByteArray("\0 ", 2));
    return header + entry.content + QByteArray((512 - entry.content.size() % 512) % 512, '\0');
}

QByteArray rawTar(const QList<RawEntry> &entries)
{
    QByteArray bytes;
    for (const RawEntry &entry : entries)
        bytes += rawEntry(entry);
    return bytes + QByteArray(1024, '\0');
}

QByteArray paxRecord(const QByteArray &key, const QByteArray &value)
{
    const QByteArray body = ' ' + key + '=' + value + '\n';
    qsizetype length = body.size() + 1;
    while (QByteArray::number(length).size() + body.size() != length)
        ++length;
    return QByteArray::number(length) + body;
}

void writeBytes(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
    QCOMPARE(file.write(bytes), bytes.size());
}

QByteArray readBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("could not be read");
}

Completed tarProgram(const QStringList &arguments)
{
    const auto completed = run({u"tar"_s, arguments, {}, {}}, 30s);
    return completed ? *completed : Completed{-1, {}, completed.error().message.toUtf8()};
}

/// Every name below \a folder, links not followed.
QStringList treeOf(const QString &folder)
{
    QStringList names;
    const auto entries =
        QDir(folder).entryInfoList(QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
    for (const QFileInfo &info : entries) {
        names << info.fileName();
        if (info.isDir() && !info.isSymLink())
            for (const QString &below : treeOf(info.filePath()))
                names << info.fileName() + u'/' + below;
    }
    return names;
}

} // namespace

class TestArchive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writtenArchiveIsReadBySystemTar();
    void writtenArchiveIsReadBack();
    void nothingIsLeftWhenASourceIsMissing();
    void oldArchiveSurvivesAFailedWrite();
    void writeThatFailsLeavesNothing();
    void deviceIsNotReplaced();
    void systemTarFormatsAreRead_data();
    void systemTarFormatsAreRead();
    void hostileArchivesAreRefused_data();
    void hostileArchivesAreRefused();
    void harmlessLinksAreKept();
    void existingFilesAndLinksAreNotTouched();
    void damageIsNamed_data();
    void damageIsNamed();
    void everyTruncationIsAnErrorOrWhole();
    void missingArchiveIsNotFound();

private:
    QString path(const QString &name) const { return m_folder->filePath(name); }
    std::unique_ptr<QTemporaryDir> m_folder;

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
};

void TestArchive::writtenArchiveIsReadBySystemTar()
{
    const QByteArray large = QByteArray("0123456789abcdef").repeated(200'000); // more than one chunk
    writeBytes(path(u"journal"_s), large);
    const QString longName = u"0412/"_s + QString(150, u'n') + u"/plan.json";
    const auto written = writeTarGz(
        path(u"build.tar.gz"_s),
        {{u"0412/journal"_s, path(u"journal"_s), {}}, {longName, {}, "{\"ü\": 1}"}, {u"0412/empty"_s, {}, {}}});
    QVERIFY2(written, qPrintable(written ? QString() : written.error().message));

    const Completed test = tarProgram({u"-tzf"_s, path(u"build.tar.gz"_s)});
    QCOMPARE(test.exitCode, 0);
    QCOMPARE(test.err, QByteArray());
    QCOMPARE(test.out, "0412/journal\n" + longName.toUtf8() + "\n0412/empty\n");
    QDir(m_folder->path()).mkdir(u"out"_s);
    QCOMPARE(tarProgram({u"-xzf"_s, path(u"build.tar.gz"_s), u"-C"_s, path(u"out"_s)}).exitCode, 0);
    QCOMPARE(readBytes(path(u"out/0412/journal"_s)), large);
    QCOMPARE(readBytes(path(u"out/"_s + longName)), QByteArray("{\"ü\": 1}"));
    QCOMPARE(readBytes(path(u"out/0412/empty"_s)), QByteArray());
    QCOMPARE(run({u"gzip"_s, {u"-t"_s, path(u"build.tar.gz"_s)}, {}, {}}, 30s)->exitCode, 0);
}

void TestArchive::writtenArchiveIsReadBack()
{
    QVERIFY(writeTarGz(path(u"a.tar.gz"_s), {{u"x/y"_s, {}, "one"}, {u"z"_s, {}, "three"}}));
    const auto listed = listTar(path(u"a.tar.gz"_s));
    QVERIFY2(listed, qPrintable(listed ? QString() : listed.error().message));
    QCOMPARE(*listed,
             (QList<ArchiveEntry>{{u"x/y"_s, ArchiveEntryType::File, 3, {}}, {u"z"_s, ArchiveEntryType::File, 5, {}}}));
    QVERIFY(extractTar(path(u"a.tar.gz"_s), path(u"out/deep"_s)));
    QCOMPARE(treeOf(path(u"out/deep"_s)), (QStringList{u"x"_s, u"x/y"_s, u"z"_s}));
    QCOMPARE(readBytes(path(u"out/deep/x/y"_s)), QByteArray("one"));
}

void TestArchive::nothingIsLeftWhenASourceIsMissing()
{
    const auto written = writeTarGz(path(u"a.tar.gz"_s), {{u"x"_s, {}, "one"}, {u"y"_s, path(u"absent"_s), {}}});
    QVERIFY(!written);
    QCOMPARE(written.error().kind, ErrorKind::NotFound);
    QVERIFY2(written.error().message.contains(path(u"absent"_s)), qPrintable(written.error().message));
    QCOMPARE(treeOf(m_folder->path()), QStringList());
}

void TestArchive::oldArchiveSurvivesAFailedWrite()
{
    writeBytes(path(u"a.tar.gz"_s), "the old one");
    QVERIFY(!writeTarGz(path(u"a.tar.gz"_s), {{u"y"_s, path(u"absent"_s), {}}}));
    QCOMPARE(readBytes(path(u"a.tar.gz"_s)), QByteArray("the old one"));
    QVERIFY(writeTarGz(path(u"a.tar.gz"_s), {{u"y"_s, {}, "new"}}));
    QCOMPARE(listTar(path(u"a.tar.gz"_s))->size(), 1);
}

void TestArchive::writeThatFailsLeavesNothing()
{
    // A limit on file sizes fails the same calls as a full disk does, without needing one.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    QByteArray noise(400'000, Qt::Uninitialized);
    for (char &byte : noise)
        byte = char(QRandomGenerator::global()->generate());
    rlimit small{50'000, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto written = writeTarGz(path(u"a.tar.gz"_s), {{u"noise"_s, {}, noise}});
    const auto lastFlush = writeTarGz(path(u"b.tar.gz"_s), {{u"noise"_s, {}, noise.first(60'000)}});
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(!written);
    QVERIFY(!lastFlush);
    QVERIFY2(written.error().message.contains(path(u"a.tar.gz"_s)), qPrintable(written.error().message));
    QCOMPARE(treeOf(m_folder->path()), QStringList());
}

void TestArchive::deviceIsNotReplaced()
{
    QCOMPARE(::mkfifo(path(u"pipe"_s).toLocal8Bit().constData(), 0600), 0);
    const auto written = writeTarGz(path(u"pipe"_s), {{u"y"_s, {}, "new"}});
    QVERIFY(!written);
    QCOMPARE(written.error().kind, ErrorKind::Invalid);
    QVERIFY(!QFileInfo(path(u"pipe"_s)).isFile());
}

void TestArchive::systemTarFormatsAreRead_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("GNU format, plain") << QStringList{u"--format=gnu"_s};
    QTest::newRow("ustar format, plain") << QStringList{u"--format=ustar"_s};
    QTest::newRow("pax format, plain") << QStringList{u"--format=pax"_s};
    QTest::newRow("pax format, gzip") << QStringList{u"--format=pax"_s, u"-z"_s};
    QTest::newRow("GNU format, xz") << QStringList{u"--format=gnu"_s, u"-J"_s};
}

void TestArchive::systemTarFormatsAreRead()
{
    QFETCH(const QStringList, options);
    // 120 bytes fit ustar's prefix + name and need L or pax records in the other formats.
    const QString deep = QString(60, u'd') + u'/' + QString(60, u'f');
    QDir(m_folder->path()).mkpath(u"in/"_s + QString(60, u'd'));
    writeBytes(path(u"in/"_s + deep), QByteArray(5000, 'x'));
    QVERIFY(QFile::link(QString(60, u'd'), path(u"in/link"_s)));
    const Completed made =
        tarProgram(QStringList{u"-C"_s, path(u"in"_s), u"-cf"_s, path(u"a.tar"_s)} + options + QStringList{u"."_s});
    QVERIFY2(made.exitCode == 0, made.err.constData());

    const auto extracted = extractTar(path(u"a.tar"_s), path(u"out"_s));
    QVERIFY2(extracted, qPrintable(extracted ? QString() : extracted.error().message));
    QCOMPARE(treeOf(path(u"out"_s)), treeOf(path(u"in"_s)));
    QCOMPARE(readBytes(path(u"out/"_s + deep)), QByteArray(5000, 'x'));
    QCOMPARE(readBytes(path(u"out/link/"_s + QString(60, u'f'))), QByteArray(5000, 'x'));
}

void TestArchive::hostileArchivesAreRefused_data()
{
    QTest::addColumn<QByteArray>("tar");
    QTest::addColumn<QString>("entry");
    const auto row = [](const char *name, const QList<RawEntry> &entries, const char *entry) {
        QTest::newRow(name) << rawTar(QList<RawEntry>{{"good", '0', "good", {}, {}}} + entries)
                            << QString::fromLatin1(entry);
    };
    row("climbs with ..", {{"../evil", '0', "x", {}, {}}}, "../evil");
    row("climbs after a folder", {{"a/../../evil", '0', "x", {}, {}}}, "a/../../evil");
    row("ends in ..", {{"a/..", '5', {}, {}, {}}}, "a/..");
    row("absolute path", {{"/evil", '0', "x", {}, {}}}, "/evil");
    row("absolute by its prefix", {{"evil", '0', "x", {}, "/tmp"}}, "/tmp/evil");
    row("climbs by its prefix", {{"evil", '0', "x", {}, ".."}}, "../evil");
    row("climbs by a GNU long name",
        {{"././@LongLink", 'L', QByteArray("../evil\0", 8), {}, {}}, {"fine", '0', "x", {}, {}}}, "../evil");
    row("climbs by a pax path", {{"pax", 'x', paxRecord("path", "../evil"), {}, {}}, {"fine", '0', "x", {}, {}}},
        "../evil");
    row("link to an absolute path", {{"link", '2', {}, "/etc/passwd", {}}}, "link");
    row("link that climbs", {{"a/link", '2', {}, "../../evil", {}}}, "a/link");
    row("link that climbs behind a name", {{"s", '2', {}, ".", {}}, {"t", '2', {}, "s/..", {}}}, "t");
    row("link by a pax linkpath", {{"pax", 'x', paxRecord("linkpath", "/etc"), {}, {}}, {"link", '2', {}, "fine", {}}},
        "link");
    row("link to nothing", {{"link", '2', {}, {}, {}}}, "link");
    row("file through a link",
        {{"folder", '5', {}, {}, {}}, {"link", '2', {}, "folder", {}}, {"link/evil", '0', "x", {}, {}}}, "link/evil");
    row("hard link", {{"hard", '1', {}, "/etc/passwd", {}}}, "hard");
    row("character device", {{"tty", '3', {}, {}, {}}}, "tty");
    row("block device", {{"disk", '4', {}, {}, {}}}, "disk");
    row("named pipe", {{"pipe", '6', {}, {}, {}}}, "pipe");
    row("unknown kind", {{"odd", 'V', {}, {}, {}}}, "odd");
}

void TestArchive::hostileArchivesAreRefused()
{
    QFETCH(const QByteArray, tar);
    QFETCH(const QString, entry);
    writeBytes(path(u"a.tar"_s), tar);
    const auto extracted = extractTar(path(u"a.tar"_s), path(u"in/out"_s));
    const auto listed = listTar(path(u"a.tar"_s));
    QVERIFY(!extracted && !listed);
    for (const Error &error : {extracted.error(), listed.error()}) {
        QCOMPARE(error.kind, ErrorKind::Invalid);
        QVERIFY2(error.message.contains(u'"' + entry + u'"'), qPrintable(error.message));
        QVERIFY2(error.message.contains(path(u"a.tar"_s)), qPrintable(error.message));
    }
    QCOMPARE(treeOf(m_folder->path()), QStringList{u"a.tar"_s});
}

void TestArchive::harmlessLinksAreKept()
{
    writeBytes(path(u"a.tar"_s), rawTar({{"a/file", '0', "content", {}, {}},
                                         {"b/up", '2', {}, "../a/file", {}},
                                         {"dangling", '2', {}, "./nowhere", {}}}));
    QVERIFY(extractTar(path(u"a.tar"_s), path(u"out"_s)));
    QCOMPARE(readBytes(path(u"out/b/up"_s)), QByteArray("content"));
    QCOMPARE(listTar(path(u"a.tar"_s))->at(2),
             (ArchiveEntry{u"dangling"_s, ArchiveEntryType::Link, 0, u"./nowhere"_s}));
}

void TestArchive::existingFilesAndLinksAreNotTouched()
{
    QDir(m_folder->path()).mkpath(u"out"_s);
    QDir(m_folder->path()).mkpath(u"elsewhere"_s);
    QVERIFY(QFile::link(path(u"elsewhere"_s), path(u"out/sub"_s)));
    writeBytes(path(u"a.tar"_s), rawTar({{"sub/file", '0', "x", {}, {}}}));
    QVERIFY(!extractTar(path(u"a.tar"_s), path(u"out"_s)));
    QCOMPARE(treeOf(path(u"elsewhere"_s)), QStringList());

    writeBytes(path(u"out/kept"_s), "mine");
    writeBytes(path(u"b.tar"_s), rawTar({{"kept", '0', "theirs", {}, {}}}));
    const auto extracted = extractTar(path(u"b.tar"_s), path(u"out"_s));
    QVERIFY(!extracted);
    QCOMPARE(extracted.error().kind, ErrorKind::Conflict);
    QCOMPARE(readBytes(path(u"out/kept"_s)), QByteArray("mine"));
}

void TestArchive::damageIsNamed_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QByteArray flipped = rawTar({{"file", '0', "content", {}, {}}});
    flipped[3] = 'X';
    QTest::newRow("empty file") << QByteArray();
    QTest::newRow("text") << QByteArray("this is not an archive\n").repeated(100);
    QTest::newRow("wrong checksum") << flipped;
    QTest::newRow("pax record without length") << rawTar({{"pax", 'x', "path=x\n", {}, {}}, {"f", '0', "x", {}, {}}});
    QTest::newRow("pax record longer than its block")
        << rawTar({{"pax", 'x', "999 path=x\n", {}, {}}, {"f", '0', "x", {}, {}}});
    QTest::newRow("pax size that is no number")
        << rawTar({{"pax", 'x', paxRecord("size", "-5"), {}, {}}, {"f", '0', "x", {}, {}}});
    QTest::newRow("gzip of text") << QByteArray::fromHex("1f8b08000000000000034b04000043beb7e801000000");
    QTest::newRow("cut gzip header") << QByteArray::fromHex("1f8b0800");
}

void TestArchive::damageIsNamed()
{
    QFETCH(const QByteArray, bytes);
    writeBytes(path(u"a.tar"_s), bytes);
    const auto listed = listTar(path(u"a.tar"_s));
    QVERIFY(!listed);
    QCOMPARE(listed.error().kind, ErrorKind::Invalid);
    QVERIFY2(listed.error().message.contains(path(u"a.tar"_s)), qPrintable(listed.error().message));
}

void TestArchive::everyTruncationIsAnErrorOrWhole()
{
    QVERIFY(
        writeTarGz(path(u"a.tar.gz"_s), {{u"x"_s, {}, QByteArray("some text ").repeated(30)}, {u"y"_s, {}, "end"}}));
    const QByteArray whole = readBytes(path(u"a.tar.gz"_s));
    int errors = 0;
    for (qsizetype length = 0; length < whole.size(); ++length) {
        writeBytes(path(u"cut"_s), whole.first(length));
        const auto listed = listTar(path(u"cut"_s));
        errors += listed ? 0 : 1;
        // Only what follows the end marker may be missing.
        if (listed)
            QCOMPARE(listed->size(), 2);
    }
    QVERIFY2(errors > whole.size() / 2, qPrintable(QString::number(errors)));
}

void TestArchive::missingArchiveIsNotFound()
{
    QCOMPARE(listTar(path(u"absent.tar"_s)).error().kind, ErrorKind::NotFound);
}

QTEST_GUILESS_MAIN(TestArchive)
#include "tst_archive.moc"
