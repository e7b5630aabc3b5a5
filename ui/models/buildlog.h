// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/logsource.h"

namespace kernelyard {

/// The log of one build in memory, as its follower hands it on.
class BuildLog : public LogSource
{
    Q_OBJECT

public:
    using LogSource::LogSource;

    /// The first of \a lines replaces the last line known when \a lastLineGrew (BuildUpdate's meaning).
    void append(const QList<LogLine> &lines, bool grown = false);
    void clear();

    qint64 count() const override { return m_lines.size(); }
    QByteArrayView text(qint64 line) const override { return m_lines[line].text; }
    BuildTime time(qint64 line) const override { return m_lines[line].at; }
    int step(qint64 line) const override { return m_lines[line].step; }
    LogKind kind(qint64 line) const override { return m_kinds[line]; }
    const QList<LogLine> &lines() const { return m_lines; }

    /// The first line of \a step that reads as an error, else -1. Every step when \a step is -1.
    qint64 firstError(int step) const;

private:
    QList<LogLine> m_lines;
    QList<LogKind> m_kinds;
};

} // namespace kernelyard
