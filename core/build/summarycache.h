// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfolder.h"
#include "core/build/builds.h"

namespace kernelyard {

/// The summary of an ended build in its folder, so that a list need not read its journal. It counts only for a journal
/// of exactly \a journalBytes and for this version of the parsers; else it reads as absent and is made anew.
std::optional<BuildSummary> readSummary(const BuildFolder &folder, BuildId id, qint64 journalBytes);

/// Does nothing where it can't be written: it is only a cache.
void writeSummary(const BuildFolder &folder, const BuildSummary &summary, qint64 journalBytes);

} // namespace kernelyard
