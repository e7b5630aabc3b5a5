// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QList>
#include <QString>

namespace kernelyard {

/// How a run of characters looks. Colours are the six ANSI hues by number (1 red … 6 cyan); -1 is the text's own.
/// Black and white are the text's own too, so that nothing can be written that can't be read.
struct TextStyle
{
    qint8 hue = -1;
    bool bold = false;
    bool faint = false;
    bool underline = false;
    bool marked = false; ///< has a background of its own, or is inverse

    bool operator==(const TextStyle &) const = default;
};

/// One line of output as a terminal would show it in the end. A column is one cell of the monospace grid.
class TerminalLine
{
public:
    struct Run
    {
        int at = 0; ///< index into text()
        int length = 0;
        TextStyle style;
    };

    /// Renders \a bytes: UTF-8 with U+FFFD for what is none; carriage return, backspace, tab stops of 8, cursor moves
    /// within the line and erasing (ECMA-48 CUF, CUB, CHA, EL), colours (SGR, also 256 and true colours, brought to
    /// the nearest hue). Every other sequence is swallowed, every other control character becomes its Unicode
    /// picture, and bidirectional overrides become U+FFFD, so that text can't disguise itself. Of a line that needs any
    /// of that, 1 MiB is rendered, and the cursor moves to no column beyond 65,536.
    explicit TerminalLine(QByteArrayView bytes);

    const QString &text() const { return m_text; }
    const QList<Run> &runs() const { return m_runs; } ///< those that differ from the plain style, ascending
    int columns() const { return m_starts.isEmpty() ? int(m_text.size()) : m_starts.last(); }
    bool isGrid() const { return m_starts.isEmpty(); } ///< each QChar is one column

    int columnAt(int index) const;
    int indexAt(int column) const; ///< of the character that covers \a column; text().size() beyond the end

private:
    QString m_text;
    QList<Run> m_runs;
    QList<int> m_starts; ///< column of each QChar and of the end; empty when it is the index itself
};

/// Printable ASCII only: the line is shown as it is, one byte a column.
bool isPlainLine(QByteArrayView bytes);

/// The columns of a rendered line, without rendering where it is plain.
int terminalColumns(QByteArrayView bytes);

/// Cells of a code point on the grid: 0 for marks that combine, 2 for East Asian wide and emoji, else 1.
int cellsOf(char32_t codePoint);

} // namespace kernelyard
