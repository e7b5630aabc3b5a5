// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/build/buildlink.h"
#include "core/build/gpuowners.h"
#include "core/gpu/gpumonitor.h"
#include "ui/desktop/buildnotifier.h"
#include "ui/forks/forksources.h"
#include "ui/gpu/preflightcard.h"
#include "ui/models/environments.h"
#include "ui/models/launcher.h"
#include "ui/models/machine.h"
#include "ui/models/settingsstore.h"
#include "ui/shell/mainwindow.h"
#include "ui/shell/systemtheme.h"

#include <QTimer>

namespace kernelyard {

/// What the window asks of the world. The program takes real(); a test may put prepared facts in.
struct DesktopSources
{
    MachineProbes machine;
    GpuHelperSetup gpu; ///< without a program the GPUs are not watched
    EnvironmentSources environments;
    LauncherSources launcher;
    ForkSources forks;
    /// Blocks and runs on a worker thread.
    std::function<Result<Preflight>(const Environment &, const Result<Engine> &, Probing)> preflight = {};
    std::function<GpuOwners(const QList<Engine> &)> gpuOwners = {}; ///< the same

    static DesktopSources real(const Paths &paths);
};

/// All long-lived objects of the window program, handed down by constructor. Probes nothing before the window has
/// painted itself.
class Desktop : public QObject
{
    Q_OBJECT

public:
    /// \a standard are the folders before the settings moved any.
    Desktop(const Paths &standard, const Settings &settings, const DesktopSources &sources);
    ~Desktop() override;

    /// Where the pages stand in the window.
    enum PageIndex {
        EnvironmentsIndex,
        BuildsIndex,
        ForksIndex,
        GpuIndex,
        ValidationIndex,
        BenchmarksIndex,
        SettingsIndex
    };

    MainWindow &window() { return *m_window; }
    const Machine &machine() const { return m_machine; }
    int runningBuilds() const;
    /// For when the window has closed: says that builds go on, on standard error and by a notification of the desktop
    /// or a small window, unless the user does not want it. Then farewellSaid, some seconds later or at once.
    void sayThatBuildsGoOn();
    /// Brings the window to the front, and what \a address names (kernelyard://build/412#L123) into it.
    void raise(const QString &address);

    /// Shows a build and a line of its log, or says that there is no such build.
    void openLink(const BuildLink &link);

Q_SIGNALS:
    void farewellSaid();

private:
    QList<PageEntry> pages();
    Page *makeEnvironments();
    Page *makeBuilds();
    Page *makeForks();
    Page *makeGpu();
    Page *makeValidation();
    Page *makeBenchmarks();
    Page *makeSettings();
    void firstPainted();
    void applySettings();
    void systemShadeTold(Shade shade);
    void showBuild(BuildId id);
    void retryBuild(BuildId id);
    void takeFarewellAction(const QString &key);
    void showGoingOnNotice();
    void endFarewell(bool neverAgain);
    QList<PaletteEntry> paletteEntries();

    Paths m_standard;
    Paths m_paths;
    SettingsStore m_settings;
    Machine m_machine;
    GpuMonitor m_gpus;
    Environments m_environments;
    BuildStore m_builds;
    Launcher m_launcher;
    ForkSources m_forks;
    decltype(DesktopSources::preflight) m_preflight;
    decltype(DesktopSources::gpuOwners) m_gpuOwners;
    SystemTheme m_systemTheme;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<BuildNotifier> m_notifier; ///< both from the first picture on: the bus is asked for then
    std::unique_ptr<Notifications> m_farewell;
    QTimer m_farewellTime;
};

/// Applies the style and the colours; call once, before the first widget.
void dressApplication(const Settings &settings);

} // namespace kernelyard
