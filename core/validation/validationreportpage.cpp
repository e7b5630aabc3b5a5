// SPDX-License-Identifier: GPL-3.0-or-later
// The report as one page of HTML, which loads nothing from elsewhere.
#include "core/validation/validationreport.h"

using namespace Qt::StringLiterals;

namespace kernelyard::report {

namespace {

constexpr auto style = R"(
:root { color-scheme: light dark; --line: #d9dde4; --bad: #b3261e; --good: #1a7439; --muted: #545d6c; }
@media (prefers-color-scheme: dark) { :root { --line: #2d333d; --bad: #ff8f86; --good: #6ccb8b; --muted: #a3abb8; } }
body { font: 14px system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; margin: 1em 0; }
th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid var(--line); }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); } .muted { color: var(--muted); }
)";

/// One row; cells that begin with a digit or a minus are numbers.
QString row(const QStringList &cells, const QString &kind = u"td"_s)
{
    QString text = u"<tr>"_s;
    for (const QString &one : cells) {
        const bool isNumber = kind == u"td" && !one.isEmpty() && (one.at(0).isDigit() || one.at(0) == u'-');
        text += u'<' + kind + (isNumber ? u" class=\"n\">"_s : u">"_s) + one + u"</"_s + kind + u'>';
    }
    return text + u"</tr>\n"_s;
}

QString mark(bool good, const QString &goodWord, const QString &badWord)
{
    return good ? u"<span class=\"good\">✓ %1</span>"_s.arg(goodWord)
                : u"<span class=\"bad\">✗ %1</span>"_s.arg(badWord);
}

QString casesTable(const ValidationRun &run)
{
    QString text =
        u"<h2>Cases</h2>\n<table>\n"_s + row({u"result"_s, u"back-end"_s, u"type"_s, u"B×H×Lq×Lk×D"_s, u"rel. L2"_s,
                                              u"limit"_s, u"max abs."_s, u"cosine"_s, u"ms"_s, u"why"_s},
                                             u"th"_s);
    const auto add = [&text](const ValidationCase &one) {
        text += row({mark(one.passed(), u"pass"_s, u"fail"_s), backend(one).toHtmlEscaped(), one.dtype.toHtmlEscaped(),
                     shape(one).toHtmlEscaped(), number(one.relL2), number(one.relL2Limit), number(one.maxAbs),
                     QString::number(one.cosine, 'g', 9),
                     one.milliseconds ? QString::number(*one.milliseconds, 'g', 4) : u"–"_s, why(one).toHtmlEscaped()});
    };
    for (const bool passed : {false, true}) // what is wrong comes first
        for (const ValidationCase &one : run.cases)
            if (one.passed() == passed)
                add(one);
    return text + u"</table>\n"_s;
}

QString speedTable(const ValidationRun &run)
{
    if (run.speeds.isEmpty() && run.untimed.isEmpty())
        return {};
    const QString clock = run.speeds.isEmpty() ? u"nothing"_s : run.speeds.first().clock.toHtmlEscaped();
    QString text =
        u"<h2>Speed</h2>\n<p class=\"muted\">Median and its 95 % interval, timed by %1.</p>\n<table>\n"_s.arg(clock) +
        row({u"case"_s, u"back-end"_s, u"ms"_s, u"from"_s, u"to"_s, u"TFLOP/s"_s, u"GB/s"_s, u"of listed peak"_s,
             u"of measured peak"_s, u"MiB"_s, u"MHz"_s, u"°C"_s, u"throttled"_s},
            u"th"_s);
    for (const SpeedFigure &one : run.speeds)
        text += row({one.caseId.toHtmlEscaped(), one.backend.toHtmlEscaped(), QString::number(one.milliseconds, 'g', 4),
                     QString::number(one.low, 'g', 4), QString::number(one.high, 'g', 4),
                     QString::number(one.tflops, 'g', 3), QString::number(one.gigabytesPerSecond, 'g', 3),
                     share(one.ofListedPeak), share(one.ofMeasuredPeak), mebibytes(one.peakBytes), span(one.clocksMHz),
                     span(one.temperatures), throttled(one).toHtmlEscaped()});
    text += u"</table>\n<ul>\n"_s;
    for (const SpeedComparison &one : run.comparisons)
        text += u"<li>%1: %2</li>\n"_s.arg(one.caseId.toHtmlEscaped(), one.sentence.toHtmlEscaped());
    for (const SkippedCase &one : run.untimed)
        text += u"<li>%1: %2 was not timed: %3</li>\n"_s.arg(one.id.toHtmlEscaped(), one.backend.toHtmlEscaped(),
                                                             one.reason.toHtmlEscaped());
    return text + u"</ul>\n"_s;
}

QString controlsTable(const ValidationRun &run)
{
    QString text = u"<h2>Negative controls</h2>\n<table>\n"_s +
                   row({u"result"_s, u"control"_s, u"back-end"_s, u"case"_s, u"rel. L2"_s}, u"th"_s);
    for (const NegativeControl &one : run.controls)
        text += row({mark(one.rejected, u"rejected"_s, u"accepted"_s), one.name.toHtmlEscaped(),
                     one.backend.toHtmlEscaped(), one.caseId.toHtmlEscaped(), number(one.relL2)});
    return text + u"</table>\n"_s;
}

} // namespace

QString html(const ValidationRun &run, const ReportContext &context)
{
    const bool good = run.verdict.verdict == Verdict::Pass;
    QString text = u"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Validation of %1</title>\n"
                   "<style>%2</style></head><body>\n<h1>Validation of %1</h1>\n<p>%3</p>\n<table>\n"_s.arg(
                       context.environment.toHtmlEscaped(), QLatin1StringView(style),
                       mark(good, verdictLine(run).toHtmlEscaped(), verdictLine(run).toHtmlEscaped()));
    for (const auto &[name, value] : reportFacts(run, context))
        text += row({name.toHtmlEscaped(), value.toHtmlEscaped()});
    text += u"</table>\n"_s;
    for (const ValidationBackend &one : run.backends)
        if (!one.present)
            text += u"<p class=\"muted\">%1 is absent: %2</p>\n"_s.arg(one.name.toHtmlEscaped(),
                                                                       one.reason.toHtmlEscaped());
    return text + casesTable(run) + controlsTable(run) + speedTable(run) + u"</body></html>\n"_s;
}

} // namespace kernelyard::report
