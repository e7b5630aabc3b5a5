// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/retention.h"

#include "core/base/log.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlist.h"
#include "core/build/buildlock.h"
#include "core/build/pinnedbuilds.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QRegularExpression>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QDateTime endOf(const BuildSummary &build)
{
    return build.started.addMSecs(std::chrono::duration_cast<std::chrono::milliseconds>(build.elapsed).count());
}

/// What the files of a build take on disk, which for a file with holes is less than its length.
qint64 folderBytes(const QString &folder)
{
    qint64 bytes = 0;
    QDirIterator files(folder, QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        struct stat found = {};
        if (::lstat(QFile::encodeName(files.next()).constData(), &found) == 0)
            bytes += found.st_blocks * 512;
    }
    return bytes;
}

/// Moved aside first, so that a build is there whole or not at all, whatever cuts the removing off.
std::optional<Error> removeFolder(const Paths &paths, BuildId id)
{
    const QString folder = BuildFolder::of(paths, id).path;
    const QString aside = paths.builds() % u"/.removed-" % id.folderName();
    if (!QDir().rename(folder, aside))
        return systemError(folder, errno);
    if (!QDir(aside).removeRecursively())
        return systemError(aside, errno);
    return {};
}

/// What an earlier run that was cut off has left.
void removeLeftovers(const Paths &paths)
{
    for (const QString &name : QDir(paths.builds()).entryList({u".removed-*"_s}, QDir::Dirs | QDir::Hidden))
        QDir(paths.builds() % u'/' % name).removeRecursively();
}

} // namespace

PrunePlan planPrune(const QList<BuildSummary> &builds, const QHash<BuildId, qint64> &sizes,
                    const RetentionLimits &limits, const QDateTime &now)
{
    PrunePlan plan;
    QList<BuildSummary> oldestFirst = builds;
    std::ranges::sort(oldestFirst, {}, &BuildSummary::id);
    for (const BuildSummary &build : std::as_const(oldestFirst))
        plan.totalBytes += sizes.value(build.id);
    qint64 left = plan.totalBytes;
    for (const BuildSummary &build : std::as_const(oldestFirst)) {
        const qint64 bytes = sizes.value(build.id);
        const bool isOld = limits.days > 0 && endOf(build) < now.addDays(-limits.days);
        const bool isTooMuch = limits.bytes > 0 && left > limits.bytes;
        if ((!isOld && !isTooMuch) || !isEnded(build.status) || build.id == oldestFirst.constLast().id)
            continue;
        if (build.pinned) {
            ++plan.pinned;
            continue;
        }
        plan.items.append({build, bytes, isOld ? PruneItem::Reason::Age : PruneItem::Reason::Size});
        plan.bytes += bytes;
        left -= bytes;
    }
    return plan;
}

Result<PrunePlan> readPrunePlan(const Paths &paths, const RetentionLimits &limits)
{
    const auto builds = listBuilds(paths);
    if (!builds)
        return Failure(builds.error());
    QHash<BuildId, qint64> sizes;
    for (const BuildSummary &build : *builds)
        sizes.insert(build.id, folderBytes(BuildFolder::of(paths, build.id).path));
    return planPrune(*builds, sizes, limits, QDateTime::currentDateTime());
}

Pruned pruneBuilds(const Paths &paths, const PrunePlan &plan)
{
    Pruned pruned;
    removeLeftovers(paths);
    const QSet<BuildId> pinned = pinnedBuilds(paths);
    for (const PruneItem &item : plan.items) {
        const BuildFolder folder = BuildFolder::of(paths, item.build.id);
        if (pinned.contains(item.build.id) || BuildLock::isHeld(folder.lock()))
            continue;
        if (const auto error = removeFolder(paths, item.build.id)) {
            pruned.errors << *error;
            continue;
        }
        log(LogDomain::Build).info("pruned {}", item.build.id.display().toStdString());
        pruned.builds << item.build.id;
        pruned.bytes += item.bytes;
    }
    return pruned;
}

std::optional<int> daysFromText(const QString &text)
{
    static const QRegularExpression form(u"^\\s*(\\d{1,5})\\s*([dwmy]?)\\s*$"_s,
                                         QRegularExpression::CaseInsensitiveOption);
    const auto match = form.match(text);
    if (!match.hasMatch())
        return {};
    const QString unit = match.captured(2).toLower();
    const int perUnit = unit == u"w" ? 7 : unit == u"m" ? 30 : unit == u"y" ? 365 : 1;
    return match.captured(1).toInt() * perUnit;
}

std::optional<qint64> bytesFromText(const QString &text)
{
    static const QRegularExpression form(u"^\\s*(\\d{1,12}(?:\\.\\d{1,6})?)\\s*([kmgt]?)b?\\s*$"_s,
                                         QRegularExpression::CaseInsensitiveOption);
    const auto match = form.match(text);
    if (!match.hasMatch())
        return {};
    const QString unit = match.captured(2).toLower();
    const double factor = unit.isEmpty() ? 1 : std::pow(1000, u"kmgt"_s.indexOf(unit) + 1);
    return static_cast<qint64>(match.captured(1).toDouble() * factor);
}

} // namespace kernelyard
