// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/builds/buildsources.h"

#include <QPointer>

#include <map>
#include <mutex>

namespace kernelyard {

/// Builds made of values: what the page would hear of real ones, said when the test wants it.
class PreparedBuilds
{
public:
    struct Build
    {
        BuildSummary summary;
        Plan plan;
        BuildUpdate update; ///< all of it, as a replay gives
    };

    PreparedBuilds() = default;
    ~PreparedBuilds(); ///< once the workers that ask its sources have ended

    void add(const Build &build); ///< becomes the newest
    void remove(BuildId id);
    Build &build(BuildId id) { return m_builds.at(id.number()); }
    /// Says what is known of the build to the feed that follows it; and its end, if it has ended.
    void tell(BuildId id);
    /// More of the log of a running build.
    void tellLines(BuildId id, const QList<LogLine> &lines, bool grown = false);
    bool isFollowed(BuildId id) const;

    BuildSources sources();

    QList<QueueEntry> queue;      ///< as it stands
    QStringList asked;            ///< "pause 412", "resume 412", "move 412 0"
    QList<BuildId> cancelled;     ///< asked for
    QList<Plan> launched;         ///< asked for
    QList<Command> commands;      ///< asked to be run
    int exitCode = 0;             ///< of those
    QStringList gpuArchs;         ///< of the machine
    std::optional<Error> refusal; ///< what cancel and launch answer
    int refreshes = 0;
    QList<EarlierBuild> earlier; ///< what estimates are made from
    QList<BuildId> earlierAsked;
    QList<int> whyAsked;
    /// \a count builds before \a running(), alike but for the time that compiling took.
    static QList<EarlierBuild> earlierBuilds(int count);

    static Plan plan();
    static BuildSummary summary(int number, BuildStatus status);
    /// A build of the starter environment as it looks in a state: steps, log and times.
    static Build running(int number);
    static Build done(int number);
    static Build failed(int number);
    static Build unknownFailure(int number);
    static void diagnose(Build &build); ///< its findings from its lines
    static Build cancelledBuild(int number);
    static Build interrupted(int number);
    static Build queued(int number);
    static Build manySteps(int number); ///< 60, four at a time, as BuildKit tells them
    static Build longNames(int number);

private:
    std::mutex m_asking; ///< sources are asked on workers, several at a time
    std::map<int, Build> m_builds;
    std::map<int, QPointer<BuildFeed>> m_feeds;
};

} // namespace kernelyard
