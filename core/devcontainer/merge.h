// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/devcontainer/configuration.h"

namespace kernelyard {

/// A value that Kernelyard would have set and the user has set otherwise.
struct KeptValue
{
    QStringList path;
    QJsonValue users; ///< stays
    QJsonValue ours;  ///< Undefined: it would have been taken away

    bool operator==(const KeptValue &) const = default;
};

struct MergedConfiguration
{
    CommentedJson json;
    QList<KeptValue> kept;
};

/// Brings \a existing from what was last written (\a before) to \a now. What the user has changed since then, added or
/// taken away stays so; in a list their elements and ours stand side by side. The paths of \a forced are the user's own
/// overrides and win. Pure.
MergedConfiguration mergeConfiguration(const CommentedJson &existing, const Configuration &before,
                                       const Configuration &now, const QList<QStringList> &forced = {});

} // namespace kernelyard
