// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"
#include "core/log/logreader.h"

#include <QObject>

namespace kernelyard {

/// What a log view paints from: lines that lie on disk, read by number. They are only ever appended; the last one may
/// have no end yet and then grows.
class LogSource : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    qint64 count() const { return endedCount() + (m_open ? 1 : 0); }
    qint64 endedCount() const { return m_reader.lines(); }
    /// Raw bytes without the line's end. Valid until the source changes or 32 other lines were asked for.
    QByteArrayView text(qint64 line) const;
    BuildTime time(qint64 line) const;
    int step(qint64 line) const; ///< index of the step it belongs to; -1: none
    LogKind kind(qint64 line) const;
    bool hasTimes() const { return m_reader.hasTimes(); }

    /// To whom the lines from \a first on belong; the first run begins there.
    QList<StepRun> runs(qint64 first) const;
    const LineSet &errors() const { return m_reader.index().errors; } ///< of the ended lines
    const LineSet &warnings() const { return m_reader.index().warnings; }

    // For who reads the ended lines elsewhere: a search, a copy.
    const LogBytesPointer &bytes() const { return m_reader.bytes(); }
    qint64 endedBytes() const { return m_reader.index().bytes; }
    LogReader::Span span(qint64 line) const { return m_reader.span(line); }

Q_SIGNALS:
    void changed(qint64 first); ///< the lines from \a first on are new; one of them may have been the open one
    void marked();              ///< more warnings and errors are known, of lines that were known
    void cleared();

protected:
    void open(LogBytesPointer text, LogBytesPointer times, LogIndex index = {});
    /// As open, of a source that has no line yet: for who looks at it nothing changes.
    void begin(LogBytesPointer text, LogBytesPointer times) { m_reader.open(std::move(text), std::move(times)); }
    void grow(const LogGrowth &growth);
    const LogIndex &index() const { return m_reader.index(); }

private:
    const OpenLine *openAt(qint64 line) const { return m_open && line == endedCount() ? &*m_open : nullptr; }

    LogReader m_reader;
    std::optional<OpenLine> m_open;
};

} // namespace kernelyard
