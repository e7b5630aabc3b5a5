// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/table.h"

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

Table::Table(const QStringList &head)
{
    for (const QString &title : head)
        m_head << Cell{title.toUpper(), Style::Dim, false};
}

void Table::print(Console &console, Channel channel, const QString &indent) const
{
    QList<QList<Cell>> rows = m_rows;
    if (!m_head.isEmpty())
        rows.prepend(m_head);
    QList<qsizetype> widths;
    for (const QList<Cell> &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].text.size());
    }
    if (!m_head.isEmpty() && rows.size() > 1)
        for (qsizetype i = 0; i < rows[0].size() && i < rows[1].size(); ++i)
            rows[0][i].right = rows[1][i].right;
    for (const QList<Cell> &row : rows) {
        QString line = indent;
        for (qsizetype i = 0; i < row.size(); ++i) {
            const QString gap(widths[i] - row[i].text.size(), u' ');
            const QString text = console.styled(row[i].style, row[i].text, channel);
            const bool last = i + 1 == row.size();
            line += row[i].right ? QString(gap + text) : QString(text + (last ? QString() : gap));
            if (!last)
                line += u"  "_s;
        }
        while (line.endsWith(u' '))
            line.chop(1);
        console.line(channel, line);
    }
}

double secondsOf(std::chrono::microseconds duration)
{
    return static_cast<double>(duration.count()) / 1e6;
}

QString durationText(std::chrono::microseconds duration)
{
    const double seconds = secondsOf(duration);
    if (seconds < 60)
        return u"%1 s"_s.arg(seconds, 0, 'f', 1);
    const auto whole = static_cast<qint64>(seconds);
    const auto two = [](qint64 number) { return u"%1"_s.arg(number, 2, 10, QLatin1Char('0')); };
    if (whole < 3600)
        return u"%1 min %2 s"_s.arg(whole / 60).arg(two(whole % 60));
    return u"%1 h %2 min"_s.arg(whole / 3600).arg(two(whole % 3600 / 60));
}

QString sizeText(qint64 bytes)
{
    if (bytes < 1000)
        return u"%1 B"_s.arg(bytes);
    double value = static_cast<double>(bytes);
    QString unit;
    for (const char *next : {"kB", "MB", "GB", "TB"}) {
        unit = QString::fromLatin1(next);
        value /= 1000;
        if (value < 999.5)
            break;
    }
    return u"%1 %2"_s.arg(value, 0, 'f', value < 9.995 ? 2 : value < 99.95 ? 1 : 0).arg(unit);
}

/// Edits (insert, remove, replace, swap neighbours) between two names, ignoring case.
static qsizetype distance(const QString &a, const QString &b)
{
    std::vector<std::vector<qsizetype>> cost(static_cast<size_t>(a.size()) + 1,
                                             std::vector<qsizetype>(static_cast<size_t>(b.size()) + 1));
    for (size_t i = 0; i < cost.size(); ++i) {
        for (size_t j = 0; j < cost[i].size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = static_cast<qsizetype>(i) + static_cast<qsizetype>(j);
                continue;
            }
            const auto at = [](const QString &text, size_t index) { return text.at(static_cast<qsizetype>(index)); };
            const bool same = at(a, i - 1) == at(b, j - 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && at(a, i - 1) == at(b, j - 2) && at(a, i - 2) == at(b, j - 1))
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost.back().back();
}

QString suggestion(const QString &wrong, const QStringList &known)
{
    if (wrong.size() > 100)
        return {};
    QString best;
    qsizetype least = std::max<qsizetype>(1, wrong.size() / 3) + 1;
    for (const QString &name : known) {
        const bool begins = wrong.size() >= 2 && name.startsWith(wrong, Qt::CaseInsensitive);
        const qsizetype edits = begins ? 1 : distance(wrong.toLower(), name.toLower());
        if (edits < least) {
            least = edits;
            best = name;
        }
    }
    return best.isEmpty() ? QString() : QString(u" Did you mean “"_s + best + u"”?");
}

} // namespace kernelyard::ctl
