// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace kernelyard {

/// Turns reads of any size into whole lines. Ends are LF; a CR before it belongs to the line's end.
class LineSplitter
{
public:
    /// The lines that \a bytes completes, without their ends.
    QList<QByteArray> feed(QByteArrayView bytes);

    /// What is left without a line end when the stream ends; empties it.
    QByteArray takeRest();

private:
    QByteArray m_rest;
};

} // namespace kernelyard
