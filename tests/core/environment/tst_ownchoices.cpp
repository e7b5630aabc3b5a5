// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/catalog.h"
#include "core/environment/ownchoices.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// On a shipped environment in a folder of its own.
class TestOwnChoices : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_paths = {};
        m_paths.shipped = m_folder->filePath(u"shipped"_s);
        m_paths.config = m_folder->filePath(u"config"_s);
        write(u"shipped/dockerfiles/x.Dockerfile"_s, "FROM scratch\n");
        write(u"shipped/resources/environments/demo.yml"_s,
              "name: demo\ndescription: A test.\n"
              "choices:\n  - {name: cuda, default: \"12.8\", values: [\"12.8\", \"13.0\"]}\n"
              "  - {name: jobs, default: \"\"}\n"
              "base:\n  pull: docker.io/nvidia/cuda:${choice:cuda}-devel\n  make-from-host: true\n"
              "layers:\n  - name: only\n    dockerfile: dockerfiles/x.Dockerfile\n    context: dockerfiles\n"
              "    arguments:\n      JOBS: ${choice:jobs}\n");
    }

    void whatIsKeptCountsWhereverTheEnvironmentIsRead()
    {
        QVERIFY(ownChoices(demo()).isEmpty());
        QVERIFY(writeOwnChoices(demo(), {{u"cuda"_s, u"13.0"_s}, {u"jobs"_s, u"4"_s}}, m_paths));
        const Environment environment = demo();
        QCOMPARE(ownChoices(environment), (ChosenValues{{u"cuda"_s, u"13.0"_s}, {u"jobs"_s, u"4"_s}}));
        const Result<Environment> made = withChoices(environment, {});
        QVERIFY(made);
        QCOMPARE(made->base.pull, u"docker.io/nvidia/cuda:13.0-devel"_s);
        QVERIFY(!made->base.makeFromHost); // the host's packages stand in for the file's own default alone
        QCOMPARE(made->layers.at(0).arguments.at(0).second, u"4"_s);

        const Result<Environment> given = withChoices(environment, {{u"cuda"_s, u"12.8"_s}}); // a command's goes before
        QCOMPARE(given->base.pull, u"docker.io/nvidia/cuda:12.8-devel"_s);
        QCOMPARE(given->layers.at(0).arguments.at(0).second, u"4"_s);
        // A command that is run later, or elsewhere, must be told even what is the file's default.
        QCOMPARE(madeChoices(environment, {{u"cuda"_s, u"12.8"_s}, {u"jobs"_s, u""_s}}),
                 (ChosenValues{{u"cuda"_s, u"12.8"_s}, {u"jobs"_s, u""_s}}));

        QVERIFY(writeOwnChoices(environment, {{u"jobs"_s, u"2"_s}}, m_paths)); // in the place of both
        QCOMPARE(ownChoices(demo()), (ChosenValues{{u"jobs"_s, u"2"_s}}));
        QVERIFY(writeOwnChoices(demo(), {}, m_paths));
        QVERIFY(ownChoices(demo()).isEmpty());
        QVERIFY(!QFileInfo::exists(kept()));
        QVERIFY(madeChoices(demo(), {{u"cuda"_s, u"12.8"_s}, {u"jobs"_s, u""_s}}).isEmpty());
    }

    void aRefusedValueLeavesWhatWasKept()
    {
        QVERIFY(writeOwnChoices(demo(), {{u"jobs"_s, u"4"_s}}, m_paths));
        for (const ChosenValues &wrong : {ChosenValues{{u"cuda"_s, u"11"_s}}, ChosenValues{{u"cores"_s, u"4"_s}},
                                          ChosenValues{{u"jobs"_s, u"https://me:secret@host"_s}}}) {
            const Result<void> refused = writeOwnChoices(demo(), wrong, m_paths);
            QVERIFY(!refused);
            QCOMPARE(refused.error().kind, ErrorKind::Invalid);
            QCOMPARE(ownChoices(demo()), (ChosenValues{{u"jobs"_s, u"4"_s}}));
        }
    }

    void whatDoesNotFitAnyMoreIsToldAndNotLeftOut_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        QTest::newRow("a choice that is gone") << QByteArray("{\"cores\": \"4\"}") << u"no choice \"cores\""_s;
        QTest::newRow("a value that is gone")
            << QByteArray("{\"cuda\": \"11.8\"}") << u"\"11.8\" is no value of cuda"_s;
        QTest::newRow("a number") << QByteArray("{\"jobs\": 4}") << u"an object of names and texts"_s;
        QTest::newRow("a list") << QByteArray("[\"jobs\"]") << u"an object of names and texts"_s;
        QTest::newRow("a cut file") << QByteArray("{\"jobs\": \"4") << u"an object of names and texts"_s;
        QTest::newRow("an empty file") << QByteArray() << u"an object of names and texts"_s;
    }

    void whatDoesNotFitAnyMoreIsToldAndNotLeftOut()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        write(u"config/choices/demo.json"_s, bytes);
        const Catalog catalog = readCatalog(m_paths);
        QVERIFY(!catalog.find(u"demo"_s)); // hours would go into what was not asked for
        const Error *failure = catalog.failureOf(u"demo"_s);
        QVERIFY(failure);
        QVERIFY2(failure->message.contains(words), qPrintable(failure->message));
        QVERIFY2(failure->message.contains(kept()), qPrintable(failure->message));
        QCOMPARE(failure->remedy, u"kernelyardctl choices demo --all-defaults"_s);
        QVERIFY(forgetOwnChoices(u"demo"_s, m_paths));
        QVERIFY(readCatalog(m_paths).find(u"demo"_s));
        QVERIFY(forgetOwnChoices(u"demo"_s, m_paths)); // of which nothing is kept
    }

    void nothingElseIsRemoved()
    {
        write(u"config/other.json"_s, "{}");
        QVERIFY(writeOwnChoices(demo(), {{u"jobs"_s, u"4"_s}}, m_paths)); // the folder is there
        QVERIFY(forgetOwnChoices(u"../other"_s, m_paths));
        QVERIFY(QFileInfo::exists(m_folder->filePath(u"config/other.json"_s)));
        QVERIFY(QFileInfo::exists(kept()));
    }

    void aFolderThatCantBeMadeIsNamed()
    {
        write(u"config"_s, "a file where the folder should be");
        const Result<void> refused = writeOwnChoices(demo(), {{u"jobs"_s, u"4"_s}}, m_paths);
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.contains(m_folder->filePath(u"config/choices"_s)),
                 qPrintable(refused.error().message));
    }

private:
    Environment demo() const
    {
        const Catalog catalog = readCatalog(m_paths);
        const Environment *found = catalog.find(u"demo"_s);
        if (!found)
            qFatal("%s", qPrintable(catalog.errors.value(0).message));
        return *found;
    }
    QString kept() const { return m_folder->filePath(u"config/choices/demo.json"_s); }

    void write(const QString &name, const QByteArray &bytes) const
    {
        QFile file(m_folder->filePath(name));
        QVERIFY(QDir().mkpath(QFileInfo(file.fileName()).path()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    Paths m_paths;
};

QTEST_GUILESS_MAIN(TestOwnChoices)
#include "tst_ownchoices.moc"
