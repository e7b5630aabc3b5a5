// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/build/buildlist.h"

#include <QFileSystemWatcher>
#include <QTimer>

namespace kernelyard {

/// The part of BuildStore that lives on a thread of its own.
class StoreWorker : public QObject
{
    Q_OBJECT

public:
    explicit StoreWorker(const Paths &paths);

    void start();
    void refresh();

Q_SIGNALS:
    /// Only when something has changed.
    void read(const QList<kernelyard::BuildSummary> &builds, const QList<kernelyard::QueueEntry> &queue);

private:
    Paths m_paths;
    BuildList m_list;
    QFileSystemWatcher *m_watcher = nullptr;
    QTimer *m_timer = nullptr;
    std::optional<QList<BuildSummary>> m_told;
    QList<QueueEntry> m_toldQueue;
};

} // namespace kernelyard
