// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/storeworker.h"

#include "core/base/log.h"

#include <QDir>

namespace kernelyard {

/// A running build's elapsed time and counts; an ended one's end.
static constexpr int runningIntervalMs = 1000;
/// A new folder has no plan yet when it is told.
static constexpr int newFolderDelayMs = 100;
/// Where the file system tells nothing.
static constexpr int idleIntervalMs = 5000;
/// Journals that no history knows yet are read in turns of this length, the newest first, and shown after each.
static constexpr std::chrono::milliseconds turn{250};

StoreWorker::StoreWorker(const Paths &paths)
    : m_paths(paths)
    , m_list(paths)
{}

void StoreWorker::start()
{
    m_watcher = new QFileSystemWatcher(this);
    m_timer = new QTimer(this);
    m_timer->setSingleShot(true);
    connect(m_timer, &QTimer::timeout, this, &StoreWorker::refresh);
    connect(m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { m_timer->start(newFolderDelayMs); });
    refresh();
}

void StoreWorker::refresh()
{
    if (m_watcher->directories().isEmpty() && QDir(m_paths.builds()).exists())
        m_watcher->addPath(m_paths.builds());
    const auto builds = m_list.read(turn);
    if (!builds)
        log(LogDomain::Build).warn("{}", builds.error().message.toStdString());
    else if (const auto queue = readQueue(m_paths); m_told != *builds || m_toldQueue != queue) {
        m_told = *builds;
        m_toldQueue = queue;
        Q_EMIT read(*builds, queue);
    }
    m_timer->start(m_list.hasMore() ? 0 : m_list.hasRunning() ? runningIntervalMs : idleIntervalMs);
}

} // namespace kernelyard
