// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/filefollower.h"
#include "core/log/logreader.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestFileFollower : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void emptyFile();
    void noLastNewline();
    void grows();
    void isCut();
    void isWrittenAnewAndLonger();
    void isReplaced();
    void vanishes();
    void firstScreenComesBeforeTheIndex();
    void marksErrors();
    void notAFile();
    void endsWhileReading();

private:
    void write(const QByteArray &bytes, QIODevice::OpenMode mode = QIODevice::WriteOnly)
    {
        QFile file(m_path);
        QVERIFY(file.open(mode) && file.write(bytes) == bytes.size());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

namespace {

/// Puts the news together as a window does.
struct Reader
{
    explicit Reader(FileFollower &follower)
    {
        QObject::connect(&follower, &FileFollower::updated, &follower, [this](const FileNews &news) {
            if (news.bytes != nullptr)
                lines.open(news.bytes, nullptr);
            lines.apply(news.growth);
            open = news.growth.open;
            isIndexed = news.isIndexed;
            isGone = news.isGone;
            beginnings += news.growth.isNew;
            firstLines.append(news.growth.lines);
        });
    }

    QByteArrayList texts() const
    {
        QByteArrayList all;
        for (qint64 i = 0; i < lines.lines(); ++i)
            all << lines.text(i).toByteArray();
        if (open)
            all << open->text;
        return all;
    }

    LogReader lines;
    std::optional<OpenLine> open;
    bool isIndexed = false;
    bool isGone = false;
    int beginnings = 0;
    QList<qint64> firstLines;
};

} // namespace

void TestFileFollower::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"some.log"_s);
}

void TestFileFollower::emptyFile()
{
    write({});
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_VERIFY(reader.isIndexed);
    QCOMPARE(reader.texts(), QByteArrayList());
    write("one\n", QIODevice::Append);
    QTRY_COMPARE(reader.texts(), QByteArrayList{"one"});
}

void TestFileFollower::noLastNewline()
{
    write("one\ntwo");
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.texts(), (QByteArrayList{"one", "two"}));
    QCOMPARE(reader.lines.lines(), 1);
    write(" and more\n", QIODevice::Append);
    QTRY_COMPARE(reader.texts(), (QByteArrayList{"one", "two and more"}));
    QCOMPARE(reader.lines.lines(), 2);
}

void TestFileFollower::grows()
{
    write("0\n");
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.lines(), 1);
    QByteArrayList expected{"0"};
    for (qsizetype i = 1; i < 200; ++i) {
        expected << QByteArray::number(i) + QByteArray(i * 50, 'x');
        write(expected.last() + '\n', QIODevice::Append);
    }
    QTRY_COMPARE(reader.lines.lines(), 200);
    QCOMPARE(reader.texts(), expected);
    QCOMPARE(reader.beginnings, 1);
}

void TestFileFollower::isCut()
{
    write("one\ntwo\nthree\n");
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.lines(), 3);
    QVERIFY(QFile::resize(m_path, 4));
    QTRY_COMPARE(reader.texts(), QByteArrayList{"one"});
    QVERIFY(QFile::resize(m_path, 0));
    QTRY_COMPARE(reader.texts(), QByteArrayList());
    QCOMPARE(reader.lines.text(0), QByteArrayView());
}

void TestFileFollower::isWrittenAnewAndLonger()
{
    write("one\ntwo\n");
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.lines(), 2);
    write("other words\nof another run\nlonger\n"); // same file, cut and filled again between two looks
    QTRY_COMPARE(reader.texts(), (QByteArrayList{"other words", "of another run", "longer"}));
}

void TestFileFollower::isReplaced()
{
    write("one\n");
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.lines(), 1);
    const QString other = m_folder->filePath(u"other"_s);
    QFile file(other);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("rotated\nlog\n") > 0);
    file.close();
    QCOMPARE(::rename(QFile::encodeName(other).constData(), QFile::encodeName(m_path).constData()), 0);
    QTRY_COMPARE(reader.texts(), (QByteArrayList{"rotated", "log"}));
}

void TestFileFollower::vanishes()
{
    write("one\ntwo\n");
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.lines(), 2);
    QVERIFY(QFile::remove(m_path));
    QTRY_VERIFY(reader.isGone);
    QCOMPARE(reader.texts(), (QByteArrayList{"one", "two"})); // still readable
    write("back\n");
    QTRY_COMPARE(reader.texts(), QByteArrayList{"back"});
    QVERIFY(!reader.isGone);
}

void TestFileFollower::firstScreenComesBeforeTheIndex()
{
    QByteArray text;
    for (int i = 0; i < 400'000; ++i)
        text += "line of a large log, number " + QByteArray::number(i) + '\n';
    write(text);
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.lines(), 400'000);
    QVERIFY(reader.firstLines.first() > 100);
    QVERIFY(reader.firstLines.first() < 400'000);
    QCOMPARE(reader.lines.text(399'999), QByteArrayView("line of a large log, number 399999"));
    QCOMPARE(reader.lines.text(123'456), QByteArrayView("line of a large log, number 123456"));
}

void TestFileFollower::marksErrors()
{
    write("ok\na.cpp:1:1: error: x\nok\nwarning: y\n");
    FileFollower follower(m_path);
    Reader reader(follower);
    QTRY_COMPARE(reader.lines.index().warnings.count(), 1);
    QCOMPARE(reader.lines.index().kindOf(1), LogKind::Error);
    QCOMPARE(reader.lines.index().kindOf(3), LogKind::Warning);
    QCOMPARE(reader.lines.index().kindOf(0), LogKind::Output);
}

void TestFileFollower::notAFile()
{
    for (const QString &path : {m_folder->path(), m_folder->filePath(u"none"_s), u"/dev/null"_s}) {
        FileFollower follower(path);
        QSignalSpy failed(&follower, &FileFollower::failed);
        QVERIFY(failed.wait());
        QVERIFY(failed.at(0).at(0).value<Error>().message.contains(path));
    }
}

void TestFileFollower::endsWhileReading()
{
    write(QByteArray(50'000'000, '\n'));
    for (int i = 0; i < 5; ++i) {
        FileFollower follower(m_path);
        QSignalSpy updated(&follower, &FileFollower::updated);
        QVERIFY(updated.wait());
    }
}

QTEST_GUILESS_MAIN(TestFileFollower)
#include "tst_filefollower.moc"
