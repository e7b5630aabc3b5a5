// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/historydatabase.h"
#include "core/build/pastbuild.h"

#include <QHash>

namespace kernelyard {

/// What a journal looked like when it was read: it counts as unchanged while both stay.
struct JournalStamp
{
    qint64 bytes = 0;
    qint64 timeNs = 0; ///< of the last change, since 1970

    static JournalStamp of(const QString &journal); ///< zeros where there is none
    bool operator==(const JournalStamp &) const = default;
};

/// The stamps of many builds' journals: the folder that they lie in is looked up once.
class JournalStamps
{
public:
    explicit JournalStamps(const Paths &paths);
    ~JournalStamps();
    Q_DISABLE_COPY_MOVE(JournalStamps)

    JournalStamp of(BuildId id) const;

private:
    int m_folder; ///< file descriptor; -1: there is none
};

/// Ended builds with their tasks and steps in a database beside them: a cache over the journals, which stay the only
/// truth. What can't be read, or is not what was written, counts as absent. To be used on one thread; opens its file
/// when first asked.
class History
{
public:
    explicit History(const Paths &paths);

    struct Entry
    {
        JournalStamp stamp;
        BuildSummary summary;  ///< without its pin
        qint64 partsCheck = 0; ///< of its tasks and steps
    };
    /// All that is kept. BuildList decides what of it still counts.
    QHash<BuildId, Entry> entries();
    /// The newest \a count that are kept, newest first, as they were when they were read: cheap, for what need not be
    /// exact.
    QList<BuildSummary> newest(int count);
    /// Replaces or adds. False where nothing was kept: it will be asked for again.
    bool store(const QList<std::pair<PastBuild, JournalStamp>> &builds);
    void forget(const QList<BuildId> &builds);

    /// The builds of \a environment (empty: of every one) with their tasks and steps, newest first, at most \a limit of
    /// each environment.
    QList<PastBuild> builds(const QString &environment, int limit);

    /// Changes when the database became another one: what was stored may be missing in it.
    int generation() { return m_database.generation(); }
    QString file() const { return m_database.file(); }

private:
    bool readEntries(QSqlQuery &query, QHash<BuildId, Entry> &entries, int count = -1) const;
    bool readParts(QSqlQuery &query, const QHash<qint64, QString> &names, PastBuild &build) const;

    HistoryDatabase m_database;
};

} // namespace kernelyard
