// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/engine/engine.h"
#include "core/process/run.h"

#include <QByteArray>
#include <QList>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <chrono>
#include <memory>
#include <utility>

namespace kernelyard::test {

enum class TestEngineKind {
    Podman,
    Docker,        ///< with the buildx plugin
    DockerClassic, ///< as Docker, without any buildx plugin: the classic builder
};

/// A real engine with a store of its own, below the build folder, for as long as this object lives. The user's images,
/// daemons and networks are never touched, and nothing is left behind even when the test is killed: see the script
/// `engine` beside this file, which does the work.
///
/// Typical use, in a kernelyard_test(… LABELS system LIBS kernelyard-testengines):
///
///     void initTestCase()
///     {
///         auto engine = TestEngine::start(TestEngineKind::Docker);
///         KERNELYARD_SKIP_WITHOUT(engine);
///         m_engine = std::move(*engine);
///         const auto base = m_engine->provideBase();
///         QVERIFY2(base, qPrintable(base ? QString() : base.error().message));
///     }
///
/// While it lives, this process's own environment has what clients need (DOCKER_HOST and DOCKER_CONFIG, or
/// CONTAINERS_STORAGE_CONF), so code under test and its children find this engine without being told; it is restored
/// afterwards. One engine of each program at a time.
///
/// Docker's daemon runs in PID, mount and network namespaces of its own: process ids that it reports are not the host's
/// (go by container and cgroup), mounts made after its start are invisible to it, its containers reach the network but
/// not the host's loopback. Podman runs its containers directly.
class TestEngine
{
public:
    /// Starts it, in about a second. Error Missing or Unsupported: this machine can't, and why.
    static Result<std::unique_ptr<TestEngine>> start(TestEngineKind kind);
    ~TestEngine();
    TestEngine(const TestEngine &) = delete;
    TestEngine &operator=(const TestEngine &) = delete;

    TestEngineKind kind() const { return m_kind; }
    QString program() const; ///< "podman" or "docker", to be looked up in PATH
    /// What must stand before the subcommand on this machine: "--runtime runc" for Podman under hybrid cgroups.
    QStringList globalArguments() const;
    /// What `podman run` needs besides on this machine: limits within this process's own; empty for Docker.
    QStringList runArguments() const;
    /// The variables that this process was given.
    QList<std::pair<QString, QString>> environment() const { return m_environment; }
    /// As detection would find it, as far as builds need it.
    Result<Engine> describe() const;
    QString folder() const { return m_folder->path(); } ///< removed in the end; for contexts and files of the test
    QString socket() const;                             ///< of Docker's daemon; empty for Podman

    /// Runs the engine with globalArguments() and \a arguments.
    Result<Completed> run(const QStringList &arguments,
                          std::chrono::milliseconds limit = std::chrono::minutes(10)) const;

    /// Imports a minimal Debian root, made once per machine from the system's own package mirror, as \a name.
    Result<void> provideBase(const QString &name = QStringLiteral("docker.io/library/debian:12-slim")) const;

    /// Kills Docker's daemon with everything in it, or Podman's containers, at once: the engine that stops in the
    /// middle.
    Result<void> kill();
    Result<void> restart(); ///< after kill(), on the same store; nothing to do for Podman

private:
    Result<void> tell(const QByteArray &word, const QString &failure);
    TestEngine(TestEngineKind kind, std::unique_ptr<QTemporaryDir> folder);
    Result<void> serve();
    Result<void> provideBuildx();
    void setVariable(const QString &name, const QString &value);

    TestEngineKind m_kind;
    std::unique_ptr<QTemporaryDir> m_folder;
    QProcess m_server;
    QList<std::pair<QString, QString>> m_environment;
    QList<std::pair<QByteArray, QByteArray>> m_before; ///< values to restore; null where unset
};

} // namespace kernelyard::test

/// Skips the test by name with the reason where an engine can't run here; fails it for every other error.
#define KERNELYARD_SKIP_WITHOUT(engine)                                                                                \
    do {                                                                                                               \
        if (!(engine)) {                                                                                               \
            const kernelyard::Error &engineError = (engine).error();                                                   \
            if (engineError.kind == kernelyard::ErrorKind::Missing)                                                    \
                QSKIP(qPrintable(engineError.message));                                                                \
            QFAIL(qPrintable(engineError.message));                                                                    \
        }                                                                                                              \
    } while (false)
