// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/repetitionlog.h"

using namespace Qt::StringLiterals;

namespace kernelyard {

static QByteArray secondsText(BuildTime time)
{
    return QByteArray::number(double(time.count()) / 1e6, 'f', 3);
}

static QByteArray stamp(BuildTime time)
{
    return '[' + secondsText(time).rightJustified(10) + "] ";
}

QByteArray repetitionLog(const Benchmark &benchmark, const Repetition &repetition, const BuildState &state,
                         const QStringList &prepared)
{
    QByteArray log;
    log += u"%1: scenario %2 (%3), repetition %4 of %5\n"_s
               .arg(benchmark.name(), letter(repetition.scenario), title(repetition.scenario))
               .arg(repetition.round)
               .arg(benchmark.spec.repetitions)
               .toUtf8();
    log += u"environment %1, engine %2, build %3\n"_s
               .arg(benchmark.spec.environment, benchmark.engine, repetition.build.display())
               .toUtf8();
    for (const QString &line : prepared)
        log += "before: " + line.toUtf8() + '\n';
    log += "start: " + repetition.started.toUTC().toString(Qt::ISODateWithMs).toUtf8() + '\n';
    int task = -1;
    const auto echo = [&](int upTo, BuildTime at) {
        while (task < upTo)
            log += stamp(at) + "$ " + state.plan().tasks[++task].command.display().toUtf8() + '\n';
    };
    for (const LogLine &line : state.lines()) {
        if (line.step >= 0)
            echo(state.steps()[line.step].task, line.at);
        log += stamp(line.at) + line.text + '\n';
    }
    for (const Step &step : state.steps()) // those that said nothing
        if (step.started)
            echo(step.task, *step.started);
    log += "end: " +
           repetition.started.addMSecs(repetition.timing.total.count() / 1000)
               .toUTC()
               .toString(Qt::ISODateWithMs)
               .toUtf8() +
           '\n';
    log += "elapsed: " + secondsText(repetition.timing.total) + " s\n";
    for (const Phase phase : phases)
        if (repetition.timing.of(phase).count() > 0)
            log += "  " + word(phase).toUtf8() + ": " + secondsText(repetition.timing.of(phase)) + " s\n";
    log += "compiled: " + QByteArray::number(repetition.timing.units()) + " units in " +
           QByteArray::number(repetition.timing.compilingTasks()) + " tasks\n";
    log += "result: " + (repetition.failure.isEmpty() ? QByteArray("pass") : repetition.failure.toUtf8()) + '\n';
    return log;
}

} // namespace kernelyard
