// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

#include <utility>

namespace kernelyard {

/// A program and its argument list: what is run, and exactly what is shown. Never a shell string.
struct Command
{
    QString program; ///< absolute, or a name looked up in PATH
    QStringList arguments;
    QString workingDirectory;                       ///< empty: that of the caller
    QList<std::pair<QString, QString>> environment; ///< added to the caller's environment; never a secret

    /// One line that a POSIX shell would run as this command: for people to read and copy, never executed by us.
    QString display() const;

    QJsonObject toJson() const;
    static Command fromJson(const QJsonObject &object);

    bool operator==(const Command &) const = default;
};

} // namespace kernelyard
