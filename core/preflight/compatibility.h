// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/gpu/architecture.h"
#include "core/preflight/check.h"

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

/// What compiling a package takes.
struct NeedsRow
{
    QString package;            ///< empty: any other one
    Version last;               ///< its newest release that this holds for; null: all newer ones too
    int nvccThreads = 1;        ///< that each nvcc is told to use: so many architectures at a time
    qint64 memoryPerThread = 0; ///< bytes
    int unsetJobs = 0;          ///< compilers at a time where none are chosen; 0: ninja decides
    bool jobsByMemory = false;  ///< where none are chosen it takes as many as the free memory holds
};
/// Bytes that images take: all of an environment, and the first layer alone.
struct DiskNeed
{
    qint64 all = 0;
    qint64 layer = 0;
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
    QList<NeedsRow> needs;        ///< the last one is for packages that have none
    qint64 memoryWithoutCuda = 0; ///< bytes
    DiskNeed diskWithCuda;
    DiskNeed diskWithout;
    QHash<QString, TableNote> notes; ///< by the file's name without its end: "cuda"

    /// Errors: Invalid (the file that can't be read, or lacks what it should have).
    static Result<CompatibilityTables> read(const QString &shippedFolder);

    // nullptr: not in the table
    const ToolkitRow *toolkit(const Version &cuda) const; ///< by major and minor
    const TorchRow *release(const Version &torch) const;  ///< by major and minor
    const SystemRow *systemOf(const QString &image) const;
    const PackageRow *package(const QString &name, const QString &version) const;
    const PackageRow *newest(const QString &package) const;
    /// Of the releases in the table the newest one that is no newer than \a version.
    const PackageRow *nearest(const QString &name, const QString &version) const;
    /// \a version empty: not known, so the newest one's.
    NeedsRow needsOf(const QString &package, const QString &version) const;

private:
    QString packageName(const QString &name) const; ///< as the rows have it
};

/// "9.0" of "9.0a", "9.0+PTX".
QString plainCapability(QString word);
/// "12.8" of "12.8.1".
Version majorMinor(const Version &version);
/// Whether code for \a built ("8.0", "9.0a", "12.0+PTX") runs on a GPU of capability \a gpu: that for x.y on x.z
/// where z is at least y, PTX on all that are newer, that with the suffix f on its family, which is x.y and x.z too,
/// that with the suffix a on its own capability alone, as PTX too (CUDA C++ Programming Guide, binary and PTX
/// compatibility, family- and architecture-specific features).
bool isCovered(const QStringList &built, const Version &gpu);

} // namespace kernelyard
