// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/buildlog.h"

#include "core/base/log.h"

namespace kernelyard {

namespace {

LogKind kindOf(const LogLine &line)
{
    return line.isNote ? LogKind::Note : lineKind(line.text);
}

} // namespace

void BuildLog::openStored(const LogArchive &log)
{
    m_spool.reset();
    m_last.reset();
    open(log.text, log.times, log.index);
}

void BuildLog::take(const BuildUpdate &update)
{
    if (update.growth)
        grow(*update.growth);
    else
        append(update.newLines, update.lastLineGrew);
}

/// The last line is held back from the spool, which takes nothing back.
void BuildLog::append(const QList<LogLine> &lines, bool grown)
{
    if (lines.isEmpty())
        return;
    if (!m_spool) {
        auto spool = LogSpool::create({});
        if (!spool) {
            log(LogDomain::Ui).error("no room for a log: {}", spool.error().message.toStdString());
            return;
        }
        m_spool.emplace(std::move(*spool));
        begin(m_spool->text(), m_spool->times());
    }
    const auto store = [this](const LogLine &line) { m_spool->append(line.step, line.at, kindOf(line), line.text); };
    if (m_last && !grown)
        store(*m_last);
    m_last = lines.last();
    for (qsizetype i = 0; i + 1 < lines.size(); ++i)
        store(lines[i]);
    if (const Result<void> flushed = m_spool->flush(); !flushed)
        log(LogDomain::Ui).error("no room for a log: {}", flushed.error().message.toStdString());
    LogGrowth growth = m_spool->takeGrowth();
    growth.open = OpenLine{m_last->text, m_last->step, m_last->at, kindOf(*m_last)};
    grow(growth);
}

void BuildLog::clear()
{
    m_spool.reset();
    m_last.reset();
    open(nullptr, nullptr);
}

qint64 BuildLog::firstError(int step) const
{
    for (qint64 line = errors().next(0); line >= 0; line = errors().next(line + 1)) {
        if (step < 0 || this->step(line) == step)
            return line;
    }
    const qint64 last = count() - 1;
    return last >= endedCount() && kind(last) == LogKind::Error && (step < 0 || this->step(last) == step) ? last : -1;
}

qint64 BuildLog::lastLine(int step) const
{
    const QList<StepRun> all = runs(0);
    qint64 end = count();
    for (qsizetype i = all.size(); i-- > 0; end = all[i].first) {
        if (all[i].step == step)
            return end - 1;
    }
    return -1;
}

} // namespace kernelyard
