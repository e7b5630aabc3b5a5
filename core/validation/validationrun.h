// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

#include <limits>
#include <optional>

namespace kernelyard {

enum class Verdict {
    Pass,
    Fail,
    Void,       ///< a negative control passed: the run can't be trusted
    Incomplete, ///< the run was cut off before its verdict
};

/// What was measured between a result and the reference, and what is allowed. NaN: not a number, or never measured.
struct Measures
{
    double relL2 = std::numeric_limits<double>::quiet_NaN();
    double maxAbs = std::numeric_limits<double>::quiet_NaN();
    double cosine = std::numeric_limits<double>::quiet_NaN();
    double tileRelL2 = std::numeric_limits<double>::quiet_NaN(); ///< of the worst tile
    double relL2Limit = 0, maxAbsLimit = 0, tileRelL2Limit = 0;
    double cosineLimit = 1;

    bool withinLimits() const; ///< false when anything is NaN
};

struct ValidationCase : Measures
{
    QString id;
    QString dtype; ///< fp32, fp16, bf16
    int batch = 0, heads = 0, headsKv = 0, lengthQ = 0, lengthK = 0, headDim = 0;
    bool causal = false;
    QString status;      ///< pass, fail, error: what the suite says
    QStringList reasons; ///< relL2, maxAbs, cosine, tileRelL2, not-finite, not-deterministic, out-of-bounds, error
    std::optional<double> milliseconds;
    std::optional<double> gflops;
    QString message; ///< of status error

    /// The suite says so, gives no reason against it, and its own measures agree.
    bool passed() const;
};

struct NegativeControl : Measures
{
    QString name;
    QString caseId;
    bool rejected = false; ///< it must be
    QStringList reasons;   ///< why it was rejected
    QString message;       ///< why it could not be carried out
};

struct ValidationVerdict
{
    Verdict verdict = Verdict::Incomplete;
    int cases = 0;
    int failed = 0;
    int controls = 0;
    int accepted = 0;      ///< controls that passed though they must not
    double worstRelL2 = 0; ///< NaN when a case has none
    double seconds = 0;
};

/// pass, fail, void, incomplete: as it stands in JSON.
QString verdictName(Verdict verdict);

/// One run of the attention suite, read from the JSON lines that it writes (resources/validation/README.md).
struct ValidationRun
{
    QJsonObject facts;                  ///< seed, back-end, versions, device: the "run" line as it stands
    std::optional<double> buildSeconds; ///< what compiling the fork took, when the run did
    QList<ValidationCase> cases;
    QList<NegativeControl> controls;
    ValidationVerdict verdict;
    QString error; ///< the suite could not run
    QString remedy;

    /// Lines that are not JSON objects of a known type are passed over; a second "run" line begins anew. The verdict
    /// is made again from the cases and controls, and the worse of it and the suite's own counts: Incomplete without
    /// cases, with fewer lines than announced or without the suite's verdict; Void when a control was accepted or
    /// there is none.
    static ValidationRun fromJsonLines(const QByteArray &lines);
    QJsonObject toJson() const; ///< for export; NaN is null
};

} // namespace kernelyard
