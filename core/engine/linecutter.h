// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstring>

namespace kernelyard {

/// A line of output or a part of one, with its end.
struct LinePiece
{
    QByteArray bytes;
    bool startsLine = true;
    bool endsLine = true; ///< ends in LF

    /// Without the line's end.
    QByteArrayView text() const
    {
        QByteArrayView view(bytes);
        if (view.endsWith('\n'))
            view.chop(1);
        if (view.endsWith('\r'))
            view.chop(1);
        return view;
    }
    bool isWhole() const { return startsLine && endsLine; }
};

/// Cuts a stream into pieces that don't depend on how it was read: after LF, after a CR that no LF follows, and after
/// 64 KiB.
class LineCutter
{
public:
    static constexpr qsizetype longest = qsizetype(64) * 1024;

    template <class Take>
    void feed(QByteArrayView bytes, Take &&take)
    {
        while (!bytes.isEmpty()) {
            if (m_rest.isEmpty()) {
                const qsizetype end = pieceEnd(bytes, 0);
                if (end < 0) {
                    m_rest = bytes.toByteArray();
                    return;
                }
                give(bytes.first(end).toByteArray(), take);
                bytes = bytes.sliced(end);
                continue;
            }
            // The rest holds no end, but its last byte may be a CR whose successor is only known now.
            const qsizetype known = m_rest.size();
            const qsizetype added = qMin(bytes.size(), longest - known + 1);
            m_rest.append(bytes.first(added));
            const qsizetype end = pieceEnd(m_rest, known - 1);
            if (end < 0) {
                bytes = bytes.sliced(added);
                continue;
            }
            bytes = bytes.sliced(end - known);
            m_rest.truncate(end);
            give(std::exchange(m_rest, {}), take);
        }
    }

    template <class Take>
    void finish(Take &&take)
    {
        if (!m_rest.isEmpty())
            give(std::exchange(m_rest, {}), take);
    }

    /// What has no end yet.
    const QByteArray &rest() const { return m_rest; }

private:
    /// Where the piece that starts \a bytes ends, or -1 when that isn't known yet; nothing ends before \a from.
    static qsizetype pieceEnd(QByteArrayView bytes, qsizetype from)
    {
        const qsizetype window = qMin(bytes.size(), longest);
        const auto *start = bytes.data();
        const void *feedAt = std::memchr(start + from, '\n', static_cast<std::size_t>(window - from));
        const qsizetype lineEnd = feedAt ? static_cast<const char *>(feedAt) - start : window;
        for (qsizetype at = from; at < lineEnd; ++at) {
            const void *returnAt = std::memchr(start + at, '\r', static_cast<std::size_t>(lineEnd - at));
            if (!returnAt)
                break;
            at = static_cast<const char *>(returnAt) - start;
            if (at + 1 < bytes.size() && start[at + 1] != '\n')
                return at + 1;
        }
        if (feedAt)
            return lineEnd + 1;
        return bytes.size() >= longest ? longest : -1;
    }

    template <class Take>
    void give(QByteArray bytes, Take &&take)
    {
        const bool ends = bytes.endsWith('\n');
        take(LinePiece{std::move(bytes), m_atLineStart, ends});
        m_atLineStart = ends;
    }

    QByteArray m_rest;
    bool m_atLineStart = true;
};

} // namespace kernelyard
