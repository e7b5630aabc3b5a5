// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QList>
#include <QStringList>

namespace kernelyard {

/// What a Container Device Interface specification says of NVIDIA's GPUs.
/// Source of the format: CNCF Container Device Interface specification, SPEC.md, versions 0.3.0 to 0.8.0; the names
/// of libraries as `nvidia-ctk cdi generate` writes them.
struct CdiSpec
{
    QString file;
    QString kind;            ///< "nvidia.com/gpu"
    QStringList devices;     ///< "0", "all", …
    QStringList deviceNodes; ///< "/dev/nvidia0", …; of all devices, each once
    QString driver;          ///< the version of the libraries it mounts; empty: it mounts none by version

    bool isNvidia() const { return kind == QStringLiteral("nvidia.com/gpu"); }
};

/// YAML or JSON. Errors: Invalid (the syntax; no kind; no devices).
Result<CdiSpec> parseCdiSpec(const QByteArray &text, const QString &file);

/// All that are read by engines (/etc/cdi and /var/run/cdi below \a root), in the order of their names; one that can't
/// be read is an error in its place.
QList<Result<CdiSpec>> readCdiSpecs(const QString &root);

} // namespace kernelyard
