// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"

#include <optional>

namespace kernelyard {

/// The address of a build, or of a line of its log: kernelyard://build/412#L123
struct BuildLink
{
    BuildId build;
    qint64 line = -1; ///< from 0; -1: none. Written from 1, as the log shows it.

    QString toString() const;
    static std::optional<BuildLink> fromString(const QString &text);

    bool operator==(const BuildLink &) const = default;
};

} // namespace kernelyard
