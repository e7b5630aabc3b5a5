// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/filelog.h"

#include "core/archive/compressedfile.h"
#include "core/base/paths.h"
#include "core/base/whendone.h"

#include <QFileInfo>
#include <QtConcurrentRun>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 blockBytes = 1 << 20;

/// Null where \a path is not compressed.
Result<std::shared_ptr<const FileBytes>> roomForText(const QString &path, const QString &folder)
{
    if (!isCompressedFile(path))
        return nullptr;
    return FileBytes::createSpool(folder);
}

/// Tells what was unpacked also where the rest can't be.
struct Unpacked
{
    qint64 bytes = 0;
    Result<void> end;
};

Unpacked unpackInto(const FileBytes &text, const QString &path, const std::atomic_bool &isWanted)
{
    const Result<std::unique_ptr<QIODevice>> packed = openUnpacked(path);
    if (!packed)
        return {0, Failure(packed.error())};
    QByteArray block(blockBytes, Qt::Uninitialized);
    qint64 at = 0;
    while (isWanted) {
        const qint64 count = (*packed)->read(block.data(), block.size());
        if (count <= 0)
            break;
        if (const Result<void> written = text.write(at, block.constData(), count); !written)
            return {at, written};
        at += count;
    }
    if (!isWanted || (*packed)->atEnd())
        return {at, {}};
    return {at, Failure(Error{ErrorKind::Invalid,
                              FileLog::tr("%1 is damaged or cut: what could be unpacked is shown.").arg(path),
                              (*packed)->errorString(),
                              {}})};
}

} // namespace

FileLog::FileLog(const QString &path, QObject *parent)
    : LogSource(parent)
    , m_path(path)
    , m_isWanted(std::make_shared<std::atomic_bool>(true))
{
    whenDone(QtConcurrent::run(roomForText, path, Paths::fromEnvironment().cache), this,
             [this](const Result<std::shared_ptr<const FileBytes>> &text) {
                 if (!text)
                     Q_EMIT failed(text.error());
                 else if (*text)
                     unpack(*text);
                 else
                     follow(m_path);
             });
}

FileLog::~FileLog()
{
    *m_isWanted = false;
}

QString FileLog::textName() const
{
    const QFileInfo file(m_path);
    return isUnpacked() ? file.completeBaseName() : file.fileName();
}

void FileLog::follow(const QString &path)
{
    m_follower = std::make_unique<FileFollower>(path);
    connect(m_follower.get(), &FileFollower::updated, this, &FileLog::take);
    connect(m_follower.get(), &FileFollower::failed, this, &FileLog::failed);
}

void FileLog::unpack(const std::shared_ptr<const FileBytes> &into)
{
    m_text = into;
    m_isUnpacking = true;
    whenDone(
        QtConcurrent::run([into, path = m_path, isWanted = m_isWanted] { return unpackInto(*into, path, *isWanted); }),
        this, [this](const Unpacked &done) {
            m_isUnpacking = false;
            m_textBytes = done.bytes;
            if (!done.end)
                Q_EMIT failed(done.end.error());
            Q_EMIT factsChanged();
        });
    follow(u"/proc/self/fd/%1"_s.arg(into->descriptor())); // a file without a name can be opened there again
}

void FileLog::take(const FileNews &news)
{
    m_sizeBytes = news.sizeBytes;
    m_isIndexed = news.isIndexed;
    m_isGone = news.isGone;
    if (news.bytes != nullptr)
        open(news.bytes, nullptr);
    grow(news.growth);
    Q_EMIT factsChanged();
}

} // namespace kernelyard
