// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/estimate.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

QString instructionOf(const QString &stepName)
{
    static const QRegularExpression place(
        uR"(^((\[\d+/\d+\] )?(STEP|Step) \d+/\d+ ?:|\[(?!internal\])[^\]]*\d+/\d+\])\s*)"_s);
    QString name = stepName.simplified();
    name.remove(place);
    return name;
}

BuildTime quantile(QList<BuildTime> values, double share)
{
    std::sort(values.begin(), values.end());
    const double at = share * double(values.size() - 1);
    const auto below = qsizetype(std::floor(at));
    const qsizetype above = std::min(below + 1, values.size() - 1);
    const double part = at - double(below);
    return BuildTime(qint64(double(values[below].count()) * (1 - part) + double(values[above].count()) * part));
}

namespace {

/// How an earlier build went on from where this one is now.
struct Scenario
{
    const EarlierBuild *build = nullptr;
    BuildTime stepLeft{0}; ///< of what runs now
    BuildTime stepsEnd{0}; ///< when what runs now had ended there
    BuildTime left{0};
};

const EarlierStep *find(const EarlierBuild &build, const QString &task, const QString &instruction)
{
    for (const EarlierStep &step : build.steps)
        if (step.task == task && step.instruction == instruction)
            return &step;
    return nullptr;
}

BuildTime leftOf(const Step &step, const EarlierStep &before, BuildTime elapsed)
{
    const auto took = before.ended - before.started;
    const StepWork &work = step.work;
    if (work.kind == StepWork::Kind::Units && work.total > 0) {
        const double scale = before.units > 0 ? double(work.total) / double(before.units) : 1;
        const double left = double(work.total - work.done) / double(work.total);
        return BuildTime(qint64(double(took.count()) * scale * left));
    }
    return std::max(took - (elapsed - step.started.value_or(elapsed)), BuildTime(0));
}

/// The steps that decide from where it goes on: those that run, else the one that ended last.
QList<int> current(const QList<Step> &steps)
{
    QList<int> running;
    int last = -1;
    for (int i = 0; i < steps.size(); ++i) {
        if (steps[i].status == StepStatus::Running)
            running.append(i);
        else if (steps[i].status == StepStatus::Done && steps[i].ended &&
                 (last < 0 || *steps[i].ended >= *steps[last].ended))
            last = i;
    }
    if (running.isEmpty() && last >= 0)
        running.append(last);
    return running;
}

std::optional<Scenario> scenario(const EarlierBuild &build, const Plan &plan, const QList<Step> &steps,
                                 const QList<int> &now, BuildTime elapsed)
{
    if (build.status != BuildStatus::Done)
        return {};
    Scenario made;
    made.build = &build;
    for (const int index : now) {
        const Step &step = steps[index];
        const EarlierStep *const before = find(build, plan.tasks.value(step.task).name, instructionOf(step.name));
        if (!before || before->isCached || !before->isDone)
            return {};
        if (step.status == StepStatus::Running)
            made.stepLeft = std::max(made.stepLeft, leftOf(step, *before, elapsed));
        made.stepsEnd = std::max(made.stepsEnd, before->ended);
    }
    BuildTime end = made.stepsEnd;
    for (const EarlierStep &step : build.steps)
        if (std::any_of(plan.tasks.cbegin(), plan.tasks.cend(),
                        [&](const Task &task) { return task.name == step.task; }))
            end = std::max(end, step.ended);
    made.left = made.stepLeft + (end - made.stepsEnd);
    return made;
}

int taskIndex(const Plan &plan, const QString &name)
{
    for (int i = 0; i < plan.tasks.size(); ++i)
        if (plan.tasks[i].name == name)
            return i;
    return -1;
}

QList<ExpectedStep> expectedOf(const Scenario &scenario, const Plan &plan, const QList<Step> &steps,
                               const QList<int> &now, BuildTime elapsed)
{
    QList<ExpectedStep> expected;
    for (const int index : now)
        if (steps[index].status == StepStatus::Running)
            expected.append(
                {steps[index].task, index, instructionOf(steps[index].name), elapsed, elapsed + scenario.stepLeft});
    QHash<std::pair<int, QString>, int> known;
    for (int i = 0; i < steps.size(); ++i)
        known.insert({steps[i].task, instructionOf(steps[i].name)}, i);
    for (const EarlierStep &step : scenario.build->steps) {
        const int task = taskIndex(plan, step.task);
        if (task < 0 || step.isCached || step.ended <= scenario.stepsEnd)
            continue;
        const int index = known.value({task, step.instruction}, -1);
        if (index >= 0 && steps[index].status != StepStatus::Waiting)
            continue;
        const BuildTime begin = elapsed + scenario.stepLeft - scenario.stepsEnd;
        expected.append({task, index, step.instruction, std::max(begin + step.started, elapsed), begin + step.ended});
    }
    return expected;
}

} // namespace

std::optional<Estimate> estimate(const Plan &plan, const QList<Step> &steps, BuildTime elapsed,
                                 const QList<EarlierBuild> &earlier)
{
    const QList<int> now = current(steps);
    if (now.isEmpty())
        return {};
    QList<Scenario> scenarios;
    QList<BuildTime> left;
    for (const EarlierBuild &build : earlier) {
        if (const auto made = scenario(build, plan, steps, now, elapsed)) {
            scenarios.append(*made);
            left.append(made->left);
        }
    }
    if (scenarios.size() < Estimate::leastBuilds)
        return {};
    Estimate made;
    made.builds = int(scenarios.size());
    made.p50 = quantile(left, 0.5);
    made.p90 = quantile(left, 0.9);
    const auto nearest =
        std::min_element(scenarios.cbegin(), scenarios.cend(), [&](const Scenario &a, const Scenario &b) {
            return std::chrono::abs(a.left - made.p50) < std::chrono::abs(b.left - made.p50);
        });
    made.expected = expectedOf(*nearest, plan, steps, now, elapsed);
    return made;
}

} // namespace kernelyard
