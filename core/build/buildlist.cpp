// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildlist.h"

#include "core/base/log.h"
#include "core/build/buildlock.h"
#include "core/build/summarycache.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace kernelyard {

QList<BuildId> buildIds(const Paths &paths)
{
    QList<BuildId> ids;
    for (const QString &name : QDir(paths.builds()).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const BuildId id = BuildId::fromText(name);
        if (id.isValid() && id.folderName() == name && QFileInfo::exists(paths.builds() + u'/' + name + u"/plan.json"))
            ids << id;
    }
    std::sort(ids.begin(), ids.end(), std::greater<>());
    return ids;
}

BuildList::BuildList(Paths paths)
    : m_paths(std::move(paths))
{}

Result<QList<BuildSummary>> BuildList::read()
{
    QList<BuildSummary> builds;
    for (const BuildId id : buildIds(m_paths))
        if (const auto summary = summaryOf(id))
            builds << *summary;
    return builds;
}

std::optional<BuildSummary> BuildList::summaryOf(BuildId id)
{
    if (const auto known = m_ended.find(id); known != m_ended.end())
        return known->second;
    const BuildFolder folder{m_paths.builds() + u'/' + id.folderName()};
    auto replay = m_running.find(id);
    if (replay == m_running.end()) {
        if (!BuildLock::isHeld(folder.lock()))
            if (const auto kept = readSummary(folder, id, QFileInfo(folder.journal()).size()))
                return m_ended.emplace(id, *kept).first->second;
        auto opened = BuildReplay::open(m_paths, id, BuildState::Keep::StepsOnly);
        if (!opened) {
            log(LogDomain::Build).warn("{}", opened.error().message.toStdString());
            return {};
        }
        replay = m_running.emplace(id, std::move(*opened)).first;
    }
    if (const auto read = replay->second.readAll(); !read)
        log(LogDomain::Build).warn("{}", read.error().message.toStdString());
    const BuildSummary summary = replay->second.summary();
    if (isEnded(summary.status)) {
        writeSummary(folder, summary, replay->second.journalBytes());
        m_running.erase(replay);
        m_ended.emplace(id, summary);
    }
    return summary;
}

} // namespace kernelyard
