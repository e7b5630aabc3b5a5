// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/builds/buildfailure.h"
#include "ui/widgets/card.h"

class QAction;
class QGridLayout;
class QLabel;

namespace kernelyard {

/// What failed, where, why, what is kept and what comes next, the tool's own line, and the buttons for it.
class FailureCard : public Card
{
    Q_OBJECT

public:
    /// The first action is the main one.
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

    class StateGlyph *m_glyph;
    Label *m_what;
    QGridLayout *m_facts;
    Fact m_where;
    Fact m_why;
    Fact m_kept;
    Fact m_next;
    Label *m_toolLine;
    QWidget *m_toolBox;
    Label *m_toolNumber;
    BuildFailure m_failure;
};

} // namespace kernelyard
