// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validationrun.h"

#include <QCoreApplication>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

double number(const QJsonObject &object, const QString &key)
{
    return object.value(key).toDouble(std::numeric_limits<double>::quiet_NaN());
}

std::optional<double> optionalNumber(const QJsonObject &object, const QString &key)
{
    const QJsonValue value = object.value(key);
    return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

QStringList texts(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue item : value.toArray())
        list << item.toString();
    return list;
}

Measures measures(const QJsonObject &line)
{
    const QJsonObject limit = line.value(u"limit"_s).toObject();
    Measures m;
    m.relL2 = number(line, u"relL2"_s);
    m.maxAbs = number(line, u"maxAbs"_s);
    m.cosine = number(line, u"cosine"_s);
    const QJsonObject tile = line.value(u"worstTile"_s).toObject();
    m.tileRelL2 = number(tile, u"relL2"_s);
    if (tile.contains(u"firstQuery"_s))
        m.tile = {tile.value(u"batch"_s).toInt(), tile.value(u"head"_s).toInt(), tile.value(u"firstQuery"_s).toInt(),
                  tile.value(u"queries"_s).toInt()};
    m.tensor = line.value(u"tensor"_s).toString(u"out"_s);
    m.relL2Limit = number(limit, u"relL2"_s);
    m.maxAbsLimit = number(limit, u"maxAbs"_s);
    m.tileRelL2Limit = number(limit, u"tileRelL2"_s);
    m.cosineLimit = number(limit, u"cosine"_s);
    return m;
}

ValidationCase caseFrom(const QJsonObject &line)
{
    ValidationCase c;
    static_cast<Measures &>(c) = measures(line);
    c.id = line.value(u"id"_s).toString();
    c.dtype = line.value(u"dtype"_s).toString();
    c.batch = line.value(u"batch"_s).toInt();
    c.heads = line.value(u"heads"_s).toInt();
    c.headsKv = line.value(u"kvHeads"_s).toInt();
    c.lengthQ = line.value(u"queries"_s).toInt();
    c.lengthK = line.value(u"keys"_s).toInt();
    c.headDim = line.value(u"headDim"_s).toInt();
    c.causal = line.value(u"causal"_s).toBool();
    c.backend = line.value(u"backend"_s).toString();
    c.mask = line.value(u"mask"_s).toString(u"none"_s);
    c.varlen = line.value(u"varlen"_s).toBool();
    c.backward = line.value(u"backward"_s).toBool();
    c.status = line.value(u"status"_s).toString();
    c.reasons = texts(line.value(u"reasons"_s));
    c.milliseconds = optionalNumber(line, u"ms"_s);
    c.gflops = optionalNumber(line, u"gflops"_s);
    c.gigabytesPerSecond = optionalNumber(line, u"gbps"_s);
    if (const QJsonValue same = line.value(u"deterministic"_s); same.isBool())
        c.deterministic = same.toBool();
    c.message = line.value(u"message"_s).toString();
    c.operatorName = line.value(u"operator"_s).toString();
    c.groups = line.value(u"groups"_s).toString();
    return c;
}

NegativeControl controlFrom(const QJsonObject &line)
{
    NegativeControl control;
    static_cast<Measures &>(control) = measures(line);
    control.name = line.value(u"name"_s).toString();
    control.backend = line.value(u"backend"_s).toString();
    control.caseId = line.value(u"case"_s).toString();
    control.rejected = line.value(u"status"_s).toString() == u"rejected";
    control.reasons = texts(line.value(u"reasons"_s));
    control.message = line.value(u"message"_s).toString();
    return control;
}

SkippedCase skippedFrom(const QJsonObject &line)
{
    return {line.value(u"id"_s).toString(), line.value(u"backend"_s).toString(), line.value(u"reason"_s).toString()};
}

QJsonObject skippedJson(const SkippedCase &one)
{
    return {{u"id"_s, one.id}, {u"backend"_s, one.backend}, {u"reason"_s, one.reason}};
}

ValidationBackend backendFrom(const QJsonObject &line)
{
    ValidationBackend backend;
    backend.name = line.value(u"name"_s).toString();
    backend.present = line.value(u"present"_s).toBool();
    backend.reason = line.value(u"reason"_s).toString();
    backend.remedy = line.value(u"remedy"_s).toString();
    backend.cases = line.value(u"cases"_s).toInt();
    backend.facts = line;
    for (const QString &key : {u"type"_s, u"name"_s, u"present"_s, u"reason"_s, u"remedy"_s, u"cases"_s})
        backend.facts.remove(key);
    return backend;
}

/// From best to worst.
int badness(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Pass:
        return 0;
    case Verdict::Fail:
        return 1;
    case Verdict::Void:
        return 2;
    case Verdict::Incomplete:
        return 3;
    }
    return 3;
}

Verdict verdictNamed(const QString &name)
{
    for (const Verdict verdict : {Verdict::Pass, Verdict::Fail, Verdict::Void})
        if (verdictName(verdict) == name)
            return verdict;
    return Verdict::Incomplete;
}

/// Back-end and type of each case that has no control: its numbers are not shown to be able to fail.
QStringList unproven(const ValidationRun &run)
{
    QHash<QString, QString> types; // by case; a control may be made of one that was not asked for
    for (const ValidationCase &c : run.cases)
        types.insert(c.id, c.dtype);
    QSet<QString> proven;
    for (const NegativeControl &control : run.controls)
        proven.insert(control.backend + u' ' + types.value(control.caseId, control.caseId.section(u'-', 0, 0)));
    QStringList names;
    for (const ValidationCase &c : run.cases)
        if (const QString name = c.backend + u' ' + c.dtype; !proven.contains(name) && !names.contains(name))
            names.append(name);
    return names;
}

/// What the cases and controls say, whatever the suite concludes.
ValidationVerdict counted(const ValidationRun &run)
{
    ValidationVerdict verdict;
    verdict.cases = static_cast<int>(run.cases.size());
    verdict.failed = static_cast<int>(std::ranges::count_if(run.cases, [](const auto &c) { return !c.passed(); }));
    verdict.controls = static_cast<int>(run.controls.size());
    verdict.accepted = static_cast<int>(std::ranges::count(run.controls, false, &NegativeControl::rejected));
    verdict.unproven = unproven(run);
    for (const ValidationCase &c : run.cases)
        if (std::isnan(c.relL2) || c.relL2 > verdict.worstRelL2)
            verdict.worstRelL2 = c.relL2;
    if (verdict.cases == 0)
        verdict.verdict = Verdict::Incomplete;
    else if (verdict.controls == 0 || verdict.accepted > 0)
        verdict.verdict = Verdict::Void;
    else
        verdict.verdict = verdict.failed > 0 ? Verdict::Fail : Verdict::Pass;
    return verdict;
}

/// \a counted and what the suite itself concluded, the worse of the two.
ValidationVerdict concluded(const ValidationRun &run, const std::optional<QJsonObject> &last)
{
    ValidationVerdict verdict = counted(run);
    if (!last) {
        verdict.verdict = Verdict::Incomplete;
        return verdict;
    }
    verdict.seconds = last->value(u"seconds"_s).toDouble();
    const Verdict theirs = verdictNamed(last->value(u"verdict"_s).toString());
    const bool linesMissing = last->value(u"cases"_s).toInt(-1) != verdict.cases ||
                              last->value(u"controls"_s).toInt(-1) != verdict.controls ||
                              run.facts.value(u"cases"_s).toInt(-1) != verdict.cases;
    if (linesMissing)
        verdict.verdict = Verdict::Incomplete;
    else if (badness(theirs) > badness(verdict.verdict))
        verdict.verdict = theirs;
    return verdict;
}

QJsonValue jsonNumber(double value)
{
    return std::isfinite(value) ? QJsonValue(value) : QJsonValue();
}

QJsonValue jsonNumber(const std::optional<double> &value)
{
    return value ? jsonNumber(*value) : QJsonValue();
}

void insertMeasures(QJsonObject &object, const Measures &m)
{
    object.insert(u"relL2"_s, jsonNumber(m.relL2));
    object.insert(u"maxAbs"_s, jsonNumber(m.maxAbs));
    object.insert(u"cosine"_s, jsonNumber(m.cosine));
    object.insert(u"tileRelL2"_s, jsonNumber(m.tileRelL2));
    object.insert(u"tensor"_s, m.tensor);
    if (m.tile) // the keys of the suite's own lines
        object.insert(u"worstTile"_s, QJsonObject{{u"batch"_s, m.tile->batch},
                                                  {u"head"_s, m.tile->head},
                                                  {u"firstQuery"_s, m.tile->firstRow},
                                                  {u"queries"_s, m.tile->rows},
                                                  {u"relL2"_s, jsonNumber(m.tileRelL2)}});
    object.insert(u"limit"_s, QJsonObject{{u"relL2"_s, jsonNumber(m.relL2Limit)},
                                          {u"maxAbs"_s, jsonNumber(m.maxAbsLimit)},
                                          {u"cosine"_s, jsonNumber(m.cosineLimit)},
                                          {u"tileRelL2"_s, jsonNumber(m.tileRelL2Limit)}});
}

QJsonObject caseJson(const ValidationCase &c)
{
    QJsonObject object{{u"id"_s, c.id},
                       {u"status"_s, c.status},
                       {u"passed"_s, c.passed()},
                       {u"backend"_s, c.backend},
                       {u"dtype"_s, c.dtype},
                       {u"batch"_s, c.batch},
                       {u"queries"_s, c.lengthQ},
                       {u"keys"_s, c.lengthK},
                       {u"heads"_s, c.heads},
                       {u"kvHeads"_s, c.headsKv},
                       {u"causal"_s, c.causal},
                       {u"headDim"_s, c.headDim},
                       {u"mask"_s, c.mask},
                       {u"varlen"_s, c.varlen},
                       {u"backward"_s, c.backward},
                       {u"ms"_s, jsonNumber(c.milliseconds)},
                       {u"reasons"_s, QJsonArray::fromStringList(c.reasons)},
                       {u"gflops"_s, jsonNumber(c.gflops)},
                       {u"gbps"_s, jsonNumber(c.gigabytesPerSecond)},
                       {u"deterministic"_s, c.deterministic ? QJsonValue(*c.deterministic) : QJsonValue()}};
    if (!c.message.isEmpty())
        object.insert(u"message"_s, c.message);
    if (!c.operatorName.isEmpty())
        object.insert(u"operator"_s, c.operatorName);
    if (!c.groups.isEmpty())
        object.insert(u"groups"_s, c.groups);
    insertMeasures(object, c);
    return object;
}

QJsonObject controlJson(const NegativeControl &control)
{
    QJsonObject object{{u"name"_s, control.name},
                       {u"backend"_s, control.backend},
                       {u"case"_s, control.caseId},
                       {u"status"_s, control.rejected ? u"rejected"_s : u"accepted"_s},
                       {u"reasons"_s, QJsonArray::fromStringList(control.reasons)}};
    if (!control.message.isEmpty())
        object.insert(u"message"_s, control.message);
    insertMeasures(object, control);
    return object;
}

QJsonObject backendJson(const ValidationBackend &backend)
{
    QJsonObject object = backend.facts;
    object.insert(u"name"_s, backend.name);
    object.insert(u"present"_s, backend.present);
    object.insert(u"cases"_s, backend.cases);
    if (!backend.present) {
        object.insert(u"reason"_s, backend.reason);
        object.insert(u"remedy"_s, backend.remedy);
    }
    return object;
}

template <class T, class Make>
QJsonArray jsonOf(const QList<T> &values, Make make)
{
    QJsonArray array;
    for (const T &value : values)
        array.append(make(value));
    return array;
}

} // namespace

bool Measures::withinLimits() const
{
    // Each comparison is false for NaN.
    return relL2 <= relL2Limit && maxAbs <= maxAbsLimit && tileRelL2 <= tileRelL2Limit && cosine >= cosineLimit;
}

QString tilePlace(const Measures &measures)
{
    if (!measures.tile)
        return {};
    const WorstTile &tile = *measures.tile;
    const bool keys = measures.tensor == u"dk" || measures.tensor == u"dv";
    const QString rows = keys ? u"keys"_s : u"queries"_s;
    const QString tensor = measures.tensor == u"out" ? QString() : QString(measures.tensor + u", "_s);
    return u"%1batch %2, head %3, %4 %5 to %6"_s.arg(tensor)
        .arg(tile.batch)
        .arg(tile.head)
        .arg(rows)
        .arg(tile.firstRow)
        .arg(tile.firstRow + std::max(tile.rows, 1) - 1);
}

QString howComputed(const ValidationCase &one)
{
    QStringList parts;
    if (!one.operatorName.isEmpty())
        parts.append(one.operatorName);
    if (one.groups == u"repeated")
        parts.append(u"heads repeated"_s);
    return parts.join(u", "_s);
}

bool ValidationCase::passed() const
{
    return status == u"pass" && reasons.isEmpty() && withinLimits();
}

QString voidReason(const ValidationVerdict &verdict)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Validation", text); };
    if (verdict.accepted > 0)
        return tr("%1 of %2 negative controls passed, and none may").arg(verdict.accepted).arg(verdict.controls);
    if (verdict.controls == 0)
        return tr("no negative control has run");
    if (!verdict.unproven.isEmpty())
        return tr("no negative control ran for %1").arg(verdict.unproven.join(u", "_s));
    return tr("the suite itself says so");
}

QString verdictName(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Pass:
        return u"pass"_s;
    case Verdict::Fail:
        return u"fail"_s;
    case Verdict::Void:
        return u"void"_s;
    case Verdict::Incomplete:
        return u"incomplete"_s;
    }
    return {};
}

ValidationRun ValidationRun::fromJsonLines(const QByteArray &lines)
{
    ValidationReader reader;
    for (const QByteArray &line : lines.split('\n'))
        reader.feed(line);
    return reader.run();
}

ValidationRun ValidationReader::run() const
{
    ValidationRun run = m_run;
    run.verdict = concluded(run, m_last);
    return run;
}

void ValidationReader::feed(const QByteArray &text)
{
    const QJsonDocument document = QJsonDocument::fromJson(text);
    if (!document.isObject())
        return;
    const QJsonObject line = document.object();
    const QString type = line.value(u"type"_s).toString();
    if (type == u"build") {
        m_run.buildSeconds = optionalNumber(line, u"seconds"_s);
    } else if (type == u"run") {
        const auto buildSeconds = m_run.buildSeconds;
        m_run = {};
        m_run.buildSeconds = buildSeconds;
        m_run.facts = line;
        m_last.reset();
    } else if (type == u"case") {
        m_run.cases.append(caseFrom(line));
        if (m_run.cases.last().backend.isEmpty()) // of a suite that knew one back-end alone
            m_run.cases.last().backend = m_run.facts.value(u"backend"_s).toString();
    } else if (type == u"control") {
        m_run.controls.append(controlFrom(line));
        if (m_run.controls.last().backend.isEmpty())
            m_run.controls.last().backend = m_run.facts.value(u"backend"_s).toString();
    } else if (type == u"backend") {
        m_run.backends.append(backendFrom(line));
    } else if (type == u"skip") {
        m_run.skipped.append(skippedFrom(line));
    } else if (type == u"untimed") {
        m_run.untimed.append(skippedFrom(line));
    } else if (type == u"speed") {
        m_run.speeds.append(SpeedFigure::fromJson(line));
    } else if (type == u"comparison") {
        m_run.comparisons.append(SpeedComparison::fromJson(line));
    } else if (type == u"verdict") {
        m_last = line;
        m_run.stopped =
            QString(line.value(u"stopped"_s).toString() % u' ' % line.value(u"remedy"_s).toString()).trimmed();
    } else if (type == u"error") {
        m_run.error = line.value(u"message"_s).toString();
        m_run.remedy = line.value(u"remedy"_s).toString();
        m_last.reset();
    }
}

QJsonObject ValidationRun::toJson() const
{
    QJsonObject run = facts;
    run.remove(u"type"_s);
    QJsonObject object{
        {u"format"_s, 1},
        {u"verdict"_s, verdictName(verdict.verdict)},
        {u"summary"_s, QJsonObject{{u"cases"_s, verdict.cases},
                                   {u"failed"_s, verdict.failed},
                                   {u"controls"_s, verdict.controls},
                                   {u"accepted"_s, verdict.accepted},
                                   {u"worstRelL2"_s, jsonNumber(verdict.worstRelL2)},
                                   {u"seconds"_s, verdict.seconds}}},
        {u"run"_s, run},
        {u"backends"_s, jsonOf(backends, backendJson)},
        {u"cases"_s, jsonOf(cases, caseJson)},
        {u"skipped"_s, jsonOf(skipped, skippedJson)},
        {u"controls"_s, jsonOf(controls, controlJson)},
        {u"speed"_s, jsonOf(speeds, [](const SpeedFigure &one) { return one.toJson(); })},
        {u"untimed"_s, jsonOf(untimed, skippedJson)},
        {u"comparisons"_s, jsonOf(comparisons, [](const SpeedComparison &one) { return one.toJson(); })}};
    if (buildSeconds)
        object.insert(u"buildSeconds"_s, jsonNumber(buildSeconds));
    if (!stopped.isEmpty())
        object.insert(u"stopped"_s, stopped);
    if (!error.isEmpty())
        object.insert(u"error"_s, QJsonObject{{u"message"_s, error}, {u"remedy"_s, remedy}});
    return object;
}

} // namespace kernelyard
