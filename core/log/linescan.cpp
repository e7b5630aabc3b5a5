// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/linescan.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace kernelyard {

namespace {

// GCC's and Clang's vector types: 16 bytes, which every 64-bit processor has instructions for
using Bytes = unsigned char __attribute__((vector_size(16)));
using Halves = unsigned long long __attribute__((vector_size(16)));

constexpr bool isLittle = std::endian::native == std::endian::little;

Bytes load(const char *at)
{
    Bytes bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

Bytes all(uchar value)
{
    return Bytes{} + value;
}

bool isAny(Bytes mask)
{
    const auto halves = reinterpret_cast<Halves>(mask);
    return (halves[0] | halves[1]) != 0;
}

/// The sum of 8 bytes of at most 128 each, side by side in \a word.
qint64 sumOfBytes(unsigned long long word)
{
    constexpr unsigned long long even = 0x00ff00ff00ff00ffULL;
    return static_cast<qint64>((((word & even) + ((word >> 8) & even)) * 0x0001000100010001ULL) >> 48);
}

/// How often a byte stands in logs, roughly: the rarest are looked for first.
int commonness(uchar c)
{
    constexpr QByteArrayView byFrequency = "etaoinsrlcdpumfhg/ _-.0123bykvwx=,:'()[]\"456789";
    const uchar lower = c >= 'A' && c <= 'Z' ? uchar(c + 32) : c;
    const qsizetype place = byFrequency.indexOf(char(lower));
    const int rank = place < 0 ? 0 : int(byFrequency.size() - place);
    return lower == c ? rank : rank / 2;
}

bool isLetter(uchar c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

uchar lowered(uchar c)
{
    return c >= 'A' && c <= 'Z' ? uchar(c + 32) : c;
}

} // namespace

qint64 countNewlines(QByteArrayView bytes)
{
    const char *at = bytes.data();
    const char *const end = at + bytes.size();
    const Bytes newline = all('\n');
    qint64 count = 0;
    while (end - at >= 16) {
        const qsizetype steps = std::min<qsizetype>((end - at) / 16, 127);
        Bytes sums{};
        for (qsizetype i = 0; i < steps; ++i, at += 16)
            sums -= reinterpret_cast<Bytes>(load(at) == newline); // true is -1
        const auto halves = reinterpret_cast<Halves>(sums);
        count += sumOfBytes(halves[0]) + sumOfBytes(halves[1]);
    }
    for (; at != end; ++at)
        count += *at == '\n';
    return count;
}

qint64 plainNewlines(QByteArrayView bytes)
{
    constexpr qsizetype blockBytes = 64;
    constexpr qsizetype blocksAtOnce = 31; // of 4 vectors: no sum of a byte runs over
    const char *at = bytes.data();
    const char *const end = at + bytes.size();
    const Bytes newline = all('\n');
    qint64 count = 0;
    while (end - at >= blockBytes) {
        const char *const stop = at + std::min((end - at) / blockBytes, blocksAtOnce) * blockBytes;
        Bytes sums{};
        Bytes odd{};
        for (; at != stop; at += 16) {
            const Bytes b = load(at);
            const auto isNewline = reinterpret_cast<Bytes>(b == newline);
            odd |= reinterpret_cast<Bytes>(b - all(0x20) >= all(0x5f)) & ~isNewline;
            sums -= isNewline; // true is -1
        }
        if (isAny(odd))
            return -1;
        const auto halves = reinterpret_cast<Halves>(sums);
        count += sumOfBytes(halves[0]) + sumOfBytes(halves[1]);
    }
    for (; at != end; ++at) {
        if (*at == '\n')
            ++count;
        else if (uchar(uchar(*at) - 0x20) >= 0x5f)
            return -1;
    }
    return count;
}

bool withoutColours(QByteArrayView line, QByteArray &shown)
{
    shown.clear();
    qsizetype from = 0;
    for (qsizetype i = 0; i < line.size(); ++i) {
        const auto c = uchar(line[i]);
        if (c >= 0x20 && c < 0x7f)
            continue;
        if (c != 0x1b || i + 1 >= line.size() || line[i + 1] != '[')
            return false;
        shown.append(line.sliced(from, i - from));
        const qsizetype begin = i + 2;
        for (i = begin; i < line.size() && ((line[i] >= '0' && line[i] <= '9') || line[i] == ';' || line[i] == ':');)
            ++i;
        if (i >= line.size())
            return false;
        const QByteArrayView parameters = line.sliced(begin, i - begin);
        const bool erasesNothing = line[i] == 'K' && (parameters.isEmpty() || parameters == "0"); // at the line's end
        if (line[i] != 'm' && !erasesNothing)
            return false;
        from = i + 1;
    }
    shown.append(line.sliced(from));
    return true;
}

ByteFinder::ByteFinder(const QByteArray &needle, Qt::CaseSensitivity sensitivity)
    : m_needle(sensitivity == Qt::CaseSensitive ? needle : needle.toLower())
    , m_folds(sensitivity == Qt::CaseInsensitive)
{
    const auto weight = [this](qsizetype i) { return commonness(uchar(m_needle[i])); };
    for (qsizetype i = 1; i < m_needle.size(); ++i) {
        if (weight(i) < weight(m_first))
            m_first = i;
    }
    m_second = m_first == 0 ? m_needle.size() - 1 : 0;
    for (qsizetype i = 0; i < m_needle.size(); ++i) {
        if (i != m_first && weight(i) < weight(m_second))
            m_second = i;
    }
}

bool ByteFinder::matchesAt(const char *place) const
{
    if (!m_folds)
        return std::memcmp(place, m_needle.constData(), size_t(m_needle.size())) == 0;
    for (qsizetype i = 0; i < m_needle.size(); ++i) {
        if (lowered(uchar(place[i])) != uchar(m_needle[i]))
            return false;
    }
    return true;
}

qsizetype ByteFinder::find(QByteArrayView bytes, qsizetype from) const
{
    const qsizetype length = m_needle.size();
    const qsizetype last = bytes.size() - length; // the last place where it could begin
    if (length == 0 || last < from)
        return -1;
    const auto foldOf = [this](qsizetype i) { return all(m_folds && isLetter(uchar(m_needle[i])) ? 0x20 : 0); };
    const char *const data = bytes.data();
    const Bytes first = all(uchar(m_needle[m_first]));
    const Bytes second = all(uchar(m_needle[m_second]));
    const Bytes foldFirst = foldOf(m_first);
    const Bytes foldSecond = foldOf(m_second);
    const auto candidates = [&](const char *place) {
        return reinterpret_cast<Bytes>((load(place + m_first) | foldFirst) == first) &
               reinterpret_cast<Bytes>((load(place + m_second) | foldSecond) == second);
    };
    const char begin = m_needle[0];
    const auto check = [&](qsizetype at, Bytes mask) -> qsizetype {
        const auto halves = reinterpret_cast<Halves>(mask);
        for (qsizetype half = 0; half < 2; ++half) {
            for (unsigned long long left = halves[half]; left != 0;) { // 0xff where both characters stand
                const int zeros = isLittle ? std::countr_zero(left) : std::countl_zero(left);
                left &= ~(isLittle ? 0xffULL << zeros : 0xffULL << (56 - zeros));
                const qsizetype place = at + half * 8 + zeros / 8;
                if ((m_folds || data[place] == begin) && matchesAt(data + place))
                    return place;
            }
        }
        return -1;
    };
    qsizetype at = from;
    for (; at + 63 <= last; at += 64) {
        const char *const place = data + at;
        const Bytes masks[] = {candidates(place), candidates(place + 16), candidates(place + 32),
                               candidates(place + 48)};
        if (!isAny(masks[0] | masks[1] | masks[2] | masks[3]))
            continue;
        for (qsizetype i = 0; i < 4; ++i) {
            if (!isAny(masks[i]))
                continue;
            if (const qsizetype found = check(at + i * 16, masks[i]); found >= 0)
                return found;
        }
    }
    for (; at <= last; ++at) {
        if (matchesAt(data + at))
            return at;
    }
    return -1;
}

} // namespace kernelyard
