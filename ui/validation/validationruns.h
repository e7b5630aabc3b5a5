// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/build/validationcontext.h"

#include <QHash>
#include <QObject>
#include <QSet>

namespace kernelyard {

/// One of the runs to compare: which, how it is called, and what part of the suite it ran.
struct RunChoice
{
    BuildId id;
    QString words;
    ValidationScope scope;
};

/// The builds of one environment that may have validated, newest first, with what their validations came to. The latter
/// is read on a worker thread: changed() tells when more is known.
class ValidationRuns : public QObject
{
    Q_OBJECT

public:
    ValidationRuns(const BuildStore &builds, const Paths &paths, QObject *parent = nullptr);

    enum class Reach { Few, All }; ///< a few suffice for what the sidebar counts
    /// Takes the builds of \a environment as they are now.
    void read(const QString &environment, Reach reach);

    const QList<BuildSummary> &builds() const { return m_builds; }
    const BuildSummary *find(BuildId id) const; ///< nullptr: of another environment, or gone
    ValidationOutcome outcome(BuildId id) const { return m_outcomes.value(id); }
    bool areKnown() const { return m_builds.isEmpty() || m_outcomes.contains(m_builds.last().id); }

    QString wordsOf(const BuildSummary &build) const; ///< "run #0412, 13:41 today, quick: passed"
    /// The newest of the whole suite that came to its validation, or is about to; else any that did; else the newest.
    BuildId newest() const;
    /// The newest of the whole suite failed, or was void.
    bool isInTrouble() const;
    QList<RunChoice> comparable() const; ///< those with a verdict

Q_SIGNALS:
    void changed();

private:
    void readOutcomes();

    const BuildStore &m_store;
    Paths m_paths;
    Reach m_reach = Reach::Few;
    QList<BuildSummary> m_builds;
    QHash<BuildId, ValidationOutcome> m_outcomes;
    QSet<BuildId> m_settled; ///< of m_outcomes: their builds have ended
    bool m_isReading = false;
    bool m_readsAgain = false; ///< once that is done: others came, or ended, meanwhile
};

} // namespace kernelyard
