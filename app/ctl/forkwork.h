// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/session.h"
#include "core/fork/fork.h"

#include <QElapsedTimer>

#include <optional>

namespace kernelyard::ctl {

/// Tells of a clone's or fetch's progress, at most one line a second, and cancels it on an interrupt.
class ForkProgress
{
public:
    explicit ForkProgress(Session &session);
    bool operator()(const CloneProgress &progress);

private:
    Session &m_session;
    QElapsedTimer m_lastTold;
};

/// The folder of the checkout that \a word names: a path, a fork's folder name, or an environment with a fork. Errors:
/// NotFound, with a near name.
Result<QString> checkoutOf(Session &session, const QString &word);
/// The environment whose fork lies at \a path.
std::optional<Environment> environmentOfFork(Session &session, const QString &path);

QString stateText(const ForkStatus &fork); ///< "3 changed, ahead by 1"
QString word(SubmoduleState state);        ///< as pinned, missing, moved, dirty, refused, unknown

// Each command's work; see addFork.
void addForkClone(CommandLine &line, CLI::App &fork);
void addForkActions(CommandLine &line,
                    CLI::App &fork); ///< fetch, switch, branch, fast-forward, stash-switch, submodules
void addForkAdvice(CommandLine &line, CLI::App &fork);
void addForkOpen(CommandLine &line, CLI::App &fork);

/// Prints the checkout, or its error; the exit status.
int printFork(Session &session, const Result<ForkStatus> &fork, bool json);

} // namespace kernelyard::ctl
