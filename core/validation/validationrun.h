// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationspeed.h"

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
    Void,       ///< its controls don't show that a wrong result would be seen: the run can't be trusted
    Incomplete, ///< the run was cut off before its verdict
};

/// Where an output is worst: the rows of one head that a kernel computes together, at most 64 (the suite's README).
struct WorstTile
{
    int batch = 0, head = 0;
    int firstRow = 0, rows = 0; ///< queries; keys where the tensor is dk or dv

    bool operator==(const WorstTile &) const = default;
};

/// What was measured between a result and the reference, and what is allowed. NaN: not a number, or never measured.
struct Measures
{
    double relL2 = std::numeric_limits<double>::quiet_NaN();
    double maxAbs = std::numeric_limits<double>::quiet_NaN();
    double cosine = std::numeric_limits<double>::quiet_NaN();
    double tileRelL2 = std::numeric_limits<double>::quiet_NaN(); ///< of the worst tile
    std::optional<WorstTile> tile;                               ///< absent: no line said where it is
    QString tensor;                                              ///< of which they are: out, dq, dk, dv; the worst
    double relL2Limit = 0, maxAbsLimit = 0, tileRelL2Limit = 0;
    double cosineLimit = 1;

    bool withinLimits() const; ///< false when anything is NaN
};

struct ValidationCase : Measures
{
    QString id;
    QString backend; ///< whose attention
    QString dtype;   ///< fp32, fp16, bf16
    int batch = 0, heads = 0, headsKv = 0, lengthQ = 0, lengthK = 0, headDim = 0;
    bool causal = false;
    QString mask;          ///< none, bias, mask: what comes beside the causal rule
    bool varlen = false;   ///< sequences of different lengths in one call
    bool backward = false; ///< with gradients
    QString status;        ///< pass, fail, error: what the suite says
    QStringList reasons;   ///< relL2, maxAbs, cosine, tileRelL2, not-finite, not-deterministic, out-of-bounds, error
    std::optional<double> milliseconds;
    std::optional<double> gflops;
    std::optional<double> gigabytesPerSecond;
    std::optional<bool> deterministic; ///< a second call gave the same bits; gradients need not everywhere
    QString message;                   ///< of status error
    QString operatorName; ///< which of its operators the back-end chose, "fa2F@2.5.7-pt"; empty where it does not tell
    QString groups;       ///< of heads that share keys: native, or repeated for an operator that takes none; else empty

    /// The suite says so, gives no reason against it, and its own measures agree.
    bool passed() const;
};

struct NegativeControl : Measures
{
    QString name;
    QString backend;
    QString caseId;
    bool rejected = false; ///< it must be
    QStringList reasons;   ///< why it was rejected
    QString message;       ///< why it could not be carried out
};

/// "batch 0, head 1, queries 64 to 127", with the tensor's name before it where it is a gradient; empty where the place
/// of the worst tile is not known. All count from 0.
QString tilePlace(const Measures &measures);

/// What the back-end's name does not say of how a case was computed: "fa2F@2.5.7-pt, heads repeated"; often empty.
QString howComputed(const ValidationCase &one);

/// Whose attention was to be compared.
struct ValidationBackend
{
    QString name;
    bool present = false;
    QString reason; ///< why it is absent
    QString remedy;
    QJsonObject facts; ///< version, library and its digest, compiler, device, commit
    int cases = 0;
};

/// A case that a back-end does not have, or has without a speed.
struct SkippedCase
{
    QString id;
    QString backend;
    QString reason;
};

struct ValidationVerdict
{
    Verdict verdict = Verdict::Incomplete;
    int cases = 0;
    int failed = 0;
    int controls = 0;
    int accepted = 0;      ///< controls that passed though they must not
    QStringList unproven;  ///< "torch-flash bf16": back-end and type of cases that no control was made for
    double worstRelL2 = 0; ///< NaN when a case has none
    double seconds = 0;
};

/// Why a run is void: "2 of 18 negative controls passed, and none may", "no negative control ran for torch-flash bf16".
QString voidReason(const ValidationVerdict &verdict);

/// pass, fail, void, incomplete: as it stands in JSON.
QString verdictName(Verdict verdict);

/// One run of the attention suite, read from the JSON lines that it writes (resources/validation/README.md).
struct ValidationRun
{
    QJsonObject facts;                  ///< seed, back-end, versions, device: the "run" line as it stands
    std::optional<double> buildSeconds; ///< what compiling the fork took, when the run did
    QList<ValidationCase> cases;
    QList<NegativeControl> controls;
    QList<ValidationBackend> backends; ///< those asked for, present and absent
    QList<SkippedCase> skipped;
    QList<SpeedFigure> speeds;
    QList<SkippedCase> untimed; ///< right or wrong, but without a speed
    QList<SpeedComparison> comparisons;
    ValidationVerdict verdict;
    QString error; ///< the suite could not run
    QString remedy;
    QString stopped; ///< why the suite could not go on, and what to do: a kernel left the GPU useless

    /// Lines that are not JSON objects of a known type are passed over; a second "run" line begins anew. The verdict
    /// is made again from the cases and controls, and the worse of it and the suite's own counts: Incomplete without
    /// cases, with fewer lines than announced or without the suite's verdict; Void when a control was accepted or
    /// there is none.
    static ValidationRun fromJsonLines(const QByteArray &lines);
    QJsonObject toJson() const; ///< for export; NaN is null
};

/// Reads such lines as they come, each once.
class ValidationReader
{
public:
    void feed(const QByteArray &line);
    ValidationRun run() const; ///< what it is if nothing more comes

private:
    ValidationRun m_run; ///< without a verdict
    std::optional<QJsonObject> m_last;
};

} // namespace kernelyard
