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

    QJsonObject toJson() const;
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

    /// The causes, root first, then what contributed; empty where nothing failed. With an exit code of 0 nothing did;
    /// without one the log itself is asked: a failure counts unless the log goes on to end well. May be called while
    /// the log still grows, and again.
    QList<Cause> causes(std::optional<int> exitCode) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace kernelyard
