// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/catalog.h"
#include "tests/ui/shoot.h"
#include "ui/choices/choicesdialog.h"
#include "ui/models/environments.h"
#include "ui/widgets/label.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QPointer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// The dialog over the shipped environment xformers and a real folder for what is kept.
class TestChoicesDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_paths = {};
        m_paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
        m_paths.config = m_folder->path();
        m_environments = std::make_unique<Environments>(EnvironmentSources::real(m_paths));
        m_environments->refreshCatalog();
        QTRY_VERIFY(m_environments->find(u"xformers"_s));
    }

    void cleanup()
    {
        delete m_dialog;
        m_environments.reset();
    }

    void keepsWhatIsNotTheDefault()
    {
        open();
        QCOMPARE(m_dialog->entered(u"cuda-tag"_s), u"cu128"_s);
        QCOMPARE(m_dialog->entered(u"torch-channel"_s), u"stable"_s);
        QCOMPARE(m_dialog->entered(u"cuda-architectures"_s), QString()); // detected
        QVERIFY(m_dialog->own().isEmpty());
        QVERIFY(!m_dialog->defaultsAction()->isEnabled());
        shoot(*m_dialog, u"choices-default"_s);

        m_dialog->enter(u"torch-channel"_s, u"nightly"_s);
        m_dialog->enter(u"jobs"_s, u" 4 "_s);
        m_dialog->enter(u"cuda-architectures"_s, u"12.0"_s); // the default, and yet no longer detected
        QVERIFY(m_dialog->defaultsAction()->isEnabled());
        const ChosenValues own{
            {u"torch-channel"_s, u"nightly"_s}, {u"cuda-architectures"_s, u"12.0"_s}, {u"jobs"_s, u"4"_s}};
        QCOMPARE(m_dialog->own(), own);
        QSignalSpy read(m_environments.get(), &Environments::catalogChanged);
        m_dialog->keepAction()->trigger();
        QTRY_VERIFY(!m_dialog);
        QTRY_COMPARE(read.size(), 1);
        QCOMPARE(ownChoices(*m_environments->find(u"xformers"_s)), own);

        open(); // shows what was kept, and takes it back
        QCOMPARE(m_dialog->entered(u"jobs"_s), u"4"_s);
        QCOMPARE(m_dialog->entered(u"torch-channel"_s), u"nightly"_s);
        const auto labels = m_dialog->findChildren<Label *>();
        QCOMPARE(std::ranges::count_if(labels, [](const Label *one) { return one->text().startsWith("yours; "_L1); }),
                 3);
        QVERIFY(std::ranges::any_of(
            labels, [](const Label *one) { return one->text() == "yours; by default stable"_L1; }));
        shoot(*m_dialog, u"choices-own"_s);
        m_dialog->defaultsAction()->trigger();
        QVERIFY(m_dialog->own().isEmpty());
        QCOMPARE(m_dialog->entered(u"jobs"_s), QString());
        m_dialog->keepAction()->trigger();
        QTRY_COMPARE(read.size(), 2);
        QVERIFY(ownChoices(*m_environments->find(u"xformers"_s)).isEmpty());
    }

    void aRefusedValueStaysThereWithItsReason()
    {
        open();
        m_dialog->enter(u"fork-url"_s, u"https://me:secret@host/fork.git"_s);
        m_dialog->keepAction()->trigger();
        QTRY_VERIFY(m_dialog->problem().contains(u"credential helper"_s));
        QCOMPARE(m_dialog->entered(u"fork-url"_s), u"https://me:secret@host/fork.git"_s);
        QVERIFY(m_dialog->keepAction()->isEnabled());
        shoot(*m_dialog, u"choices-refused"_s);
        m_dialog->enter(u"fork-url"_s, u"https://host/fork.git"_s);
        QCOMPARE(m_dialog->problem(), QString()); // said of what was there before
        QVERIFY(ownChoices(*readCatalog(m_paths).find(u"xformers"_s)).isEmpty());
    }

    void everyFieldIsReachedByItsName()
    {
        open();
        QStringList names;
        for (const QLineEdit *line : m_dialog->findChildren<QLineEdit *>())
            names << line->accessibleName();
        for (const Choice &choice : m_environments->find(u"xformers"_s)->choices)
            QVERIFY2(!choice.values.isEmpty() || names.contains(choice.name), qPrintable(choice.name));
    }

private:
    void open()
    {
        m_dialog = new ChoicesDialog(*m_environments->find(u"xformers"_s), *m_environments);
        m_dialog->show();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    Paths m_paths;
    std::unique_ptr<Environments> m_environments;
    QPointer<ChoicesDialog> m_dialog;
};

QTEST_MAIN(TestChoicesDialog)
#include "tst_choicesdialog.moc"
