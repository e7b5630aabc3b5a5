// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/process/command.h"

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

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
    QString name;    ///< of the context, connection or builder; of a socket: rootless or system
    QString address; ///< unix:///…, ssh://…; empty: none (Podman runs without a daemon)

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
    NoBuildx,          ///< no buildx, or one too old for rawjson; the classic builder is used
    LogsClipped,       ///< the builder clips a step's output
    BuilderIsolated,   ///< a BuildKit builder that doesn't see the engine's images
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

    bool operator==(const EngineProblem &) const = default;
};

/// The stable name of \a code in JSON: "not-installed", "daemon-not-running", …
QString problemName(EngineProblemCode code);

enum class Ability { Unknown, No, Yes };

/// An installed Docker or Podman and one endpoint of it, as detection found it. A value; nothing here probes.
struct Engine
{
    EngineKind kind = EngineKind::Podman;
    QString program; ///< absolute path of the client; empty when not installed
    Endpoint endpoint;
    QString clientVersion;
    QString serverVersion; ///< of Podman: the version at the other end of a connection, or the client's own
    bool rootless = false; ///< the engine has no root of its own: its containers' root is the user
    bool labelled = false; ///< SELinux is enforced on containers there
    QString storageDriver;
    QString storagePath;
    QString ociRuntime;                     ///< the one that will be used: crun, runc, …
    QString buildxVersion;                  ///< "0.13.1"; empty: no buildx
    Ability memoryLimit = Ability::Unknown; ///< of a container run
    Ability gpu = Ability::Unknown;         ///< a GPU can be given to a container
    QStringList globalArguments;            ///< before the subcommand: --context NAME, --runtime runc, …
    QStringList buildArguments;             ///< that each image build needs here: --builder NAME
    QStringList runArguments;               ///< that each `run` needs here: --ulimit nofile=N:N, …
    QStringList gpuArguments;               ///< that give a container the GPUs; empty: not known to work here
    QStringList cdiFolders;                 ///< where it reads CDI specifications; empty: it does not say
    QList<EngineProblem> problems;

    /// "podman", "docker", or with the endpoint's name: "docker:rootless". Unique on this machine; what users type.
    QString id() const;
    /// "Podman 4.3.1", "Docker 28.2.2 (buildx 0.13.1)", "Docker 28.2.2 (classic builder, rootless)"
    QString display() const;
    BuildBackend backend() const;
    bool isUsable() const; ///< installed, and no blocking problem
    bool has(EngineProblemCode code) const;

    /// What `engines --json` prints and plan.json keeps.
    QJsonObject toJson() const;
    static Engine fromJson(const QJsonObject &object);

    bool operator==(const Engine &) const = default;
};

} // namespace kernelyard
