// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"

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
};

struct Mount
{
    QString source; ///< absolute host path, or the name of a volume
    QString target;
    bool readOnly = true;
};

/// One container run, removed when it ends. By default it has no network, no capability and a read-only root.
struct ContainerRun
{
    QString image;
    QString name;
    QStringList command;
    QList<Mount> mounts;
    QList<std::pair<QString, QString>> environment;
    QList<std::pair<QString, QString>> labels;
    QString workingDirectory;
    bool network = false;
    bool readOnlyRoot = true;
    bool gpus = false;
    qint64 memoryLimitBytes = 0; ///< 0: none
};

// Pure argv builders: what is run and what --dry-run prints.
Command buildImage(const Engine &engine, const ImageBuild &build);
Command runContainer(const Engine &engine, const ContainerRun &run);
Command pullImage(const Engine &engine, const QString &image);
Command importImage(const Engine &engine, const QString &tarball, const QString &image);
Command inspectImage(const Engine &engine,
                     const QString &image); ///< JSON on stdout, status 1 (Docker) or 125 (Podman) when absent
Command removeContainers(const Engine &engine, const QStringList &names);

} // namespace kernelyard
