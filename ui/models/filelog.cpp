// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/filelog.h"

namespace kernelyard {

FileLog::FileLog(const QString &path, QObject *parent)
    : LogSource(parent)
    , m_path(path)
    , m_follower(path)
{
    connect(&m_follower, &FileFollower::updated, this, &FileLog::take);
    connect(&m_follower, &FileFollower::failed, this, &FileLog::failed);
}

void FileLog::take(const FileNews &news)
{
    m_sizeBytes = news.sizeBytes;
    m_isIndexed = news.isIndexed;
    m_isGone = news.isGone;
    if (news.bytes != nullptr)
        open(news.bytes, nullptr);
    grow(news.growth);
    Q_EMIT factsChanged();
}

} // namespace kernelyard
