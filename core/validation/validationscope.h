// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace kernelyard {

/// What part of its suite a run was asked for.
struct ValidationScope
{
    bool isQuick = false;
    QStringList cases;    ///< these alone; empty: all
    QStringList backends; ///< these instead of the suite's own
    QString against;      ///< a commit that our own kernel is timed in turns with

    /// As the suite's command takes them: --quick, --case ID, --backend NAME, --against COMMIT.
    static ValidationScope of(const QStringList &arguments);
    /// Whether its verdict is that of the environment: one of a few cases, or of another back-end, is not.
    bool isWhole() const { return cases.isEmpty() && backends.isEmpty(); }
    /// "quick", "2 cases with torch", "against HEAD~1"; empty: all of the suite.
    QString text() const;

    bool operator==(const ValidationScope &) const = default;
};

} // namespace kernelyard
