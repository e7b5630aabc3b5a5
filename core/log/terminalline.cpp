// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/terminalline.h"

#include <QChar>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace kernelyard {

namespace {

constexpr char32_t replacement = 0xfffd;
constexpr qsizetype renderedAtMost = 1 << 20; ///< bytes: a cell takes some fifty
constexpr int widestMove = 1 << 16;           ///< a cursor move can't make a line of more columns than this

struct Cell
{
    char32_t character = U' ';
    TextStyle style;
    QString marks;       ///< combining characters on top
    bool isTail = false; ///< the second half of a wide character
};

/// The hue nearest to a colour; grey ones are the text's own.
qint8 hueOf(int red, int green, int blue)
{
    const int top = std::max({red, green, blue});
    const int low = std::min({red, green, blue});
    if (top - low < 48)
        return -1;
    const int middle = (top + low) / 2;
    const int bits = (red > middle ? 1 : 0) | (green > middle ? 2 : 0) | (blue > middle ? 4 : 0);
    return bits == 0 || bits == 7 ? qint8(-1) : qint8(bits);
}

/// xterm's 256 colours: 16 named, a cube of 6×6×6, 24 greys.
qint8 hueOfIndexed(int index)
{
    if (index < 16)
        return index % 8 == 0 || index % 8 == 7 ? qint8(-1) : qint8(index % 8);
    if (index >= 232)
        return -1;
    const int cube = index - 16;
    return hueOf(cube / 36 * 51, cube / 6 % 6 * 51, cube % 6 * 51);
}

/// Applies the parameters of one SGR sequence.
void applyGraphics(const QList<int> &parameters, TextStyle &style)
{
    for (qsizetype i = 0; i < parameters.size(); ++i) {
        const int p = parameters[i];
        if (p == 0) {
            style = {};
        } else if (p == 1) {
            style.bold = true;
        } else if (p == 2) {
            style.faint = true;
        } else if (p == 4) {
            style.underline = true;
        } else if (p == 22) {
            style.bold = style.faint = false;
        } else if (p == 24) {
            style.underline = false;
        } else if (p == 27 || p == 49) {
            style.marked = false;
        } else if (p >= 30 && p <= 37) {
            style.hue = hueOfIndexed(p - 30);
        } else if (p >= 90 && p <= 97) {
            style.hue = hueOfIndexed(p - 90);
            style.bold = p != 90;
            style.faint = p == 90;
        } else if (p == 39) {
            style.hue = -1;
        } else if (p == 7 || (p >= 40 && p <= 47) || (p >= 100 && p <= 107)) {
            style.marked = true;
        } else if (p == 38 || p == 48) {
            qint8 hue = -1;
            if (i + 2 < parameters.size() && parameters[i + 1] == 5) {
                hue = hueOfIndexed(std::clamp(parameters[i + 2], 0, 255));
                i += 2;
            } else if (i + 4 < parameters.size() && parameters[i + 1] == 2) {
                hue = hueOf(parameters[i + 2], parameters[i + 3], parameters[i + 4]);
                i += 4;
            } else {
                return;
            }
            if (p == 38)
                style.hue = hue;
            else
                style.marked = true;
        }
    }
}

/// The screen line that the bytes are played on.
class Playback
{
public:
    void play(const QList<uint> &characters)
    {
        for (qsizetype i = 0; i < characters.size();) {
            const char32_t c = characters[i];
            if (c == 0x1b)
                i = escape(characters, i + 1);
            else if (c == 0x9b)
                i = control(characters, i + 1);
            else {
                put(c);
                ++i;
            }
        }
    }

    const QList<Cell> &cells() const { return m_cells; }

private:
    void put(char32_t c)
    {
        if (c == '\r') {
            m_column = 0;
        } else if (c == '\b') {
            m_column = std::max(0, m_column - 1);
        } else if (c == '\t') {
            m_column += m_column < widestMove ? 8 - m_column % 8 : 1;
            if (m_cells.size() < m_column)
                m_cells.resize(m_column);
        } else if (c < 0x20) {
            write(0x2400 + c);
        } else if (c == 0x7f) {
            write(0x2421);
        } else if ((c >= 0x80 && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) {
            write(replacement);
        } else {
            write(c);
        }
    }

    void write(char32_t c)
    {
        const int width = cellsOf(c);
        if (width == 0) {
            if (m_column > 0 && m_column <= m_cells.size())
                m_cells[m_column - 1].marks += QString::fromUcs4(&c, 1);
            return;
        }
        if (m_cells.size() < m_column + width)
            m_cells.resize(m_column + width);
        // what is half overwritten goes whole
        if (m_cells[m_column].isTail && m_column > 0)
            m_cells[m_column - 1] = {};
        const qsizetype end = m_column + width;
        if (end < m_cells.size() && m_cells[end].isTail)
            m_cells[end] = {};
        m_cells[m_column] = Cell{c, m_style, {}, false};
        if (width == 2)
            m_cells[m_column + 1] = Cell{U' ', m_style, {}, true};
        m_column += width;
    }

    /// Never back by a move ahead, where text alone went further.
    void moveTo(qint64 column) { m_column = int(std::clamp<qint64>(column, 0, std::max(widestMove, m_column))); }

    void erase(int mode)
    {
        const qsizetype size = m_cells.size();
        if (mode == 0 && m_column < size)
            m_cells.resize(m_column);
        else if (mode == 1)
            std::fill(m_cells.begin(), m_cells.begin() + std::min<qsizetype>(m_column + 1, size), Cell{});
        else if (mode == 2)
            m_cells.clear();
    }

    /// After ESC. Returns the index of the first character that is not part of the sequence.
    qsizetype escape(const QList<uint> &characters, qsizetype i)
    {
        if (i >= characters.size())
            return i;
        const uint kind = characters[i];
        if (kind == '[')
            return control(characters, i + 1);
        if (kind == ']' || kind == 'P' || kind == '^' || kind == '_' ||
            kind == 'X') { // strings, to BEL or ESC backslash
            for (qsizetype end = i + 1; end < characters.size(); ++end) {
                if (characters[end] == 0x07)
                    return end + 1;
                if (characters[end] == 0x1b)
                    return end + 1 < characters.size() && characters[end + 1] == '\\' ? end + 2 : end;
            }
            return characters.size();
        }
        while (i < characters.size() && characters[i] >= 0x20 && characters[i] <= 0x2f) // intermediates
            ++i;
        return i < characters.size() && characters[i] >= 0x30 && characters[i] < 0x7f ? i + 1 : i;
    }

    /// After CSI.
    qsizetype control(const QList<uint> &characters, qsizetype i)
    {
        QList<int> parameters;
        int value = 0;
        bool isPrivate = false;
        for (; i < characters.size() && characters[i] >= 0x20 && characters[i] <= 0x3f; ++i) {
            const uint c = characters[i];
            if (c >= '0' && c <= '9') {
                value = std::min(value * 10 + int(c - '0'), 99999);
            } else if (c == ';' || c == ':') {
                parameters.append(value);
                value = 0;
            } else {
                isPrivate = true;
            }
        }
        parameters.append(value);
        if (i >= characters.size() || characters[i] < 0x40 || characters[i] > 0x7e)
            return i; // broken off: what follows is text
        const uint end = characters[i];
        const int first = parameters.first();
        if (isPrivate)
            return i + 1;
        if (end == 'm')
            applyGraphics(parameters, m_style);
        else if (end == 'K')
            erase(first);
        else if (end == 'C')
            moveTo(qint64(m_column) + std::max(1, first));
        else if (end == 'D')
            moveTo(qint64(m_column) - std::max(1, first));
        else if (end == 'G')
            moveTo(std::max(1, first) - 1);
        return i + 1;
    }

    QList<Cell> m_cells;
    TextStyle m_style;
    int m_column = 0;
};

} // namespace

int cellsOf(char32_t c)
{
    if (c < 0x300)
        return 1;
    switch (QChar::category(c)) {
    case QChar::Mark_NonSpacing:
    case QChar::Mark_Enclosing:
    case QChar::Other_Format:
        return 0;
    default:
        break;
    }
    // the blocks that Unicode's EastAsianWidth.txt (15.0) has as W or F, and the emoji shown as pictures
    static constexpr std::array<std::pair<char32_t, char32_t>, 16> wide = {{{0x1100, 0x115f},
                                                                            {0x231a, 0x231b},
                                                                            {0x23e9, 0x23ec},
                                                                            {0x2614, 0x2615},
                                                                            {0x26a1, 0x26a1},
                                                                            {0x2705, 0x2705},
                                                                            {0x274c, 0x274c},
                                                                            {0x2728, 0x2728},
                                                                            {0x2e80, 0x303e},
                                                                            {0x3041, 0x33ff},
                                                                            {0x3400, 0x4dbf},
                                                                            {0x4e00, 0xa4cf},
                                                                            {0xac00, 0xd7a3},
                                                                            {0xf900, 0xfaff},
                                                                            {0xfe30, 0xff60},
                                                                            {0x1f300, 0x1faff}}};
    for (const auto &[first, last] : wide) {
        if (c >= first && c <= last)
            return 2;
    }
    return c >= 0x20000 && c <= 0x3fffd ? 2 : 1;
}

/// Whether there is nothing but printable ASCII and \a other.
static bool isAscii(QByteArrayView bytes, char other)
{
    // no early exit in the inner block, so that the compiler can use vector instructions
    constexpr qsizetype block = 256;
    for (qsizetype at = 0; at < bytes.size(); at += block) {
        const qsizetype end = std::min(at + block, bytes.size());
        unsigned special = 0;
        for (qsizetype i = at; i < end; ++i)
            special |= unsigned(uchar(uchar(bytes[i]) - 0x20) >= 0x5f) & unsigned(bytes[i] != other);
        if (special != 0)
            return false;
    }
    return true;
}

bool isPlainLine(QByteArrayView bytes)
{
    return isAscii(bytes, ' ');
}

int terminalColumns(QByteArrayView bytes)
{
    return isPlainLine(bytes) ? int(bytes.size()) : TerminalLine(bytes).columns();
}

/// Of progress in plain text, written over and over, what is left of each stretch: what stands behind the end of all
/// that came after it. Nothing where there is anything but printable ASCII and carriage returns.
static std::optional<QByteArray> writtenOver(QByteArrayView bytes)
{
    if (!isAscii(bytes, '\r'))
        return {};
    QByteArray text;
    for (qsizetype end = bytes.size(); end >= 0;) {
        const void *const found = ::memrchr(bytes.data(), '\r', size_t(end)); // several times as fast as lastIndexOf
        const qsizetype before = found ? static_cast<const char *>(found) - bytes.data() : -1;
        const QByteArrayView stretch = bytes.sliced(before + 1, end - before - 1);
        if (stretch.size() > text.size())
            text += stretch.sliced(text.size());
        end = before;
    }
    return text;
}

/// Of an overlong line its beginning, or where it is written over and over, the last of that.
static QByteArrayView rendered(QByteArrayView bytes)
{
    if (bytes.size() <= renderedAtMost)
        return bytes;
    const qsizetype again = bytes.chopped(1).indexOf('\r', bytes.size() - renderedAtMost);
    return again >= 0 ? bytes.sliced(again + 1) : bytes.first(renderedAtMost);
}

TerminalLine::TerminalLine(QByteArrayView bytes)
{
    if (isPlainLine(bytes)) {
        m_text = QString::fromLatin1(bytes);
        return;
    }
    if (const auto text = writtenOver(bytes)) {
        m_text = QString::fromLatin1(*text);
        return;
    }
    Playback playback;
    playback.play(QString::fromUtf8(rendered(bytes)).toUcs4());

    bool isGrid = true;
    QList<int> starts;
    int column = 0;
    for (const Cell &cell : playback.cells()) {
        if (cell.isTail) {
            ++column;
            isGrid = false;
            continue;
        }
        const int at = int(m_text.size());
        m_text += QString::fromUcs4(&cell.character, 1) + cell.marks;
        const int length = int(m_text.size()) - at;
        isGrid = isGrid && length == 1;
        starts.resize(m_text.size(), column);
        if (cell.style != TextStyle{}) {
            if (!m_runs.isEmpty() && m_runs.last().style == cell.style && m_runs.last().at + m_runs.last().length == at)
                m_runs.last().length += length;
            else
                m_runs.append({at, length, cell.style});
        }
        ++column;
    }
    if (!isGrid) {
        starts.append(column);
        m_starts = starts;
    }
}

int TerminalLine::columnAt(int index) const
{
    if (m_starts.isEmpty())
        return index;
    return m_starts[std::clamp<qsizetype>(index, 0, m_starts.size() - 1)];
}

int TerminalLine::indexAt(int column) const
{
    if (m_starts.isEmpty())
        return std::clamp(column, 0, int(m_text.size()));
    const auto after = std::upper_bound(m_starts.begin(), m_starts.end(), column);
    if (after == m_starts.end())
        return int(m_text.size());
    // marks share their base's column: go back to the first of them
    const int start = *std::prev(after);
    return int(std::lower_bound(m_starts.begin(), m_starts.end(), start) - m_starts.begin());
}

} // namespace kernelyard
