// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/machine.h"
#include "ui/settings/settingspage.h"

#include <QAction>
#include <QDir>
#include <QFile>
#include <QRadioButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesAndReadsBack();
    void badValuesAreDefaults();
    void aFolderThatCannotBeMadeIsAnError();
    void changesApplyAtOnceAndAreWritten();
    void sizesAreThoseOfTheFiles();
};

void TestSettings::writesAndReadsBack()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"new/settings.ini"_s);
    QCOMPARE(Settings::read(file), Settings());
    Settings settings;
    settings.engine = u"docker:rootless"_s;
    settings.dataFolder = u"/data/with space/ü1, \"a\";\\n=%20/😀"_s;
    settings.theme = u"dark"_s;
    settings.logLevel = u"debug"_s;
    settings.systemShade = u"light"_s;
    settings.windowGeometry = QByteArray("\0\1\2\xff)b@", 7);
    settings.sidebarNarrow = true;
    settings.keepBuildsDays = 90;
    settings.keepBuildsBytes = 20'000'000'000;
    QVERIFY(settings.write(file));
    QCOMPARE(Settings::read(file), settings);
    settings.engine = u"@Invalid()"_s; // no type, whatever it looks like
    QVERIFY(settings.write(file));
    QCOMPARE(Settings::read(file), settings);
    {
        QSettings ofAnotherVersion(file, QSettings::IniFormat);
        ofAnotherVersion.setValue(u"window/novelty"_s, u"kept; \"so\""_s);
    }
    QVERIFY(settings.write(file));
    QCOMPARE(Settings::read(file), settings);
    QCOMPARE(QSettings(file, QSettings::IniFormat).value(u"window/novelty"_s).toString(), u"kept; \"so\""_s);
    Paths paths;
    paths.data = u"/standard"_s;
    QCOMPARE(settings.applied(paths).data, settings.dataFolder);
    QCOMPARE(Settings().applied(paths).data, u"/standard"_s);
}

void TestSettings::badValuesAreDefaults()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"settings.ini"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[window]\ntheme=pink\n[folders]\ndata=relative/path\n[log]\nlevel=loud\n");
    file.close();
    QCOMPARE(Settings::read(file.fileName()), Settings());
}

void TestSettings::aFolderThatCannotBeMadeIsAnError()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"plain"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    const Result<void> written = Settings().write(folder.filePath(u"plain/settings.ini"_s));
    QVERIFY(!written);
    QVERIFY(written.error().message.contains(u"plain"_s));
}

void TestSettings::changesApplyAtOnceAndAreWritten()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"settings.ini"_s);
    const Paths paths{folder.path(), folder.path(), folder.path(), folder.path(), {}};
    {
        SettingsStore store({}, file);
        Machine machine({});
        SettingsPage page(store, machine, paths);
        QSignalSpy changed(&store, &SettingsStore::changed);
        page.findChild<QRadioButton *>(u"dark"_s)->click();
        QCOMPARE(changed.size(), 1);
        QCOMPARE(store.value().theme, u"dark"_s);
        for (QAction *action : page.actions())
            if (action->text() == u"Reset appearance"_s)
                action->trigger();
        QCOMPARE(store.value().theme, u"system"_s);
        QVERIFY(page.findChild<QRadioButton *>(u"system"_s)->isChecked());
        page.findChild<QRadioButton *>(u"light"_s)->click();
    }
    QCOMPARE(Settings::read(file).theme, u"light"_s); // in order, and before the store is gone
}

void TestSettings::sizesAreThoseOfTheFiles()
{
    const QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath(u"a/b"_s));
    for (const auto &[name, size] : {std::pair{u"a/one"_s, 1000}, std::pair{u"a/b/.two"_s, 24}}) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(size, 'x'));
    }
    std::atomic<bool> stop = false;
    QCOMPARE(SettingsPage::sizeOf(folder.path(), stop), 1024);
    QCOMPARE(SettingsPage::sizeOf(folder.filePath(u"none"_s), stop), -1);
    stop = true;
    QVERIFY(SettingsPage::sizeOf(folder.path(), stop) < 1024);
}

QTEST_MAIN(TestSettings)
#include "tst_settings.moc"
