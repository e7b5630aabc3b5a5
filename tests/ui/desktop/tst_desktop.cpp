// SPDX-License-Identifier: GPL-3.0-or-later
// What the program and its runners tell the desktop, on a real bus: notifications, the task bar, sleep; and one window
// for two starts.
#include "app/desktop.h"
#include "app/singleinstance.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "tests/ui/desktop/testbus.h"
#include "ui/desktop/goingonnotice.h"

#include <QApplication>
#include <QCheckBox>
#include <QDBusUnixFileDescriptor>
#include <QDir>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <QtConcurrent>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

/// A notification server that shows nothing and keeps what it was told.
class FakeNotifications : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    struct Told
    {
        uint id;
        uint replaces;
        QString title;
        QString body;
        QStringList actions;
    };
    QList<Told> told;

public Q_SLOTS:
    uint Notify(const QString &, uint replaces, const QString &, const QString &title, const QString &body,
                const QStringList &actions, const QVariantMap &, int)
    {
        const uint id = replaces > 0 ? replaces : uint(told.size()) + 1;
        told.append({id, replaces, title, body, actions});
        return id;
    }

Q_SIGNALS:
    void ActionInvoked(uint id, const QString &key);
    void NotificationClosed(uint id, uint reason);
};

/// systemd-logind's locks: each is a pipe that tells when its holder has let go.
class FakeLogin : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.login1.Manager")

public:
    QStringList asked;
    QString refuses; ///< this "what"

    /// Locks that are held now.
    int held() const
    {
        int count = 0;
        for (const int pipe : m_pipes) {
            pollfd end{pipe, POLLIN, 0};
            ::poll(&end, 1, 0);
            count += (end.revents & POLLHUP) == 0;
        }
        return count;
    }
    ~FakeLogin() override
    {
        for (const int pipe : std::as_const(m_pipes))
            ::close(pipe);
    }

public Q_SLOTS:
    QDBusUnixFileDescriptor Inhibit(const QString &what, const QString &who, const QString &why, const QString &mode)
    {
        asked << QStringList{what, who, why, mode}.join(u'|');
        std::array<int, 2> ends;
        if (what == refuses || ::pipe2(ends.data(), O_CLOEXEC) != 0)
            return {};
        m_pipes << ends[0];
        QDBusUnixFileDescriptor lock(ends[1]); // a copy
        ::close(ends[1]);
        return lock;
    }

private:
    QList<int> m_pipes;
};

class FakePower : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.PowerManagement.Inhibit")

public:
    QStringList asked;

public Q_SLOTS:
    uint Inhibit(const QString &who, const QString &why)
    {
        asked << QString(who + u'|' + why);
        return 7;
    }
};

class LauncherWatch : public QObject
{
    Q_OBJECT

public:
    QList<QVariantMap> told;
    QString uri;

public Q_SLOTS:
    void take(const QString &application, const QVariantMap &values)
    {
        uri = application;
        told << values;
    }
};

static BuildSummary summary(int number, BuildStatus status)
{
    BuildSummary build;
    build.id = BuildId(number);
    build.environment = u"starter"_s;
    build.purpose = u"setup"_s;
    build.status = status;
    build.elapsed = std::chrono::seconds(160);
    build.failure = status == BuildStatus::Failed ? u"The layer builder failed: <no space>."_s : QString();
    return build;
}

class TestDesktop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void endedBuildIsTold();
    void nothingIsToldInFront();
    void notificationsAreReplacedAndOthersIgnored();
    void noServerIsSaid();
    void taskbarCounts();
    void sleepIsForbiddenWhileABuildRuns();
    void pausedBuildLetsTheMachineSleep();
    void killedRunnerLetsGo();
    void otherDesktopsAreAsked();
    void settingLetsTheMachineSleep();
    void closedWindowSaysThatBuildsGoOn();
    void goingOnWithoutAServer();
    void secondStartRaisesTheFirst();
    void twoQuickStartsGiveOneWindow();

private:
    BuildId launch(const QString &script);
    bool ended(BuildId id) const { return !BuildLock::isHeld(folder(id).lock()); }
    BuildFolder folder(BuildId id) const { return BuildFolder::of(m_paths, id); }
    QString touched(const QString &name) const
    {
        QFile file(m_home->filePath(name));
        static_cast<void>(file.open(QIODevice::WriteOnly));
        return file.fileName();
    }
    QString gate() const { return m_home->filePath(u"gate"_s); }

    TestBus m_bus;
    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    std::unique_ptr<FakeNotifications> m_server;
    std::unique_ptr<FakeLogin> m_login;
};

void TestDesktop::initTestCase()
{
    if (!m_bus.start())
        QSKIP("needs dbus-daemon");
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", m_bus.address().toLatin1());
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.address().toLatin1());
}

void TestDesktop::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    qputenv("XDG_STATE_HOME", QFile::encodeName(m_home->filePath(u"state"_s)));
    qputenv("XDG_CONFIG_HOME", QFile::encodeName(m_home->filePath(u"config"_s)));
    qputenv("XDG_DATA_HOME", QFile::encodeName(m_home->filePath(u"data"_s)));
    qputenv("XDG_CACHE_HOME", QFile::encodeName(m_home->filePath(u"cache"_s)));
    m_paths = Paths::fromEnvironment();
    m_server = std::make_unique<FakeNotifications>();
    m_login = std::make_unique<FakeLogin>();
    QDBusConnection services = m_bus.connection(u"services"_s);
    QVERIFY(services.isConnected());
    QVERIFY(services.registerObject(u"/org/freedesktop/Notifications"_s, m_server.get(),
                                    QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
    QVERIFY(services.registerService(u"org.freedesktop.Notifications"_s));
    QVERIFY(services.registerObject(u"/org/freedesktop/login1"_s, m_login.get(), QDBusConnection::ExportAllSlots));
    QVERIFY(services.registerService(u"org.freedesktop.login1"_s));
}

void TestDesktop::cleanup()
{
    touched(u"gate"_s);
    for (const QString &name : QDir(m_paths.builds()).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (BuildId::fromText(name).isValid())
            QTRY_VERIFY_WITH_TIMEOUT(ended(BuildId::fromText(name)), 10'000);
    QDBusConnection::disconnectFromBus(u"services"_s);
}

BuildId TestDesktop::launch(const QString &script)
{
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    plan.tasks = {
        {u"only"_s, TaskKind::Base, u"Only"_s, {u"/bin/sh"_s, {u"-c"_s, script}, {}, {}}, OutputFormat::Plain, {}, {}}};
    const auto id = launchBuild(m_paths, plan, QStringLiteral(KERNELYARD_CTL));
    if (!id)
        qWarning("%s", qPrintable(id.error().message));
    return id ? *id : BuildId();
}

static QString waitFor(const QString &gate)
{
    return u"while ! test -e %1; do sleep 0.05; done"_s.arg(gate);
}

void TestDesktop::endedBuildIsTold()
{
    BuildNotifier notifier(m_bus.connection(u"client"_s), [] { return false; });
    QSignalSpy shown(&notifier, &BuildNotifier::showAsked), retried(&notifier, &BuildNotifier::retryAsked);
    notifier.setBuilds({summary(12, BuildStatus::Running), summary(11, BuildStatus::Failed)});
    notifier.setBuilds({summary(12, BuildStatus::Done), summary(11, BuildStatus::Failed)});
    QTRY_COMPARE(m_server->told.size(), 1); // what had ended before is not told
    QCOMPARE(m_server->told[0].title, u"#0012 starter · setup: Done"_s);
    QCOMPARE(m_server->told[0].body, u"It took 2 min 40 s."_s);
    QCOMPARE(m_server->told[0].actions, QStringList({u"default"_s, u"Show"_s, u"show"_s, u"Show"_s}));
    notifier.setBuilds({summary(13, BuildStatus::Running), summary(12, BuildStatus::Done)});
    notifier.setBuilds({summary(13, BuildStatus::Failed), summary(12, BuildStatus::Done)});
    QTRY_COMPARE(m_server->told.size(), 2);
    QCOMPARE(m_server->told[1].title, u"#0013 starter · setup: Failed"_s);
    QCOMPARE(m_server->told[1].body, u"The layer builder failed: &lt;no space&gt;."_s); // servers read markup
    QCOMPARE(m_server->told[1].actions.mid(4), QStringList({u"retry"_s, u"Retry"_s}));
    notifier.setBuilds(
        {summary(13, BuildStatus::Failed), summary(12, BuildStatus::Done), summary(5, BuildStatus::Failed)});
    notifier.setBuilds({summary(14, BuildStatus::Done), summary(13, BuildStatus::Failed)});
    QTRY_COMPARE(m_server->told.size(), 3); // a short one, but no old one that was only read now
    QCOMPARE(m_server->told[2].title, u"#0014 starter · setup: Done"_s);
    Q_EMIT m_server->ActionInvoked(m_server->told[1].id, u"retry"_s);
    QTRY_COMPARE(retried.size(), 1);
    QCOMPARE(retried[0][0].value<BuildId>(), BuildId(13));
    Q_EMIT m_server->ActionInvoked(m_server->told[0].id, u"default"_s);
    QTRY_COMPARE(shown.size(), 1);
    QCOMPARE(shown[0][0].value<BuildId>(), BuildId(12));
}

void TestDesktop::nothingIsToldInFront()
{
    bool quiet = true;
    BuildNotifier notifier(m_bus.connection(u"client"_s), [&quiet] { return quiet; });
    notifier.setBuilds({summary(12, BuildStatus::Running)});
    notifier.setBuilds({summary(12, BuildStatus::Done)});
    quiet = false;
    notifier.setBuilds({summary(13, BuildStatus::Queued), summary(12, BuildStatus::Done)});
    notifier.setBuilds({summary(13, BuildStatus::Cancelled), summary(12, BuildStatus::Done)});
    QTRY_COMPARE(m_server->told.size(), 1);
    QCOMPARE(m_server->told[0].title, u"#0013 starter · setup: Cancelled"_s);
}

void TestDesktop::notificationsAreReplacedAndOthersIgnored()
{
    Notifications notifications(m_bus.connection(u"client"_s));
    QSignalSpy shown(&notifications, &Notifications::shown), chosen(&notifications, &Notifications::actionChosen);
    QSignalSpy closed(&notifications, &Notifications::closed);
    notifications.show(u"a"_s, u"one"_s, {}, {});
    QTRY_COMPARE(shown.size(), 1);
    notifications.show(u"a"_s, u"two"_s, {}, {});
    QTRY_COMPARE(shown.size(), 2);
    QCOMPARE(m_server->told[1].replaces, m_server->told[0].id);
    Q_EMIT m_server->ActionInvoked(99, u"show"_s); // another program's
    Q_EMIT m_server->NotificationClosed(99, 2);
    Q_EMIT m_server->NotificationClosed(m_server->told[0].id, 2);
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(closed[0][0].toString(), u"a"_s);
    QCOMPARE(chosen.size(), 0);
}

void TestDesktop::noServerIsSaid()
{
    QVERIFY(m_bus.connection(u"services"_s).unregisterService(u"org.freedesktop.Notifications"_s));
    Notifications onBus(m_bus.connection(u"client"_s));
    QSignalSpy refused(&onBus, &Notifications::refused);
    onBus.show(u"a"_s, u"one"_s, {}, {});
    QTRY_COMPARE(refused.size(), 1);
    Notifications withoutBus(QDBusConnection(u"there is none"_s));
    QSignalSpy alsoRefused(&withoutBus, &Notifications::refused);
    withoutBus.show(u"a"_s, u"one"_s, {}, {});
    QTRY_COMPARE(alsoRefused.size(), 1);
}

void TestDesktop::taskbarCounts()
{
    LauncherWatch watch;
    QVERIFY(m_bus.connection(u"services"_s)
                .connect({}, {}, u"com.canonical.Unity.LauncherEntry"_s, u"Update"_s, &watch,
                         SLOT(take(QString, QVariantMap))));
    BuildNotifier notifier(m_bus.connection(u"client"_s), [] { return true; });
    BuildSummary running = summary(12, BuildStatus::Running);
    notifier.setBuilds({running});
    QTRY_COMPARE(watch.told.size(), 1);
    QCOMPARE(watch.uri, u"application://kernelyard.desktop"_s);
    QCOMPARE(watch.told[0].value(u"count"_s).toLongLong(), 1);
    QCOMPARE(watch.told[0].value(u"count-visible"_s).toBool(), true);
    QCOMPARE(watch.told[0].value(u"progress-visible"_s).toBool(), false); // nothing is counted: none is made up
    running.unitsDone = 287;
    running.unitsTotal = 412;
    notifier.setBuilds({running});
    notifier.setBuilds({running}); // no news
    QTRY_COMPARE(watch.told.size(), 2);
    QCOMPARE(watch.told[1].value(u"progress"_s).toDouble(), 287. / 412);
    QCOMPARE(watch.told[1].value(u"progress-visible"_s).toBool(), true);
    notifier.setBuilds({summary(12, BuildStatus::Done)});
    QTRY_COMPARE(watch.told.size(), 3);
    QCOMPARE(watch.told[2].value(u"count-visible"_s).toBool(), false);
    QCOMPARE(watch.told[2].value(u"progress-visible"_s).toBool(), false);
}

void TestDesktop::sleepIsForbiddenWhileABuildRuns()
{
    const BuildId id = launch(waitFor(gate()));
    QTRY_COMPARE_WITH_TIMEOUT(m_login->held(), 1, 20'000);
    QCOMPARE(m_login->asked, QStringList{u"sleep:idle|Kernelyard|Build #0001 is running|block"_s});
    touched(u"gate"_s);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QTRY_COMPARE(m_login->held(), 0);
}

void TestDesktop::pausedBuildLetsTheMachineSleep()
{
    const BuildId id = launch(waitFor(gate()));
    QTRY_COMPARE_WITH_TIMEOUT(m_login->held(), 1, 20'000);
    QVERIFY(pauseBuild(m_paths, id));
    QTRY_COMPARE_WITH_TIMEOUT(m_login->held(), 0, 20'000);
    QVERIFY(resumeBuild(m_paths, id));
    QTRY_COMPARE_WITH_TIMEOUT(m_login->held(), 1, 20'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QTRY_COMPARE(m_login->held(), 0);
}

void TestDesktop::killedRunnerLetsGo()
{
    const BuildId id = launch(waitFor(gate()));
    QTRY_COMPARE_WITH_TIMEOUT(m_login->held(), 1, 20'000);
    QCOMPARE(::kill(*BuildLock::holder(folder(id).lock()), SIGKILL), 0);
    QTRY_COMPARE_WITH_TIMEOUT(m_login->held(), 0, 20'000);
}

void TestDesktop::otherDesktopsAreAsked()
{
    QDBusConnection services = m_bus.connection(u"services"_s);
    QVERIFY(services.unregisterService(u"org.freedesktop.login1"_s));
    FakePower power;
    QVERIFY(services.registerObject(u"/org/freedesktop/PowerManagement/Inhibit"_s, &power,
                                    QDBusConnection::ExportAllSlots));
    QVERIFY(services.registerService(u"org.freedesktop.PowerManagement"_s));
    const BuildId id = launch(waitFor(gate()));
    QTRY_COMPARE_WITH_TIMEOUT(power.asked, QStringList{u"Kernelyard|Build #0001 is running"_s}, 20'000);
    touched(u"gate"_s);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
}

void TestDesktop::settingLetsTheMachineSleep()
{
    Settings settings;
    settings.stayAwake = false;
    QVERIFY(settings.write(m_paths.settingsFile()));
    const BuildId id = launch(u"true"_s);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(m_login->asked, QStringList());
}

void TestDesktop::closedWindowSaysThatBuildsGoOn()
{
    const BuildId id = launch(waitFor(gate()));
    Desktop desktop(m_paths, Settings(), DesktopSources::real(m_paths));
    QSignalSpy painted(&desktop.window(), &MainWindow::firstPainted), gone(&desktop, &Desktop::farewellSaid);
    connect(&desktop.window(), &MainWindow::closed, &desktop, &Desktop::sayThatBuildsGoOn);
    desktop.window().show();
    QTRY_COMPARE_WITH_TIMEOUT(painted.size(), 1, 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(desktop.runningBuilds(), 1, 20'000);
    desktop.window().close();
    QVERIFY(!desktop.window().isVisible()); // nothing is asked before
    QTRY_COMPARE(m_server->told.size(), 1);
    QCOMPARE(m_server->told[0].body, u"A build goes on. Open Kernelyard again to see it."_s);
    QCOMPARE(m_server->told[0].actions.mid(2), QStringList({u"show"_s, u"Show"_s, u"never"_s, u"Don't tell again"_s}));
    Q_EMIT m_server->ActionInvoked(m_server->told[0].id, u"show"_s);
    QTRY_VERIFY(desktop.window().isVisible());
    QCOMPARE(gone.size(), 0);
    desktop.window().close();
    QTRY_COMPARE(m_server->told.size(), 2);
    Q_EMIT m_server->ActionInvoked(m_server->told[1].id, u"never"_s);
    QTRY_COMPARE(gone.size(), 1);
    QTRY_VERIFY(!Settings::read(m_paths.settingsFile()).tellThatBuildsGoOn);
    desktop.window().show();
    desktop.window().close();
    QCOMPARE(gone.size(), 2); // at once
    QCOMPARE(m_server->told.size(), 2);
    QVERIFY(!ended(id));
    // An address opens its build, wherever the window is.
    desktop.raise(u"kernelyard://build/1#L3"_s);
    QVERIFY(desktop.window().isVisible());
    QCOMPARE(desktop.window().currentIndex(), int(Desktop::BuildsIndex));
}

void TestDesktop::goingOnWithoutAServer()
{
    GoingOnNotice notice(2);
    QSignalSpy closed(&notice, &GoingOnNotice::closed);
    notice.show();
    QVERIFY(notice.testAttribute(Qt::WA_ShowWithoutActivating));
    QCOMPARE(GoingOnNotice::words(2), u"2 builds go on. Open Kernelyard again to see them."_s);
    notice.never()->setChecked(true);
    notice.close();
    QCOMPARE(closed.size(), 1);
    QVERIFY(closed[0][0].toBool());
}

void TestDesktop::secondStartRaisesTheFirst()
{
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(m_home->path()));
    SingleInstance first(m_home->path()), second(m_home->path()), other(m_home->filePath(u"other"_s));
    QVERIFY(!first.handOver({})); // there is none yet
    first.listen();
    QSignalSpy asked(&first, &SingleInstance::asked);
    const auto handed = QtConcurrent::run([&] { return second.handOver(u"kernelyard://build/412#L3"_s); });
    QTRY_VERIFY(handed.isFinished());
    QVERIFY(handed.result());
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked[0][0].toString(), u"kernelyard://build/412#L3"_s);
    QVERIFY(!other.handOver({})); // of another state folder
    second.listen();              // the first was killed: its socket lies about
    QSignalSpy askedAgain(&second, &SingleInstance::asked);
    const auto again = QtConcurrent::run([&] { return first.handOver({}); });
    QTRY_VERIFY(again.isFinished());
    QVERIFY(again.result());
    QCOMPARE(askedAgain.size(), 1);
    QCOMPARE(asked.size(), 1);
}

void TestDesktop::twoQuickStartsGiveOneWindow()
{
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(m_home->path()));
    SingleInstance first(m_home->path()), second(m_home->path());
    QSignalSpy asked(&first, &SingleInstance::asked);
    QVERIFY(!first.handOver({}));
    QSemaphore begun;
    const auto handed = QtConcurrent::run([&] {
        begun.release();
        return second.handOver(u"kernelyard://build/7"_s);
    });
    begun.acquire();
    QTest::qWait(50); // the second asks before the first listens
    QVERIFY(!handed.isFinished());
    first.listen();
    QTRY_VERIFY(handed.isFinished());
    QVERIFY(handed.result());
    QCOMPARE(asked.size(), 1);
}

QTEST_MAIN(TestDesktop)
#include "tst_desktop.moc"
