// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/linekind.h"

#include <QByteArray>

#include <algorithm>
#include <cstring>

namespace kernelyard {

namespace {

qsizetype find(QByteArrayView line, const char *text, qsizetype from)
{
    const qsizetype length = qsizetype(std::strlen(text));
    if (line.size() - from < length)
        return -1;
    const void *hit = memmem(line.data() + from, size_t(line.size() - from), text, size_t(length));
    return hit != nullptr ? static_cast<const char *>(hit) - line.data() : -1;
}

bool isWordCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// "error:", "error :", "error[E0425]:", "error C2065:", "error #177-D:": a code and a colon within a few characters.
bool endsAsLabel(QByteArrayView line, qsizetype at)
{
    const qsizetype limit = std::min(line.size(), at + 14);
    for (qsizetype i = at; i < limit; ++i) {
        const char c = line[i];
        if (c == ':')
            return true;
        if (c != ' ' && c != '[' && c != ']' && c != '#' && c != '-' && c != '(' && c != ')' &&
            !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z'))
            return false;
    }
    return false;
}

/// \a rest is the word from its second letter on; \a first its first letter in both cases.
bool hasLabel(QByteArrayView line, const char *rest, char lower, char upper)
{
    const qsizetype length = qsizetype(std::strlen(rest));
    for (qsizetype at = find(line, rest, 0); at >= 0; at = find(line, rest, at + length)) {
        if (at == 0 || (line[at - 1] != lower && line[at - 1] != upper))
            continue;
        const bool isClassName =
            line[at - 1] == upper && at > 1 && isWordCharacter(line[at - 2]) && line[at - 2] != '-';
        const bool startsWord = at == 1 || !isWordCharacter(line[at - 2]);
        if ((startsWord || isClassName) && endsAsLabel(line, at + length))
            return true;
    }
    return false;
}

bool contains(QByteArrayView line, const char *text)
{
    return find(line, text, 0) >= 0;
}

/// Without those of ECMA-48 that begin with ESC [.
QByteArray withoutControlSequences(QByteArrayView line)
{
    QByteArray shown;
    qsizetype from = 0;
    for (qsizetype at = find(line, "\x1b[", 0); at >= 0; at = find(line, "\x1b[", from)) {
        shown.append(line.sliced(from, at - from));
        from = at + 2;
        while (from < line.size() && line[from] >= 0x20 && line[from] <= 0x3f)
            ++from;
        from = std::min(from + 1, line.size());
    }
    return shown.append(line.sliced(from));
}

} // namespace

LogKind lineKind(QByteArrayView line)
{
    if (line.size() < 3)
        return LogKind::Output;
    if (line.contains('\x1b')) { // the end of a colour would read as a part of the word after it
        const QByteArray shown = withoutControlSequences(line);
        if (!shown.contains('\x1b'))
            return lineKind(shown);
    }
    if (line.startsWith("W: ")) // apt; "GPG error:" may follow
        return LogKind::Warning;
    if (hasLabel(line, "rror", 'e', 'E') || hasLabel(line, "RROR", 'E', 'E') || hasLabel(line, "atal", 'f', 'F') ||
        line.startsWith("E: ") || line == "Killed" || contains(line, "FAILED: ") || contains(line, "*** [") ||
        contains(line, "CMake Error") || contains(line, "No space left on device") ||
        contains(line, ": command not found") || contains(line, "died due to signal"))
        return LogKind::Error;
    if (hasLabel(line, "arning", 'w', 'W') || hasLabel(line, "ARNING", 'W', 'W') || contains(line, "CMake Warning"))
        return LogKind::Warning;
    return LogKind::Output;
}

} // namespace kernelyard
