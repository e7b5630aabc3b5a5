// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/validationruns.h"

#include "core/base/whendone.h"
#include "core/build/buildfolder.h"
#include "ui/models/wording.h"
#include "ui/validation/verdictwords.h"

#include <QtConcurrent>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr qsizetype listedRuns = 40;
static constexpr qsizetype fewRuns = 4;

using Outcomes = QHash<BuildId, ValidationOutcome>;

static Outcomes outcomesOf(const Paths &paths, const QList<BuildSummary> &builds)
{
    Outcomes outcomes;
    for (const BuildSummary &build : builds) {
        const Result<Plan> plan = Plan::read(BuildFolder::of(paths, build.id).plan());
        const auto outcome = plan ? readOutcome(paths, build, *plan) : std::nullopt;
        outcomes.insert(build.id, outcome.value_or(ValidationOutcome()));
    }
    return outcomes;
}

static bool mayValidate(const BuildSummary &build)
{
    return build.purpose == u"setup"_s || build.purpose == u"validate"_s;
}

ValidationRuns::ValidationRuns(const BuildStore &builds, const Paths &paths, QObject *parent)
    : QObject(parent)
    , m_store(builds)
    , m_paths(paths)
{}

void ValidationRuns::read(const QString &environment, Reach reach)
{
    m_reach = reach;
    m_builds.clear();
    for (const BuildSummary &build : m_store.builds())
        if (build.environment == environment && mayValidate(build) && m_builds.size() < listedRuns)
            m_builds.append(build);
    readOutcomes();
    Q_EMIT changed();
}

/// Of those that are not known yet, or still run.
void ValidationRuns::readOutcomes()
{
    QList<BuildSummary> wanted;
    for (const BuildSummary &build : m_builds.mid(0, m_reach == Reach::All ? listedRuns : fewRuns))
        if (!m_settled.contains(build.id))
            wanted.append(build);
    if (wanted.isEmpty())
        return;
    m_readsAgain = m_isReading;
    if (std::exchange(m_isReading, true))
        return;
    whenDone(QtConcurrent::run(outcomesOf, m_paths, wanted), this, [this, wanted](const Outcomes &read) {
        m_isReading = false;
        m_outcomes.insert(read);
        for (const BuildSummary &build : wanted)
            if (isEnded(build.status))
                m_settled.insert(build.id);
        if (m_readsAgain)
            readOutcomes();
        Q_EMIT changed();
    });
}

const BuildSummary *ValidationRuns::find(BuildId id) const
{
    const auto build = std::ranges::find(m_builds, id, &BuildSummary::id);
    return build == m_builds.end() ? nullptr : &*build;
}

QString ValidationRuns::wordsOf(const BuildSummary &build) const
{
    QStringList parts{tr("run %1").arg(build.id.display()), momentText(build.started, QDateTime::currentDateTime())};
    const auto known = m_outcomes.constFind(build.id);
    if (known == m_outcomes.cend())
        return parts.join(u", "_s);
    if (const QString scope = known->scope.text(); !scope.isEmpty())
        parts.append(scope);
    const std::optional<ValidationVerdict> &came = known->verdict;
    const QString result = came ? verdictWord(came->verdict) : tr("no result");
    const QString verdict = !isEnded(build.status) ? wordOf(build.status).toLower()
                            : known->began         ? result
                                                   : tr("not reached");
    return parts.join(u", "_s) + u": "_s + verdict;
}

BuildId ValidationRuns::newest() const
{
    BuildId any;
    for (const BuildSummary &build : m_builds) {
        const auto known = m_outcomes.constFind(build.id);
        const bool follows =
            known != m_outcomes.cend() && (known->began || (build.purpose == u"validate"_s && !isEnded(build.status)));
        if (follows && known->scope.isWhole())
            return build.id;
        if (follows && !any.isValid())
            any = build.id;
    }
    return any.isValid() || m_builds.isEmpty() ? any : m_builds.first().id;
}

bool ValidationRuns::isInTrouble() const
{
    const auto newest = std::ranges::find_if(m_builds, [this](const BuildSummary &build) {
        const ValidationOutcome known = outcome(build.id);
        return known.began && known.scope.isWhole();
    });
    const auto verdict = newest == m_builds.end() ? std::nullopt : outcome(newest->id).verdict;
    return verdict && (verdict->verdict == Verdict::Fail || verdict->verdict == Verdict::Void);
}

QList<RunChoice> ValidationRuns::comparable() const
{
    QList<RunChoice> choices;
    for (const BuildSummary &build : m_builds)
        if (const auto known = m_outcomes.constFind(build.id); known != m_outcomes.cend() && known->verdict)
            choices.append({build.id, wordsOf(build), known->scope});
    return choices;
}

} // namespace kernelyard
