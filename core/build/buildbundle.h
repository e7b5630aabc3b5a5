// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/base/result.h"

namespace kernelyard {

/// Writes everything that is known of a build into a gzip-compressed tar file, for a bug report: plan.json and journal
/// as they lie on disk, log.txt as the tools wrote it, and \a facts as build.json. Of a build that still runs, what
/// there is. Errors: NotFound (no such build), and those of writeTarGz; a file that was there stays then.
Result<void> writeBuildBundle(const Paths &paths, BuildId id, const QByteArray &facts, const QString &file);

} // namespace kernelyard
