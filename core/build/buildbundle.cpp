// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildbundle.h"

#include "core/archive/archive.h"
#include "core/build/buildfolder.h"
#include "core/build/builds.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace kernelyard {

Result<void> writeBuildBundle(const Paths &paths, BuildId id, const QByteArray &facts, const QString &file)
{
    const Result<BuildState> state = readBuild(paths, id, DamagedPlan::StoodInFor);
    if (!state)
        return Failure(state.error());
    QByteArray log;
    for (const LogLine &line : state->lines())
        log.append(line.text).append('\n');
    const BuildFolder folder = BuildFolder::of(paths, id);
    const QString inside = u"kernelyard-build-"_s + id.folderName() + u'/';
    QList<ArchiveSource> sources{{inside + u"plan.json", folder.plan(), {}},
                                 {inside + u"journal", folder.journal(), {}},
                                 {inside + u"log.txt", {}, log},
                                 {inside + u"build.json", {}, facts}};
    if (QFile::exists(folder.gpu()))
        sources << ArchiveSource{inside + u"gpu.jsonl", folder.gpu(), {}};
    return writeTarGz(file, sources);
}

} // namespace kernelyard
