// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace kernelyard {

/// A whole image name, as `docker pull` and `podman pull` take it.
/// Source of the grammar: distribution/reference, "Grammar" in its package comment.
struct ImageName
{
    QString registry;   ///< docker.io, registry.example:5000, localhost
    QString repository; ///< library/debian
    QString tag;        ///< 12-slim; "latest" where neither tag nor digest was given
    QString digest;     ///< sha256:…; may be empty

    /// Reads a name. Without a registry, docker.io is meant, and library/ where there is no slash.
    static std::optional<ImageName> fromText(const QString &text);

    /// The whole name, nothing left to an engine's own short-name rules.
    QString display() const;
};

} // namespace kernelyard
