// SPDX-License-Identifier: GPL-3.0-or-later
// What makes a line of log shown, sorted and searched: a terminal's rendering, the plain text, the kind.
#include "core/diagnosis/plainline.h"
#include "core/log/linekind.h"
#include "core/log/linescan.h"
#include "core/log/terminalline.h"
#include "tests/fuzz/fuzz.h"

using namespace kernelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    QByteArrayView left = bytesOf(data, size);
    while (!left.isEmpty()) {
        const qsizetype end = left.indexOf('\n');
        const QByteArrayView line = end < 0 ? left : left.first(end);
        left = end < 0 ? QByteArrayView() : left.sliced(end + 1);

        const TerminalLine shown(line);
        require(shown.columns() >= 0 && terminalColumns(line) == shown.columns(), "a line has one width");
        int at = 0;
        for (const TerminalLine::Run &run : shown.runs()) {
            require(run.at >= at && run.length > 0 && run.at + run.length <= shown.text().size(),
                    "runs ascend and lie in the text");
            at = run.at + run.length;
        }
        for (const QChar character : shown.text())
            require(character.unicode() >= 0x20 && (character.unicode() < 0x7f || character.unicode() >= 0xa0),
                    "no control character is shown");
        const int columns = shown.columns();
        for (const int column : {0, 1, columns / 2, columns, columns + 7}) {
            const int index = shown.indexAt(column);
            require(index >= 0 && index <= shown.text().size(), "a column lies in the text");
            require(shown.columnAt(index) <= std::max(column, columns), "an index lies in the line");
        }
        const QByteArray plain = plainLine(line);
        require(!plain.contains('\x1b') && !plain.contains('\n'), "a plain line has no escapes");
        QByteArray withoutColour;
        if (withoutColours(line, withoutColour))
            require(QString::fromLatin1(withoutColour) == shown.text(), "both ways to leave out colours agree");
        static_cast<void>(lineKind(line));
    }
    require(countNewlines(bytesOf(data, size)) == bytesOf(data, size).toByteArray().count('\n'),
            "line ends are counted right");
    return 0;
}
