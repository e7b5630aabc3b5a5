// SPDX-License-Identifier: GPL-3.0-or-later
// The page over real journals: which run it shows, and what it lets the user do.
#include "tests/core/build/writtenbuild.h"
#include "tests/ui/ready.h"
#include "ui/validation/comparedialog.h"
#include "ui/validation/exportdialog.h"
#include "ui/validation/validationpage.h"
#include "ui/validation/verdictcard.h"
#include "ui/widgets/cancelquestion.h"
#include "ui/widgets/choicebox.h"

#include <QAction>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include <memory>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

QByteArray recorded(const QString &file)
{
    QFile source(QStringLiteral(KERNELYARD_TEST_DATA) + u"/validation/"_s + file);
    return source.open(QIODevice::ReadOnly) ? source.readAll() : QByteArray();
}

Environment starter()
{
    Environment environment;
    environment.name = u"starter"_s;
    Layer layer;
    layer.name = u"dev"_s;
    environment.layers = {layer};
    environment.validation.emplace();
    environment.validation->layer = u"dev"_s;
    return environment;
}

Engine podman()
{
    Engine engine;
    engine.program = u"/usr/bin/podman"_s;
    engine.clientVersion = u"4.3.1"_s;
    return engine;
}

struct World
{
    World()
        : paths{folder.filePath(u"state"_s), folder.filePath(u"data"_s), folder.filePath(u"cache"_s),
                folder.filePath(u"config"_s), QStringLiteral(KERNELYARD_SOURCE_DIR)}
        , settings({}, paths.settingsFile())
        , machine({[] { return ready(QList<Engine>{podman()}); },
                   [] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>())); },
                   [] {
                       return ready(HostResources{2, 8LL << 30, 1, u"/"_s});
                   }})
        , environments({[] {
                            Catalog catalog;
                            catalog.environments = {starter()};
                            return catalog;
                        },
                        [this](const Environment &, const Engine &) { return status; }})
        , builds(paths)
        , launcher({[this](const Environment &, const Engine &, const PlanRequest &request) {
                        asked = request;
                        return Result<Plan>(Plan());
                    },
                    {},
                    [this](const Plan &) { return Result<BuildId>(launched); }})
    {
        status.readiness = Readiness::Built;
        status.layers = {{u"dev"_s, true, 1, 1, {}}};
        QDir().mkpath(paths.builds());
    }

    test::WrittenBuild &add(const QString &purpose, const QByteArray &validation, const QStringList &arguments = {})
    {
        written.push_back(std::make_unique<test::WrittenBuild>(paths, int(written.size()) + 1));
        test::WrittenBuild &build = *written.back();
        build.purpose = purpose;
        build.validation = validation;
        build.validationArguments = arguments;
        return build;
    }

    void open()
    {
        page = std::make_unique<ValidationPage>(
            ValidationPageSources{machine, environments, builds, launcher, settings, paths});
        page->resize(1080, 760);
        page->show();
        machine.check();
        environments.refreshCatalog();
        environments.refreshStatus(podman());
        builds.refresh();
        QTRY_VERIFY(environments.status(u"starter"_s));
    }

    QAction *action(const QString &text) const
    {
        for (QAction *one : page->actions())
            if (one->text() == text)
                return one;
        return nullptr;
    }
    QAction *suite() const { return action(u"Run validation suite"_s); }
    ChoiceBox *runs() const
    {
        for (ChoiceBox *box : page->findChildren<ChoiceBox *>())
            if (box->accessibleName() == u"Run")
                return box;
        return nullptr;
    }
    QString title() const { return page->findChild<VerdictCard *>()->accessibleName(); }
    int shown() const { return page->shown() ? page->shown()->id().number() : 0; }

    QTemporaryDir folder;
    Paths paths;
    EnvironmentStatus status;
    SettingsStore settings;
    Machine machine;
    Environments environments;
    BuildStore builds;
    PlanRequest asked;
    BuildId launched;
    Launcher launcher;
    std::vector<std::unique_ptr<test::WrittenBuild>> written;
    std::unique_ptr<ValidationPage> page;
};

} // namespace

class TestValidationRuns : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void afterAFailedValidationItRunsAgain();
    void aLayerThatIsMissingIsNamed();
    void aPartIsShownOnRequestOnly();
    void theNewestRunThatValidatedIsShown();
    void aRunThatCantBeReadSaysSo();
    void cancellingAsksFirst();
    void aSetupThatStillBuildsIsNotCancelledHere();
    void theListStaysWhileItSaysTheSame();
    void oneOfACommitRunsAgainstIt();
    void aHiddenPageFollowsNothing();
    void anExportSaysWhereItWent();
    void twoRunsAreComparedForwards();
};

void TestValidationRuns::afterAFailedValidationItRunsAgain()
{
    World world;
    test::WrittenBuild &failed = world.add(u"validate"_s, recorded(u"stale-accumulator.jsonl"_s));
    failed.validationExit = 1;
    QVERIFY(failed.write());
    world.open();
    QTRY_VERIFY(world.title().startsWith(u"Failed: 20 of 30"_s));
    QCOMPARE(world.page->count(), 1);
    for (const Readiness readiness : {Readiness::Built, Readiness::Failed, Readiness::Unknown}) {
        world.status.readiness = readiness;
        if (readiness == Readiness::Unknown)
            world.status.layers.first().present = false; // the engine did not answer
        QSignalSpy read(&world.environments, &Environments::statusChanged);
        world.environments.refreshStatus(podman());
        QVERIFY(read.wait());
        QVERIFY2(world.suite()->isEnabled(), qPrintable(world.suite()->statusTip()));
    }
}

void TestValidationRuns::aLayerThatIsMissingIsNamed()
{
    World world;
    world.status.readiness = Readiness::NotBuilt;
    world.status.layers.first().present = false;
    world.open();
    QTRY_VERIFY(world.suite()->statusTip().contains(u"its layer dev is not built"_s));
    QVERIFY(!world.suite()->isEnabled());
}

void TestValidationRuns::aPartIsShownOnRequestOnly()
{
    World world;
    test::WrittenBuild &failed = world.add(u"validate"_s, recorded(u"stale-accumulator.jsonl"_s));
    failed.validationExit = 1;
    QVERIFY(failed.write());
    QVERIFY(world.add(u"validate"_s, recorded(u"quick-pass.jsonl"_s), {u"--case"_s, u"a"_s}).write());
    world.open();
    QTRY_VERIFY(world.title().startsWith(u"Failed: "_s));
    QCOMPARE(world.shown(), 1);
    QCOMPARE(world.page->count(), 1);
    QTRY_VERIFY2(world.runs()->itemText(0).endsWith(u"quick a: passed"_s), qPrintable(world.runs()->itemText(0)));
    QVERIFY(world.runs()->itemText(1).endsWith(u"quick: failed"_s));
    world.runs()->setCurrentIndex(0);
    Q_EMIT world.runs()->activated(0);
    QTRY_VERIFY(world.title().startsWith(u"Pass: "_s));
    QCOMPARE(world.page->count(), 1); // the environment stands as the suite left it
}

void TestValidationRuns::theNewestRunThatValidatedIsShown()
{
    World world;
    QVERIFY(world.add(u"setup"_s, recorded(u"pass.jsonl"_s)).write());
    test::WrittenBuild &broken = world.add(u"setup"_s, {});
    broken.outcome = Outcome::Failed;
    QVERIFY(broken.write());
    test::WrittenBuild &cancelled = world.add(u"setup"_s, {});
    cancelled.outcome = Outcome::Cancelled;
    QVERIFY(cancelled.write());
    world.open();
    QTRY_VERIFY(world.title().startsWith(u"Pass: 71 of 71"_s));
    QCOMPARE(world.shown(), 1);
    QVERIFY(world.runs()->itemText(1).endsWith(u": not reached"_s));
    Q_EMIT world.runs()->activated(1);
    QTRY_COMPARE(world.title(), u"Not validated: the build did not reach the validation"_s);
    Q_EMIT world.runs()->activated(0);
    QTRY_COMPARE(world.title(), u"Cancelled before the validation began"_s);
}

void TestValidationRuns::aRunThatCantBeReadSaysSo()
{
    World world;
    QVERIFY(world.add(u"validate"_s, recorded(u"pass.jsonl"_s)).write());
    world.open();
    QTRY_VERIFY(world.title().startsWith(u"Pass: "_s));
    QSignalSpy failed(world.page.get(), &ValidationPage::failed);
    QVERIFY(QDir(BuildFolder::of(world.paths, BuildId(1)).path).removeRecursively());
    Q_EMIT world.runs()->activated(0);
    QTRY_COMPARE(world.title(), u"The run can't be read"_s);
    QVERIFY(!world.action(u"Cancel the running validation…"_s)->isVisible());
}

void TestValidationRuns::cancellingAsksFirst()
{
    World world;
    test::WrittenBuild &running = world.add(u"validate"_s, recorded(u"quick-pass.jsonl"_s));
    running.outcome.reset();
    QVERIFY(running.write());
    world.open();
    QTRY_COMPARE(world.shown(), 1);
    QAction *cancel = world.action(u"Cancel the running validation…"_s);
    QTRY_VERIFY(cancel->isVisible());
    cancel->trigger();
    auto *question = world.page->window()->findChild<CancelQuestion *>();
    QVERIFY(question);
    QCOMPARE(question->defaultButton()->text(), u"Keep building"_s);
    QSignalSpy confirmed(question, &CancelQuestion::confirmed);
    question->reject();
    QCOMPARE(confirmed.size(), 0);
}

void TestValidationRuns::aSetupThatStillBuildsIsNotCancelledHere()
{
    World world;
    test::WrittenBuild &running = world.add(u"setup"_s, {});
    running.outcome.reset();
    QVERIFY(running.write());
    world.open();
    QTRY_COMPARE(world.shown(), 1); // there is no other
    QTRY_VERIFY(world.title().startsWith(u"Running: "_s));
    QVERIFY(!world.action(u"Cancel the running validation…"_s)->isVisible());
}

void TestValidationRuns::theListStaysWhileItSaysTheSame()
{
    ChoiceBox box(u"Run"_s);
    const QList<ChoiceBox::Choice> choices{{u"run 2"_s, 2}, {u"run 1"_s, 1}};
    box.setChoices(choices, 1);
    QSignalSpy emptied(box.model(), &QAbstractItemModel::rowsRemoved);
    box.setChoices(choices, 2);
    QCOMPARE(box.currentData().toInt(), 2);
    QCOMPARE(emptied.size(), 0);
    box.setChoices({{u"run 2: passed"_s, 2}, {u"run 1"_s, 1}}, 2);
    QCOMPARE(box.itemText(0), u"run 2: passed"_s);
}

void TestValidationRuns::oneOfACommitRunsAgainstIt()
{
    World world;
    QByteArray lines = recorded(u"quick-pass.jsonl"_s);
    lines.replace("\"type\": \"case\",", "\"type\": \"case\", \"backend\": \"kernelyard_attention@3a55507\",");
    QVERIFY(world.add(u"validate"_s, lines).write());
    world.open();
    QTRY_COMPARE(world.shown(), 1);
    QTreeView *table = nullptr;
    for (QTreeView *view : world.page->findChildren<QTreeView *>())
        if (view->accessibleName() == u"Cases")
            table = view;
    QVERIFY(table);
    QTRY_VERIFY(table->model()->rowCount() > 0);
    table->setCurrentIndex(table->model()->index(0, 0));
    world.action(u"Run the selected case again"_s)->trigger();
    QTRY_COMPARE(world.asked.validationArguments.size(), 6);
    QCOMPARE(world.asked.validationArguments.mid(2),
             (QStringList{u"--backend"_s, u"kernelyard_attention"_s, u"--against"_s, u"3a55507"_s}));
}

void TestValidationRuns::aHiddenPageFollowsNothing()
{
    World world;
    test::WrittenBuild &failed = world.add(u"validate"_s, recorded(u"stale-accumulator.jsonl"_s));
    failed.validationExit = 1;
    QVERIFY(failed.write());
    world.open();
    world.page = std::make_unique<ValidationPage>(ValidationPageSources{world.machine, world.environments, world.builds,
                                                                        world.launcher, world.settings, world.paths});
    QTRY_COMPARE(world.page->count(), 1);
    QVERIFY(!world.page->shown());
    world.page->show();
    QTRY_COMPARE(world.shown(), 1);
}

void TestValidationRuns::anExportSaysWhereItWent()
{
    World world;
    QVERIFY(world.add(u"validate"_s, recorded(u"quick-pass.jsonl"_s)).write());
    world.open();
    QTRY_VERIFY(world.title().startsWith(u"Pass: "_s));
    world.action(u"Export validation (JSON, JUnit, HTML, Markdown)…"_s)->trigger();
    auto *dialog = world.page->findChild<ExportDialog *>();
    QVERIFY(dialog);
    const QString file = world.folder.filePath(u"results.md"_s);
    dialog->write(file);
    const auto isTold = [&] {
        for (const QLabel *label : world.page->findChildren<QLabel *>())
            if (label->text() == u"Written to "_s + file)
                return true;
        return false;
    };
    QTRY_VERIFY(isTold());
    QVERIFY(QFile::exists(file));
}

void TestValidationRuns::twoRunsAreComparedForwards()
{
    World world;
    for (int i = 0; i < 3; ++i)
        QVERIFY(world.add(u"validate"_s, recorded(u"quick-pass.jsonl"_s)).write());
    const ValidationScope part{false, {u"a"_s}, {}, {}};
    const QList<RunChoice> choices{{BuildId(3), u"3"_s, {}}, {BuildId(2), u"2"_s, part}, {BuildId(1), u"1"_s, {}}};
    const auto boxes = [](const CompareDialog &dialog) {
        QStringList texts;
        for (const QComboBox *box : dialog.findChildren<QComboBox *>())
            texts << box->accessibleName() + u' ' + box->currentText();
        texts.sort();
        return texts;
    };
    CompareDialog newest(world.paths, choices, BuildId(3));
    QCOMPARE(boxes(newest), (QStringList{u"Earlier run 1"_s, u"Later run 3"_s})); // of the same scope
    CompareDialog oldest(world.paths, choices, BuildId(1));
    QCOMPARE(boxes(oldest), (QStringList{u"Earlier run 1"_s, u"Later run 2"_s}));
    for (const QComboBox *box : oldest.findChildren<QComboBox *>())
        QCOMPARE(box->count(), box->accessibleName().startsWith(u"Later") ? 2 : 1);
    QSignalSpy compared(&oldest, &CompareDialog::compared);
    QVERIFY(compared.wait());
}

QTEST_MAIN(TestValidationRuns)
#include "tst_validationruns.moc"
