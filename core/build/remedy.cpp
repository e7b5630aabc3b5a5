// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/remedy.h"

#include "core/build/planchange.h"
#include "core/engine/argv.h"
#include "core/engine/problems.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

/// The checkout that a task of \a plan uses: the first folder below \a forks that a command names.
QString forkOf(const Plan &plan, const QString &forks)
{
    for (const Task &task : plan.tasks) {
        for (const QString &word : task.command.arguments) {
            const qsizetype at = word.indexOf(forks + u'/');
            if (at < 0)
                continue;
            static const QRegularExpression end(u"[/,:]"_s);
            const qsizetype start = at + forks.size() + 1;
            const qsizetype stop = word.indexOf(end, start);
            return word.mid(at, stop < 0 ? -1 : stop - at);
        }
    }
    return {};
}

/// The registry of the image that \a line names; empty: none, and then it is Docker Hub.
QString registryOf(const QString &line)
{
    static const QRegularExpression registry(u"\\b((?:[a-z0-9-]+\\.)+[a-z]{2,}(?::\\d+)?|localhost(?::\\d+)?|"
                                             "[a-z0-9.-]+:\\d{2,5})/"_s);
    const QString found = registry.match(line).captured(1);
    return found.endsWith(u"docker.io"_s) || found.endsWith(u"docker.com"_s) ? QString() : found;
}

/// A word that is still "{name}" makes the command useless, "{name?}" is left out.
std::optional<Command> completed(const Cause &cause, const Plan &plan, const Paths &paths, const HostFacts &facts)
{
    const std::pair<QString, QString> values[] = {{u"engine"_s, plan.engine.program},
                                                  {u"user"_s, facts.user},
                                                  {u"fork"_s, forkOf(plan, paths.forks())},
                                                  {u"registry"_s, registryOf(cause.excerpt)}};
    QStringList words;
    for (QString word : cause.command) {
        for (const auto &[name, value] : values) {
            if (!value.isEmpty())
                word.replace(u'{' + name + u'}', value).replace(u'{' + name + u"?}", value);
        }
        static const QRegularExpression missing(uR"(\{[a-z]+([?]?)\})"_s);
        const QRegularExpressionMatch gap = missing.match(word);
        if (!gap.hasMatch())
            words << word;
        else if (gap.captured(1).isEmpty())
            return std::nullopt;
    }
    if (words.isEmpty())
        return std::nullopt;
    if (facts.uid == 0)
        words.removeAll(u"sudo"_s);
    const QString program = words.takeFirst();
    return Command{program, words, {}, {}};
}

/// The build argument of \a task that names GPU architectures: one that it was given, else one that its Dockerfile
/// declares; empty: none. TARGETARCH and its like are the processor's.
QString archArgument(const Plan &plan, int task)
{
    static const QRegularExpression given(u"^(\\w*ARCH\\w*)="_s);
    static const QRegularExpression processor(u"^(TARGET|BUILD)ARCH$"_s);
    QStringList names;
    for (const QString &word : plan.tasks.at(task).command.arguments)
        if (const QRegularExpressionMatch match = given.match(word); match.hasMatch())
            names << match.captured(1);
    for (const QString &name : declaredArguments(plan, task))
        if (name.contains(u"ARCH"))
            names << name;
    names.removeIf([](const QString &name) { return processor.match(name).hasMatch(); });
    return names.value(0);
}

/// "9.0a+PTX", "sm_90" and "90" → "90".
QString digitsOf(const QString &arch)
{
    QString digits;
    for (const QChar c : arch.section(u'+', 0, 0))
        if (c.isDigit())
            digits += c;
    return digits;
}

/// \a archs less the one that \a line says is not known; the same where that is unclear, or nothing would be left.
QString withoutRefused(const QString &archs, const QString &line)
{
    static const QRegularExpression named(uR"((?:compute_|sm_|arch\w*[ (':]+)(\d{1,2}\.?\d))"_s,
                                          QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression separator(u"[;, ]+"_s);
    const QRegularExpressionMatch found = named.match(line);
    if (!found.hasMatch())
        return archs;
    QStringList kept = archs.split(separator, Qt::SkipEmptyParts);
    kept.removeIf([&](const QString &arch) { return digitsOf(arch) == digitsOf(found.captured(1)); });
    if (kept.isEmpty())
        return archs;
    const QRegularExpressionMatch between = separator.match(archs);
    return kept.join(between.hasMatch() ? between.captured() : u";"_s);
}

} // namespace

std::optional<Remedy> remedyOf(const Cause &cause, const Plan &plan, int task, const Paths &paths,
                               const HostFacts &facts, int cores)
{
    Remedy remedy{cause.action, 0, {}, {}, std::nullopt};
    const bool isLayer = task >= 0 && task < plan.tasks.size() && plan.tasks.at(task).kind == TaskKind::Layer;
    switch (cause.action) {
    case RemedyAction::None:
        return std::nullopt;
    case RemedyAction::FewerJobs: {
        const int jobs = jobsOf(plan, task).value_or(cores);
        if (!isLayer || jobs < 2 || !takesJobs(plan, task))
            return std::nullopt;
        remedy.jobs = jobs / 2;
        break;
    }
    case RemedyAction::ArchList:
        remedy.archName = isLayer ? archArgument(plan, task) : QString();
        if (remedy.archName.isEmpty())
            return std::nullopt;
        remedy.archs = withoutRefused(buildArgument(plan, task, remedy.archName).value_or(QString()), cause.excerpt);
        break;
    case RemedyAction::FreeSpace:
        remedy.run = pruneBuilds(plan.engine);
        break;
    case RemedyAction::StartEngine:
        if (plan.engine.kind == EngineKind::Podman)
            return std::nullopt; // has no daemon
        remedy.run = problem::daemonNotRunning(plan.engine.endpoint.address, true, plan.engine.rootless, facts, {}).fix;
        break;
    case RemedyAction::GpuToolkit:
        remedy.run = problem::gpuToolkit(plan.engine, facts);
        if (!remedy.run)
            return std::nullopt;
        break;
    case RemedyAction::Run:
        remedy.run = completed(cause, plan, paths, facts);
        if (!remedy.run)
            return std::nullopt;
        break;
    }
    return remedy;
}

} // namespace kernelyard
