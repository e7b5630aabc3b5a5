// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The forward pass of one tile of queries, with the softmax computed online while tiles of keys stream by
// (Milakov and Gimelshein 2018; Dao et al. 2022). Each element type has a .cpp that instantiates forwardTile, and the
// build compiles that .cpp once for each instruction set with KYA_ISA naming it.

#include "multiply.h"
#include "storage.h"
#include "tile.h"

namespace kya {
namespace {

/** Views into one task's scratch memory; sizes in tile.h. All rows of one matrix have the same stride. */
struct WorkingSet
{
    WorkingSet(float *scratch, int64_t headDim)
        : stride((headDim + columnStep - 1) / columnStep * columnStep)
        , queries(scratch)
        , out(queries + queryTile * maxHeadDim)
        , scores(out + queryTile * maxHeadDim)
        , keys(scores + queryTile * keyTile)
        , values(keys + keyTile * maxHeadDim)
        , maximum(values + keyTile * maxHeadDim)
        , sum(maximum + queryTile)
    {}

    int64_t stride;
    float *queries; // [queryTile][stride], already scaled
    float *out;     // [queryTile][stride], not yet divided by sum
    float *scores;  // [queryTile][keyTile], then the softmax's numerators
    float *keys;    // [headDim][keyTile]: transposed, so that scores run along the vector
    float *values;  // [keyTile][stride]
    float *maximum; // [queryTile] of the scores so far, in base-2 logarithms
    float *sum;     // [queryTile] of the numerators so far
};

constexpr float minusInfinity = -__builtin_inff();

template <class Storage>
inline void readRow(const Storage *from, int64_t count, float factor, float *to)
{
    for (int64_t d = 0; d < count; ++d)
        to[d] = toFloat(from[d]) * factor;
}

template <class Storage>
inline void readQueries(const Problem &problem, int64_t batch, int64_t head, int64_t firstRow, int64_t rows,
                        WorkingSet &set)
{
    constexpr float log2OfE = 1.44269504F; // scores are kept as base-2 logarithms
    for (int64_t row = 0; row < queryTile; ++row) {
        float *to = set.queries + row * set.stride;
        for (int64_t d = 0; d < set.stride; ++d)
            to[d] = set.out[row * set.stride + d] = 0;
        if (row < rows)
            readRow(rowOf<Storage>(problem.q, batch, firstRow + row, head), problem.headDim, problem.scale * log2OfE,
                    to);
        set.maximum[row] = minusInfinity;
        set.sum[row] = 0;
    }
}

template <class Storage>
inline void readKeysAndValues(const Problem &problem, int64_t batch, int64_t kvHead, int64_t firstKey, int64_t keys,
                              WorkingSet &set)
{
    alignas(64) float row[maxHeadDim];
    for (int64_t key = 0; key < keyTile; ++key) {
        if (key < keys)
            readRow(rowOf<Storage>(problem.k, batch, firstKey + key, kvHead), problem.headDim, 1.0F, row);
        else
            for (int64_t d = 0; d < problem.headDim; ++d)
                row[d] = 0;
        for (int64_t d = 0; d < problem.headDim; ++d)
            set.keys[d * keyTile + key] = row[d];
    }
    for (int64_t key = 0; key < keys; ++key) {
        float *to = set.values + key * set.stride;
        readRow(rowOf<Storage>(problem.v, batch, firstKey + key, kvHead), problem.headDim, 1.0F, to);
        for (int64_t d = problem.headDim; d < set.stride; ++d)
            to[d] = 0;
    }
}

/** Turns one row of scores into numerators, of which the first `visible` count; rescales what was summed before. */
inline void softmaxRow(WorkingSet &set, int64_t row, int64_t visible)
{
    float *scores = set.scores + row * keyTile;
    for (int64_t key = visible < 0 ? 0 : visible; key < keyTile; ++key)
        scores[key] = minusInfinity;
    if (visible <= 0) {
        for (int64_t key = 0; key < keyTile; ++key)
            scores[key] = 0;
        return;
    }
    Lanes highest = broadcast(set.maximum[row]);
    for (int64_t key = 0; key < keyTile; key += laneCount) {
        const Lanes score = load(scores + key);
        highest = score > highest ? score : highest;
    }
    const float maximum = maximumOf(highest);
    const float correction = exp2OfNonPositive(broadcast(set.maximum[row] - maximum))[0];
    Lanes sum = {};
    for (int64_t key = 0; key < keyTile; key += laneCount) {
        const Lanes numerator = exp2OfNonPositive(load(scores + key) - maximum);
        store(scores + key, numerator);
        sum += numerator;
    }
    set.maximum[row] = maximum;
    set.sum[row] = set.sum[row] * correction + sumOf(sum);
    if (correction != 1.0F)
        for (int64_t d = 0; d < set.stride; ++d)
            set.out[row * set.stride + d] *= correction;
}

template <class Storage>
inline void writeRow(const WorkingSet &set, int64_t row, int64_t headDim, Storage *to)
{
    // A sum of exactly 0 means that no key was visible; one visible key gives at least 1.
    const float factor = set.sum[row] == 0 ? 0.0F : 1.0F / set.sum[row];
    for (int64_t d = 0; d < headDim; ++d)
        fromFloat(set.out[row * set.stride + d] * factor, to[d]);
}

template <class Storage>
void forwardTile(const Problem &problem, int64_t batch, int64_t head, int64_t firstRow, float *scratch)
{
    WorkingSet set(scratch, problem.headDim);
    const int64_t kvHead = problem.kvHead(head);
    const int64_t left = problem.queries - firstRow;
    const int64_t rows = left < queryTile ? left : queryTile;
    readQueries<Storage>(problem, batch, head, firstRow, rows, set);

    const int64_t seenByLast = problem.visibleKeys(firstRow + rows - 1);
    const int64_t end = seenByLast < problem.keys ? seenByLast : problem.keys;
    for (int64_t firstKey = 0; firstKey < end; firstKey += keyTile) {
        const int64_t keys = problem.keys - firstKey < keyTile ? problem.keys - firstKey : keyTile;
        readKeysAndValues<Storage>(problem, batch, kvHead, firstKey, keys, set);
        multiply<Into::Fresh>(set.queries, set.stride, set.keys, keyTile, set.scores, keyTile, rows, keyTile,
                              problem.headDim);
        for (int64_t row = 0; row < rows; ++row) {
            const int64_t visible = problem.visibleKeys(firstRow + row) - firstKey;
            softmaxRow(set, row, visible < keys ? visible : keys);
        }
        multiply<Into::Sum>(set.scores, keyTile, set.values, set.stride, set.out, set.stride, rows, set.stride, keys);
    }
    for (int64_t row = 0; row < rows; ++row)
        writeRow(set, row, problem.headDim, rowOf<Storage>(problem.out, batch, firstRow + row, head));
}

} // namespace
} // namespace kya
