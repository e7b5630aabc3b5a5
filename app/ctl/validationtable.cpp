// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/validationtable.h"

#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/validation/validationreport.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

/// What a container wrote, in a cell.
static QString cellText(const QString &words)
{
    constexpr qsizetype columns = 60;
    const QString line = harmless(words.section(u'\n', 0, 0, QString::SectionSkipEmpty));
    return line.size() <= columns ? line : QString(line.left(columns - 2) + u" …");
}

QString verdictSentence(const ValidationVerdict &verdict)
{
    return u"%1: %2 of %3 cases passed, worst relative L2 %4, %5 of %6 controls rejected, %7 s"_s
        .arg(verdictName(verdict.verdict))
        .arg(verdict.cases - verdict.failed)
        .arg(verdict.cases)
        .arg(report::number(verdict.worstRelL2))
        .arg(verdict.controls - verdict.accepted)
        .arg(verdict.controls)
        .arg(verdict.seconds, 0, 'f', 1);
}

static void printSpeed(Console &console, const ValidationRun &run)
{
    if (run.speeds.isEmpty())
        return;
    Table table({u"timed"_s, u"back-end"_s, u"ms"_s, u"95 %"_s, u"TFLOP/s"_s, u"GB/s"_s, u"of peak"_s});
    for (const SpeedFigure &one : run.speeds)
        table.add(
            {{harmless(one.caseId)},
             {harmless(one.backend)},
             {QString::number(one.milliseconds, 'f', 3), Style::Plain, true},
             {u"%1 to %2"_s.arg(one.low, 0, 'f', 3).arg(one.high, 0, 'f', 3), Style::Dim, true},
             {QString::number(one.tflops, 'g', 3), Style::Plain, true},
             {QString::number(one.gigabytesPerSecond, 'g', 3), Style::Plain, true},
             {one.ofListedPeak ? u"%1 %"_s.arg(*one.ofListedPeak * 100, 0, 'f', 0) : u"–"_s, Style::Plain, true}});
    table.print(console);
    console.out(u"Timed by %1; medians of %2 samples."_s.arg(harmless(run.speeds.first().clock))
                    .arg(run.speeds.first().samples));
    for (const SpeedComparison &one : run.comparisons)
        console.out(u"  %1: %2"_s.arg(harmless(one.caseId), harmless(one.sentence)));
    console.out({});
}

void printValidation(Console &console, const ValidationRun &run)
{
    if (!run.error.isEmpty()) {
        console.error({ErrorKind::Failed, u"The validation could not run: "_s + run.error, {}, run.remedy});
        return;
    }
    Table cases({u"case"_s, u"back-end"_s, u"result"_s, u"relative L2"_s, u"limit"_s, u"max abs"_s, u"1 − cosine"_s,
                 u"ms"_s, u"gflop/s"_s});
    for (const ValidationCase &one : run.cases) {
        const bool passed = one.passed();
        const QString why = one.message.isEmpty() ? one.reasons.join(u", "_s) : one.message;
        cases.add(
            {{harmless(one.id)},
             {harmless(report::backend(one))},
             passed ? Cell{u"pass"_s, Style::Good} : Cell{QString(u"FAIL "_s + cellText(why)).trimmed(), Style::Bad},
             {report::number(one.relL2), Style::Plain, true},
             {report::number(one.relL2Limit), Style::Dim, true},
             {report::number(one.maxAbs), Style::Plain, true},
             {report::number(1 - one.cosine), Style::Plain, true},
             {one.milliseconds ? QString::number(*one.milliseconds, 'f', 3) : u"–"_s, Style::Plain, true},
             {one.gflops ? QString::number(*one.gflops, 'f', 2) : u"–"_s, Style::Plain, true}});
    }
    cases.print(console);
    for (const ValidationCase &one : run.cases)
        if (const QString place = tilePlace(one); !one.passed() && !place.isEmpty())
            console.out(u"  %1, %2: worst at %3, relative L2 %4 of %5"_s.arg(harmless(one.id), harmless(one.backend),
                                                                             place, report::number(one.tileRelL2),
                                                                             report::number(one.tileRelL2Limit)));
    for (const ValidationCase &one : run.cases) // whole, where the table had no room for it
        if (const QString words = harmless(one.message); !one.passed() && words != cellText(one.message)) {
            console.out(u"  %1, %2:"_s.arg(harmless(one.id), harmless(one.backend)));
            for (const QString &line : words.split(u'\n'))
                console.out(u"    "_s + line);
        }
    console.out({});
    Table controls({u"control"_s, u"back-end"_s, u"applied to"_s, u"result"_s, u"relative L2"_s, u"seen by"_s});
    for (const NegativeControl &control : run.controls)
        controls.add({{harmless(control.name)},
                      {harmless(control.backend)},
                      {harmless(control.caseId)},
                      control.rejected ? Cell{u"rejected"_s, Style::Good} : Cell{u"ACCEPTED"_s, Style::Bad},
                      {report::number(control.relL2), Style::Plain, true},
                      {cellText(control.message.isEmpty() ? control.reasons.join(u", "_s) : control.message)}});
    controls.print(console);
    console.out({});
    printSpeed(console, run);
    for (const ValidationBackend &one : run.backends)
        if (!one.present)
            console.out(u"%1 is absent: %2"_s.arg(harmless(one.name), harmless(one.reason)));
    const Style verdictStyle = style(run.verdict.verdict);
    console.out(console.styled(verdictStyle, u"Validation "_s + verdictSentence(run.verdict), Channel::Out));
    if (run.verdict.verdict == Verdict::Void)
        console.out(u"This run can't be trusted: %1."_s.arg(harmless(voidReason(run.verdict))));
    if (run.verdict.verdict == Verdict::Incomplete)
        console.out(run.stopped.isEmpty() ? u"The run ended before its verdict."_s : harmless(run.stopped));
}

} // namespace kernelyard::ctl
