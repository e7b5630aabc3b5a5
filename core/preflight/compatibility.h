// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/gpu/architecture.h"

#include <QHash>

namespace kernelyard {

struct ToolkitRow
{
    Version cuda;
    Version driver;      ///< that came with it
    Version leastDriver; ///< that runs its programs without compiling PTX
    int gcc = 0;         ///< the newest that nvcc takes
};
/// The wheels of one PyTorch release for one CUDA.
struct TorchWheel
{
    QString cudaTag; ///< "cu128"
    Version glibc;
    QStringList capabilities; ///< that they hold code for: "8.0", "12.0+PTX"
};
struct TorchRow
{
    Version torch; ///< major and minor
    Version pythonFirst;
    Version pythonLast;
    QList<TorchWheel> wheels;

    const TorchWheel *wheel(const QString &cudaTag) const; ///< nullptr: there is none
    QStringList cudaTags() const;
};
/// A compute capability that a package's build script compiles, and the oldest toolkit that it does it with.
struct PackageTarget
{
    Version capability;
    Version cuda;
};
struct PackageRow
{
    QString package;
    QString version;
    Version torch; ///< that it is made for
    bool orNewer = false;
    Version torchLast;            ///< the newest that its own wheels are made for; null: not told
    Version pythonFirst;          ///< null: not told
    Version leastCapability;      ///< the oldest that it supports
    QList<PackageTarget> targets; ///< empty: any that nvcc takes
    bool exactly = false;         ///< only these may be named; else also those that their code runs on

    /// The target that \a capability is compiled as, of several the one for the oldest toolkit; nullptr: there is none.
    const PackageTarget *target(const Version &capability) const;
};
struct SystemRow
{
    QString name; ///< as it stands in the names of images: "ubuntu22.04", "debian:12"
    Version glibc;
    Version python;
    int gcc = 0;
};

/// What goes with what: the files below resources/preflight, each with its source and date, and the architectures.
struct CompatibilityTables
{
    QList<ToolkitRow> toolkits;
    QList<TorchRow> torch;
    QList<PackageRow> packages;           ///< of each package the oldest release first
    QHash<QString, QString> packageNames; ///< other names of packages, as forks have them
    QList<SystemRow> systems;
    ArchitectureTable architectures;
    qint64 memoryPerJob = 0; ///< bytes that one compiler is assumed to take
    qint64 diskWithCuda = 0; ///< bytes that an environment's images are assumed to take
    qint64 diskWithout = 0;

    /// Errors: Invalid (the file that can't be read, or lacks what it should have).
    static Result<CompatibilityTables> read(const QString &shippedFolder);

    // nullptr: not in the table
    const ToolkitRow *toolkit(const Version &cuda) const; ///< by major and minor
    const TorchRow *release(const Version &torch) const;  ///< by major and minor
    const SystemRow *systemOf(const QString &image) const;
    const PackageRow *package(const QString &name, const QString &version) const;
    const PackageRow *newest(const QString &package) const;

private:
    QString packageName(const QString &name) const; ///< as the rows have it
};

/// "9.0" of "9.0a", "9.0+PTX".
QString plainCapability(QString word);
/// Whether code for \a built ("8.0", "9.0a", "12.0+PTX") runs on a GPU of capability \a gpu: that for x.y on x.z
/// where z is at least y, PTX on all that are newer (CUDA C++ Programming Guide, binary and PTX compatibility),
/// that with a suffix on its own capability alone.
bool isCovered(const QStringList &built, const Version &gpu);

} // namespace kernelyard
