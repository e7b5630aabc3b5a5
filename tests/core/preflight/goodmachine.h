// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/preflight/preflight.h"

#include <QMetaType>

#include <functional>

namespace kernelyard::test {

/// A file below tests/data/preflight.
QByteArray recordedPreflight(const QString &file);
CdiFile cdiFile(const QString &name, const QString &folder = QStringLiteral("/etc/cdi"));
ContainerToolkit toolkit(const QString &version);

Stack goodStack();          ///< that goes together
MachineFacts goodMachine(); ///< on which every check passes for goodStack()

/// One thing that is otherwise.
using Change = std::function<void(Stack &, MachineFacts &)>;

// Columns and body of a test by rows: the check \a id ends with \a outcome and \a evidence in its words, after a
// change.
void addChangeColumns();
void addChange(const char *name, const QString &id, const QString &outcome, const QString &evidence,
               const Change &change);
void judgeChange(const CompatibilityTables &tables);

} // namespace kernelyard::test

Q_DECLARE_METATYPE(kernelyard::test::Change)
