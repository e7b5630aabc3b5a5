// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace kernelyard {

/// "4.1e-4", without leading zeros in the exponent; plain from 0.01 to 1000; a dash for what is not a number.
QString scientific(double value);

} // namespace kernelyard
