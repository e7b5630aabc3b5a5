// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildlogcache.h"

#include "core/build/buildfolder.h"
#include "core/build/crc32c.h"

#include <QFile>

#include <sys/stat.h>

namespace kernelyard {

static constexpr qint64 worthwhileBytes = 1 << 20; ///< of journal: some 10 ms to read
static constexpr qint64 limitBytes = qint64(2) << 30;

BuildLogCache::BuildLogCache(const Paths &paths, BuildId id)
    : m_folder(paths.cache + u"/log")
    , m_journal(BuildFolder::of(paths, id).journal())
    , m_id(id)
{}

QString BuildLogCache::file() const
{
    return m_folder + u'/' + m_id.folderName() + u".klog";
}

LogArchive::Key BuildLogCache::key() const
{
    struct stat status;
    if (::stat(QFile::encodeName(m_journal).constData(), &status) != 0)
        return {};
    // another version of the program may read other lines out of a journal
    return {status.st_size, status.st_mtim.tv_sec * qint64(1'000'000'000) + status.st_mtim.tv_nsec,
            crc32c(KERNELYARD_VERSION)};
}

Result<LogArchive> BuildLogCache::open() const
{
    return LogArchive::open(file(), key());
}

bool BuildLogCache::isWorthwhile() const
{
    return key().sourceBytes >= worthwhileBytes;
}

std::unique_ptr<LogArchiveWriter> BuildLogCache::writer(LogArchive log) const
{
    return std::make_unique<LogArchiveWriter>(file(), key(), std::move(log));
}

void BuildLogCache::age() const
{
    ageArchives(m_folder, limitBytes);
}

} // namespace kernelyard
