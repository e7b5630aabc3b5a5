// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validationreport.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QXmlStreamWriter>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace report {

QString number(double value)
{
    return std::isfinite(value) ? QString::number(value, 'e', 2) : u"–"_s;
}

QString shape(const ValidationCase &one)
{
    const QString heads =
        one.heads == one.headsKv ? QString::number(one.heads) : u"%1/%2"_s.arg(one.heads).arg(one.headsKv);
    QString text = u"%1×%2×%3×%4×%5"_s.arg(one.batch).arg(heads).arg(one.lengthQ).arg(one.lengthK).arg(one.headDim);
    if (one.causal)
        text += u", causal"_s;
    if (!one.mask.isEmpty() && one.mask != u"none")
        text += u", "_s + one.mask;
    if (one.varlen)
        text += u", varlen"_s;
    if (one.backward)
        text += u", backward"_s;
    return text;
}

QString why(const ValidationCase &one)
{
    if (one.passed())
        return {};
    if (!one.message.isEmpty())
        return one.message;
    const QString reasons = one.reasons.isEmpty() ? u"a measure is over its limit"_s : one.reasons.join(u", "_s);
    const QString place = tilePlace(one);
    return place.isEmpty() ? reasons : QString(reasons + u"; worst at "_s + place);
}

QString backend(const ValidationCase &one)
{
    const QString how = howComputed(one);
    return how.isEmpty() ? one.backend : u"%1 (%2)"_s.arg(one.backend, how);
}

QString span(const QList<double> &values)
{
    if (values.isEmpty())
        return u"–"_s;
    const auto [least, most] = std::ranges::minmax(values);
    return least == most ? QString::number(least) : u"%1 to %2"_s.arg(least).arg(most);
}

QString throttled(const SpeedFigure &one)
{
    if (one.clocksMHz.isEmpty())
        return u"unknown"_s;
    const QString count = u"%1 of %2"_s.arg(one.throttled).arg(one.samples);
    return one.throttleReasons.isEmpty() ? count : u"%1: %2"_s.arg(count, one.throttleReasons.join(u", "_s));
}

QString share(const std::optional<double> &part)
{
    return part ? u"%1 %"_s.arg(*part * 100, 0, 'f', 0) : u"–"_s;
}

QString mebibytes(const std::optional<double> &bytes)
{
    return bytes ? QString::number(*bytes / (1 << 20), 'f', 1) : u"–"_s;
}

QString verdictLine(const ValidationRun &run)
{
    const ValidationVerdict &verdict = run.verdict;
    if (!run.error.isEmpty())
        return u"not run: "_s + run.error;
    const QString name = verdictName(verdict.verdict);
    return u"%1: %2 of %3 cases are right, %4 of %5 negative controls were rejected"_s
        .arg(verdict.verdict == Verdict::Void ? u"%1 (%2)"_s.arg(name, voidReason(verdict)) : name)
        .arg(verdict.cases - verdict.failed)
        .arg(verdict.cases)
        .arg(verdict.controls - verdict.accepted)
        .arg(verdict.controls)
        .append(run.stopped.isEmpty() ? QString() : QString(u". "_s + run.stopped));
}

} // namespace report

namespace {

/// XML has no place for control characters, whatever escapes them.
QString xmlText(QString text)
{
    text.removeIf(
        [](QChar c) { return (c < u' ' && c != u'\n' && c != u'\t') || c == QChar(0xfffe) || c == QChar(0xffff); });
    return text;
}

void writeCase(QXmlStreamWriter &xml, const ValidationCase &one)
{
    xml.writeStartElement(u"testcase"_s);
    xml.writeAttribute(u"classname"_s, xmlText(one.backend.isEmpty() ? u"attention"_s : one.backend));
    xml.writeAttribute(u"name"_s, xmlText(one.id));
    xml.writeAttribute(u"time"_s, QString::number(one.milliseconds.value_or(0) / 1000, 'f', 6));
    if (!one.passed()) {
        xml.writeStartElement(one.status == u"error" ? u"error"_s : u"failure"_s);
        xml.writeAttribute(u"message"_s, xmlText(report::why(one)));
        xml.writeCharacters(
            u"%1: relative L2 %2 (limit %3), max abs %4 (limit %5), cosine %6 (limit %7), worst tile %8 (limit %9)"_s
                .arg(report::backend(one) + u": "_s + report::shape(one), report::number(one.relL2),
                     report::number(one.relL2Limit), report::number(one.maxAbs), report::number(one.maxAbsLimit),
                     QString::number(one.cosine, 'g', 9), QString::number(one.cosineLimit, 'g', 9),
                     report::number(one.tileRelL2), report::number(one.tileRelL2Limit)));
        xml.writeEndElement();
    }
    xml.writeEndElement();
}

void writeSuite(QXmlStreamWriter &xml, const QString &name, qsizetype tests, qsizetype failures, qsizetype errors,
                qsizetype skipped, double seconds, const ReportContext &context)
{
    xml.writeStartElement(u"testsuite"_s);
    xml.writeAttribute(u"name"_s, xmlText(name));
    xml.writeAttribute(u"tests"_s, QString::number(tests));
    xml.writeAttribute(u"failures"_s, QString::number(failures));
    xml.writeAttribute(u"errors"_s, QString::number(errors));
    xml.writeAttribute(u"skipped"_s, QString::number(skipped));
    xml.writeAttribute(u"time"_s, QString::number(seconds, 'f', 3));
    if (context.started.isValid())
        xml.writeAttribute(u"timestamp"_s, context.started.toUTC().toString(u"yyyy-MM-ddTHH:mm:ss"_s));
}

void writeControls(QXmlStreamWriter &xml, const ValidationRun &run, const ReportContext &context)
{
    // A run that proves nothing must not read as one without failures.
    const bool hasUnproven = run.verdict.verdict == Verdict::Void && run.verdict.accepted == 0; // a back-end's numbers
    const bool proven = !run.controls.isEmpty() && run.verdict.verdict != Verdict::Incomplete && !hasUnproven;
    writeSuite(xml, context.environment + u" negative controls"_s, run.controls.size() + (proven ? 0 : 1),
               run.verdict.accepted, proven ? 0 : 1, 0, 0, context);
    for (const NegativeControl &control : run.controls) {
        xml.writeStartElement(u"testcase"_s);
        xml.writeAttribute(u"classname"_s, u"control."_s + xmlText(control.backend));
        xml.writeAttribute(u"name"_s, xmlText(control.name + u" on "_s + control.caseId));
        if (!control.rejected) {
            xml.writeStartElement(u"failure"_s);
            xml.writeAttribute(u"message"_s,
                               xmlText(control.message.isEmpty() ? u"a wrong result was accepted"_s : control.message));
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }
    if (!proven) {
        xml.writeStartElement(u"testcase"_s);
        xml.writeAttribute(u"classname"_s, u"control"_s);
        xml.writeAttribute(u"name"_s, u"the run is whole and shows that it can fail"_s);
        xml.writeStartElement(u"error"_s);
        xml.writeAttribute(u"message"_s, xmlText(report::verdictLine(run)));
        xml.writeEndElement();
        xml.writeEndElement();
    }
    xml.writeEndElement();
}

QByteArray junit(const ValidationRun &run, const ReportContext &context)
{
    QByteArray text;
    QXmlStreamWriter xml(&text);
    xml.setAutoFormatting(true);
    xml.writeStartDocument();
    xml.writeStartElement(u"testsuites"_s);
    const auto errors = std::ranges::count(run.cases, u"error"_s, &ValidationCase::status);
    writeSuite(xml, context.environment, run.cases.size() + run.skipped.size(), run.verdict.failed - errors, errors,
               run.skipped.size(), run.verdict.seconds, context);
    xml.writeStartElement(u"properties"_s);
    for (const auto &[name, value] : reportFacts(run, context)) {
        xml.writeEmptyElement(u"property"_s);
        xml.writeAttribute(u"name"_s, xmlText(name));
        xml.writeAttribute(u"value"_s, xmlText(value));
    }
    xml.writeEndElement();
    for (const ValidationCase &one : run.cases)
        writeCase(xml, one);
    for (const SkippedCase &one : run.skipped) {
        xml.writeStartElement(u"testcase"_s);
        xml.writeAttribute(u"classname"_s, xmlText(one.backend));
        xml.writeAttribute(u"name"_s, xmlText(one.id));
        xml.writeEmptyElement(u"skipped"_s);
        xml.writeAttribute(u"message"_s, xmlText(one.reason));
        xml.writeEndElement();
    }
    xml.writeEndElement();
    writeControls(xml, run, context);
    xml.writeEndElement();
    xml.writeEndDocument();
    return text;
}

/// Text of others as Markdown shows it again, on one line: also in the cell of a table.
QString plain(const QString &text)
{
    QString escaped;
    for (const QChar c : text)
        if (c == u'&')
            escaped += u"&amp;"_s;
        else if (c == u'<')
            escaped += u"&lt;"_s;
        else if (c == u'>')
            escaped += u"&gt;"_s;
        else if (u"\\`*_|[]"_s.contains(c))
            escaped += QString(u'\\') + c;
        else
            escaped += c == u'\n' || c == u'\r' ? QChar(u' ') : c;
    return escaped;
}

/// The same for a name, in the letters of code, where a backslash stands for itself.
QString code(QString name)
{
    for (const QChar c : u"`\n\r"_s)
        name.replace(c, u' ');
    return u'`' + name.replace(u'|', u"\\|"_s) + u'`';
}

QString markdownRows(const QList<ValidationCase> &cases)
{
    QString text = u"| case | back-end | result | rel. L2 | limit | max abs. | cosine | why |\n"
                   "| --- | --- | --- | --- | --- | --- | --- | --- |\n"_s;
    for (const ValidationCase &one : cases)
        text += u"| %1 | %2 | %3 | %4 | %5 | %6 | %7 | %8 |\n"_s.arg(
            code(one.id), plain(report::backend(one)), one.passed() ? u"pass"_s : u"**FAIL**"_s,
            report::number(one.relL2), report::number(one.relL2Limit), report::number(one.maxAbs),
            QString::number(one.cosine, 'g', 9), plain(report::why(one)));
    return text + u'\n';
}

QString markdownSpeed(const ValidationRun &run)
{
    if (run.speeds.isEmpty() && run.untimed.isEmpty())
        return {};
    QString text = u"## Speed\n\n| case | back-end | ms (95 %) | TFLOP/s | GB/s | of listed peak | of measured peak | "
                   u"MiB | MHz | °C | "
                   "throttled |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"_s;
    for (const SpeedFigure &one : run.speeds) {
        text += u"| %1 | %2 | %3 (%4 to %5) | %6 | %7 |"_s.arg(code(one.caseId), plain(one.backend))
                    .arg(one.milliseconds, 0, 'g', 4)
                    .arg(one.low, 0, 'g', 4)
                    .arg(one.high, 0, 'g', 4)
                    .arg(one.tflops, 0, 'g', 3)
                    .arg(one.gigabytesPerSecond, 0, 'g', 3);
        text += u" %1 | %2 | %3 | %4 | %5 | %6 |\n"_s.arg(
            report::share(one.ofListedPeak), report::share(one.ofMeasuredPeak), report::mebibytes(one.peakBytes),
            report::span(one.clocksMHz), report::span(one.temperatures), plain(report::throttled(one)));
    }
    if (!run.speeds.isEmpty())
        text += u"\nTimed by "_s + plain(run.speeds.first().clock) + u".\n"_s;
    text += u'\n';
    for (const SpeedComparison &one : run.comparisons)
        text += u"- %1: %2\n"_s.arg(code(one.caseId), plain(one.sentence));
    for (const SkippedCase &one : run.untimed)
        text += u"- %1: %2 was not timed: %3\n"_s.arg(code(one.id), plain(one.backend), plain(one.reason));
    return text + u'\n';
}

QByteArray markdown(const ValidationRun &run, const ReportContext &context)
{
    QString text = u"# Validation of %1\n\n**%2**\n\n| what | value |\n| --- | --- |\n"_s.arg(
        plain(context.environment), plain(report::verdictLine(run)));
    for (const auto &[name, value] : reportFacts(run, context))
        text += u"| %1 | %2 |\n"_s.arg(plain(name), plain(value));
    text += u'\n';
    for (const ValidationBackend &one : run.backends)
        if (!one.present)
            text += u"- %1 is absent: %2\n"_s.arg(plain(one.name), plain(one.reason));
    QList<ValidationCase> failed;
    for (const ValidationCase &one : run.cases)
        if (!one.passed())
            failed.append(one);
    if (!failed.isEmpty())
        text += u"\n## Wrong\n\n"_s + markdownRows(failed);
    text +=
        u"\n## Negative controls\n\n| control | back-end | case | result | rel. L2 |\n| --- | --- | --- | --- | --- |\n"_s;
    for (const NegativeControl &one : run.controls)
        text += u"| %1 | %2 | %3 | %4 | %5 |\n"_s.arg(plain(one.name), plain(one.backend), code(one.caseId),
                                                      one.rejected ? u"rejected"_s : u"**ACCEPTED**"_s,
                                                      report::number(one.relL2));
    text += u'\n' + markdownSpeed(run);
    text += u"<details><summary>All %1 cases</summary>\n\n"_s.arg(run.cases.size()) + markdownRows(run.cases) +
            u"</details>\n"_s;
    return text.toUtf8();
}

QByteArray json(const ValidationRun &run, const ReportContext &context)
{
    QJsonObject object = run.toJson();
    QJsonObject facts;
    for (const auto &[name, value] : context.facts)
        facts.insert(name, value);
    object.insert(u"environment"_s, context.environment);
    object.insert(u"build"_s, context.build);
    object.insert(u"context"_s, facts);
    return QJsonDocument(object).toJson();
}

} // namespace

std::optional<ReportFormat> reportFormatOf(const QString &fileName)
{
    const QString ending = QFileInfo(fileName).suffix().toLower();
    if (ending == u"json")
        return ReportFormat::Json;
    if (ending == u"xml")
        return ReportFormat::JUnit;
    if (ending == u"html" || ending == u"htm")
        return ReportFormat::Html;
    if (ending == u"md" || ending == u"markdown")
        return ReportFormat::Markdown;
    return std::nullopt;
}

QList<std::pair<QString, QString>> runFacts(const ValidationRun &run)
{
    const auto said = [&run](const QString &key) { return run.facts.value(key).toString(); };
    const QString commit = said(u"commit"_s);
    const qint64 seed = run.facts.value(u"seed"_s).toInteger(-1);
    const qint64 threads = run.facts.value(u"threads"_s).toInteger();
    const QString backend = said(u"backend"_s);
    QList<std::pair<QString, QString>> facts{
        {u"back-end"_s, backend.isEmpty() ? QString() : QString(backend + u' ' + said(u"backendVersion"_s))},
        {u"commit"_s, commit + (run.facts.value(u"dirty"_s).toBool() ? u", with changes"_s : QString())},
        {u"library"_s, said(u"librarySha256"_s).left(16)},
        {u"device"_s, said(u"deviceName"_s)},
        {u"driver"_s, said(u"driver"_s)},
        {u"architectures compiled"_s, said(u"cudaArchitectures"_s)},
        {u"compiler"_s, said(u"compiler"_s)},
        {u"instruction set"_s, said(u"instructionSet"_s)},
        {u"CPU"_s, said(u"cpu"_s)},
        {u"threads"_s, threads > 0 ? QString::number(threads) : QString()},
        {u"Python"_s, said(u"python"_s)},
        {u"NumPy"_s, said(u"numpy"_s)},
        {u"suite"_s, said(u"suite"_s).isEmpty() ? QString()
                                                : u"%1 %2, %3"_s.arg(said(u"suite"_s))
                                                      .arg(run.facts.value(u"suiteVersion"_s).toInt())
                                                      .arg(said(u"suiteSha256"_s).left(16))},
        {u"seed"_s, seed < 0 ? QString() : QString::number(seed)},
        {u"started"_s, said(u"started"_s)}};
    facts.removeIf([](const auto &fact) { return fact.second.isEmpty(); });
    return facts;
}

QList<std::pair<QString, QString>> reportFacts(const ValidationRun &run, const ReportContext &context)
{
    QList<std::pair<QString, QString>> facts = context.facts + runFacts(run);
    if (!context.build.isEmpty())
        facts.prepend({u"build"_s, context.build});
    return facts;
}

QByteArray validationReport(const ValidationRun &run, const ReportContext &context, ReportFormat format)
{
    switch (format) {
    case ReportFormat::Json:
        return json(run, context);
    case ReportFormat::JUnit:
        return junit(run, context);
    case ReportFormat::Html:
        return report::html(run, context).toUtf8();
    case ReportFormat::Markdown:
        return markdown(run, context);
    }
    return {};
}

} // namespace kernelyard
