// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace kernelyard {

/// Lets assistive technology see the bars of every Timeline as children that can be pressed. To be called once, before
/// the first is asked about; again does nothing.
void installTimelineAccess();

} // namespace kernelyard
