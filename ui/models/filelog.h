// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/filefollower.h"
#include "ui/widgets/logsource.h"

#include <atomic>
#include <memory>

namespace kernelyard {

/// A file shown as a log, followed while it is. What gzip, bzip2, xz or zstd made is unpacked into a file without a
/// name, which is followed while it grows.
class FileLog : public LogSource
{
    Q_OBJECT

public:
    explicit FileLog(const QString &path, QObject *parent = nullptr);
    ~FileLog() override;

    const QString &path() const { return m_path; }
    QString textName() const;                        ///< of the file, without the suffix of what packed it
    qint64 sizeBytes() const { return m_sizeBytes; } ///< read so far; of the text, where the file is compressed
    bool isIndexed() const { return m_isIndexed && !m_isUnpacking && m_sizeBytes >= m_textBytes; }
    bool isUnpacked() const { return m_text != nullptr; }
    bool isGone() const { return m_isGone; }

Q_SIGNALS:
    void factsChanged();
    void failed(const kernelyard::Error &error);

private:
    void follow(const QString &path);
    void unpack(const std::shared_ptr<const FileBytes> &into);
    void take(const FileNews &news);

    QString m_path;
    std::unique_ptr<FileFollower> m_follower;
    std::shared_ptr<const FileBytes> m_text;      ///< of a compressed file; the worker that fills it shares it
    std::shared_ptr<std::atomic_bool> m_isWanted; ///< outlives this where the worker does
    bool m_isUnpacking = false;
    qint64 m_textBytes = 0; ///< unpacked in the end; the follower comes behind
    qint64 m_sizeBytes = 0;
    bool m_isIndexed = false;
    bool m_isGone = false;
};

} // namespace kernelyard
