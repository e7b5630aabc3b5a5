// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"

namespace kernelyard {

/// Readings of the GPUs that are kept: JSON lines, `{"began": MS}` first, then readings as the GPU helper writes them,
/// without the processes, whose command lines are nobody's business here. A file that has grown over its size loses
/// every second reading, so it spans all of the time, ever coarser, however long that is.
class GpuRecordFile
{
public:
    static constexpr qint64 mostBytes = 4 << 20; ///< one GPU: over an hour, a reading a second

    explicit GpuRecordFile(QString path, qint64 most = mostBytes);
    ~GpuRecordFile();
    GpuRecordFile(const GpuRecordFile &) = delete;
    GpuRecordFile &operator=(const GpuRecordFile &) = delete;

    /// The first one creates the file, or goes on in one that is there. False: it can't be written.
    bool add(const GpuReading &reading);
    /// How much less often than at first a reading is worth its place: 1, 2, 4, …
    int stride() const { return m_stride; }

private:
    bool open();
    bool write(const QByteArray &line);
    bool thin();

    QString m_path;
    qint64 m_most;
    int m_descriptor = -1;
    int m_stride = 1;
};

} // namespace kernelyard
