// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/tarreader.h"

#include "core/archive/compressedfile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <algorithm>

namespace kernelyard {

namespace {

constexpr qint64 blockBytes = 512;
/// A name or pax record larger than this is an attack on memory, not a path (PATH_MAX is 4096).
constexpr qint64 largestMetadataBytes = 1'048'576;

/// Offsets and lengths of a header's fields, POSIX.1-1988.
struct Field
{
    int offset;
    int length;
};
constexpr Field nameField{0, 100}, sizeField{124, 12}, checksumField{148, 8}, typeField{156, 1}, linkField{157, 100},
    magicField{257, 5}, prefixField{345, 155};

QByteArray bytesOf(const QByteArray &header, Field field)
{
    const QByteArray raw = header.mid(field.offset, field.length);
    const qsizetype end = raw.indexOf('\0');
    return end < 0 ? raw : raw.first(end);
}

/// Octal digits, or GNU's base 256 where the first bit is set. -1 for anything else or more than 63 bits.
qint64 numberOf(const QByteArray &header, Field field)
{
    const QByteArray raw = header.mid(field.offset, field.length);
    if ((raw.front() & char(0x80)) == 0) {
        bool ok = false;
        const QByteArray digits = bytesOf(header, field).trimmed();
        const qint64 value = digits.isEmpty() ? 0 : digits.toLongLong(&ok, 8);
        return (digits.isEmpty() || ok) ? value : -1;
    }
    if (raw.front() != char(0x80) || std::any_of(raw.begin() + 1, raw.end() - 8, [](char c) { return c != 0; }))
        return -1;
    quint64 value = 0;
    for (const char c : raw.last(8))
        value = value << 8 | quint8(c);
    return value > quint64(std::numeric_limits<qint64>::max()) ? -1 : qint64(value);
}

/// The sum over the header with the checksum field read as spaces.
bool checksumHolds(const QByteArray &header)
{
    qint64 sum = 0;
    for (int i = 0; i < blockBytes; ++i) {
        const bool inChecksum = i >= checksumField.offset && i < checksumField.offset + checksumField.length;
        sum += inChecksum ? ' ' : quint8(header[i]);
    }
    return sum == numberOf(header, checksumField);
}

/// What pax and GNU records say about the entry that follows them.
struct Overrides
{
    std::optional<QByteArray> name;
    std::optional<QByteArray> link;
    std::optional<qint64> sizeBytes;
};

/// Records "LENGTH KEY=VALUE\n", LENGTH counting the whole record. False where they are malformed.
bool applyPax(QByteArrayView records, Overrides &overrides)
{
    while (!records.isEmpty()) {
        const qsizetype space = records.indexOf(' ');
        bool ok = false;
        const qsizetype length = space > 0 ? records.first(space).toByteArray().toLongLong(&ok) : 0;
        if (!ok || length <= space + 1 || length > records.size() || records[length - 1] != '\n')
            return false;
        const QByteArray record = records.sliced(space + 1, length - space - 2).toByteArray();
        const qsizetype equals = record.indexOf('=');
        if (equals <= 0)
            return false;
        const QByteArray key = record.first(equals);
        const QByteArray value = record.sliced(equals + 1);
        if (key == "path")
            overrides.name = value;
        else if (key == "linkpath")
            overrides.link = value;
        else if (key == "size") {
            const qint64 sizeBytes = value.toLongLong(&ok);
            if (!ok || sizeBytes < 0)
                return false;
            overrides.sizeBytes = sizeBytes;
        }
        records = records.sliced(length);
    }
    return true;
}

QByteArray nameOf(const QByteArray &header)
{
    const QByteArray name = bytesOf(header, nameField);
    const bool isPosix = bytesOf(header, magicField) == "ustar" && header[magicField.offset + 5] == '\0';
    const QByteArray prefix = isPosix ? bytesOf(header, prefixField) : QByteArray();
    return prefix.isEmpty() ? name : prefix + '/' + name;
}

/// Empty where \a name is safe below a folder; else why it is not.
QString whyUnsafe(const QString &name)
{
    if (name.isEmpty())
        return QCoreApplication::translate("Archive", "has no name");
    if (name.startsWith(u'/'))
        return QCoreApplication::translate("Archive", "has an absolute path");
    if (name.split(u'/').contains(u".."))
        return QCoreApplication::translate("Archive", "climbs out of its folder with \"..\"");
    return {};
}

/// Empty where a link at \a name to \a target stays below the folder; else why it does not.
QString whyLinkUnsafe(const QString &name, const QString &target)
{
    if (target.isEmpty())
        return QCoreApplication::translate("Archive", "is a link to nothing");
    if (target.startsWith(u'/'))
        return QCoreApplication::translate("Archive", "is a link to the absolute path %1").arg(target);
    // ".." only at the start, where it climbs real folders: behind a name that is itself a link it could lead anywhere.
    qsizetype depth = name.count(u'/');
    bool sawName = false;
    for (const QString &part : target.split(u'/', Qt::SkipEmptyParts)) {
        if (part == u".." && (sawName || --depth < 0))
            return QCoreApplication::translate("Archive", "is a link out of its folder, to %1").arg(target);
        sawName = sawName || (part != u"." && part != u"..");
    }
    return {};
}

QString whyTypeRefused(char type)
{
    switch (type) {
    case '1':
        return QCoreApplication::translate("Archive", "is a hard link");
    case '3':
    case '4':
        return QCoreApplication::translate("Archive", "is a device");
    case '6':
        return QCoreApplication::translate("Archive", "is a named pipe");
    default:
        return QCoreApplication::translate("Archive", "is of an unknown kind (type byte %1)").arg(quint8(type));
    }
}

} // namespace

TarReader::TarReader(QString path, std::unique_ptr<QIODevice> device)
    : m_path(std::move(path))
    , m_device(std::move(device))
{}

Result<TarReader> TarReader::open(const QString &path)
{
    Result<std::unique_ptr<QIODevice>> device = openUnpacked(path);
    if (!device)
        return Failure(device.error());
    return TarReader(path, std::move(*device));
}

Error TarReader::damaged(const QString &why) const
{
    return {ErrorKind::Invalid,
            QCoreApplication::translate("Archive", "%1 is not a whole tar file: %2").arg(m_path, why),
            m_device->errorString(),
            {}};
}

Result<QByteArray> TarReader::readExactly(qint64 sizeBytes)
{
    QByteArray bytes;
    while (bytes.size() < sizeBytes) {
        const QByteArray part = m_device->read(sizeBytes - bytes.size());
        if (part.isEmpty())
            return Failure(damaged(QCoreApplication::translate("Archive", "it ends too early")));
        bytes += part;
    }
    return bytes;
}

Result<void> TarReader::skipContent()
{
    for (qint64 rest = m_unreadBytes + m_paddingBytes; rest > 0;) {
        const qint64 step = std::min(rest, largestMetadataBytes);
        if (const auto skipped = readExactly(step); !skipped)
            return Failure(skipped.error());
        rest -= step;
    }
    m_unreadBytes = m_paddingBytes = 0;
    return {};
}

Result<std::optional<ArchiveEntry>> TarReader::next()
{
    if (const auto skipped = skipContent(); !skipped)
        return Failure(skipped.error());
    Overrides overrides;
    for (;;) {
        const auto header = readExactly(blockBytes);
        if (!header)
            return Failure(header.error());
        // Two blocks of zeros end an archive; as GNU tar does, one is taken for the end too.
        if (std::all_of(header->begin(), header->end(), [](char c) { return c == 0; }))
            return std::optional<ArchiveEntry>();
        if (!checksumHolds(*header))
            return Failure(damaged(QCoreApplication::translate("Archive", "a header's checksum is wrong")));
        const qint64 sizeBytes = overrides.sizeBytes.value_or(numberOf(*header, sizeField));
        if (sizeBytes < 0)
            return Failure(damaged(QCoreApplication::translate("Archive", "a size is not a number")));

        const char type = (*header)[typeField.offset];
        if (QByteArrayView("LKxg").contains(type)) {
            if (sizeBytes > largestMetadataBytes)
                return Failure(damaged(QCoreApplication::translate("Archive", "a name is over 1 MiB long")));
            const auto metadata = readExactly((sizeBytes + blockBytes - 1) / blockBytes * blockBytes);
            if (!metadata)
                return Failure(metadata.error());
            const QByteArray value = metadata->first(sizeBytes);
            if (type == 'L')
                overrides.name = value.first(qstrnlen(value.constData(), value.size()));
            else if (type == 'K')
                overrides.link = value.first(qstrnlen(value.constData(), value.size()));
            else if (type == 'x' && !applyPax(value, overrides))
                return Failure(damaged(QCoreApplication::translate("Archive", "a pax record is malformed")));
            continue;
        }

        const QString rawName = QFile::decodeName(overrides.name.value_or(nameOf(*header)));
        const auto refused = [&](const QString &why) {
            return Failure(Error{
                ErrorKind::Invalid,
                QCoreApplication::translate("Archive", "%1 is refused: its entry \"%2\" %3").arg(m_path, rawName, why),
                {},
                QCoreApplication::translate("Archive", "Don't unpack it, and mistrust where it came from.")});
        };
        if (const QString why = whyUnsafe(rawName); !why.isEmpty())
            return refused(why);
        ArchiveEntry entry;
        entry.name = QDir::cleanPath(rawName);
        if (type == '5' || (QByteArrayView("07\0", 3).contains(type) && rawName.endsWith(u'/'))) {
            if (entry.name == u".") {
                overrides = {};
                continue; // the folder itself, as "tar -C folder ." writes it
            }
            entry.type = ArchiveEntryType::Folder;
        } else if (type == '2') {
            entry.type = ArchiveEntryType::Link;
            entry.linkTarget = QFile::decodeName(overrides.link.value_or(bytesOf(*header, linkField)));
            if (const QString why = whyLinkUnsafe(entry.name, entry.linkTarget); !why.isEmpty())
                return refused(why);
        } else if (QByteArrayView("07\0", 3).contains(type)) {
            entry.sizeBytes = sizeBytes;
        } else {
            return refused(whyTypeRefused(type));
        }
        m_unreadBytes = sizeBytes;
        m_paddingBytes = (blockBytes - sizeBytes % blockBytes) % blockBytes;
        return std::optional(entry);
    }
}

Result<QByteArray> TarReader::read(qint64 limitBytes)
{
    auto bytes = readExactly(std::min(limitBytes, m_unreadBytes));
    if (bytes)
        m_unreadBytes -= bytes->size();
    return bytes;
}

} // namespace kernelyard
