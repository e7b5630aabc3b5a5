// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/forks/changesmodel.h"
#include "ui/forks/forklistmodel.h"
#include "ui/forks/forkstore.h"
#include "ui/forks/submodulemodel.h"

#include <QWidget>

class QAction;
class QBoxLayout;
class QStackedWidget;
class QTreeView;
class QVBoxLayout;

namespace kernelyard {

class AdviceCard;
class Badge;
class Card;
class CommandBox;
class Label;
class ProgressLine;
class StateLine;

/// What the buttons of the detail do; all belong to the page.
struct ForkActions
{
    QAction *fetch, *switchBranch, *fastForward, *editor, *terminal, *more;
    QAction *sync;
    QAction *rebuild, *units, *showBuild;
    QAction *cancel, *closeOutcome;
    QAction *resume, *discard, *markSafe;
};

/// What is shown of one checkout.
struct ForkView
{
    ForkRow row;
    QString environment; ///< that builds it; empty: none does
    std::optional<ForkOutcome> outcome;
    std::optional<Result<ForkAdvice>> advice;
    const ForkJob *job = nullptr;
};

/// One checkout: who it is, what is at work in it, what changed and what that means, its submodules, and advice.
class ForkDetail : public QWidget
{
    Q_OBJECT

public:
    explicit ForkDetail(const ForkActions &actions, QWidget *parent = nullptr);

    void show(const ForkView &view);
    QList<QWidget *> regions() const;
    AdviceCard *adviceCard() const { return m_advice; }
    const ChangesModel &changes() const { return m_changes; }
    QWidget *moreButton() const { return m_more; }

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeIdentity(const ForkActions &actions);
    QWidget *makeStrip(const ForkActions &actions);
    void makeChanges();
    void makeSubmodules(const ForkActions &actions);
    void makePlain(const ForkActions &actions);
    void showIdentity(const ForkView &view);
    void showStrip(const ForkView &view);
    void showPlain(const ForkView &view);
    void showChanges(const ForkView &view);
    void showSubmodules(const ForkStatus &fork);
    void showAdvice(const ForkView &view);
    void fit();

    Label *m_name;
    QWidget *m_branch;
    Label *m_facts;
    QList<QWidget *> m_gitButtons;
    QWidget *m_more = nullptr;
    QWidget *m_strip;
    StateLine *m_stripText;
    Label *m_stripRemedy;
    ProgressLine *m_stripBar;
    QWidget *m_cancel = nullptr;
    QWidget *m_close = nullptr;
    QStackedWidget *m_stack;
    QBoxLayout *m_columns;
    Card *m_changesCard;
    QTreeView *m_changesView;
    Label *m_nothing;
    Card *m_submodulesCard;
    QTreeView *m_submodulesView;
    AdviceCard *m_advice;
    Card *m_plain;
    Label *m_plainTitle;
    Label *m_plainWords;
    CommandBox *m_plainCommand = nullptr;
    QVBoxLayout *m_plainCommandRow;
    ChangesModel m_changes;
    SubmoduleModel m_submodules;
};

} // namespace kernelyard
