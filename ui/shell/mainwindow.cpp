// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/mainwindow.h"

#include "ui/models/machine.h"
#include "ui/shell/focusring.h"
#include "ui/shell/machinefooter.h"
#include "ui/shell/noticebar.h"
#include "ui/shell/shortcutoverview.h"
#include "ui/shell/sidebar.h"
#include "ui/widgets/measure.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QStackedWidget>
#include <QTimer>
#include <QWindow>

using namespace Qt::StringLiterals;

namespace kernelyard {

MainWindow::MainWindow(SettingsStore &settings, const Machine &machine, QList<PageEntry> pages, QWidget *parent)
    : QMainWindow(parent)
    , m_settings(settings)
    , m_entries(std::move(pages))
    , m_pages(m_entries.size(), nullptr)
    , m_machine(machine)
{
    setWindowTitle(u"Kernelyard"_s);
    setMinimumSize(880, 600);
    makeActions();
    if (!restoreGeometry(settings.value().windowGeometry))
        resize(1280, 800);
}

void MainWindow::furnish()
{
    if (m_sidebar)
        return;
    m_footer = new MachineFooter(m_machine);
    m_sidebar = new Sidebar(m_footer);
    m_stack = new QStackedWidget;
    m_notice = new NoticeBar;
    auto *content = new QVBoxLayout;
    content->setSpacing(0);
    content->addWidget(m_stack, 1);
    content->addWidget(m_notice);
    auto *middle = new QWidget;
    auto *row = new QHBoxLayout(middle);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_sidebar);
    row->addLayout(content, 1);
    setCentralWidget(middle);
    for (int i = 0; i < m_entries.size(); ++i) {
        if (i == m_entries.size() - 1)
            m_sidebar->addRule();
        m_rows.append(m_sidebar->addPage(m_entries[i].title, m_entries[i].glyph));
    }
    connect(m_sidebar, &Sidebar::pageChosen, this, &MainWindow::goTo);
    connect(m_sidebar, &Sidebar::paletteAsked, this, &MainWindow::openPalette);
    new FocusRing(this);
    fitSidebar();
    m_sidebar->setCurrent(0); // its page is made behind the first picture
}

MainWindow::~MainWindow() = default;

QAction *MainWindow::addKey(const QString &text, const QKeySequence &keys, void (MainWindow::*slot)())
{
    auto *action = new QAction(text, this);
    action->setShortcut(keys);
    connect(action, &QAction::triggered, this, slot);
    addAction(action);
    m_windowActions.append(action);
    return action;
}

void MainWindow::makeActions()
{
    addKey(tr("Command palette"), Qt::CTRL | Qt::Key_K, &MainWindow::openPalette);
    for (int i = 0; i < m_entries.size(); ++i) {
        const bool last = i == m_entries.size() - 1;
        auto *action = new QAction(tr("Go to %1").arg(m_entries[i].title), this);
        action->setShortcut(last ? QKeySequence(Qt::CTRL | Qt::Key_Comma)
                                 : QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)));
        connect(action, &QAction::triggered, this, [this, i] { goTo(i); });
        addAction(action);
        m_windowActions.append(action);
    }
    addKey(tr("Next region"), Qt::Key_F6, &MainWindow::nextRegion);
    addKey(tr("Previous region"), Qt::SHIFT | Qt::Key_F6, &MainWindow::previousRegion);
    addKey(tr("Check this machine again"), Qt::Key_F5, &MainWindow::checkAgain);
    addKey(tr("Sidebar wide or narrow"), Qt::CTRL | Qt::Key_Backslash, &MainWindow::toggleSidebar);
    addKey(tr("Keyboard shortcuts"), Qt::Key_F1, &MainWindow::openShortcuts);
    auto *quit = new QAction(tr("Quit Kernelyard"), this);
    quit->setShortcut(QKeySequence::Quit);
    connect(quit, &QAction::triggered, this, &QWidget::close);
    addAction(quit);
    m_windowActions.append(quit);
}

Page *MainWindow::page(int index)
{
    if (m_pages[index])
        return m_pages[index];
    furnish();
    Page *made = m_entries[index].make();
    m_pages[index] = made;
    m_stack->addWidget(made);
    connect(made, &Page::countChanged, this, [this, index] { updateCount(index); });
    updateCount(index);
    return made;
}

void MainWindow::makeAllPages()
{
    for (int i = 0; i < m_pages.size(); ++i)
        page(i);
}

void MainWindow::goTo(int index)
{
    Page *shown = page(index);
    m_current = index;
    m_stack->setCurrentWidget(shown);
    m_sidebar->setCurrent(index);
    setWindowTitle(tr("%1 – Kernelyard").arg(m_entries[index].title));
}

void MainWindow::updateCount(int index)
{
    m_rows[index]->setCount(m_pages[index]->count(), m_pages[index]->countState());
}

void MainWindow::setPaletteSource(std::function<QList<PaletteEntry>()> source)
{
    m_paletteSource = std::move(source);
}

static QList<PaletteEntry> entriesOf(const QList<QAction *> &actions, const QString &group)
{
    QList<PaletteEntry> entries;
    for (QAction *action : actions) {
        if (action->isSeparator() || action->text().isEmpty() || !action->isVisible())
            continue;
        QString reason;
        if (!action->isEnabled())
            reason = action->statusTip().isEmpty() ? MainWindow::tr("not possible now") : action->statusTip();
        QString text = action->text();
        text.remove(u'&');
        entries.append({text, group, action->shortcut().toString(QKeySequence::NativeText), reason,
                        [action] { action->trigger(); }});
    }
    return entries;
}

QList<PaletteEntry> MainWindow::paletteEntries() const
{
    QList<PaletteEntry> entries;
    if (m_current >= 0)
        entries += entriesOf(m_pages[m_current]->actions(), m_entries[m_current].title);
    if (m_paletteSource)
        entries += m_paletteSource();
    entries += entriesOf(m_windowActions, tr("Window"));
    for (int i = 0; i < m_pages.size(); ++i)
        if (i != m_current && m_pages[i])
            entries += entriesOf(m_pages[i]->actions(), m_entries[i].title);
    return entries;
}

void MainWindow::openPalette()
{
    auto *palette = new CommandPalette(paletteEntries(), this);
    palette->show();
}

void MainWindow::openShortcuts()
{
    QList<std::pair<QString, QList<QAction *>>> groups{{tr("Everywhere"), m_windowActions}};
    for (int i = 0; i < m_pages.size(); ++i)
        if (m_pages[i])
            groups.append({m_entries[i].title, m_pages[i]->actions()});
    auto *overview = new ShortcutOverview(groups, this);
    overview->open();
}

void MainWindow::checkAgain()
{
    Q_EMIT checkAgainAsked();
    if (m_current >= 0)
        m_pages[m_current]->checkAgain();
}

void MainWindow::toggleSidebar()
{
    m_settings.change([](Settings &settings) { settings.sidebarNarrow = !settings.sidebarNarrow; });
    fitSidebar();
}

MachineFooter *MainWindow::footer()
{
    furnish();
    return m_footer;
}

void MainWindow::fitSidebar()
{
    if (!m_sidebar)
        return;
    m_sidebar->setNarrow(m_settings.value().sidebarNarrow || width() < px(1100));
}

void MainWindow::nextRegion()
{
    stepRegion(1);
}

void MainWindow::previousRegion()
{
    stepRegion(-1);
}

/// \a region itself, or the first widget in it that takes the focus by Tab.
static QWidget *focusTarget(QWidget *region)
{
    const auto takes = [](QWidget *widget) {
        return widget->isEnabled() && widget->isVisible() && widget->focusPolicy() & Qt::TabFocus;
    };
    if (takes(region))
        return region;
    for (QWidget *child : region->findChildren<QWidget *>())
        if (takes(child))
            return child;
    return nullptr;
}

void MainWindow::stepRegion(int step)
{
    if (m_current < 0)
        return;
    QList<QWidget *> regions{m_sidebar, m_pages[m_current]->header()};
    regions += m_pages[m_current]->regions();
    QWidget *focused = QApplication::focusWidget();
    qsizetype at = step > 0 ? -1 : 0;
    for (qsizetype i = 0; i < regions.size(); ++i)
        if (focused && (regions[i] == focused || regions[i]->isAncestorOf(focused)))
            at = i;
    for (qsizetype tried = 0; tried < regions.size(); ++tried) {
        at = (at + step + regions.size()) % regions.size();
        QWidget *target = regions[at] == m_sidebar ? m_sidebar->currentRow() : focusTarget(regions[at]);
        if (!target)
            continue;
        target->setFocus(Qt::ShortcutFocusReason);
        return;
    }
}

void MainWindow::showNotice(const Error &error)
{
    furnish();
    m_notice->show(error);
}

bool MainWindow::event(QEvent *event)
{
    // The update request has painted the whole window when the base class returns; one that comes before the window is
    // exposed paints nothing.
    const bool handled = QMainWindow::event(event);
    const bool exposed = windowHandle() && windowHandle()->isExposed();
    const bool paints = event->type() == QEvent::UpdateRequest || event->type() == QEvent::Paint;
    if (exposed && paints && m_picture != Picture::Page && !m_isShowingMore) {
        m_isShowingMore = true;
        QTimer::singleShot(0, this, &MainWindow::showMore);
    }
    return handled;
}

void MainWindow::showMore()
{
    m_isShowingMore = false;
    if (m_picture == Picture::Ground && !m_sidebar) {
        m_picture = Picture::Sidebar;
        furnish();
        return;
    }
    m_picture = Picture::Page;
    if (m_current < 0)
        goTo(0);
    Q_EMIT firstPainted();
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    fitSidebar();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    const QByteArray geometry = saveGeometry();
    m_settings.change([&geometry](Settings &settings) { settings.windowGeometry = geometry; });
    QMainWindow::closeEvent(event);
    if (event->isAccepted())
        Q_EMIT closed();
}

} // namespace kernelyard
