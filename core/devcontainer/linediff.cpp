// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/linediff.h"

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr qsizetype context = 3;
constexpr qsizetype largestTable = 4'000'000; ///< cells; above it everything between is said to be replaced

struct Text
{
    QList<QByteArray> lines;
    bool endsWithLineEnd = true;
};

Text split(const QByteArray &bytes)
{
    Text text;
    if (bytes.isEmpty())
        return text;
    text.lines = bytes.split('\n');
    text.endsWithLineEnd = bytes.endsWith('\n');
    if (text.endsWithLineEnd)
        text.lines.removeLast();
    return text;
}

struct Step
{
    char mark = ' ';                 ///< ' ', '-' or '+'
    qsizetype before = 0, after = 0; ///< lines of each that come first
};

/// The longest common subsequence by the usual table, without what both begin and end with.
std::vector<Step> stepsBetween(const Text &before, const Text &after)
{
    const auto &a = before.lines, &b = after.lines;
    const auto same = [&](qsizetype i, qsizetype j) {
        // A last line without its end is another line than one with it.
        const bool openA = i + 1 == a.size() && !before.endsWithLineEnd;
        const bool openB = j + 1 == b.size() && !after.endsWithLineEnd;
        return openA == openB && a.at(i) == b.at(j);
    };
    qsizetype head = 0, tail = 0;
    while (head < a.size() && head < b.size() && same(head, head))
        ++head;
    while (tail < a.size() - head && tail < b.size() - head && same(a.size() - 1 - tail, b.size() - 1 - tail))
        ++tail;
    const qsizetype n = a.size() - head - tail, m = b.size() - head - tail;
    std::vector<int> table;
    if (n * m <= largestTable) {
        table.assign(size_t((n + 1) * (m + 1)), 0);
        for (qsizetype i = n - 1; i >= 0; --i)
            for (qsizetype j = m - 1; j >= 0; --j) {
                int &cell = table[size_t(i * (m + 1) + j)];
                const int down = table[size_t((i + 1) * (m + 1) + j)], right = table[size_t(i * (m + 1) + j + 1)];
                cell = same(head + i, head + j) ? table[size_t((i + 1) * (m + 1) + j + 1)] + 1 : std::max(down, right);
            }
    }
    std::vector<Step> steps;
    for (qsizetype i = 0; i < head; ++i)
        steps.push_back({' ', i, i});
    qsizetype i = 0, j = 0;
    while (i < n || j < m) {
        const bool both = i < n && j < m && !table.empty();
        const auto at = [&](qsizetype x, qsizetype y) { return table[size_t(x * (m + 1) + y)]; };
        if (both && same(head + i, head + j)) {
            steps.push_back({' ', head + i++, head + j++});
        } else if (j >= m || (i < n && (!both || at(i + 1, j) >= at(i, j + 1)))) {
            steps.push_back({'-', head + i, head + j});
            ++i;
        } else {
            steps.push_back({'+', head + i, head + j});
            ++j;
        }
    }
    for (qsizetype k = 0; k < tail; ++k)
        steps.push_back({' ', head + n + k, head + m + k});
    return steps;
}

QString range(qsizetype first, qsizetype count)
{
    return u"%1,%2"_s.arg(count == 0 ? first : first + 1).arg(count);
}

} // namespace

QList<DiffLine> lineDiff(const QString &name, const std::optional<QByteArray> &before, const QByteArray &after)
{
    if (before && *before == after)
        return {};
    const Text a = split(before.value_or(QByteArray())), b = split(after);
    const std::vector<Step> steps = stepsBetween(a, b);
    const auto count = qsizetype(steps.size());
    QList<DiffLine> lines{{DiffLine::Kind::File, before ? QString(u"--- a/"_s + name) : u"--- /dev/null"_s},
                          {DiffLine::Kind::File, u"+++ b/"_s + name}};
    for (qsizetype i = 0; i < count;) {
        if (steps[size_t(i)].mark == ' ') {
            ++i;
            continue;
        }
        qsizetype end = i, last = i; // the hunk goes on while the next change is near
        for (; end < count && end - last <= 2 * context; ++end)
            if (steps[size_t(end)].mark != ' ')
                last = end;
        const qsizetype from = std::max<qsizetype>(0, i - context), to = std::min(count, last + context + 1);
        qsizetype removed = 0, added = 0;
        for (qsizetype k = from; k < to; ++k) {
            removed += steps[size_t(k)].mark != '+';
            added += steps[size_t(k)].mark != '-';
        }
        lines.append({DiffLine::Kind::Hunk, u"@@ -%1 +%2 @@"_s.arg(range(steps[size_t(from)].before, removed),
                                                                   range(steps[size_t(from)].after, added))});
        for (qsizetype k = from; k < to; ++k) {
            const Step &step = steps[size_t(k)];
            const bool isNew = step.mark == '+';
            const Text &text = isNew ? b : a;
            const qsizetype at = isNew ? step.after : step.before;
            lines.append({step.mark == ' ' ? DiffLine::Kind::Same
                          : isNew          ? DiffLine::Kind::Added
                                           : DiffLine::Kind::Removed,
                          QChar::fromLatin1(step.mark) + QString::fromUtf8(text.lines.at(at))});
            if (at + 1 == text.lines.size() && !text.endsWithLineEnd)
                lines.append({DiffLine::Kind::Note, u"\\ No newline at end of file"_s});
        }
        i = to;
    }
    return lines;
}

} // namespace kernelyard
