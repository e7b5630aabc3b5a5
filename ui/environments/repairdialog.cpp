// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/environments/repairdialog.h"

#include "core/base/whendone.h"
#include "core/process/run.h"
#include "ui/models/machine.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/card.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QVBoxLayout>
#include <QtConcurrent>

using namespace Qt::StringLiterals;

namespace kernelyard {

RepairDialog::RepairDialog(Machine &machine, QWidget *parent)
    : QDialog(parent)
    , m_machine(machine)
    , m_scroll(new QScrollArea)
    , m_check(new QAction(icon(Glyph::Refresh), tr("Check again"), this))
    , m_outcome(new Label({}, Type::Secondary, Tone::Muted))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Repair engines"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    auto *foot = new QHBoxLayout;
    foot->addWidget(new ActionButton(m_check));
    foot->addWidget(m_outcome, 1);
    foot->addWidget(buttons);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(m_scroll, 1);
    column->addLayout(foot);
    connect(m_check, &QAction::triggered, &machine, &Machine::check);
    connect(&machine, &Machine::enginesChanged, this, &RepairDialog::rebuild);
    rebuild();
    resize(px(680), px(520));
}

bool RepairDialog::isRunnable(const Command &fix)
{
    const QString program = fix.program.section(u'/', -1);
    return program != u"sudo"_s && program != u"su"_s && program != u"pkexec"_s && program != u"doas"_s;
}

void RepairDialog::rebuild()
{
    auto *sheet = new QWidget;
    auto *column = new QVBoxLayout(sheet);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(12));
    if (const auto &engines = m_machine.engines())
        for (const Engine &engine : *engines)
            addEngine(column, engine);
    column->addStretch(1);
    m_scroll->setWidget(sheet);
}

void RepairDialog::addEngine(QVBoxLayout *column, const Engine &engine)
{
    auto *card = new Card;
    auto *badge = new Badge;
    badge->setState(stateOf(engine), engine.isUsable() ? tr("Ready") : modeOf(engine));
    auto *row = new QHBoxLayout;
    row->setSpacing(px(8));
    auto *name = new Label(nameOf(engine), Type::Object);
    name->setElideMode(Qt::ElideNone);
    row->addWidget(name);
    row->addWidget(badge);
    row->addWidget(new Label(engine.endpoint.address, Type::Mono, Tone::Muted), 1);
    card->body()->addLayout(row);
    if (engine.problems.isEmpty())
        card->body()->addWidget(new Label(tr("Nothing to repair."), Type::Body, Tone::Muted));
    for (const EngineProblem &problem : engine.problems)
        addProblem(card->body(), problem);
    column->addWidget(card);
}

void RepairDialog::addProblem(QVBoxLayout *column, const EngineProblem &problem)
{
    const auto add = [column](const QString &text, Type type, Tone tone) {
        if (text.isEmpty())
            return;
        auto *label = new Label(text, type, tone);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        column->addWidget(label);
    };
    add(problem.cause, Type::CardHeader, Tone::Text);
    add(problem.blocking ? problem.remedy : tr("Worked around: %1").arg(problem.remedy), Type::Body, Tone::Text);
    add(problem.detail, Type::Secondary, Tone::Muted);
    if (!problem.fix)
        return;
    column->addWidget(new CommandBox(problem.fix->display(), 1));
    if (!isRunnable(*problem.fix)) {
        add(tr("This needs an administrator: copy it into a terminal."), Type::Secondary, Tone::Muted);
        return;
    }
    auto *run = new QAction(icon(Glyph::Play), tr("Run this command"), column->parentWidget());
    connect(run, &QAction::triggered, this, [this, fix = *problem.fix] { runFix(fix); });
    column->addWidget(new ActionButton(run), 0, Qt::AlignLeft);
}

void RepairDialog::runFix(const Command &fix)
{
    m_outcome->setText(tr("Running %1 …").arg(fix.program));
    whenDone(QtConcurrent::run([fix] { return run(fix, std::chrono::minutes(2)); }), this,
             [this, fix](const Result<Completed> &ended) {
                 if (!ended)
                     m_outcome->setText(ended.error().message);
                 else if (ended->exitCode == 0)
                     m_outcome->setText(tr("%1 ended, checking again.").arg(fix.program));
                 else
                     m_outcome->setText(tr("%1 ended with status %2: %3")
                                            .arg(fix.program)
                                            .arg(ended->exitCode)
                                            .arg(QString::fromLocal8Bit(ended->err).simplified()));
                 m_machine.check();
             });
}

} // namespace kernelyard
