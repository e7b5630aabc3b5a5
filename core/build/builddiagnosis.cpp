// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/builddiagnosis.h"

#include "core/base/log.h"
#include "core/base/memoryfigure.h"
#include "core/build/buildreplay.h"
#include "core/build/failuresentence.h"
#include "core/build/planchange.h"

#include <QCoreApplication>
#include <QLocale>
#include <QThread>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr qsizetype mostFollowOn = 50;

static QString tr(const char *text)
{
    return QCoreApplication::translate("BuildDiagnosis", text);
}

BuildDiagnosis::BuildDiagnosis(const Rulebook &book)
    : m_book(book)
{}

BuildDiagnosis::~BuildDiagnosis() = default;

void BuildDiagnosis::read(const BuildState &state)
{
    const LogLines &lines = state.lines();
    const qint64 first = state.droppedLines(); // of the build's log
    for (; m_read < first + lines.size(); ++m_read) {
        const qsizetype index = m_read - first;
        const int step = lines.step(index);
        if (step < 0)
            continue; // our own words
        m_ofStep.try_emplace(step, m_book).first->second.addLine(lines.text(index), m_read + 1);
    }
}

/// The steps to ask, the most telling first: the one that failed, what the command itself said, the others of the
/// failed task. A vertex that BuildKit stopped because another failed is one of the others.
static QList<int> stepsToAsk(const BuildState &state, const Ending &ending)
{
    QList<int> failed;
    QList<int> own;
    QList<int> others;
    for (int index = 0; index < state.steps().size(); ++index) {
        const Step &step = state.steps().at(index);
        if (step.task != ending.task)
            continue;
        const bool stopped = step.error.contains(u"context canceled") || step.error == u"CANCELED"_s;
        (step.status == StepStatus::Failed && !stopped ? failed : step.key.isEmpty() ? own : others) << index;
    }
    return failed + own + others;
}

static QString measuredOf(const Cause &root, const BuildState &state, const Ending &ending)
{
    if (root.action != RemedyAction::FewerJobs)
        return {};
    const std::optional<int> jobs = jobsOf(state.plan(), ending.task);
    const QString peak = memoryFigure(state.peakMemoryBytes());
    if (state.peakMemoryBytes() > 0 && jobs)
        return tr("The build used up to %1 of memory with %2 jobs at once.").arg(peak).arg(*jobs);
    if (state.peakMemoryBytes() > 0)
        return tr("The build used up to %1 of memory.").arg(peak);
    return jobs ? tr("%1 jobs ran at once.").arg(*jobs) : QString();
}

BuildDiagnosis::Told BuildDiagnosis::told(const BuildState &state) const
{
    Told all;
    const Ending ending = state.ending();
    const int exitCode = ending.exitCode.value_or(0) == 0 ? 1 : ending.exitCode.value_or(1); // it failed in any case
    const Diagnosis silent(m_book);
    for (const int index : stepsToAsk(state, ending)) {
        const auto known = m_ofStep.find(index);
        const Diagnosis &diagnosis = known == m_ofStep.end() ? silent : known->second;
        const QList<FailureLine> failures = diagnosis.failureLines();
        if (all.firstError == 0 && !failures.isEmpty())
            all.firstError = failures.first().line;
        all.failures += failures;
        const QByteArray words = state.steps().at(index).error.toUtf8(); // no line of the step's log
        for (const Cause &cause : diagnosis.causes(exitCode, words)) {
            std::optional<Cause> &place = cause.contributing ? all.contributing : all.root;
            if (!place || (cause.certain && !place->certain))
                place = cause;
        }
    }
    return all;
}

QString BuildDiagnosis::summary(const BuildState &state) const
{
    const Told all = told(state);
    return all.root ? all.root->summary : all.contributing ? all.contributing->summary : QString();
}

BuildFindings BuildDiagnosis::findings(const BuildState &state, const Paths &paths) const
{
    BuildFindings found;
    if (state.status() != BuildStatus::Failed)
        return found;
    const Ending ending = state.ending();
    auto [root, contributing, failures, firstError] = told(state);
    found.firstError = firstError;
    if (root)
        found.causes << *root;
    if (contributing)
        found.causes << *contributing;
    if (found.causes.isEmpty())
        return found;
    const qint64 after = found.causes.first().line;
    std::sort(failures.begin(), failures.end(),
              [](const FailureLine &a, const FailureLine &b) { return a.line < b.line; });
    for (const FailureLine &failure : std::as_const(failures))
        if (failure.line > after && found.followOn.size() < mostFollowOn)
            found.followOn << failure;
    found.measured = measuredOf(found.causes.first(), state, ending);
    found.remedy = remedyOf(found.causes.first(), state.plan(), ending.task, paths, HostFacts::ofThisMachine(),
                            QThread::idealThreadCount());
    return found;
}

BuildFindings diagnoseBuild(const BuildState &state, const Paths &paths)
{
    if (state.status() != BuildStatus::Failed)
        return {};
    const Result<Rulebook> book = Rulebook::ofInstallation(paths);
    if (!book) {
        log(LogDomain::Build).error("{}", book.error().message.toStdString());
        return {};
    }
    BuildDiagnosis diagnosis(*book);
    diagnosis.read(state);
    return diagnosis.findings(state, paths);
}

QString causeInShort(const Paths &paths, BuildId id, const Rulebook &book)
{
    constexpr qint64 sliceBytes = 4 << 20;
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::Lines, DamagedPlan::StoodInFor);
    if (!replay)
        return {};
    BuildDiagnosis diagnosis(book);
    for (;;) {
        const auto progress = replay->advance(sliceBytes);
        diagnosis.read(replay->state());
        replay->dropLines();
        if (progress && *progress == BuildReplay::Progress::More)
            continue;
        const BuildState &state = replay->state();
        if (state.status() != BuildStatus::Failed)
            return {};
        const QString found = diagnosis.summary(state);
        return found.isEmpty() ? failureInShort(state.plan(), state.ending()) : found;
    }
}

} // namespace kernelyard
