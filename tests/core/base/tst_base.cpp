// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/buildid.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/memoryfigure.h"
#include "core/base/paths.h"
#include "core/base/settings.h"
#include "core/base/wholefile.h"
#include "core/log/savelog.h"
#include "tests/core/smalldisk.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;
using namespace kernelyard;

class TestBase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void systemErrors_data()
    {
        QTest::addColumn<int>("number");
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<int>("status");
        QTest::newRow("no such file") << ENOENT << ErrorKind::NotFound << 2;
        QTest::newRow("not allowed") << EACCES << ErrorKind::Permission << 1;
        QTest::newRow("read-only file system") << EROFS << ErrorKind::Permission << 1;
        QTest::newRow("disk full") << ENOSPC << ErrorKind::NoSpace << 1;
        QTest::newRow("quota reached") << EDQUOT << ErrorKind::NoSpace << 1;
        QTest::newRow("timed out") << ETIMEDOUT << ErrorKind::Timeout << 1;
        QTest::newRow("in use") << EBUSY << ErrorKind::Conflict << 1;
        QTest::newRow("anything else") << EIO << ErrorKind::Failed << 1;
    }

    void systemErrors()
    {
        QFETCH(int, number);
        const Error error = systemError(u"/some/file"_s, number);
        QTEST(error.kind, "kind");
        QVERIFY(error.message.startsWith(u"/some/file: "));
        QVERIFY(!error.detail.isEmpty());
        QCOMPARE(error.kind == ErrorKind::NoSpace, !error.remedy.isEmpty());
        QTEST(exitStatus(error.kind), "status");
    }

    void exitStatuses()
    {
        QCOMPARE(exitStatus(ErrorKind::Invalid), 2);
        QCOMPARE(exitStatus(ErrorKind::Missing), 3);
        QCOMPARE(exitStatus(ErrorKind::Unsupported), 3);
        QCOMPARE(exitStatus(ErrorKind::Cancelled), 130);
    }

    /// Each of them is written to a buffer first, and has lost its room by the time that it is put in its place.
    void aFullDiskKeepsWhatWasThere()
    {
        const QTemporaryDir folder;
        const test::SmallDisk disk(folder.filePath(u"disk"_s), "64k");
        if (!disk.isMounted())
            QSKIP("needs the right to mount a tmpfs");
        const QString plain = folder.filePath(u"disk/plain"_s);
        const QString saved = folder.filePath(u"disk/saved.log"_s);
        const QString ini = folder.filePath(u"disk/settings.ini"_s);
        QSaveFile first(plain);
        QVERIFY(writeWhole(first, "before"));
        QVERIFY(saveLog(saved, nullptr, 0, "before\n"));
        Settings settings;
        settings.engine = u"podman"_s;
        QVERIFY(settings.write(ini));
        disk.fill();
        QSaveFile second(plain);
        QVERIFY(!writeWhole(second, "after"));
        QVERIFY(!second.errorString().isEmpty());
        const Result<void> log = saveLog(saved, nullptr, 0, "after\n");
        QCOMPARE(log.error().kind, ErrorKind::NoSpace);
        Settings changed = settings;
        changed.theme = u"dark"_s;
        QCOMPARE(changed.write(ini).error().kind, ErrorKind::NoSpace);
        QCOMPARE(Settings::read(ini), settings);
        for (const auto &[path, content] : {std::pair(plain, "before"), std::pair(saved, "before\n")}) {
            QFile file(path);
            QVERIFY(file.open(QIODevice::ReadOnly));
            QCOMPARE(file.readAll(), content);
        }
    }

    /// The window logs from its workers before its log is open.
    void loggingStartsWhileOthersLog()
    {
        const QTemporaryDir folder;
        std::atomic<bool> stop = false;
        std::vector<std::thread> others;
        for (int i = 0; i < 4; ++i)
            others.emplace_back([&stop] {
                while (!stop)
                    log(LogDomain::Gpu).info("one more");
            });
        bool started = true;
        for (int i = 0; i < 200; ++i)
            started = startLogging(folder.path(), u"test.log"_s, false).has_value() && started;
        stop = true;
        for (std::thread &other : others)
            other.join();
        QVERIFY(started);
        log(LogDomain::App).warn("the last");
        QFile file(folder.filePath(u"test.log"_s));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains(" app warning: the last"));
    }

    void pathsByXdg()
    {
        qputenv("XDG_STATE_HOME", "/tmp/s//x/../");
        qputenv("XDG_DATA_HOME", "relative");
        qunsetenv("XDG_CACHE_HOME");
        qputenv("XDG_CONFIG_HOME", "");
        qputenv("KERNELYARD_DATA_DIR", "/opt/ky/");
        const Paths paths = Paths::fromEnvironment();
        QCOMPARE(paths.state, u"/tmp/s/kernelyard"_s);
        QCOMPARE(paths.data, QString(QDir::homePath() + u"/.local/share/kernelyard")); // a relative path is ignored
        QCOMPARE(paths.cache, QString(QDir::homePath() + u"/.cache/kernelyard"));
        QCOMPARE(paths.config, QString(QDir::homePath() + u"/.config/kernelyard"));
        QCOMPARE(paths.shipped, u"/opt/ky"_s);
        QCOMPARE(paths.builds(), u"/tmp/s/kernelyard/builds"_s);
        qunsetenv("KERNELYARD_DATA_DIR");
        QCOMPARE(Paths::fromEnvironment().shipped, QStringLiteral(KERNELYARD_SOURCE_DIR)); // run from its build folder
    }

    void buildIds_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("number");
        QTest::newRow("plain") << u"412"_s << 412;
        QTest::newRow("folder") << u"0412"_s << 412;
        QTest::newRow("as shown") << u"#0412"_s << 412;
        QTest::newRow("large") << u"12345"_s << 12345;
        QTest::newRow("empty") << QString() << 0;
        QTest::newRow("nought") << u"#0"_s << 0;
        QTest::newRow("negative") << u"-3"_s << 0;
        QTest::newRow("words") << u"latest"_s << 0;
    }

    void buildIds()
    {
        QFETCH(QString, text);
        QFETCH(int, number);
        const BuildId id = BuildId::fromText(text);
        QCOMPARE(id.number(), number);
        QCOMPARE(id.isValid(), number > 0);
        if (id.isValid())
            QCOMPARE(BuildId::fromText(id.display()), id);
    }

    void memoryFigures_data()
    {
        constexpr qint64 mebibyte = 1 << 20;
        QTest::addColumn<qint64>("bytes");
        QTest::addColumn<QString>("text");
        QTest::newRow("a byte") << qint64(1) << u"1 MiB"_s;
        QTest::newRow("rounded up") << 83 * mebibyte + mebibyte / 2 << u"84 MiB"_s;
        QTest::newRow("rounded down") << 83 * mebibyte + mebibyte / 2 - 1 << u"83 MiB"_s;
        QTest::newRow("the last in MiB") << 972 * mebibyte << u"972 MiB"_s;
        QTest::newRow("the first in GiB") << 973 * mebibyte << u"1.0 GiB"_s;
        QTest::newRow("GiB") << 1024 * mebibyte * 362 / 10 << u"36.2 GiB"_s;
    }

    void memoryFigures()
    {
        QFETCH(qint64, bytes);
        QTEST(memoryFigure(bytes), "text");
    }
};

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
