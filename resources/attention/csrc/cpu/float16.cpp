// SPDX-License-Identifier: GPL-3.0-or-later
#include "forward.h"

namespace kya::KYA_ISA {

void float16Tile(const Problem &problem, int64_t batch, int64_t head, int64_t firstRow, float *scratch)
{
    forwardTile<Float16>(problem, batch, head, firstRow, scratch);
}

} // namespace kya::KYA_ISA
