// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/historydatabase.h"

#include "core/base/log.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

#include <algorithm>
#include <array>
#include <atomic>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// To be raised with every change of the schema or of what is derived from a journal: a better parser, another
/// sentence.
constexpr int version = 4;
/// Another process writes a few hundred builds at once; SQLite asks again until then.
constexpr auto connectOptions = "QSQLITE_BUSY_TIMEOUT=2000";

// Times are microseconds, sizes bytes. Names and lists of names stand once. `crc` covers its row and `parts_crc` the
// build's tasks and steps, for SQLite reads a page of zeros or a missing row without a word. No index beside the keys:
// what one would find can't be told from what it should have found.
constexpr std::array schema{
    "CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    "CREATE TABLE step_lists (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE)",
    "CREATE TABLE builds (id INTEGER PRIMARY KEY, journal_bytes INTEGER, journal_time_ns INTEGER, environment TEXT, "
    "purpose TEXT, engine TEXT, status INTEGER, started_ms INTEGER, elapsed INTEGER, steps_cached INTEGER, "
    "steps_run INTEGER, failure TEXT, cause TEXT, branch TEXT, peak_memory INTEGER, retry_of INTEGER, step_list "
    "INTEGER, parts_crc INTEGER, crc INTEGER)",
    "CREATE TABLE tasks (build INTEGER, number INTEGER, name INTEGER, kind INTEGER, status INTEGER, duration INTEGER, "
    "PRIMARY KEY (build, number)) WITHOUT ROWID",
    "CREATE TABLE steps (build INTEGER, number INTEGER, layer INTEGER, name INTEGER, status INTEGER, "
    "started INTEGER, duration INTEGER, peak_memory INTEGER, PRIMARY KEY (build, number)) WITHOUT ROWID"};

/// The result code without its extension: https://www.sqlite.org/rescode.html
int primaryCode(const QSqlError &error)
{
    return error.nativeErrorCode().toInt() & 0xff;
}

/// Busy, locked, out of memory, full: nothing is wrong with the file.
bool isPassing(const QSqlError &error)
{
    constexpr std::array codes{5, 6, 7, 13};
    return std::ranges::find(codes, primaryCode(error)) != codes.end();
}

QString newConnectionName()
{
    static std::atomic<int> next{0};
    return u"history-%1"_s.arg(++next);
}

void removeFiles(const QString &file)
{
    for (const auto &end : {u""_s, u"-wal"_s, u"-shm"_s, u"-journal"_s})
        QFile::remove(file + end);
}

bool makeSchema(QSqlQuery &query)
{
    if (!query.exec(u"BEGIN IMMEDIATE"_s))
        return false;
    // Another process may have been faster.
    bool made = query.exec(u"PRAGMA user_version"_s) && query.next();
    const bool isEmpty = made && query.value(0).toInt() == 0;
    query.finish();
    if (isEmpty) {
        for (const char *statement : schema)
            made = made && query.exec(QString::fromLatin1(statement));
        made = made && query.exec(u"PRAGMA user_version = %1"_s.arg(version));
    }
    return query.exec(made ? u"COMMIT"_s : u"ROLLBACK"_s) && made;
}

} // namespace

HistoryDatabase::HistoryDatabase(QString folder)
    : m_folder(std::move(folder))
{}

HistoryDatabase::~HistoryDatabase()
{
    close();
}

int HistoryDatabase::generation()
{
    open();
    return m_generation;
}

QStringList HistoryDatabase::files() const
{
    QStringList names =
        QDir(m_folder).entryList({u"%1-*.sqlite"_s.arg(version)}, QDir::Files, QDir::Name | QDir::Reversed);
    for (QString &name : names)
        name.prepend(m_folder + u'/');
    return names;
}

bool HistoryDatabase::isCurrent() const
{
    return m_file.isEmpty() || files().value(0) == m_file;
}

void HistoryDatabase::close()
{
    if (m_connection.isEmpty())
        return;
    QSqlDatabase::database(m_connection, false).close();
    QSqlDatabase::removeDatabase(m_connection);
    m_connection.clear();
    m_file.clear();
}

bool HistoryDatabase::openFile(const QString &path)
{
    m_connection = newConnectionName();
    QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection);
    database.setConnectOptions(QString::fromLatin1(connectOptions));
    database.setDatabaseName(path);
    bool good = database.open();
    if (good) {
        QSqlQuery query(database);
        query.setForwardOnly(true);
        good = query.exec(u"PRAGMA journal_mode = WAL"_s) && query.exec(u"PRAGMA synchronous = NORMAL"_s) &&
               query.exec(u"PRAGMA cell_size_check = ON"_s) && query.exec(u"PRAGMA user_version"_s) && query.next();
        const int found = good ? query.value(0).toInt() : 0;
        query.finish();
        good = good && (found == version || (found == 0 && makeSchema(query)));
        if (!good)
            log(LogDomain::Build).info("history {}: {}", path.toStdString(), query.lastError().text().toStdString());
    }
    if (good) {
        m_file = path == u":memory:" ? QString() : path;
        ++m_generation;
    } else {
        database = {};
        close();
    }
    return good;
}

void HistoryDatabase::openMemory()
{
    log(LogDomain::Build).info("no history can be kept in {}", m_folder.toStdString());
    openFile(u":memory:"_s);
}

void HistoryDatabase::open()
{
    if (!m_connection.isEmpty() && isCurrent())
        return;
    close();
    const QString newest = files().value(0);
    if (newest.isEmpty() || !openFile(newest))
        remake();
}

void HistoryDatabase::remake()
{
    close();
    const QStringList old = files();
    const qint64 last = QFileInfo(old.value(0)).baseName().section(u'-', 1).toLongLong();
    const qint64 next = std::max(last + 1, QDateTime::currentMSecsSinceEpoch());
    const bool writable = QDir().mkpath(m_folder);
    if (!writable || !openFile(u"%1/%2-%3.sqlite"_s.arg(m_folder).arg(version).arg(next, 15, 10, QLatin1Char('0'))))
        openMemory();
    if (m_file.isEmpty())
        return;
    for (const QString &name : QDir(m_folder).entryList({u"*.sqlite"_s}, QDir::Files)) {
        const QString file = m_folder + u'/' + name;
        if (old.contains(file) || name.section(u'-', 0, 0).toInt() < version)
            removeFiles(file);
    }
}

HistoryDatabase::Outcome HistoryDatabase::run(Access access, const std::function<bool(QSqlQuery &)> &work)
{
    open();
    if (m_connection.isEmpty())
        return Outcome::Skipped; // there is no SQLite here
    QSqlError error;
    {
        QSqlQuery query(QSqlDatabase::database(m_connection, false));
        query.setForwardOnly(true);
        bool good = query.exec(access == Access::Write ? u"BEGIN IMMEDIATE"_s : u"BEGIN"_s);
        good = good && work(query);
        if (!good)
            error = query.lastError();
        query.finish();
        if (good && query.exec(u"COMMIT"_s))
            return Outcome::Done;
        if (good)
            error = query.lastError();
        query.exec(u"ROLLBACK"_s);
    }
    log(LogDomain::Build).info("history {}: {}", m_file.toStdString(), error.text().toStdString());
    if (isPassing(error))
        return Outcome::Skipped;
    remake();
    return Outcome::Remade;
}

} // namespace kernelyard
