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
    QString kind;            ///< "nvidia.com/gpu"
    QStringList devices;     ///< "0", "all", …
    QStringList deviceNodes; ///< "/dev/nvidia0", …; of all devices, each once
    QString driver;          ///< the version of the libraries it mounts; empty: it mounts none by version

    bool isNvidia() const { return kind == QStringLiteral("nvidia.com/gpu"); }
    bool isWsl() const { return deviceNodes.contains(QStringLiteral("/dev/dxg")); } ///< of Windows' GPUs
};

/// A file in a folder of specifications.
struct CdiFile
{
    QString path;
    Result<CdiSpec> spec;
    bool namesNvidia = false; ///< by its text, even where it can't be read as a specification
};

/// YAML or JSON. Errors: Invalid (the syntax; no kind; no devices).
Result<CdiSpec> parseCdiSpec(const QByteArray &text, const QString &file);
CdiFile readCdiFile(const QString &path);

/// Where engines look that do not say: a device in a later folder hides one of its name in an earlier folder.
inline const QStringList cdiFolders{QStringLiteral("/etc/cdi"), QStringLiteral("/var/run/cdi")};

/// All that are in \a folders below \a root, in the order of the folders, then of their names.
QList<CdiFile> readCdiFiles(const QString &root, const QStringList &folders = cdiFolders);

} // namespace kernelyard
