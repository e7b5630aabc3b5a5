// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logbytes.h"
#include "core/log/logindex.h"

#include <QObject>

#include <memory>

namespace kernelyard {

/// What is known of a file that is shown as a log.
struct FileNews
{
    /// Set when the file was opened, or another file took its name.
    LogBytesPointer bytes;
    LogGrowth growth;
    qint64 sizeBytes = 0;   ///< of the file
    bool isIndexed = false; ///< all lines are known
    bool isGone = false;    ///< nothing has its name any more; what was read can still be read
};

/// Indexes a file and then follows it: lines that come, a cut, another file under its name, as `tail -F` does. Works
/// on a thread of its own and emits on the thread it lives on, at most 20 times a second.
class FileFollower : public QObject
{
    Q_OBJECT

public:
    explicit FileFollower(const QString &path, QObject *parent = nullptr);
    ~FileFollower() override;

Q_SIGNALS:
    void updated(const kernelyard::FileNews &news);
    void failed(const kernelyard::Error &error);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace kernelyard
