// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/build/buildreplay.h"
#include "core/log/logspool.h"

#include <QElapsedTimer>
#include <QFileSystemWatcher>
#include <QTimer>

namespace kernelyard {

/// The part of BuildFollower that lives on a thread of its own. After each `updated` it waits for goOn().
class FollowWorker : public QObject
{
    Q_OBJECT

public:
    FollowWorker(Paths paths, BuildId id, BuildFollower::Lines lines);

    void start();
    void goOn();

Q_SIGNALS:
    void planRead(const kernelyard::Plan &plan);
    void logOpened(const kernelyard::LogArchive &log);
    void updated(const kernelyard::BuildUpdate &update);
    void ended(kernelyard::BuildStatus status);
    void failed(const kernelyard::Error &error);

private:
    void watch();
    void scheduleRead();
    void read();
    Result<void> openLog();
    Result<void> takeLines();
    void emitUpdate();
    bool hasNews() const;
    void fail(const Error &error);
    void archive();

    Paths m_paths;
    BuildId m_id;
    BuildFollower::Lines m_lines;
    std::unique_ptr<BuildReplay> m_replay; ///< from the start on
    std::optional<Rulebook> m_rules;
    std::optional<BuildDiagnosis> m_diagnosis;
    std::optional<LogSpool> m_spool; ///< where lines are stored and were not found stored
    QList<LogLine> m_newLines;       ///< where they are sent
    std::unique_ptr<LogArchiveWriter> m_archive;
    QFileSystemWatcher *m_watcher = nullptr;
    QTimer *m_readTimer = nullptr;     ///< coalesces: at most 20 updates a second
    QTimer *m_fallbackTimer = nullptr; ///< where no change is told, and to learn that the runner is gone
    QElapsedTimer m_sinceUpdate;
    qint64 m_bytesShown = -1;
    qsizetype m_samplesShown = 0;
    bool m_provisionalShown = false; ///< the last line of the last update had no end
    bool m_waiting = false;          ///< for goOn
    bool m_hasMore = false;          ///< to read at once, when the update sent was taken
    bool m_ended = false;
    BuildStatus m_statusShown = BuildStatus::Queued;
};

} // namespace kernelyard
