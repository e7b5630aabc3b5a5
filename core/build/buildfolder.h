// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringBuilder>

namespace kernelyard {

/// The files of one build.
struct BuildFolder
{
    QString path; ///< builds/0412

    QString plan() const { return path % u"/plan.json"; }
    QString journal() const { return path % u"/journal"; }
    QString lock() const { return path % u"/lock"; }            ///< held exactly while the runner lives; its pid inside
    QString summary() const { return path % u"/summary.json"; } ///< derived; may be deleted
    QString cancel() const { return path % u"/cancel"; }        ///< asks a runner that has no pid yet to cancel
    /// Held by the one build that runs; the others wait for it.
    QString queueLock() const { return path % u"/../.running"; }
};

} // namespace kernelyard
