// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/stepchain.h"

#include "core/build/estimate.h"

#include <QRegularExpression>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// "[linux/arm64 builder 3/7] RUN …", as BuildKit names the steps of a Dockerfile: the stage, which may be empty, and
/// the place within it.
const QRegularExpression &placeInStage()
{
    static const QRegularExpression place(uR"(^\[(?:([^\]]+) )?(\d+)/\d+\])"_s);
    return place;
}

/// Podman and the classic builder number their steps, and tell them one after the other.
bool isNumbered(const Step &step)
{
    return step.key.isEmpty() || step.key[0].isDigit();
}

/// None for engines that number their steps.
std::optional<QString> namedStage(const Step &step)
{
    const auto match = placeInStage().match(step.name);
    return match.hasMatch() && !isNumbered(step) ? std::optional(match.captured(1)) : std::nullopt;
}

/// Stages of engines that number their steps: each FROM begins one.
struct Stages
{
    QHash<int, int> of;      ///< stage by step
    QList<QStringList> from; ///< what each is called: its number, and the name behind AS

    Stages(const QList<Step> &steps, int task)
    {
        static const QRegularExpression as(u"\\sAS\\s+(\\S+)\\s*$"_s, QRegularExpression::CaseInsensitiveOption);
        for (int i = 0; i < steps.size(); ++i) {
            if (steps[i].task != task || !isInstruction(steps[i]))
                continue;
            if (isFrom(steps[i]) || from.isEmpty()) {
                from.append(QStringList{QString::number(from.size())});
                if (const auto match = as.match(instructionOf(steps[i].name)); match.hasMatch())
                    from.last() << match.captured(1).toLower();
            }
            of.insert(i, int(from.size()) - 1);
        }
    }

    /// The stage that an instruction takes from; -1: none of them.
    int source(const QString &instruction, int ofStage) const
    {
        static const QRegularExpression copied(u"--from=(\\S+)|[,=]?from=([^,\\s]+)|^FROM\\s+(?:--\\S+\\s+)*(\\S+)"_s,
                                               QRegularExpression::CaseInsensitiveOption);
        const auto match = copied.match(instruction);
        if (!match.hasMatch())
            return -1;
        const QString name = (match.captured(1) + match.captured(2) + match.captured(3)).toLower();
        for (int stage = 0; stage < ofStage; ++stage)
            if (from[stage].contains(name))
                return stage;
        return -1;
    }
};

QList<int> chainByStages(const QList<Step> &steps, int step)
{
    const Stages stages(steps, steps[step].task);
    QList<int> made;
    QSet<int> taken;
    QList<std::pair<int, int>> open{{stages.of.value(step, -1), step}}; // stage, and its last step that counts
    while (!open.isEmpty()) {
        const auto [stage, last] = open.takeLast();
        for (int i = 0; i <= last; ++i) {
            if (stages.of.value(i, -1) != stage || stage < 0 || taken.contains(i))
                continue;
            taken.insert(i);
            made.append(i);
            if (const int source = stages.source(instructionOf(steps[i].name), stage); source >= 0)
                open.append({source, int(steps.size()) - 1});
        }
    }
    std::sort(made.begin(), made.end());
    return made;
}

/// Each input before what takes it, in the order that the step names them.
QList<int> chainByInputs(const QList<Step> &steps, int step)
{
    QHash<StepKey, int> byKey;
    for (int i = 0; i < steps.size(); ++i)
        if (steps[i].task == steps[step].task)
            byKey.insert(steps[i].key, i);
    QList<int> made;
    QSet<int> seen{step};
    QList<std::pair<int, qsizetype>> open{{step, 0}}; // a step, and which of its inputs is next
    while (!open.isEmpty()) {
        const int at = open.last().first;
        if (open.last().second < steps[at].inputs.size()) {
            const int input = byKey.value(steps[at].inputs[open.last().second++], -1);
            if (input >= 0 && !seen.contains(input)) {
                seen.insert(input);
                open.append({input, 0});
            }
            continue;
        }
        if (isInstruction(steps[at]))
            made.append(at);
        open.removeLast();
    }
    return made;
}

} // namespace

bool isInstruction(const Step &step)
{
    static const QRegularExpression word(
        u"^(FROM|RUN|COPY|ADD|ARG|ENV|WORKDIR|USER|LABEL|CMD|ENTRYPOINT|EXPOSE|VOLUME|SHELL|STOPSIGNAL|ONBUILD|"
        "HEALTHCHECK|MAINTAINER)\\b"_s,
        QRegularExpression::CaseInsensitiveOption);
    return !step.key.isEmpty() && word.match(instructionOf(step.name)).hasMatch();
}

bool isFrom(const Step &step)
{
    return instructionOf(step.name).startsWith(u"FROM "_s, Qt::CaseInsensitive);
}

QList<int> stepChain(const QList<Step> &steps, int step)
{
    if (step < 0 || step >= steps.size())
        return {};
    // The inputs of a numbered step are the step before: what is copied from another stage is not told.
    return isNumbered(steps[step]) ? chainByStages(steps, step) : chainByInputs(steps, step);
}

QList<int> stagePath(const QList<Step> &steps, int step)
{
    const QList<int> chain = stepChain(steps, step);
    if (chain.isEmpty())
        return {};
    const auto named = namedStage(steps[step]);
    const Stages stages(steps, steps[step].task);
    QList<int> path;
    for (const int i : chain)
        if (!isFrom(steps[i]) &&
            (named ? namedStage(steps[i]) == named : stages.of.value(i, -1) == stages.of.value(step, -2)))
            path.append(i);
    // BuildKit tells its steps in any order.
    if (named)
        std::stable_sort(path.begin(), path.end(), [&steps](int a, int b) {
            return placeInStage().match(steps[a].name).captured(2).toInt() <
                   placeInStage().match(steps[b].name).captured(2).toInt();
        });
    return path;
}

int stageBase(const QList<Step> &steps, const QList<int> &chain, int step)
{
    if (step < 0 || step >= steps.size())
        return -1;
    const auto named = namedStage(steps[step]);
    const Stages stages(steps, steps[step].task);
    for (const int i : chain) {
        if (!isFrom(steps[i]))
            continue;
        if (named ? namedStage(steps[i]) == named : stages.of.value(i, -1) == stages.of.value(step, -2))
            return i;
    }
    return -1;
}

} // namespace kernelyard
