// SPDX-License-Identifier: GPL-3.0-or-later
// The diagnosis names the same cause however the log comes: in one piece, in many, or line by line.
#include "core/diagnosis/diagnosis.h"
#include "tests/fuzz/fuzz.h"

using namespace kernelyard;

static const Rulebook &book()
{
    static const Result<Rulebook> read = Rulebook::read(QStringLiteral(KERNELYARD_SOURCE_DIR "/resources/diagnosis"));
    require(read.has_value(), "the rules can be read");
    return *read;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView log = bytesOf(data, size);
    Diagnosis whole(book());
    whole.feed(log);
    Diagnosis inParts(book());
    inPieces(log, [&](QByteArrayView piece) { inParts.feed(piece); });
    Diagnosis byLine(book());
    qint64 lines = 0;
    for (QByteArrayView left = log; !left.isEmpty();) {
        const qsizetype end = left.indexOf('\n');
        byLine.addLine(end < 0 ? left : left.first(end), ++lines);
        left = end < 0 ? QByteArrayView() : left.sliced(end + 1);
    }
    require(whole.causes({}) == inParts.causes({}), "causes do not depend on where the log was cut");
    require(whole.failureLines() == inParts.failureLines(), "failures do not depend on where the log was cut");
    const QList<Cause> causes = whole.causes(1);
    require(causes == byLine.causes(1), "lines and bytes are read alike");
    require(whole.causes(0).isEmpty(), "what ended well has no cause");
    for (const Cause &cause : causes)
        require(cause.line >= 1 && cause.line <= lines, "a cause has a line of the log");
    return 0;
}
