// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/fork/actions.h"
#include "ui/forks/forkdetail.h"
#include "ui/forks/forklistmodel.h"
#include "ui/forks/forkstore.h"
#include "ui/models/environments.h"
#include "ui/models/launcher.h"
#include "ui/models/machine.h"
#include "ui/models/settingsstore.h"
#include "ui/widgets/page.h"

#include <QSortFilterProxyModel>

class QLineEdit;
class QMenu;
class QStackedWidget;
class QTreeView;

namespace kernelyard {

class EmptyState;

/// What the page works on; all outlive it.
struct ForksPageSources
{
    Machine &machine;
    Environments &environments;
    BuildStore &builds;
    Launcher &launcher;
    const SettingsStore &settings;
    ForkSources forks;
    Paths paths;
};

/// The user's checkouts side by side, what is to do in each, and what a change in one means for what was compiled.
class ForksPage : public Page
{
    Q_OBJECT

public:
    explicit ForksPage(const ForksPageSources &sources, QWidget *parent = nullptr);
    ~ForksPage() override;

    QList<QWidget *> regions() const override;
    void checkAgain() override;
    void showFork(const QString &path); ///< as soon as it is read

    QTreeView *table() const { return m_table; }
    ForkDetail *detail() const { return m_detail; }
    QString selectedPath() const { return m_path; }
    const ForkStore &store() const { return m_store; }

    void clone(const CloneRequest &request);
    void switchTo(const QString &branch);
    void createHere(const QString &branch);

Q_SIGNALS:
    void buildAsked(kernelyard::BuildId id);
    void failed(const kernelyard::Error &error);

protected:
    void showEvent(QShowEvent *event) override;
    bool event(QEvent *event) override;

private:
    QAction *makeAction(Glyph glyph, const QString &text, const QString &shortText, void (ForksPage::*slot)());
    void makeActions();
    void makeTable();
    void makeMenu();

    void readAgain();
    void readAdvice();
    void adviseOn(const ForkStatus &fork);
    void buildsRead();
    QList<ForkRow> rows() const;
    void showRows();
    void showSelected();
    void showFacts();
    void updateActions();
    void select(const QString &path);
    int firstToShow() const;
    void jobEnded(const QString &path);

    const ForkRow *selectedRow() const;
    const Environment *environmentOf(const QString &path) const;
    std::optional<BuildId> runningBuild(const QString &environment) const;
    QString rebuildReason(const Environment *environment) const;
    QString forwardTarget(const ForkStatus &fork, QString *reason) const;
    QString relativeOf(const ForkStatus &fork) const;

    // forkspageactions.cpp
    void addFork();
    void fetch();
    void fetchAll();
    void fetchOne(const ForkStatus &fork);
    void chooseBranch();
    void stashAndSwitchTo(const QString &path, const QString &branch);
    void askStash(const QString &path, const QString &branch, const Error &error);
    void fastForwardSelected();
    void syncSelected();
    void askUpstream();
    void openEditor();
    void openTerminal();
    void openFiles();
    void askDevContainer();
    void showDevContainer(const Environment &environment);
    void openIn(OpenIn where);
    void rebuild();
    void showUnits();
    void showRunningBuild();
    void cancelJob();
    void closeOutcome();
    void resumeClone();
    void discardClone();
    void markSafe();

    ForksPageSources m_with;
    ForkStore m_store;
    ForkListModel m_model;
    QSortFilterProxyModel m_sorted;
    QLineEdit *m_filter;
    QTreeView *m_table;
    class Card *m_tableCard;
    EmptyState *m_empty;
    QStackedWidget *m_stack;
    ForkDetail *m_detail = nullptr;
    QMenu *m_menu;
    ForkActions m_do{};
    QAction *m_addFork = nullptr, *m_fetchAll = nullptr, *m_files = nullptr, *m_upstream = nullptr,
            *m_devContainer = nullptr;
    QString m_path; ///< selected
    QHash<QString, CloneRequest> m_clones;
    QHash<QString, QString> m_switches; ///< the branch wanted, by path
    QList<BuildId> m_ended;             ///< builds that the list was read with
};

} // namespace kernelyard
