// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/includegraph.h"

#include "core/base/wholefile.h"

#include <QDataStream>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr qint64 largestSource = 16 << 20;
constexpr quint32 cacheFormat = 1;

bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

/// The name in `# include "name"`; empty: the line is none.
QByteArray includedName(QByteArrayView line)
{
    qsizetype at = 0;
    const auto skip = [&] {
        while (at < line.size() && isBlank(line[at]))
            ++at;
    };
    skip();
    if (at >= line.size() || line[at] != '#')
        return {};
    ++at;
    skip();
    if (!line.sliced(at).startsWith("include"))
        return {};
    at += 7;
    if (line.sliced(at).startsWith("_next"))
        at += 5;
    skip();
    if (at >= line.size() || (line[at] != '"' && line[at] != '<'))
        return {};
    const char end = line[at] == '"' ? '"' : '>';
    const qsizetype close = line.indexOf(end, at + 1);
    return close < 0 ? QByteArray() : line.sliced(at + 1, close - at - 1).toByteArray();
}

} // namespace

QStringList includesIn(const QByteArray &source)
{
    QStringList names;
    qsizetype at = 0;
    // Only lines with a hash are looked at: sources of kernels are long.
    while ((at = source.indexOf('#', at)) >= 0) {
        qsizetype begin = at;
        while (begin > 0 && isBlank(source.at(begin - 1)))
            --begin;
        qsizetype end = source.indexOf('\n', at);
        if (end < 0)
            end = source.size();
        const bool ownLine = begin == 0 || source.at(begin - 1) == '\n' ||
                             (begin > 1 && source.at(begin - 1) == '/' && source.at(begin - 2) == '*');
        if (ownLine) { // "*/ #include"
            const QByteArray name = includedName(QByteArrayView(source).sliced(at, end - at));
            if (!name.isEmpty())
                names << QString::fromUtf8(name);
        }
        at = end;
    }
    return names;
}

IncludeGraph IncludeGraph::make(const QStringList &files, const QStringList &folders,
                                const std::function<QStringList(const QString &)> &includesOf)
{
    const QSet<QString> known(files.begin(), files.end());
    QHash<QString, QStringList> byName;
    for (const QString &file : files)
        byName[file.section(u'/', -1)] << file;

    const auto resolve = [&](const QString &includer, const QString &name) -> QStringList {
        const qsizetype slash = includer.lastIndexOf(u'/');
        QStringList places{slash < 0 ? QString() : includer.left(slash)};
        places << folders << QString();
        for (const QString &place : places) {
            const QString path = QDir::cleanPath(place.isEmpty() ? name : QString(place + u'/' + name));
            if (known.contains(path))
                return {path};
        }
        QString tail = QDir::cleanPath(name);
        while (tail.startsWith(u"../"))
            tail = tail.mid(3);
        QStringList ending;
        for (const QString &file : byName.value(tail.section(u'/', -1)))
            if (file == tail || file.endsWith(QString(u'/' + tail)))
                ending << file;
        return ending;
    };

    IncludeGraph graph;
    for (const QString &file : files)
        for (const QString &name : includesOf(file))
            for (const QString &target : resolve(file, name))
                graph.m_includers[target] << file;
    return graph;
}

QSet<QString> IncludeGraph::dependents(const QString &file) const
{
    QSet<QString> found{file};
    QStringList left{file};
    while (!left.isEmpty())
        for (const QString &includer : m_includers.value(left.takeLast()))
            if (!found.contains(includer)) {
                found.insert(includer);
                left << includer;
            }
    return found;
}

IncludeCache::IncludeCache(QString root, QString file)
    : m_root(std::move(root))
    , m_file(std::move(file))
{
    QFile input(m_file);
    if (m_file.isEmpty() || !input.open(QIODevice::ReadOnly))
        return;
    QDataStream stream(&input);
    stream.setVersion(QDataStream::Qt_6_4);
    quint32 format = 0, count = 0;
    QString root_;
    stream >> format >> root_ >> count;
    if (format != cacheFormat || root_ != m_root)
        return;
    for (quint32 i = 0; i < count && stream.status() == QDataStream::Ok; ++i) {
        QString path;
        Entry entry;
        stream >> path >> entry.size >> entry.modified >> entry.includes;
        m_entries.insert(path, entry);
    }
    if (stream.status() != QDataStream::Ok)
        m_entries.clear();
}

QStringList IncludeCache::includesOf(const QString &path)
{
    const QFileInfo info(m_root + u'/' + path);
    if (!info.isFile() || info.isSymLink() || info.size() > largestSource)
        return {};
    const qint64 modified = info.lastModified().toMSecsSinceEpoch();
    Entry &entry = m_entries[path];
    if (entry.size == info.size() && entry.modified == modified)
        return entry.includes;
    QFile file(info.filePath());
    if (!file.open(QIODevice::ReadOnly))
        return {};
    m_changed = true;
    entry = {info.size(), modified, includesIn(file.readAll())};
    return entry.includes;
}

void IncludeCache::write() const
{
    if (!m_changed || m_file.isEmpty() || !QDir().mkpath(QFileInfo(m_file).path()))
        return;
    QSaveFile output(m_file);
    if (!output.open(QIODevice::WriteOnly))
        return;
    QDataStream stream(&output);
    stream.setVersion(QDataStream::Qt_6_4);
    stream << cacheFormat << m_root << static_cast<quint32>(m_entries.size());
    for (auto entry = m_entries.cbegin(); entry != m_entries.cend(); ++entry)
        stream << entry.key() << entry->size << entry->modified << entry->includes;
    commitWhole(output);
}

} // namespace kernelyard
