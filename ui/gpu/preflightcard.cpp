// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/preflightcard.h"

#include "core/base/whendone.h"
#include "ui/choices/choicesdialog.h"
#include "ui/models/wording.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/choicebox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/ladder.h"

#include <QAction>
#include <QCoreApplication>
#include <QDateTime>
#include <QHBoxLayout>
#include <QLocale>
#include <QSignalBlocker>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace kernelyard {

State stateOf(CheckOutcome outcome)
{
    switch (outcome) {
    case CheckOutcome::Passed:
        return State::Success;
    case CheckOutcome::Warning:
        return State::Warning;
    case CheckOutcome::Failed:
        return State::Failed;
    case CheckOutcome::Unknown:
        return State::Unknown;
    }
    Q_UNREACHABLE();
}

QString verdictWord(const Preflight &preflight)
{
    const int failed = preflight.count(CheckOutcome::Failed), warned = preflight.count(CheckOutcome::Warning);
    const int unknown = preflight.count(CheckOutcome::Unknown);
    if (failed > 0)
        return PreflightCard::tr("%1 failed").arg(failed);
    if (warned > 0)
        return warned == 1 ? PreflightCard::tr("Can build, 1 warning")
                           : PreflightCard::tr("Can build, %1 warnings").arg(warned);
    return unknown > 0 ? PreflightCard::tr("Can build, %1 unknown").arg(unknown) : PreflightCard::tr("Pass");
}

PreflightCard::PreflightCard(const Machine &machine, Environments &environments, PreflightRun run, QWidget *parent)
    : Card(parent)
    , m_machine(machine)
    , m_environments(environments)
    , m_run(std::move(run))
    , m_environment(new ChoiceBox(tr("Environment to check")))
    , m_badge(new Badge)
    , m_when(new Label({}, Type::Secondary, Tone::Muted))
    , m_words(new Label({}, Type::Secondary, Tone::Muted))
    , m_choices(new QAction(tr("Choices of the environment to check…"), this))
    , m_ladder(new Ladder(tr("Preflight checks")))
{
    setHeader(tr("Preflight"));
    setAccessibleName(tr("Preflight"));
    auto *line = new QHBoxLayout;
    line->addWidget(m_badge);
    line->addStretch();
    line->addWidget(m_when);
    m_words->setWordWrap(true);
    m_choices->setIconText(tr("Choices…"));
    headerActions()->addWidget(new ActionButton(m_choices, ActionButton::Look::Link));
    headerActions()->addWidget(m_environment);
    connect(m_choices, &QAction::triggered, this, &PreflightCard::showChoices);
    connect(m_ladder, &Ladder::actionAsked, this, &PreflightCard::makeChoice);
    body()->addLayout(line);
    body()->addWidget(m_words);
    body()->addWidget(m_ladder);
    body()->addStretch(1);
    connect(&m_environments, &Environments::catalogChanged, this, &PreflightCard::readEnvironments);
    connect(&m_machine, &Machine::enginesChanged, this, &PreflightCard::checkFirst);
    connect(m_environment, &QComboBox::currentIndexChanged, this, [this] {
        m_shown.reset(); // of another environment
        showWords();
        check(Probing::None);
    });
    readEnvironments();
}

void PreflightCard::readEnvironments()
{
    QStringList names;
    if (const auto &catalog = m_environments.catalog())
        for (const Environment &environment : catalog->environments)
            names << environment.name;
    m_environment->setChoices(names);
    showWords();
    checkFirst();
    const Environment *now = m_environments.find(m_environment->currentText());
    if (m_shown && now && now->name == m_checked.name && *now != m_checked)
        check(m_probing);
}

void PreflightCard::showEvent(QShowEvent *event)
{
    Card::showEvent(event);
    checkFirst();
}

/// Engines must have answered: without them every answer would be about their silence.
void PreflightCard::checkFirst()
{
    if (m_began || !isVisible() || !m_machine.engines() || !canCheck())
        return;
    check(Probing::None);
}

bool PreflightCard::canCheck() const
{
    return !m_checking && m_run && m_environments.find(m_environment->currentText());
}

void PreflightCard::check(Probing probing)
{
    if (!canCheck())
        return;
    m_began = true;
    m_checking = true;
    showWords();
    m_checked = *m_environments.find(m_environment->currentText());
    m_probing = probing;
    whenDone(m_run(m_checked, probing), this, [this](const Result<Preflight> &result) {
        m_checking = false;
        const Environment *now = m_environments.find(m_environment->currentText());
        if (now && *now == m_checked)
            take(result);
        else // another one was chosen meanwhile, or other choices were made
            check(now && now->name == m_checked.name ? m_probing : Probing::None);
        Q_EMIT stateChanged();
    });
}

void PreflightCard::take(const Result<Preflight> &result)
{
    if (result)
        m_shown = *result;
    else
        Q_EMIT failed(result.error());
    showWords();
}

void PreflightCard::showChoices()
{
    if (const Environment *environment = m_environments.find(m_environment->currentText())) {
        auto *dialog = new ChoicesDialog(*environment, m_environments, this);
        dialog->open();
    }
}

/// The one that the rung names, beside those that the user has made.
void PreflightCard::makeChoice(qsizetype rung)
{
    const Environment *environment = m_environments.find(m_environment->currentText());
    const Check check = m_shown ? m_shown->folded().value(rung) : Check();
    if (!environment || !check.choice)
        return;
    ChosenValues own = ownChoices(*environment);
    own.removeIf([&check](const auto &one) { return one.first == check.choice->first; });
    own.append(*check.choice);
    whenDone(m_environments.keepChoices(*environment, own), this, [this](const Result<void> &kept) {
        if (!kept)
            Q_EMIT failed(kept.error());
    });
}

void PreflightCard::showWords()
{
    m_badge->setVisible(m_checking || m_shown);
    if (m_checking)
        m_badge->setState(State::Running, tr("Checking"));
    else if (m_shown)
        m_badge->setState(stateOf(m_shown->verdict()), verdictWord(*m_shown));
    const QTime time = m_shown ? QDateTime::fromMSecsSinceEpoch(m_shown->atMs).time() : QTime();
    m_when->setText(m_shown ? tr("checked %1").arg(QLocale().toString(time, u"HH:mm"_s)) : QString());
    const Environment *environment = m_environments.find(m_environment->currentText());
    const QString own = environment ? choicesText(ownChoices(*environment)) : QString();
    m_choices->setVisible(environment && !environment->choices.isEmpty());
    m_words->setText(m_shown && own.isEmpty() ? tr("With the default choices")
                     : m_shown                ? tr("With your choices: %1").arg(own)
                     : m_environments.catalog() && m_environment->count() == 0
                         ? tr("There is no environment to check.")
                         : tr("Checks from the kernel module to the time it takes whether an environment can be built "
                              "and run here. Changes nothing."));
    QList<LadderRung> rungs;
    for (const Check &check : m_shown ? m_shown->folded() : QList<Check>())
        rungs.append({stateOf(check.outcome), check.name, check.evidence, check.remedy,
                      check.fix ? check.fix->display() : QString(),
                      check.choice ? tr("Choose %1 = %2").arg(check.choice->first, check.choice->second) : QString()});
    m_ladder->setRungs(rungs);
    m_ladder->setVisible(!rungs.isEmpty());
    Q_EMIT stateChanged();
}

QString PreflightCard::report() const
{
    if (!m_shown)
        return {};
    QStringList lines{u"### "_s + tr("Preflight of %1: %2").arg(m_shown->environment, verdictWord(*m_shown))};
    for (const Check &check : m_shown->checks)
        lines << u"- %1 (%2): %3"_s.arg(check.name, outcomeName(check.outcome), check.evidence);
    return lines.join(u'\n') + u'\n';
}

} // namespace kernelyard
