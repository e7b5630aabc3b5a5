// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/engine/engine.h"
#include "core/engine/hostfacts.h"

#include <QFuture>

namespace kernelyard {

/// Every engine and endpoint on this machine, Podman before Docker, usable before not; a client that is not installed
/// stands in the list too, with its problem. Runs on worker threads, each probe under a time limit of its own, all of
/// them together within 5 s even when a daemon hangs.
QFuture<QList<Engine>> detectEngines();
QFuture<QList<Engine>> detectEngines(const HostFacts &facts);

/// The engine of \a engines that \a id names, or without an id the first usable one. Errors: NotFound (the id is
/// unknown; names those that are), Missing (none is usable, or the named one isn't; carries its first remedy).
Result<Engine> chooseEngine(const QList<Engine> &engines, const QString &id);

/// The same of this machine's engines. Where \a id names one, only the clients of its kind are asked, in half the time.
/// Blocks as long as detectEngines takes.
Result<Engine> findEngine(const QString &id);
Result<Engine> findEngine(const HostFacts &facts, const QString &id);

} // namespace kernelyard
