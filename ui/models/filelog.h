// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/filefollower.h"
#include "ui/widgets/logsource.h"

namespace kernelyard {

/// A file shown as a log, followed while it is.
class FileLog : public LogSource
{
    Q_OBJECT

public:
    explicit FileLog(const QString &path, QObject *parent = nullptr);

    const QString &path() const { return m_path; }
    qint64 sizeBytes() const { return m_sizeBytes; } ///< read so far
    bool isIndexed() const { return m_isIndexed; }
    bool isGone() const { return m_isGone; }

Q_SIGNALS:
    void factsChanged();
    void failed(const kernelyard::Error &error);

private:
    void take(const FileNews &news);

    QString m_path;
    FileFollower m_follower;
    qint64 m_sizeBytes = 0;
    bool m_isIndexed = false;
    bool m_isGone = false;
};

} // namespace kernelyard
