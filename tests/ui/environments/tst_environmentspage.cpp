// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/ready.h"
#include "tests/ui/shoot.h"
#include "ui/environments/cardfacts.h"
#include "ui/environments/environmentcard.h"
#include "ui/environments/environmentspage.h"
#include "ui/environments/machineline.h"
#include "ui/environments/repairdialog.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

static Environment starter()
{
    Environment environment;
    environment.name = u"starter"_s;
    environment.description = u"Works everywhere. And more."_s;
    for (const QString &name : {u"wheels"_s, u"builder"_s, u"dev"_s}) {
        Layer layer;
        layer.name = name;
        environment.layers.append(layer);
    }
    environment.fork = ForkSource{};
    environment.validation = ValidationSuite{};
    return environment;
}

static EnvironmentStatus statusOf(Readiness readiness, int layersPresent)
{
    EnvironmentStatus status;
    status.readiness = readiness;
    for (int i = 0; i < 3; ++i) {
        LayerStatus layer;
        layer.name = QStringList{u"wheels"_s, u"builder"_s, u"dev"_s}[i];
        layer.present = i < layersPresent;
        layer.sizeBytes = layer.present ? 41'000'000 : 0;
        status.layers.append(layer);
        status.diskBytes += layer.sizeBytes;
    }
    return status;
}

static BuildSummary buildOf(BuildStatus status)
{
    BuildSummary build;
    build.id = BuildId(7);
    build.environment = u"starter"_s;
    build.purpose = u"setup"_s;
    build.status = status;
    build.started = QDateTime::currentDateTime();
    build.elapsed = std::chrono::seconds(4);
    build.stepsCached = 31;
    build.failure = u"The layer builder failed. podman ended with status 1."_s;
    build.cause = u"The memory ran\nout."_s;
    return build;
}

static Engine podman()
{
    Engine engine;
    engine.kind = EngineKind::Podman;
    engine.program = u"/usr/bin/podman"_s;
    return engine;
}

class TestEnvironmentsPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }
    void cardsSayTheState_data();
    void cardsSayTheState();
    void cardShowsTheLayerThatFailed();
    void cardSaysThatChoicesHaveChanged();
    void cardShowsAReadyEnvironment();
    void cardFollowsARunningBuild();
    void failedCardNamesCauseAndWhatIsKept();
    void pageStartsWhatIsAsked();
    void pageSaysWhyNothingStarts();
    void pageShowsBrokenFilesAndEmptiness();
    void repairRunsNothingThatNeedsRoot();
};

void TestEnvironmentsPage::cardsSayTheState_data()
{
    QTest::addColumn<int>("readiness");
    QTest::addColumn<int>("present");
    QTest::addColumn<QString>("word");
    QTest::addColumn<int>("step");
    QTest::newRow("ready") << int(Readiness::Ready) << 3 << u"Ready"_s << int(CardStep::Validate);
    QTest::newRow("built, never validated")
        << int(Readiness::Built) << 3 << u"Not validated"_s << int(CardStep::Validate);
    QTest::newRow("nothing built") << int(Readiness::NotBuilt) << 0 << u"Not built"_s << int(CardStep::SetUp);
    QTest::newRow("failed") << int(Readiness::Failed) << 1 << u"Failed"_s << int(CardStep::Retry);
    QTest::newRow("engine silent") << int(Readiness::Unknown) << 0 << u"Checking"_s << int(CardStep::SetUp);
}

void TestEnvironmentsPage::cardsSayTheState()
{
    QFETCH(int, readiness);
    QFETCH(int, present);
    QFETCH(QString, word);
    QFETCH(int, step);
    CardKnowledge known;
    known.environment = starter();
    known.status = statusOf(static_cast<Readiness>(readiness), present);
    known.now = QDateTime::currentDateTime();
    const CardFacts facts = cardFacts(known);
    QCOMPARE(facts.word, word);
    QCOMPARE(int(facts.step), step);
    QCOMPARE(facts.layers.size(), 3);
    QCOMPARE(facts.lines.size(), 3);
    for (const CardLine &line : facts.lines)
        QVERIFY(!line.label.isEmpty() && !line.text.isEmpty());
}

void TestEnvironmentsPage::cardShowsTheLayerThatFailed()
{
    CardKnowledge known;
    known.environment = starter();
    known.status = statusOf(Readiness::Failed, 1);
    known.status->failedLayer = u"builder"_s;
    QCOMPARE(cardFacts(known).layers[1].sub, u"failed"_s);
    QCOMPARE(cardFacts(known).layers[1].state, State::Failed);
    QCOMPARE(cardFacts(known).layers[2].sub, u"not built"_s);
    known.status = statusOf(Readiness::Failed, 3); // an older image is still there
    known.status->failedLayer = u"builder"_s;
    QCOMPARE(cardFacts(known).layers[1].sub, u"failed, 41 MB kept"_s);
}

void TestEnvironmentsPage::cardSaysThatChoicesHaveChanged()
{
    CardKnowledge known;
    known.environment = starter();
    known.status = statusOf(Readiness::Ready, 3);
    known.status->changed = {{u"jobs"_s, u"4"_s}, {u"torch-version"_s, QString()}};
    const CardFacts facts = cardFacts(known);
    QCOMPARE(facts.word, u"Choices changed"_s);
    QCOMPARE(int(facts.step), int(CardStep::SetUp));
    QCOMPARE(facts.lines[0].text, u"jobs = 4, torch-version empty"_s);
    EnvironmentCard card(u"starter"_s, u"x"_s);
    card.setFacts(facts);
    card.setStartable({});
    card.resize(520, card.sizeHint().height());
    card.show();
    QCOMPARE(card.mainAction()->text(), u"Set up starter"_s);
    shoot(card, u"card-choices-changed"_s);
}

void TestEnvironmentsPage::cardShowsAReadyEnvironment()
{
    CardKnowledge known;
    known.environment = starter();
    known.now = QDateTime::currentDateTime();
    known.status = statusOf(Readiness::Ready, 3);
    known.status->lastBuild = buildOf(BuildStatus::Done);
    ValidationVerdict verdict;
    verdict.verdict = Verdict::Pass;
    verdict.cases = 64;
    verdict.worstRelL2 = 4.1e-4;
    known.status->lastValidation = verdict;
    ForkStatus fork;
    fork.name = u"attention"_s;
    fork.branch = u"main"_s;
    fork.changedFiles = {u"a.cpp"_s, u"b.cpp"_s};
    known.status->fork = fork;
    const CardFacts facts = cardFacts(known);
    QVERIFY(facts.lines[0].text.startsWith(u"4 s, 31 cached · "_s));
    QCOMPARE(facts.lines[1].text, u"64 of 64 cases, worst rel. L2 4.1e-4"_s);
    QCOMPARE(facts.lines[1].state, State::Success);
    QCOMPARE(facts.lines[2].text, u"attention main, 2 changed"_s);
    QCOMPARE(facts.layers[0].sub, u"41 MB"_s);
    QCOMPARE(facts.disk, u"123 MB on disk"_s);

    EnvironmentCard card(u"starter"_s, u"x"_s);
    card.setFacts(facts);
    card.setStartable({});
    QCOMPARE(card.mainAction()->text(), u"Validate starter"_s);
    QSignalSpy asked(&card, &EnvironmentCard::validateAsked);
    card.mainAction()->trigger();
    QCOMPARE(asked.size(), 1);
    card.setStartable(u"a build of it runs"_s);
    QVERIFY(!card.mainAction()->isEnabled());
    QCOMPARE(card.mainAction()->statusTip(), u"a build of it runs"_s);
}

void TestEnvironmentsPage::cardFollowsARunningBuild()
{
    CardKnowledge known;
    known.environment = starter();
    known.status = statusOf(Readiness::NotBuilt, 1);
    known.running = buildOf(BuildStatus::Running);
    known.now = QDateTime::currentDateTime();
    QCOMPARE(cardFacts(known).lines[0].text, u"starting"_s); // nothing read yet
    Plan plan;
    for (const QString &name : {u"base"_s, u"wheels"_s, u"builder"_s, u"dev"_s}) {
        Task task;
        task.name = name;
        task.kind = name == u"base"_s ? TaskKind::Base : TaskKind::Layer;
        plan.tasks.append(task);
    }
    known.plan = plan;
    BuildUpdate update;
    update.status = BuildStatus::Running;
    update.elapsed = std::chrono::seconds(83);
    const auto step = [](int task, StepStatus status) {
        Step made;
        made.task = task;
        made.status = status;
        return made;
    };
    update.steps = {step(0, StepStatus::Done), step(1, StepStatus::Cached), step(2, StepStatus::Done),
                    step(2, StepStatus::Running), step(2, StepStatus::Waiting)};
    update.steps[3].progress = u"[3/12]"_s;
    known.live = update;
    const CardFacts facts = cardFacts(known);
    QCOMPARE(facts.word, u"Building"_s);
    QCOMPARE(facts.step, CardStep::ShowBuild);
    QCOMPARE(facts.lines[0].done, 2);
    QCOMPARE(facts.lines[0].total, 4);
    QCOMPARE(facts.lines[0].text, u"2 of 4 tasks, builder [3/12], 1:23"_s);
    QCOMPARE(facts.layers[0].state, State::Cached);
    QCOMPARE(facts.layers[1].state, State::Running);
    QCOMPARE(facts.layers[1].sub, u"step 2 of 3"_s);
    QCOMPARE(facts.layers[2].sub, u"waits"_s);
    known.live->steps[3].work = {StepWork::Kind::Units, 10, 14, {}, {}, {}};
    const CardFacts compiling = cardFacts(known);
    QCOMPARE(compiling.lines[0].done, 10);
    QCOMPARE(compiling.lines[0].total, 14);
    QCOMPARE(compiling.lines[0].text, u"10 of 14 units, 1:23"_s);
}

void TestEnvironmentsPage::failedCardNamesCauseAndWhatIsKept()
{
    CardKnowledge known;
    known.environment = starter();
    known.status = statusOf(Readiness::Failed, 2);
    known.status->lastBuild = buildOf(BuildStatus::Failed);
    known.now = QDateTime::currentDateTime();
    const CardFacts facts = cardFacts(known);
    QCOMPARE(facts.lines[0].text, u"The memory ran out."_s);
    QCOMPARE(facts.lines[1].text, u"2 of 3 layers, 82 MB"_s);
}

namespace {

/// A page on a world of our own.
struct World
{
    explicit World(const Catalog &catalog, const QList<Engine> &engines)
        : paths{folder.filePath(u"state"_s), folder.filePath(u"data"_s), folder.filePath(u"cache"_s),
                folder.filePath(u"config"_s), folder.filePath(u"shipped"_s)}
        , settings({}, paths.settingsFile())
        , machine({[engines] { return ready(engines); },
                   [] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>())); },
                   [] {
                       return ready(HostResources{2, 8LL << 30, 1, u"/"_s});
                   }})
        , environments({[catalog] { return catalog; },
                        [](const Environment &, const Engine &) { return statusOf(Readiness::NotBuilt, 0); }})
        , builds(paths)
        , launcher({[this](const Environment &, const Engine &, const PlanRequest &request) {
                        asked = request;
                        Plan plan;
                        plan.environment = u"starter"_s;
                        return Result<Plan>(plan);
                    },
                    [](const Environment &, const Plan &) {
                        return Result<QList<Command>>(QList<Command>{{u"podman"_s, {u"build"_s}, {}, {}}});
                    },
                    [](const Plan &) {
                        return Result<BuildId>(Failure(Error{ErrorKind::NoSpace, u"The disk is full."_s, {}, {}}));
                    }})
        , page({machine, environments, builds, launcher, settings, paths})
    {
        page.resize(1080, 760);
        page.show();
        machine.check();
        environments.refreshCatalog();
    }

    QTemporaryDir folder;
    Paths paths;
    SettingsStore settings;
    Machine machine;
    Environments environments;
    BuildStore builds;
    PlanRequest asked;
    Launcher launcher;
    EnvironmentsPage page;
};

} // namespace

static Catalog catalogOf(const QList<Environment> &environments)
{
    Catalog catalog;
    catalog.environments = environments;
    return catalog;
}

void TestEnvironmentsPage::pageStartsWhatIsAsked()
{
    World world(catalogOf({starter()}), {podman()});
    QTRY_VERIFY(world.page.card(u"starter"_s) && world.page.card(u"starter"_s)->facts().word == u"Not built"_s);
    const EnvironmentCard *card = world.page.card(u"starter"_s);
    QTRY_VERIFY(card->mainAction()->isEnabled());
    QSignalSpy failed(&world.page, &EnvironmentsPage::failed);
    card->mainAction()->trigger();
    QVERIFY(!card->mainAction()->isEnabled()); // not twice
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].value<Error>().message, u"The disk is full."_s);
    QVERIFY(world.asked.purpose == PlanRequest::Purpose::Setup);
    QVERIFY(card->mainAction()->isEnabled());
    for (QAction *action : card->paletteActions())
        if (action->text().contains(u"without cache"_s))
            action->trigger();
    QTRY_COMPARE(failed.size(), 2);
    QVERIFY(world.asked.purpose == PlanRequest::Purpose::Build && world.asked.noCache);
}

void TestEnvironmentsPage::pageSaysWhyNothingStarts()
{
    World world(catalogOf({starter()}), {});
    QTRY_VERIFY(world.page.card(u"starter"_s) && world.page.card(u"starter"_s)->facts().word == u"No engine"_s);
    const EnvironmentCard *card = world.page.card(u"starter"_s);
    QVERIFY(!card->mainAction()->isEnabled());
    QVERIFY(!card->mainAction()->statusTip().isEmpty());
    QCOMPARE(machineFacts(world.machine).first().text, u"No engine works"_s);
}

void TestEnvironmentsPage::pageShowsBrokenFilesAndEmptiness()
{
    Catalog broken;
    broken.errors.append({ErrorKind::Invalid, u"nightly.yml:4:5: expected “dockerfile”"_s, {}, {}});
    World world(broken, {podman()});
    const auto shows = [](const QWidget &page, const QString &text) {
        for (const QLabel *label : page.findChildren<QLabel *>())
            if (label->isVisible() && label->text().contains(text))
                return true;
        return false;
    };
    QTRY_VERIFY(shows(world.page, u"nightly.yml:4:5"_s));
    QCOMPARE(world.page.count(), 1);
    World empty({}, {podman()});
    QTRY_VERIFY(shows(empty.page, u"No environments yet."_s));
}

void TestEnvironmentsPage::repairRunsNothingThatNeedsRoot()
{
    QVERIFY(!RepairDialog::isRunnable({u"sudo"_s, {u"systemctl"_s}, {}, {}}));
    QVERIFY(!RepairDialog::isRunnable({u"/usr/bin/pkexec"_s, {}, {}, {}}));
    QVERIFY(RepairDialog::isRunnable({u"podman"_s, {u"system"_s, u"migrate"_s}, {}, {}}));
}

QTEST_MAIN(TestEnvironmentsPage)
#include "tst_environmentspage.moc"
