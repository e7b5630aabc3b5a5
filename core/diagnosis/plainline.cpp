// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/plainline.h"

#include <QRegularExpression>
#include <QString>

namespace kernelyard {
namespace {

constexpr qsizetype longest = 16384;

QByteArray withoutEscapes(QByteArrayView line)
{
    QByteArray text;
    text.reserve(line.size());
    for (qsizetype i = 0; i < line.size(); ++i) {
        const char byte = line[i];
        if (byte != '\x1b') {
            if (byte == '\t' || static_cast<unsigned char>(byte) >= 0x20)
                text.append(byte);
            continue;
        }
        if (i + 1 >= line.size())
            break;
        const char kind = line[++i];
        if (kind == '[') { // CSI: parameters and intermediates, then one final byte from @ to ~
            while (i + 1 < line.size() && (line[i + 1] < '@' || line[i + 1] > '~'))
                ++i;
            ++i;
        } else if (kind == ']') { // OSC: up to BEL or ST
            while (i + 1 < line.size() && line[i + 1] != '\a' && line[i + 1] != '\x1b')
                ++i;
            i += i + 1 < line.size() && line[i + 1] == '\x1b' ? 2 : 1;
        }
    }
    return text;
}

} // namespace

QByteArray plainLine(QByteArrayView line)
{
    while (line.endsWith('\r') || line.endsWith('\n'))
        line.chop(1);
    // Colour codes that other programs mangled: the escape byte lost, the rest kept.
    static const QRegularExpression bareColour(QStringLiteral(R"(\[(?:\d{1,3}(?:;\d{1,3})*)?m|\^\[\[[0-9;]*[A-Za-z])"));
    static const QRegularExpression prefix(
        QStringLiteral(R"(^(?:\s+)"                                           // indent
                       R"(|#\d+ (?:\d+\.\d+ )?|#\d+ \[[^\]]*\] |=> => # )"    // BuildKit
                       R"(|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?)" // time stamps
                       R"((?:Z|[+-]\d\d:?\d\d)?\]?:? |\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]? )"
                       R"(|(?=[\d.-]*[A-Za-z_])[\w.-]+ +\| )" // Compose; of a number, an excerpt of a source
                       R"(|\d+\.\d+ (?=[A-Za-z/\[]))"         // BuildKit's excerpt of an error
                       R"(|\d+:\s+(?=[a-z]+:|error|fatal))"   // numbered excerpts
                       R"(|\(\w+ pid=\d+(?:, ip=[\d.]+)?\) |\[rank\d+\]:\s*)"   // workers
                       R"(|\w*ERROR \d\d-\d\d \d\d:\d\d:\d\d (?:\[[^\]]*\] )?)" // workers' loggers
                       R"(|[E>|] +(?=\S)))"));
    qsizetype from = 0;
    if (const qsizetype overwrite = line.lastIndexOf('\r'); overwrite >= 0)
        from = overwrite + 1;
    QByteArrayView shown = line.sliced(from);
    if (shown.size() > longest)
        shown = shown.first(longest);
    QString text = QString::fromUtf8(withoutEscapes(shown));
    if (text.contains(u'['))
        text.remove(bareColour);
    for (int depth = 0; depth < 6; ++depth) {
        const QRegularExpressionMatch match = prefix.match(text);
        if (!match.hasMatch() || match.capturedLength() == 0)
            break;
        text.remove(0, match.capturedLength());
    }
    return std::move(text).trimmed().toUtf8();
}

} // namespace kernelyard
