// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builddiagnosis.h"
#include "core/build/builds.h"
#include "core/build/queue.h"
#include "core/log/logarchive.h"

#include <QObject>

namespace kernelyard {

/// What changed in a build since the update before.
struct BuildUpdate
{
    BuildStatus status = BuildStatus::Queued;
    BuildClock clock;
    BuildTime elapsed{0};
    bool isPaused = false;
    QList<Step> steps;       ///< all of them
    QList<LogLine> newLines; ///< appended since, where lines are sent
    /// What has come to the log since, where it is stored and not opened whole.
    std::optional<LogGrowth> growth;
    bool lastLineGrew = false;   ///< the first of newLines replaces the last line known: it had no end yet
    bool lastLineIsOpen = false; ///< the last of newLines has no end yet: the next update replaces it
    qint64 peakMemoryBytes = 0;
    QList<UsageSample> newSamples; ///< of memory and CPU, since
    SampledFrom sampledFrom;
    QString failure;
    BuildFindings findings; ///< with the last update of a build that failed
};

/// Follows one build, live or ended, from its journal: replay, then tail. Reads and parses on a thread of its own;
/// emits on the thread it lives on, at most 20 times a second.
class BuildFollower : public QObject
{
    Q_OBJECT

public:
    /// What becomes of the lines of the log.
    enum class Lines {
        Sent,   ///< each in an update
        Stored, ///< on disk, below the cache folder: opened by logOpened, then growing by the updates
        None,
    };

    BuildFollower(const Paths &paths, BuildId id, QObject *parent = nullptr)
        : BuildFollower(paths, id, Lines::Sent, parent)
    {}
    BuildFollower(const Paths &paths, BuildId id, Lines lines, QObject *parent = nullptr);
    ~BuildFollower() override;

    BuildId id() const;

Q_SIGNALS:
    void planRead(const kernelyard::Plan &plan);
    /// Once, before the first update, where lines are stored: the whole log of an ended build that was read before,
    /// else one without lines yet.
    void logOpened(const kernelyard::LogArchive &log);
    void updated(const kernelyard::BuildUpdate &update);
    void ended(kernelyard::BuildStatus status); ///< after the last update; never for a build that still runs
    /// It follows no more, or only without the log's lines from here on, where there is no room for them.
    void failed(const kernelyard::Error &error);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// Watches the builds folder from the first refresh on. Lists on a worker thread.
class BuildStore : public QObject
{
    Q_OBJECT

public:
    explicit BuildStore(const Paths &paths, QObject *parent = nullptr);
    ~BuildStore() override;

    const QList<BuildSummary> &builds() const; ///< newest first, as last read
    const QList<QueueEntry> &queue() const;    ///< those that run and those that wait, in their order
    void refresh();

Q_SIGNALS:
    void buildsChanged(); ///< or the queue

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace kernelyard
