// SPDX-License-Identifier: GPL-3.0-or-later
// What a step's lines say of the work inside it: ninja's counts, compiler commands, pip, apt and curl.
#include "core/build/stepwork.h"
#include "tests/fuzz/fuzz.h"

using namespace kernelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    StepWorkReader reader;
    for (QByteArrayView left = bytesOf(data, size); !left.isEmpty();) {
        const qsizetype end = left.indexOf('\n');
        const QByteArrayView line = end < 0 ? left : left.first(end);
        left = end < 0 ? QByteArrayView() : left.sliced(end + 1);

        const CompileCommand command = compileCommand(line);
        require(command.tool.isEmpty() == command.source.isEmpty(), "a compiler's command has a source");
        require(QStringList(command.architectures).removeDuplicates() == 0, "an architecture is named once");

        reader.take(line);
        const StepWork &work = reader.work();
        require(work.done >= 0 && work.total >= 0, "no count is negative");
        require(work.total == 0 || work.done <= work.total, "no more is done than there is");
        require(work.kind != StepWork::Kind::None || work == StepWork(), "work that is none says nothing");
    }
    return 0;
}
