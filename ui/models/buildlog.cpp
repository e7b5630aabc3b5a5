// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/buildlog.h"

#include "core/log/linekind.h"

namespace kernelyard {

namespace {

LogKind kindOf(const LogLine &line)
{
    return line.isNote ? LogKind::Note : lineKind(line.text);
}

} // namespace

void BuildLog::append(const QList<LogLine> &lines, bool grown)
{
    if (lines.isEmpty())
        return;
    qsizetype from = 0;
    if (grown && !m_lines.isEmpty()) {
        m_lines.last() = lines.first();
        m_kinds.last() = kindOf(lines.first());
        from = 1;
        Q_EMIT lastLineGrew(); // while it still is the last
    }
    if (from == lines.size())
        return;
    const qint64 first = m_lines.size();
    for (qsizetype i = from; i < lines.size(); ++i)
        m_kinds.append(kindOf(lines[i]));
    m_lines.append(from == 0 ? lines : lines.mid(from));
    Q_EMIT appended(first);
}

void BuildLog::clear()
{
    m_lines.clear();
    m_kinds.clear();
    Q_EMIT cleared();
}

qint64 BuildLog::firstError(int step) const
{
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        if (m_kinds[i] == LogKind::Error && (step < 0 || m_lines[i].step == step))
            return i;
    }
    return -1;
}

} // namespace kernelyard
