// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/archive.h"

#include "core/archive/tarreader.h"
#include "core/base/wholefile.h"

#include <KCompressionDevice>
#include <KTar>
#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSet>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace kernelyard {

namespace {

constexpr qint64 chunkBytes = 1'048'576;

/// A file descriptor of its own.
class Descriptor
{
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    {}
    Descriptor(Descriptor &&other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {}
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }

private:
    int m_fd;
};

Error writeError(const QString &path, const QString &detail, int errnoValue)
{
    if (errnoValue)
        return systemError(path, errnoValue);
    return {ErrorKind::Failed, QCoreApplication::translate("Archive", "%1 could not be written").arg(path), detail, {}};
}

Result<void> addFile(KTar &tar, const QString &path, const ArchiveSource &source)
{
    QFile file(source.file);
    errno = 0;
    if (!file.open(QIODevice::ReadOnly))
        return Failure(systemError(source.file, errno ? errno : EIO));
    const qint64 sizeBytes = file.size();
    const QDateTime modified = QFileInfo(file).lastModified();
    if (!tar.prepareWriting(source.name, {}, {}, sizeBytes, 0100644, modified, modified, modified))
        return Failure(writeError(path, tar.errorString(), errno));
    for (qint64 written = 0; written < sizeBytes;) {
        errno = 0;
        const QByteArray bytes = file.read(std::min(chunkBytes, sizeBytes - written));
        if (bytes.isEmpty())
            return Failure(Error{
                ErrorKind::Failed,
                QCoreApplication::translate("Archive", "%1 became shorter while it was archived").arg(source.file),
                file.errorString(), QCoreApplication::translate("Archive", "Try again once nothing writes to it.")});
        if (!tar.writeData(bytes.constData(), bytes.size()))
            return Failure(writeError(path, tar.errorString(), errno));
        written += bytes.size();
    }
    if (!tar.finishWriting(sizeBytes))
        return Failure(writeError(path, tar.errorString(), errno));
    return {};
}

/// Opens the folder \a relative below \a root, creating what is missing and following no link on the way.
Result<Descriptor> openFolder(int root, const QString &relative, const QString &shown)
{
    Descriptor current(::dup(root));
    for (const QString &part : relative.split(u'/', Qt::SkipEmptyParts)) {
        const QByteArray name = QFile::encodeName(part);
        if (::mkdirat(current.get(), name.constData(), 0777) != 0 && errno != EEXIST)
            return Failure(systemError(shown, errno));
        Descriptor below(::openat(current.get(), name.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!below.isOpen())
            return Failure(systemError(shown, errno));
        current = std::move(below);
    }
    return current;
}

Result<void> extractFile(TarReader &reader, int folder, const QByteArray &name, const QString &shown)
{
    const Descriptor file(
        ::openat(folder, name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!file.isOpen())
        return Failure(systemError(shown, errno));
    for (;;) {
        const auto bytes = reader.read(chunkBytes);
        if (!bytes)
            return Failure(bytes.error());
        if (bytes->isEmpty())
            return {};
        for (qsizetype done = 0; done < bytes->size();) {
            const ssize_t n = ::write(file.get(), bytes->constData() + done, size_t(bytes->size() - done));
            if (n < 0 && errno != EINTR)
                return Failure(systemError(shown, errno));
            done += std::max<ssize_t>(n, 0);
        }
    }
}

} // namespace

Result<void> writeTarGz(const QString &path, const QList<ArchiveSource> &entries)
{
    // QSaveFile would put a file in the place of a device or a folder.
    if (const QFileInfo present(path); present.exists() && !present.isFile())
        return Failure(Error{ErrorKind::Invalid,
                             QCoreApplication::translate("Archive", "%1 is not a file").arg(path),
                             {},
                             QCoreApplication::translate("Archive", "Name another file to write.")});
    QSaveFile file(path);
    errno = 0;
    if (!file.open(QIODevice::WriteOnly))
        return Failure(writeError(path, file.errorString(), errno));
    KCompressionDevice compressed(&file, false, KCompressionDevice::GZip);
    KTar tar(&compressed);
    if (!tar.open(QIODevice::WriteOnly))
        return Failure(writeError(path, tar.errorString(), errno));
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (const ArchiveSource &source : entries) {
        if (!source.file.isEmpty()) {
            if (const auto added = addFile(tar, path, source); !added)
                return Failure(added.error());
        } else if (!tar.writeFile(source.name, source.content, 0100644, {}, {}, now, now, now)) {
            return Failure(writeError(path, tar.errorString(), errno));
        }
    }
    errno = 0;
    // The two blocks of zeros that end an archive; KTar leaves them out.
    const QByteArray end(1024, '\0');
    if (compressed.write(end) != end.size() || !tar.close())
        return Failure(writeError(path, compressed.errorString(), errno));
    compressed.close();
    if (compressed.error() != QFileDevice::NoError || !commitWhole(file))
        return Failure(writeError(path, file.errorString(), errno));
    return {};
}

Result<QList<ArchiveEntry>> listTar(const QString &path)
{
    auto reader = TarReader::open(path);
    if (!reader)
        return Failure(reader.error());
    QList<ArchiveEntry> entries;
    QSet<QString> links;
    for (;;) {
        const auto next = reader->next();
        if (!next)
            return Failure(next.error());
        const std::optional<ArchiveEntry> &entry = *next;
        if (!entry)
            return entries;
        const QString &name = entry->name;
        for (qsizetype slash = name.indexOf(u'/'); slash >= 0; slash = name.indexOf(u'/', slash + 1)) {
            if (links.contains(name.first(slash)))
                return Failure(Error{ErrorKind::Invalid,
                                     QCoreApplication::translate(
                                         "Archive", "%1 is refused: its entry \"%2\" leads through the link \"%3\"")
                                         .arg(path, name, name.first(slash)),
                                     {},
                                     {}});
        }
        if (entry->type == ArchiveEntryType::Link)
            links.insert(name);
        entries.append(*entry);
    }
}

Result<void> extractTar(const QString &path, const QString &folder)
{
    // A first pass over the whole file, so that a refusal or damage leaves nothing behind.
    if (const auto listed = listTar(path); !listed)
        return Failure(listed.error());
    if (!QDir().mkpath(folder))
        return Failure(systemError(folder, errno));
    const Descriptor root(::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root.isOpen())
        return Failure(systemError(folder, errno));
    auto reader = TarReader::open(path);
    if (!reader)
        return Failure(reader.error());
    for (;;) {
        const auto next = reader->next();
        if (!next)
            return Failure(next.error());
        const std::optional<ArchiveEntry> &entry = *next;
        if (!entry)
            return {};
        const QString shown = folder + u'/' + entry->name;
        const qsizetype slash = entry->name.lastIndexOf(u'/');
        const bool isFolder = entry->type == ArchiveEntryType::Folder;
        const auto parent =
            openFolder(root.get(), isFolder ? entry->name : entry->name.left(qMax<qsizetype>(slash, 0)), shown);
        if (!parent)
            return Failure(parent.error());
        const QByteArray name = QFile::encodeName(entry->name.mid(slash + 1));
        if (entry->type == ArchiveEntryType::Link) {
            if (::symlinkat(QFile::encodeName(entry->linkTarget).constData(), parent->get(), name.constData()) != 0)
                return Failure(systemError(shown, errno));
        } else if (!isFolder) {
            if (const auto written = extractFile(*reader, parent->get(), name, shown); !written)
                return Failure(written.error());
        }
    }
}

} // namespace kernelyard
