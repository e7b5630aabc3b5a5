// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/process/command.h"

#include <QJsonObject>
#include <QList>
#include <QString>

#include <optional>

namespace kernelyard {

/// Warning: it can work, but not as well as it could, or not for sure. Unknown: what would tell stands in the evidence.
enum class CheckOutcome { Passed, Warning, Failed, Unknown };

/// Where a table has its facts from, and of when they are.
struct TableNote
{
    QString source;
    QString date;

    bool operator==(const TableNote &) const = default;
};

/// One rung of the ladder.
struct Check
{
    QString id;   ///< stable, for scripts: "kernel-module"
    QString name; ///< for people
    CheckOutcome outcome = CheckOutcome::Unknown;
    QString evidence; ///< what was measured or read
    QString remedy;   ///< a sentence; empty where it passed
    std::optional<Command> fix;
    /// A choice of the environment (name, value) that would pass here; no root is needed to make it.
    std::optional<std::pair<QString, QString>> choice = {};
    std::optional<TableNote> table = {}; ///< that it was judged by; absent: by the machine alone

    bool operator==(const Check &) const = default;
};

// Fill a check: its outcome, what was measured, and what to do.
void pass(Check &check, const QString &evidence);
void warn(Check &check, const QString &evidence, const QString &remedy);
void fail(Check &check, const QString &evidence, const QString &remedy);

/// All checks, as each depends on those before it.
struct Preflight
{
    QString environment;
    qint64 atMs = 0; ///< since the epoch
    QList<Check> checks;

    int count(CheckOutcome outcome) const;
    /// Failed where one is, else Warning where one is, else Passed: what is unknown stops nothing, but is to be said.
    CheckOutcome verdict() const;
    const Check *find(const QString &id) const;
    /// The checks as people read them: those in a row that are unknown for the same reason are one, with all names.
    QList<Check> folded() const;
    QJsonObject toJson() const;
};

QString outcomeName(CheckOutcome outcome); ///< "passed", "warning", "failed", "unknown"

} // namespace kernelyard
