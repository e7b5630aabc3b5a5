// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/cacheanswer.h"

#include "core/build/estimate.h"
#include "core/build/stepchain.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

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
        else if (file.mode != was->mode && file.mode != 0 && was->mode != 0)
            changes << tr("%1 has other permissions").arg(file.path);
    }
    for (auto gone = old.cbegin(); gone != old.cend(); ++gone)
        if (isMeant(gone.key()))
            changes << tr("%1 is gone").arg(gone.key());
    std::sort(changes.begin(), changes.end());
    return changes;
}

/// The instructions of the Dockerfile that \a instruction stands behind, in its stage; all where it is not found, for
/// engines show some with values put in.
QStringList standingBefore(const LayerInputs &inputs, const QString &instruction)
{
    QStringList found;
    for (const QString &line : inputs.instructions) {
        if (line == instruction)
            return found;
        if (line.startsWith(u"FROM "_s, Qt::CaseInsensitive) && inputs.instructions.contains(instruction))
            found.clear();
        found << line;
    }
    return found;
}

struct Argument
{
    std::optional<QString> value; ///< given, or its default; none: neither
    bool isDeclared = false;
};

Argument argumentOf(const LayerCommand &command, const QStringList &before, const QString &name)
{
    Argument made;
    for (const QString &line : before) {
        if (!line.startsWith(u"ARG "_s, Qt::CaseInsensitive))
            continue;
        const QString word = line.mid(4).trimmed();
        if (word.section(u'=', 0, 0) != name)
            continue;
        made.isDeclared = true;
        if (word.contains(u'='))
            made.value = word.section(u'=', 1);
    }
    for (const auto &[key, value] : command.arguments)
        if (key == name)
            made.value = value;
    return made;
}

struct ChangedArgument
{
    QString name, was, is;
    QString text;
};

/// Build arguments that differ, as far as \a instruction can see them. Of a RUN those that its stage declares before
/// it; of others what they name.
QList<ChangedArgument> changedArguments(const LayerCommand &now, const LayerCommand &before, const LayerInputs *is,
                                        const LayerInputs *was, const QString &instruction)
{
    const bool isKnown = is && was && !is->instructions.isEmpty() && !was->instructions.isEmpty();
    const QStringList linesNow = isKnown ? standingBefore(*is, instruction) : QStringList();
    const QStringList linesBefore = isKnown ? standingBefore(*was, instruction) : QStringList();
    QStringList names;
    for (const auto &list : {now.arguments, before.arguments})
        for (const auto &[name, value] : list)
            names << name;
    for (const QString &line : linesNow)
        if (line.startsWith(u"ARG "_s, Qt::CaseInsensitive))
            names << line.mid(4).trimmed().section(u'=', 0, 0);
    names.removeDuplicates();
    QList<ChangedArgument> changes;
    for (const QString &name : std::as_const(names)) {
        const Argument next = argumentOf(now, linesNow, name);
        const Argument last = argumentOf(before, linesBefore, name);
        const bool isSeen = isKnown
                                ? next.isDeclared || instruction.contains(name)
                                : instruction.startsWith(u"RUN "_s, Qt::CaseInsensitive) || instruction.contains(name);
        if (next.value == last.value || !isSeen)
            continue;
        const QString text = !last.value   ? tr("%1 was not given, is “%2”").arg(name, *next.value)
                             : !next.value ? tr("%1 was “%2”, is not given").arg(name, *last.value)
                                           : tr("%1 was “%2”, is “%3”").arg(name, *last.value, *next.value);
        changes.append({name, last.value.value_or(QString()), next.value.value_or(QString()), text});
    }
    return changes;
}

QStringList textsOf(const QList<ChangedArgument> &arguments)
{
    QStringList texts;
    for (const ChangedArgument &argument : arguments)
        texts << argument.text;
    return texts;
}

/// Whether \a argument, put in at one place, makes all the difference between two instructions.
bool isDifference(const ChangedArgument &argument, const QString &was, const QString &is)
{
    const auto differs = std::mismatch(was.cbegin(), was.cend(), is.cbegin(), is.cend());
    const qsizetype same = differs.first - was.cbegin();
    // Its values may begin alike.
    for (qsizetype at = same; at >= 0 && at >= same - argument.was.size(); --at)
        if (QStringView(was).sliced(at).startsWith(argument.was) &&
            QStringView(is).sliced(at).startsWith(argument.is) &&
            QStringView(was).sliced(at + argument.was.size()) == QStringView(is).sliced(at + argument.is.size()))
            return true;
    return false;
}

/// Those of \a arguments that make the one instruction of the other, where the engine put their values in.
QStringList explaining(const QList<ChangedArgument> &arguments, const QString &was, const QString &is)
{
    for (const ChangedArgument &argument : arguments)
        if (isDifference(argument, was, is) ||
            (!argument.was.isEmpty() && was != is && QString(was).replace(argument.was, argument.is) == is))
            return {argument.text};
    QString text = was;
    for (const ChangedArgument &argument : arguments)
        if (!argument.was.isEmpty())
            text.replace(argument.was, argument.is);
    return text == is && was != is ? textsOf(arguments) : QStringList();
}

/// What the Dockerfile sets before \a instruction without a step that shows (BuildKit's ENV, USER, SHELL), where it
/// differs; the text of the instruction itself too, where the engine shows a shorter one.
QStringList changedSettings(const LayerInputs &is, const LayerInputs &was, const QString &instruction)
{
    const bool isShown = is.instructions.contains(instruction);
    static const QRegularExpression setting(u"^(ENV|USER|SHELL|WORKDIR)\\s"_s,
                                            QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression own(u"^(ENV|USER|SHELL|WORKDIR|RUN|COPY|ADD)\\s"_s,
                                        QRegularExpression::CaseInsensitiveOption);
    const QStringList now = standingBefore(is, instruction).filter(isShown ? setting : own);
    const QStringList before = standingBefore(was, instruction).filter(isShown ? setting : own);
    for (qsizetype i = 0; i < std::max(now.size(), before.size()); ++i) {
        if (now.value(i) == before.value(i))
            continue;
        const QString old = before.value(i).isEmpty() ? tr("none") : before.value(i);
        const QString next = now.value(i).isEmpty() ? tr("none") : now.value(i);
        return {tr("was: %1").arg(old), tr("is: %1").arg(next)};
    }
    return {};
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
        if (const QStringList images = changedImages(now, step, *is, *was); !images.isEmpty())
            return answer(Cause::BaseChanged, step, tr("An image that it is built from changed."), images);

    const QList<Step> &stepsBefore = *before.steps;
    const QStringList path = pathTo(steps, step);
    QList<int> old; // the layer's instructions then
    int same = -1;
    for (int i = 0; i < stepsBefore.size(); ++i) {
        if (!isInstruction(stepsBefore[i]) || before.plan->tasks.value(stepsBefore[i].task).name != task)
            continue;
        old.append(i);
        // of several alike, the one that stands as this does
        if (instructionAt(stepsBefore, i) == instruction && (same < 0 || pathTo(stepsBefore, i) == path))
            same = i;
    }
    if (old.isEmpty())
        return answer(Cause::Unknown, step,
                      tr("Unknown: build %1 did not come to this layer's instructions.").arg(before.id.display()));
    const auto arguments = changedArguments(isCommand, wasCommand, is, was, instruction);
    const QString argumentsSentence = tr("A build argument changed since build %1.").arg(before.id.display());
    if (same < 0) {
        for (const int i : std::as_const(old))
            if (const QStringList texts = explaining(arguments, instructionAt(stepsBefore, i), instruction);
                !texts.isEmpty())
                return answer(Cause::ArgumentChanged, step, argumentsSentence, texts);
        const auto place = std::count_if(steps.cbegin(), steps.cbegin() + step, [&](const Step &other) {
            return other.task == steps[step].task && isInstruction(other);
        });
        QStringList details{tr("is: %1").arg(instruction)};
        if (place < old.size())
            details.prepend(tr("was: %1").arg(instructionAt(stepsBefore, old[place])));
        return answer(Cause::InstructionChanged, step,
                      tr("The instruction is not the one of build %1.").arg(before.id.display()), details);
    }
    const QStringList pathBefore = pathTo(stepsBefore, same);
    for (qsizetype i = 0; i < std::max(path.size(), pathBefore.size()); ++i)
        if (path.value(i) != pathBefore.value(i) && explaining(arguments, pathBefore.value(i), path.value(i)).isEmpty())
            return answer(Cause::InstructionChanged, step,
                          tr("Other instructions stand before it than in build %1.").arg(before.id.display()),
                          {tr("was: %1").arg(pathBefore.value(i)), tr("is: %1").arg(path.value(i))});
    if (!arguments.isEmpty())
        return answer(Cause::ArgumentChanged, step, argumentsSentence, textsOf(arguments));
    if (is && was)
        if (const QStringList settings = changedSettings(*is, *was, instruction); !settings.isEmpty())
            return answer(Cause::InstructionChanged, step,
                          tr("An instruction changed since build %1.").arg(before.id.display()), settings);
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
    if (stepsBefore[same].status != StepStatus::Done && stepsBefore[same].status != StepStatus::Cached)
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
