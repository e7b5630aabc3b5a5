// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/failuresentence.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <cstring>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text)
{
    return QCoreApplication::translate("FailureSentence", text);
}

/// “the layer builder”
static QString objectOf(const Task &task)
{
    switch (task.kind) {
    case TaskKind::Base:
        return tr("the base image");
    case TaskKind::Layer:
        return tr("the layer %1").arg(task.name);
    case TaskKind::Fork:
        return tr("the fork");
    case TaskKind::Validation:
        return tr("the validation");
    case TaskKind::Transfer:
        return tr("the transfer of the layer %1").arg(task.name.section(u'-', 1));
    case TaskKind::Container:
        return tr("the dev container");
    }
    return task.name;
}

static QString whereOf(const Plan &plan, const Ending &ending)
{
    if (ending.task < 0)
        return tr("the build of %1").arg(plan.environment);
    const QString object = objectOf(plan.tasks.at(ending.task));
    if (ending.step.name.isEmpty() || ending.step.key.isEmpty())
        return object;
    return tr("%1, in its step “%2”").arg(object, ending.step.name);
}

/// The engines report a step's own exit code in their words; 137 is 128 + SIGKILL.
bool wasKilled(const Ending &ending)
{
    static const QRegularExpression killed(u"\\b(exit )?(status|code):? 137\\b"_s);
    return ending.exitCode == 137 || ending.step.error.contains(killed);
}

/// How the clients word it: BuildKit's over gRPC, the classic builder's and `run` over HTTP.
bool hasLostEngine(const Ending &ending)
{
    static const QRegularExpression lost(
        u"code = Unavailable|error reading from server: EOF|transport is closing|unexpected EOF|"
        "error during connect|Cannot connect to the Docker daemon|error waiting for container: |"
        "connection reset by peer|(read|write) unix .*(broken pipe|reset)"_s);
    return ending.step.error.contains(lost) || QString::fromUtf8(ending.lastLine).contains(lost);
}

static QString asSentence(const QString &words)
{
    return words.endsWith(u'.') ? words : QString(words + u'.');
}

static QString causeOf(const Plan &plan, const Ending &ending)
{
    if (!ending.reason.isEmpty())
        return ending.reason;
    if (hasLostEngine(ending))
        return tr("The engine's daemon stopped while it was building: %1")
            .arg(asSentence(ending.step.error.isEmpty() ? QString::fromUtf8(ending.lastLine).left(400)
                                                        : ending.step.error));
    if (ending.streamTrouble == StreamNote::Kind::Broken)
        return tr("The builder broke off its report of the build, which nobody had cancelled.");
    if (ending.streamTrouble == StreamNote::Kind::Unfinished)
        return tr("The engine ended without a result, as when it is asked to end from outside.");
    if (wasKilled(ending))
        return tr("It was killed (status 137), most probably because the memory ran out.");
    QString cause =
        !ending.exitCode ? tr("It never ended.")
        : *ending.exitCode > 128
            ? tr("%1 was ended by signal %2 (%3).")
                  .arg(plan.tasks.at(ending.task).command.program)
                  .arg(*ending.exitCode - 128)
                  .arg(QString::fromLocal8Bit(::strsignal(*ending.exitCode - 128)))
            : tr("%1 ended with status %2.").arg(plan.tasks.at(ending.task).command.program).arg(*ending.exitCode);
    if (!ending.step.key.isEmpty() && !ending.step.error.isEmpty())
        cause += u' ' + asSentence(ending.step.error);
    const QString lastLine = QString::fromUtf8(ending.lastLine).left(400);
    if (!lastLine.isEmpty() && !ending.step.error.contains(lastLine))
        cause += u' ' + tr("The last line of its log: %1").arg(asSentence(lastLine));
    return cause;
}

static QString keptOf(const Plan &plan, const Ending &ending)
{
    QString kept = ending.doneTasks.isEmpty() ? QString() : tr("Kept: %1.").arg(ending.doneTasks.join(u", "_s)) + u' ';
    if (ending.task >= 0 && plan.tasks.at(ending.task).kind == TaskKind::Layer)
        kept += tr("The engine keeps the finished steps of %1.").arg(plan.tasks.at(ending.task).name) + u' ';
    return kept;
}

static QString nextOf(const Ending &ending)
{
    if (ending.status == BuildStatus::Cancelled || ending.status == BuildStatus::Interrupted)
        return tr("Start it again to go on from there.");
    if (hasLostEngine(ending))
        return tr("Start the daemon, then start the build again: it goes on from there.");
    if (ending.streamTrouble)
        return tr("Start it again: what is done comes from the cache.");
    if (wasKilled(ending))
        return tr("Give it more memory or let it run fewer jobs at once, then start it again.");
    return tr("See the end of its log for the cause, mend it, then start it again.");
}

QString failureSentence(const Plan &plan, const Ending &ending)
{
    QString where = whereOf(plan, ending);
    switch (ending.status) {
    case BuildStatus::Cancelled:
        return ending.task < 0 ? tr("Cancelled before it began. Start it again at any time.")
                               : tr("Cancelled during %1. ").arg(where) + keptOf(plan, ending) + nextOf(ending);
    case BuildStatus::Interrupted:
        return (ending.task < 0 ? tr("The build was cut off before it began: its runner was killed. ")
                                : tr("The build was cut off during %1: its runner was killed. ").arg(where)) +
               keptOf(plan, ending) + nextOf(ending);
    default:
        where[0] = where[0].toUpper();
        return tr("%1 failed. ").arg(where) + causeOf(plan, ending) + u' ' + keptOf(plan, ending) +
               (ending.reason.isEmpty() ? nextOf(ending) : QString());
    }
}

} // namespace kernelyard
