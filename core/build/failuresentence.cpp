// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/failuresentence.h"

#include "core/build/estimate.h"

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
    if (!plan.problem.isEmpty())
        return ending.task < 0 ? tr("the build") : plan.tasks.at(ending.task).name;
    if (ending.task < 0)
        return tr("the build of %1").arg(plan.environment);
    QString object = objectOf(plan.tasks.at(ending.task));
    if (ending.step.name.isEmpty() || ending.step.key.isEmpty())
        return object;
    return tr("%1, in its step “%2”").arg(object, shortInstruction(ending.step.name));
}

QString shortInstruction(const QString &name)
{
    constexpr qsizetype longest = 120;
    // the same for every RUN of an environment, and as long as its command
    static const QRegularExpression options(u"\\bRUN (--(mount|network|security)=\\S+ )+(?=\\S)"_s);
    const QString line = name.simplified().replace(options, u"RUN "_s);
    return line.size() <= longest ? line : QString(line.left(longest - 1).trimmed() + u'…');
}

QString asSentence(const QString &words)
{
    const QString line = words.simplified();
    return line.isEmpty() || line.endsWith(u'.') ? line : QString(line + u'.');
}

/// Podman's: building at STEP "RUN make": while running runtime: exit status 1. BuildKit's: process "/bin/sh -c make"
/// did not complete successfully: exit code: 1.
QString withoutInstruction(const QString &words)
{
    static const QRegularExpression quoted(
        u"^(error )?building at STEP \".*\": (while running runtime: )?|^process \".*\" did not complete successfully: "_s,
        QRegularExpression::DotMatchesEverythingOption);
    return QString(words.trimmed()).remove(quoted);
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
    const QString program = plan.problem.isEmpty() && ending.task >= 0 ? plan.tasks.at(ending.task).command.program
                                                                       : tr("Its command"); // which no plan names
    QString cause = !ending.exitCode         ? tr("It never ended.")
                    : *ending.exitCode > 128 ? tr("%1 was ended by signal %2 (%3).")
                                                   .arg(program)
                                                   .arg(*ending.exitCode - 128)
                                                   .arg(QString::fromLocal8Bit(::strsignal(*ending.exitCode - 128)))
                                             : tr("%1 ended with status %2.").arg(program).arg(*ending.exitCode);
    if (!ending.step.key.isEmpty() && !ending.step.error.isEmpty())
        cause += u' ' + tr("The engine says: %1").arg(asSentence(withoutInstruction(ending.step.error)));
    const QString whole = QString::fromUtf8(ending.lastLine);
    const QString lastLine = whole.left(400);
    const bool isSaid = !ending.step.error.isEmpty() && whole.contains(ending.step.error);
    if (!lastLine.isEmpty() && !isSaid && !ending.step.error.contains(lastLine))
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

QString failureInShort(const Plan &plan, const Ending &ending)
{
    if (!ending.reason.isEmpty() || hasLostEngine(ending) || ending.streamTrouble || wasKilled(ending))
        return causeOf(plan, ending);
    const QString said = ending.lastLine.isEmpty() ? withoutInstruction(ending.step.error)
                                                   : QString::fromUtf8(ending.lastLine).left(400);
    const QString step = ending.step.key.isEmpty() ? QString() : shortInstruction(instructionOf(ending.step.name));
    if (said.isEmpty() || step.isEmpty())
        return asSentence(said.isEmpty() ? causeOf(plan, ending) : said);
    return tr("%1: %2").arg(step, asSentence(said));
}

} // namespace kernelyard
