// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/builds/buildfailure.h"
#include "ui/widgets/card.h"

class QAction;
class QGridLayout;
class QLabel;
class QListWidget;
class QToolButton;

namespace kernelyard {

class ActionButton;

/// What failed, where, why, what is kept and what comes next, the tool's own line, what follows from it, and the
/// buttons for it.
class FailureCard : public Card
{
    Q_OBJECT

public:
    /// The first action that is visible is the main one.
    explicit FailureCard(const QList<QAction *> &actions, QWidget *parent = nullptr);

    void setFailure(const BuildFailure &failure, BuildStatus status);

Q_SIGNALS:
    void lineChosen(qint64 line);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Fact
    {
        Label *name;
        QLabel *value;
    };
    Fact addFact(const QString &name);
    void showFact(const Fact &fact, const QString &text);
    void showWhere();
    void showLines();
    void fold(bool open);
    void markMainButton();
    void makeLines();

    class StateGlyph *m_glyph;
    Label *m_what;
    QGridLayout *m_facts;
    Fact m_where;
    Fact m_why;
    Fact m_kept;
    Fact m_next;
    Label *m_toolLine;
    Label *m_label; ///< the cause's name
    QToolButton *m_fold;
    QListWidget *m_lines;
    QWidget *m_linesBox = nullptr;
    bool m_isOpen = false;
    QList<ActionButton *> m_buttons;
    QWidget *m_toolBox;
    Label *m_toolNumber;
    BuildFailure m_failure;
};

} // namespace kernelyard
