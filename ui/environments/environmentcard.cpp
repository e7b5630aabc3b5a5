// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/environments/environmentcard.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QMenu>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace kernelyard {

EnvironmentCard::EnvironmentCard(const QString &name, const QString &description, QWidget *parent)
    : Card(parent)
    , m_name(name)
    , m_badge(new Badge)
    , m_layers(new LayerBoxes)
    , m_disk(new Label({}, Type::Secondary, Tone::Muted))
    , m_menu(new QMenu(this))
{
    setAccessibleName(name);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_main = new QAction(this);
    connect(m_main, &QAction::triggered, this, &EnvironmentCard::runMain);
    m_showBuild = makeAction(tr("Show the last build of %1"), tr("Show build"), &EnvironmentCard::showBuildAsked);
    m_showBuild->setIcon(icon(Glyph::Builds));
    m_commands = makeAction(tr("Show commands of %1…"), tr("Show commands…"), &EnvironmentCard::commandsAsked);
    m_rebuild = makeAction(tr("Build the layers of %1"), tr("Build layers"), &EnvironmentCard::rebuildAsked);
    m_freshRebuild =
        makeAction(tr("Rebuild %1 without cache"), tr("Rebuild without cache"), &EnvironmentCard::freshRebuildAsked);
    m_quick = makeAction(tr("Validate %1 quickly"), tr("Quick validation"), &EnvironmentCard::quickValidateAsked);
    m_choices = makeAction(tr("Choices of %1…"), tr("Choices…"), &EnvironmentCard::choicesAsked);
    m_devContainer = makeAction(tr("Dev container of %1…"), tr("Dev container…"), &EnvironmentCard::devContainerAsked);
    m_forkFolder = makeAction(tr("Open fork folder of %1"), tr("Open fork folder"), &EnvironmentCard::forkFolderAsked);
    m_file = makeAction(tr("Open environment file of %1"), tr("Open environment file"), &EnvironmentCard::fileAsked);
    m_more = new QAction(icon(Glyph::More), tr("More actions for %1").arg(name), this);
    connect(m_more, &QAction::triggered, this, [this] {
        const auto *button = findChild<QWidget *>(QStringLiteral("more"));
        m_menu->popup(button->mapToGlobal(QPoint(0, button->height() + px(4))));
    });
    for (QAction *action :
         {m_choices, m_commands, m_rebuild, m_freshRebuild, m_quick, m_devContainer, m_forkFolder, m_file}) {
        auto *entry = m_menu->addAction(action->iconText(), action, &QAction::trigger);
        entry->setProperty("of", QVariant::fromValue<QObject *>(action));
    }
    connect(m_menu, &QMenu::aboutToShow, this, [this] {
        for (QAction *entry : m_menu->actions())
            entry->setEnabled(qobject_cast<QAction *>(entry->property("of").value<QObject *>())->isEnabled());
    });

    auto *top = new QHBoxLayout;
    top->setSpacing(px(8));
    auto *title = new Label(name, Type::Object);
    auto *about = new Label(description.section(u". "_s, 0, 0), Type::Secondary, Tone::Muted);
    about->setToolTip(description);
    about->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    top->addWidget(title);
    top->addWidget(m_badge);
    top->addWidget(about, 1);

    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(px(8));
    grid->setVerticalSpacing(0);
    grid->setColumnMinimumWidth(0, px(96));
    grid->setColumnStretch(1, 1);
    for (int i = 0; i < 3; ++i) {
        const Line line{new Label({}, Type::Body, Tone::Muted), new ProgressLine, new StateLine};
        grid->addWidget(line.label, i, 0);
        auto *value = new QHBoxLayout;
        value->setSpacing(px(8));
        value->addWidget(line.bar);
        value->addWidget(line.text, 1);
        grid->addLayout(value, i, 1);
        line.bar->hide();
        m_lines.append(line);
    }

    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(px(8));
    buttons->addWidget(new ActionButton(m_main, ActionButton::Look::Filled));
    buttons->addWidget(new ActionButton(m_showBuild));
    auto *more = new ActionButton(m_more, ActionButton::Look::IconOnly);
    more->setObjectName(QStringLiteral("more"));
    buttons->addWidget(more);
    buttons->addStretch(1);
    buttons->addWidget(m_disk);

    body()->addLayout(top);
    body()->addWidget(m_layers);
    body()->addLayout(grid);
    body()->addSpacing(px(2));
    body()->addLayout(buttons);
}

QAction *EnvironmentCard::makeAction(const QString &text, const QString &shortText, void (EnvironmentCard::*signal)())
{
    auto *action = new QAction(text.arg(m_name), this);
    action->setIconText(shortText);
    connect(action, &QAction::triggered, this, signal);
    return action;
}

QList<QAction *> EnvironmentCard::paletteActions() const
{
    return {m_main,         m_showBuild, m_choices,      m_commands,   m_rebuild,
            m_freshRebuild, m_quick,     m_devContainer, m_forkFolder, m_file};
}

void EnvironmentCard::setFacts(const CardFacts &facts)
{
    m_facts = facts;
    m_badge->setState(facts.state, facts.word);
    m_layers->setBoxes(facts.layers);
    for (qsizetype i = 0; i < m_lines.size() && i < facts.lines.size(); ++i) {
        m_lines[i].label->setText(facts.lines[i].label);
        m_lines[i].text->setFact(facts.lines[i].state, facts.lines[i].text);
        m_lines[i].bar->setVisible(facts.lines[i].total > 0);
        m_lines[i].bar->setProgress(facts.lines[i].done, facts.lines[i].total);
    }
    m_disk->setText(facts.disk);
    switch (facts.step) {
    case CardStep::SetUp:
        m_main->setText(tr("Set up %1").arg(m_name));
        m_main->setIconText(tr("Set up"));
        m_main->setIcon(icon(Glyph::Play, Ink::OnAccent));
        break;
    case CardStep::Retry:
        m_main->setText(tr("Set up %1 again").arg(m_name));
        m_main->setIconText(tr("Retry"));
        m_main->setIcon(icon(Glyph::Play, Ink::OnAccent));
        break;
    case CardStep::Validate:
        m_main->setText(tr("Validate %1").arg(m_name));
        m_main->setIconText(tr("Validate"));
        m_main->setIcon(icon(Glyph::Play, Ink::OnAccent));
        break;
    case CardStep::ShowBuild:
        m_main->setText(tr("Show the running build of %1").arg(m_name));
        m_main->setIconText(tr("Show build"));
        m_main->setIcon(icon(Glyph::Builds, Ink::OnAccent));
        break;
    }
    m_showBuild->setVisible(facts.step == CardStep::Retry || facts.step == CardStep::Validate);
    setAccessibleDescription(facts.word);
}

void EnvironmentCard::setStartable(const QString &reason)
{
    for (QAction *action : {m_rebuild, m_freshRebuild, m_quick, m_commands}) {
        action->setEnabled(reason.isEmpty());
        action->setStatusTip(reason);
    }
    const bool starts = m_facts.step != CardStep::ShowBuild;
    m_main->setEnabled(reason.isEmpty() || !starts);
    m_main->setStatusTip(starts ? reason : QString());
    m_main->setToolTip(starts ? reason : QString());
}

void EnvironmentCard::setHasFork(bool cloned)
{
    for (QAction *action : {m_forkFolder, m_devContainer}) {
        action->setEnabled(cloned);
        action->setStatusTip(cloned ? QString() : tr("no fork is cloned"));
    }
}

void EnvironmentCard::setHasChoices(bool any)
{
    m_choices->setEnabled(any);
    m_choices->setStatusTip(any ? QString() : tr("its file leaves nothing to choose"));
}

void EnvironmentCard::runMain()
{
    switch (m_facts.step) {
    case CardStep::SetUp:
    case CardStep::Retry:
        Q_EMIT setUpAsked();
        break;
    case CardStep::Validate:
        Q_EMIT validateAsked();
        break;
    case CardStep::ShowBuild:
        Q_EMIT showBuildAsked();
        break;
    }
}

} // namespace kernelyard
