// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildlist.h"

#include "core/base/log.h"
#include "core/build/builddiagnosis.h"
#include "core/build/pinnedbuilds.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>

#include <dirent.h>

#include <algorithm>
#include <memory>

namespace kernelyard {

/// Builds that are stored in one transaction: another process waits no longer than this takes.
static constexpr qsizetype storedTogether = 100;

/// The numbers that have a folder, newest first. Not QDir: it asks for each entry's attributes.
static QList<BuildId> folderIds(const Paths &paths)
{
    QList<BuildId> ids;
    const std::unique_ptr<DIR, int (*)(DIR *)> folder(::opendir(QFile::encodeName(paths.builds()).constData()),
                                                      &::closedir);
    while (const dirent *entry = folder ? ::readdir(folder.get()) : nullptr) {
        const QString name = QFile::decodeName(entry->d_name);
        const BuildId id = BuildId::fromText(name);
        if (id.isValid() && id.folderName() == name)
            ids << id;
    }
    std::sort(ids.begin(), ids.end(), std::greater<>());
    return ids;
}

/// Whether anything was kept of it: its folder is made before its plan.
static bool isBuild(const Paths &paths, BuildId id)
{
    const BuildFolder folder = BuildFolder::of(paths, id);
    return QFile::exists(folder.plan()) || QFile::exists(folder.journal());
}

QList<BuildId> buildIds(const Paths &paths)
{
    QList<BuildId> ids = folderIds(paths);
    ids.removeIf([&](BuildId id) { return !isBuild(paths, id); });
    return ids;
}

BuildList::BuildList(Paths paths)
    : m_paths(std::move(paths))
    , m_history(m_paths)
{}

Result<QList<BuildSummary>> BuildList::read(std::chrono::milliseconds budget)
{
    QElapsedTimer timer;
    timer.start();
    const auto isSpent = [&] { return budget != unlimited && timer.elapsed() >= budget.count(); };
    const QList<BuildId> ids = folderIds(m_paths);
    takeHistory(ids);
    const QSet<BuildId> pinned = pinnedBuilds(m_paths);
    m_hasMore = false;
    QList<BuildSummary> builds;
    builds.reserve(ids.size());
    for (const BuildId id : ids) {
        const auto known = m_ended.find(id);
        std::optional<BuildSummary> build;
        if (known != m_ended.end())
            build = known->second;
        else if (m_running.contains(id) || !isSpent())
            build = readOn(id);
        else
            m_hasMore = true;
        if (!build)
            continue;
        build->pinned = pinned.contains(id);
        builds << *build;
    }
    while (!m_notStored.isEmpty() && !isSpent()) {
        const BuildId id = *m_notStored.cbegin();
        m_notStored.erase(m_notStored.cbegin());
        const JournalStamp stamp = JournalStamp::of(BuildFolder::of(m_paths, id).journal());
        if (auto past = readPastBuild(m_paths, id); past && isEnded(past->summary.status)) {
            past->summary.cause = m_ended.at(id).cause;
            keep(*past, stamp);
        }
    }
    m_hasMore = m_hasMore || !m_notStored.isEmpty();
    storeKept();
    return builds;
}

/// At first, and whenever the database became another one. Forgets builds whose folder is gone.
void BuildList::takeHistory(const QList<BuildId> &ids)
{
    const QSet<BuildId> there(ids.cbegin(), ids.cend());
    std::erase_if(m_ended, [&](const auto &build) { return !there.contains(build.first); });
    std::erase_if(m_running, [&](const auto &build) { return !there.contains(build.first); });
    m_notStored.intersect(there);
    if (m_generation == m_history.generation())
        return;
    const QHash<BuildId, History::Entry> entries = m_history.entries();
    m_generation = m_history.generation();
    QList<BuildId> gone;
    const JournalStamps stamps(m_paths);
    for (auto entry = entries.cbegin(); entry != entries.cend(); ++entry)
        if (!there.contains(entry.key()))
            gone << entry.key();
        else if (entry->stamp == stamps.of(entry.key()))
            m_ended.try_emplace(entry.key(), entry->summary);
    for (const auto &[id, summary] : m_ended)
        if (!entries.contains(id))
            m_notStored.insert(id);
    if (!gone.isEmpty())
        m_history.forget(gone);
}

std::optional<BuildSummary> BuildList::readOn(BuildId id)
{
    auto replay = m_running.find(id);
    if (replay == m_running.end()) {
        if (!isBuild(m_paths, id))
            return {}; // being made
        auto opened = BuildReplay::open(m_paths, id, BuildState::Keep::StepsOnly, DamagedPlan::StoodInFor);
        if (!opened) {
            if (!m_unreadable.contains(id))
                log(LogDomain::Build).warn("{}", opened.error().message.toStdString());
            m_unreadable.insert(id);
            return {};
        }
        if (const QString problem = opened->state().plan().problem; !problem.isEmpty())
            log(LogDomain::Build).warn("{}", problem.toStdString());
        replay = m_running.emplace(id, std::move(*opened)).first;
    }
    const JournalStamp stamp = JournalStamp::of(BuildFolder::of(m_paths, id).journal());
    if (const auto read = replay->second.readAll(); !read)
        log(LogDomain::Build).warn("{}", read.error().message.toStdString());
    BuildSummary summary = replay->second.summary();
    if (!isEnded(summary.status))
        return summary;
    // What grew while it was read is read again by the next one who looks: its stamp differs.
    summary.journalBytes = stamp.bytes;
    summary.cause = causeOf(summary);
    if (summary.planProblem.isEmpty()) // a plan that is put back is read then
        keep(pastBuild(replay->second.state(), summary), stamp);
    m_running.erase(replay);
    m_ended.emplace(id, summary);
    return summary;
}

QString BuildList::causeOf(const BuildSummary &build)
{
    if (build.status != BuildStatus::Failed)
        return {};
    if (!m_rules) {
        auto rules = Rulebook::ofInstallation(m_paths);
        if (!rules)
            log(LogDomain::Build).error("{}", rules.error().message.toStdString());
        m_rules = rules ? std::move(*rules) : Rulebook();
    }
    return causeInShort(m_paths, build.id, *m_rules);
}

void BuildList::keep(const PastBuild &build, const JournalStamp &stamp)
{
    m_kept.append({build, stamp});
    if (m_kept.size() >= storedTogether)
        storeKept();
}

void BuildList::storeKept()
{
    if (m_kept.isEmpty())
        return;
    const auto kept = std::exchange(m_kept, {});
    if (!m_history.store(kept)) // the next reading tries again if the database has become another one
        log(LogDomain::Build).info("{} builds are not in the history", kept.size());
}

} // namespace kernelyard
