// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/log/logwindow.h"
#include "ui/widgets/label.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QLineEdit>
#include <QProcess>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestLogWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void showsAFileFromItsBeginning();
    void opensAtALine();
    void opensAtTheLastLineThereIs();
    void growsWithTheFile();
    void findsByKeys();
    void goesToErrorsByKeys();
    void copiesPlaceOfALine();
    void savesACopy();
    void saysWhyItCantBeRead();
    void keepsWhatWasReadWhenTheFileGoes();
    void unpacksWhatIsCompressed_data();
    void unpacksWhatIsCompressed();
    void saysThatItIsEmpty();

private:
    void write(const QByteArray &bytes, QIODevice::OpenMode mode = QIODevice::WriteOnly)
    {
        QFile file(m_path);
        QVERIFY(file.open(mode) && file.write(bytes) == bytes.size());
    }
    std::unique_ptr<LogWindow> open()
    {
        auto window = std::make_unique<LogWindow>(m_path);
        window->show();
        return window;
    }
    QString wordsOf(const LogWindow &window) const
    {
        QStringList words;
        for (const Label *label : window.findChildren<Label *>())
            if (label->isVisible())
                words << label->text();
        return words.join(u'\n');
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

static QByteArray numbered(int count)
{
    QByteArray bytes;
    for (int i = 1; i <= count; ++i)
        bytes += "line " + QByteArray::number(i) + '\n';
    return bytes;
}

void TestLogWindow::initTestCase()
{
    QApplication::setStyle(new Style);
    QApplication::setPalette(Theme::of(Shade::Light).palette());
}

void TestLogWindow::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"build.log"_s);
}

void TestLogWindow::showsAFileFromItsBeginning()
{
    write(numbered(20'000));
    const auto window = open();
    QTRY_COMPARE(window->log().count(), 20'000);
    QTRY_VERIFY(window->facts().startsWith(u"20,000 lines, "_s) && !window->facts().contains(u"reading"_s));
    LogView *view = window->pane()->view();
    QVERIFY(!view->isFollowing());
    QCOMPARE(view->verticalScrollBar()->value(), 0);
    QCOMPARE(view->textOfLine(19'999), u"line 20000"_s);
}

void TestLogWindow::opensAtALine()
{
    write(numbered(20'000));
    LogWindow window(m_path);
    window.showLine(12'344);
    window.show();
    LogView *view = window.pane()->view();
    QTRY_COMPARE(view->caretLine(), 12'344);
    const QRect rect = view->rectOf(view->layout().rowOfLine(12'344, -1));
    QVERIFY(rect.top() >= 0 && rect.bottom() < view->viewport()->height());
}

void TestLogWindow::opensAtTheLastLineThereIs()
{
    write(numbered(30));
    LogWindow window(m_path);
    window.showLine(99);
    window.show();
    QTRY_COMPARE(window.pane()->view()->caretLine(), 29);
}

void TestLogWindow::growsWithTheFile()
{
    write("one\ntw");
    const auto window = open();
    QTRY_COMPARE(window->log().count(), 2);
    write("o\nthree\n", QIODevice::Append);
    QTRY_COMPARE(window->log().count(), 3);
    QCOMPARE(window->pane()->view()->textOfLine(1), u"two"_s);
}

void TestLogWindow::findsByKeys()
{
    write(numbered(5'000) + "needle\n" + numbered(10) + "a needle\n");
    const auto window = open();
    QTRY_COMPARE(window->log().count(), 5'012);
    QVERIFY(QTest::qWaitForWindowActive(window.get()));
    QTest::keySequence(window.get(), QKeySequence(QKeySequence::Find));
    auto *field = window->pane()->findChild<QLineEdit *>();
    QTRY_VERIFY(field->hasFocus());
    QTest::keyClicks(field, u"needle"_s);
    LogView *view = window->pane()->view();
    QTRY_COMPARE(view->caretLine(), 5'000);
    QTest::keyClick(field, Qt::Key_F3);
    QCOMPARE(view->caretLine(), 5'011);
    QCOMPARE(field->accessibleDescription(), u"2 of 2"_s);
    QTest::keyClick(field, Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(view->caretLine(), 5'000);
    QTest::keyClick(field, Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(view->layout().rows(), 5 + 3);
    QTest::keyClick(field, Qt::Key_Escape);
    QTRY_COMPARE(view->layout().rows(), 5'012);
    QCOMPARE(field->text(), QString());
}

void TestLogWindow::goesToErrorsByKeys()
{
    write(numbered(100) + "a.cu(3): error: identifier \"x\" is undefined\n" + numbered(100) + "b.c:1:1: error: y\n");
    const auto window = open();
    QTRY_COMPARE(window->log().errors().count(), 2);
    QVERIFY(QTest::qWaitForWindowActive(window.get()));
    LogView *view = window->pane()->view();
    QTest::keyClick(view, Qt::Key_F8, Qt::ControlModifier);
    QCOMPARE(view->caretLine(), 100);
    QTest::keyClick(view, Qt::Key_F8);
    QCOMPARE(view->caretLine(), 201);
    QTest::keyClick(view, Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(view->caretLine(), 100);
}

void TestLogWindow::copiesPlaceOfALine()
{
    write(numbered(10));
    const auto window = open();
    QTRY_COMPARE(window->log().count(), 10);
    window->showLine(4);
    QTest::keyClick(window->pane()->view(), Qt::Key_L, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), m_path + u":5"_s);
}

void TestLogWindow::savesACopy()
{
    const QByteArray bytes = numbered(50'000) + "\x1b[31mred\x1b[0m \xff\r\nno end";
    write(bytes);
    const auto window = open();
    QTRY_COMPARE(window->log().count(), 50'002);
    const QString copy = m_folder->filePath(u"copy.log"_s);
    window->write(copy);
    QTRY_VERIFY(QFile::exists(copy));
    QFile file(copy);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), bytes);
    window->write(m_folder->filePath(u"missing/copy.log"_s));
    QTRY_VERIFY(wordsOf(*window).contains(u"missing/copy.log"_s));
}

void TestLogWindow::saysWhyItCantBeRead()
{
    const auto window = open(); // there is no such file
    QTRY_VERIFY(wordsOf(*window).contains(m_path + u":"_s) || wordsOf(*window).count(m_path) > 1);
    QCOMPARE(window->log().count(), 0);
    m_path = m_folder->path();
    const auto folder = open();
    QTRY_VERIFY(wordsOf(*folder).contains(u"is not a file"_s));
}

void TestLogWindow::keepsWhatWasReadWhenTheFileGoes()
{
    write(numbered(100));
    const auto window = open();
    QTRY_COMPARE(window->log().count(), 100);
    QVERIFY(QFile::remove(m_path));
    QTRY_VERIFY(window->facts().contains(u"is gone"_s));
    QCOMPARE(window->pane()->view()->textOfLine(99), u"line 100"_s);
}

void TestLogWindow::unpacksWhatIsCompressed_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QString>("suffix");
    QTest::addColumn<bool>("isCut");
    QTest::newRow("gzip") << u"gzip"_s << u".gz"_s << false;
    QTest::newRow("bzip2") << u"bzip2"_s << u".bz2"_s << false;
    QTest::newRow("xz") << u"xz"_s << u".xz"_s << false;
    QTest::newRow("zstd") << u"zstd"_s << u".zst"_s << false;
    QTest::newRow("gzip, cut") << u"gzip"_s << u".gz"_s << true;
}

void TestLogWindow::unpacksWhatIsCompressed()
{
    QFETCH(QString, program);
    QFETCH(QString, suffix);
    QFETCH(bool, isCut);
    const QByteArray text = numbered(300000) + "fatal error: last\n";
    write(text);
    QProcess packer;
    packer.start(program, {m_path});
    QVERIFY2(packer.waitForFinished() && packer.exitCode() == 0, qPrintable(packer.errorString()));
    m_path += suffix;
    if (isCut) {
        QFile file(m_path);
        QVERIFY(file.resize(file.size() / 2));
    }
    const auto window = open();
    QTRY_VERIFY_WITH_TIMEOUT(window->log().isIndexed(), 20000);
    QCOMPARE(window->log().textName(), u"build.log"_s);
    QVERIFY(window->facts().contains(u"unpacked"_s));
    QCOMPARE(window->log().text(0).toByteArray(), "line 1");
    if (isCut) {
        QTRY_VERIFY(wordsOf(*window).contains(u"is damaged or cut"_s));
        QVERIFY(window->log().count() > 1 && window->log().count() < 300001);
        return;
    }
    QTRY_COMPARE(window->log().count(), 300001);
    QTRY_COMPARE(window->log().errors().next(0), 300000);
    window->write(m_folder->filePath(u"copy.log"_s));
    const auto saved = [&] {
        QFile copy(m_folder->filePath(u"copy.log"_s));
        return copy.open(QIODevice::ReadOnly) ? copy.readAll() : QByteArray();
    };
    QTRY_COMPARE(saved(), text);
}

void TestLogWindow::saysThatItIsEmpty()
{
    write({});
    const auto window = open();
    QTRY_COMPARE(window->facts(), u"The file is empty."_s);
}

QTEST_MAIN(TestLogWindow)
#include "tst_logwindow.moc"
