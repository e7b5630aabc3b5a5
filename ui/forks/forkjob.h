// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"

#include <QFutureWatcher>
#include <QObject>

#include <memory>
#include <optional>

namespace kernelyard {

/// One step in one checkout, on a worker thread: progress as it comes, cancelled by the user or when this ends. What
/// the worker needs it has as copies, so it may outlive this.
class ForkJob : public QObject
{
    Q_OBJECT

public:
    /// Returns what was done, in a sentence; empty: nothing is to say about it.
    using Work = std::function<Result<QString>(const ProgressFunction &)>;

    /// \a title: "Cloning", "Fetching".
    ForkJob(QString title, Work work, QObject *parent = nullptr);
    ~ForkJob() override;

    void start();
    void cancel();
    bool isCancelling() const { return m_cancelling; }

    QString title() const { return m_title; }
    Result<QString> result() const; ///< when it has ended
    const CloneProgress &progress() const { return m_progress; }
    QString text() const; ///< "Fetching github.com/you/xformers: 1,204 of 5,412 objects, 12 MB"

Q_SIGNALS:
    void progressed();
    void ended();

private:
    QString m_title;
    Work m_work;
    QFutureWatcher<CloneProgress> m_watcher;
    CloneProgress m_progress;
    using Told = std::optional<Result<QString>>;
    std::shared_ptr<Told> m_result = std::make_shared<Told>(); ///< the worker's too: a cancelled promise takes none
    bool m_cancelling = false;
};

} // namespace kernelyard
