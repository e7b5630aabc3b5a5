// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/settingspage.h"

#include "core/base/whendone.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QButtonGroup>
#include <QComboBox>
#include <QDesktopServices>
#include <QDir>
#include <QDirIterator>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QListWidget>
#include <QRadioButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QUrl>
#include <QtConcurrent>

using namespace Qt::StringLiterals;

namespace kernelyard {

SettingsPage::SettingsPage(SettingsStore &settings, const Machine &machine, const Paths &standard, QWidget *parent)
    : Page(tr("Settings"), Glyph::Settings, parent)
    , m_settings(settings)
    , m_machine(machine)
    , m_standard(standard)
    , m_sections(new QListWidget)
    , m_forms(new QStackedWidget)
    , m_stop(std::make_shared<std::atomic<bool>>(false))
{
    setFacts(tr("Changes apply at once"));
    m_sections->setAccessibleName(tr("Sections"));
    m_sections->setFrameShape(QFrame::NoFrame);
    m_sections->setFixedWidth(px(180));
    m_sections->viewport()->setAutoFillBackground(false);
    auto *row = new QHBoxLayout;
    row->setSpacing(px(16));
    row->addWidget(m_sections);
    row->addWidget(m_forms, 1);
    body()->addLayout(row);
    makeAppearance();
    makeEngine();
    makeBuilds();
    makeFolders();
    makeLog();
    connect(m_sections, &QListWidget::currentRowChanged, m_forms, &QStackedWidget::setCurrentIndex);
    m_sections->setCurrentRow(0);
    connect(&settings, &SettingsStore::changed, this, &SettingsPage::apply);
    connect(&machine, &Machine::enginesChanged, this, &SettingsPage::listEngines);
    listEngines();
    apply();
}

SettingsPage::~SettingsPage()
{
    *m_stop = true;
}

QList<QWidget *> SettingsPage::regions() const
{
    return {m_sections, m_forms->currentWidget()};
}

void SettingsPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    measureFolders();
}

void SettingsPage::checkAgain()
{
    measureFolders();
}

Card *SettingsPage::addSection(const QString &title, const QString &sub, Glyph glyph)
{
    auto *item = new QListWidgetItem(icon(glyph, Ink::Muted), title, m_sections);
    item->setSizeHint({px(160), px(32)});
    auto *card = new Card;
    card->setHeader(title, sub);
    auto *sheet = new QWidget;
    auto *column = new QVBoxLayout(sheet);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(card);
    column->addStretch(1);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(sheet);
    scroll->setMaximumWidth(px(860));
    scroll->setFocusPolicy(Qt::NoFocus);
    m_forms->addWidget(scroll);
    return card;
}

void SettingsPage::addReset(Card *card, const QString &what, const std::function<void(Settings &)> &reset)
{
    auto *action = new QAction(what, this);
    action->setIconText(tr("Reset"));
    connect(action, &QAction::triggered, this, [this, reset] { m_settings.change(reset); });
    addAction(action);
    card->headerActions()->addWidget(new ActionButton(action, ActionButton::Look::Link));
}

void SettingsPage::makeAppearance()
{
    Card *card = addSection(tr("Appearance"), tr("colours of the window"), Glyph::Settings);
    m_theme = new QButtonGroup(this);
    const std::array choices{std::pair{tr("As the desktop"), u"system"_s}, std::pair{tr("Light"), u"light"_s},
                             std::pair{tr("Dark"), u"dark"_s}};
    for (const auto &[text, value] : choices) {
        auto *button = new QRadioButton(text);
        button->setObjectName(value);
        m_theme->addButton(button);
        card->body()->addWidget(button);
        auto *action = new QAction(tr("Theme: %1").arg(text.toLower()), this);
        connect(action, &QAction::triggered, button, &QAbstractButton::click);
        addAction(action);
    }
    connect(m_theme, &QButtonGroup::buttonClicked, this, [this](const QAbstractButton *button) {
        m_settings.change([button](Settings &settings) { settings.theme = button->objectName(); });
    });
    addReset(card, tr("Reset appearance"), [](Settings &settings) { settings.theme = Settings().theme; });
}

void SettingsPage::makeEngine()
{
    Card *card = addSection(tr("Engine"), tr("what builds and runs containers"), Glyph::Environments);
    m_engine = new QButtonGroup(this);
    m_engineGrid = new QGridLayout;
    m_engineGrid->setHorizontalSpacing(px(16));
    m_engineGrid->setVerticalSpacing(px(8));
    m_engineGrid->setColumnStretch(2, 1);
    card->body()->addLayout(m_engineGrid);
    connect(m_engine, &QButtonGroup::buttonClicked, this, [this](const QAbstractButton *button) {
        m_settings.change([button](Settings &settings) { settings.engine = button->objectName(); });
    });
    addReset(card, tr("Reset engine"), [](Settings &settings) { settings.engine.clear(); });
}

static QString engineFacts(const Engine &engine)
{
    QStringList parts;
    if (!engine.storageDriver.isEmpty())
        parts.append(SettingsPage::tr("%1 storage").arg(engine.storageDriver));
    if (!engine.ociRuntime.isEmpty())
        parts.append(engine.ociRuntime);
    if (!engine.buildxVersion.isEmpty())
        parts.append(SettingsPage::tr("buildx %1").arg(engine.buildxVersion));
    if (engine.memoryLimit != Ability::Unknown)
        parts.append(engine.memoryLimit == Ability::Yes ? SettingsPage::tr("memory limits")
                                                        : SettingsPage::tr("no memory limits"));
    if (!engine.endpoint.address.isEmpty())
        parts.append(engine.endpoint.address);
    return parts.join(u" · "_s);
}

void SettingsPage::listEngines()
{
    while (QLayoutItem *item = m_engineGrid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    int row = 0;
    const auto add = [&](const QString &id, const QString &name, std::optional<State> state, const QString &mode,
                         const QString &facts) {
        auto *button = new QRadioButton(name);
        button->setObjectName(id);
        m_engine->addButton(button);
        auto *line = new StateLine;
        line->setFact(state, mode);
        m_engineGrid->addWidget(button, row, 0);
        m_engineGrid->addWidget(line, row, 1);
        m_engineGrid->addWidget(new Label(facts, Type::Secondary, Tone::Muted), row++, 2);
    };
    const Result<Engine> first = m_machine.engine({});
    add({}, tr("Automatic"), std::nullopt, tr("the first that works"),
        first ? tr("now %1").arg(first->display()) : first.error().message);
    if (!m_machine.engines())
        return;
    for (const Engine &engine : *m_machine.engines())
        add(engine.id(), nameOf(engine), stateOf(engine), modeOf(engine), engineFacts(engine));
    const QString chosen = m_settings.value().engine;
    if (!chosen.isEmpty() && !m_machine.engine(chosen))
        add(chosen, chosen, State::Failed, tr("not usable"), m_machine.engine(chosen).error().message);
    apply();
}

int SettingsPage::addFolder(QGridLayout *grid, const QString &name, const QString &path)
{
    const auto index = static_cast<int>(m_folders.size());
    const int row = index * 2;
    auto *title = new Label(name, Type::CardHeader);
    title->setElideMode(Qt::ElideNone);
    auto *pathLabel = new Label(path, Type::Mono, Tone::Muted);
    pathLabel->setElideMode(Qt::ElideMiddle);
    auto *size = new Label(u"…"_s, Type::Body, Tone::Muted);
    size->setElideMode(Qt::ElideNone);
    size->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    auto *open = new QAction(icon(Glyph::Folder), tr("Open folder of %1").arg(name.toLower()), this);
    open->setIconText(tr("Open"));
    connect(open, &QAction::triggered, this, [this, index] { openFolder(m_folders[index].path); });
    addAction(open);
    grid->addWidget(title, row, 0);
    grid->addWidget(size, row, 1);
    grid->addWidget(pathLabel, row + 1, 0, 1, 2);
    grid->addWidget(new ActionButton(open), row, 2, 2, 1);
    m_folders.append({path, pathLabel, size});
    return index;
}

void SettingsPage::makeFolders()
{
    Card *card = addSection(tr("Folders"), tr("what lies where, and how much of it"), Glyph::Folder);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(px(12));
    grid->setVerticalSpacing(px(2));
    grid->setColumnStretch(0, 1);
    m_dataFolder = addFolder(grid, tr("Forks and wheels"), m_settings.value().applied(m_standard).data);
    auto *change = new QAction(tr("Change folder of forks and wheels…"), this);
    change->setIconText(tr("Change…"));
    connect(change, &QAction::triggered, this, &SettingsPage::changeDataFolder);
    addAction(change);
    grid->addWidget(new ActionButton(change), 0, 3, 2, 1);
    addFolder(grid, tr("Builds and their logs"), m_standard.builds());
    auto *cleanUp = new QAction(tr("Clean up builds…"), this);
    cleanUp->setIconText(tr("Clean up…"));
    connect(cleanUp, &QAction::triggered, this, &SettingsPage::cleanUp);
    addAction(cleanUp);
    grid->addWidget(new ActionButton(cleanUp), 2, 3, 2, 1);
    addFolder(grid, tr("Your own environments"), m_standard.userEnvironments());
    addFolder(grid, tr("Caches, safe to delete"), m_standard.cache);
    for (int row = 1; row < grid->rowCount(); row += 2)
        grid->setRowMinimumHeight(row, px(28));
    m_dataReason = new Label({}, Type::Secondary, Tone::Muted);
    m_dataReason->setWordWrap(true);
    m_dataReason->setText(
        tr("A new folder of forks and wheels is used by kernelyardctl at once, and by this window after its next "
           "start. What lies in the old folder stays there."));
    card->body()->addLayout(grid);
    card->body()->addWidget(m_dataReason);
    makeRetention(card);
    addReset(card, tr("Reset folders"), [](Settings &settings) {
        settings.dataFolder.clear();
        settings.keepBuildsDays = 0;
        settings.keepBuildsBytes = 0;
    });
}

void SettingsPage::makeLog()
{
    Card *card = addSection(tr("Log"), tr("what the program writes about itself"), Glyph::Document);
    m_logLevel = new QComboBox;
    m_logLevel->setAccessibleName(tr("Log level"));
    m_logLevel->addItem(tr("Errors"), u"error"_s);
    m_logLevel->addItem(tr("Warnings"), u"warning"_s);
    m_logLevel->addItem(tr("Decisions"), u"info"_s);
    m_logLevel->addItem(tr("Everything"), u"debug"_s);
    connect(m_logLevel, &QComboBox::activated, this, [this] {
        m_settings.change([this](Settings &settings) { settings.logLevel = m_logLevel->currentData().toString(); });
    });
    auto *row = new QHBoxLayout;
    row->setSpacing(px(12));
    row->addWidget(new Label(tr("Level")));
    row->addWidget(m_logLevel);
    row->addStretch(1);
    card->body()->addLayout(row);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(px(12));
    grid->setColumnStretch(0, 1);
    addFolder(grid, tr("Log folder"), m_standard.logs());
    card->body()->addLayout(grid);
    addReset(card, tr("Reset log level"), [](Settings &settings) { settings.logLevel = Settings().logLevel; });
}

void SettingsPage::apply()
{
    applyRetention();
    const Settings &value = m_settings.value();
    for (QAbstractButton *button : m_theme->buttons())
        button->setChecked(button->objectName() == value.theme);
    for (QAbstractButton *button : m_engine->buttons())
        button->setChecked(button->objectName() == value.engine);
    applyBuilds();
    m_logLevel->setCurrentIndex(m_logLevel->findData(value.logLevel));
    const QString dataFolder = value.applied(m_standard).data;
    if (m_folders[m_dataFolder].path != dataFolder) {
        m_folders[m_dataFolder].path = dataFolder;
        m_folders[m_dataFolder].pathLabel->setText(dataFolder);
        measureFolders();
    }
}

qint64 SettingsPage::sizeOf(const QString &folder, const std::atomic<bool> &stop)
{
    if (!QFileInfo(folder).isDir())
        return -1;
    qint64 bytes = 0;
    QDirIterator files(folder, QDir::Files | QDir::Hidden | QDir::NoSymLinks, QDirIterator::Subdirectories);
    while (files.hasNext() && !stop) {
        files.next();
        bytes += files.fileInfo().size();
    }
    return bytes;
}

void SettingsPage::measureFolders()
{
    // The walks before are given up: each holds a thread that others wait for.
    *m_stop = true;
    m_stop = std::make_shared<std::atomic<bool>>(false);
    for (qsizetype i = 0; i < m_folders.size(); ++i) {
        m_folders[i].size->setText(u"…"_s);
        whenDone(QtConcurrent::run([folder = m_folders[i].path, stop = m_stop] { return sizeOf(folder, *stop); }), this,
                 [this, i, stop = m_stop](qint64 bytes) {
                     if (!*stop)
                         m_folders[i].size->setText(bytes < 0    ? tr("not there yet")
                                                    : bytes == 0 ? tr("empty")
                                                                 : diskText(bytes));
                 });
    }
}

void SettingsPage::changeDataFolder()
{
    auto *dialog = new QFileDialog(this, tr("Folder for forks and wheels"), m_folders[m_dataFolder].path);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, &SettingsPage::takeDataFolder);
    dialog->open();
}

void SettingsPage::takeDataFolder(const QString &folder)
{
    whenDone(QtConcurrent::run([folder] {
                 const QFileInfo info(folder);
                 return info.isDir() && info.isWritable();
             }),
             this, [this, folder](bool usable) {
                 if (usable)
                     m_settings.change([folder](Settings &settings) { settings.dataFolder = folder; });
                 else
                     m_dataReason->setText(
                         tr("%1 is not a folder that you can write to. The old one is kept.").arg(folder));
             });
}

void SettingsPage::openFolder(const QString &path)
{
    whenDone(QtConcurrent::run([path] { return QDir().mkpath(path); }), this, [this, path](bool there) {
        if (there)
            QDesktopServices::openUrl(QUrl::fromLocalFile(path));
        else
            Q_EMIT failed({ErrorKind::Permission, tr("The folder %1 can't be made.").arg(path), {}, {}});
    });
}

} // namespace kernelyard
