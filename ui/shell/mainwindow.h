// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/settingsstore.h"
#include "ui/shell/commandpalette.h"
#include "ui/widgets/page.h"

#include <QMainWindow>

class QStackedWidget;

namespace kernelyard {

class Machine;
class MachineFooter;
class NoticeBar;
class Sidebar;
class NavigationRow;

/// A page as the shell knows it: made when it is first needed.
struct PageEntry
{
    QString title;
    Glyph glyph = Glyph::Environments;
    std::function<Page *()> make;
};

/// The window: it navigates and nothing else. The last entry of the pages is Settings. It comes in three pictures, so
/// that nobody waits for the first: the ground, which needs no font read; the sidebar; the first page, unless goTo
/// asked for one before. With the third firstPainted is emitted, once: nothing may be probed before.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    MainWindow(SettingsStore &settings, const Machine &machine, QList<PageEntry> pages, QWidget *parent = nullptr);
    ~MainWindow() override;

    int pageCount() const { return static_cast<int>(m_pages.size()); }
    Page *page(int index);                         ///< makes it when it is not there yet
    int currentIndex() const { return m_current; } ///< -1: none has been made yet
    void goTo(int index);
    void makeAllPages();

    /// What the palette lists beside pages and actions: environments, builds.
    void setPaletteSource(std::function<QList<PaletteEntry>()> source);
    QList<PaletteEntry> paletteEntries() const;
    void showNotice(const Error &error);
    MachineFooter *footer();

Q_SIGNALS:
    void firstPainted();
    void checkAgainAsked();
    void closed(); ///< by the user or the session

protected:
    bool event(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    enum class Picture { Ground, Sidebar, Page };

    void showMore();
    void furnish(); ///< makes the sidebar and what stands beside it, once
    QAction *addKey(const QString &text, const QKeySequence &keys, void (MainWindow::*slot)());
    void makeActions();
    void openPalette();
    void openShortcuts();
    void checkAgain();
    void toggleSidebar();
    void nextRegion();
    void previousRegion();
    void stepRegion(int step);
    void fitSidebar();
    void updateCount(int index);

    SettingsStore &m_settings;
    QList<PageEntry> m_entries;
    QList<Page *> m_pages;
    QList<NavigationRow *> m_rows;
    QList<QAction *> m_windowActions;
    std::function<QList<PaletteEntry>()> m_paletteSource;
    const Machine &m_machine;
    MachineFooter *m_footer = nullptr;
    Sidebar *m_sidebar = nullptr;
    QStackedWidget *m_stack = nullptr;
    NoticeBar *m_notice = nullptr;
    int m_current = -1;
    Picture m_picture = Picture::Ground;
    bool m_isShowingMore = false;
};

} // namespace kernelyard
