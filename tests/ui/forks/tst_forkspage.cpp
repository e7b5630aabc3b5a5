// SPDX-License-Identifier: GPL-3.0-or-later
// The page on real repositories; only the engine's word on what was compiled is prepared.
#include "tests/core/fork/forkfixture.h"
#include "tests/ui/ready.h"
#include "ui/forks/advicecard.h"
#include "ui/forks/forkspage.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTreeView>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int patienceMs = 60000; // real git on a busy machine

Engine podman()
{
    Engine engine;
    engine.kind = EngineKind::Podman;
    engine.program = u"/usr/bin/podman"_s;
    return engine;
}

Environment attention()
{
    Environment environment;
    environment.name = u"starter"_s;
    Layer layer;
    layer.name = u"builder"_s;
    environment.layers = {layer};
    environment.fork = ForkSource{};
    environment.fork->name = u"attention"_s;
    environment.validation = ValidationSuite{};
    environment.rebuild = RebuildRules::usual();
    environment.rebuild->heldLayer = u"builder"_s;
    return environment;
}

/// A page whose forks lie in \a root/forks; `attention` is that of an environment.
struct World
{
    explicit World(const QString &root, const QList<Engine> &engines = {podman()})
        : paths{root + u"/state"_s, root, root + u"/cache"_s, root + u"/config"_s, root + u"/shipped"_s}
        , settings({}, paths.settingsFile())
        , machine({[engines] { return ready(engines); },
                   [] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>())); },
                   [] {
                       return ready(HostResources{2, 8LL << 30, 1, u"/"_s});
                   }})
        , environments({[] {
                            Catalog catalog;
                            catalog.environments = {attention()};
                            return catalog;
                        },
                        [](const Environment &, const Engine &) { return EnvironmentStatus(); }})
        , builds(paths)
        , launcher({[this](const Environment &, const Engine &, const PlanRequest &request) {
                        asked.append(request);
                        return Result<Plan>(Plan());
                    },
                    [](const Environment &, const Plan &) { return Result<QList<Command>>(QList<Command>()); },
                    [](const Plan &) {
                        return Result<BuildId>(Failure(Error{ErrorKind::NoSpace, u"The disk is full."_s, {}, {}}));
                    }})
    {
        ForkSources forks = ForkSources::real(paths);
        forks.advise = [this](const ForkStatus &fork, const std::optional<Environment> &environment,
                              const std::optional<Engine> &engine) -> Result<ForkAdvice> {
            if (environment && engine && !held.isEmpty())
                return adviseFork(*environment, engine, paths, held);
            return ForkSources::real(paths).advise(fork, environment, engine);
        };
        forks.open = [this](const QString &path, OpenIn where) -> Result<Command> {
            opened = path;
            if (where == OpenIn::Terminal)
                return Failure(Error{ErrorKind::Missing, u"No terminal."_s, {}, {}});
            return Command{};
        };
        page = std::make_unique<ForksPage>(
            ForksPageSources{machine, environments, builds, launcher, settings, forks, paths});
        page->resize(1080, 760);
    }
    void show()
    {
        page->show();
        machine.check();
        environments.refreshCatalog();
    }
    QAction *action(const QString &text) const
    {
        for (QAction *one : page->actions())
            if (one->text().startsWith(text))
                return one;
        qFatal("no action %s", qPrintable(text));
    }
    bool shows(const QString &text) const
    {
        for (const QLabel *label : page->findChildren<QLabel *>())
            if (label->isVisible() && label->text().contains(text))
                return true;
        return false;
    }
    QString cell(int row, int column) const { return page->table()->model()->index(row, column).data().toString(); }

    Paths paths;
    SettingsStore settings;
    Machine machine;
    Environments environments;
    BuildStore builds;
    QList<PlanRequest> asked;
    QString held, opened;
    Launcher launcher;
    std::unique_ptr<ForksPage> page;
};

template <class Box>
Box *shownBox()
{
    for (QWidget *widget : QApplication::topLevelWidgets())
        if (auto *box = qobject_cast<Box *>(widget); box && box->isVisible())
            return box;
    return nullptr;
}

void press(QMessageBox *box, const QString &text)
{
    for (QAbstractButton *button : box->buttons())
        if (button->text() == text) {
            button->click();
            return;
        }
    qFatal("no button %s", qPrintable(text));
}

} // namespace

class TestForksPage : public ForkFixture
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }
    void init() { begin(); }

    void nothingIsReadBeforeItIsAsked()
    {
        World world(folder());
        QVERIFY(!world.page->store().list());
        world.show();
        QTRY_VERIFY_WITH_TIMEOUT(world.shows(u"No forks yet."_s), patienceMs);
        QVERIFY(world.action(u"Add fork"_s)->isEnabled());
        QVERIFY(!world.action(u"Fetch the selected"_s)->isEnabled());
        QVERIFY(!world.action(u"Fetch the selected"_s)->statusTip().isEmpty());
    }

    void adviceComesFromTheChangesOfTheCheckout()
    {
        makeRepository(u"origin"_s, u"csrc/one.cu"_s);
        commit(u"origin"_s, u"csrc/two.cu"_s, "#include \"common.h\"\n");
        commit(u"origin"_s, u"csrc/common.h"_s, "int x;\n");
        QVERIFY(clone(at(u"origin"_s), u"attention"_s));
        write(at(u"forks/attention/csrc/common.h"_s), "int y;\n");
        write(at(u"forks/attention/README.md"_s), "words\n");
        World world(folder());
        world.held = git(at(u"forks/attention"_s), {u"rev-parse"_s, u"HEAD"_s});
        world.show();
        AdviceCard *card = world.page->detail()->adviceCard();
        QTRY_COMPARE_WITH_TIMEOUT(card->words().figure, u"1 of 2 units"_s, patienceMs);
        QCOMPARE(world.page->detail()->changes().files().size(), 2);
        QCOMPARE(world.page->detail()->changes().files().first().file.path, u"csrc/common.h"_s);
        QTRY_COMPARE_WITH_TIMEOUT(world.page->count(), 1, patienceMs);
        QVERIFY(world.shows(u"1 checkout, 1 needs a rebuild"_s));

        QAction *rebuild = world.action(u"Rebuild and validate"_s);
        QTRY_VERIFY_WITH_TIMEOUT(rebuild->isEnabled(), patienceMs);
        QCOMPARE(rebuild->iconText(), u"Rebuild 1 unit, validate"_s);
        rebuild->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.asked.size(), 1, patienceMs);
        QVERIFY(world.asked[0].purpose == PlanRequest::Purpose::Validate);
        QVERIFY(world.asked[0].validationArguments.isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(rebuild->isEnabled(), patienceMs);
        card->choose(RebuildVerdict::Link);
        QTRY_COMPARE_WITH_TIMEOUT(rebuild->iconText(), u"Validate without rebuild"_s, patienceMs);
        rebuild->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.asked.size(), 2, patienceMs);
        QCOMPARE(world.asked[1].validationArguments, QStringList{u"--no-build"_s});
        QTRY_VERIFY_WITH_TIMEOUT(rebuild->isEnabled(), patienceMs);
        card->choose(RebuildVerdict::Full);
        rebuild->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.asked.size(), 3, patienceMs);
        QVERIFY(world.asked[2].purpose == PlanRequest::Purpose::Setup && world.asked[2].noCache);

        git(at(u"forks/attention"_s), {u"checkout"_s, u"-q"_s, u"csrc"_s});
        world.page->checkAgain();
        QTRY_COMPARE_WITH_TIMEOUT(card->words().figure, u"Nothing to rebuild"_s, patienceMs);
        QTRY_COMPARE_WITH_TIMEOUT(world.page->count(), 0, patienceMs);
    }

    void anUnbuiltLayerMeansEverything()
    {
        makeRepository(u"origin"_s, u"csrc/one.cu"_s);
        QVERIFY(clone(at(u"origin"_s), u"attention"_s));
        World world(folder(), {});
        world.show();
        QTRY_COMPARE_WITH_TIMEOUT(world.page->detail()->adviceCard()->words().figure, u"All 1 unit"_s, patienceMs);
        QVERIFY(!world.action(u"Rebuild and validate"_s)->isEnabled()); // no engine
        QVERIFY(!world.action(u"Rebuild and validate"_s)->statusTip().isEmpty());
        QCOMPARE(world.page->count(), 0); // not built is no news of the fork's
    }

    void aForkOfNoEnvironmentSaysSo()
    {
        makeRepository(u"origin"_s);
        QVERIFY(clone(at(u"origin"_s), u"mine"_s));
        World world(folder());
        world.show();
        QTRY_COMPARE_WITH_TIMEOUT(world.page->detail()->adviceCard()->words().figure, u"Nothing builds this"_s,
                                  patienceMs);
        QVERIFY(!world.action(u"Rebuild and validate"_s)->isVisible());
    }

    void clonesFetchesAndMovesForward()
    {
        makeNested();
        World world(folder());
        world.show();
        QTRY_VERIFY_WITH_TIMEOUT(world.shows(u"No forks yet."_s), patienceMs);
        CloneRequest request;
        request.url = at(u"outer"_s);
        request.path = at(u"forks/mine"_s);
        world.page->clone(request);
        QTRY_VERIFY_WITH_TIMEOUT(world.page->store().find(request.path) && !world.page->store().job(request.path),
                                 patienceMs);
        QCOMPARE(world.cell(0, ForkListModel::SubmodulesColumn), u"2 as pinned"_s);
        QCOMPARE(world.page->selectedPath(), request.path);
        QVERIFY(!world.action(u"Move the branch"_s)->isEnabled());
        QCOMPARE(world.action(u"Move the branch"_s)->statusTip(), u"it is as far as what was fetched"_s);

        const QString newest = commit(u"outer"_s, u"kernel.cu"_s, "two\n");
        world.action(u"Fetch the selected"_s)->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::OriginColumn), u"1 behind"_s, patienceMs);
        QCOMPARE(world.page->store().outcome(request.path)->done, u"Fetched: 1 branch moved."_s);
        QTRY_VERIFY_WITH_TIMEOUT(world.action(u"Move the branch"_s)->isEnabled(), patienceMs);
        world.action(u"Move the branch"_s)->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::OriginColumn), u"in step"_s, patienceMs);
        QCOMPARE(git(request.path, {u"rev-parse"_s, u"HEAD"_s}), newest);
    }

    void aFailedCloneIsNamedAndCanBeTriedAgain()
    {
        makeRepository(u"other"_s);
        World world(folder());
        world.show();
        QTRY_VERIFY_WITH_TIMEOUT(world.shows(u"No forks yet."_s), patienceMs);
        CloneRequest request;
        request.url = at(u"outer"_s);
        request.path = at(u"forks/mine"_s);
        world.page->clone(request);
        QTRY_VERIFY_WITH_TIMEOUT(world.page->store().outcome(request.path), patienceMs);
        QVERIFY(world.page->store().outcome(request.path)->error);
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::BranchColumn), u"ended early"_s, patienceMs);
        QDir().rename(at(u"other"_s), at(u"outer"_s)); // the server is back
        QTRY_VERIFY_WITH_TIMEOUT(world.action(u"Go on with"_s)->isVisible(), patienceMs);
        world.action(u"Go on with"_s)->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::BranchColumn), u"main"_s, patienceMs);
    }

    void anUnfinishedCloneIsDiscardedOnlyWhenAsked()
    {
        makeRepository(u"outer"_s);
        git(at({}), {u"clone"_s, u"-q"_s, at(u"outer"_s), at(u"forks/.mine.clone"_s)});
        World world(folder());
        world.show();
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::BranchColumn), u"ended early"_s, patienceMs);
        world.action(u"Discard the selected"_s)->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(shownBox<QMessageBox>(), patienceMs);
        QCOMPARE(shownBox<QMessageBox>()->defaultButton()->text(), u"Keep it"_s);
        press(shownBox<QMessageBox>(), u"Keep it"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!shownBox<QMessageBox>(), patienceMs);
        QVERIFY(QFileInfo::exists(at(u"forks/.mine.clone"_s)));
        world.action(u"Discard the selected"_s)->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(shownBox<QMessageBox>(), patienceMs);
        press(shownBox<QMessageBox>(), u"Discard"_s);
        QTRY_VERIFY_WITH_TIMEOUT(world.shows(u"No forks yet."_s), patienceMs);
        QVERIFY(!QFileInfo::exists(at(u"forks/.mine.clone"_s)));
    }

    void switchingAsksBeforeItPutsFilesAway()
    {
        makeRepository(u"outer"_s);
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"-b"_s, u"topic"_s});
        commit(u"outer"_s, u"kernel.cu"_s, "topic\n");
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"main"_s});
        QVERIFY(clone(at(u"outer"_s), u"mine"_s));
        const QString file = at(u"forks/mine/kernel.cu"_s);
        write(file, "mine\n");
        World world(folder());
        world.show();
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::FilesColumn), u"1 changed"_s, patienceMs);
        world.page->switchTo(u"topic"_s);
        QTRY_VERIFY_WITH_TIMEOUT(shownBox<QMessageBox>(), patienceMs);
        QCOMPARE(shownBox<QMessageBox>()->text(), u"1 changed file would be lost."_s);
        QCOMPARE(shownBox<QMessageBox>()->defaultButton()->text(), u"Stay"_s);
        QCOMPARE(read(file), QByteArray("mine\n"));
        press(shownBox<QMessageBox>(), u"Stay"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!shownBox<QMessageBox>(), patienceMs);
        QCOMPARE(read(file), QByteArray("mine\n"));
        world.page->switchTo(u"topic"_s);
        QTRY_VERIFY_WITH_TIMEOUT(shownBox<QMessageBox>(), patienceMs);
        press(shownBox<QMessageBox>(), u"Stash and switch"_s);
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::BranchColumn), u"topic"_s, patienceMs);
        QCOMPARE(read(file), QByteArray("topic\n"));
        QCOMPARE(git(at(u"forks/mine"_s), {u"show"_s, u"stash@{0}:kernel.cu"_s}), u"mine"_s);
        QVERIFY(world.page->store().outcome(at(u"forks/mine"_s))->done.contains(u"git stash pop"_s));
        world.page->createHere(u"split-k"_s);
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::BranchColumn), u"split-k"_s, patienceMs);
    }

    void submodulesAreMendedByOneButton()
    {
        makeNested();
        QVERIFY(clone(at(u"outer"_s), u"mine"_s));
        QDir(at(u"forks/mine/third_party/middle"_s)).removeRecursively();
        World world(folder());
        world.show();
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::SubmodulesColumn), u"1 missing"_s, patienceMs);
        world.action(u"Sync and validate"_s)->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.cell(0, ForkListModel::SubmodulesColumn), u"2 as pinned"_s, patienceMs);
        QCOMPARE(world.page->store().outcome(at(u"forks/mine"_s))->done, u"2 as pinned"_s);
    }

    void severalForksStandSideBySide()
    {
        makeRepository(u"outer"_s);
        for (const QString &name : {u"one"_s, u"two"_s, u"three"_s})
            QVERIFY(clone(at(u"outer"_s), name));
        World world(folder());
        world.show();
        QTRY_COMPARE_WITH_TIMEOUT(world.page->table()->model()->rowCount(), 3, patienceMs);
        QTest::keyClick(world.page->table(), Qt::Key_J);
        QTRY_COMPARE_WITH_TIMEOUT(world.page->selectedPath(), at(u"forks/three"_s), patienceMs);
        world.action(u"Open the selected fork in an editor"_s)->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(world.opened, at(u"forks/three"_s), patienceMs);
        QSignalSpy failed(world.page.get(), &ForksPage::failed);
        world.action(u"Open the selected fork in a terminal"_s)->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, patienceMs);
        commit(u"outer"_s, u"kernel.cu"_s, "two\n");
        world.action(u"Fetch all"_s)->trigger();
        for (int row = 0; row < 3; ++row)
            QTRY_COMPARE_WITH_TIMEOUT(world.cell(row, ForkListModel::OriginColumn), u"1 behind"_s, patienceMs);
        QCOMPARE(world.page->selectedPath(), at(u"forks/three"_s));
        QCOMPARE(world.page->regions().first(), world.page->table());
        for (const QWidget *region : world.page->regions())
            QVERIFY(!region->accessibleName().isEmpty());
    }

    void goingWhileAtWorkIsHarmless()
    {
        makeNested();
        World world(folder());
        world.show();
        QTRY_VERIFY_WITH_TIMEOUT(world.page->store().list(), patienceMs);
        CloneRequest request;
        request.url = at(u"outer"_s);
        request.path = at(u"forks/mine"_s);
        world.page->clone(request);
        world.page.reset();
        // What it left is a whole clone, one to go on with, or nothing: never a half one under its name.
        QThreadPool::globalInstance()->waitForDone();
        if (QFileInfo::exists(request.path))
            QVERIFY(readFork(request.path));
        QVERIFY(cloneFork(request, {}));
    }
};

QTEST_MAIN(TestForksPage)
#include "tst_forkspage.moc"
