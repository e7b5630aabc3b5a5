// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QJsonObject>
#include <QList>
#include <QString>

#include <optional>

namespace kernelyard {

enum class Verdict {
    Pass,
    Fail,
    Void,       ///< a negative control passed: the run can't be trusted
    Incomplete, ///< the run was cut off before its verdict
};

struct ValidationCase
{
    QString id;
    QString dtype; ///< fp32, fp16, bf16
    int batch = 0, heads = 0, headsKv = 0, lengthQ = 0, lengthK = 0, headDim = 0;
    bool causal = false;
    QString status; ///< pass, fail, error
    double relL2 = 0, maxAbs = 0, cosine = 0;
    double relL2Limit = 0, cosineLimit = 0;
    std::optional<double> milliseconds;
    std::optional<double> gflops;
    QString message; ///< why it failed

    bool passed() const;
};

struct NegativeControl
{
    QString name;
    QString caseId;
    double relL2 = 0;
    bool rejected = false; ///< it must be
};

struct ValidationVerdict
{
    Verdict verdict = Verdict::Incomplete;
    int cases = 0;
    int failed = 0;
    int controls = 0;
    int accepted = 0; ///< controls that passed though they must not
    double worstRelL2 = 0;
    double seconds = 0;
};

/// One run of the attention suite, read from the JSON lines that the suite writes.
struct ValidationRun
{
    QJsonObject facts; ///< seed, back-end, versions, device: the "run" line as it stands
    QList<ValidationCase> cases;
    QList<NegativeControl> controls;
    ValidationVerdict verdict;
    QString error; ///< the suite could not run
    QString remedy;

    /// Lines that are not JSON objects of a known type are passed over. A cut stream gives what came, Incomplete.
    static ValidationRun fromJsonLines(const QByteArray &lines);
    QJsonObject toJson() const; ///< for export
};

} // namespace kernelyard
