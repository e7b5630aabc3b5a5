// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/ready.h"
#include "ui/environments/machineline.h"
#include "ui/gpu/faultwords.h"
#include "ui/models/machine.h"
#include "ui/shell/commandpalette.h"
#include "ui/shell/machinefooter.h"
#include "ui/shell/mainwindow.h"
#include "ui/widgets/style.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QVBoxLayout>

using namespace kernelyard;
using namespace Qt::StringLiterals;

static Engine podman()
{
    Engine engine;
    engine.kind = EngineKind::Podman;
    engine.program = u"/usr/bin/podman"_s;
    engine.clientVersion = u"4.3.1"_s;
    engine.rootless = true;
    return engine;
}

static Engine brokenDocker(EngineProblemCode code)
{
    Engine engine;
    engine.kind = EngineKind::Docker;
    engine.clientVersion = u"28.2"_s;
    engine.problems.append({code, true, u"why"_s, u"what to do"_s, Command{u"sudo"_s, {u"fix"_s}, {}, {}}, {}});
    return engine;
}

/// A page with one list-like region, two actions and no world behind it.
class PlainPage : public Page
{
public:
    explicit PlainPage(const QString &title)
        : Page(title, Glyph::Builds)
        , field(new QLineEdit)
        , possible(new QAction(title + u": do it"_s, this))
        , impossible(new QAction(title + u": not now"_s, this))
    {
        body()->addWidget(field);
        auto *button = new QPushButton(title);
        addHeaderWidget(button);
        impossible->setEnabled(false);
        impossible->setStatusTip(u"nothing is selected"_s);
        addActions({possible, impossible});
    }
    QList<QWidget *> regions() const override { return {field}; }
    void checkAgain() override { ++checked; }

    QLineEdit *field;
    QAction *possible;
    QAction *impossible;
    int checked = 0;
};

class TestShell : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }
    void fuzzyFinds_data();
    void fuzzyFinds();
    void fuzzyPrefersWhatPeopleMean();
    void paletteModelIsAModel();
    void paletteRunsAndCloses();
    void pagesAreMadeWhenNeeded();
    void keysReachEveryPageAndRegion();
    void paletteListsActionsAndReasons();
    void sidebarFollowsTheWidth();
    void geometryIsRemembered();
    void footerSaysEachState_data();
    void footerSaysEachState();
    void footerShowsGpus();
    void troubleIsNamedInOneWay_data();
    void troubleIsNamedInOneWay();
    void closingWhileAskedIsHarmless();

private:
    QTemporaryDir m_folder;
    QList<PageEntry> entries()
    {
        QList<PageEntry> list;
        for (const QString &title : {u"One"_s, u"Two"_s, u"Settings"_s})
            list.append({title, Glyph::Builds, [title] { return new PlainPage(title); }});
        return list;
    }
};

void TestShell::fuzzyFinds_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("fits");
    QTest::newRow("nothing asked") << QString() << u"Builds"_s << true;
    QTest::newRow("beginning") << u"bui"_s << u"Builds"_s << true;
    QTest::newRow("word starts") << u"sus"_s << u"Set up starter"_s << true;
    QTest::newRow("other case") << u"VALID"_s << u"Validate starter"_s << true;
    QTest::newRow("build number") << u"0412"_s << u"#0412 xformers"_s << true;
    QTest::newRow("spaces do not count") << u"set up"_s << u"Set up"_s << true;
    QTest::newRow("wrong order") << u"dliub"_s << u"Builds"_s << false;
    QTest::newRow("letter too many") << u"buildss"_s << u"Builds"_s << false;
}

void TestShell::fuzzyFinds()
{
    QFETCH(QString, query);
    QFETCH(QString, text);
    QFETCH(bool, fits);
    QCOMPARE(fuzzyScore(query, text).has_value(), fits);
}

void TestShell::fuzzyPrefersWhatPeopleMean()
{
    QVERIFY(*fuzzyScore(u"val", u"Validate starter") > *fuzzyScore(u"val", u"Quick validation"));
    QVERIFY(*fuzzyScore(u"ss", u"Set up starter") > *fuzzyScore(u"ss", u"Classless"));
}

void TestShell::paletteModelIsAModel()
{
    PaletteModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setEntries(
        {{u"Alpha"_s, u"Page"_s, u"Ctrl+1"_s, {}, [] {}}, {u"Beta"_s, u"Action"_s, {}, u"not now"_s, [] {}}});
    QCOMPARE(model.rowCount(), 2);
    model.setQuery(u"a"_s);
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0, 0).data().toString(), u"Alpha"_s); // what can't run comes last
    QCOMPARE(model.index(1, 1).data().toString(), u"not now"_s);
    model.setQuery(u"page alp"_s);
    QCOMPARE(model.rowCount(), 1);
    model.setQuery(u"zz"_s);
    QCOMPARE(model.rowCount(), 0);
}

void TestShell::paletteRunsAndCloses()
{
    int ran = 0;
    auto *palette = new CommandPalette({{u"Alpha"_s, u"Page"_s, {}, {}, [&ran] { ran = 1; }},
                                        {u"Beta"_s, u"Page"_s, {}, {}, [&ran] { ran = 2; }},
                                        {u"Gamma"_s, u"Page"_s, {}, u"not now"_s, [&ran] { ran = 3; }}});
    QPointer<CommandPalette> watched(palette);
    palette->show();
    auto *field = palette->findChild<QLineEdit *>();
    QTest::keyClicks(field, u"gam"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(ran, 0); // listed with its reason, and does not run
    QVERIFY(palette->isVisible());
    field->clear();
    QTest::keyClick(field, Qt::Key_Down);
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(ran, 2);
    QTRY_VERIFY(!watched);
}

void TestShell::pagesAreMadeWhenNeeded()
{
    SettingsStore settings({}, m_folder.filePath(u"a.ini"_s));
    Machine machine({});
    int made = 0;
    QList<PageEntry> pages = entries();
    for (PageEntry &entry : pages)
        entry.make = [&made, make = entry.make] {
            ++made;
            return make();
        };
    MainWindow window(settings, machine, pages);
    QCOMPARE(made, 0); // the window paints itself first
    window.goTo(0);
    QCOMPARE(made, 1);
    window.goTo(1);
    window.goTo(0);
    window.goTo(1);
    QCOMPARE(made, 2);
    window.makeAllPages();
    QCOMPARE(made, 3);
}

void TestShell::keysReachEveryPageAndRegion()
{
    SettingsStore settings({}, m_folder.filePath(u"b.ini"_s));
    Machine machine({});
    MainWindow window(settings, machine, entries());
    window.makeAllPages();
    window.show();
    QTRY_COMPARE(window.currentIndex(), 0);
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    QTest::keyClick(&window, Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(window.currentIndex(), 1);
    QTest::keyClick(&window, Qt::Key_Comma, Qt::ControlModifier);
    QCOMPARE(window.currentIndex(), 2);
    QTest::keyClick(&window, Qt::Key_1, Qt::ControlModifier);
    QCOMPARE(window.currentIndex(), 0);

    auto *page = static_cast<PlainPage *>(window.page(0));
    page->field->setFocus();
    QSet<QWidget *> reached;
    for (int i = 0; i < 3; ++i) {
        QTest::keyClick(&window, Qt::Key_F6);
        reached.insert(QApplication::focusWidget());
    }
    QCOMPARE(reached.size(), 3); // sidebar, header, field
    QVERIFY(reached.contains(page->field));
    QWidget *before = QApplication::focusWidget();
    QTest::keyClick(&window, Qt::Key_F6);
    QVERIFY(QApplication::focusWidget() != before);
    QTest::keyClick(&window, Qt::Key_F6, Qt::ShiftModifier);
    QCOMPARE(QApplication::focusWidget(), before);

    QSignalSpy asked(&window, &MainWindow::checkAgainAsked);
    QTest::keyClick(&window, Qt::Key_F5);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(page->checked, 1);
}

void TestShell::paletteListsActionsAndReasons()
{
    SettingsStore settings({}, m_folder.filePath(u"c.ini"_s));
    Machine machine({});
    MainWindow window(settings, machine, entries());
    window.makeAllPages();
    window.goTo(0);
    window.setPaletteSource([] { return QList<PaletteEntry>{{u"#0001 starter"_s, u"Build"_s, {}, {}, [] {}}}; });
    const QList<PaletteEntry> listed = window.paletteEntries();
    const auto find = [&listed](const QString &text) -> const PaletteEntry * {
        for (const PaletteEntry &entry : listed)
            if (entry.text == text)
                return &entry;
        return nullptr;
    };
    QVERIFY(find(u"One: do it"_s) && find(u"One: do it"_s)->reason.isEmpty());
    QVERIFY(find(u"Two: not now"_s));
    QCOMPARE(find(u"Two: not now"_s)->reason, u"nothing is selected"_s);
    QVERIFY(find(u"#0001 starter"_s));
    QVERIFY(find(u"Go to Two"_s));
    QCOMPARE(find(u"Go to Two"_s)->keys, u"Ctrl+2"_s);
    find(u"Go to Two"_s)->run();
    QCOMPARE(window.currentIndex(), 1);
}

void TestShell::sidebarFollowsTheWidth()
{
    SettingsStore settings({}, m_folder.filePath(u"d.ini"_s));
    Machine machine({});
    MainWindow window(settings, machine, entries());
    window.resize(1280 * 2, 800);
    window.show();
    QTRY_VERIFY(window.footer()->isVisible());
    window.resize(880, 600);
    QTRY_VERIFY(!window.footer()->isVisible());
    window.resize(1280 * 2, 800);
    QTRY_VERIFY(window.footer()->isVisible());
    for (QAction *action : window.actions())
        if (action->shortcut() == QKeySequence(Qt::CTRL | Qt::Key_Backslash))
            action->trigger();
    QVERIFY(!window.footer()->isVisible());
    QVERIFY(settings.value().sidebarNarrow);
}

void TestShell::geometryIsRemembered()
{
    const QString file = m_folder.filePath(u"deep/er/e.ini"_s);
    {
        SettingsStore settings({}, file);
        Machine machine({});
        MainWindow window(settings, machine, entries());
        window.show();
        window.resize(1001, 703);
        QTRY_COMPARE(window.size(), QSize(1001, 703));
        window.close();
    }
    SettingsStore settings(Settings::read(file), file);
    Machine machine({});
    MainWindow window(settings, machine, entries());
    QCOMPARE(window.size(), QSize(1001, 703));
}

void TestShell::footerSaysEachState_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("word");
    QTest::newRow("daemon stopped") << int(EngineProblemCode::DaemonNotRunning) << u"stopped"_s;
    QTest::newRow("no right to the socket") << int(EngineProblemCode::SocketPermission) << u"no access"_s;
    QTest::newRow("not installed") << int(EngineProblemCode::NotInstalled) << u"not installed"_s;
    QTest::newRow("no answer") << int(EngineProblemCode::TimedOut) << u"no answer"_s;
}

void TestShell::footerSaysEachState()
{
    QFETCH(int, code);
    QFETCH(QString, word);
    const Engine docker = brokenDocker(static_cast<EngineProblemCode>(code));
    Machine machine({[docker] {
                         return ready(QList<Engine>{podman(), docker});
                     },
                     [] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>())); },
                     [] {
                         return ready(HostResources{8, 16LL << 30, 412'000'000'000, u"/"_s});
                     }});
    MachineFooter footer(machine);
    QCOMPARE(footer.rows().first()->mode(), u"…"_s); // nothing is known before it was asked
    machine.check();
    QVERIFY(machine.isChecking());
    QTRY_VERIFY(!machine.isChecking());
    QCOMPARE(footer.rows().size(), 4);
    QCOMPARE(footer.rows()[0]->accessibleName(), u"Podman 4.3.1, rootless"_s);
    QCOMPARE(footer.rows()[1]->mode(), word);
    QVERIFY(footer.rows()[1]->toolTip().contains(u"sudo fix"_s)); // the remedy
    QCOMPARE(footer.rows()[2]->name(), u"No GPU"_s);
    QCOMPARE(footer.rows()[3]->mode(), u"412 GB free"_s);
    QCOMPARE(machine.engine({})->kind, EngineKind::Podman);
    QVERIFY(!machine.engine(u"docker"_s));
}

void TestShell::footerShowsGpus()
{
    GpuStatus gpu;
    gpu.name = u"NVIDIA GeForce RTX 4090"_s;
    gpu.utilisationPercent = 2;
    gpu.temperatureCelsius = 38;
    Machine machine({[] { return ready(QList<Engine>{podman()}); },
                     [gpu] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>{gpu})); },
                     [] { return ready(HostResources{}); }});
    MachineFooter footer(machine);
    machine.check();
    QTRY_VERIFY(!machine.isChecking());
    QCOMPARE(footer.rows()[1]->accessibleName(), u"RTX 4090, 2 % · 38 °C"_s);
}

void TestShell::troubleIsNamedInOneWay_data()
{
    QTest::addColumn<int>("condition");
    QTest::addColumn<QString>("word");
    QTest::newRow("driver not loaded") << int(GpuCondition::NoDriver) << u"No driver"_s;
    QTest::newRow("no library") << int(GpuCondition::NoLibrary) << u"No library"_s;
    QTest::newRow("library of another version") << int(GpuCondition::DriverMismatch) << u"Driver mismatch"_s;
    QTest::newRow("no right to the device nodes") << int(GpuCondition::PermissionDenied) << u"No permission"_s;
    QTest::newRow("fallen off the bus") << int(GpuCondition::FallenOffBus) << u"Off the bus"_s;
    QTest::newRow("to be reset") << int(GpuCondition::ResetRequired) << u"Needs a reset"_s;
    QTest::newRow("stuck") << int(GpuCondition::Stuck) << u"Stuck"_s;
    QTest::newRow("another fault") << int(GpuCondition::Failed) << u"Fault"_s;
}

void TestShell::troubleIsNamedInOneWay()
{
    QFETCH(int, condition);
    QFETCH(QString, word);
    Machine machine({[] { return ready(QList<Engine>{podman()}); }, {}, [] { return ready(HostResources{}); }});
    MachineFooter footer(machine);
    machine.check();
    QTRY_VERIFY(!machine.isChecking());
    const GpuFault fault{static_cast<GpuCondition>(condition), u"the driver's words"_s};
    const auto gpuFact = [&machine] { return machineFacts(machine)[1]; };

    GpuReading whole;
    whole.fault = fault;
    machine.setGpus(whole);
    QCOMPARE(footer.rows()[1]->accessibleName(), u"GPU, "_s + word);
    QVERIFY(footer.rows()[1]->toolTip().contains(noticeOf(fault, {}).remedy));
    QCOMPARE(gpuFact().text, u"GPU: "_s + word);
    QCOMPARE(gpuFact().state, State::Warning);
    FaultWords words;
    words.setFault(fault, {}, {}, 0);
    QVERIFY2(words.message().startsWith(word + u". "_s), qPrintable(words.message()));

    GpuReading one;
    one.gpus.resize(2);
    one.gpus[1].index = 1;
    one.gpus[1].fault = fault;
    machine.setGpus(one);
    QCOMPARE(footer.rows()[2]->mode(), word);
    QCOMPARE(gpuFact().text, u"GPU 1: "_s + word);
    QCOMPARE(gpuFact().state, State::Warning);

    one.gpus[1].fault = {};
    machine.setGpus(one); // it is well again
    QCOMPARE(footer.rows()[2]->mode(), QString());
    QCOMPARE(gpuFact().state, State::Success);

    one.gpus = {GpuStatus()};
    one.gpus[0].driver = u"570.86.15"_s;
    one.gpus[0].fault.condition = GpuCondition::Asleep;
    machine.setGpus(one); // no trouble; its name can't be told
    QCOMPARE(footer.rows()[1]->mode(), u"Asleep"_s);
    QCOMPARE(gpuFact().state, State::Success);
    QCOMPARE(gpuFact().text, u"driver 570.86.15"_s);
}

void TestShell::closingWhileAskedIsHarmless()
{
    auto engines = std::make_shared<QPromise<QList<Engine>>>();
    engines->start();
    {
        Machine machine({[engines] { return engines->future(); },
                         [] { return ready(Result<QList<GpuStatus>>(QList<GpuStatus>())); },
                         [] { return ready(HostResources{}); }});
        machine.check();
    }
    engines->addResult(QList<Engine>{podman()});
    engines->finish(); // QFuture::then with a context would abort here
    QCoreApplication::processEvents();
    QVERIFY(engines->future().isFinished());
}

QTEST_MAIN(TestShell)
#include "tst_shell.moc"
