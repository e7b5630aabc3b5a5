// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/cacheanswer.h"

#include "core/build/estimate.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <array>

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

/// Those of the Dockerfile, not of the engine itself.
bool isInstruction(const Step &step)
{
    static const QRegularExpression word(
        u"^(FROM|RUN|COPY|ADD|ARG|ENV|WORKDIR|USER|LABEL|CMD|ENTRYPOINT|EXPOSE|VOLUME|SHELL|STOPSIGNAL|ONBUILD|"
        "HEALTHCHECK|MAINTAINER)\\b"_s,
        QRegularExpression::CaseInsensitiveOption);
    return !step.key.isEmpty() && word.match(instructionOf(step.name)).hasMatch();
}

/// FROM takes an image; what it says of its own tells nothing of the cache. ARG and the like take no time, but Podman
/// runs them anew when what comes before was.
bool isFrom(const Step &step)
{
    return instructionOf(step.name).startsWith(u"FROM "_s, Qt::CaseInsensitive);
}

bool hasRun(const Step &step)
{
    return step.status == StepStatus::Done || step.status == StepStatus::Running || step.status == StepStatus::Failed;
}

/// The stage of a step: of a text engine's key "1/4 2/7" the "1/4", of BuildKit's name "[builder 3/7] …" the "builder".
QString stageOf(const Step &step)
{
    static const QRegularExpression name(uR"(^\[(?:(\S+) )?\d+/\d+\])"_s);
    if (const auto match = name.match(step.name); match.hasMatch())
        return match.captured(1);
    return step.key.contains(u' ') ? step.key.section(u' ', 0, 0) : QString();
}

/// The steps of the task that \a step follows on and itself, in order.
QList<int> chain(const QList<Step> &steps, int step)
{
    QList<int> made;
    if (steps[step].inputs.isEmpty()) {
        for (int i = 0; i <= step; ++i)
            if (steps[i].task == steps[step].task && stageOf(steps[i]) == stageOf(steps[step]) &&
                isInstruction(steps[i]))
                made.append(i);
        return made;
    }
    QHash<StepKey, int> byKey;
    for (int i = 0; i < steps.size(); ++i)
        if (steps[i].task == steps[step].task)
            byKey.insert(steps[i].key, i);
    QSet<int> seen;
    QList<int> open{step};
    while (!open.isEmpty()) {
        const int at = open.takeLast();
        if (seen.contains(at))
            continue;
        seen.insert(at);
        for (const StepKey &input : steps[at].inputs)
            if (const int other = byKey.value(input, -1); other >= 0)
                open.append(other);
        if (isInstruction(steps[at]))
            made.append(at);
    }
    std::sort(made.begin(), made.end());
    return made;
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

/// The sources of a COPY or ADD from the context; none for one from an image or another stage, and for addresses.
QStringList copySources(const QString &instruction)
{
    static const QRegularExpression copy(u"^(COPY|ADD)\\s+"_s, QRegularExpression::CaseInsensitiveOption);
    if (!copy.match(instruction).hasMatch() || instruction.contains(u"--from="_s))
        return {};
    QString rest = instruction;
    rest.remove(copy);
    QStringList words;
    if (const qsizetype list = rest.indexOf(u'['); list >= 0 && rest.endsWith(u']'))
        for (const QJsonValue word : QJsonDocument::fromJson(rest.mid(list).toUtf8()).array())
            words << word.toString();
    else
        words = rest.split(u' ', Qt::SkipEmptyParts);
    words.removeIf([](const QString &word) { return word.startsWith(u"--"_s); });
    if (!words.isEmpty())
        words.removeLast(); // the destination
    words.removeIf([](const QString &word) { return word.contains(u"://"_s); });
    return words;
}

bool isBelow(const QString &path, QString source)
{
    while (source.startsWith(u"./"_s) || source.startsWith(u'/'))
        source.remove(0, source.startsWith(u'/') ? 1 : 2);
    while (source.endsWith(u'/'))
        source.chop(1);
    if (source.isEmpty() || source == u".")
        return true;
    if (source.contains(u'*') || source.contains(u'?') || source.contains(u'['))
        return QRegularExpression(QRegularExpression::wildcardToRegularExpression(source)).match(path).hasMatch() ||
               QRegularExpression(QRegularExpression::wildcardToRegularExpression(source + u"/*"_s))
                   .match(path)
                   .hasMatch();
    return path == source || path.startsWith(source + u'/');
}

/// What differs below \a sources; files without a hash differ when their size or time does.
QStringList changedFiles(const LayerInputs &now, const LayerInputs &before, const QStringList &sources)
{
    QHash<QString, const ContextFile *> old;
    for (const ContextFile &file : before.files)
        old.insert(file.path, &file);
    QStringList changes;
    const auto isMeant = [&](const QString &path) {
        return std::any_of(sources.cbegin(), sources.cend(), [&](const QString &s) { return isBelow(path, s); });
    };
    for (const ContextFile &file : now.files) {
        const ContextFile *const was = old.take(file.path);
        if (!isMeant(file.path))
            continue;
        const bool hashed = was && !file.hash.isEmpty() && !was->hash.isEmpty();
        if (!was)
            changes << tr("%1 is new").arg(file.path);
        else if (hashed ? file.hash != was->hash
                        : file.sizeBytes != was->sizeBytes || file.modifiedMs != was->modifiedMs)
            changes << tr("%1 changed").arg(file.path);
    }
    for (auto gone = old.cbegin(); gone != old.cend(); ++gone)
        if (isMeant(gone.key()))
            changes << tr("%1 is gone").arg(gone.key());
    std::sort(changes.begin(), changes.end());
    return changes;
}

/// Build arguments that differ, as far as \a instruction can see them: a RUN sees all, others what they name.
QStringList changedArguments(const LayerCommand &now, const LayerCommand &before, const QString &instruction)
{
    QStringList changes;
    QStringList names;
    for (const auto &list : {now.arguments, before.arguments})
        for (const auto &[name, value] : list)
            if (!names.contains(name))
                names << name;
    for (const QString &name : std::as_const(names)) {
        const QString is = valueOf(now.arguments, name);
        const QString was = valueOf(before.arguments, name);
        const bool isSeen = instruction.startsWith(u"RUN "_s, Qt::CaseInsensitive) || instruction.contains(name);
        if (is != was && isSeen)
            changes << tr("%1 was “%2”, is “%3”").arg(name, was, is);
    }
    return changes;
}

/// Images whose id differs from before; with what this build itself did to them.
QStringList changedImages(const CacheEvidence &now, const LayerInputs &is, const LayerInputs &was)
{
    QStringList changes;
    for (const auto &[image, id] : is.images) {
        const QString old = valueOf(was.images, image);
        if (old.isEmpty() || old == id)
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

CacheAnswer compare(const CacheEvidence &now, int step, const CacheEvidence &before)
{
    const QList<Step> &steps = *now.steps;
    const QString task = now.plan->tasks[steps[step].task].name;
    const QString instruction = instructionAt(steps, step);
    const Task *const taskBefore = taskOf(*before.plan, task);
    const LayerCommand isCommand = layerCommand(now.plan->tasks[steps[step].task]);
    const LayerCommand wasCommand = taskBefore ? layerCommand(*taskBefore) : LayerCommand();
    const LayerInputs *const is = inputsOf(now, task);
    const LayerInputs *const was = inputsOf(before, task);

    if (is && was)
        if (const QStringList images = changedImages(now, *is, *was); !images.isEmpty())
            return answer(Cause::BaseChanged, step, tr("An image that it is built from changed."), images);

    QStringList instructions;
    const Step *same = nullptr;
    for (const Step &old : *before.steps) {
        if (!isInstruction(old) || before.plan->tasks.value(old.task).name != task)
            continue;
        instructions << instructionOf(old.name);
        if (instructions.last() == instruction)
            same = &old;
    }
    if (instructions.isEmpty())
        return answer(Cause::Unknown, step,
                      tr("Unknown: build %1 did not come to this layer's instructions.").arg(before.id.display()));
    if (!same) {
        int place = 0;
        for (int i = 0; i < step; ++i)
            place += steps[i].task == steps[step].task && isInstruction(steps[i]);
        const QString old = instructions.value(place);
        return answer(Cause::InstructionChanged, step,
                      tr("The instruction is not the one of build %1.").arg(before.id.display()),
                      old.isEmpty() ? QStringList{tr("is: %1").arg(instruction)}
                                    : QStringList{tr("was: %1").arg(old), tr("is: %1").arg(instruction)});
    }
    if (const QStringList changes = changedArguments(isCommand, wasCommand, instruction); !changes.isEmpty())
        return answer(Cause::ArgumentChanged, step,
                      tr("A build argument changed since build %1.").arg(before.id.display()), changes);
    const QStringList sources = copySources(instruction);
    if (!sources.isEmpty() && is && was)
        if (const QStringList changes = changedFiles(*is, *was, sources); !changes.isEmpty())
            return answer(Cause::FilesChanged, step,
                          changes.size() == 1
                              ? tr("A file that it copies changed since build %1.").arg(before.id.display())
                              : tr("%1 files that it copies changed since build %2.")
                                    .arg(changes.size())
                                    .arg(before.id.display()),
                          changes);
    if (same->status != StepStatus::Done && same->status != StepStatus::Cached)
        return answer(Cause::NotFinished, step, tr("Build %1 did not get through it.").arg(before.id.display()));
    if (!sources.isEmpty() && (!is || !was))
        return answer(Cause::Unknown, step, tr("Unknown: the files that it copies were not recorded for both builds."));
    return answer(
        Cause::Unknown, step,
        tr("Unknown: its instruction, arguments and recorded inputs are those of build %1. The engine's cache "
           "may have been pruned since.")
            .arg(before.id.display()));
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
    for (const int other : chain(steps, step)) {
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
    QList<int> found;
    for (int task = 0; task < plan.tasks.size(); ++task) {
        if (plan.tasks[task].kind != TaskKind::Layer)
            continue;
        for (int i = 0; i < steps.size(); ++i) {
            if (steps[i].task == task && isInstruction(steps[i]) && !isFrom(steps[i]) && hasRun(steps[i])) {
                found.append(i);
                break;
            }
        }
    }
    return found;
}

} // namespace kernelyard
