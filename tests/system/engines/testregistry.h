// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QProcess>
#include <QTemporaryDir>

#include <memory>

namespace kernelyard::test {

enum class TestRegistryAccess {
    Open,
    Password, ///< pushes and pulls need the log-in below, by HTTP's basic scheme over an htpasswd file
};

/// A real registry (Debian's docker-registry, Fedora's docker-distribution) on the loopback interface, empty, for as
/// long as this object lives. Engines of TestEngine reach it at address(kind).
class TestRegistry
{
public:
    static constexpr auto user = "kernels";
    static constexpr auto password = "correct horse";

    /// Errors: Missing (no such program here), Failed (it did not start, in its own words).
    static Result<std::unique_ptr<TestRegistry>> start(TestRegistryAccess access);
    ~TestRegistry();
    TestRegistry(const TestRegistry &) = delete;
    TestRegistry &operator=(const TestRegistry &) = delete;

    quint16 port() const { return m_port; }
    QString address() const; ///< 127.0.0.1:PORT, as programs of this machine and Podman reach it
    /// As a Docker daemon of TestEngine reaches it, from its own network namespace; told to be spoken to in plain HTTP.
    QString addressFromDocker() const;
    /// The repositories that it holds, by name, read from its storage.
    QStringList repositories() const;
    QStringList tags(const QString &repository) const;

private:
    TestRegistry() = default;

    QTemporaryDir m_folder;
    QProcess m_process;
    quint16 m_port = 0;
};

} // namespace kernelyard::test
