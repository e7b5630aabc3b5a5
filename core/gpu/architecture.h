// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <compare>
#include <optional>

namespace kernelyard {

/// A version of numbers: "12.8", "2.31", "580.95.05". Compares part by part; a missing part is 0.
class Version
{
public:
    Version() = default;
    explicit Version(QStringView text); ///< reads up to the first part that is no number

    bool isNull() const { return m_parts.isEmpty(); }
    QString text() const { return m_text; } ///< as it was written
    int major() const { return m_parts.value(0); }
    friend std::strong_ordering operator<=>(const Version &one, const Version &other);
    friend bool operator==(const Version &one, const Version &other) { return std::is_eq(one <=> other); }

private:
    QList<int> m_parts;
    QString m_text;
};

/// One row of the table of GPU architectures.
struct GpuArchitecture
{
    QString capability; ///< "9.0", as TORCH_CUDA_ARCH_LIST has it
    QString name;       ///< "Hopper"
    QStringList examples;
    QString cudaFirst; ///< the first toolkit whose nvcc builds for it
    QString cudaLast;  ///< the last one; empty: still

    QString sm() const; ///< "sm_90"
};

/// resources/gpu/architectures.json.
class ArchitectureTable
{
public:
    static Result<ArchitectureTable> read(const QString &shippedFolder);

    const QList<GpuArchitecture> &rows() const { return m_rows; }
    const GpuArchitecture *find(const QString &capability) const; ///< nullptr: newer than the table

private:
    QList<GpuArchitecture> m_rows;
};

} // namespace kernelyard
