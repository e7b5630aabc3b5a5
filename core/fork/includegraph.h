// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QSet>
#include <QString>
#include <QStringList>

#include <functional>

namespace kernelyard {

/// What a source file names in its #include lines, quoted and angled alike, in order. Conditions and comments over
/// several lines are not looked at: a name too many costs a compile too many, a name too few a wrong library.
QStringList includesIn(const QByteArray &source);

/// Which of a checkout's files include which, as paths relative to it.
class IncludeGraph
{
public:
    /// \a files are all that may include or be included; \a includesOf gives the names that one of them includes.
    /// A name is looked for beside the file that includes it, then in each of \a folders and the checkout itself; where
    /// none has it, every file whose path ends with it counts, and what is in no such place is not the checkout's.
    static IncludeGraph make(const QStringList &files, const QStringList &folders,
                             const std::function<QStringList(const QString &)> &includesOf);

    /// \a file and every file that includes it, at any distance.
    QSet<QString> dependents(const QString &file) const;

private:
    QHash<QString, QStringList> m_includers;
};

/// Names of includes by file, kept between runs: an entry counts while the file has the same size and time. A damaged
/// or missing file is an empty cache.
class IncludeCache
{
public:
    /// \a root: of the checkout. \a file: where it is kept; empty: nowhere.
    IncludeCache(QString root, QString file);

    QStringList includesOf(const QString &path); ///< reads the file when it is not known as it is now
    void write() const;                          ///< when something has changed; a failure costs only time

private:
    struct Entry
    {
        qint64 size = -1;
        qint64 modified = 0; ///< ms since 1970
        QStringList includes;
    };

    QString m_root;
    QString m_file;
    QHash<QString, Entry> m_entries;
    bool m_changed = false;
};

} // namespace kernelyard
