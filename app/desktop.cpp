// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop.h"

#include "core/base/log.h"
#include "ui/builds/buildspage.h"
#include "ui/environments/environmentspage.h"
#include "ui/settings/settingspage.h"
#include "ui/shell/machinefooter.h"
#include "ui/validation/validationpage.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace kernelyard {

DesktopSources DesktopSources::real(const Paths &paths)
{
    return {MachineProbes::real(paths.builds()), EnvironmentSources::real(paths), LauncherSources::real(paths)};
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
    , m_environments(sources.environments)
    , m_builds(m_paths)
    , m_launcher(sources.launcher)
{
    applyLogLevel(settings);
    m_window = std::make_unique<MainWindow>(m_settings, m_machine, pages());
    MainWindow *window = m_window.get();
    window->setPaletteSource([this] { return paletteEntries(); });
    connect(window, &MainWindow::firstPainted, this, &Desktop::firstPainted);
    connect(window, &MainWindow::checkAgainAsked, &m_machine, &Machine::check);
    connect(&m_settings, &SettingsStore::changed, this, &Desktop::applySettings);
    connect(&m_settings, &SettingsStore::writeFailed, window, &MainWindow::showNotice);
    connect(&m_systemTheme, &SystemTheme::told, this, &Desktop::systemShadeTold);
    connect(window->footer(), &MachineFooter::engineChosen, this, [this] {
        m_window->goTo(EnvironmentsIndex);
        static_cast<EnvironmentsPage *>(m_window->page(EnvironmentsIndex))->openRepair();
    });
    connect(window->footer(), &MachineFooter::gpuChosen, this, [this] { m_window->goTo(EnvironmentsIndex); });
    connect(window->footer(), &MachineFooter::diskChosen, this, [this] { m_window->goTo(SettingsIndex); });
}

Desktop::~Desktop() = default;

QList<PageEntry> Desktop::pages()
{
    return {{tr("Environments"), Glyph::Environments, [this] { return makeEnvironments(); }},
            {tr("Builds"), Glyph::Builds, [this] { return makeBuilds(); }},
            {tr("Validation"), Glyph::Validation, [this] { return makeValidation(); }},
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
    auto *page = new BuildsPage(BuildSources::real(m_paths, &m_builds, PlanFacts::ofThisMachine().ctl));
    connect(&m_builds, &BuildStore::buildsChanged, page, &BuildsPage::refreshBuilds);
    connect(page, &BuildsPage::buildLaunched, &m_builds, &BuildStore::refresh);
    connect(page, &BuildsPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeValidation()
{
    auto *page = new ValidationPage({m_machine, m_environments, m_builds, m_launcher, m_settings, m_paths});
    connect(page, &ValidationPage::buildAsked, this, &Desktop::showBuild);
    connect(page, &ValidationPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

Page *Desktop::makeSettings()
{
    auto *page = new SettingsPage(m_settings, m_machine, m_standard);
    connect(page, &SettingsPage::failed, this, [this](const Error &error) { m_window->showNotice(error); });
    return page;
}

void Desktop::firstPainted()
{
    m_machine.check();
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

QList<PaletteEntry> Desktop::paletteEntries()
{
    constexpr qsizetype buildsListed = 200;
    QList<PaletteEntry> entries;
    if (m_environments.catalog())
        for (const Environment &environment : m_environments.catalog()->environments)
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

void Desktop::sayThatBuildsGoOn() const
{
    const int running = runningBuilds();
    if (running == 0)
        return;
    const QString text = running == 1 ? tr("A build goes on. Open Kernelyard again to see it.")
                                      : tr("%1 builds go on. Open Kernelyard again to see them.").arg(running);
    std::fprintf(stderr, "%s\n", text.toLocal8Bit().constData());
    QDBusMessage call =
        QDBusMessage::createMethodCall(u"org.freedesktop.Notifications"_s, u"/org/freedesktop/Notifications"_s,
                                       u"org.freedesktop.Notifications"_s, u"Notify"_s);
    call << u"Kernelyard"_s << 0U << u"kernelyard"_s << u"Kernelyard"_s << text << QStringList() << QVariantMap() << -1;
    if (QDBusConnection::sessionBus().isConnected())
        QDBusConnection::sessionBus().call(call, QDBus::Block, 500); // no window is left that this could hold up
}

} // namespace kernelyard
