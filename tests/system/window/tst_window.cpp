// SPDX-License-Identifier: GPL-3.0-or-later
// A build started in the window outlives it. This program is three: the test, and with an argument one of the two
// windows that it starts with a real Podman, each the whole desktop composition:
//   press  sets the environment up with its card's main button, says so, and stays until it is killed
//   look   opens Builds and prints what it shows of the running build, then closes itself
#include "app/desktop.h"
#include "tests/system/engines/testengines.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/environments/environmentcard.h"
#include "ui/environments/environmentspage.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

void say(const QByteArray &line)
{
    std::puts(line.constData());
    std::fflush(stdout);
}

/// Calls \a look until it is true.
void whenever(QObject *parent, const std::function<bool()> &look)
{
    auto *timer = new QTimer(parent);
    QObject::connect(timer, &QTimer::timeout, parent, [timer, look] {
        if (look())
            timer->stop();
    });
    timer->start(20);
}

void press(Desktop &desktop)
{
    whenever(&desktop, [&desktop] {
        if (desktop.window().currentIndex() != Desktop::EnvironmentsIndex)
            return false;
        auto *page = static_cast<EnvironmentsPage *>(desktop.window().page(Desktop::EnvironmentsIndex));
        EnvironmentCard *card = page->card(u"slow"_s);
        if (!card || !card->mainAction()->isEnabled())
            return false;
        card->mainAction()->trigger();
        say("pressed");
        return true;
    });
}

void look(Desktop &desktop)
{
    whenever(&desktop, [&desktop] {
        desktop.window().goTo(Desktop::BuildsIndex);
        const auto *page = static_cast<BuildsPage *>(desktop.window().page(Desktop::BuildsIndex));
        const BuildDetail *detail = page->detail();
        if (page->scope() != BuildsPage::Scope::Live || detail->status() != BuildStatus::Running)
            return false;
        bool begun = false;
        for (qint64 line = 0; line < detail->log().count(); ++line)
            begun = begun || detail->log().text(line).toByteArray().trimmed() == "begun";
        if (!begun)
            return false;
        say(QJsonDocument(QJsonObject{{u"build"_s, detail->id().display()},
                                      {u"running"_s, desktop.runningBuilds()},
                                      {u"step"_s, detail->steps().runningStep()}})
                .toJson(QJsonDocument::Compact));
        desktop.window().close();
        return true;
    });
}

int openWindow(int argc, char **argv, void (*act)(Desktop &))
{
    const QApplication application(argc, argv);
    const Paths paths = Paths::fromEnvironment();
    const Settings settings = Settings::read(paths.settingsFile());
    dressApplication(settings);
    Desktop desktop(paths, settings, DesktopSources::real(paths));
    desktop.window().show();
    act(desktop);
    return QApplication::exec();
}

} // namespace

class TestWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aBuildOutlivesTheKilledWindowAndTheNextShowsItLive();

private:
    void start(QProcess &process, const QString &program, const QStringList &arguments) const;
    void writeFile(const QString &name, const QByteArray &bytes) const;

    QTemporaryDir m_folder;
};

void TestWindow::start(QProcess &process, const QString &program, const QStringList &arguments) const
{
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    for (const QString &name : {u"STATE"_s, u"DATA"_s, u"CONFIG"_s, u"CACHE"_s})
        variables.insert(u"XDG_"_s + name + u"_HOME"_s, m_folder.filePath(name));
    process.setProcessEnvironment(variables);
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(program, arguments);
    QVERIFY(process.waitForStarted());
}

void TestWindow::writeFile(const QString &name, const QByteArray &bytes) const
{
    const QString path = m_folder.filePath(u"CONFIG/kernelyard/"_s + name);
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

void TestWindow::aBuildOutlivesTheKilledWindowAndTheNextShowsItLive()
{
    auto engine = test::TestEngine::start(test::TestEngineKind::Podman);
    KERNELYARD_SKIP_WITHOUT(engine);
    const auto base = (*engine)->provideBase();
    QVERIFY2(base, qPrintable(base ? QString() : base.error().message));
    writeFile(u"settings.ini"_s, "[engine]\nid=podman\n");
    writeFile(u"environments/slow/Dockerfile"_s, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"
                                                 "RUN echo begun; sleep 8; echo ended\n");
    writeFile(u"environments/slow.yml"_s, "name: slow\ndescription: A test.\n"
                                          "base:\n  pull: docker.io/library/debian:12-slim\n"
                                          "layers:\n  - name: only\n    dockerfile: slow/Dockerfile\n"
                                          "    context: slow\n    arguments:\n      BASE_IMAGE: ${base}\n");

    const QString self = QCoreApplication::applicationFilePath();
    const QString ctl = QCoreApplication::applicationDirPath() + u"/kernelyardctl"_s;
    QProcess first;
    start(first, self, {u"press"_s});
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT(said.append(first.readAllStandardOutput()).contains("pressed"), 30000);
    QTRY_VERIFY_WITH_TIMEOUT(QDir(m_folder.filePath(u"STATE/kernelyard/builds/0001"_s)).exists(u"journal"_s), 30000);
    first.kill();
    QVERIFY(first.waitForFinished());
    QCOMPARE(first.exitStatus(), QProcess::CrashExit);

    QProcess second;
    start(second, self, {u"look"_s});
    QVERIFY2(second.waitForFinished(60000), "the second window never showed the running build");
    const QJsonObject seen = QJsonDocument::fromJson(second.readAllStandardOutput()).object();
    QCOMPARE(seen.value(u"build"_s).toString(), u"#0001"_s);
    QCOMPARE(seen.value(u"running"_s).toInt(), 1);
    QVERIFY(seen.value(u"step"_s).toInt(-1) >= 0);

    QProcess follow;
    start(follow, ctl, {u"follow"_s, u"1"_s});
    QVERIFY(follow.waitForFinished(60000));
    QCOMPARE(follow.exitCode(), 0);
    QProcess log;
    start(log, ctl, {u"log"_s, u"1"_s});
    QVERIFY(log.waitForFinished(60000));
    const QByteArray text = log.readAllStandardOutput();
    QVERIFY2(text.contains("begun") && text.contains("ended"), text.constData());
}

int main(int argc, char **argv)
{
    if (argc == 2 && qstrcmp(argv[1], "press") == 0)
        return openWindow(argc, argv, press);
    if (argc == 2 && qstrcmp(argv[1], "look") == 0)
        return openWindow(argc, argv, look);
    const QCoreApplication application(argc, argv);
    TestWindow test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_window.moc"
