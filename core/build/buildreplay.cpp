// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildreplay.h"

#include "core/build/buildlock.h"
#include "core/build/pastbuild.h"
#include "core/build/standinplan.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr qint64 readAllBytes = 16 << 20;

BuildReplay::BuildReplay(BuildId id, BuildFolder folder, Plan plan, BuildState::Keep keep)
    : m_id(id)
    , m_folder(std::move(folder))
    , m_state(std::move(plan), keep)
    , m_journal(std::make_unique<JournalFile>(m_folder.journal()))
{}

Result<BuildReplay> BuildReplay::open(const Paths &paths, BuildId id, BuildState::Keep keep, DamagedPlan damaged)
{
    BuildFolder folder = BuildFolder::of(paths, id);
    auto plan = Plan::read(folder.plan());
    const bool isMissing = !plan && plan.error().kind == ErrorKind::NotFound;
    if (isMissing && !QFile::exists(folder.journal()))
        return Failure(
            Error{ErrorKind::NotFound,
                  QCoreApplication::translate("Build", "There is no build %1 in %2.").arg(id.display(), paths.builds()),
                  {},
                  QCoreApplication::translate("Build", "kernelyardctl builds lists those that there are.")});
    if (!plan && damaged == DamagedPlan::Refused)
        return Failure(plan.error());
    if (!plan)
        plan = standInPlan(folder, id, plan.error());
    return BuildReplay(id, std::move(folder), std::move(*plan), keep);
}

Result<BuildReplay::Progress> BuildReplay::advance(qint64 limitBytes)
{
    // Asked before the reading: what a runner wrote before it ended is then all there.
    const bool lives = BuildLock::isHeld(m_folder.lock());
    for (qint64 taken = 0; taken < limitBytes;) {
        const auto count = m_journal->read(limitBytes - taken);
        if (!count)
            return Failure(count.error());
        while (true) {
            const auto record = m_journal->next();
            if (!record)
                break;
            m_state.apply(*record);
        }
        taken += *count;
        if (isEnded(m_state.status()))
            return Progress::Ended;
        if (*count == 0) {
            if (lives && !damagedAt())
                return Progress::Waits;
            m_state.markInterrupted();
            return Progress::Ended;
        }
    }
    return Progress::More;
}

Result<void> BuildReplay::readAll()
{
    for (;;) {
        const auto progress = advance(readAllBytes);
        if (!progress)
            return Failure(progress.error());
        if (*progress != Progress::More)
            return {};
    }
}

std::optional<qint64> BuildReplay::damagedAt() const
{
    const JournalReader &reader = m_journal->reader();
    return reader.problem() == JournalReader::Problem::None ? std::nullopt : std::optional(reader.offset());
}

/// "[287/412]" within \a progress as numbers; total 0 where there are none.
static std::pair<qint64, qint64> counted(const QString &progress)
{
    static const QRegularExpression pattern(u"(\\d+)\\s*/\\s*(\\d+)"_s);
    const QRegularExpressionMatch match = pattern.match(progress);
    return {match.captured(1).toLongLong(), match.captured(2).toLongLong()};
}

BuildSummary BuildReplay::summary() const
{
    const Plan &plan = m_state.plan();
    std::pair<qint64, qint64> units;
    for (const Step &step : m_state.steps())
        if (step.status == StepStatus::Running && !step.progress.isEmpty())
            units = counted(step.progress);
    return {m_id,
            plan.environment,
            plan.purpose,
            plan.problem.isEmpty() ? plan.engine.display() : QString(),
            m_state.status(),
            m_state.startedAt().isValid() ? m_state.startedAt() : plan.created,
            m_state.elapsed(),
            m_state.stepsCached(),
            m_state.stepsRun(),
            m_state.failure(),
            {},
            m_state.peakMemoryBytes(),
            m_state.isPaused() && !isEnded(m_state.status()),
            plan.retryOf,
            units.first,
            units.second,
            m_state.branch(),
            stepInstructions(m_state.steps()),
            m_journal->sizeBytes(),
            false,
            isEnded(m_state.status()) ? BuildTime(0) : m_state.clock().paused(),
            plan.problem};
}

} // namespace kernelyard
