// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/process/command.h"

#include <QJsonObject>
#include <QList>
#include <QString>

#include <optional>

namespace kernelyard {

enum class EngineKind { Docker, Podman };

/// How an engine builds images, and so what its output looks like.
enum class BuildBackend {
    Buildx,  ///< docker buildx build --progress=rawjson: BuildKit's records as JSON lines
    Classic, ///< docker build with DOCKER_BUILDKIT=0: "Step n/m" text
    Podman,  ///< podman build: "STEP n/m" text
};

/// Where an engine answers.
struct Endpoint
{
    enum class Kind { Default, Socket, Context, Connection, Builder };
    Kind kind = Kind::Default;
    QString name;    ///< of the context, connection or builder
    QString address; ///< unix:///…, ssh://…

    bool operator==(const Endpoint &) const = default;
};

/// Every condition known to stop or limit an engine. The remedies are data beside each.
enum class EngineProblemCode {
    NotInstalled,
    DaemonNotRunning,
    SocketPermission,
    SubuidMissing,
    HybridCgroupsCrun, ///< crun refuses hybrid cgroups; runc is used where present
    RuntimeMissing,    ///< no OCI runtime that works here
    RlimitsTooHigh,    ///< the engine's default rlimits exceed ours; the limits are passed
    NoBuildx,          ///< the classic builder is used
    LogsClipped,       ///< the builder clips a step's output
    TimedOut,
    Other,
};

/// One thing that stops an engine (blocking) or that is worked around, with what to do.
struct EngineProblem
{
    EngineProblemCode code = EngineProblemCode::Other;
    bool blocking = true;
    QString cause;              ///< a sentence for people
    QString remedy;             ///< a sentence, or what the fix does
    std::optional<Command> fix; ///< a command the user can copy or click
    QString detail;             ///< the engine's own words
};

enum class Ability { Unknown, No, Yes };

/// An installed Docker or Podman and one endpoint of it, as detection found it. A value; nothing here probes.
struct Engine
{
    EngineKind kind = EngineKind::Podman;
    QString program; ///< absolute path of the client; empty when not installed
    Endpoint endpoint;
    QString clientVersion;
    QString serverVersion;
    bool rootless = false;
    QString storageDriver;
    QString storagePath;
    QString ociRuntime;                     ///< the one that will be used: crun, runc, …
    QString buildxVersion;                  ///< empty: no buildx
    Ability memoryLimit = Ability::Unknown; ///< of a container run
    Ability gpu = Ability::Unknown;         ///< a GPU can be given to a container
    QStringList globalArguments;            ///< before the subcommand: --context NAME, --runtime runc, …
    QStringList runArguments;               ///< that each `run` needs here: --ulimit nofile=N:N, …
    QList<EngineProblem> problems;

    /// "podman", "docker", or with the endpoint's name: "docker:rootless". Unique on this machine; what users type.
    QString id() const;
    /// "Podman 4.3.1", "Docker 28.2 (buildx 0.13.1)"
    QString display() const;
    BuildBackend backend() const;
    bool isUsable() const; ///< installed, and no blocking problem

    /// What `engines --json` prints and plan.json keeps.
    QJsonObject toJson() const;
    static Engine fromJson(const QJsonObject &object);
};

} // namespace kernelyard
