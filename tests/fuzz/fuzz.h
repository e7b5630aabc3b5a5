// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QtEndian>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// One input of a fuzz target, as libFuzzer calls it (https://llvm.org/docs/LibFuzzer.html).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace kernelyard {

inline QByteArrayView bytesOf(const std::uint8_t *data, std::size_t size)
{
    return {reinterpret_cast<const char *>(data), static_cast<qsizetype>(size)};
}

/// Ends the program, as an assertion does in every build, when a property does not hold.
inline void require(bool holds, const char *property)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", property);
    std::abort();
}

/// Cuts \a bytes into pieces of lengths that follow from the bytes themselves, and calls \a take for each.
template <class Take>
void inPieces(QByteArrayView bytes, Take take)
{
    quint32 random = 2166136261U;
    for (const char byte : bytes.first(std::min<qsizetype>(bytes.size(), 64)))
        random = (random ^ static_cast<unsigned char>(byte)) * 16777619U;
    while (!bytes.isEmpty()) {
        random = random * 1664525U + 1013904223U;
        const qsizetype length = std::min<qsizetype>(bytes.size(), 1 + (random >> 16U) % 97);
        take(bytes.first(length));
        bytes = bytes.sliced(length);
    }
}

} // namespace kernelyard
