// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of the window in a real X server (Xvfb) on prepared state. They are written to KERNELYARD_SCREENSHOTS, or
// beside the test; docs/screenshots holds those that the README shows.
#include "core/build/buildfolder.h"
#include "core/gpu/gpurecordfile.h"
#include "tests/ui/gpu/preparedgpus.h"
#include "tests/ui/gpu/preparedpreflight.h"
#include "tests/ui/ready.h"
#include "tests/ui/screenshots/preparedstate.h"
#include "ui/builds/buildspage.h"
#include "ui/forks/forkspage.h"
#include "ui/shell/machinefooter.h"

#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QFile>
#include <QListWidget>
#include <QScreen>
#include <QSet>
#include <QTest>

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestScreenshots : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pages_data();
    void pages();
    void dialogs_data();
    void dialogs();
    void nothingIsProbedBeforeTheFirstPicture();
    void realMachineAnswers();

private:
    void take(Desktop &desktop, const QString &name, const QStringList &expected);
};

enum class Prepared {
    Ready,
    Building,
    BuildingAgain,
    Failed,
    WrongNumbers,
    NoTrust,
    Speeds,
    GpuRecord,
    BrokenFile,
    Forks,
    Gpus,
    ManyGpus,
    WrongDriver,
    Nothing
};
Q_DECLARE_METATYPE(Prepared)

/// Somebody wants to look at them: every page and state in every size. The suite itself takes fewer, to be quick.
static bool isForPeople()
{
    return qEnvironmentVariableIsSet("KERNELYARD_SCREENSHOTS");
}

void TestScreenshots::pages_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("page");
    QTest::addColumn<QSize>("size");
    QTest::addColumn<Prepared>("prepared");
    QTest::addColumn<QStringList>("expected");
    struct Row
    {
        QString name;
        int page;
        Prepared prepared;
        QStringList expected;
    };
    const QList<Row> rows{
        {u"environments"_s,
         Desktop::EnvironmentsIndex,
         Prepared::Ready,
         {u"starter"_s, u"Ready"_s, u"Validate"_s, u"Recent builds"_s, u"Podman 4.3.1, rootless"_s,
          u"Docker 28.2.2, stopped"_s}},
        {u"builds"_s,
         Desktop::BuildsIndex,
         Prepared::BuildingAgain,
         {u"Timeline"_s, u"Running"_s, u"step 5, 10 of 14 units"_s, u"Left, from 5 earlier builds"_s}},
        {u"builds-idle"_s, Desktop::BuildsIndex, Prepared::Ready, {u"Last builds"_s}},
        {u"builds-gpu"_s, Desktop::BuildsIndex, Prepared::GpuRecord, {u"GPU during this build"_s}},
        {u"forks"_s,
         Desktop::ForksIndex,
         Prepared::Forks,
         {u"github.com/your-name/xformers"_s, u"sm90-split-k"_s, u"Rebuild advice"_s, u"1 missing"_s}},
        {u"forks-first-start"_s, Desktop::ForksIndex, Prepared::Nothing, {u"No forks yet."_s}},
        {u"gpu"_s,
         Desktop::GpuIndex,
         Prepared::Gpus,
         {u"Validating"_s, u"Processes on the GPUs"_s, u"Can build, 1 warning"_s, u"Memory 38.2 of 140.4 GiB"_s}},
        {u"gpu-many"_s, Desktop::GpuIndex, Prepared::ManyGpus, {u"GPU 7  NVIDIA B200"_s, u"Throttled"_s}},
        {u"gpu-mismatch"_s, Desktop::GpuIndex, Prepared::WrongDriver, {u"1 failed"_s}},
        {u"gpu-none"_s,
         Desktop::GpuIndex,
         Prepared::Nothing,
         {u"No GPU found. The CPU path works."_s, u"Can build, 7 unknown"_s}},
        {u"validation"_s,
         Desktop::ValidationIndex,
         Prepared::Speeds,
         {u"Negative controls"_s, u"Cases"_s, u"Worst rel. L2"_s, u"GFLOP/s by length"_s}},
        {u"benchmarks"_s,
         Desktop::BenchmarksIndex,
         Prepared::Ready,
         {u"Time to a validated environment"_s, u"Baseline"_s, u"Done: 412 units, compiled once"_s}},
        {u"benchmarks-first-start"_s, Desktop::BenchmarksIndex, Prepared::Nothing, {u"No benchmark of starter yet"_s}},
        {u"settings"_s, Desktop::SettingsIndex, Prepared::Ready, {u"Appearance"_s, u"Changes apply at once"_s}},
        {u"environments-building"_s,
         Desktop::EnvironmentsIndex,
         Prepared::Building,
         {u"Building"_s, u"Progress"_s, u"Show build"_s}},
        {u"environments-failed"_s,
         Desktop::EnvironmentsIndex,
         Prepared::Failed,
         {u"Failed"_s, u"Cause"_s, u"Kept"_s, u"Retry"_s}},
        {u"environments-broken-file"_s, Desktop::EnvironmentsIndex, Prepared::BrokenFile, {u"Not readable"_s}},
        {u"environments-first-start"_s,
         Desktop::EnvironmentsIndex,
         Prepared::Nothing,
         {u"Not built"_s, u"Set up"_s, u"To do"_s}},
        {u"validation-failed"_s,
         Desktop::ValidationIndex,
         Prepared::WrongNumbers,
         {u"Failed: "_s, u"Negative controls"_s}},
        {u"validation-void"_s, Desktop::ValidationIndex, Prepared::NoTrust, {u"Void: "_s}},
        {u"validation-first-start"_s, Desktop::ValidationIndex, Prepared::Nothing, {u"Run suite"_s}},
    };
    const bool forPeople = isForPeople();
    for (const Row &row : rows)
        for (const QString &theme : {u"light"_s, u"dark"_s}) {
            const QString name = row.name + u'-' + theme;
            QTest::newRow(name.toUtf8().constData())
                << name << row.page << QSize(1280, 800) << row.prepared << row.expected;
            const QString large = row.name + u"-1920-"_s + theme;
            if (forPeople)
                QTest::newRow(large.toUtf8().constData())
                    << large << row.page << QSize(1920, 1080) << row.prepared << row.expected.first(1);
        }
    const QList<QSize> sizes{QSize(880, 600), QSize(1920, 1080)};
    for (const QSize size : sizes.first(forPeople ? 1 : 2)) { // the large ones are all there already
        const QString gpu = u"gpu-%1-dark"_s.arg(size.width());
        QTest::newRow(gpu.toUtf8().constData())
            << gpu << int(Desktop::GpuIndex) << size << Prepared::Gpus << QStringList{u"Validating"_s};
        const QString forks = u"forks-%1-light"_s.arg(size.width());
        QTest::newRow(forks.toUtf8().constData()) << forks << int(Desktop::ForksIndex) << size << Prepared::Forks
                                                  << QStringList{u"sm90-split-k"_s, u"Rebuild advice"_s};
        const QString bench = u"benchmarks-%1-light"_s.arg(size.width());
        QTest::newRow(bench.toUtf8().constData()) << bench << int(Desktop::BenchmarksIndex) << size << Prepared::Ready
                                                  << QStringList{u"Time to a validated environment"_s};
        for (const QString &theme : {u"light"_s, u"dark"_s}) {
            const QString numbers = u"validation-%1-%2"_s.arg(size.width()).arg(theme);
            QTest::newRow(numbers.toUtf8().constData())
                << numbers << int(Desktop::ValidationIndex) << size << Prepared::Speeds
                << QStringList{u"Negative controls"_s, u"Worst rel. L2"_s};
            if (size.width() > 880)
                continue;
            const QString build = u"builds-gpu-880-"_s + theme;
            QTest::newRow(build.toUtf8().constData()) << build << int(Desktop::BuildsIndex) << size
                                                      << Prepared::GpuRecord << QStringList{u"GPU during this build"_s};
        }
        const QString name = u"environments-%1-light"_s.arg(size.width());
        QTest::newRow(name.toUtf8().constData()) << name << int(Desktop::EnvironmentsIndex) << size << Prepared::Ready
                                                 << QStringList{u"starter"_s, u"Ready"_s};
    }
}

static void collectNames(QAccessibleInterface *node, QSet<QString> &names)
{
    if (!node || !node->isValid() || node->state().invisible)
        return;
    for (const QAccessible::Text kind : {QAccessible::Name, QAccessible::Value})
        names.insert(node->text(kind));
    for (int i = 0; i < node->childCount(); ++i)
        collectNames(node->child(i), names);
}

static QSet<QString> accessibleNames(QWidget *window)
{
    QSet<QString> names;
    collectNames(QAccessible::queryAccessibleInterface(window), names);
    return names;
}

/// Whether something shown is named \a text, or begins with it.
static bool isToBeRead(MainWindow &window, const QString &text)
{
    const QSet<QString> names = accessibleNames(&window);
    return std::any_of(names.cbegin(), names.cend(), [&text](const QString &name) { return name.startsWith(text); });
}

void TestScreenshots::take(Desktop &desktop, const QString &name, const QStringList &expected)
{
    MainWindow &window = desktop.window();
    QString missing;
    const bool isRead = QTest::qWaitFor(
        [&] {
            const auto lacks = [&window](const QString &text) { return !isToBeRead(window, text); };
            const auto first = std::find_if(expected.cbegin(), expected.cend(), lacks);
            missing = first == expected.cend() ? QString() : *first;
            return missing.isEmpty();
        },
        15000);
    QTest::qWait(400); // the picture below is of a window that has come to rest; nothing is asserted on this
    const QPixmap picture = window.screen()->grabWindow(0, window.x(), window.y(), window.width(), window.height());
    QCOMPARE(picture.size(), window.size());
    const QImage image = picture.toImage().convertToFormat(QImage::Format_RGB888);
    QSet<QRgb> colors;
    for (int y = 0; y < image.height(); y += 2)
        for (int x = 0; x < image.width(); x += 2)
            colors.insert(image.pixel(x, y));
    QVERIFY2(colors.size() > 40, qPrintable(u"only %1 colours"_s.arg(colors.size())));
    const QString folder =
        qEnvironmentVariable("KERNELYARD_SCREENSHOTS", QStringLiteral(KERNELYARD_BINARY_DIR) + u"/screenshots"_s);
    QVERIFY(QDir().mkpath(folder));
    const QString file = folder + u'/' + name + u".png"_s;
    QVERIFY(image.save(file, "PNG", 0));
    QVERIFY2(isRead, qPrintable(u"no “%1” to be read"_s.arg(missing))); // now that the picture shows what there was
    const qint64 most = window.width() > 1280 ? 500'000 : 300'000;
    QVERIFY2(QFileInfo(file).size() < most, qPrintable(file));
}

void TestScreenshots::pages()
{
    QFETCH(QString, name);
    QFETCH(int, page);
    QFETCH(QSize, size);
    QFETCH(Prepared, prepared);
    QFETCH(QStringList, expected);
    test::PreparedState state;
    if (prepared == Prepared::BuildingAgain)
        state.addEarlierSetups();
    if (prepared == Prepared::Nothing)
        state.setLayersBuilt(0);
    else
        state.addEndedBuilds();
    if (prepared == Prepared::Ready)
        state.addBenchmark();
    if (prepared == Prepared::Building || prepared == Prepared::BuildingAgain)
        state.addRunningSetup();
    if (prepared == Prepared::Failed) {
        state.addFailedSetup();
        state.setLayersBuilt(1);
    }
    if (prepared == Prepared::Speeds)
        state.addValidation(u"several.jsonl"_s);
    if (prepared == Prepared::GpuRecord) {
        state.addValidation(u"several.jsonl"_s);
        GpuRecordFile record(BuildFolder{state.newestBuild()}.gpu());
        for (int second = -41; second <= 0; ++second) {
            GpuReading reading = test::PreparedGpus::workstation(second * 6);
            reading.atMs = QDateTime::currentMSecsSinceEpoch() + second * 1000LL;
            QVERIFY(record.add(reading));
        }
    }
    if (prepared == Prepared::WrongNumbers)
        state.addFailedValidation(u"stale-accumulator.jsonl"_s);
    if (prepared == Prepared::NoTrust)
        state.addFailedValidation(u"mask-off-by-one.jsonl"_s);
    if (prepared == Prepared::Forks)
        state.addForks();
    if (prepared == Prepared::BrokenFile)
        state.addBrokenEnvironment();

    test::PreparedGpus gpus;
    GpuReading now = test::PreparedGpus::none();
    if (prepared == Prepared::Gpus) {
        gpus.addMinutes(299, test::PreparedGpus::workstation);
        now = test::PreparedGpus::workstation(0);
    } else if (prepared == Prepared::ManyGpus) {
        gpus.addMinutes(119, test::PreparedGpus::server);
        now = test::PreparedGpus::server(0);
    } else if (prepared == Prepared::WrongDriver) {
        now = test::PreparedGpus::whole(GpuCondition::DriverMismatch, u"NVML 580.95, kernel module 570.86.15"_s);
    }
    gpus.add(now);
    DesktopSources sources = state.sources();
    if (page == Desktop::GpuIndex) {
        sources.gpu = gpus.setup();
        sources.machine.gpus = {};
        sources.gpuOwners = [](const QList<Engine> &) { return test::PreparedGpus::owners(); };
        sources.preflight = [now](const Environment &environment, const Result<Engine> &, Probing) {
            return test::preparedPreflight(environment, now, true);
        };
    }

    Settings settings;
    settings.theme = name.section(u'-', -1);
    dressApplication(settings);
    Desktop desktop(state.paths(), settings, sources);
    MainWindow &window = desktop.window();
    window.resize(size);
    window.move(0, 0);
    window.goTo(page);
    if (prepared == Prepared::Forks)
        static_cast<ForksPage *>(window.page(page))->showFork(state.paths().forks() + u"/xformers"_s);
    if (prepared == Prepared::GpuRecord)
        static_cast<BuildsPage *>(window.page(page))
            ->showLine(BuildId::fromText(state.newestBuild().section(u'/', -1)), -1);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    if (prepared == Prepared::Gpus || prepared == Prepared::WrongDriver) {
        auto *environment = window.page(page)->findChild<QComboBox *>();
        QTRY_VERIFY(environment->findText(u"xformers"_s) >= 0);
        environment->setCurrentText(u"xformers"_s);
    }
    take(desktop, name, expected);
}

void TestScreenshots::dialogs_data()
{
    QTest::addColumn<QString>("theme");
    QTest::newRow("light") << u"light"_s;
    if (isForPeople())
        QTest::newRow("dark") << u"dark"_s;
}

void TestScreenshots::dialogs()
{
    QFETCH(QString, theme);
    const QString ending = isForPeople() ? QString(u'-' + theme) : QString();
    test::PreparedState state;
    state.addEndedBuilds();
    Settings settings;
    settings.theme = theme;
    dressApplication(settings);
    Desktop desktop(state.paths(), settings, state.sources());
    MainWindow &window = desktop.window();
    window.resize(1280, 800);
    window.move(0, 0);
    window.show();
    take(desktop, u"environments-rest"_s + ending, {u"Ready"_s});

    auto *list = desktop.window().page(Desktop::SettingsIndex)->findChild<QListWidget *>();
    window.goTo(Desktop::SettingsIndex);
    const QStringList shown{u"As the desktop"_s, u"Automatic"_s, u"Builds at a time with each engine"_s,
                            u"Builds and their logs"_s, u"Log folder"_s};
    QCOMPARE(list->count(), shown.size());
    for (int row = 1; row < list->count(); ++row) {
        list->setCurrentRow(row);
        take(desktop, u"settings-%1"_s.arg(row) + ending, {shown[row]});
    }

    const auto trigger = [&window](const QString &text) {
        for (const PaletteEntry &entry : window.paletteEntries())
            if (entry.text == text) {
                QVERIFY2(entry.reason.isEmpty(), qPrintable(entry.reason));
                entry.run();
                return;
            }
        QFAIL(qPrintable(u"no “%1” in the palette"_s.arg(text)));
    };
    const QList<std::pair<QString, QString>> openers{
        {u"Command palette"_s, u"palette"_s},
        {u"Repair engines…"_s, u"repair"_s},
        {u"Show commands of starter…"_s, u"commands"_s},
        {u"Keyboard shortcuts"_s, u"shortcuts"_s},
        {u"Compare two validations…"_s, u"compare-validations"_s},
        {u"Export validation (JSON, JUnit, HTML, Markdown)…"_s, u"export-validations"_s}};
    for (const auto &[action, name] : openers) {
        window.goTo(name.endsWith(u"validations"_s) ? Desktop::ValidationIndex : Desktop::EnvironmentsIndex);
        trigger(action);
        QTRY_VERIFY(window.findChild<QDialog *>() && window.findChild<QDialog *>()->isVisible());
        auto *dialog = window.findChild<QDialog *>();
        take(desktop, u"dialog-"_s + name + ending, {});
        dialog->close();
        QTRY_VERIFY(!window.findChild<QDialog *>());
    }
}

void TestScreenshots::nothingIsProbedBeforeTheFirstPicture()
{
    test::PreparedState state;
    int asked = 0;
    bool painted = false;
    int askedBeforePaint = 0;
    DesktopSources sources = state.sources();
    const auto count = [&] {
        ++asked;
        askedBeforePaint += painted ? 0 : 1;
    };
    sources.machine.engines = [&, inner = sources.machine.engines] {
        count();
        return inner();
    };
    sources.machine.host = [&, inner = sources.machine.host] {
        count();
        return inner();
    };
    dressApplication({});
    Desktop desktop(state.paths(), {}, sources);
    connect(&desktop.window(), &MainWindow::firstPainted, this, [&] { QVERIFY(painted); });
    class PaintWatch : public QObject
    {
    public:
        explicit PaintWatch(bool *seen)
            : m_seen(seen)
        {}
        bool eventFilter(QObject *, QEvent *event) override
        {
            *m_seen = *m_seen || event->type() == QEvent::Paint;
            return false;
        }

    private:
        bool *m_seen;
    } watch(&painted);
    desktop.window().installEventFilter(&watch);
    QCOMPARE(asked, 0);
    desktop.window().show();
    QTRY_COMPARE(asked, 2);
    QCOMPARE(askedBeforePaint, 0);
}

void TestScreenshots::realMachineAnswers()
{
    test::PreparedState state;
    dressApplication({});
    Desktop desktop(state.paths(), {}, DesktopSources::real(state.paths()));
    desktop.window().show();
    QTRY_VERIFY_WITH_TIMEOUT(desktop.machine().engines() && desktop.machine().gpus() && desktop.machine().host(),
                             30000);
    const QList<MachineRow *> rows = desktop.window().footer()->rows();
    QVERIFY(!rows.isEmpty());
    for (const MachineRow *row : rows)
        QVERIFY2(row->mode() != u"…"_s, qPrintable(row->name()));
}

/// Starts an X server of our own on a free display; its pid, and DISPLAY set.
static pid_t startXvfb()
{
    int pipes[2];
    if (pipe(pipes) != 0)
        return -1;
    const pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        prctl(PR_SET_PDEATHSIG, SIGTERM); // a test that crashes leaves no server behind
        const std::string descriptor = std::to_string(pipes[1]);
        execlp("Xvfb", "Xvfb", "-displayfd", descriptor.c_str(), "-screen", "0", "1920x1200x24", "-nolisten", "tcp",
               static_cast<char *>(nullptr));
        _exit(127);
    }
    close(pipes[1]);
    std::string number;
    char digit = 0;
    while (read(pipes[0], &digit, 1) == 1 && digit != '\n')
        number += digit;
    close(pipes[0]);
    if (number.empty())
        return -1;
    qputenv("DISPLAY", QByteArray(":") + QByteArray::fromStdString(number));
    return child;
}

int main(int argc, char **argv)
{
    const pid_t server = startXvfb();
    if (server < 0) {
        std::fputs("Xvfb could not be started: install it (package xvfb)\n", stderr);
        return 1;
    }
    qputenv("QT_QPA_PLATFORM", "xcb");
    qputenv("FONTCONFIG_FILE", KERNELYARD_SOURCE_DIR "/tests/ui/screenshots/fonts.conf");
    int status = 1;
    {
        QApplication application(argc, argv);
        QFont design = QApplication::font(); // 13 px, whatever the X server says of its resolution
        const int wanted = qEnvironmentVariableIntValue("KERNELYARD_FONT_PIXELS");
        design.setPixelSize(wanted > 0 ? wanted : 13);
        QApplication::setFont(design);
        TestScreenshots test;
        status = QTest::qExec(&test, argc, argv);
    }
    kill(server, SIGTERM);
    return status;
}

#include "tst_screenshots.moc"
