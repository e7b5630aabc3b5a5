// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forkspage.h"

#include "ui/forks/advicecard.h"
#include "ui/forks/forkwords.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/card.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/listkeys.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QAction>
#include <QEvent>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int rowsShown = 6;

ForksPage::ForksPage(const ForksPageSources &sources, QWidget *parent)
    : Page(tr("Forks"), Glyph::Forks, parent)
    , m_with(sources)
    , m_store(sources.forks)
    , m_filter(new QLineEdit)
    , m_table(new QTreeView)
    , m_tableCard(new Card)
    , m_empty(new EmptyState)
    , m_stack(new QStackedWidget)
    , m_menu(new QMenu(this))
{
    makeActions();
    makeTable();
    m_detail = new ForkDetail(m_do);
    makeMenu();
    auto *whole = new QWidget;
    auto *column = new QVBoxLayout(whole);
    column->setContentsMargins(px(16), px(12), px(16), px(16));
    column->setSpacing(px(12));
    column->addWidget(m_tableCard);
    column->addWidget(m_detail, 1);
    auto *scroll = new QScrollArea; // only in a low window, or with large text
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(whole);
    m_empty->setWords(
        tr("No forks yet. A fork is your checkout of a kernel package."),
        tr("They lie in %1. Setting an environment up makes its fork there too.").arg(m_with.paths.forks()));
    auto *first = new QAction(icon(Glyph::Plus, Ink::OnAccent), m_addFork->text(), this);
    connect(first, &QAction::triggered, m_addFork, &QAction::trigger);
    m_empty->setAction(first);
    m_empty->setContentsMargins(px(4), 0, px(4), 0); // as the header
    m_stack->addWidget(new QWidget);                 // nothing is read yet
    m_stack->addWidget(scroll);
    m_stack->addWidget(m_empty);
    body()->setContentsMargins(0, 0, 0, 0);
    body()->addWidget(m_stack);
    setFacts(u"…"_s);

    connect(&m_store, &ForkStore::listChanged, this, &ForksPage::showRows);
    connect(&m_store, &ForkStore::listChanged, this, &ForksPage::readAdvice);
    connect(&m_store, &ForkStore::adviceChanged, this, [this](const QString &path) {
        showFacts();
        if (path == m_path)
            showSelected();
    });
    connect(&m_store, &ForkStore::jobChanged, this, &ForksPage::showRows);
    connect(m_detail->adviceCard(), &AdviceCard::chosenChanged, this, &ForksPage::updateActions);
    connect(&m_store, &ForkStore::jobEnded, this, &ForksPage::jobEnded);
    connect(&m_with.environments, &Environments::catalogChanged, this, &ForksPage::readAgain);
    connect(&m_with.machine, &Machine::enginesChanged, this, &ForksPage::readAdvice);
    connect(&m_with.settings, &SettingsStore::changed, this, &ForksPage::updateActions);
    connect(&m_with.builds, &BuildStore::buildsChanged, this, &ForksPage::buildsRead);
    connect(&m_with.launcher, &Launcher::starting, this, &ForksPage::updateActions);
    connect(&m_with.launcher, &Launcher::launched, this, [this] {
        m_with.builds.refresh();
        updateActions();
    });
    connect(&m_with.launcher, &Launcher::refused, this, &ForksPage::updateActions); // the home page says why
    updateActions();
}

ForksPage::~ForksPage() = default;

QAction *ForksPage::makeAction(Glyph glyph, const QString &text, const QString &shortText, void (ForksPage::*slot)())
{
    auto *action = new QAction(icon(glyph), text, this);
    action->setIconText(shortText);
    connect(action, &QAction::triggered, this, slot);
    addAction(action);
    return action;
}

void ForksPage::makeActions()
{
    m_addFork = makeAction(Glyph::Plus, tr("Add fork…"), tr("Add fork…"), &ForksPage::addFork);
    m_fetchAll = makeAction(Glyph::Refresh, tr("Fetch all forks"), tr("Fetch all"), &ForksPage::fetchAll);
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setAccessibleName(tr("Filter forks"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setFixedWidth(px(180));
    m_filter->addAction(icon(Glyph::Filter, Ink::Muted), QLineEdit::LeadingPosition);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_sorted.setFilterFixedString(text);
        showFacts();
    });
    addHeaderWidget(m_filter);
    addHeaderWidget(new ActionButton(m_fetchAll));
    addHeaderWidget(new ActionButton(m_addFork));

    m_do.fetch = makeAction(Glyph::Refresh, tr("Fetch the selected fork"), tr("Fetch"), &ForksPage::fetch);
    m_do.switchBranch = makeAction(Glyph::Forks, tr("Switch or make a branch of the selected fork…"),
                                   tr("Switch branch…"), &ForksPage::chooseBranch);
    m_do.switchBranch->setIcon({});
    m_do.fastForward = makeAction(Glyph::Forks, tr("Move the branch of the selected fork forward"), tr("Fast-forward"),
                                  &ForksPage::fastForwardSelected);
    m_do.fastForward->setIcon({});
    m_do.editor =
        makeAction(Glyph::Document, tr("Open the selected fork in an editor"), tr("Editor"), &ForksPage::openEditor);
    m_do.terminal = makeAction(Glyph::Terminal, tr("Open the selected fork in a terminal"), tr("Terminal"),
                               &ForksPage::openTerminal);
    m_files =
        makeAction(Glyph::Folder, tr("Open the folder of the selected fork"), tr("Open folder"), &ForksPage::openFiles);
    m_upstream = makeAction(Glyph::Link, tr("Set the upstream of the selected fork…"), tr("Set upstream…"),
                            &ForksPage::askUpstream);
    m_devContainer = makeAction(Glyph::Environments, tr("Dev container of the selected fork…"), tr("Dev container…"),
                                &ForksPage::askDevContainer);
    m_do.sync = makeAction(Glyph::Refresh, tr("Sync and validate the submodules of the selected fork"),
                           tr("Sync and validate"), &ForksPage::syncSelected);
    m_do.rebuild =
        makeAction(Glyph::Play, tr("Rebuild and validate the selected fork"), tr("Rebuild"), &ForksPage::rebuild);
    m_do.rebuild->setIcon(icon(Glyph::Play, Ink::OnAccent));
    m_do.rebuild->setShortcuts({Qt::CTRL | Qt::Key_Return, Qt::CTRL | Qt::Key_B});
    m_do.rebuild->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_do.units = makeAction(Glyph::Builds, tr("Show the units that would be compiled…"), tr("Show units"),
                            &ForksPage::showUnits);
    m_do.units->setIcon({});
    m_do.showBuild = makeAction(Glyph::Builds, tr("Show the running build of the selected fork"), tr("Show build"),
                                &ForksPage::showRunningBuild);
    m_do.showBuild->setIcon(icon(Glyph::Builds, Ink::OnAccent));
    m_do.cancel =
        makeAction(Glyph::Stop, tr("Cancel the step in the selected fork"), tr("Cancel"), &ForksPage::cancelJob);
    m_do.cancel->setShortcut(Qt::CTRL | Qt::Key_Period);
    m_do.cancel->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_do.closeOutcome = new QAction(icon(Glyph::Close, Ink::Muted), tr("Close this message"), this);
    connect(m_do.closeOutcome, &QAction::triggered, this, &ForksPage::closeOutcome);
    m_do.resume = makeAction(Glyph::Download, tr("Go on with the selected clone"), tr("Go on with the clone"),
                             &ForksPage::resumeClone);
    m_do.resume->setIcon(icon(Glyph::Download, Ink::OnAccent));
    m_do.discard = makeAction(Glyph::Close, tr("Discard the selected unfinished clone…"), tr("Discard…"),
                              &ForksPage::discardClone);
    m_do.markSafe =
        makeAction(Glyph::Repair, tr("Mark the selected checkout as safe"), tr("Mark as safe"), &ForksPage::markSafe);
    m_do.markSafe->setIcon(icon(Glyph::Repair, Ink::OnAccent));
    m_do.more = new QAction(icon(Glyph::More), tr("More actions for the selected fork"), this);
    connect(m_do.more, &QAction::triggered, this, [this] {
        QWidget *button = m_detail->moreButton();
        m_menu->popup(button->mapToGlobal(QPoint(0, button->height() + px(4))));
    });
}

void ForksPage::makeMenu()
{
    for (QAction *action : {m_devContainer, m_files, m_upstream, m_do.sync}) {
        QAction *entry = m_menu->addAction(action->iconText(), action, &QAction::trigger);
        connect(m_menu, &QMenu::aboutToShow, entry, [entry, action] { entry->setEnabled(action->isEnabled()); });
    }
}

void ForksPage::makeTable()
{
    m_sorted.setSourceModel(&m_model);
    m_sorted.setSortRole(SortRole);
    m_sorted.setFilterKeyColumn(-1);
    m_sorted.setFilterCaseSensitivity(Qt::CaseInsensitive);
    setUpTable(m_table, tr("Forks"), Sorting::ByHeader);
    m_table->setModel(&m_sorted);
    m_table->sortByColumn(ForkListModel::ForkColumn, Qt::AscendingOrder);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    new ListKeys(m_table);
    new RingTicker(m_table->viewport(), [this] { return !m_store.working().isEmpty(); });
    QHeaderView *header = m_table->header();
    header->setStretchLastSection(false);
    const std::array widths{280, 112, 92, 92, 136, 116, 92, 104};
    for (int i = 0; i < ForkListModel::ColumnCount; ++i)
        header->resizeSection(i, px(widths[static_cast<std::size_t>(i)]));
    header->setSectionResizeMode(ForkListModel::ForkColumn, QHeaderView::Stretch);
    m_tableCard->setFlush();
    m_tableCard->body()->setContentsMargins(0, 0, 0, px(5)); // the round corners stay free
    m_tableCard->body()->addWidget(m_table);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &now) {
        if (now.isValid())
            select(m_model.rows().at(m_sorted.mapToSource(now).row()).fork.path);
    });
    connect(m_table, &QTreeView::activated, this, [this] {
        const QList<QWidget *> regions = m_detail->regions();
        if (!regions.isEmpty())
            regions.first()->setFocus(Qt::ShortcutFocusReason);
    });
}

QList<QWidget *> ForksPage::regions() const
{
    if (m_stack->currentIndex() == 2)
        return {m_empty};
    return QList<QWidget *>{m_table} + m_detail->regions();
}

void ForksPage::checkAgain()
{
    m_with.builds.refresh();
    readAgain();
}

void ForksPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    readAgain(); // files change outside of this window
}

bool ForksPage::event(QEvent *event)
{
    if (event->type() == QEvent::WindowActivate && isVisible())
        readAgain();
    if (event->type() == QEvent::Resize)
        for (const int column : {ForkListModel::BuildColumn, ForkListModel::ValidationColumn})
            m_table->setColumnHidden(column, width() < px(960)); // the name needs the room
    return Page::event(event);
}

void ForksPage::showFork(const QString &path)
{
    m_path = path;
    showRows();
}

void ForksPage::readAgain()
{
    if (const auto &catalog = m_with.environments.catalog())
        m_store.refresh(catalog->environments);
}

void ForksPage::readAdvice()
{
    const auto &list = m_store.list();
    if (!list || !m_with.machine.engines())
        return;
    for (const ForkStatus &fork : list->forks)
        if (!fork.trouble && (fork.path == m_path || environmentOf(fork.path)))
            adviseOn(fork);
}

void ForksPage::adviseOn(const ForkStatus &fork)
{
    const Environment *environment = environmentOf(fork.path);
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    m_store.askAdvice(fork, environment ? std::optional(*environment) : std::nullopt,
                      engine ? std::optional(*engine) : std::nullopt);
}

void ForksPage::buildsRead()
{
    QList<BuildId> ended;
    for (const BuildSummary &build : m_with.builds.builds())
        if (isEnded(build.status))
            ended << build.id;
    if (std::exchange(m_ended, ended) != ended)
        readAgain(); // last builds, and what is compiled, may be others
    updateActions();
}

const Environment *ForksPage::environmentOf(const QString &path) const
{
    if (const std::optional<Catalog> &catalog = m_with.environments.catalog())
        for (const Environment &environment : catalog->environments)
            if (environment.fork && forkPath(environment, m_with.paths) == path)
                return &environment;
    return nullptr;
}

QList<ForkRow> ForksPage::rows() const
{
    QList<ForkRow> rows;
    const auto &list = m_store.list();
    if (!list)
        return rows;
    const auto workIn = [this](const QString &path) {
        const ForkJob *job = m_store.job(path);
        return job ? job->text() : QString();
    };
    for (const ForkStatus &fork : list->forks)
        rows.append({ForkRow::Kind::Checkout, fork, list->histories.value(fork.path), workIn(fork.path)});
    const auto addUnfinished = [&](const QString &path, const QString &url) {
        if (std::ranges::any_of(rows, [&path](const ForkRow &row) { return row.fork.path == path; }))
            return;
        ForkRow row;
        row.kind = ForkRow::Kind::Unfinished;
        row.fork.name = path.section(u'/', -1);
        row.fork.path = path;
        row.fork.origin = url;
        row.work = workIn(path);
        rows.append(row);
    };
    for (const QString &path : m_store.working()) // what is cloned now is in no list yet
        if (m_clones.contains(path))
            addUnfinished(path, m_clones.value(path).url);
    for (const UnfinishedClone &clone : list->unfinished)
        addUnfinished(clone.path, clone.url);
    for (auto clone = m_clones.cbegin(); clone != m_clones.cend(); ++clone) // failed before anything was received
        if (m_store.outcome(clone.key()))
            addUnfinished(clone.key(), clone->url);
    std::ranges::stable_sort(rows, {}, [](const ForkRow &row) { return row.fork.name; });
    return rows;
}

void ForksPage::showRows()
{
    m_model.setRows(rows());
    const int count = m_model.rowCount();
    m_stack->setCurrentIndex(!m_store.list() ? 0 : count > 0 ? 1 : 2);
    m_table->setFixedHeight(m_table->header()->sizeHint().height() + px(28) * std::clamp(count, 1, rowsShown));
    m_table->setVerticalScrollBarPolicy(count > rowsShown ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    if (count > 0) {
        int row = m_model.rowOf(m_path);
        if (row < 0)
            row = firstToShow();
        const QModelIndex index = m_sorted.mapFromSource(m_model.index(row, 0));
        if (index.isValid() && m_table->currentIndex().row() != index.row())
            m_table->setCurrentIndex(index);
        if (index.isValid())
            m_path = m_model.rows().at(row).fork.path;
    }
    showFacts();
    showSelected();
}

/// A checkout that an environment builds says most.
int ForksPage::firstToShow() const
{
    const QList<ForkRow> &rows = m_model.rows();
    for (const bool isBuilt : {true, false})
        for (int row = 0; row < rows.size(); ++row)
            if (rows[row].kind == ForkRow::Kind::Checkout && (!isBuilt || environmentOf(rows[row].fork.path)))
                return row;
    return 0;
}

void ForksPage::select(const QString &path)
{
    if (path == m_path)
        return;
    m_path = path;
    showSelected();
    if (const ForkStatus *fork = m_store.find(path); fork && !fork->trouble && m_with.machine.engines())
        adviseOn(*fork);
}

const ForkRow *ForksPage::selectedRow() const
{
    const int row = m_model.rowOf(m_path);
    return row < 0 ? nullptr : &m_model.rows().at(row);
}

void ForksPage::showSelected()
{
    if (const ForkRow *row = selectedRow()) {
        const Environment *environment = environmentOf(m_path);
        m_detail->show({*row, environment ? environment->name : QString(), m_store.outcome(m_path),
                        m_store.advice(m_path), m_store.job(m_path)});
    }
    updateActions();
}

void ForksPage::showFacts()
{
    if (!m_store.list())
        return;
    int rebuilds = 0, troubles = 0;
    for (const ForkRow &row : m_model.rows()) {
        const auto advice = m_store.advice(row.fork.path);
        const bool needsRebuild = advice && *advice && environmentOf(row.fork.path) &&
                                  (*advice)->advice.verdict >= RebuildVerdict::Partial && !(*advice)->held.isEmpty();
        rebuilds += needsRebuild ? 1 : 0;
        troubles += row.fork.trouble ? 1 : 0;
    }
    const qsizetype count = m_model.rowCount();
    QStringList facts{count == 0 ? tr("none") : count == 1 ? tr("1 checkout") : tr("%1 checkouts").arg(count)};
    if (m_sorted.rowCount() != count)
        facts << tr("%1 shown").arg(m_sorted.rowCount());
    if (rebuilds > 0)
        facts << (rebuilds == 1 ? tr("1 needs a rebuild") : tr("%1 need a rebuild").arg(rebuilds));
    if (troubles > 0)
        facts << (troubles == 1 ? tr("1 can't be read") : tr("%1 can't be read").arg(troubles));
    setFacts(facts.join(u", "_s));
    setCount(troubles > 0 ? troubles : rebuilds, troubles > 0 ? State::Failed : State::Warning);
}

} // namespace kernelyard
