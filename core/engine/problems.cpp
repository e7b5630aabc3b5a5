// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/problems.h"

#include <QCoreApplication>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace kernelyard::problem {

static QString tr(const char *text)
{
    return QCoreApplication::translate("EngineProblem", text);
}

/// \a words as root: with sudo for everybody else.
static Command asRoot(const QStringList &words, const HostFacts &facts)
{
    if (facts.uid == 0)
        return {words.first(), words.mid(1), {}, {}};
    return {u"sudo"_s, words, {}, {}};
}

static std::optional<Command> installing(const QString &package, const HostFacts &facts)
{
    switch (facts.packages) {
    case HostFacts::Packages::Apt:
        return asRoot({u"apt-get"_s, u"install"_s, u"--yes"_s, package}, facts);
    case HostFacts::Packages::Dnf:
        return asRoot({u"dnf"_s, u"install"_s, u"--assumeyes"_s, package}, facts);
    case HostFacts::Packages::Pacman:
        return asRoot({u"pacman"_s, u"-S"_s, u"--noconfirm"_s, package}, facts);
    case HostFacts::Packages::Zypper:
        return asRoot({u"zypper"_s, u"--non-interactive"_s, u"install"_s, package}, facts);
    case HostFacts::Packages::Unknown:
        return std::nullopt;
    }
    Q_UNREACHABLE();
}

static QString dockerPackage(const HostFacts &facts)
{
    switch (facts.packages) {
    case HostFacts::Packages::Apt:
        return u"docker.io"_s;
    case HostFacts::Packages::Dnf:
        return u"moby-engine"_s;
    default:
        return u"docker"_s;
    }
}

std::optional<Command> gpuToolkit(const Engine &engine, const HostFacts &facts)
{
    if (facts.find(u"nvidia-ctk"_s).isEmpty())
        return installing(u"nvidia-container-toolkit"_s, facts); // its name everywhere
    if (engine.kind == EngineKind::Podman)
        return asRoot({u"nvidia-ctk"_s, u"cdi"_s, u"generate"_s, u"--output=/etc/cdi/nvidia.yaml"_s}, facts);
    // The daemon reads its runtimes when it starts. A rootless one has a file of its own.
    if (engine.rootless)
        return Command{u"sh"_s,
                       {u"-c"_s, u"nvidia-ctk runtime configure --runtime=docker "
                                 "--config=\"$HOME/.config/docker/daemon.json\" && systemctl --user restart docker"_s},
                       {},
                       {}};
    const QString restart = facts.hasSystemd ? u"systemctl restart docker"_s : u"service docker restart"_s;
    return asRoot({u"sh"_s, u"-c"_s, u"nvidia-ctk runtime configure --runtime=docker && "_s + restart}, facts);
}

EngineProblem notInstalled(EngineKind kind, const HostFacts &facts)
{
    const bool podman = kind == EngineKind::Podman;
    return {EngineProblemCode::NotInstalled,
            true,
            tr("%1 is not installed: there is no program %2 in PATH.")
                .arg(podman ? u"Podman"_s : u"Docker"_s, podman ? u"podman"_s : u"docker"_s),
            tr("Install it, or use another engine."),
            installing(podman ? u"podman"_s : dockerPackage(facts), facts),
            {}};
}

EngineProblem daemonNotRunning(const QString &address, bool installed, bool userUnit, const HostFacts &facts,
                               const QString &detail)
{
    EngineProblem problem{EngineProblemCode::DaemonNotRunning,
                          true,
                          tr("No Docker daemon answers at %1.").arg(address),
                          {},
                          std::nullopt,
                          detail};
    if (!installed) {
        problem.remedy = tr("Only Docker's client is here. Install the daemon, or use another engine.");
        problem.fix = installing(dockerPackage(facts), facts);
    } else {
        problem.remedy = tr("Start the daemon.");
        if (userUnit)
            problem.fix = Command{u"systemctl"_s, {u"--user"_s, u"start"_s, u"docker"_s}, {}, {}};
        else if (facts.hasSystemd)
            problem.fix = asRoot({u"systemctl"_s, u"start"_s, u"docker"_s}, facts);
        else
            problem.fix = asRoot({u"service"_s, u"docker"_s, u"start"_s}, facts);
    }
    return problem;
}

EngineProblem socketPermission(const QString &address, const HostFacts &facts)
{
    return {EngineProblemCode::SocketPermission,
            true,
            tr("%1 may not use the Docker socket %2.").arg(facts.user, address),
            tr("Join the group docker, then log out and in again. Its members can become root on this machine."),
            asRoot({u"usermod"_s, u"--append"_s, u"--groups"_s, u"docker"_s, facts.user}, facts),
            {}};
}

EngineProblem subuidMissing(const HostFacts &facts)
{
    return {EngineProblemCode::SubuidMissing,
            true,
            tr("%1 has no range of subordinate ids in /etc/subuid and /etc/subgid, so Podman can't unpack images.")
                .arg(facts.user),
            tr("Add a range that no other user has, then run \"podman system migrate\"."),
            asRoot({u"usermod"_s, u"--add-subuids"_s, u"100000-165535"_s, u"--add-subgids"_s, u"100000-165535"_s,
                    facts.user},
                   facts),
            {}};
}

EngineProblem hybridCgroupsCrun(bool hasRunc, const HostFacts &facts)
{
    EngineProblem problem{EngineProblemCode::HybridCgroupsCrun,
                          !hasRunc,
                          tr("This machine mounts version 1 and version 2 cgroups side by side, which crun refuses."),
                          tr("runc is used in its place."),
                          std::nullopt,
                          {}};
    if (!hasRunc) {
        problem.remedy = tr("Install runc; it is then used in crun's place.");
        problem.fix = installing(u"runc"_s, facts);
    }
    return problem;
}

EngineProblem runtimeMissing(const QString &wanted, const HostFacts &facts)
{
    return {EngineProblemCode::RuntimeMissing,
            true,
            tr("Podman has no OCI runtime: %1 is not installed.").arg(wanted.isEmpty() ? u"crun"_s : wanted),
            tr("Install one."),
            installing(wanted == u"runc" ? u"runc"_s : u"crun"_s, facts),
            {}};
}

EngineProblem rlimitsTooHigh(const HostFacts &facts)
{
    return {EngineProblemCode::RlimitsTooHigh,
            false,
            tr("Podman asks for 1048576 open files and processes in each container, more than this session may have "
               "(%1 and %2).")
                .arg(facts.hardOpenFiles)
                .arg(facts.hardProcesses),
            tr("Containers are run within the session's own limits."),
            std::nullopt,
            {}};
}

EngineProblem noBuildx(const QString &version)
{
    return {EngineProblemCode::NoBuildx,
            false,
            version.isEmpty() ? tr("Docker has no buildx plugin, so images are built by the classic builder.")
                              : tr("buildx %1 can't report a build as JSON (0.13 can), so images are built by the "
                                   "classic builder.")
                                    .arg(version),
            tr("Install the package docker-buildx of your distribution, or docker-buildx-plugin from Docker's own "
               "packages, for parallel stages and cache mounts."),
            std::nullopt,
            {}};
}

EngineProblem logsClipped(qint64 keptBytes, qint64 writtenBytes)
{
    const QLocale locale;
    return {
        EngineProblemCode::LogsClipped,
        false,
        writtenBytes > 0
            ? tr("The builder inside this Docker daemon clips logs: of a step that wrote %1 it kept %2.")
                  .arg(locale.formattedDataSize(writtenBytes), locale.formattedDataSize(keptBytes))
            : tr("The builder inside this Docker daemon keeps no more than about 2 MiB, and 200 KiB a second, of a "
                 "step's output."),
        tr("Give the daemon the environment BUILDKIT_STEP_LOG_MAX_SIZE=2147483647 and "
           "BUILDKIT_STEP_LOG_MAX_SPEED=2147483647 (-1 is no limit to new versions, to old ones it clips everything), "
           "then start it again; or set DOCKER_BUILDKIT=0 for the classic builder, which keeps all. Where output was "
           "clipped, the log says so."),
        std::nullopt,
        {}};
}

EngineProblem builderIsolated(const QString &builder)
{
    return {EngineProblemCode::BuilderIsolated,
            true,
            tr("The BuildKit builder %1 doesn't see the images that Docker has, so no layer can start from the one "
               "before.")
                .arg(builder),
            tr("Use Docker's own builder."),
            std::nullopt,
            {}};
}

EngineProblem timedOut(const QString &command, const QString &detail)
{
    return {EngineProblemCode::TimedOut,
            true,
            tr("\"%1\" did not answer in time.").arg(command),
            tr("The engine seems to hang: restart it, then look again."),
            std::nullopt,
            detail};
}

EngineProblem other(const QString &command, const QString &detail)
{
    return {EngineProblemCode::Other,
            true,
            tr("\"%1\" failed.").arg(command),
            tr("Run it in a terminal and mend what it says."),
            std::nullopt,
            detail};
}

} // namespace kernelyard::problem
