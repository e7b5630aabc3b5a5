// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/devcontainer/linediff.h"
#include "core/devcontainer/merge.h"

namespace kernelyard {

/// One file that writing a dev container makes or changes.
struct DevContainerFile
{
    QString name;                     ///< below the checkout: .devcontainer/devcontainer.json
    std::optional<QByteArray> before; ///< none: it is not there yet
    QByteArray after;
    bool isRecord = false; ///< for Kernelyard itself: what it wrote last

    QList<DiffLine> diff() const { return lineDiff(name, before, after); }
    bool operator==(const DevContainerFile &) const = default;
};

/// What writing would do, and what stays as the user has it.
struct DevContainerChange
{
    QString folder;                ///< absolute: the checkout
    QString configuration;         ///< devcontainer.json, below the checkout
    QList<DevContainerFile> files; ///< those that change, devcontainer.json first
    QList<KeptValue> kept;
    QStringList notes;    ///< sentences for people
    QStringList warnings; ///< those that they had better read: what is run on this machine itself
    QByteArray json;      ///< of the devcontainer.json as it will be

    bool isNothing() const { return files.isEmpty(); }
    QList<DiffLine> diff() const; ///< of all files but the record
};

/// Reads what the checkout has and says what would change; writes nothing. The files go to .devcontainer; where a
/// devcontainer.json there is of another container, to .devcontainer/ENVIRONMENT, which the specification has for that.
/// A user's devcontainer.local.json beside it is merged in. Blocks: a worker's work. Errors: those of
/// devContainerConfiguration; Invalid (a file there that can't be read, with line and column); Conflict (both places
/// are another container's; a symbolic link leads out of the checkout); NotFound (there is no such checkout);
/// Permission.
Result<DevContainerChange> planDevContainer(const DevContainerRequest &request, const Paths &paths);

/// Writes it, each file whole or not at all. Errors: Conflict (a file was changed since it was planned), Permission,
/// NoSpace.
Result<void> writeDevContainer(const DevContainerChange &change);

/// The devcontainer.json, below the checkout \a folder, that was written for \a environment; empty: none.
QString writtenConfiguration(const QString &folder, const QString &environment);

/// What the devcontainer.json at \a path says. Errors: Invalid, NotFound, Permission.
Result<QJsonObject> readConfiguration(const QString &path);

/// What a devcontainer.json has run on this machine itself, outside of the container; empty: nothing.
QString hostCommandOf(const QJsonObject &configuration);

/// The sentence about a value that stays the user's.
QString sentenceOf(const KeptValue &kept);

} // namespace kernelyard
