// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/buildid.h"
#include "core/base/error.h"
#include "core/base/memoryfigure.h"
#include "core/base/paths.h"

#include <QDir>
#include <QTest>

#include <cerrno>

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
