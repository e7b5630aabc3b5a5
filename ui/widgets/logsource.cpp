// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logsource.h"

#include <algorithm>

namespace kernelyard {

QByteArrayView LogSource::text(qint64 line) const
{
    const OpenLine *const open = openAt(line);
    return open ? QByteArrayView(open->text) : m_reader.text(line);
}

BuildTime LogSource::time(qint64 line) const
{
    const OpenLine *const open = openAt(line);
    return open ? open->at : m_reader.time(line);
}

int LogSource::step(qint64 line) const
{
    const OpenLine *const open = openAt(line);
    return open ? open->step : index().stepOf(line);
}

LogKind LogSource::kind(qint64 line) const
{
    const OpenLine *const open = openAt(line);
    return open ? open->kind : index().kindOf(line);
}

QList<StepRun> LogSource::runs(qint64 first) const
{
    QList<StepRun> runs;
    const QList<StepRun> &known = index().runs;
    if (first < endedCount()) {
        auto run = std::upper_bound(known.cbegin(), known.cend(), first,
                                    [](qint64 line, const StepRun &r) { return line < r.first; });
        runs.append({first, run == known.cbegin() ? -1 : std::prev(run)->step});
        for (; run != known.cend(); ++run)
            runs.append(*run);
    }
    if (m_open)
        runs.append({endedCount(), m_open->step});
    return runs;
}

void LogSource::open(LogBytesPointer text, LogBytesPointer times, LogIndex index)
{
    m_reader.open(std::move(text), std::move(times));
    m_reader.setIndex(std::move(index));
    m_open.reset();
    Q_EMIT cleared();
    if (count() > 0)
        Q_EMIT changed(0);
}

void LogSource::grow(const LogGrowth &growth)
{
    const qint64 first = endedCount();
    const qint64 before = count();
    const bool isSameOpen = growth.open.has_value() == m_open.has_value() &&
                            (!m_open || (growth.open->text == m_open->text && growth.open->step == m_open->step));
    m_reader.apply(growth);
    m_open = growth.open;
    if (growth.isNew || count() < before) {
        Q_EMIT cleared();
        if (count() > 0)
            Q_EMIT changed(0);
        return;
    }
    const bool marksOld = !growth.marks.isEmpty() && growth.marks.first().line < first;
    if (endedCount() > first || !isSameOpen)
        Q_EMIT changed(first);
    if (marksOld)
        Q_EMIT marked();
}

} // namespace kernelyard
