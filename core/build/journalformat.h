// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

/// The numbers of the journal's format; its description stands in journalwriter.h.
namespace kernelyard::journalformat {

inline constexpr QByteArrayView magic = "KYJOURNL";
inline constexpr quint32 version = 1;
inline constexpr qsizetype headerBytes = 16;
inline constexpr qsizetype recordHeadBytes = 13;
inline constexpr qsizetype checkBytes = 4;
/// Output is split below this; a longer record can only be damage.
inline constexpr quint32 largestPayloadBytes = 1 << 20;

enum Type : quint8 {
    OpenedType = 1,
    TaskStartedType,
    OutputType,
    SampleType,
    TaskExitedType,
    CancelAskedType,
    ClosedType,
    PausedType,
    ResumedType,
    SampledFromType = 10,
};

} // namespace kernelyard::journalformat
