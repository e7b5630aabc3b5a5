// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/cacheanswer.h"

#include "core/build/estimate.h"
#include "core/build/inputchanges.h"
#include "core/build/stepchain.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <tuple>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

using Cause = CacheAnswer::Cause;

QString tr(const char *text)
{
    return QCoreApplication::translate("CacheAnswer", text);
}

constexpr qsizetype mostDetails = 20;

QString instructionAt(const QList<Step> &steps, int step)
{
    return instructionOf(steps[step].name);
}

bool hasRun(const Step &step)
{
    return step.status == StepStatus::Done || step.status == StepStatus::Running || step.status == StepStatus::Failed;
}

const LayerInputs *inputsOf(const CacheEvidence &evidence, const QString &task)
{
    for (const LayerInputs &inputs : evidence.inputs)
        if (inputs.task == task)
            return &inputs;
    return nullptr;
}

QString valueOf(const QList<std::pair<QString, QString>> &pairs, const QString &name)
{
    for (const auto &[key, value] : pairs)
        if (key == name)
            return value;
    return {};
}

const Task *taskOf(const Plan &plan, const QString &name)
{
    for (const Task &task : plan.tasks)
        if (task.name == name)
            return &task;
    return nullptr;
}

/// The images that \a step takes from: that it copies from, and what its stage stands on where nothing of the stage was
/// cached before it.
bool takesFrom(const QList<Step> &steps, int step, const QString &image)
{
    const QString instruction = instructionAt(steps, step);
    if (instruction.contains(u"from="_s) && (instruction.contains(image) || instruction.contains(u'$')))
        return true;
    for (const int other : stagePath(steps, step))
        if (other != step && steps[other].status == StepStatus::Cached)
            return false;
    const int base = stageBase(steps, stepChain(steps, step), step);
    const QString from = base >= 0 ? instructionAt(steps, base) : QString();
    return from.isEmpty() || from.contains(u'$') || from.contains(image);
}

/// Images whose id differs from before; with what this build itself did to them.
QStringList changedImages(const CacheEvidence &now, int asked, const LayerInputs &is, const LayerInputs &was)
{
    QStringList changes;
    for (const auto &[image, id] : is.images) {
        const QString old = valueOf(was.images, image);
        if (old.isEmpty() || old == id || !takesFrom(*now.steps, asked, image))
            continue;
        QString text = tr("%1 is another image than before").arg(image);
        for (int i = 0; i < now.plan->tasks.size(); ++i)
            if (now.plan->tasks[i].image == image &&
                std::any_of(now.steps->cbegin(), now.steps->cend(), [i](const Step &step) {
                    return step.task == i && hasRun(step) && isInstruction(step) && !isFrom(step);
                }))
                text = tr("%1 was built anew in this build (layer %2)").arg(image, now.plan->tasks[i].name);
        changes << text;
    }
    return changes;
}

CacheAnswer answer(Cause cause, int step, const QString &sentence, QStringList details = {})
{
    if (details.size() > mostDetails) {
        const auto more = details.size() - mostDetails;
        details = details.first(mostDetails) << tr("and %1 more").arg(more);
    }
    return {cause, step, sentence, details, BuildId()};
}

/// The instructions of its stage up to and with \a step.
QStringList pathTo(const QList<Step> &steps, int step)
{
    QStringList path;
    for (const int i : stagePath(steps, step))
        path << instructionAt(steps, i);
    return path;
}

/// How many instructions the two begin with alike.
qsizetype startsAlike(const QStringList &one, const QStringList &other)
{
    return std::mismatch(one.cbegin(), one.cend(), other.cbegin(), other.cend()).first - one.cbegin();
}

/// The instructions of \a task in the build before, first those that stand there most as \a step does at the end of
/// \a path: behind the same instructions of their stage, as far from its begin, at the place of the same name.
QList<int> instructionsLike(const Step &step, const QStringList &path, const QString &task, const CacheEvidence &before)
{
    const QList<Step> &steps = *before.steps;
    const auto place = [](const QString &name) { return name.section(u'/', 0, 0); }; // "[builder 3" of 7
    QList<std::tuple<qsizetype, qsizetype, bool, QString, int>> ranks;
    for (int i = 0; i < steps.size(); ++i) {
        if (!isInstruction(steps[i]) || isFrom(steps[i]) != isFrom(step) ||
            before.plan->tasks.value(steps[i].task).name != task)
            continue;
        const QStringList other = pathTo(steps, i);
        ranks.append({-startsAlike(other, path), std::abs(other.size() - path.size()),
                      place(steps[i].name) != place(step.name), steps[i].name, i});
    }
    std::sort(ranks.begin(), ranks.end());
    QList<int> found;
    for (const auto &rank : std::as_const(ranks))
        found.append(std::get<int>(rank));
    return found;
}

/// One step in two builds.
struct Compared
{
    const CacheEvidence &now;
    const CacheEvidence &before;
    int step;
    QString instruction;
    QStringList path;
    const LayerInputs *is;  ///< null where none were recorded
    const LayerInputs *was; ///< likewise
    QList<ChangedArgument> arguments;

    QString build() const { return before.id.display(); }
    QString instructionBefore(int i) const { return instructionAt(*before.steps, i); }
};

Compared compared(const CacheEvidence &now, int step, const CacheEvidence &before)
{
    const Task &task = now.plan->tasks[now.steps->at(step).task];
    const Task *const old = taskOf(*before.plan, task.name);
    const QString instruction = instructionAt(*now.steps, step);
    const LayerInputs *const is = inputsOf(now, task.name);
    const LayerInputs *const was = inputsOf(before, task.name);
    return {now,
            before,
            step,
            instruction,
            pathTo(*now.steps, step),
            is,
            was,
            changedArguments(layerCommand(task), old ? layerCommand(*old) : LayerCommand(), is, was, instruction)};
}

CacheAnswer argumentChanged(const Compared &two, const QStringList &texts)
{
    return answer(Cause::ArgumentChanged, two.step, tr("A build argument changed since build %1.").arg(two.build()),
                  texts);
}

/// Where the build before has no such instruction, only \a others.
CacheAnswer instructionChanged(const Compared &two, const QList<int> &others)
{
    for (const int other : others)
        if (const QStringList texts = explaining(two.arguments, two.instructionBefore(other), two.instruction);
            !texts.isEmpty())
            return argumentChanged(two, texts);
    QStringList details{tr("is: %1").arg(two.instruction)};
    const QStringList pathBefore = pathTo(*two.before.steps, others.first());
    if (pathBefore.size() == two.path.size() && startsAlike(pathBefore, two.path) == two.path.size() - 1)
        details.prepend(tr("was: %1").arg(two.instructionBefore(others.first())));
    return answer(Cause::InstructionChanged, two.step,
                  tr("The instruction is not the one of build %1.").arg(two.build()), details);
}

/// Whether others stand before it than before \a same.
std::optional<CacheAnswer> pathChanged(const Compared &two, int same)
{
    const QStringList before = pathTo(*two.before.steps, same);
    for (qsizetype i = 0; i < std::max(two.path.size(), before.size()); ++i) {
        const QString is = two.path.value(i);
        const QString was = before.value(i);
        if (is != was && explaining(two.arguments, was, is).isEmpty())
            return answer(Cause::InstructionChanged, two.step,
                          tr("Other instructions stand before it than in build %1.").arg(two.build()),
                          {tr("was: %1").arg(was), tr("is: %1").arg(is)});
    }
    return {};
}

/// Whether what both builds recorded of the layer differs where the instruction sees it.
std::optional<CacheAnswer> recordChanged(const Compared &two)
{
    if (!two.is || !two.was)
        return {};
    if (const QStringList settings = changedSettings(*two.is, *two.was, two.instruction); !settings.isEmpty())
        return answer(Cause::InstructionChanged, two.step,
                      tr("An instruction changed since build %1.").arg(two.build()), settings);
    const QStringList changes = changedFiles(*two.is, *two.was, copySources(two.instruction));
    if (changes.isEmpty())
        return {};
    const QString sentence =
        changes.size() == 1
            ? tr("A file that it copies changed since build %1.").arg(two.build())
            : tr("%1 files that it copies changed since build %2.").arg(changes.size()).arg(two.build());
    return answer(Cause::FilesChanged, two.step, sentence, changes);
}

CacheAnswer compare(const CacheEvidence &now, int step, const CacheEvidence &before)
{
    const Compared two = compared(now, step, before);
    if (two.is && two.was)
        if (const QStringList images = changedImages(now, step, *two.is, *two.was); !images.isEmpty())
            return answer(Cause::BaseChanged, step, tr("An image that it is built from changed."), images);
    const QString task = now.plan->tasks[now.steps->at(step).task].name;
    const QList<int> old = instructionsLike(now.steps->at(step), two.path, task, before);
    if (old.isEmpty())
        return answer(Cause::Unknown, step,
                      tr("Unknown: build %1 did not come to this layer's instructions.").arg(two.build()));
    const auto same =
        std::find_if(old.cbegin(), old.cend(), [&](int i) { return two.instructionBefore(i) == two.instruction; });
    if (same == old.cend())
        return instructionChanged(two, old);
    if (const auto changed = pathChanged(two, *same))
        return *changed;
    if (!two.arguments.isEmpty())
        return argumentChanged(two, textsOf(two.arguments));
    if (const auto changed = recordChanged(two))
        return *changed;
    const StepStatus status = before.steps->at(*same).status;
    if (status != StepStatus::Done && status != StepStatus::Cached)
        return answer(Cause::NotFinished, step, tr("Build %1 did not get through it.").arg(two.build()));
    if ((!two.is || !two.was) && !copySources(two.instruction).isEmpty())
        return answer(Cause::Unknown, step, tr("Unknown: the files that it copies were not recorded for both builds."));
    return answer(
        Cause::Unknown, step,
        tr("Unknown: its instruction, arguments and recorded inputs are those of build %1. The engine's cache "
           "may have been pruned since.")
            .arg(two.build()));
}

} // namespace

QString causeName(Cause cause)
{
    static constexpr std::array<QStringView, 10> names{
        u"cached",           u"not-run",       u"first-build",  u"no-cache-asked", u"instruction-changed",
        u"argument-changed", u"files-changed", u"base-changed", u"not-finished",   u"unknown"};
    return names[std::size_t(cause)].toString();
}

CacheAnswer whyNotCached(const CacheEvidence &now, int step, const std::optional<CacheEvidence> &before)
{
    const QList<Step> &steps = *now.steps;
    if (step < 0 || step >= steps.size() || steps[step].task < 0 || steps[step].task >= now.plan->tasks.size())
        return answer(Cause::Unknown, -1, tr("There is no such step."));
    if (steps[step].status == StepStatus::Cached)
        return answer(Cause::Cached, step, tr("It was cached."));
    if (!hasRun(steps[step]))
        return answer(Cause::NotRun, step, tr("It has not run."));
    const Task &task = now.plan->tasks[steps[step].task];
    if (task.kind != TaskKind::Layer || !isInstruction(steps[step]))
        return answer(Cause::Unknown, step, tr("The engine keeps no cache of this: it is no instruction of a layer."));
    int first = step;
    for (const int other : stepChain(steps, step)) {
        if (hasRun(steps[other]) && !isFrom(steps[other])) {
            first = other;
            break;
        }
    }
    CacheAnswer made;
    if (layerCommand(task).noCache)
        made = answer(Cause::NoCacheAsked, first, tr("The build was asked for without the cache (--no-cache)."));
    else if (!before)
        made =
            answer(Cause::FirstBuild, first,
                   tr("No earlier build of the layer %1 with %2 is known.").arg(task.name, now.plan->engine.display()));
    else
        made = compare(now, first, *before);
    if (before)
        made.before = before->id;
    if (first != step)
        made.sentence = tr("A step before it was not cached, “%1”. %2").arg(instructionAt(steps, first), made.sentence);
    return made;
}

QList<int> firstNotCached(const Plan &plan, const QList<Step> &steps)
{
    const auto ran = [&steps](int i) { return isInstruction(steps[i]) && !isFrom(steps[i]) && hasRun(steps[i]); };
    const auto isEarlier = [&steps](int a, int b) {
        const auto start = [](const Step &step) { return step.started.value_or(BuildTime::max()); };
        return std::pair(start(steps[a]), steps[a].name) < std::pair(start(steps[b]), steps[b].name);
    };
    QList<int> found;
    for (int task = 0; task < plan.tasks.size(); ++task) {
        int first = -1;
        for (int i = 0; plan.tasks[task].kind == TaskKind::Layer && i < steps.size(); ++i) {
            if (steps[i].task != task || !ran(i))
                continue;
            const QList<int> chain = stepChain(steps, i);
            if (std::none_of(chain.cbegin(), chain.cend(), [&](int other) { return other != i && ran(other); }) &&
                (first < 0 || isEarlier(i, first)))
                first = i;
        }
        if (first >= 0)
            found.append(first);
    }
    return found;
}

} // namespace kernelyard
