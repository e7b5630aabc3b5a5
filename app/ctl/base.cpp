// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"
namespace kernelyard::ctl {
void addBase(CommandLine &) {}
} // namespace kernelyard::ctl
