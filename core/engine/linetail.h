// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/linecutter.h"
#include "core/engine/outputparser.h"

#include <array>

namespace kernelyard {

/// What a command has written of a line that has no end yet, as far as its parser holds it back to learn whether it
/// becomes a line of the engine's own: a prompt, or progress that will be written over. Cuts as the parsers of text do.
class LineTail
{
public:
    void feed(Stream stream, QByteArrayView bytes)
    {
        LineCutter &cutter = m_cutters[index(stream)];
        const qsizetype ended = bytes.lastIndexOf('\n') + 1;
        if (ended > 0)
            cutter = {};
        cutter.feed(bytes.sliced(ended), [](const LinePiece &) {});
        if (!text(stream).isEmpty())
            m_newest = stream;
    }

    QByteArray text(Stream stream) const { return m_cutters[index(stream)].rest(); }
    /// The stream whose tail was written to last; of the other one where that has ended.
    Stream newest() const
    {
        const Stream other = m_newest == Stream::Out ? Stream::Err : Stream::Out;
        return text(m_newest).isEmpty() ? other : m_newest;
    }

private:
    static std::size_t index(Stream stream) { return stream == Stream::Err ? 1 : 0; }

    std::array<LineCutter, 2> m_cutters;
    Stream m_newest = Stream::Out;
};

} // namespace kernelyard
