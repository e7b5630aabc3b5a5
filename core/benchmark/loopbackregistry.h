// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QProcess>

#include <memory>

namespace kernelyard {

/// A registry of our own on a free port of the loopback interface, as long as it lives: the `registry` program of the
/// CNCF Distribution project, which Debian calls docker-registry.
class LoopbackRegistry
{
public:
    /// What is stored lies below \a folder and is there again the next time. Blocks until it answers. Errors: Missing
    /// (no such program), Failed (its own words).
    static Result<std::unique_ptr<LoopbackRegistry>> start(const QString &folder);
    ~LoopbackRegistry();
    LoopbackRegistry(const LoopbackRegistry &) = delete;
    LoopbackRegistry &operator=(const LoopbackRegistry &) = delete;

    QString address() const { return m_address; } ///< "127.0.0.1:39481"

private:
    LoopbackRegistry() = default;

    QProcess m_server;
    QString m_address;
};

} // namespace kernelyard
