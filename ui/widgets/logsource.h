// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"
#include "core/log/linekind.h"

#include <QByteArrayView>
#include <QObject>

namespace kernelyard {

/// What a log view paints from. Lines are only ever appended; the last one may grow. Answers at once: a source over a
/// file maps it and indexes it elsewhere.
class LogSource : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    virtual qint64 count() const = 0;
    /// Raw bytes without the line's end. Valid until the source changes.
    virtual QByteArrayView text(qint64 line) const = 0;
    virtual BuildTime time(qint64 line) const = 0;
    virtual int step(qint64 line) const = 0; ///< index of the step it belongs to; -1: none
    virtual LogKind kind(qint64 line) const = 0;

Q_SIGNALS:
    void appended(qint64 first); ///< the lines from \a first on are new
    void lastLineGrew();         ///< emitted before appended when both happened
    void cleared();
};

} // namespace kernelyard
