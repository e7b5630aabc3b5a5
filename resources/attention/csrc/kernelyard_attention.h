// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KYA_ABI_VERSION 2
#define KYA_MAX_HEAD_DIM 256

#ifdef __cplusplus
extern "C" {
#endif

enum kya_dtype { KYA_FLOAT32 = 0, KYA_FLOAT16 = 1, KYA_BFLOAT16 = 2 };
enum kya_device { KYA_CPU = 0, KYA_CUDA = 1 };
enum kya_status {
    KYA_OK = 0,
    KYA_INVALID_ARGUMENT = 1, /* the call is wrong: shapes, strides, null pointers */
    KYA_UNAVAILABLE = 2,      /* the device asked for is not there, or not compiled in */
    KYA_DEVICE_ERROR = 3,     /* the device was there and failed; message has its own words */
};

/* A tensor [batch, row, head, dim] in host memory. Strides are in elements; dim is contiguous. */
struct kya_tensor
{
    void *data;
    int64_t batch_stride;
    int64_t row_stride;
    int64_t head_stride;
};

/*
 * out[b,i,h,:] = sum over visible j of softmax_j(scale * q[b,i,h,:] . k[b,j,h*kv_heads/heads,:]) v[b,j,...,:]
 *
 * With causal set, query i sees the keys j <= i + keys - queries: the last query sees every key (aligned at the bottom
 * right, as FlashAttention does since 2.1). A query that sees no key (queries > keys) gives a row of zeros.
 * heads must be a multiple of kv_heads; head h reads the key and value head h / (heads / kv_heads).
 * q, k, v and out share one dtype; products are accumulated in float32. NaN and infinity in the inputs propagate, but
 * for scores that are all -infinity: they count as hidden. The result is the same, bit for bit, for any number of
 * threads.
 */
struct kya_forward_args
{
    uint32_t struct_size; /* sizeof(struct kya_forward_args), so that fields can be added */
    int32_t dtype;        /* enum kya_dtype */
    int32_t device;       /* enum kya_device; with KYA_CUDA the call copies to the device and back */
    int32_t causal;
    int64_t batch, queries, keys, heads, kv_heads, head_dim;
    float scale;
    int32_t threads; /* CPU only; 0 takes what OpenMP would */
    struct kya_tensor q, k, v, out;
    double kernel_ms; /* written: time in the kernel alone, without copies to and from a device */
};

/* Returns an enum kya_status. On failure message (may be null) holds one sentence, NUL-terminated. Thread-safe. */
int kya_forward(struct kya_forward_args *args, char *message, size_t message_size);

/*
 * The same call again and again, for timing. kya_prepare copies the inputs to the device, where it has memory of its
 * own; kya_repeat computes once more and writes the time in the kernel alone; kya_release gives all of it back (null is
 * allowed). On the CPU the tensors of args are read and written in place and must outlive the prepared call. One thread
 * at a time may use a prepared call.
 */
struct kya_prepared;
int kya_prepare(const struct kya_forward_args *args, struct kya_prepared **prepared, char *message,
                size_t message_size);
int kya_repeat(struct kya_prepared *prepared, double *kernel_ms, char *message, size_t message_size);
void kya_release(struct kya_prepared *prepared);

int kya_abi_version(void);
/* The instruction set that CPU calls use on this machine: "x86-64-v4", "x86-64-v3", "baseline". */
const char *kya_instruction_set(void);
const char *kya_compiler(void);
int kya_max_threads(void);
/* Compute capabilities compiled in ("8.0;9.0+PTX"); empty when the library was built without nvcc. */
const char *kya_cuda_architectures(void);
int kya_cuda_device_count(void);
/* Name of CUDA device 0 and its compute capability, or empty. */
const char *kya_cuda_device_name(void);

#ifdef __cplusplus
}
#endif
