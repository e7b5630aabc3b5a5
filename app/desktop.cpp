// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop.h"

#include "core/base/log.h"
#include "core/base/whendone.h"
#include "core/preflight/preflight.h"
#include "ui/benchmarks/benchmarkspage.h"
#include "ui/builds/buildspage.h"
#include "ui/desktop/goingonnotice.h"
#include "ui/environments/environmentspage.h"
#include "ui/forks/forkspage.h"
#include "ui/gpu/gpupage.h"
#include "ui/models/wording.h"
#include "ui/settings/settingspage.h"
#include "ui/shell/machinefooter.h"
#include "ui/validation/validationpage.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QDBusConnection>
#include <QtConcurrent>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

/// How long the program stays for the actions of its last notification.
static constexpr auto farewellTime = 12s;

DesktopSources DesktopSources::real(const Paths &paths)
{
    return {MachineProbes::real(paths.builds()),
            GpuHelperSetup::real(PlanFacts::ofThisMachine().ctl),
            EnvironmentSources::real(paths),
            LauncherSources::real(paths),
            ForkSources::real(paths),
            [paths, helper = GpuHelperSetup::real(PlanFacts::ofThisMachine().ctl).command](
                const Environment &environment, const Result<Engine> &engine, Probing probing) {
                return runPreflight(environment, {}, {helper, engine, paths, {}, {}, probing == Probing::Allowed});
            },
            [paths](const QList<Engine> &engines) { return GpuOwners::read(engines, paths); }};
}

static Shade shadeOf(const Settings &settings)
{
    const QString wanted = settings.theme == u"system"_s ? settings.systemShade : settings.theme;
    return wanted == u"dark"_s ? Shade::Dark : Shade::Light;
}

static void applyShade(const Settings &settings)
{
    const Theme &theme = Theme::of(shadeOf(settings));
    if (QApplication::palette().color(QPalette::Window) != theme.window)
        QApplication::setPalette(theme.palette());
}

static void applyLogLevel(const Settings &settings)
{
    const auto level = spdlog::level::from_str(settings.logLevel.toStdString());
    for (int domain = 0; domain <= static_cast<int>(LogDomain::App); ++domain)
        log(static_cast<LogDomain>(domain)).set_level(level);
}

void dressApplication(const Settings &settings)
{
    QApplication::setStyle(new Style); // the application takes it
    applyShade(settings);
}

Desktop::Desktop(const Paths &standard, const Settings &settings, const DesktopSources &sources)
    : m_standard(standard)
    , m_paths(settings.applied(standard))
    , m_settings(settings, standard.settingsFile())
    , m_machine(sources.machine)
    , m_gpus(sources.gpu)
    , m_environments(sources.environments)
    , m_builds(m_paths)
    , m_launcher(sources.launcher)
    , m_forks(sources.forks)
    , m_preflight(sources.preflight)
    , m_gpuOwners(sources.gpuOwners)
{
    applyLogLevel(settings);
    m_farewellTime.setSingleShot(true);
    connect(&m_farewellTime, &QTimer::timeout, this, [this] { endFarewell(false); });
    m_window = std::make_unique<MainWindow>(m_settings, m_machine, pages());
    MainWindow *window = m_window.get();
    window->setPaletteSource([this] { return paletteEntries(); });
    connect(window, &MainWindow::firstPainted, this, &Desktop::firstPainted);
    connect(window, &MainWindow::checkAgainAsked, &m_machine, &Machine::check);
    connect(&m_gpus, &GpuMonitor::readingChanged, &m_machine, [this] { m_machine.setGpus(*m_gpus.reading()); });
    connect(&m_settings, &SettingsStore::changed, this, &Desktop::applySettings);
    connect(&m_settings, &SettingsStore::writeFailed, window, &MainWindow::showNotice);
    connect(&m_systemTheme, &SystemTheme::told, this, &Desktop::systemShadeTold);
}

Desktop::~Desktop() = default;

QList<PageEntry> Desktop::pages()
{
    return {{tr("Environments"), Glyph::Environments, [this] { return makeEnvironments(); }},
            {tr("Builds"), Glyph::Builds, [this] { return makeBuilds(); }},
            {tr("Forks"), Glyph::Forks, [this] { return makeForks(); }},
            {tr("GPU"), Glyph::Gpu, [this] { return makeGpu(); }},
            {tr("Validation"), Glyph::Validation, [this] { return makeValidation(); }},
            {tr("Benchmarks"), Glyph::Benchmarks, [this] { return makeBenchmarks(); }},
            {tr("Settings"), Glyph::Settings, [this] { return makeSettings(); }}};
}

Page *Desktop::makeEnvironments()
{
    auto *page = new EnvironmentsPage({m_machine, m_environments, m_builds, m_launcher, m_settings, m_paths});
    connect(page, &EnvironmentsPage::buildAsked, this, &Desktop::showBuild);
    connect(page, &EnvironmentsPage::buildsAsked, this, [this] {
        m_window->goTo(BuildsIndex);
        static_cast<BuildsPage *>(m_window->page(BuildsIndex))->showList();
    });
    connect(page, &EnvironmentsPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeBuilds()
{
    BuildSources sources = BuildSources::real(m_paths, &m_builds, PlanFacts::ofThisMachine().ctl);
    sources.gpuArchs = [this] {
        QStringList archs;
        if (const auto &gpus = m_machine.gpus(); gpus && *gpus)
            for (const GpuStatus &gpu : **gpus)
                if (gpu.computeCapability && !archs.contains(*gpu.computeCapability))
                    archs << *gpu.computeCapability;
        return archs;
    };
    auto *page = new BuildsPage(sources);
    connect(&m_builds, &BuildStore::buildsChanged, page, &BuildsPage::refreshBuilds);
    connect(page, &BuildsPage::buildLaunched, &m_builds, &BuildStore::refresh);
    connect(page, &BuildsPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeForks()
{
    auto *page = new ForksPage({m_machine, m_environments, m_builds, m_launcher, m_settings, m_forks, m_paths});
    connect(page, &ForksPage::buildAsked, this, &Desktop::showBuild);
    connect(page, &ForksPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeGpu()
{
    std::function<QFuture<GpuOwners>()> owners;
    if (m_gpuOwners)
        owners = [this] { return QtConcurrent::run(m_gpuOwners, m_machine.engines().value_or(QList<Engine>())); };
    PreflightRun preflight;
    if (m_preflight)
        preflight = [this](const Environment &environment, Probing probing) {
            return QtConcurrent::run(m_preflight, environment, m_machine.engine(m_settings.value().engine), probing);
        };
    auto *page = new GpuPage({m_gpus, owners, m_paths.shipped, m_machine, m_environments, preflight});
    connect(page, &GpuPage::buildAsked, this, &Desktop::showBuild);
    connect(page, &GpuPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeValidation()
{
    auto *page = new ValidationPage({m_machine, m_environments, m_builds, m_launcher, m_settings, m_paths});
    connect(page, &ValidationPage::buildAsked, this, &Desktop::showBuild);
    connect(page, &ValidationPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeBenchmarks()
{
    BenchmarkSources sources = BenchmarkSources::real(m_paths, PlanFacts::ofThisMachine().ctl);
    sources.workOf = [this](BuildId id) {
        const auto build = std::ranges::find(m_builds.builds(), id, &BuildSummary::id);
        if (build == m_builds.builds().cend())
            return QString();
        return build->unitsTotal > 0 ? tr("build %1, %2 of %3 units compiled")
                                           .arg(id.display())
                                           .arg(build->unitsDone)
                                           .arg(build->unitsTotal)
                                     : tr("build %1, %2").arg(id.display(), durationText(build->elapsed));
    };
    auto *page = new BenchmarksPage({m_machine, m_environments, m_settings, sources});
    connect(page, &BenchmarksPage::buildAsked, this, &Desktop::showBuild);
    connect(&m_builds, &BuildStore::buildsChanged, page, &BenchmarksPage::refresh);
    connect(page, &BenchmarksPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeSettings()
{
    auto *page = new SettingsPage(m_settings, m_machine, m_standard);
    connect(page, &SettingsPage::buildsRemoved, &m_builds, &BuildStore::refresh);
    connect(page, &SettingsPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

void Desktop::firstPainted()
{
    const QDBusConnection bus = QDBusConnection::sessionBus();
    m_farewell = std::make_unique<Notifications>(bus);
    connect(m_farewell.get(), &Notifications::refused, this, &Desktop::showGoingOnNotice);
    connect(m_farewell.get(), &Notifications::closed, this, [this] { endFarewell(false); });
    connect(m_farewell.get(), &Notifications::actionChosen, this,
            [this](const QString &, const QString &key) { takeFarewellAction(key); });
    m_notifier = std::make_unique<BuildNotifier>(
        bus, [this] { return m_window->isActiveWindow() || !m_settings.value().notify; });
    connect(m_notifier.get(), &BuildNotifier::showAsked, this, [this](BuildId id) {
        raise({});
        showBuild(id);
    });
    connect(m_notifier.get(), &BuildNotifier::retryAsked, this, &Desktop::retryBuild);
    connect(&m_builds, &BuildStore::buildsChanged, this, [this] { m_notifier->setBuilds(m_builds.builds()); });
    MachineFooter *footer = m_window->footer();
    connect(footer, &MachineFooter::engineChosen, this, [this] {
        m_window->goTo(EnvironmentsIndex);
        static_cast<EnvironmentsPage *>(m_window->page(EnvironmentsIndex))->openRepair();
    });
    connect(footer, &MachineFooter::gpuChosen, this, [this] { m_window->goTo(GpuIndex); });
    connect(footer, &MachineFooter::diskChosen, this, [this] { m_window->goTo(SettingsIndex); });
    m_machine.check();
    if (!m_gpus.setup().command.program.isEmpty())
        m_gpus.start();
    m_environments.refreshCatalog();
    m_builds.refresh();
    m_systemTheme.ask();
    m_window->makeAllPages();
    log(LogDomain::App).info("window painted, {} pages", m_window->pageCount());
}

void Desktop::applySettings()
{
    applyShade(m_settings.value());
    applyLogLevel(m_settings.value());
}

void Desktop::systemShadeTold(Shade shade)
{
    m_settings.change(
        [shade](Settings &settings) { settings.systemShade = shade == Shade::Dark ? u"dark"_s : u"light"_s; });
}

void Desktop::showBuild(BuildId id)
{
    m_window->goTo(BuildsIndex);
    static_cast<BuildsPage *>(m_window->page(BuildsIndex))->showBuild(id);
}

void Desktop::openLink(const BuildLink &link)
{
    m_window->goTo(BuildsIndex);
    static_cast<BuildsPage *>(m_window->page(BuildsIndex))->showLine(link.build, link.line);
    const auto find = [paths = m_paths, id = link.build] { return findBuild(paths, QString::number(id.number())); };
    whenDone(QtConcurrent::run(find), this, [this](const Result<BuildId> &found) {
        if (!found)
            m_window->showNotice(found.error());
    });
}

QList<PaletteEntry> Desktop::paletteEntries()
{
    constexpr qsizetype buildsListed = 200;
    QList<PaletteEntry> entries;
    if (const auto &catalog = m_environments.catalog())
        for (const Environment &environment : catalog->environments)
            if (environment.validation)
                entries.append(
                    {tr("Validation of %1").arg(environment.name),
                     tr("Environment"),
                     {},
                     {},
                     [this, name = environment.name] {
                         m_window->goTo(ValidationIndex);
                         static_cast<ValidationPage *>(m_window->page(ValidationIndex))->showEnvironment(name);
                     }});
    for (const BuildSummary &build : m_builds.builds().mid(0, buildsListed))
        entries.append({u"%1 %2"_s.arg(build.id.display(), whatOf(build)), tr("Build"), {}, {}, [this, id = build.id] {
                            showBuild(id);
                        }});
    return entries;
}

int Desktop::runningBuilds() const
{
    const QList<BuildSummary> &builds = m_builds.builds();
    return static_cast<int>(std::count_if(builds.cbegin(), builds.cend(), [](const BuildSummary &build) {
        return build.status == BuildStatus::Running || build.status == BuildStatus::Queued;
    }));
}

void Desktop::sayThatBuildsGoOn()
{
    const int running = runningBuilds();
    if (running == 0 || !m_settings.value().tellThatBuildsGoOn) {
        Q_EMIT farewellSaid();
        return;
    }
    std::fprintf(stderr, "%s\n", GoingOnNotice::words(running).toLocal8Bit().constData());
    if (!m_farewell) { // closed before its first picture
        Q_EMIT farewellSaid();
        return;
    }
    m_farewellTime.start(farewellTime);
    m_farewell->show(u"going-on"_s, u"Kernelyard"_s, GoingOnNotice::words(running),
                     {{u"default"_s, tr("Show")}, {u"show"_s, tr("Show")}, {u"never"_s, tr("Don't tell again")}});
}

void Desktop::takeFarewellAction(const QString &key)
{
    if (m_window->isVisible())
        return;
    if (key == u"never")
        endFarewell(true);
    else
        raise({});
}

void Desktop::showGoingOnNotice()
{
    if (m_window->isVisible() || !m_farewellTime.isActive())
        return;
    m_farewellTime.stop(); // it has its own
    auto *notice = new GoingOnNotice(runningBuilds());
    notice->setAttribute(Qt::WA_DeleteOnClose);
    connect(notice, &GoingOnNotice::closed, this, &Desktop::endFarewell);
    notice->show();
}

void Desktop::endFarewell(bool neverAgain)
{
    if (neverAgain)
        m_settings.change([](Settings &settings) { settings.tellThatBuildsGoOn = false; });
    m_farewellTime.stop();
    if (!m_window->isVisible())
        Q_EMIT farewellSaid();
}

void Desktop::raise(const QString &address)
{
    m_farewellTime.stop();
    m_window->setWindowState(m_window->windowState() & ~Qt::WindowMinimized);
    m_window->show();
    m_window->raise();
    m_window->activateWindow();
    if (const std::optional<BuildLink> link = BuildLink::fromString(address))
        openLink(*link);
}

void Desktop::retryBuild(BuildId id)
{
    const auto work = [paths = m_paths, id, ctl = PlanFacts::ofThisMachine().ctl]() -> Result<BuildId> {
        const Result<Plan> plan = retryPlan(paths, id);
        return plan ? launchBuild(paths, *plan, ctl) : Failure(plan.error());
    };
    whenDone(QtConcurrent::run(work), this, [this](const Result<BuildId> &retried) {
        if (!retried)
            m_window->showNotice(retried.error());
        m_builds.refresh();
    });
}

} // namespace kernelyard
