// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/log/logarchive.h"

namespace kernelyard {

/// The stored log of an ended build, made from its journal and bound to it by size and time. It may be deleted at any
/// time: the journal is the truth, and the log is read from it again.
class BuildLogCache
{
public:
    BuildLogCache(const Paths &paths, BuildId id);

    QString folder() const { return m_folder; }
    /// Errors: NotFound, Invalid (made from another journal, or by another version of the program).
    Result<LogArchive> open() const;
    bool isWorthwhile() const; ///< reading the journal takes long enough to be noticed
    std::unique_ptr<LogArchiveWriter> writer(LogArchive log) const;
    void age() const; ///< keeps all stored logs together below 2 GiB, those used last

private:
    LogArchive::Key key() const;
    QString file() const;

    QString m_folder;
    QString m_journal;
    BuildId m_id;
};

} // namespace kernelyard
