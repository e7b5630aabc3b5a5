// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace kernelyard {

/// What a caller may branch on. Nobody branches on text.
enum class ErrorKind {
    Failed,      ///< the work was tried and did not succeed
    Invalid,     ///< input that can't be used: a file, an argument, a name
    Missing,     ///< something needed is not there: a program, an engine, an image
    NotFound,    ///< the named object does not exist
    Permission,  ///< not allowed
    NoSpace,     ///< a file system is full
    Timeout,     ///< a time limit ended the work
    Cancelled,   ///< the user ended the work
    Conflict,    ///< another build or process is in the way
    Unsupported, ///< known, and not possible with what is installed
};

/// One failure, as a value.
struct Error
{
    ErrorKind kind = ErrorKind::Failed;
    QString message; ///< a sentence for people that names the object and the cause
    QString detail;  ///< the tool's own words, unchanged; may be empty
    QString remedy;  ///< the next action, where one is known: a sentence or a command

    bool operator==(const Error &) const = default;
};

/// The exit status of kernelyardctl for \a kind: 1 failed, 2 wrong use, 3 something needed is missing, 130 cancelled.
int exitStatus(ErrorKind kind);

/// The error for a failed system call on \a object: the kind from \a errnoValue, the words from strerror.
Error systemError(const QString &object, int errnoValue);

} // namespace kernelyard
