// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildcomparison.h"

#include "core/build/buildreplay.h"

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

using Facts = QList<std::pair<QString, QString>>; ///< what, value; in order, each once

void add(Facts &facts, const QString &what, const QString &value)
{
    const auto known = std::ranges::find(facts, what, [](const auto &fact) { return fact.first; });
    if (known == facts.end())
        facts.append({what, value});
    else
        known->second += u' ' + value;
}

bool isOption(const QString &word)
{
    return word.startsWith(u'-') && word.size() > 1;
}

/// A command by its options: "--build-arg A=1" is the value 1 of "--build-arg A", "--tag x" and "--tag=x" the value x
/// of "--tag"; what is no option is the "command". Names that are random in every build are left out.
Facts factsOf(const Task &task)
{
    Facts facts;
    add(facts, u"command"_s, task.command.program);
    const QStringList &words = task.command.arguments;
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString &word = words[i];
        if (!isOption(word)) {
            add(facts, u"command"_s, word);
            continue;
        }
        const qsizetype equals = word.indexOf(u'=');
        QString what = equals < 0 ? word : word.left(equals);
        QString value = equals < 0 ? QString() : word.mid(equals + 1);
        if (equals < 0 && i + 1 < words.size() && !isOption(words[i + 1]))
            value = words[++i];
        if (task.containers.contains(value))
            continue;
        const qsizetype name = value.indexOf(u'=');
        if (what == u"--build-arg" && name > 0) {
            what += u' ' + value.left(name);
            value = value.mid(name + 1);
        }
        add(facts, what, value.isEmpty() ? u"set"_s : value);
    }
    for (const auto &[name, value] : task.command.environment)
        add(facts, u"environment "_s + name, value);
    return facts;
}

Facts factsOf(const Plan &plan)
{
    Facts facts{
        {u"environment"_s, plan.environment}, {u"purpose"_s, plan.purpose}, {u"engine"_s, plan.engine.display()}};
    for (const auto &[name, value] : plan.choices)
        facts.append({u"choice "_s + name, value});
    return facts;
}

void addDifferences(QList<ComparedFact> &differences, const QString &where, const Facts &first, const Facts &second)
{
    const auto valueIn = [](const Facts &facts, const QString &what) {
        const auto found = std::ranges::find(facts, what, [](const auto &fact) { return fact.first; });
        return found == facts.end() ? QString() : found->second;
    };
    for (const auto &[what, value] : first)
        if (const QString other = valueIn(second, what); other != value)
            differences.append({where, what, value, other});
    for (const auto &[what, value] : second)
        if (std::ranges::none_of(first, [&what](const auto &fact) { return fact.first == what; }))
            differences.append({where, what, {}, value});
}

QList<ComparedFact> factDifferences(const Plan &first, const Plan &second)
{
    QList<ComparedFact> differences;
    addDifferences(differences, {}, factsOf(first), factsOf(second));
    const auto named = [](const Plan &plan, const QString &name) {
        const auto found = std::ranges::find(plan.tasks, name, &Task::name);
        return found == plan.tasks.end() ? nullptr : &*found;
    };
    for (const Task &task : first.tasks) {
        const Task *other = named(second, task.name);
        if (other == nullptr)
            differences.append({task.name, u"task"_s, task.title, {}});
        else
            addDifferences(differences, task.name, factsOf(task), factsOf(*other));
    }
    for (const Task &task : second.tasks)
        if (named(first, task.name) == nullptr)
            differences.append({task.name, u"task"_s, {}, task.title});
    return differences;
}

QString wordOf(const PastStep &step)
{
    return step.name.section(u' ', 0, 0);
}

/// Steps between two that are the same in both: those of one layer and one kind of instruction are each other's edit.
void addUnmatched(QList<ComparedStep> &steps, const QList<PastStep> &first, const QList<PastStep> &second)
{
    qsizetype from = 0;
    for (const PastStep &step : first) {
        qsizetype at = from;
        while (at < second.size() && (second[at].layer != step.layer || wordOf(second[at]) != wordOf(step)))
            ++at;
        if (at == second.size()) {
            steps.append({step.layer, step.name, step, std::nullopt});
            continue;
        }
        for (qsizetype i = from; i < at; ++i)
            steps.append({second[i].layer, second[i].name, std::nullopt, second[i]});
        steps.append({step.layer, second[at].name, step, second[at]});
        from = at + 1;
    }
    for (qsizetype i = from; i < second.size(); ++i)
        steps.append({second[i].layer, second[i].name, std::nullopt, second[i]});
}

/// The longest common subsequence of the two lists of steps, and between its members what is in one only.
QList<ComparedStep> stepsOf(const QList<PastStep> &first, const QList<PastStep> &second)
{
    const auto same = [](const PastStep &one, const PastStep &other) {
        return one.layer == other.layer && one.name == other.name;
    };
    const auto rows = static_cast<std::size_t>(first.size());
    const auto columns = static_cast<std::size_t>(second.size());
    std::vector<std::vector<int>> longest(rows + 1, std::vector<int>(columns + 1, 0));
    for (std::size_t i = rows; i-- > 0;)
        for (std::size_t j = columns; j-- > 0;)
            longest[i][j] = same(first[qsizetype(i)], second[qsizetype(j)])
                                ? longest[i + 1][j + 1] + 1
                                : std::max(longest[i + 1][j], longest[i][j + 1]);
    QList<ComparedStep> steps;
    QList<PastStep> onlyFirst, onlySecond;
    std::size_t i = 0, j = 0;
    while (i < rows || j < columns) {
        if (i < rows && j < columns && same(first[qsizetype(i)], second[qsizetype(j)])) {
            addUnmatched(steps, std::exchange(onlyFirst, {}), std::exchange(onlySecond, {}));
            const PastStep &one = first[qsizetype(i++)];
            steps.append({one.layer, one.name, one, second[qsizetype(j++)]});
        } else if (j == columns || (i < rows && longest[i + 1][j] >= longest[i][j + 1])) {
            onlyFirst << first[qsizetype(i++)];
        } else {
            onlySecond << second[qsizetype(j++)];
        }
    }
    addUnmatched(steps, onlyFirst, onlySecond);
    return steps;
}

} // namespace

std::optional<BuildTime> ComparedStep::longer() const
{
    if (!first || !second || !first->duration || !second->duration)
        return {};
    return *second->duration - *first->duration;
}

BuildComparison compareBuilds(const ComparedBuild &first, const ComparedBuild &second)
{
    BuildComparison comparison;
    comparison.first = first.past.summary;
    comparison.second = second.past.summary;
    comparison.facts = factDifferences(first.plan, second.plan);
    if (first.past.summary.branch != second.past.summary.branch)
        comparison.facts.append({{}, u"fork branch"_s, first.past.summary.branch, second.past.summary.branch});
    comparison.steps = stepsOf(first.past.steps, second.past.steps);
    for (const ComparedStep &step : std::as_const(comparison.steps)) {
        if (!step.first || !step.second)
            continue;
        const bool wasCached = step.first->status == StepStatus::Cached;
        const bool isCached = step.second->status == StepStatus::Cached;
        comparison.newlyCached += step.first->duration && isCached ? 1 : 0;
        comparison.noLongerCached += wasCached && step.second->duration ? 1 : 0;
    }
    return comparison;
}

static Result<ComparedBuild> readCompared(const Paths &paths, BuildId id)
{
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::StepsOnly);
    if (!replay)
        return Failure(replay.error());
    if (const auto read = replay->readAll(); !read)
        return Failure(read.error());
    return ComparedBuild{replay->state().plan(), pastBuild(replay->state(), replay->summary())};
}

Result<BuildComparison> readComparison(const Paths &paths, BuildId first, BuildId second)
{
    const auto one = readCompared(paths, first);
    if (!one)
        return Failure(one.error());
    const auto other = readCompared(paths, second);
    if (!other)
        return Failure(other.error());
    return compareBuilds(*one, *other);
}

} // namespace kernelyard
