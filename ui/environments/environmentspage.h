// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/environments/cardfacts.h"
#include "ui/models/buildlistmodel.h"
#include "ui/models/environments.h"
#include "ui/models/launcher.h"
#include "ui/models/machine.h"
#include "ui/models/settingsstore.h"
#include "ui/widgets/page.h"

class QTreeView;

namespace kernelyard {

class ActionButton;
class Card;
class CardGrid;
class EmptyState;
class EnvironmentCard;
class MachineLine;

/// What the page works on; all outlive it.
struct EnvironmentsPageSources
{
    Machine &machine;
    Environments &environments;
    BuildStore &builds;
    Launcher &launcher;
    const SettingsStore &settings;
    Paths paths;
};

/// Home: what is ready, and one button on each environment that makes it so.
class EnvironmentsPage : public Page
{
    Q_OBJECT

public:
    explicit EnvironmentsPage(const EnvironmentsPageSources &sources, QWidget *parent = nullptr);
    ~EnvironmentsPage() override;

    QList<QWidget *> regions() const override;
    void checkAgain() override;
    EnvironmentCard *card(const QString &name) const { return m_cards.value(name); }
    void openRepair();

Q_SIGNALS:
    void buildAsked(kernelyard::BuildId id);
    void buildsAsked();
    void failed(const kernelyard::Error &error);

private:
    struct Live
    {
        BuildId id;
        std::unique_ptr<BuildFollower> follower;
        std::optional<Plan> plan;
        std::optional<BuildUpdate> update;
    };

    void makeActions();
    void makeRecentBuilds();
    void rebuildCards();
    EnvironmentCard *makeCard(const Environment &environment);
    void readStatus();
    void readBuilds();
    void follow(const BuildSummary &build);
    void updateCard(const QString &name);
    void updateAll();
    void updateFacts();
    CardKnowledge knowledge(const Environment &environment) const;
    QString startReason(const QString &name) const;
    void start(const QString &name, const PlanRequest &request);
    void showChoices(const QString &name);
    void showDevContainer(const QString &name);
    void showCommands(const QString &name);
    EnvironmentCard *selectedCard() const;
    void focusMoved(QWidget *focused);

    EnvironmentsPageSources m_with;
    MachineLine *m_machineLine;
    CardGrid *m_grid;
    Card *m_recent = nullptr;
    QTreeView *m_recentView = nullptr;
    QAction *m_allBuilds = nullptr;
    EmptyState *m_empty;
    QWidget *m_content;
    BuildListModel m_recentModel;
    QHash<QString, EnvironmentCard *> m_cards;
    QList<QWidget *> m_broken;
    std::map<QString, Live> m_live; ///< by environment
    QString m_selected;
};

} // namespace kernelyard
