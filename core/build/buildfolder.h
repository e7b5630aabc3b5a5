// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"

#include <QString>
#include <QStringBuilder>

namespace kernelyard {

/// The files of one build.
struct BuildFolder
{
    QString path; ///< builds/0412

    static BuildFolder of(const Paths &paths, BuildId id) { return {paths.builds() % u'/' % id.folderName()}; }

    QString plan() const { return path % u"/plan.json"; }
    QString journal() const { return path % u"/journal"; }
    QString lock() const { return path % u"/lock"; }          ///< held exactly while the runner lives; its pid inside
    QString inputs() const { return path % u"/inputs.json"; } ///< what the layers' caches depended on, as it was then
    QString steps() const { return path % u"/steps.json"; }   ///< derived, for estimates; may be deleted
    QString gpu() const { return path % u"/gpu.jsonl"; }      ///< what the GPUs did; may be deleted
    QString cancel() const { return path % u"/cancel"; }      ///< asks a runner that has no pid yet to cancel
    QString pause() const { return path % u"/pause"; }        ///< there while the build is to be paused
    /// What tells the other builds of this one (queue.h); there from its start to its end.
    QString ticket() const { return path.section(u'/', 0, -2) % u"/.queue/" % path.section(u'/', -1); }
};

} // namespace kernelyard
