// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/environments/cardfacts.h"

#include "ui/models/figures.h"
#include "ui/models/machine.h"
#include "ui/models/wording.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text, int count = -1)
{
    return QCoreApplication::translate("Environments", text, nullptr, count);
}

State stateOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Pass:
        return State::Success;
    case Verdict::Fail:
    case Verdict::Void:
        return State::Failed;
    case Verdict::Incomplete:
        break;
    }
    return State::Interrupted;
}

QString validationText(const ValidationVerdict &verdict)
{
    switch (verdict.verdict) {
    case Verdict::Pass:
        return tr("%1 of %2 cases, worst rel. L2 %3")
            .arg(verdict.cases - verdict.failed)
            .arg(verdict.cases)
            .arg(scientific(verdict.worstRelL2));
    case Verdict::Fail:
        return tr("%1 of %2 cases failed, worst rel. L2 %3")
            .arg(verdict.failed)
            .arg(verdict.cases)
            .arg(scientific(verdict.worstRelL2));
    case Verdict::Void:
        return tr("void: %1").arg(voidReason(verdict));
    case Verdict::Incomplete:
        break;
    }
    return tr("cut off after %1 cases").arg(verdict.cases);
}

static LayerBox builtLayer(const LayerStatus &layer, const QString &failed)
{
    if (layer.name == failed) // of one that is there, the image before it
        return {layer.name, layer.present ? tr("failed, %1 kept").arg(diskText(layer.sizeBytes)) : tr("failed"),
                State::Failed};
    if (!layer.present)
        return {layer.name, tr("not built"), State::Waiting};
    return {layer.name, diskText(layer.sizeBytes), State::Success};
}

/// The box of a layer while a build runs that makes it.
static std::optional<LayerBox> liveLayer(const QString &name, const CardKnowledge &known)
{
    if (!known.plan || !known.live)
        return std::nullopt;
    const QList<Task> &tasks = known.plan->tasks;
    const auto task = std::find_if(tasks.cbegin(), tasks.cend(), [&name](const Task &candidate) {
        return candidate.kind == TaskKind::Layer && candidate.name == name;
    });
    if (task == tasks.cend())
        return std::nullopt;
    const auto index = static_cast<int>(task - tasks.cbegin());
    int steps = 0, finished = 0, cached = 0;
    bool later = false;
    for (const Step &step : known.live->steps) {
        later = later || step.task > index;
        if (step.task != index)
            continue;
        ++steps;
        if (step.status == StepStatus::Failed)
            return LayerBox{name, tr("failed"), State::Failed};
        if (step.status == StepStatus::Cached)
            ++cached;
        if (step.status == StepStatus::Cached || step.status == StepStatus::Done)
            ++finished;
    }
    if (later || (steps > 0 && known.live->status == BuildStatus::Done))
        return LayerBox{name, cached == steps && steps > 0 ? tr("cached") : tr("done"),
                        cached == steps && steps > 0 ? State::Cached : State::Success};
    if (steps == 0)
        return LayerBox{name, tr("waits"), State::Waiting};
    return LayerBox{name, tr("step %1 of %2").arg(qMin(finished + 1, steps)).arg(steps), State::Running};
}

static QList<LayerBox> layerBoxes(const CardKnowledge &known)
{
    QList<LayerBox> boxes;
    for (const Layer &layer : known.environment.layers) {
        LayerBox box{layer.name, u"…"_s, State::Unknown};
        if (known.enginesKnown && !known.hasEngine)
            box.sub = tr("unknown");
        if (known.status)
            for (const LayerStatus &status : known.status->layers)
                if (status.name == layer.name)
                    box = builtLayer(status, known.status->failedLayer);
        if (const auto live = liveLayer(layer.name, known))
            box = live->state == State::Success && box.state == State::Success ? box : *live;
        boxes.append(box);
    }
    return boxes;
}

static CardLine forkLine(const CardKnowledge &known)
{
    CardLine line{tr("Fork"), std::nullopt, u"…"_s, 0, 0};
    if (!known.environment.fork) {
        line.text = tr("none");
        return line;
    }
    if (!known.status)
        return line;
    if (!known.status->fork) {
        line.text = tr("not cloned yet");
        return line;
    }
    const ForkStatus &fork = *known.status->fork;
    QStringList parts{fork.branch.isEmpty() ? tr("detached at %1").arg(fork.commit.left(7))
                                            : u"%1 %2"_s.arg(fork.name, fork.branch)};
    parts.append(fork.isClean() ? tr("clean") : tr("%1 changed").arg(fork.changedFiles.size()));
    if (fork.ahead > 0)
        parts.append(tr("%1 ahead").arg(fork.ahead));
    if (fork.behind > 0)
        parts.append(tr("%1 behind").arg(fork.behind));
    line.text = parts.join(u", "_s);
    return line;
}

static CardLine validationLine(const CardKnowledge &known)
{
    CardLine line{tr("Last validation"), std::nullopt, u"…"_s, 0, 0};
    if (!known.environment.validation) {
        line.text = tr("this environment has none");
    } else if (known.status && known.status->lastValidation) {
        line.state = stateOf(known.status->lastValidation->verdict);
        const QString scope = known.status->lastValidationScope.text();
        line.text = validationText(*known.status->lastValidation) + (scope.isEmpty() ? QString() : u", "_s + scope);
    } else if (known.status) {
        line.text = tr("none yet");
    }
    return line;
}

static CardLine lastBuildLine(const CardKnowledge &known)
{
    CardLine line{tr("Last build"), std::nullopt, u"…"_s, 0, 0};
    if (!known.status)
        return line;
    if (!known.status->lastBuild) {
        line.text = tr("none on this machine");
        return line;
    }
    const BuildSummary &build = *known.status->lastBuild;
    QStringList parts;
    if (build.status == BuildStatus::Done) {
        parts.append(durationSentence(build.elapsed));
        if (build.stepsRun > 0)
            parts.append(build.stepsRun == 1 ? tr("1 step run") : tr("%1 steps run").arg(build.stepsRun));
        if (build.stepsCached > 0)
            parts.append(tr("%1 cached").arg(build.stepsCached));
    } else {
        line.state = stateOf(build.status);
        parts.append(wordOf(build.status) + u' ' + tr("after %1").arg(durationSentence(build.elapsed)));
    }
    line.text = parts.join(u", "_s) + u" · "_s + momentText(build.started, known.now);
    return line;
}

static CardLine progressLine(const CardKnowledge &known)
{
    CardLine line{tr("Progress"), std::nullopt, tr("starting"), 0, 0};
    if (!known.plan || !known.live)
        return line;
    int task = 0;
    QString work;
    StepWork units;
    for (const Step &step : known.live->steps) {
        task = qMax(task, step.task);
        if (step.status != StepStatus::Running)
            continue;
        work = step.progress;
        if (step.work.kind == StepWork::Kind::Units && step.work.total > 0)
            units = step.work;
    }
    if (units.total > 0) { // what takes the time, as the builds page says it
        line.done = int(units.done);
        line.total = int(units.total);
        line.text = u"%1, %2"_s.arg(workText(units), durationText(known.live->elapsed));
        return line;
    }
    const auto tasks = static_cast<int>(known.plan->tasks.size());
    line.done = task;
    line.total = tasks;
    line.text = tr("%1 of %2 tasks").arg(task).arg(tasks);
    if (task < tasks)
        line.text += u", "_s + known.plan->tasks[task].name + (work.isEmpty() ? QString() : QString(u' ' + work));
    line.text += u", "_s + durationText(known.live->elapsed);
    return line;
}

static QString keptText(const EnvironmentStatus &status)
{
    const auto present = std::count_if(status.layers.cbegin(), status.layers.cend(),
                                       [](const LayerStatus &layer) { return layer.present; });
    if (present == 0)
        return tr("what the engine has cached of the steps that were done");
    return tr("%1 of %2 layers, %3").arg(present).arg(status.layers.size()).arg(diskText(status.diskBytes));
}

static CardFacts runningFacts(const CardKnowledge &known, const BuildSummary &running)
{
    CardFacts facts;
    facts.state = State::Running;
    facts.word = running.purpose == u"validate"_s        ? tr("Validating")
                 : running.purpose == u"dev container"_s ? tr("Starting")
                                                         : tr("Building");
    facts.step = CardStep::ShowBuild;
    facts.lines = {progressLine(known), validationLine(known), forkLine(known)};
    return facts;
}

static CardFacts notBuiltFacts(const CardKnowledge &known)
{
    CardFacts facts;
    facts.state = State::Waiting;
    facts.word = tr("Not built");
    facts.step = CardStep::SetUp;
    QStringList work{tr("base image"), tr("%1 layers").arg(known.environment.layers.size())};
    if (known.environment.fork)
        work.append(tr("fork"));
    if (known.environment.validation)
        work.append(tr("validation"));
    facts.lines = {{tr("To do"), std::nullopt, work.join(u", "_s), 0, 0}, lastBuildLine(known), forkLine(known)};
    if (known.status && known.status->lastBuild) {
        const BuildStatus last = known.status->lastBuild->status;
        if (last == BuildStatus::Cancelled || last == BuildStatus::Interrupted) {
            facts.state = stateOf(last);
            facts.word = wordOf(last);
            facts.step = CardStep::Retry;
            facts.lines[0] = {tr("Kept"), std::nullopt, keptText(*known.status), 0, 0};
        }
    }
    return facts;
}

static CardFacts failedFacts(const CardKnowledge &known, const EnvironmentStatus &status)
{
    CardFacts facts;
    facts.state = State::Failed;
    facts.word = tr("Failed");
    facts.step = CardStep::Retry;
    QString cause = status.lastBuild ? status.lastBuild->cause.simplified() : QString();
    if (cause.isEmpty())
        cause = tr("not recognised; the log has the tool's own words");
    facts.lines = {
        {tr("Cause"), std::nullopt, cause, 0, 0}, {tr("Kept"), std::nullopt, keptText(status), 0, 0}, forkLine(known)};
    return facts;
}

static CardFacts builtFacts(const CardKnowledge &known, const EnvironmentStatus &status)
{
    CardFacts facts;
    facts.step = CardStep::Validate;
    facts.lines = {lastBuildLine(known), validationLine(known), forkLine(known)};
    if (!status.changed.isEmpty()) { // what is there is not what the environment says now
        facts.step = CardStep::SetUp;
        facts.state = State::Warning;
        facts.word = tr("Choices changed");
        facts.lines[0] = {tr("Since then"), std::nullopt, choicesText(status.changed), 0, 0};
        return facts;
    }
    if (status.readiness == Readiness::Ready) {
        facts.state = State::Success;
        facts.word = tr("Ready");
        return facts;
    }
    facts.state = State::Waiting;
    facts.word = tr("Not validated");
    if (const auto &last = status.lastValidation; last && last->verdict != Verdict::Pass) {
        facts.state = stateOf(last->verdict);
        facts.word = last->verdict == Verdict::Void   ? tr("Void")
                     : last->verdict == Verdict::Fail ? tr("Failed")
                                                      : tr("Interrupted");
    }
    return facts;
}

static CardFacts unknownFacts(const CardKnowledge &known)
{
    CardFacts facts;
    facts.state = State::Unknown;
    facts.word = known.enginesKnown && !known.hasEngine ? tr("No engine") : tr("Checking");
    facts.step = CardStep::SetUp;
    facts.lines = {lastBuildLine(known), validationLine(known), forkLine(known)};
    if (known.enginesKnown && !known.hasEngine)
        facts.lines[0] = {tr("Needs"), State::Warning, tr("a working Podman or Docker: see Repair above"), 0, 0};
    return facts;
}

static CardFacts stateFacts(const CardKnowledge &known)
{
    if (known.running)
        return runningFacts(known, *known.running);
    if (!known.status || known.status->readiness == Readiness::Unknown)
        return unknownFacts(known);
    switch (known.status->readiness) {
    case Readiness::NotBuilt:
        return notBuiltFacts(known);
    case Readiness::Failed:
        return failedFacts(known, *known.status);
    default:
        return builtFacts(known, *known.status);
    }
}

CardFacts cardFacts(const CardKnowledge &known)
{
    CardFacts facts = stateFacts(known);
    facts.layers = layerBoxes(known);
    if (known.status)
        facts.disk = known.status->diskBytes > 0 ? tr("%1 on disk").arg(diskText(known.status->diskBytes))
                                                 : tr("nothing on disk");
    return facts;
}

} // namespace kernelyard
