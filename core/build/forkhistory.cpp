// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/forkhistory.h"

#include "core/build/planner.h"
#include "core/validation/validationscope.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr int journalsToRead = 8; // per environment
constexpr qsizetype commitDigits = 10;

struct BuiltCommit
{
    QString commit; ///< the whole hash, or its beginning
    std::optional<ValidationVerdict> validation;
};

BuiltCommit builtCommit(const BuildState &state)
{
    BuiltCommit built;
    for (int task = 0; task < state.plan().tasks.size(); ++task) {
        const TaskKind kind = state.plan().tasks.at(task).kind;
        if (kind == TaskKind::Fork && built.commit.isEmpty())
            built.commit = commitInForkTask(state.taskOutput(task));
        if (kind != TaskKind::Validation)
            continue;
        const QByteArray output = state.taskOutput(task);
        if (output.isEmpty())
            continue;
        const ValidationRun run = ValidationRun::fromJsonLines(output);
        if (const QString commit = run.facts.value(u"commit"_s).toString(); !commit.isEmpty())
            built.commit = commit;
        if (ValidationScope::of(state.plan().validationArguments).isWhole())
            built.validation = run.verdict;
    }
    return built;
}

bool isAside(const BuildSummary &build)
{
    return build.purpose == u"benchmark" || build.purpose == u"dev container";
}

void addBuild(ForkHistory &history, const BuildSummary &build, const std::optional<ValidationVerdict> &validation)
{
    if (!history.lastBuild)
        history.lastBuild = build;
    if (!history.lastValidation && validation) {
        history.lastValidation = validation;
        history.lastValidationBuild = build.id;
    }
}

/// Adds what the \a builds of an environment, the newest first, tell of \a commit.
void addBuilds(ForkHistory &history, const QString &commit, const QString &environment,
               const QList<BuildSummary> &builds, const Paths &paths)
{
    int left = journalsToRead;
    for (const BuildSummary &build : builds) {
        if (build.environment != environment || isAside(build))
            continue;
        if (left-- == 0 || (history.lastBuild && history.lastValidation))
            return;
        const auto state = readBuild(paths, build.id);
        const BuiltCommit built = state ? builtCommit(*state) : BuiltCommit();
        if (!built.commit.isEmpty() && commit.startsWith(built.commit))
            addBuild(history, build, built.validation);
    }
}

} // namespace

QString forkTaskLine(const ForkStatus &fork)
{
    QStringList words;
    words << (fork.isClean() ? u"clean"_s : u"%1 changed"_s.arg(fork.changedFiles.size()));
    if (fork.ahead > 0)
        words << u"ahead by %1"_s.arg(fork.ahead);
    if (fork.behind > 0)
        words << u"behind by %1"_s.arg(fork.behind);
    return u"%1: branch %2, commit %3, %4"_s.arg(fork.path, fork.branch.isEmpty() ? u"none (detached)"_s : fork.branch,
                                                 fork.commit.left(commitDigits), words.join(u", "_s));
}

QString commitInForkTask(const QByteArray &output)
{
    static const QRegularExpression line(u": branch .*, commit ([0-9a-f]{10}), "_s);
    return line.match(QString::fromUtf8(output)).captured(1);
}

QHash<QString, ForkHistory> readForkHistories(const QList<ForkStatus> &forks, const QList<Environment> &environments,
                                              const Paths &paths)
{
    QHash<QString, ForkHistory> histories;
    const auto builds = listBuilds(paths);
    if (!builds)
        return histories;
    for (const Environment &environment : environments) {
        const QString path = forkPath(environment, paths);
        const auto fork = std::ranges::find(forks, path, &ForkStatus::path);
        if (path.isEmpty() || fork == forks.end() || fork->commit.isEmpty())
            continue;
        addBuilds(histories[path], fork->commit, environment.name, *builds, paths);
    }
    return histories;
}

} // namespace kernelyard
