// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/hostfacts.h"

namespace kernelyard {

// Pure readers of what the clients print about their engines; the probes that run them are in detect.cpp.

/// Whether what the engine tells of files and hardware is this machine's.
bool isLocal(const Endpoint &endpoint);

/// Fills \a engine from `podman info --format json` (4.3 recorded) and adds the problems that follow from it.
void readPodmanInfo(Engine &engine, const QByteArray &json, const HostFacts &facts);

/// Fills \a engine from `docker info --format '{{json .}}'` (client 28.2, daemon 20.10 recorded), buildx included.
/// Returns whether a daemon answered; problems are added only then.
bool readDockerInfo(Engine &engine, const QByteArray &json, const HostFacts &facts);

/// The client's version in `docker version --format '{{json .}}'`; docker info tells it only from version 23 on.
void readDockerVersion(Engine &engine, const QByteArray &json);

struct DockerContext
{
    QString name;
    QString address;
    bool current = false;

    bool operator==(const DockerContext &) const = default;
};

/// `docker context ls --format json` (a line each; version 20.10 prints one array).
QList<DockerContext> readDockerContexts(const QByteArray &json);

struct BuildxBuilder
{
    QString name;
    QString driver;

    bool operator==(const BuildxBuilder &) const = default;
};

/// `docker buildx ls --format '{{json .}}'` (0.13 and 0.29 recorded): a line each.
QList<BuildxBuilder> readBuilders(const QByteArray &json);

/// `podman system connection ls --format json`: names and addresses.
QList<Endpoint> readPodmanConnections(const QByteArray &json);

} // namespace kernelyard
