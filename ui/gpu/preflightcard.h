// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/preflight/check.h"
#include "ui/models/environments.h"
#include "ui/models/machine.h"
#include "ui/widgets/card.h"

#include <functional>

namespace kernelyard {

class Badge;
class ChoiceBox;
class Ladder;

/// Whether a container may be started to see if it gets the GPU.
enum class Probing { Allowed, None };

/// How an environment is checked; runs on a worker thread. Tests put their own in.
using PreflightRun = std::function<QFuture<Result<Preflight>>(const Environment &, Probing)>;

/// The ladder of checks for one environment, with its verdict and the time they were made. Made once without a probe
/// when it is first shown; again when asked, or when the environment's choices have changed. A rung that another choice
/// would pass has a button for it.
class PreflightCard : public Card
{
    Q_OBJECT

public:
    PreflightCard(const Machine &machine, Environments &environments, PreflightRun run, QWidget *parent = nullptr);

    void check(Probing probing);
    bool isChecking() const { return m_checking; }
    bool canCheck() const; ///< an environment is chosen, and nothing is being checked
    const std::optional<Preflight> &shown() const { return m_shown; }
    const Badge &badge() const { return *m_badge; }
    const Ladder &ladder() const { return *m_ladder; }
    QAction *choicesAction() const { return m_choices; }
    QString report() const; ///< as Markdown; empty: nothing was checked

Q_SIGNALS:
    void stateChanged(); ///< of isChecking, canCheck
    void failed(const kernelyard::Error &error);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void readEnvironments();
    void checkFirst();
    void take(const Result<Preflight> &result);
    void showWords();
    void showChoices();
    void makeChoice(qsizetype rung);

    const Machine &m_machine;
    Environments &m_environments;
    PreflightRun m_run;
    ChoiceBox *m_environment;
    Badge *m_badge;
    class Label *m_when;
    Label *m_words;
    QAction *m_choices;
    Ladder *m_ladder;
    std::optional<Preflight> m_shown;
    Environment m_checked; ///< as it was then
    Probing m_probing = Probing::None;
    bool m_checking = false;
    bool m_began = false; ///< the check that is made without being asked
};

// Words for a verdict, as a badge has them.
State stateOf(CheckOutcome outcome);
QString verdictWord(const Preflight &preflight); ///< "Pass", "Can build, 1 warning", "2 failed"

} // namespace kernelyard
