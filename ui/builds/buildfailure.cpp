// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/buildfailure.h"

#include "core/build/failuresentence.h"
#include "core/log/terminalline.h"
#include "ui/models/wording.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("BuildFailure", text);
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

constexpr int tailLines = 20;

/// The last lines of \a step, or of the log where it is -1.
QList<FailureLine> tailOf(const BuildLog &log, int step)
{
    QList<FailureLine> tail;
    for (qint64 line = step < 0 ? log.count() - 1 : log.lastLine(step); line >= 0 && tail.size() < tailLines; --line) {
        if (step < 0 || log.step(line) == step)
            tail.prepend({line + 1, TerminalLine(log.text(line)).text()});
    }
    return tail;
}

QString taskOf(const StepModel &steps, int step)
{
    const int task = steps.steps()[step].task;
    return task >= 0 && task < steps.plan().tasks.size() ? steps.plan().tasks[task].name : steps.plan().environment;
}

/// "exit status 1" and the like, as engines say it of a step.
bool isStatusOnly(const QString &words)
{
    static const QRegularExpression pattern(u"^(exit (status|code)|status)[: ]*\\d+\\.?$"_s,
                                            QRegularExpression::CaseInsensitiveOption);
    return words.trimmed().contains(pattern);
}

QString endOf(const Step &step, const QString &failure)
{
    const QString words = withoutInstruction(step.error);
    if (isStatusOnly(words))
        return tr("Its command ended with %1.").arg(words);
    if (!words.isEmpty())
        return tr("The engine says: %1").arg(asSentence(words));
    return failure;
}

void nameCause(BuildFailure &made, const BuildFindings &findings, const BuildLog &log, const QString &end)
{
    const Cause &root = findings.causes.first();
    made.label = root.label;
    made.what = root.summary;
    if (made.what.endsWith(u'.'))
        made.what.chop(1);
    if (root.line > 0 && root.line <= log.count()) {
        made.line = root.line - 1;
        made.toolLine = root.excerpt;
    }
    QStringList why;
    if (!findings.measured.isEmpty())
        why << findings.measured;
    if (findings.causes.size() > 1)
        why << tr("It came to that because of line %1: %2")
                   .arg(countText(findings.causes[1].line), findings.causes[1].summary);
    why << end;
    made.why = why.join(u' ');
    made.next = root.remedy;
    made.remedy = findings.remedy;
    made.lines = findings.followOn;
    made.linesTitle = made.lines.size() == 1 ? tr("1 more error follows from it")
                                             : tr("%1 more errors follow from it").arg(made.lines.size());
}

/// No rule knows it: what can be said without guessing.
void tellUnknown(BuildFailure &made, const BuildFindings &findings, const BuildLog &log, int step, const QString &end)
{
    made.what = tr("Cause not recognised");
    made.line =
        findings.firstError > 0 && findings.firstError <= log.count() ? findings.firstError - 1 : log.firstError(step);
    if (made.line < 0)
        made.line = log.lastLine(step);
    if (made.line >= 0)
        made.toolLine = TerminalLine(log.text(made.line)).text().trimmed();
    made.why = made.line >= 0 ? QString(asSentence(end) % u' ' %
                                        tr("No rule of the diagnosis knows this failure; the first "
                                           "line that reads as an error stands below."))
                              : end;
    made.lines = tailOf(log, step);
    made.linesTitle = made.lines.size() == 1 ? tr("Last line") : tr("Last %1 lines").arg(made.lines.size());
}

} // namespace

BuildFailure describeFailure(BuildStatus status, const StepModel &steps, const BuildLog &log, const QString &failure,
                             const BuildFindings &findings)
{
    BuildFailure made;
    if (status != BuildStatus::Failed && status != BuildStatus::Interrupted)
        return made;
    const bool isInterrupted = status == BuildStatus::Interrupted;
    const int at = steps.failedStep() >= 0 ? steps.failedStep() : isInterrupted ? steps.runningStep() : -1;
    made.kept = keptText(steps);
    if (at < 0) {
        made.why = failure.isEmpty() ? tr("The runner left no reason.") : failure;
        made.line = log.firstError(-1);
        made.next = tr("Retry starts it again.");
        if (made.line >= 0)
            made.toolLine = TerminalLine(log.text(made.line)).text().trimmed();
        if (!findings.causes.isEmpty())
            nameCause(made, findings, log, made.why);
        else
            made.what = isInterrupted ? tr("The build was cut off before a step ran")
                                      : tr("The build failed before a step ran");
        return made;
    }
    const QString task = taskOf(steps, at);
    const int number = steps.numberOf(at);
    made.where = shortInstruction(steps.titleOf(at));
    if (isInterrupted) {
        made.what = tr("The build was cut off in step %1 of %2").arg(number).arg(task);
        made.line = log.lastLine(at);
        made.why = tr("The runner ended without closing the journal: it was killed or the machine went down. "
                      "Everything up to its last line is here.");
        made.next = tr("Retry runs step %1 again; what is before it comes from the cache.").arg(number);
        return made;
    }
    const QString end = endOf(steps.steps()[at], failure);
    if (!findings.causes.isEmpty()) {
        nameCause(made, findings, log, end);
        if (made.line >= 0 && log.step(made.line) >= 0)
            made.where = shortInstruction(steps.titleOf(log.step(made.line)));
        return made;
    }
    tellUnknown(made, findings, log, at, end);
    made.next = tr("Mend the cause, then retry: it runs step %1 of %2 again, what is before it comes from the cache.")
                    .arg(number)
                    .arg(task);
    return made;
}

QString buildReport(const QString &title, BuildStatus status, const QDateTime &started, const StepModel &steps,
                    const BuildLog &log, const BuildFailure &failure)
{
    QStringList report;
    report << title % u": "_s % wordOf(status);
    report << tr("Engine: %1").arg(steps.plan().engine.display());
    if (started.isValid())
        report << tr("Started: %1").arg(started.toLocalTime().toString(Qt::ISODate));
    const StepModel::Counts counts = steps.counts();
    report << tr("Steps: %1 of %2 done, %3 cached").arg(counts.finished).arg(counts.known).arg(counts.cached);
    if (!failure.what.isEmpty()) {
        report << QString()
               << (failure.label.isEmpty() ? failure.what : QString(failure.what % u" ("_s % failure.label % u')'));
        if (!failure.where.isEmpty())
            report << tr("Where: %1").arg(failure.where);
        report << tr("Why: %1").arg(failure.why) << tr("Kept: %1").arg(failure.kept);
        if (!failure.toolLine.isEmpty())
            report << tr("Line %1: %2").arg(failure.line + 1).arg(failure.toolLine);
    }
    const QList<FailureLine> tail = tailOf(log, steps.failedStep());
    if (!tail.isEmpty())
        report << QString() << tr("Last lines of the log:");
    for (const FailureLine &line : tail)
        report << u"%1  %2"_s.arg(line.line, 6).arg(line.text);
    report << QString() << tr("Commands:");
    for (const Task &task : steps.plan().tasks)
        report << task.command.display();
    return report.join(u'\n') % u'\n';
}

} // namespace kernelyard
