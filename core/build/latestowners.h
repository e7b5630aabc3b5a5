// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/gpuowners.h"

#include <QDeadlineTimer>
#include <QFuture>
#include <QObject>

#include <functional>

namespace kernelyard {

/// Whose the processes on GPUs are, kept up to date beside readings that follow each other: asked for on a worker, as
/// an engine may not answer, and at most every ten seconds, as a container that no engine of ours knows stays unnamed.
class LatestOwners : public QObject
{
    Q_OBJECT

public:
    /// \a read may be empty: then none is ever known.
    explicit LatestOwners(std::function<QFuture<GpuOwners>()> read, QObject *parent = nullptr);

    const GpuOwners &known() const { return m_known; }
    /// Asks where a container of \a reading is not known.
    void follow(const GpuReading &reading);
    /// Lets the next reading ask, however short ago the last did.
    void hurry() { m_due = QDeadlineTimer(0); }

Q_SIGNALS:
    void changed();

private:
    std::function<QFuture<GpuOwners>()> m_read;
    GpuOwners m_known;
    QDeadlineTimer m_due{0};
    bool m_isAsking = false;
};

} // namespace kernelyard
