// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/history.h"

#include "core/build/buildfolder.h"
#include "core/build/crc32c.h"

#include <QFile>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

using Access = HistoryDatabase::Access;
using Ran = HistoryDatabase::Outcome;

constexpr qlonglong noDuration = -1;

qlonglong durationNumber(const std::optional<BuildTime> &duration)
{
    return duration ? duration->count() : noDuration;
}

std::optional<BuildTime> durationOf(qlonglong number)
{
    return number == noDuration ? std::nullopt : std::optional(BuildTime(number));
}

/// The check of one row: its columns, in order.
class RowCheck
{
public:
    RowCheck &operator<<(qint64 number)
    {
        m_bytes.append(reinterpret_cast<const char *>(&number), sizeof number);
        return *this;
    }
    RowCheck &operator<<(const QString &text)
    {
        m_bytes.append(reinterpret_cast<const char *>(text.constData()), text.size() * 2);
        return *this << qint64(text.size());
    }
    qint64 sum() const { return crc32c(m_bytes); }

private:
    QByteArray m_bytes;
};

/// Of a build's tasks and steps.
qint64 partsCheckOf(const PastBuild &build)
{
    RowCheck check;
    for (const PastTask &task : build.tasks)
        check << task.name << int(task.kind) << int(task.status) << durationNumber(task.duration);
    for (const PastStep &step : build.steps)
        check << step.layer << step.name << int(step.status) << step.started.count() << durationNumber(step.duration)
              << step.peakMemoryBytes;
    return check.sum();
}

qint64 checkOf(const BuildSummary &build, const JournalStamp &stamp, qint64 partsCheck)
{
    RowCheck check;
    check << build.id.number() << stamp.bytes << stamp.timeNs << build.environment << build.purpose << build.engine
          << int(build.status) << build.started.toMSecsSinceEpoch() << build.elapsed.count() << build.stepsCached
          << build.stepsRun << build.failure << build.cause << build.branch << build.peakMemoryBytes << build.retryOf
          << partsCheck;
    for (const QString &step : build.steps)
        check << step;
    return check.sum();
}

/// The numbers of names in one of the two tables of texts; what is missing is added.
class Texts
{
public:
    Texts(QSqlQuery &query, const QString &table, const QString &column)
        : m_query(query)
        , m_select(u"SELECT id FROM %1 WHERE %2 = ?"_s.arg(table, column))
        , m_insert(u"INSERT INTO %1 (%2) VALUES (?)"_s.arg(table, column))
    {}

    std::optional<qint64> number(const QString &text)
    {
        if (const auto known = m_known.constFind(text); known != m_known.cend())
            return *known;
        if (!m_query.prepare(m_select))
            return {};
        m_query.addBindValue(text);
        if (!m_query.exec())
            return {};
        std::optional<qint64> found;
        if (m_query.next())
            found = m_query.value(0).toLongLong();
        m_query.finish();
        if (!found) {
            if (!m_query.prepare(m_insert))
                return {};
            m_query.addBindValue(text);
            if (!m_query.exec())
                return {};
            found = m_query.lastInsertId().toLongLong();
        }
        m_known.insert(text, *found);
        return found;
    }

private:
    QSqlQuery &m_query;
    QString m_select;
    QString m_insert;
    QHash<QString, qint64> m_known;
};

bool executed(QSqlQuery &query, const QString &statement, const QVariantList &values)
{
    if (!query.prepare(statement))
        return false;
    for (const QVariant &value : values)
        query.addBindValue(value);
    return query.exec();
}

bool removeRows(QSqlQuery &query, BuildId id)
{
    for (const auto &table : {u"tasks"_s, u"steps"_s})
        if (!executed(query, u"DELETE FROM %1 WHERE build = ?"_s.arg(table), {id.number()}))
            return false;
    return executed(query, u"DELETE FROM builds WHERE id = ?"_s, {id.number()});
}

bool storeTasks(QSqlQuery &query, Texts &names, const PastBuild &build)
{
    for (int i = 0; i < build.tasks.size(); ++i) {
        const PastTask &task = build.tasks[i];
        const auto name = names.number(task.name);
        if (!name || !executed(query, u"INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?)"_s,
                               {build.summary.id.number(), i, *name, int(task.kind), int(task.status),
                                durationNumber(task.duration)}))
            return false;
    }
    return true;
}

bool storeSteps(QSqlQuery &query, Texts &names, const PastBuild &build)
{
    for (int i = 0; i < build.steps.size(); ++i) {
        const PastStep &step = build.steps[i];
        const auto layer = names.number(step.layer);
        const auto name = names.number(step.name);
        if (!layer || !name ||
            !executed(query, u"INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)"_s,
                      {build.summary.id.number(), i, *layer, *name, int(step.status), qlonglong(step.started.count()),
                       durationNumber(step.duration), step.peakMemoryBytes}))
            return false;
    }
    return true;
}

bool storeBuild(QSqlQuery &query, Texts &names, Texts &lists, const PastBuild &build, const JournalStamp &stamp)
{
    const BuildSummary &summary = build.summary;
    const qint64 parts = partsCheckOf(build);
    const auto list = lists.number(summary.steps.join(u'\n'));
    return list && removeRows(query, summary.id) &&
           executed(query, u"INSERT INTO builds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
                    {summary.id.number(), stamp.bytes, stamp.timeNs, summary.environment, summary.purpose,
                     summary.engine, int(summary.status), summary.started.toMSecsSinceEpoch(),
                     qlonglong(summary.elapsed.count()), summary.stepsCached, summary.stepsRun, summary.failure,
                     summary.cause, summary.branch, summary.peakMemoryBytes, summary.retryOf, *list, parts,
                     checkOf(summary, stamp, parts)}) &&
           storeTasks(query, names, build) && storeSteps(query, names, build);
}

bool readLists(QSqlQuery &query, QHash<qint64, QStringList> &lists)
{
    if (!query.exec(u"SELECT id, names FROM step_lists"_s))
        return false;
    while (query.next()) {
        const QString names = query.value(1).toString();
        lists.insert(query.value(0).toLongLong(), names.isEmpty() ? QStringList() : names.split(u'\n'));
    }
    return !query.lastError().isValid();
}

} // namespace

static JournalStamp stampAt(int folder, const QString &journal)
{
    struct stat found = {};
    if (::fstatat(folder, QFile::encodeName(journal).constData(), &found, 0) != 0)
        return {};
    return {found.st_size, found.st_mtim.tv_sec * 1'000'000'000LL + found.st_mtim.tv_nsec};
}

JournalStamp JournalStamp::of(const QString &journal)
{
    return stampAt(AT_FDCWD, journal);
}

JournalStamps::JournalStamps(const Paths &paths)
    : m_folder(::open(QFile::encodeName(paths.builds()).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC))
{}

JournalStamps::~JournalStamps()
{
    if (m_folder >= 0)
        ::close(m_folder);
}

JournalStamp JournalStamps::of(BuildId id) const
{
    return m_folder < 0 ? JournalStamp() : stampAt(m_folder, BuildFolder{id.folderName()}.journal());
}

History::History(const Paths &paths)
    : m_database(paths.state + u"/history")
{}

/// The newest \a count; -1: all.
bool History::readEntries(QSqlQuery &query, QHash<BuildId, Entry> &entries, int count) const
{
    QHash<qint64, QStringList> lists;
    if (!readLists(query, lists) || !executed(query, u"SELECT * FROM builds ORDER BY id DESC LIMIT ?"_s, {count}))
        return false;
    while (query.next()) {
        Entry entry;
        BuildSummary &build = entry.summary;
        const auto number = [&](int column) { return query.value(column).toLongLong(); };
        const auto text = [&](int column) { return query.value(column).toString(); };
        build.id = BuildId(int(number(0)));
        entry.stamp = {number(1), number(2)};
        build.environment = text(3);
        build.purpose = text(4);
        build.engine = text(5);
        build.status = static_cast<BuildStatus>(number(6));
        build.started = QDateTime::fromMSecsSinceEpoch(number(7), Qt::UTC); // local time asks for the zone each time
        build.elapsed = BuildTime(number(8));
        build.stepsCached = int(number(9));
        build.stepsRun = int(number(10));
        build.failure = text(11);
        build.cause = text(12);
        build.branch = text(13);
        build.peakMemoryBytes = number(14);
        build.retryOf = int(number(15));
        build.steps = lists.value(number(16));
        build.journalBytes = entry.stamp.bytes;
        entry.partsCheck = number(17);
        if (isEnded(build.status) && checkOf(build, entry.stamp, entry.partsCheck) == number(18))
            entries.insert(build.id, entry);
    }
    return !query.lastError().isValid();
}

QHash<BuildId, History::Entry> History::entries()
{
    QHash<BuildId, Entry> entries;
    const Ran outcome = m_database.run(Access::Read, [&](QSqlQuery &query) { return readEntries(query, entries); });
    return outcome == Ran::Done ? entries : QHash<BuildId, Entry>();
}

QList<BuildSummary> History::newest(int count)
{
    QHash<BuildId, Entry> entries;
    if (m_database.run(Access::Read, [&](QSqlQuery &query) { return readEntries(query, entries, count); }) != Ran::Done)
        return {};
    QList<BuildSummary> builds;
    for (const Entry &entry : std::as_const(entries))
        builds << entry.summary;
    std::ranges::sort(builds, std::ranges::greater(), &BuildSummary::id);
    return builds;
}

bool History::store(const QList<std::pair<PastBuild, JournalStamp>> &builds)
{
    const Ran outcome = m_database.run(Access::Write, [&](QSqlQuery &query) {
        Texts names(query, u"names"_s, u"text"_s);
        Texts lists(query, u"step_lists"_s, u"names"_s);
        for (const auto &[build, stamp] : builds)
            if (!storeBuild(query, names, lists, build, stamp))
                return false;
        return true;
    });
    return outcome == Ran::Done;
}

void History::forget(const QList<BuildId> &builds)
{
    m_database.run(Access::Write, [&](QSqlQuery &query) {
        for (const BuildId id : builds)
            if (!removeRows(query, id))
                return false;
        return true;
    });
}

/// The tasks and steps of \a build. Rows are in the order of their keys.
bool History::readParts(QSqlQuery &query, const QHash<qint64, QString> &names, PastBuild &build) const
{
    const auto number = [&query](int column) { return query.value(column).toLongLong(); };
    const auto name = [&](int column) { return names.value(number(column)); };
    if (!executed(query, u"SELECT name, kind, status, duration FROM tasks WHERE build = ? ORDER BY number"_s,
                  {build.summary.id.number()}))
        return false;
    while (query.next())
        build.tasks.append(
            {name(0), static_cast<TaskKind>(number(1)), static_cast<StepStatus>(number(2)), durationOf(number(3))});
    if (query.lastError().isValid() ||
        !executed(query,
                  u"SELECT layer, name, status, started, duration, peak_memory FROM steps WHERE build = ? "
                  "ORDER BY number"_s,
                  {build.summary.id.number()}))
        return false;
    while (query.next())
        build.steps.append({name(0), name(1), static_cast<StepStatus>(number(2)), BuildTime(number(3)),
                            durationOf(number(4)), number(5)});
    return !query.lastError().isValid();
}

QList<PastBuild> History::builds(const QString &environment, int limit)
{
    QList<PastBuild> builds;
    bool isSound = true;
    const auto read = [&](QSqlQuery &query) {
        QHash<BuildId, Entry> entries;
        QHash<qint64, QString> names;
        if (!readEntries(query, entries) || !query.exec(u"SELECT id, text FROM names"_s))
            return false;
        while (query.next())
            names.insert(query.value(0).toLongLong(), query.value(1).toString());
        QList<BuildId> newestFirst = entries.keys();
        std::ranges::sort(newestFirst, std::ranges::greater());
        QHash<QString, int> taken;
        for (const BuildId id : std::as_const(newestFirst)) {
            const Entry &entry = entries[id];
            if ((!environment.isEmpty() && entry.summary.environment != environment) ||
                taken[entry.summary.environment]++ >= limit)
                continue;
            PastBuild build{entry.summary, {}, {}};
            if (!readParts(query, names, build))
                return false;
            isSound = isSound && partsCheckOf(build) == entry.partsCheck;
            builds << build;
        }
        return true;
    };
    if (m_database.run(Access::Read, read) != Ran::Done)
        return {};
    if (!isSound) {
        m_database.remake();
        return {};
    }
    return builds;
}

} // namespace kernelyard
