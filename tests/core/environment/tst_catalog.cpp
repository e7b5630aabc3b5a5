// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/catalog.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestCatalog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_paths = {};
        m_paths.shipped = m_folder->filePath(u"shipped"_s);
        m_paths.config = m_folder->filePath(u"config"_s);
        write(u"shipped/dockerfiles/x.Dockerfile"_s, "FROM scratch\n");
        write(u"config/environments/own.Dockerfile"_s, "FROM scratch\n");
    }

    void emptyWithoutFolders()
    {
        const Catalog catalog = readCatalog(Paths{});
        QVERIFY(catalog.environments.isEmpty());
        QVERIFY(catalog.errors.isEmpty());
        QCOMPARE(catalog.get(u"starter"_s).error().kind, ErrorKind::NotFound);
    }

    void resolvesPathsByWhoseFileItIs()
    {
        write(u"shipped/resources/environments/one.yml"_s, environment("one", "dockerfiles/x.Dockerfile"));
        write(u"config/environments/two.yaml"_s, environment("two", "own.Dockerfile"));
        write(u"config/environments/three.yml"_s, environment("three", "${shipped}/dockerfiles/x.Dockerfile"));
        const Catalog catalog = readCatalog(m_paths);
        QVERIFY2(catalog.errors.isEmpty(), qPrintable(catalog.errors.value(0).message));
        QCOMPARE(catalog.environments.size(), 3);
        QCOMPARE(catalog.find(u"one"_s)->layers.at(0).dockerfile,
                 m_folder->filePath(u"shipped/dockerfiles/x.Dockerfile"_s));
        QVERIFY(catalog.find(u"one"_s)->shipped);
        QCOMPARE(catalog.find(u"two"_s)->layers.at(0).dockerfile,
                 m_folder->filePath(u"config/environments/own.Dockerfile"_s));
        QVERIFY(!catalog.find(u"two"_s)->shipped);
        QCOMPARE(catalog.find(u"three"_s)->layers.at(0).dockerfile,
                 m_folder->filePath(u"shipped/dockerfiles/x.Dockerfile"_s));
    }

    void ownFileWinsOverAShippedOne()
    {
        write(u"shipped/resources/environments/one.yml"_s, environment("one", "dockerfiles/x.Dockerfile"));
        write(u"config/environments/mine.yml"_s, environment("one", "own.Dockerfile"));
        const Catalog catalog = readCatalog(m_paths);
        QVERIFY(catalog.errors.isEmpty());
        QCOMPARE(catalog.environments.size(), 1);
        QVERIFY(!catalog.environments.at(0).shipped);
    }

    void aBrokenFileHidesNothingElse()
    {
        write(u"shipped/resources/environments/one.yml"_s, environment("one", "dockerfiles/x.Dockerfile"));
        write(u"config/environments/a-broken.yml"_s, "name: [\n");
        write(u"config/environments/b.yml"_s, environment("b", "own.Dockerfile"));
        write(u"config/environments/c.yml"_s, environment("b", "own.Dockerfile"));
        const Catalog catalog = readCatalog(m_paths);
        QCOMPARE(catalog.environments.size(), 2);
        QCOMPARE(catalog.errors.size(), 2);
        QVERIFY(catalog.errors.at(0).message.contains(u"a-broken.yml:"));
        QVERIFY(catalog.errors.at(1).message.contains(u"already taken"));
        const auto missing = catalog.get(u"broken"_s);
        QCOMPARE(missing.error().remedy, u"Known environments: b, one."_s);
        QVERIFY(missing.error().detail.contains(u"a-broken.yml:"));
    }

    void aBrokenFileIsNamedForWhatItWasToDefine_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("name"); ///< that mine.yml was to define
        QTest::newRow("by its own words") << QByteArray("# A\nname: \"flash\" # b\nlayers: [\n") << u"flash"_s;
        QTest::newRow("by its file's name") << QByteArray("layers: [\nname: [\n") << u"mine"_s;
    }

    void aBrokenFileIsNamedForWhatItWasToDefine()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, name);
        write(u"shipped/resources/environments/one.yml"_s, environment("one", "dockerfiles/x.Dockerfile"));
        write(u"config/environments/mine.yml"_s, text);
        const Catalog catalog = readCatalog(m_paths);
        QVERIFY(catalog.failureOf(name));
        QVERIFY(!catalog.failureOf(u"one"_s));
        const auto found = catalog.get(name);
        QVERIFY(!found);
        QCOMPARE(found.error().kind, ErrorKind::Invalid);
        QVERIFY2(found.error().message.contains(u"mine.yml:"), qPrintable(found.error().message));
    }

private:
    static QByteArray environment(const QByteArray &name, const QByteArray &dockerfile)
    {
        return "name: " + name +
               "\ndescription: d\nbase:\n  pull: debian\nlayers:\n  - name: one\n    dockerfile: " + dockerfile +
               "\n    context: .\n";
    }

    void write(const QString &name, const QByteArray &bytes)
    {
        const QString path = m_folder->filePath(name);
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    Paths m_paths;
};

QTEST_GUILESS_MAIN(TestCatalog)
#include "tst_catalog.moc"
