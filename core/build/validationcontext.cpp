// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/validationcontext.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// The newest build up to \a id that made images of \a environment; 0: none that is known. A setup also runs its base,
/// fork and validation tasks, a step each, when every layer is cached.
static int imagesMadeBy(BuildId id, const QString &environment, const QList<BuildSummary> &builds)
{
    int newest = 0;
    for (const BuildSummary &build : builds)
        if (build.environment == environment && build.id.number() <= id.number() &&
            build.stepsRun > (build.purpose == u"setup" ? 3 : 0) && build.status != BuildStatus::Failed &&
            QStringList{u"setup"_s, u"build"_s, u"pull"_s}.contains(build.purpose))
            newest = std::max(newest, build.id.number());
    return newest;
}

ReportContext validationContext(const BuildState &state, BuildId id, const QList<BuildSummary> &builds)
{
    ReportContext context;
    context.environment = state.plan().environment;
    context.build = id.display();
    context.started = state.startedAt();
    context.facts.append({u"engine"_s, state.plan().engine.display()});
    for (const Task &task : state.plan().tasks)
        if (task.kind == TaskKind::Validation) {
            const int maker = imagesMadeBy(id, context.environment, builds);
            context.facts.append(
                {u"image"_s, maker > 0 ? u"%1 of build %2"_s.arg(task.image, BuildId(maker).display()) : task.image});
        }
    for (const auto &[name, value] : state.plan().choices)
        context.facts.append({name, value});
    context.facts.removeIf([](const auto &fact) { return fact.second.isEmpty(); });
    return context;
}

std::optional<ValidationRun> validationOf(const BuildState &state)
{
    for (int task = 0; task < state.plan().tasks.size(); ++task) {
        if (state.plan().tasks[task].kind != TaskKind::Validation)
            continue;
        const QByteArray lines = state.taskOutput(task);
        if (!lines.isEmpty())
            return ValidationRun::fromJsonLines(lines);
    }
    return std::nullopt;
}

Result<PastValidation> readValidation(const Paths &paths, BuildId id)
{
    const Result<BuildState> state = readBuild(paths, id);
    if (!state)
        return Failure(state.error());
    const std::optional<ValidationRun> run = validationOf(*state);
    if (!run)
        return Failure(Error{
            ErrorKind::NotFound,
            QCoreApplication::translate("PastValidation", "Build %1 has no validation results.").arg(id.display()),
            {},
            QCoreApplication::translate("PastValidation", "Choose a build whose validation has begun.")});
    const Result<QList<BuildSummary>> builds = listBuilds(paths);
    return PastValidation{id, *run, validationContext(*state, id, builds ? *builds : QList<BuildSummary>())};
}

} // namespace kernelyard
