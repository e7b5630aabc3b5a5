// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

class QSqlQuery;

namespace kernelyard {

/// The SQLite file behind History: found, made, and thrown away when it is damaged. To be used on one thread.
///
/// The newest "VERSION-MILLISECONDS.sqlite" of the folder counts. A path is never used twice: a process that still has
/// a file open which another one threw away, or which the user deleted, harms nobody by writing to it or by removing
/// its write-ahead log. Where no file can be written it lives in memory.
class HistoryDatabase
{
public:
    explicit HistoryDatabase(QString folder);
    ~HistoryDatabase();
    HistoryDatabase(const HistoryDatabase &) = delete;
    HistoryDatabase &operator=(const HistoryDatabase &) = delete;

    enum class Outcome {
        Done,
        Skipped, ///< another process was writing for too long, or the disk is full: nothing was changed
        Remade,  ///< it was damaged: this is a new and empty one
    };
    /// Runs \a work in one transaction; it returns whether all its statements went well and leaves the error in its
    /// query.
    enum class Access { Read, Write };
    Outcome run(Access access, const std::function<bool(QSqlQuery &)> &work);

    /// Opens it, or another where the file is gone or no longer the newest. Changes with each file that was opened.
    int generation();
    /// Throws the file away: what it says is not what was written.
    void remake();
    QString file() const { return m_file; } ///< empty: in memory, or not yet opened

private:
    void open();
    bool openFile(const QString &path);
    void openMemory();
    void close();
    bool isCurrent() const;
    QStringList files() const; ///< of this version, the newest first

    QString m_folder;
    QString m_connection; ///< Qt's name of the connection; empty: not open
    QString m_file;
    int m_generation = 0;
};

} // namespace kernelyard
