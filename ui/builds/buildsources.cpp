// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/buildsources.h"

#include "core/build/buildfolder.h"

namespace kernelyard {

/// In a trend's chart: more are no line any more.
static constexpr int trendBuilds = 100;

BuildSources BuildSources::real(const Paths &paths, BuildStore *store, const QString &ctl)
{
    BuildSources sources;
    sources.follow = [paths](BuildId id, QObject *parent) {
        auto *feed = new BuildFeed(parent);
        auto *follower = new BuildFollower(paths, id, BuildFollower::Lines::Stored, feed);
        QObject::connect(follower, &BuildFollower::planRead, feed, &BuildFeed::planRead);
        QObject::connect(follower, &BuildFollower::logOpened, feed, &BuildFeed::logOpened);
        QObject::connect(follower, &BuildFollower::updated, feed, &BuildFeed::updated);
        QObject::connect(follower, &BuildFollower::ended, feed, &BuildFeed::ended);
        QObject::connect(follower, &BuildFollower::failed, feed, &BuildFeed::failed);
        return feed;
    };
    sources.cancel = [paths](BuildId id) { return cancelBuild(paths, id); };
    sources.launch = [paths, ctl](const Plan &plan) { return launchBuild(paths, plan, ctl); };
    sources.run = [](const Command &command) { return kernelyard::run(command, std::chrono::minutes(10)); };
    sources.gpuArchs = [] { return QStringList(); };
    sources.pause = [paths](BuildId id) { return pauseBuild(paths, id); };
    sources.resume = [paths](BuildId id) { return resumeBuild(paths, id); };
    sources.move = [paths](BuildId id, QueueMove to) { return moveInQueue(paths, id, to); };
    sources.queue = [store] { return store->queue(); };
    sources.builds = [store] { return store->builds(); };
    sources.why = [paths](BuildId id, int step) { return whyNotCached(paths, id, step); };
    sources.earlier = [paths](const QString &environment, BuildId before) {
        return readEarlierBuilds(paths, environment, before);
    };
    sources.gpuRecord = [paths](BuildId id) { return readGpuRecord(BuildFolder::of(paths, id).gpu()); };
    sources.compare = [paths](BuildId one, BuildId other) { return readComparison(paths, one, other); };
    sources.trends = [paths](const QString &environment) { return readTrends(paths, {}, environment, trendBuilds); };
    sources.pin = [paths](const QList<BuildId> &chosen, Pin kind) -> Result<void> {
        for (const BuildId id : chosen)
            if (auto changed = setPin(paths, id, kind); !changed)
                return changed;
        return {};
    };
    sources.refresh = [store] { store->refresh(); };
    return sources;
}

} // namespace kernelyard
