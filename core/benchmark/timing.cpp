// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/timing.h"

#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <map>
#include <numeric>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// The unit that a line says is compiled: "api.o" of "[3/14] c++ build/api.o", "dot.cpp" of a whole command; empty: the
/// line says none.
QByteArray unitIn(QByteArrayView line)
{
    static const QRegularExpression counted(uR"(^\s*\[\d+/\d+\] (.*)$)"_s);
    const QByteArray trimmed = line.toByteArray().trimmed();
    const auto match = counted.match(QString::fromUtf8(trimmed));
    const QByteArray rest = match.hasMatch() ? match.captured(1).toUtf8() : trimmed;
    const CompileCommand command = compileCommand(rest);
    if (!command.tool.isEmpty())
        return command.source.toUtf8();
    if (!match.hasMatch())
        return {};
    // A description: "c++ build/cpu/float16.v3.o", "Building CUDA object csrc/flash.cu.o".
    const QByteArray last = rest.mid(rest.lastIndexOf(' ') + 1);
    const bool isCompiler = rest.startsWith("c++ ") || rest.startsWith("nvcc ") || rest.startsWith("cc ");
    return last.endsWith(".o") && (isCompiler || rest.contains(" object ")) ? last : QByteArray();
}

/// "ccache: 12 compiled, 1 from the cache, 3.4 s", as the attention package says it.
std::optional<std::pair<int, int>> cacheSummaryIn(QByteArrayView line)
{
    static const QRegularExpression summary(uR"(ccache: (\d+) compiled, (\d+) from the cache)"_s);
    if (!line.contains("ccache: "))
        return {};
    const auto match = summary.match(QString::fromUtf8(line));
    if (!match.hasMatch())
        return {};
    return std::pair(match.captured(1).toInt(), match.captured(2).toInt());
}

Phase phaseOf(const Task &task, const Step &step)
{
    switch (task.kind) {
    case TaskKind::Base:
    case TaskKind::Transfer:
        return Phase::Pull;
    case TaskKind::Fork:
        return Phase::Clone;
    case TaskKind::Validation:
        return Phase::Link;   // until the suite's first record
    case TaskKind::Container: // none of a scenario
    case TaskKind::Layer:
        break;
    }
    if (step.name.contains(u"link-fork") || step.name.contains(u"--editable"))
        return Phase::Link;
    return step.name.contains(u"FROM ") && !step.name.contains(u"COPY ") ? Phase::Pull : Phase::Install;
}

/// What a line of a step that is in \a now goes over to; \a base is where the step began.
Phase phaseAfter(QByteArrayView line, Phase now, Phase base)
{
    if (base == Phase::Link && line.startsWith("{\"type\""))
        return Phase::Validate;
    if (now == Phase::Validate)
        return now;
    if (line.startsWith("Submodule ") || line.startsWith("Synchronizing submodule ") ||
        (base == Phase::Clone && line.contains(": received ")))
        return Phase::Submodules;
    if (line.startsWith("Cloning into ") && now != Phase::Submodules)
        return Phase::Clone;
    if (line.startsWith("xFormers at ") || line.startsWith("Processing ") || line.startsWith("Looking in links"))
        return base;
    return now;
}

/// Follows the lines of one step.
class StepClock
{
public:
    StepClock(Phase base, BuildTime started)
        : m_base(base)
        , m_now(base)
        , m_cursor(started)
    {}

    void take(BuildTime at, QByteArrayView line)
    {
        if (const QByteArray unit = unitIn(line); !unit.isEmpty()) {
            m_compiling += std::max(at - m_cursor, BuildTime(0));
            m_cursor = std::max(at, m_cursor);
            m_units << unit;
            return;
        }
        if (const auto summary = cacheSummaryIn(line)) {
            spend(m_compiling, summary->first > 0 ? Phase::Compile : Phase::Link);
            m_compiling = BuildTime(0);
            m_counted += summary->first;
            m_cached += summary->second;
            m_units.clear(); // ccache knows better
        }
        pass(at);
        m_now = phaseAfter(line, m_now, m_base);
    }

    void end(BuildTime at)
    {
        pass(at);
        spend(m_compiling, Phase::Compile);
        m_compiling = BuildTime(0);
    }

    const PhaseTimes &times() const { return m_times; }
    const QList<QByteArray> &units() const { return m_units; }
    int counted() const { return m_counted; }
    int cached() const { return m_cached; }

private:
    void spend(BuildTime time, Phase phase) { m_times[static_cast<std::size_t>(phase)] += time; }
    void pass(BuildTime at)
    {
        if (at <= m_cursor)
            return;
        spend(at - m_cursor, m_now);
        m_cursor = at;
    }

    Phase m_base;
    Phase m_now;
    BuildTime m_cursor;
    BuildTime m_compiling{0}; ///< since units began to come, until it is known whether they were compiled
    PhaseTimes m_times{};
    QList<QByteArray> m_units;
    int m_counted = 0;
    int m_cached = 0;
};

/// Steps that ran at the same time share it in proportion; what no step took is installing.
void fit(PhaseTimes &times, BuildTime total)
{
    const BuildTime sum = std::accumulate(times.begin(), times.end(), BuildTime(0));
    if (sum > total && sum.count() > 0)
        for (BuildTime &time : times)
            time = BuildTime(qint64(double(time.count()) * double(total.count()) / double(sum.count())));
    const BuildTime fitted = std::accumulate(times.begin(), times.end(), BuildTime(0));
    times[static_cast<std::size_t>(Phase::Install)] += total - fitted;
}

} // namespace

int Timing::units() const
{
    int all = 0;
    for (const TaskCompilation &one : compilations)
        all += one.units;
    return all;
}

int Timing::compilingTasks() const
{
    return static_cast<int>(
        std::ranges::count_if(compilations, [](const TaskCompilation &one) { return one.units > 0; }));
}

Timing timingOf(const BuildState &state)
{
    const QList<Step> &steps = state.steps();
    std::map<int, StepClock> clocks;
    for (int i = 0; i < steps.size(); ++i)
        if (steps[i].started)
            clocks.emplace(i, StepClock(phaseOf(state.plan().tasks[steps[i].task], steps[i]), *steps[i].started));
    for (const LogLine &line : state.lines())
        if (const auto clock = clocks.find(line.step); clock != clocks.end() && !line.isNote)
            clock->second.take(line.at, line.text);

    Timing timing;
    timing.total = state.elapsed();
    std::map<int, TaskCompilation> tasks;
    QSet<QByteArray> seen;
    for (auto &[index, clock] : clocks) {
        clock.end(steps[index].ended.value_or(timing.total));
        for (std::size_t phase = 0; phase < phases.size(); ++phase)
            timing.phases[phase] += clock.times()[phase];
        TaskCompilation &task = tasks[steps[index].task];
        task.units += clock.counted() + static_cast<int>(clock.units().size());
        task.cached += clock.cached();
        for (const QByteArray &unit : clock.units()) {
            task.repeated += seen.contains(unit);
            seen.insert(unit);
        }
    }
    fit(timing.phases, timing.total);
    for (auto &[index, task] : tasks) {
        task.task = state.plan().tasks[index].name;
        if (task.units > 0 || task.cached > 0)
            timing.compilations << task;
    }
    return timing;
}

} // namespace kernelyard
