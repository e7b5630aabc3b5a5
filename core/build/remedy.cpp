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
    const QString program = words.takeFirst();
    return Command{program, words, {}, {}};
}

/// The build argument of \a task that names GPU architectures.
QString archArgument(const Plan &plan, int task)
{
    static const QRegularExpression name(u"^(\\w*ARCH\\w*)="_s);
    for (const QString &word : plan.tasks.at(task).command.arguments)
        if (const QRegularExpressionMatch match = name.match(word); match.hasMatch())
            return match.captured(1);
    return u"TORCH_CUDA_ARCH_LIST"_s;
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
        if (!isLayer || jobs < 2)
            return std::nullopt;
        remedy.jobs = jobs / 2;
        break;
    }
    case RemedyAction::ArchList:
        if (!isLayer)
            return std::nullopt;
        remedy.archName = archArgument(plan, task);
        remedy.archs = buildArgument(plan, task, remedy.archName).value_or(QString());
        break;
    case RemedyAction::FreeSpace:
        remedy.run = pruneBuilds(plan.engine);
        break;
    case RemedyAction::StartEngine:
        if (plan.engine.kind == EngineKind::Podman)
            return std::nullopt; // has no daemon
        remedy.run = problem::daemonNotRunning(plan.engine.endpoint.address, true, plan.engine.rootless, facts, {}).fix;
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
