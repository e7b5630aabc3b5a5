// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/crc32c.h"

#include <QtEndian>

#include <array>
#include <cstring>

namespace kernelyard {

static constexpr quint32 reversedPolynomial = 0x82f63b78;

using Tables = std::array<std::array<quint32, 256>, 8>;

/// Table n holds the remainder of a byte followed by n zero bytes, so that eight bytes are taken at a time.
static constexpr Tables makeTables()
{
    Tables tables{};
    for (quint32 byte = 0; byte < 256; ++byte) {
        quint32 remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder >> 1) ^ (remainder & 1 ? reversedPolynomial : 0);
        tables[0][byte] = remainder;
    }
    for (std::size_t n = 1; n < tables.size(); ++n)
        for (std::size_t byte = 0; byte < 256; ++byte)
            tables[n][byte] = (tables[n - 1][byte] >> 8) ^ tables[0][tables[n - 1][byte] & 0xff];
    return tables;
}

static quint32 byTables(quint32 crc, const char *bytes, std::size_t count)
{
    static constexpr Tables tables = makeTables();
    for (; count >= 8; bytes += 8, count -= 8) {
        const quint64 word = qFromLittleEndian<quint64>(bytes) ^ crc;
        crc = 0;
        for (std::size_t n = 0; n < 8; ++n)
            crc ^= tables[7 - n][(word >> (8 * n)) & 0xff];
    }
    for (; count > 0; ++bytes, --count)
        crc = (crc >> 8) ^ tables[0][(crc ^ static_cast<quint8>(*bytes)) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static quint32 byInstruction(quint32 crc, const char *bytes, std::size_t count)
{
    quint64 wide = crc;
    for (; count >= 8; bytes += 8, count -= 8) {
        quint64 word;
        std::memcpy(&word, bytes, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = static_cast<quint32>(wide);
    for (; count > 0; ++bytes, --count)
        crc = __builtin_ia32_crc32qi(crc, static_cast<quint8>(*bytes));
    return crc;
}
#endif

quint32 crc32c(QByteArrayView bytes)
{
    const auto count = static_cast<std::size_t>(bytes.size());
#if defined(__x86_64__)
    static const bool hasInstruction = __builtin_cpu_supports("sse4.2");
    if (hasInstruction)
        return ~byInstruction(~0U, bytes.data(), count);
#endif
    return ~byTables(~0U, bytes.data(), count);
}

} // namespace kernelyard
