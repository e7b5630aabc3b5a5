// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/environments/machineline.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QHBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

MachineLine::MachineLine(const Machine &machine, QWidget *parent)
    : Card(parent)
    , m_machine(machine)
    , m_facts(new QHBoxLayout)
    , m_repair(new QAction(icon(Glyph::Repair), tr("Repair engines…"), this))
{
    setAccessibleName(tr("This machine"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_repair->setIconText(tr("Repair…"));
    auto *row = new QHBoxLayout;
    row->setSpacing(px(24));
    auto *title = new Label(tr("This machine"), Type::CardHeader);
    title->setElideMode(Qt::ElideNone);
    m_facts->setSpacing(px(24));
    row->addWidget(title);
    row->addLayout(m_facts);
    row->addStretch(1);
    row->addWidget(new ActionButton(m_repair, ActionButton::Look::Link));
    body()->setContentsMargins(px(12), px(3), px(4), px(3));
    body()->addLayout(row);
    setFixedHeight(px(36));
    for (const auto signal : {&Machine::enginesChanged, &Machine::gpusChanged, &Machine::hostChanged})
        connect(&machine, signal, this, &MachineLine::rebuild);
    rebuild();
}

static MachineFact enginesFact(const QList<Engine> &engines)
{
    QStringList usable;
    for (const Engine &engine : engines) {
        const QString name = engine.kind == EngineKind::Podman ? u"Podman"_s : u"Docker"_s;
        if (engine.isUsable() && !usable.contains(name))
            usable.append(name);
    }
    if (usable.isEmpty())
        return {State::Failed, MachineLine::tr("No engine works")};
    if (usable.size() == 1)
        return {State::Success, MachineLine::tr("%1 answers").arg(usable.first())};
    return {State::Success, MachineLine::tr("%1 answer").arg(usable.join(MachineLine::tr(" and ")))};
}

/// Trouble by the name of its state, as in the footer and on the GPU page.
static MachineFact gpusFact(const Result<QList<GpuStatus>> &gpus, const GpuFault &whole)
{
    if (whole.condition != GpuCondition::Healthy)
        return {State::Warning, MachineLine::tr("GPU: %1").arg(noticeOf(whole, {}).word)};
    if (!gpus)
        return {State::Warning, gpus.error().message};
    for (const GpuStatus &gpu : *gpus)
        if (isTrouble(gpu.fault.condition))
            return {State::Warning, MachineLine::tr("GPU %1: %2").arg(gpu.index).arg(noticeOf(gpu.fault, {}).word)};
    if (gpus->isEmpty())
        return {State::Success, MachineLine::tr("No GPU, CPU path works")};
    QStringList parts;
    for (const GpuStatus &gpu : *gpus) {
        QString architecture = gpu.computeCapability.value_or(gpu.name);
        if (gpu.computeCapability)
            architecture = u"sm_"_s + architecture.remove(u'.');
        if (!architecture.isEmpty() && !parts.contains(architecture)) // one that is asleep may have no name
            parts.append(architecture);
    }
    if (!gpus->first().driver.isEmpty())
        parts.append(MachineLine::tr("driver %1").arg(gpus->first().driver));
    return {State::Success, parts.join(u", "_s)};
}

QList<MachineFact> machineFacts(const Machine &machine)
{
    QList<MachineFact> facts;
    const auto &engines = machine.engines();
    const auto &gpus = machine.gpus();
    facts.append(engines ? enginesFact(*engines) : MachineFact{State::Unknown, MachineLine::tr("Engines …")});
    facts.append(gpus ? gpusFact(*gpus, machine.gpuFault()) : MachineFact{State::Unknown, MachineLine::tr("GPU …")});
    if (const auto &host = machine.host())
        facts.append(
            {State::Success, MachineLine::tr("%1 cores, %2").arg(host->cores).arg(memoryText(host->memoryBytes))});
    if (!engines)
        return facts;
    for (const Engine &engine : *engines)
        for (const EngineProblem &problem : engine.problems)
            if (problem.blocking && problem.code != EngineProblemCode::NotInstalled)
                facts.append({State::Warning, u"%1: %2"_s.arg(nameOf(engine), modeOf(engine))});
    return facts;
}

/// In a narrow window what is well is left out first, from the right; what is wrong never.
void MachineLine::fit()
{
    int needed = px(140) + (m_repair->isVisible() ? px(90) : 0);
    for (const StateLine *line : std::as_const(m_lines))
        needed += line->sizeHint().width() + px(24);
    for (auto line = m_lines.rbegin(); line != m_lines.rend(); ++line) {
        const bool spare = (*line)->state() == State::Success && *line != m_lines.first();
        const bool leave = spare && needed > width();
        (*line)->setVisible(!leave);
        if (leave)
            needed -= (*line)->sizeHint().width() + px(24);
    }
}

void MachineLine::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    fit();
}

void MachineLine::rebuild()
{
    m_lines.clear();
    while (QLayoutItem *item = m_facts->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const MachineFact &fact : machineFacts(m_machine)) {
        auto *line = new StateLine;
        line->setFact(fact.state, fact.text);
        m_facts->addWidget(line);
        m_lines.append(line);
    }
    const std::optional<QList<Engine>> &engines = m_machine.engines();
    m_repair->setVisible(engines && std::any_of(engines->cbegin(), engines->cend(),
                                                [](const Engine &engine) { return !engine.problems.isEmpty(); }));
    fit();
}

} // namespace kernelyard
