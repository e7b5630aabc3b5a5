// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/environments/cardfacts.h"
#include "ui/widgets/card.h"

class QAction;
class QMenu;

namespace kernelyard {

class ActionButton;
class Badge;
class Label;
class StateLine;

/// One environment. Shows facts and asks; the page carries out.
class EnvironmentCard : public Card
{
    Q_OBJECT

public:
    EnvironmentCard(const QString &name, const QString &description, QWidget *parent = nullptr);

    QString name() const { return m_name; }
    void setFacts(const CardFacts &facts);
    const CardFacts &facts() const { return m_facts; }
    /// \a reason says why nothing can be started now; empty: it can.
    void setStartable(const QString &reason);
    void setHasFork(bool cloned);
    void setHasChoices(bool any);

    QList<QAction *> paletteActions() const;
    QAction *mainAction() const { return m_main; }
    QAction *commandsAction() const { return m_commands; }
    QAction *choicesAction() const { return m_choices; }
    QAction *devContainerAction() const { return m_devContainer; }
    QAction *rebuildAction() const { return m_rebuild; }

Q_SIGNALS:
    void setUpAsked();
    void showBuildAsked();
    void validateAsked();
    void quickValidateAsked();
    void commandsAsked();
    void rebuildAsked();
    void freshRebuildAsked();
    void choicesAsked();
    void devContainerAsked();
    void forkFolderAsked();
    void fileAsked();

private:
    QAction *makeAction(const QString &text, const QString &shortText, void (EnvironmentCard::*signal)());
    void runMain();

    struct Line
    {
        Label *label;
        ProgressLine *bar;
        StateLine *text;
    };

    QString m_name;
    CardFacts m_facts;
    Badge *m_badge;
    LayerBoxes *m_layers;
    QList<Line> m_lines;
    Label *m_disk;
    QAction *m_main;
    QAction *m_showBuild;
    QAction *m_commands;
    QAction *m_rebuild;
    QAction *m_freshRebuild;
    QAction *m_quick;
    QAction *m_choices;
    QAction *m_devContainer;
    QAction *m_forkFolder;
    QAction *m_file;
    QAction *m_more;
    QMenu *m_menu;
};

} // namespace kernelyard
