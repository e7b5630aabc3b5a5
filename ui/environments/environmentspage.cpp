// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/environments/environmentspage.h"

#include "core/base/whendone.h"
#include "ui/choices/choicesdialog.h"
#include "ui/devcontainer/devcontainerdialog.h"
#include "ui/environments/brokencard.h"
#include "ui/environments/environmentcard.h"
#include "ui/environments/machineline.h"
#include "ui/environments/repairdialog.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/cardgrid.h"
#include "ui/widgets/commandsdialog.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/statedelegate.h"

#include <QAction>
#include <QApplication>
#include <QDesktopServices>
#include <QHeaderView>
#include <QScrollArea>
#include <QTreeView>
#include <QUrl>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int recentBuildsShown = 10;

EnvironmentsPage::EnvironmentsPage(const EnvironmentsPageSources &sources, QWidget *parent)
    : Page(tr("Environments"), Glyph::Environments, parent)
    , m_with(sources)
    , m_machineLine(new MachineLine(sources.machine))
    , m_grid(new CardGrid)
    , m_empty(new EmptyState)
    , m_content(new QWidget)
{
    makeActions();
    makeRecentBuilds();
    auto *column = new QVBoxLayout(m_content);
    column->setContentsMargins(px(16), px(12), px(16), px(16));
    column->setSpacing(px(12));
    column->addWidget(m_machineLine);
    column->addWidget(m_grid);
    column->addWidget(m_empty, 1);
    column->addWidget(m_recent);
    column->addStretch(1);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(m_content);
    body()->setContentsMargins(0, 0, 0, 0);
    body()->addWidget(scroll);
    m_empty->hide();
    m_recent->hide();
    setFacts(u"…"_s);

    connect(&m_with.environments, &Environments::catalogChanged, this, &EnvironmentsPage::rebuildCards);
    connect(&m_with.environments, &Environments::statusChanged, this, &EnvironmentsPage::updateCard);
    connect(&m_with.machine, &Machine::enginesChanged, this, &EnvironmentsPage::readStatus);
    connect(&m_with.machine, &Machine::enginesChanged, this, &EnvironmentsPage::updateAll);
    connect(&m_with.settings, &SettingsStore::changed, this, &EnvironmentsPage::updateAll);
    connect(&m_with.builds, &BuildStore::buildsChanged, this, &EnvironmentsPage::readBuilds);
    connect(&m_with.launcher, &Launcher::starting, this, &EnvironmentsPage::updateCard);
    connect(&m_with.launcher, &Launcher::launched, this, [this] { m_with.builds.refresh(); });
    connect(&m_with.launcher, &Launcher::refused, this, [this](const QString &name, const Error &error) {
        updateCard(name);
        Q_EMIT failed(error);
    });
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) { focusMoved(now); });
    if (m_with.environments.catalog())
        rebuildCards();
    readBuilds();
}

EnvironmentsPage::~EnvironmentsPage()
{
    disconnect(qApp, nullptr, this, nullptr); // a window that goes moves the focus, after the cards are gone
}

void EnvironmentsPage::makeActions()
{
    auto *check = new QAction(icon(Glyph::Refresh), tr("Check all environments"), this);
    check->setIconText(tr("Check all"));
    connect(check, &QAction::triggered, this, [this] {
        m_with.machine.check();
        checkAgain();
    });
    addAction(check);
    addHeaderWidget(new ActionButton(check));
    connect(m_machineLine->repairAction(), &QAction::triggered, this, &EnvironmentsPage::openRepair);
    addAction(m_machineLine->repairAction());

    const auto onSelected = [this](const QString &text, const QKeySequence &keys,
                                   QAction *(EnvironmentCard::*which)() const) {
        auto *action = new QAction(text, this);
        action->setShortcut(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, [this, which] {
            if (const EnvironmentCard *selected = selectedCard())
                (selected->*which)()->trigger();
        });
        addAction(action);
    };
    onSelected(tr("Main button of the selected environment"), Qt::CTRL | Qt::Key_Return, &EnvironmentCard::mainAction);
    onSelected(tr("Build the selected environment"), Qt::CTRL | Qt::Key_B, &EnvironmentCard::rebuildAction);
    onSelected(tr("Show commands of the selected environment…"), Qt::CTRL | Qt::SHIFT | Qt::Key_B,
               &EnvironmentCard::commandsAction);

    auto *folder = new QAction(icon(Glyph::Folder), tr("Open environments folder"), this);
    connect(folder, &QAction::triggered, this,
            [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_with.paths.userEnvironments())); });
    m_empty->setAction(folder);
    addAction(folder);
}

void EnvironmentsPage::makeRecentBuilds()
{
    m_recent = new Card;
    m_recent->setHeader(tr("Recent builds"));
    m_recent->setFlush();
    m_allBuilds = new QAction(tr("Show all builds"), this);
    connect(m_allBuilds, &QAction::triggered, this, &EnvironmentsPage::buildsAsked);
    m_recent->headerActions()->addWidget(new ActionButton(m_allBuilds, ActionButton::Look::Link));
    addAction(m_allBuilds);
    m_recentView = new QTreeView;
    setUpTable(m_recentView, tr("Recent builds"));
    m_recentView->setModel(&m_recentModel);
    m_recentView->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_recentView->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    QHeaderView *header = m_recentView->header();
    header->setStretchLastSection(false);
    const std::array widths{88, 160, 128, 76, 300, 172};
    for (int i = 0; i < BuildListModel::ColumnCount; ++i)
        header->resizeSection(i, px(widths[static_cast<std::size_t>(i)]));
    const int number = m_recentView->fontMetrics().horizontalAdvance(u"#00000"_s); // wide in some fonts
    header->resizeSection(BuildListModel::BuildColumn, std::max(px(88), px(48) + number));
    header->setSectionResizeMode(BuildListModel::ResultColumn, QHeaderView::Stretch);
    connect(m_recentView, &QTreeView::activated, this,
            [this](const QModelIndex &index) { Q_EMIT buildAsked(m_recentModel.idAt(index.row())); });
    m_recent->body()->setContentsMargins(0, 0, 0, px(5)); // the round corners stay free
    m_recent->body()->addWidget(m_recentView, 0);
    m_recent->body()->addStretch(1);
}

QList<QWidget *> EnvironmentsPage::regions() const
{
    QList<QWidget *> regions;
    if (m_machineLine->repairAction()->isVisible())
        regions.append(m_machineLine);
    regions.append(m_grid);
    if (m_recent->isVisible())
        regions.append(m_recentView);
    return regions;
}

void EnvironmentsPage::checkAgain()
{
    m_with.environments.refreshCatalog();
    m_with.builds.refresh();
}

void EnvironmentsPage::openRepair()
{
    auto *dialog = new RepairDialog(m_with.machine, this);
    dialog->open();
}

EnvironmentCard *EnvironmentsPage::makeCard(const Environment &environment)
{
    const QString name = environment.name;
    auto *made = new EnvironmentCard(name, environment.description, this);
    const auto ask = [this, name](PlanRequest::Purpose purpose, bool noCache = false, const QStringList &suite = {}) {
        PlanRequest request;
        request.purpose = purpose;
        request.noCache = noCache;
        request.validationArguments = suite;
        return [this, name, request] { start(name, request); };
    };
    using Purpose = PlanRequest::Purpose;
    connect(made, &EnvironmentCard::setUpAsked, this, ask(Purpose::Setup));
    connect(made, &EnvironmentCard::validateAsked, this, ask(Purpose::Validate));
    connect(made, &EnvironmentCard::quickValidateAsked, this, ask(Purpose::Validate, false, {u"--quick"_s}));
    connect(made, &EnvironmentCard::rebuildAsked, this, ask(Purpose::Build));
    connect(made, &EnvironmentCard::freshRebuildAsked, this, ask(Purpose::Build, true));
    connect(made, &EnvironmentCard::commandsAsked, this, [this, name] { showCommands(name); });
    connect(made, &EnvironmentCard::showBuildAsked, this, [this, name] {
        const auto live = m_live.find(name);
        const auto status = m_with.environments.status(name);
        if (live != m_live.end())
            Q_EMIT buildAsked(live->second.id);
        else if (status && status->lastBuild)
            Q_EMIT buildAsked(status->lastBuild->id);
    });
    connect(made, &EnvironmentCard::choicesAsked, this, [this, name] { showChoices(name); });
    connect(made, &EnvironmentCard::devContainerAsked, this, [this, name] { showDevContainer(name); });
    connect(made, &EnvironmentCard::forkFolderAsked, this, [this, name] {
        const auto status = m_with.environments.status(name);
        if (status && status->fork)
            QDesktopServices::openUrl(QUrl::fromLocalFile(status->fork->path));
    });
    connect(made, &EnvironmentCard::fileAsked, this, [this, name] {
        if (const Environment *found = m_with.environments.find(name))
            QDesktopServices::openUrl(QUrl::fromLocalFile(found->file));
    });
    addActions(made->paletteActions());
    return made;
}

void EnvironmentsPage::showChoices(const QString &name)
{
    if (const Environment *environment = m_with.environments.find(name)) {
        auto *dialog = new ChoicesDialog(*environment, m_with.environments, this);
        dialog->open();
    }
}

void EnvironmentsPage::showDevContainer(const QString &name)
{
    const Environment *environment = m_with.environments.find(name);
    const auto status = m_with.environments.status(name);
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    if (!engine)
        Q_EMIT failed(engine.error());
    if (!environment || !status || !status->fork || !engine)
        return;
    auto *dialog =
        new DevContainerDialog({*environment, *engine, status->fork->path}, DevContainerSources::real(m_with.paths),
                               m_with.launcher, m_with.builds, this);
    connect(dialog, &DevContainerDialog::buildAsked, this, &EnvironmentsPage::buildAsked);
    dialog->open();
}

void EnvironmentsPage::rebuildCards()
{
    const std::optional<Catalog> &read = m_with.environments.catalog();
    if (!read)
        return;
    const Catalog &catalog = *read;
    QHash<QString, EnvironmentCard *> kept;
    QList<QWidget *> order;
    for (const Environment &environment : catalog.environments) {
        EnvironmentCard *card = m_cards.take(environment.name);
        if (!card)
            card = makeCard(environment);
        kept.insert(environment.name, card);
        order.append(card);
    }
    qDeleteAll(m_cards);
    m_cards = kept;
    qDeleteAll(m_broken);
    m_broken.clear();
    for (const Error &error : catalog.errors)
        m_broken.append(new BrokenCard(error, this));
    m_grid->setCards(order + m_broken);
    m_grid->setVisible(!order.isEmpty() || !m_broken.isEmpty());
    m_empty->setWords(
        tr("No environments yet. An environment is a file that names image layers, a fork and a validation."),
        tr("None ships with this installation and your own folder %1 has none.").arg(m_with.paths.userEnvironments()));
    m_empty->setVisible(order.isEmpty() && m_broken.isEmpty());
    readStatus();
    updateAll();
}

void EnvironmentsPage::readStatus()
{
    if (const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine))
        m_with.environments.refreshStatus(*engine);
}

void EnvironmentsPage::readBuilds()
{
    const QList<BuildSummary> &builds = m_with.builds.builds();
    m_recentModel.setNow(QDateTime::currentDateTime());
    m_recentModel.setBuilds(builds.mid(0, recentBuildsShown));
    m_recentView->setFixedHeight(px(26) + px(28) * m_recentModel.rowCount() - 1);
    m_recent->setVisible(!builds.isEmpty());
    m_allBuilds->setIconText(tr("All %1 builds").arg(builds.size()));
    for (const BuildSummary &build : builds) {
        const auto live = m_live.find(build.environment);
        if (build.status == BuildStatus::Running || build.status == BuildStatus::Queued) {
            if (live == m_live.end() || live->second.id < build.id)
                follow(build);
        } else if (live != m_live.end() && live->second.id == build.id) {
            m_live.erase(live);
            readStatus();
        }
    }
    updateAll();
}

void EnvironmentsPage::follow(const BuildSummary &build)
{
    const QString name = build.environment;
    Live &live = m_live[name];
    live = {build.id, std::make_unique<BuildFollower>(m_with.paths, build.id, BuildFollower::Lines::None), {}, {}};
    const BuildFollower *follower = live.follower.get();
    const auto mine = [this, name, id = build.id]() -> Live * {
        const auto found = m_live.find(name);
        return found != m_live.end() && found->second.id == id ? &found->second : nullptr;
    };
    connect(follower, &BuildFollower::planRead, this, [this, name, mine](const Plan &plan) {
        if (Live *followed = mine())
            followed->plan = plan;
        updateCard(name);
    });
    connect(follower, &BuildFollower::updated, this, [this, name, mine](const BuildUpdate &update) {
        if (Live *followed = mine())
            followed->update = update;
        updateCard(name);
    });
    connect(
        follower, &BuildFollower::ended, this, [this] { m_with.builds.refresh(); }, Qt::QueuedConnection);
}

CardKnowledge EnvironmentsPage::knowledge(const Environment &environment) const
{
    CardKnowledge known;
    known.environment = environment;
    known.status = m_with.environments.status(environment.name);
    known.enginesKnown = m_with.machine.engines().has_value();
    known.hasEngine = m_with.machine.engine(m_with.settings.value().engine).has_value();
    known.now = QDateTime::currentDateTime();
    const auto live = m_live.find(environment.name);
    if (live == m_live.end())
        return known;
    for (const BuildSummary &build : m_with.builds.builds())
        if (build.id == live->second.id)
            known.running = build;
    known.plan = live->second.plan;
    known.live = live->second.update;
    return known;
}

QString EnvironmentsPage::startReason(const QString &name) const
{
    if (m_live.contains(name))
        return tr("a build of it runs");
    if (m_with.launcher.isStarting(name))
        return tr("a build of it is starting");
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    return engine ? QString() : engine.error().message;
}

void EnvironmentsPage::updateCard(const QString &name)
{
    EnvironmentCard *shown = m_cards.value(name);
    const Environment *environment = m_with.environments.find(name);
    if (!shown || !environment)
        return;
    const CardKnowledge known = knowledge(*environment);
    shown->setFacts(cardFacts(known));
    shown->setStartable(startReason(name));
    shown->setHasFork(known.status && known.status->fork);
    shown->setHasChoices(!environment->choices.isEmpty());
    shown->setSelected(name == m_selected);
    updateFacts();
}

void EnvironmentsPage::updateAll()
{
    for (const QString &name : m_cards.keys())
        updateCard(name);
    if (m_cards.isEmpty())
        updateFacts();
}

void EnvironmentsPage::updateFacts()
{
    if (!m_with.environments.catalog()) {
        setFacts(u"…"_s);
        return;
    }
    QList<std::pair<QString, int>> counted;
    const auto count = [&counted](const QString &word) {
        for (auto &[known, number] : counted)
            if (known == word) {
                ++number;
                return;
            }
        counted.append({word, 1});
    };
    const std::optional<Catalog> &catalog = m_with.environments.catalog();
    for (const Environment &environment : catalog ? catalog->environments : QList<Environment>())
        if (const EnvironmentCard *shown = m_cards.value(environment.name))
            count(shown->facts().word.toLower());
    if (!m_broken.isEmpty())
        counted.append({tr("not readable"), static_cast<int>(m_broken.size())});
    QStringList parts;
    for (const auto &[word, number] : counted)
        parts.append(u"%1 %2"_s.arg(number).arg(word));
    setFacts(parts.isEmpty() ? tr("none") : parts.join(u", "_s));
    setCount(static_cast<int>(m_broken.size()), State::Failed);
}

void EnvironmentsPage::start(const QString &name, const PlanRequest &request)
{
    const Environment *environment = m_with.environments.find(name);
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    if (!environment)
        return;
    if (!engine) {
        Q_EMIT failed(engine.error());
        return;
    }
    m_with.launcher.start(*environment, *engine, request);
}

void EnvironmentsPage::showCommands(const QString &name)
{
    const Environment *environment = m_with.environments.find(name);
    const Result<Engine> engine = m_with.machine.engine(m_with.settings.value().engine);
    if (!environment || !engine) {
        if (!engine)
            Q_EMIT failed(engine.error());
        return;
    }
    whenDone(m_with.launcher.commands(*environment, *engine, {}), this,
             [this, name](const Result<QList<Command>> &commands) {
                 if (!commands) {
                     Q_EMIT failed(commands.error());
                     return;
                 }
                 auto *dialog = new CommandsDialog(tr("Commands that set up %1").arg(name),
                                                   {CommandsDialog::Group{{}, *commands}}, this);
                 dialog->open();
             });
}

EnvironmentCard *EnvironmentsPage::selectedCard() const
{
    if (EnvironmentCard *selected = m_cards.value(m_selected))
        return selected;
    const std::optional<Catalog> &catalog = m_with.environments.catalog();
    return catalog && !catalog->environments.isEmpty() ? m_cards.value(catalog->environments.first().name) : nullptr;
}

void EnvironmentsPage::focusMoved(QWidget *focused)
{
    for (auto it = m_cards.cbegin(); it != m_cards.cend(); ++it) {
        if (!focused || !it.value()->isAncestorOf(focused))
            continue;
        m_selected = it.key();
        for (EnvironmentCard *other : std::as_const(m_cards))
            other->setSelected(other == it.value());
        return;
    }
}

} // namespace kernelyard
