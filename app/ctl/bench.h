// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/session.h"

namespace kernelyard::ctl {

void addBench(CommandLine &line); ///< bench, benchmarks

} // namespace kernelyard::ctl
