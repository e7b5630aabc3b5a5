// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <expected>

namespace kernelyard {

/// A value, or the Error that says why there is none.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error>
{
public:
    using std::expected<T, Error>::expected;
};

using Failure = std::unexpected<Error>;

} // namespace kernelyard
