// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/buildfailure.h"

#include "ui/models/wording.h"
#include "core/log/terminalline.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("BuildFailure", text);
}

qint64 lastLineOf(const BuildLog &log, int step)
{
    for (qint64 line = log.count() - 1; line >= 0; --line) {
        if (log.step(line) == step && log.kind(line) != LogKind::Note)
            return line;
    }
    return -1;
}

/// What need not be done again.
QString keptText(const StepModel &steps)
{
    int done = 0;
    int cached = 0;
    for (const Step &step : steps.steps()) {
        done += step.status == StepStatus::Done;
        cached += step.status == StepStatus::Cached;
    }
    if (done + cached == 0)
        return tr("Nothing was finished yet.");
    const QString finished = done + cached == 1 ? tr("1 finished step") : tr("%1 finished steps").arg(done + cached);
    return tr("%1, in the engine's cache. Nothing of it has to be done again.").arg(finished);
}

/// 137 is 128 + SIGKILL, as engines report it; the rest is how compilers and nvcc report a killed child.
bool wasKilled(const QString &words)
{
    static const QRegularExpression pattern(u"\\b137\\b|Killed signal|signal 9\\b|^Killed$"_s);
    return words.contains(pattern);
}

bool isStatusOnly(const QString &words)
{
    static const QRegularExpression pattern(u"^(exit (status|code)|status)[: ]*\\d+\\.?$"_s,
                                            QRegularExpression::CaseInsensitiveOption);
    return words.trimmed().contains(pattern);
}

/// The line to show for a failed step: its first error; where that only says that a command failed, the first error of
/// that command.
qint64 tellingLine(const BuildLog &log, int step)
{
    const qint64 first = log.firstError(step);
    if (first < 0)
        return lastLineOf(log, step);
    if (!TerminalLine(log.text(first)).text().contains(u"FAILED: "_s))
        return first;
    for (qint64 line = first + 1; line < std::min(log.count(), first + 60); ++line) {
        if (log.step(line) == step && log.kind(line) == LogKind::Error)
            return line;
    }
    return first;
}

QString whyText(const Step &step, const QString &failure, const QString &toolLine)
{
    if (wasKilled(step.error) || wasKilled(toolLine))
        return tr("Its process was killed, most often because the memory ran out.");
    if (isStatusOnly(step.error))
        return tr("Its command ended with %1. The cause is not recognised; the first line that reads as an error "
                  "stands "
                  "below.")
            .arg(step.error.trimmed());
    if (!step.error.isEmpty())
        return tr("The engine says: %1").arg(step.error.simplified());
    return failure.isEmpty() ? tr("The cause is not recognised; the log is all there is.") : failure;
}

} // namespace

BuildFailure describeFailure(BuildStatus status, const StepModel &steps, const BuildLog &log, const QString &failure)
{
    BuildFailure made;
    if (status != BuildStatus::Failed && status != BuildStatus::Interrupted)
        return made;
    const bool isInterrupted = status == BuildStatus::Interrupted;
    const int at = steps.failedStep() >= 0 ? steps.failedStep() : isInterrupted ? steps.runningStep() : -1;
    if (at < 0) {
        made.what =
            isInterrupted ? tr("The build was cut off before a step ran") : tr("The build failed before a step ran");
        made.why = failure.isEmpty() ? tr("The runner left no reason.") : failure;
        made.line = log.firstError(-1);
        made.kept = keptText(steps);
        made.next = tr("Retry starts it again.");
        if (made.line >= 0)
            made.toolLine = TerminalLine(log.text(made.line)).text().trimmed();
        return made;
    }
    const Step &step = steps.steps()[at];
    const QString task = step.task >= 0 && step.task < steps.plan().tasks.size() ? steps.plan().tasks[step.task].name
                                                                                 : steps.plan().environment;
    const int number = steps.numberOf(at);
    made.what = isInterrupted ? tr("The build was cut off in step %1 of %2").arg(number).arg(task)
                              : tr("Step %1 of %2 failed").arg(number).arg(task);
    made.where = steps.titleOf(at);
    made.line = isInterrupted ? lastLineOf(log, at) : tellingLine(log, at);
    if (made.line >= 0 && !isInterrupted)
        made.toolLine = TerminalLine(log.text(made.line)).text().trimmed();
    made.why = isInterrupted
                   ? tr("The runner ended without closing the journal: it was killed or the machine went down. "
                        "Everything up to its last line is here.")
                   : whyText(step, failure, made.toolLine);
    made.kept = keptText(steps);
    if (!isInterrupted && (wasKilled(step.error) || wasKilled(made.toolLine)))
        made.next =
            tr("Free memory or run fewer jobs at once, then retry: it runs step %1 again, what is before it comes "
               "from the cache.")
                .arg(number);
    else if (isInterrupted)
        made.next = tr("Retry runs step %1 again; what is before it comes from the cache.").arg(number);
    else
        made.next = tr("Mend the cause, then retry: it runs step %1 again, what is before it comes from the cache.")
                        .arg(number);
    return made;
}

QString buildReport(const QString &title, BuildStatus status, const QDateTime &started, const StepModel &steps,
                    const BuildLog &log, const BuildFailure &failure)
{
    QStringList report;
    report << title % u": "_s % wordOf(status);
    report << tr("Engine: %1").arg(steps.plan().engine.display());
    if (started.isValid())
        report << tr("Started: %1").arg(started.toString(Qt::ISODate));
    const StepModel::Counts counts = steps.counts();
    report << tr("Steps: %1 of %2 done, %3 cached").arg(counts.finished).arg(counts.known).arg(counts.cached);
    if (!failure.what.isEmpty()) {
        report << QString() << failure.what;
        if (!failure.where.isEmpty())
            report << tr("Where: %1").arg(failure.where);
        report << tr("Why: %1").arg(failure.why) << tr("Kept: %1").arg(failure.kept);
    }
    const int step = steps.failedStep();
    QStringList tail;
    for (qint64 line = log.count() - 1; line >= 0 && tail.size() < 20; --line) {
        if (step < 0 || log.step(line) == step)
            tail.prepend(u"%1  %2"_s.arg(line + 1, 6).arg(TerminalLine(log.text(line)).text()));
    }
    if (!tail.isEmpty())
        report << QString() << tr("Last lines of the log:") << tail;
    report << QString() << tr("Commands:");
    for (const Task &task : steps.plan().tasks)
        report << task.command.display();
    return report.join(u'\n') % u'\n';
}

} // namespace kernelyard
