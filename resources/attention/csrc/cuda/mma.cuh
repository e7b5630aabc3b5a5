// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The warp-wide matrix instructions in use, with the register layouts of the PTX ISA (sections "ldmatrix" and "Matrix
// fragments for mma.m16n8k16"). With group = lane / 4 and pair = lane % 4:
//   A (16×16): registers 0..3 hold rows group, group+8, group, group+8 and columns 2·pair, +1 (0, 1) or 2·pair+8, +9
//   (2, 3) B (16×8):  registers 0, 1 hold column group and rows 2·pair, +1 or 2·pair+8, +9 C (16×8):  values 0, 1 are
//   row group, columns 2·pair, +1; values 2, 3 the same of row group+8

#include "element.cuh"

namespace kya::cuda {

/** Four 8×8 matrices of 16-bit values; lane i gives the address of row i % 8 of matrix i / 8. */
__device__ inline void loadMatrices(uint32_t (&to)[4], const void *row)
{
    const uint32_t address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
}

/** The same, each matrix transposed. */
__device__ inline void loadMatricesTransposed(uint32_t (&to)[4], const void *row)
{
    const uint32_t address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
}

/** c += a·b, b in two registers; the pointer only chooses the type. */
__device__ inline void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, const __half *)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ inline void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1,
                                   const __nv_bfloat16 *)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

} // namespace kya::cuda
