// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildfollower.h"
#include "core/environment/catalog.h"
#include "tests/ui/shoot.h"
#include "ui/devcontainer/devcontainerdialog.h"
#include "ui/devcontainer/diffview.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <atomic>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// The dialog on a real folder; the engine and the Dev Container CLI are told by the test.
class TestDevContainerDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QApplication::setStyle(new Style);
        m_paths = Paths::fromEnvironment();
        m_paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
    }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_paths.state = m_folder->filePath(u"state"_s);
        QVERIFY(QDir().mkpath(m_folder->filePath(u"attention"_s)));
        m_state = DevContainerState::Kind::Absent;
        m_noStart.reset();
        m_name = u"attention"_s;
        m_started.clear();
        m_launch = [](const Plan &) { return BuildId(12); };
        LauncherSources sources;
        sources.launch = [this](const Plan &plan) { return m_launch(plan); };
        m_launcher = std::make_unique<Launcher>(sources);
        m_builds = std::make_unique<BuildStore>(m_paths);
    }

    void cleanup()
    {
        m_dialog.reset();
        m_launcher.reset();
        m_builds.reset();
    }

    void showsTheDifferenceThenWrites()
    {
        open();
        QTRY_VERIFY(m_dialog->writeAction()->isEnabled());
        const QString text = m_dialog->diff()->toPlainText();
        QVERIFY(text.contains(u"+++ b/.devcontainer/devcontainer.json"));
        QVERIFY(text.contains(u"+  \"workspaceFolder\": \"/workspace/attention\","));
        QVERIFY(!text.contains(u".kernelyard.json"));
        QVERIFY(!QFile::exists(file()));
        QCOMPARE(m_dialog->writeAction()->iconText(), u"Write 3 files"_s);
        for (const QAction *action : {m_dialog->upAction(), m_dialog->stopAction(), m_dialog->rebuildAction(),
                                      m_dialog->codeAction(), m_dialog->terminalAction()}) {
            QVERIFY2(!action->isEnabled(), qPrintable(action->text()));
            QCOMPARE(action->toolTip(), u"write the files first"_s);
        }
        QCOMPARE(m_dialog->fact(), u"No container yet"_s);
        shoot(*m_dialog, u"devcontainer-new"_s);

        m_dialog->writeAction()->trigger();
        QTRY_COMPARE(m_dialog->outcome(), u"Written to %1."_s.arg(m_folder->filePath(u"attention"_s)));
        QVERIFY(QFile::exists(file()));
        QTRY_VERIFY(m_dialog->upAction()->isEnabled());
        QVERIFY(!m_dialog->writeAction()->isEnabled());
        QVERIFY(m_dialog->codeAction()->isEnabled());
        QVERIFY(m_dialog->diff()->toPlainText().contains(u"\"workspaceFolder\": \"/workspace/attention\""));
        shoot(*m_dialog, u"devcontainer-current"_s);
    }

    void showsWhatStaysTheUsers()
    {
        written();
        QByteArray text = read();
        text.replace("\"vscode\",\n", "\"me\",\n");
        write(text.replace("/workspace/attention\",\n", "/workspace/mine\",\n"));
        QFile local(m_folder->filePath(u"attention/.devcontainer/devcontainer.local.json"_s));
        QVERIFY(local.open(QIODevice::WriteOnly));
        local.write("{\"containerEnv\": {\"MAX_JOBS\": \"2\"}}");
        local.close();
        open();
        QTRY_VERIFY(m_dialog->writeAction()->isEnabled());
        QVERIFY(m_dialog->diff()->toPlainText().contains(u"+    \"MAX_JOBS\": \"2\""));
        QVERIFY(!m_dialog->diff()->toPlainText().contains(u"-  \"remoteUser\""));
        shoot(*m_dialog, u"devcontainer-changes"_s);
        m_dialog->writeAction()->trigger();
        QTRY_VERIFY(read().contains("MAX_JOBS"));
        QVERIFY(read().contains("\"remoteUser\": \"me\""));
    }

    void startsAsABuild()
    {
        written();
        open();
        QTRY_VERIFY(m_dialog->upAction()->isEnabled());
        QSignalSpy asked(m_dialog.get(), &DevContainerDialog::buildAsked);
        m_dialog->upAction()->trigger();
        QCOMPARE(m_dialog->fact(), u"Starting"_s);
        QVERIFY(!m_dialog->upAction()->isEnabled());
        QTRY_VERIFY(m_dialog->outcome().contains(u"#0012"));
        QCOMPARE(m_started, QList{DevContainerStart::Keep});
        shoot(*m_dialog, u"devcontainer-starting"_s);
        for (QPushButton *button : m_dialog->findChildren<QPushButton *>())
            if (button->text() == u"Show build")
                button->click();
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.first().first().value<BuildId>(), BuildId(12));
    }

    void stopsRebuildsAndOpensWhatRuns()
    {
        written();
        m_state = DevContainerState::Kind::Running;
        open();
        QTRY_VERIFY(m_dialog->stopAction()->isEnabled());
        QCOMPARE(m_dialog->fact(), u"Running"_s);
        QCOMPARE(m_dialog->upAction()->toolTip(), u"it runs"_s);
        m_dialog->terminalAction()->trigger();
        QTRY_COMPARE(m_dialog->outcome(), u"A terminal opens."_s);
        m_dialog->codeAction()->trigger();
        QTRY_COMPARE(m_dialog->outcome(), u"VS Code is not installed."_s); // the words of the error
        shoot(*m_dialog, u"devcontainer-running"_s);
        m_dialog->rebuildAction()->trigger();
        QTRY_VERIFY(m_dialog->outcome().contains(u"#0012"));
        QCOMPARE(m_started, QList{DevContainerStart::Rebuild});
        m_dialog.reset();
        open();
        QTRY_VERIFY(m_dialog->stopAction()->isEnabled());
        m_dialog->stopAction()->trigger();
        QTRY_COMPARE(m_dialog->fact(), u"Stopped"_s);
        QTRY_VERIFY(m_dialog->upAction()->isEnabled());
    }

    void saysWhyItCantStart()
    {
        written();
        m_noStart = Error{ErrorKind::Missing, u"The Dev Container CLI is not installed."_s, {}, u"Install it."_s};
        open();
        QTRY_VERIFY(m_dialog->codeAction()->isEnabled());
        QVERIFY(!m_dialog->upAction()->isEnabled());
        QCOMPARE(m_dialog->upAction()->toolTip(), u"The Dev Container CLI is not installed. Install it."_s);
        QTRY_VERIFY(says(u"It can't be started here: The Dev Container CLI is not installed.\nInstall it."_s));
    }

    void fitsLongNames()
    {
        m_name = QString(90, u'f') + u"-attention"_s;
        QVERIFY(QDir().mkpath(m_folder->filePath(m_name)));
        written();
        QByteArray text = read();
        text.replace("\"vscode\",\n", QByteArray('"' + QByteArray(120, 'u') + "\",\n"));
        write(text);
        m_noStart = Error{ErrorKind::Missing,
                          u"The layer dev of starter is not built with Docker."_s,
                          {},
                          u"kernelyardctl build starter dev"_s};
        open();
        QTRY_VERIFY(m_dialog->codeAction()->isEnabled());
        QVERIFY2(m_dialog->minimumSizeHint().width() <= px(900),
                 QByteArray::number(m_dialog->minimumSizeHint().width()).constData());
        QVERIFY(QTest::qWaitForWindowExposed(m_dialog.get()));
        const auto showsTheState = [this] { // whole, whatever the names are
            return std::ranges::any_of(m_dialog->findChildren<StateLine *>(), [this](const StateLine *line) {
                return line->text() == m_dialog->fact() && line->width() >= line->sizeHint().width();
            });
        };
        QTRY_VERIFY(showsTheState());
        shoot(*m_dialog, u"devcontainer-long"_s);
    }

    void saysWhatABuildRefused()
    {
        written();
        m_launch = [](const Plan &) {
            return Result<BuildId>(Failure(Error{ErrorKind::NoSpace, u"The disk is full."_s, {}, u"Free some."_s}));
        };
        open();
        QTRY_VERIFY(m_dialog->upAction()->isEnabled());
        m_dialog->upAction()->trigger();
        QTRY_COMPARE(m_dialog->outcome(), u"The disk is full."_s);
        QTRY_VERIFY(m_dialog->upAction()->isEnabled());
    }

    void saysWhatCantBeRead()
    {
        written();
        write("{ \"a\" }");
        open();
        QTRY_VERIFY(m_dialog->outcome().contains(u"devcontainer.json can't be read: line 1, column 7"));
        QVERIFY(!m_dialog->writeAction()->isEnabled());
        QVERIFY(!m_dialog->upAction()->isEnabled());
        shoot(*m_dialog, u"devcontainer-broken"_s);

        // Mended in an editor; who comes back sees it, if not while it is still being read.
        QVERIFY(QTest::qWaitForWindowActive(m_dialog.get()));
        write("{}");
        const auto isReadAgain = [this] {
            QEvent back(QEvent::ActivationChange);
            QCoreApplication::sendEvent(m_dialog.get(), &back);
            return m_dialog->codeAction()->isEnabled();
        };
        QTRY_VERIFY(isReadAgain());
        QCOMPARE(m_dialog->outcome(), QString());
    }

    void everythingIsReachedByKeyboard()
    {
        written();
        m_state = DevContainerState::Kind::Running;
        open();
        QTRY_VERIFY(m_dialog->stopAction()->isEnabled());
        QVERIFY(!m_dialog->diff()->accessibleName().isEmpty());
        m_dialog->diff()->setFocus();
        QSet<QString> reached;
        for (int i = 0; i < 20; ++i) {
            QTest::keyClick(m_dialog->focusWidget(), Qt::Key_Tab);
            if (const auto *button = qobject_cast<QPushButton *>(m_dialog->focusWidget()))
                reached.insert(button->text().remove(u'&'));
        }
        for (const QString &name : {u"Rebuild"_s, u"Stop"_s, u"Open in VS Code"_s, u"Terminal"_s, u"Close"_s})
            QVERIFY2(reached.contains(name), qPrintable(name + u" of "_s + QStringList(reached.values()).join(u',')));
    }

private:
    QString file() const { return m_folder->filePath(QString(m_name + u"/.devcontainer/devcontainer.json")); }

    QByteArray read() const
    {
        QFile json(file());
        return json.open(QIODevice::ReadOnly) ? json.readAll() : QByteArray();
    }

    void write(const QByteArray &text) const
    {
        QFile json(file());
        QVERIFY(json.open(QIODevice::WriteOnly));
        json.write(text);
    }

    DevContainerRequest request() const
    {
        DevContainerRequest request;
        request.environment = *readCatalog(m_paths).get(u"starter"_s);
        request.engine.kind = EngineKind::Docker;
        request.engine.clientVersion = request.engine.serverVersion = u"28.2.2"_s;
        request.engine.buildxVersion = u"0.13.1"_s;
        request.folder = m_folder->filePath(m_name);
        return request;
    }

    bool says(const QString &text) const
    {
        for (const Label *label : m_dialog->findChildren<Label *>())
            if (label->text() == text && label->isVisibleTo(m_dialog.get()))
                return true;
        return false;
    }

    void written()
    {
        const auto change = planDevContainer(request(), m_paths);
        QVERIFY(change);
        QVERIFY(writeDevContainer(*change));
    }

    void open()
    {
        DevContainerSources sources;
        sources.read = [this](const Environment &, const Engine &, const QString &) -> Result<DevContainerView> {
            const auto change = planDevContainer(request(), m_paths);
            if (!change)
                return Failure(change.error());
            DevContainerView view{request(), *change, false, {}, m_noStart};
            view.isWritten = !writtenConfiguration(view.request.folder, u"starter"_s).isEmpty();
            if (view.isWritten)
                view.state = DevContainerState{m_state, {}};
            return view;
        };
        sources.write = writeDevContainer;
        sources.plan = [this](const DevContainerRequest &, DevContainerStart start) {
            m_started << start;
            return Plan();
        };
        sources.stop = [this](const DevContainerRequest &) {
            m_state = DevContainerState::Kind::Stopped;
            return Result<void>();
        };
        sources.openTerminal = [](const DevContainerRequest &) { return Command{u"xterm"_s, {}, {}, {}}; };
        sources.openCode = [](const DevContainerRequest &) {
            return Result<Command>(
                Failure(Error{ErrorKind::Missing, u"VS Code is not installed."_s, {}, u"Install it."_s}));
        };
        const DevContainerRequest subject = request();
        m_dialog = std::make_unique<DevContainerDialog>(
            DevContainerDialog::Subject{subject.environment, subject.engine, subject.folder}, sources, *m_launcher,
            *m_builds);
        m_dialog->setAttribute(Qt::WA_DeleteOnClose, false);
        m_dialog->show();
    }

    Paths m_paths;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Launcher> m_launcher;
    std::unique_ptr<BuildStore> m_builds;
    std::unique_ptr<DevContainerDialog> m_dialog;
    std::function<Result<BuildId>(const Plan &)> m_launch;
    std::atomic<DevContainerState::Kind> m_state = DevContainerState::Kind::Absent;
    std::optional<Error> m_noStart;
    QString m_name; ///< of the checkout's folder
    QList<DevContainerStart> m_started;
};

QTEST_MAIN(TestDevContainerDialog)
#include "tst_devcontainerdialog.moc"
