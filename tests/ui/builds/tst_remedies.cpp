// SPDX-License-Identifier: GPL-3.0-or-later
// The button of a failed build that mends its cause, for each thing that a button can do.
#include "core/build/planchange.h"
#include "tests/ui/builds/preparedbuilds.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/remedydialog.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QApplication>
#include <QInputDialog>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestRemedies : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void halfTheJobs();
    void theStepsBeforeComeFromTheCache();
    void otherArchitectures_data();
    void otherArchitectures();
    void noArchitecturesNoRetry();
    void commandIsShownThenRun_data();
    void commandIsShownThenRun();
    void longCommandIsSeenWhole();
    void failedCommandIsTold();
    void rootIsAskedOfTheDesktop();
    void passwordsAreAskedInATerminal();

private:
    QAction *remedy() const { return m_page->findChild<QAction *>(u"remedy"_s); }
    void open(const std::optional<Remedy> &remedy, const QString &label = {});
    RemedyDialog *dialog() const { return m_page->window()->findChild<RemedyDialog *>(); }
    QPushButton *button(const QString &text) const;
    QString shownIn(const RemedyDialog *dialog) const { return dialog->findChild<CommandBox *>()->text(); }
    bool says(const QString &text) const;
    /// Makes \a folder the only one in PATH.
    void setPath(const QString &folder) { qputenv("PATH", QFile::encodeName(folder)); }

    QByteArray m_path;
    std::unique_ptr<PreparedBuilds> m_builds;
    std::unique_ptr<BuildsPage> m_page;
};

void TestRemedies::initTestCase()
{
    QApplication::setStyle(new Style);
    QApplication::setPalette(Theme::of(Shade::Light).palette());
    m_path = qgetenv("PATH");
}

void TestRemedies::init()
{
    m_builds = std::make_unique<PreparedBuilds>();
    m_page = std::make_unique<BuildsPage>(m_builds->sources());
    m_page->resize(1080, 800);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void TestRemedies::cleanup()
{
    m_page.reset();
    m_builds.reset();
    qputenv("PATH", m_path);
}

void TestRemedies::open(const std::optional<Remedy> &remedy, const QString &label)
{
    PreparedBuilds::Build build = PreparedBuilds::failed(2);
    build.update.findings.remedy = remedy;
    if (!label.isEmpty())
        build.update.findings.causes.first().label = label;
    m_builds->add(build);
    m_page->refreshBuilds();
    m_page->showBuild(build.summary.id);
    m_builds->tell(build.summary.id);
}

QPushButton *TestRemedies::button(const QString &text) const
{
    for (QPushButton *candidate : dialog()->findChildren<QPushButton *>())
        if (candidate->text().remove(u'&') == text)
            return candidate;
    return nullptr;
}

bool TestRemedies::says(const QString &text) const
{
    const QList<QLabel *> labels = dialog()->findChildren<QLabel *>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel *label) { return label->isVisible() && label->text().contains(text); });
}

static Remedy running(RemedyAction action, const QString &program, const QStringList &arguments)
{
    return {action, 0, {}, {}, Command{program, arguments, {}, {}}};
}

void TestRemedies::halfTheJobs()
{
    open(Remedy{RemedyAction::FewerJobs, 4, {}, {}, std::nullopt});
    QVERIFY(remedy()->isVisible() && remedy()->isEnabled());
    QCOMPARE(remedy()->text(), u"Retry with 4 jobs"_s);
    remedy()->trigger();
    QTRY_COMPARE(m_builds->launched.size(), 1);
    QCOMPARE(jobsOf(m_builds->launched.first(), 2), 4);
    QCOMPARE(m_builds->launched.first().retryOf, 2);
}

/// A build that was told to use no cache is not begun anew for that.
void TestRemedies::theStepsBeforeComeFromTheCache()
{
    PreparedBuilds::Build build = PreparedBuilds::failed(2);
    for (Task &task : build.plan.tasks)
        task.command.arguments.prepend(u"--no-cache"_s);
    m_builds->add(build);
    m_page->refreshBuilds();
    m_page->showBuild(BuildId(2));
    m_builds->tell(BuildId(2));
    m_page->findChild<QAction *>(u"retry"_s)->trigger();
    QTRY_COMPARE(m_builds->launched.size(), 1);
    const QList<Task> &tasks = m_builds->launched.first().tasks;
    const int failed = m_page->detail()->steps().steps()[m_page->detail()->steps().failedStep()].task;
    QVERIFY(failed > 0 && failed + 1 < tasks.size());
    for (int task = 0; task < tasks.size(); ++task)
        QCOMPARE(tasks[task].command.arguments.contains(u"--no-cache"_s), task > failed);
}

void TestRemedies::otherArchitectures_data()
{
    QTest::addColumn<QString>("label");
    QTest::addColumn<QString>("archs");
    QTest::addColumn<QStringList>("gpus");
    QTest::addColumn<QString>("offered");
    QTest::newRow("none was given") << u"arch-list-unset-no-gpu"_s << QString() << QStringList{u"9.0"_s} << u"9.0"_s;
    QTest::newRow("the GPU's is missing") << u"no-kernel-image"_s << u"8.0"_s << QStringList{u"9.0"_s} << u"8.0;9.0"_s;
    QTest::newRow("the GPU's is there") << u"no-kernel-image"_s << u"8.0;9.0+PTX"_s << QStringList{u"9.0"_s}
                                        << u"8.0;9.0+PTX"_s;
    QTest::newRow("one was refused") << u"unsupported-gpu-arch"_s << u"8.0"_s << QStringList{u"12.0"_s} << u"8.0"_s;
    QTest::newRow("no GPU here") << u"no-kernel-image"_s << u"8.0"_s << QStringList() << u"8.0"_s;
}

void TestRemedies::otherArchitectures()
{
    QFETCH(QString, label);
    QFETCH(QString, archs);
    QFETCH(QStringList, gpus);
    m_builds->gpuArchs = gpus;
    open(Remedy{RemedyAction::ArchList, 0, archs, u"TORCH_CUDA_ARCH_LIST"_s, std::nullopt}, label);
    QCOMPARE(remedy()->text(), u"Choose architectures…"_s);
    remedy()->trigger();
    auto *dialog = m_page->window()->findChild<QInputDialog *>();
    QVERIFY(dialog && dialog->isVisible());
    QVERIFY(dialog->labelText().contains(u"TORCH_CUDA_ARCH_LIST"_s));
    QCOMPARE(dialog->labelText().contains(u"This machine's GPU"_s), !gpus.isEmpty());
    QTEST(dialog->textValue(), "offered");
    dialog->setTextValue(u"8.6;8.9 "_s);
    dialog->accept();
    QTRY_COMPARE(m_builds->launched.size(), 1);
    QCOMPARE(buildArgument(m_builds->launched.first(), 2, u"TORCH_CUDA_ARCH_LIST"_s), u"8.6;8.9"_s);
}

void TestRemedies::noArchitecturesNoRetry()
{
    open(Remedy{RemedyAction::ArchList, 0, u"8.0"_s, u"TORCH_CUDA_ARCH_LIST"_s, std::nullopt});
    remedy()->trigger();
    auto *dialog = m_page->window()->findChild<QInputDialog *>();
    dialog->setTextValue(u" "_s);
    dialog->accept();
    QVERIFY(m_page->findChild<QAction *>(u"retry"_s)->isEnabled()); // nothing is on its way
    QCOMPARE(m_builds->launched.size(), 0);
}

void TestRemedies::commandIsShownThenRun_data()
{
    QTest::addColumn<Remedy>("remedy");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, RemedyAction action, const QString &text, const QString &line) {
        QStringList words = line.split(u' ');
        const QString program = words.takeFirst();
        QTest::newRow(name) << running(action, program, words) << text;
    };
    row("space", RemedyAction::FreeSpace, u"Free space…"_s, u"podman image prune --force"_s);
    row("daemon", RemedyAction::StartEngine, u"Start the daemon…"_s, u"systemctl --user start docker"_s);
    row("submodules", RemedyAction::Run, u"Fetch the submodules…"_s,
        u"git -C /home/user/.local/share/kernelyard/forks/xformers submodule update --init --recursive"_s);
    row("ownership", RemedyAction::Run, u"Mark the directory safe…"_s,
        u"git config --global --add safe.directory /home/user/.local/share/kernelyard/forks/xformers"_s);
    row("toolkit that is not there", RemedyAction::GpuToolkit, u"Install the GPU toolkit…"_s,
        u"apt-get install --yes nvidia-container-toolkit"_s);
    row("toolkit and Podman", RemedyAction::GpuToolkit, u"Describe the GPUs…"_s,
        u"nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"_s);
    row("toolkit and Docker", RemedyAction::GpuToolkit, u"Configure the GPU toolkit…"_s,
        u"nvidia-ctk runtime configure --runtime=docker"_s);
    row("group", RemedyAction::Run, u"Join the group docker…"_s, u"usermod --append --groups docker user"_s);
    row("ids", RemedyAction::Run, u"Add user ids…"_s,
        u"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 user"_s);
    row("something else", RemedyAction::Run, u"Show the remedy…"_s, u"some tool"_s);
}

void TestRemedies::commandIsShownThenRun()
{
    QFETCH(Remedy, remedy);
    open(remedy);
    QVERIFY(this->remedy()->isVisible() && this->remedy()->isEnabled());
    QTEST(this->remedy()->text(), "text");
    this->remedy()->trigger();
    QVERIFY(dialog() && dialog()->isVisible());
    QCOMPARE(shownIn(dialog()), remedy.run->display());
    QVERIFY(dialog()->canRun());
    QVERIFY(m_builds->commands.isEmpty());
    button(u"Run it"_s)->click();
    QTRY_VERIFY(button(u"Retry the build"_s)->isVisible());
    QCOMPARE(m_builds->commands, QList<Command>{*remedy.run});
    QVERIFY(says(u"Done."_s));
    button(u"Retry the build"_s)->click();
    QTRY_COMPARE(m_builds->launched.size(), 1);
    QCOMPARE(m_builds->launched.first().retryOf, 2);
}

void TestRemedies::longCommandIsSeenWhole()
{
    QStringList words{u"--root"_s, u"/home/user/"_s + QString(300, u'x')};
    open(running(RemedyAction::FreeSpace, u"podman"_s, words));
    remedy()->trigger();
    const auto *text = dialog()->findChild<CommandBox *>()->findChild<QPlainTextEdit *>();
    QTRY_COMPARE(text->verticalScrollBar()->maximum(), 0);
    QCOMPARE(text->horizontalScrollBar()->maximum(), 0);
}

void TestRemedies::failedCommandIsTold()
{
    m_builds->exitCode = 3;
    open(running(RemedyAction::FreeSpace, u"podman"_s, {u"image"_s, u"prune"_s, u"--force"_s}));
    remedy()->trigger();
    button(u"Run it"_s)->click();
    QTRY_VERIFY(says(u"It ended with status 3."_s));
    QVERIFY(!button(u"Retry the build"_s)->isVisible());
    QVERIFY(button(u"Run it again"_s)->isEnabled());
}

/// With PolicyKit's pkexec nothing has to be copied to a terminal.
void TestRemedies::rootIsAskedOfTheDesktop()
{
    QTemporaryDir folder;
    QFile program(folder.filePath(u"pkexec"_s));
    QVERIFY(program.open(QIODevice::WriteOnly));
    program.close();
    QVERIFY(program.setPermissions(QFile::ReadOwner | QFile::ExeOwner));
    setPath(folder.path());
    m_builds->exitCode = 127;
    open(running(RemedyAction::StartEngine, u"sudo"_s, {u"systemctl"_s, u"start"_s, u"docker"_s}));
    remedy()->trigger();
    QVERIFY(dialog()->canRun());
    QCOMPARE(shownIn(dialog()), u"pkexec systemctl start docker"_s);
    QVERIFY(says(u"your desktop asks for the password"_s));
    button(u"Run it"_s)->click();
    QTRY_VERIFY(says(u"did not allow it. In a terminal: sudo systemctl start docker"_s));
    QCOMPARE(m_builds->commands.first().display(), u"pkexec systemctl start docker"_s);
}

void TestRemedies::passwordsAreAskedInATerminal()
{
    const QTemporaryDir empty;
    setPath(empty.path());
    for (const Command &command :
         {Command{u"sudo"_s, {u"true"_s}, {}, {}}, Command{u"docker"_s, {u"login"_s}, {}, {}}}) {
        const RemedyDialog dialog(u"x"_s, u"x"_s, command, {});
        QVERIFY(!dialog.canRun());
        QCOMPARE(shownIn(&dialog), command.display());
    }
}

QTEST_MAIN(TestRemedies)
#include "tst_remedies.moc"
