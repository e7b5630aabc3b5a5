// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/devcontainer/configuration.h"

#include <QHash>

namespace kernelyard {

/// What Kernelyard wrote last, in a file beside the devcontainer.json: by it a later writing tells the user's changes
/// from its own, on another machine too.
struct DevContainerRecord
{
    static constexpr int version = 1;

    QString environment;
    Configuration configuration;
    QHash<QString, QByteArray> files; ///< SHA-256 in hexadecimal, by file name

    QByteArray toJson() const;
    /// None: it can't be read, or is of a version to come; then nothing is known of what was written.
    static std::optional<DevContainerRecord> fromJson(const QByteArray &json);
    bool isSameAs(const DevContainerRecord &other) const;
};

} // namespace kernelyard
