// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/preflightcard.h"

#include "core/base/whendone.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/choicebox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/ladder.h"

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

PreflightCard::PreflightCard(const Machine &machine, const Environments &environments, PreflightRun run,
                             QWidget *parent)
    : Card(parent)
    , m_machine(machine)
    , m_environments(environments)
    , m_run(std::move(run))
    , m_environment(new ChoiceBox(tr("Environment to check")))
    , m_badge(new Badge)
    , m_when(new Label({}, Type::Secondary, Tone::Muted))
    , m_words(new Label({}, Type::Secondary, Tone::Muted))
    , m_ladder(new Ladder(tr("Preflight checks")))
{
    setHeader(tr("Preflight"));
    setAccessibleName(tr("Preflight"));
    headerActions()->addWidget(m_environment);
    auto *line = new QHBoxLayout;
    line->addWidget(m_badge);
    line->addStretch();
    line->addWidget(m_when);
    m_words->setWordWrap(true);
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
    const QString name = m_environment->currentText();
    whenDone(m_run(*m_environments.find(name), probing), this, [this, name](const Result<Preflight> &result) {
        m_checking = false;
        if (name == m_environment->currentText())
            take(result);
        else
            check(Probing::None); // another one was chosen meanwhile
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

void PreflightCard::showWords()
{
    m_badge->setVisible(m_checking || m_shown);
    if (m_checking)
        m_badge->setState(State::Running, tr("Checking"));
    else if (m_shown)
        m_badge->setState(stateOf(m_shown->verdict()), verdictWord(*m_shown));
    const QTime time = m_shown ? QDateTime::fromMSecsSinceEpoch(m_shown->atMs).time() : QTime();
    m_when->setText(m_shown ? tr("checked %1").arg(QLocale().toString(time, u"HH:mm"_s)) : QString());
    m_words->setVisible(!m_checking);
    m_words->setText(m_shown ? tr("With the environment's default choices; kernelyardctl preflight takes others.")
                     : m_environments.catalog() && m_environment->count() == 0
                         ? tr("There is no environment to check.")
                         : tr("Checks from the kernel module to the time it takes whether an environment can be built "
                              "and run here. Changes nothing."));
    QList<LadderRung> rungs;
    for (const Check &check : m_shown ? m_shown->folded() : QList<Check>())
        rungs.append({stateOf(check.outcome), check.name, check.evidence, check.remedy,
                      check.fix ? check.fix->display() : QString()});
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
