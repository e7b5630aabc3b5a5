// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"

#include <QJsonObject>

namespace kernelyard {

// The same shape on the helper's pipe, beside a build, and in `gpu --json`: absent values have no key.
QJsonObject toJson(const GpuReading &reading);
QJsonObject toJson(const GpuStatus &gpu);

/// Whatever \a object holds; keys that are missing or of another type give absent values.
GpuReading gpuReadingFromJson(const QJsonObject &object);

} // namespace kernelyard
