// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/rulebook.h"

#include <QJsonObject>
#include <QList>

#include <memory>
#include <optional>

namespace kernelyard {

/// Why a build failed.
struct Cause
{
    QString label;   ///< one of the vocabulary: oom-killed, missing-nvcc, …
    qint64 line = 0; ///< in the log, from 1
    QString excerpt; ///< that line, plain
    QString summary;
    QString remedy;
    bool contributing = false;
    bool certain =
        true; ///< false where a generic or weak sign was all there is: another log of the build may know better
    RemedyAction action = RemedyAction::None;
    QStringList command; ///< of RemedyAction::Run; {name} stands where the log gave no value

    QJsonObject toJson() const;
    bool operator==(const Cause &) const = default;
};

/// A line of the log that tells of a failure.
struct FailureLine
{
    qint64 line = 0; ///< in the log, from 1
    QString text;    ///< plain

    bool operator==(const FailureLine &) const = default;
};

/// Reads a log once, as it comes, and names the causes of its failure.
class Diagnosis
{
public:
    /// \a book must outlive the diagnosis.
    explicit Diagnosis(const Rulebook &book);
    ~Diagnosis();
    Diagnosis(Diagnosis &&) noexcept;
    Diagnosis &operator=(Diagnosis &&) noexcept;

    /// The next bytes of the log, cut anywhere.
    void feed(QByteArrayView bytes);
    /// Instead of feed: the next line, without its end, which is line \a number of a log that others write to as well.
    /// Numbers grow. Lines are near one another by what was given here, not by number.
    void addLine(QByteArrayView text, qint64 number);

    /// The causes, root first, then what contributed; empty where nothing failed. With an exit code of 0 nothing did;
    /// without one the log itself is asked: a failure counts unless the log goes on to end well. May be called while
    /// the log still grows, and again. \a words is what the engine says of the failure beside the log.
    QList<Cause> causes(std::optional<int> exitCode, QByteArrayView words = {}) const;

    /// The lines that tell of a failure, whatever its cause, in order; at most the first 200.
    QList<FailureLine> failureLines() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace kernelyard
