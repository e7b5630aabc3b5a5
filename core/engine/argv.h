// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/outputparser.h"

namespace kernelyard {

/// One image build, the same for both engines.
struct ImageBuild
{
    QString dockerfile;                           ///< absolute path
    QString context;                              ///< absolute path of a folder
    QString tag;                                  ///< localhost/kernelyard/starter-builder:latest
    QString target;                               ///< a stage, empty: the last
    QList<std::pair<QString, QString>> arguments; ///< --build-arg, in order
    QList<std::pair<QString, QString>> labels;
    bool noCache = false;
    bool offline = false;       ///< no network for its steps
    QStringList cacheFrom = {}; ///< images of a registry that may hold its cache
    QString cacheTo = {};       ///< such an image, "inline" for the built one itself, or empty
};

struct Mount
{
    QString source; ///< absolute host path, or the name of a volume
    QString target;
    bool readOnly = true;
};

/// The owner that files written through a bind mount get on the host.
struct ContainerUser
{
    uint uid = 0;
    uint gid = 0;
};

/// One container run, removed when it ends. By default it has no network, no capability, a read-only root and a
/// writable /tmp in memory.
struct ContainerRun
{
    QString image;
    QString name;
    QStringList command;
    QList<Mount> mounts;
    QList<std::pair<QString, QString>> environment;
    QList<std::pair<QString, QString>> labels;
    QString workingDirectory;
    std::optional<ContainerUser> user; ///< the caller; none: the image's own user
    bool network = false;
    bool readOnlyRoot = true;
    bool gpus = false;
    qint64 memoryLimitBytes = 0; ///< 0: none; left out where the engine can't limit memory
};

// Pure argv builders: what is run and what --dry-run prints.

/// A Podman build carries buildMark(tag) as the id of an empty secret: it changes neither the image nor the cache, and
/// is what findLeftovers knows the build's working containers by.
Command buildImage(const Engine &engine, const ImageBuild &build);
Command runContainer(const Engine &engine, const ContainerRun &run);
/// A registry on the loopback interface is spoken to in plain HTTP, by Podman too as Docker always does.
Command pullImage(const Engine &engine, const QString &image);
/// Podman pushes \a local under the other name; Docker needs tagImage first and pushes \a remote.
Command pushImage(const Engine &engine, const QString &local, const QString &remote);
Command tagImage(const Engine &engine, const QString &image, const QString &tag);
/// Makes \a image from the root file system in \a tarball. Each of \a changes is a Dockerfile instruction, such as
/// `LABEL a=b` or `CMD ["bash"]`.
Command importImage(const Engine &engine, const QString &tarball, const QString &image,
                    const QStringList &changes = {});
Command inspectImage(const Engine &engine,
                     const QString &image); ///< JSON on stdout, status 1 (Docker) or 125 (Podman) when absent
/// Kills and removes running containers too. Those that are gone already are no error to Podman, status 1 to Docker.
Command removeContainers(const Engine &engine, const QStringList &names);
Command pauseContainers(const Engine &engine, const QStringList &names);
Command unpauseContainers(const Engine &engine, const QStringList &names);
/// Id (whole) and name of every running container, a tab between, one a line.
Command listRunningContainers(const Engine &engine);
/// The whole id of the container \a id, which may be shortened, ended or not; nothing where there is none.
Command findContainer(const Engine &engine, const QString &id);
/// The ids of all containers, ended ones too, that bear \a label ("key=value"), one a line.
Command listContainers(const Engine &engine, const QString &label);

Command removeImage(const Engine &engine, const QString &image); ///< its name; the layers where nothing else has them
/// Removes what no image and no running build uses: the builder's cache (Docker), images without a name (Podman, whose
/// cached steps are such images). What was cached is built again when it is next wanted.
Command pruneBuilds(const Engine &engine);
OutputFormat buildFormat(const Engine &engine); ///< what its builds print

/// What marks the working containers of a Podman build of \a tag: letters, digits, dots and dashes.
QString buildMark(const QString &tag);

} // namespace kernelyard
