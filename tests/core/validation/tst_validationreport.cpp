// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validationcomparison.h"
#include "core/validation/validationreport.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

QByteArray recorded(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/validation/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

ValidationRun run(const QString &name)
{
    return ValidationRun::fromJsonLines(recorded(name));
}

ReportContext context()
{
    return {u"starter <&>"_s,
            u"#0412"_s,
            QDateTime(QDate(2026, 3, 4), QTime(5, 6, 7), Qt::UTC),
            {{u"engine"_s, u"Podman | 4.3.1"_s}, {u"image"_s, u"dev of build #0410"_s}}};
}

struct Junit
{
    int suites = 0, cases = 0, failures = 0, errors = 0, skipped = 0;
    int announcedTests = 0, announcedFailures = 0, announcedErrors = 0, announcedSkipped = 0;
    QHash<QString, QString> properties;
    bool wellFormed = false;
};

Junit read(const QByteArray &text)
{
    Junit found;
    QXmlStreamReader xml(text);
    while (!xml.atEnd()) {
        if (!(xml.readNext() == QXmlStreamReader::StartElement))
            continue;
        const QXmlStreamAttributes attributes = xml.attributes();
        if (xml.name() == u"testsuite") {
            ++found.suites;
            found.announcedTests += attributes.value(u"tests"_s).toInt();
            found.announcedFailures += attributes.value(u"failures"_s).toInt();
            found.announcedErrors += attributes.value(u"errors"_s).toInt();
            found.announcedSkipped += attributes.value(u"skipped"_s).toInt();
        } else if (xml.name() == u"testcase") {
            ++found.cases;
        } else if (xml.name() == u"failure") {
            ++found.failures;
        } else if (xml.name() == u"error") {
            ++found.errors;
        } else if (xml.name() == u"skipped") {
            ++found.skipped;
        } else if (xml.name() == u"property") {
            found.properties.insert(attributes.value(u"name"_s).toString(), attributes.value(u"value"_s).toString());
        }
    }
    found.wellFormed = !xml.hasError();
    return found;
}

} // namespace

class TestValidationReport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsARunOfSeveralBackends()
    {
        const QByteArray lines = recorded(u"backends.jsonl"_s);
        const ValidationRun one = ValidationRun::fromJsonLines(lines);
        QCOMPARE(one.verdict.verdict, Verdict::Pass);
        QStringList present, absent;
        for (const ValidationBackend &backend : one.backends) {
            (backend.present ? present : absent).append(backend.name);
            QCOMPARE(backend.reason.isEmpty(), backend.present);
        }
        QCOMPARE(present, (QStringList{u"torch-flash"_s, u"torch-math"_s, u"kernelyard_attention"_s}));
        QVERIFY(absent.contains(u"sageattention"_s));
        QCOMPARE(one.skipped.size(), lines.count(R"("type": "skip")"));
        QCOMPARE(one.speeds.size(), lines.count(R"("type": "speed")"));
        QCOMPARE(one.comparisons.size(), lines.count(R"("type": "comparison")"));
        QVERIFY(!one.speeds.isEmpty() && !one.comparisons.isEmpty() && !one.skipped.isEmpty());
        for (const SpeedFigure &speed : one.speeds) {
            QVERIFY(speed.low <= speed.milliseconds && speed.milliseconds <= speed.high);
            QCOMPARE(speed.clock, u"wall clock"_s);
            QVERIFY(speed.tflops > 0 && speed.length > 0 && !speed.ofListedPeak);
        }
        int backward = 0, biased = 0, varlen = 0;
        for (const ValidationCase &test : one.cases) {
            backward += test.backward;
            biased += test.mask == u"bias";
            varlen += test.varlen;
            QVERIFY(present.contains(test.backend));
        }
        QVERIFY(backward > 0 && biased > 0 && varlen > 0);
        const QJsonObject json = one.toJson();
        QCOMPARE(json.value(u"skipped"_s).toArray().size(), one.skipped.size());
        QCOMPARE(json.value(u"speed"_s).toArray().size(), one.speeds.size());
    }

    void whatWasNotTimedIsNotLeftOut()
    {
        const ValidationRun one = ValidationRun::fromJsonLines(
            recorded(u"backends.jsonl"_s) +
            "{\"type\": \"untimed\", \"id\": \"x\", \"backend\": \"torch-math\", \"reason\": \"too <large>\"}\n");
        QCOMPARE(one.untimed.size(), 1);
        QCOMPARE(one.toJson().value(u"untimed"_s).toArray().at(0)[u"backend"_s].toString(), u"torch-math"_s);
        QVERIFY(validationReport(one, context(), ReportFormat::Markdown).contains("torch-math was not timed: too "));
        QVERIFY(validationReport(one, context(), ReportFormat::Html)
                    .contains("x: torch-math was not timed: too &lt;large&gt;"));
    }

    void readsWhatTheGpuSaidBesideASample()
    {
        const QJsonObject line =
            QJsonDocument::fromJson(
                R"({"type":"speed","id":"x","ms":1,"throttled":1,"ofListedPeak":0.61,"peakBytes":4096,"gpu":[
                {"clockMHz":1755,"temperatureC":61,"throttle":[]},
                {"clockMHz":1410,"temperatureC":64,"throttle":["power cap","power brake"]}]})")
                .object();
        const SpeedFigure speed = SpeedFigure::fromJson(line);
        QCOMPARE(speed.clocksMHz, (QList<double>{1755, 1410}));
        QCOMPARE(speed.temperatures, (QList<double>{61, 64}));
        QCOMPARE(speed.throttleReasons, (QStringList{u"power cap"_s, u"power brake"_s}));
        QCOMPARE(speed.throttled, 1);
        QCOMPARE(speed.ofListedPeak, 0.61);
        QCOMPARE(speed.peakBytes, 4096);
        QCOMPARE(speed.toJson().value(u"peakBytes"_s).toDouble(), 4096);
    }

    void aCaseOfOldHasTheRunsBackend()
    {
        const ValidationRun old = run(u"pass.jsonl"_s);
        QCOMPARE(old.cases.first().backend, u"kernelyard_attention"_s);
        QCOMPARE(old.controls.first().backend, u"kernelyard_attention"_s);
    }

    void formatsAreKnownByTheirEnding()
    {
        QCOMPARE(reportFormatOf(u"/x/a.JSON"_s), ReportFormat::Json);
        QCOMPARE(reportFormatOf(u"a.xml"_s), ReportFormat::JUnit);
        QCOMPARE(reportFormatOf(u"a.htm"_s), ReportFormat::Html);
        QCOMPARE(reportFormatOf(u"a.b.md"_s), ReportFormat::Markdown);
        QVERIFY(!reportFormatOf(u"a.tar.gz"_s));
        QVERIFY(!reportFormatOf(u"-"_s));
    }

    void junitCountsWhatItLists_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<bool>("trouble");
        QTest::newRow("all right") << u"backends.jsonl"_s << false;
        QTest::newRow("wrong numbers") << u"stale-accumulator.jsonl"_s << true;
        QTest::newRow("void") << u"mask-off-by-one.jsonl"_s << true;
        QTest::newRow("could not run") << u"no-cuda.jsonl"_s << true;
    }

    void junitCountsWhatItLists()
    {
        QFETCH(QString, file);
        QFETCH(bool, trouble);
        const ValidationRun one = run(file);
        const Junit found = read(validationReport(one, context(), ReportFormat::JUnit));
        QVERIFY(found.wellFormed);
        QCOMPARE(found.suites, 2);
        QCOMPARE(found.cases, found.announcedTests);
        QCOMPARE(found.failures, found.announcedFailures);
        QCOMPARE(found.errors, found.announcedErrors);
        QCOMPARE(found.skipped, found.announcedSkipped);
        QCOMPARE(found.skipped, int(one.skipped.size()));
        QCOMPARE(found.failures + found.errors > 0, trouble);
        QCOMPARE(found.properties.value(u"engine"_s), u"Podman | 4.3.1"_s);
        if (one.error.isEmpty())
            QCOMPARE(found.properties.value(u"seed"_s), QString::number(one.facts.value(u"seed"_s).toInteger()));
    }

    /// A back-end that had no control to reject leaves none accepted either.
    void aVoidRunIsNeverGreen()
    {
        ValidationRun one = run(u"backends.jsonl"_s);
        one.verdict.verdict = Verdict::Void;
        QCOMPARE(one.verdict.accepted, 0);
        const Junit found = read(validationReport(one, context(), ReportFormat::JUnit));
        QCOMPARE(found.errors, 1);
        QCOMPARE(found.announcedErrors, 1);
        QCOMPARE(found.cases, found.announcedTests);
    }

    void controlCharactersMakeNoBadXml()
    {
        ValidationRun one = run(u"stale-accumulator.jsonl"_s);
        one.cases.first().status = u"error"_s;
        one.cases.first().message = u"a\x1b[31mred\x00thing]]> <&"_s;
        const QByteArray text = validationReport(one, context(), ReportFormat::JUnit);
        QVERIFY(read(text).wellFormed);
        QVERIFY(!text.contains('\x1b'));
    }

    void htmlIsOnePageThatEscapes()
    {
        ValidationRun one = run(u"stale-accumulator.jsonl"_s);
        one.cases.first().status = u"error"_s;
        one.cases.first().message = u"<script>alert(1)</script>"_s;
        const QString text = QString::fromUtf8(validationReport(one, context(), ReportFormat::Html));
        QVERIFY(text.startsWith(u"<!DOCTYPE html>"));
        QVERIFY(!text.contains(u"<script"));
        QVERIFY(text.contains(u"&lt;script&gt;"));
        QVERIFY(text.contains(u"Validation of starter &lt;&amp;&gt;"));
        QVERIFY(!text.contains(u"http"));
        // wrong cases come before the right ones
        QVERIFY(text.indexOf(u"✗ fail"_s) < text.indexOf(u"✓ pass"_s));
        QCOMPARE(text.count(u"<tr>"_s), text.count(u"</tr>"_s));
    }

    void markdownIsForABugReport()
    {
        const ValidationRun one = run(u"stale-accumulator.jsonl"_s);
        const QString text = QString::fromUtf8(validationReport(one, context(), ReportFormat::Markdown));
        QVERIFY(text.contains(u"**fail: "_s));
        QVERIFY(text.contains(u"| engine | Podman \\| 4.3.1 |"_s));
        QVERIFY(text.contains(u"## Wrong"_s));
        QCOMPARE(text.count(u"**FAIL**"_s), 2 * one.verdict.failed); // in "Wrong" and in the table of all
        QVERIFY(!QString::fromUtf8(validationReport(run(u"backends.jsonl"_s), context(), ReportFormat::Markdown))
                     .contains(u"## Wrong"_s));
    }

    void everyReportSaysWhereACaseIsWorst_data()
    {
        QTest::addColumn<ReportFormat>("format");
        QTest::newRow("JUnit") << ReportFormat::JUnit;
        QTest::newRow("HTML") << ReportFormat::Html;
        QTest::newRow("Markdown") << ReportFormat::Markdown;
    }

    void everyReportSaysWhereACaseIsWorst()
    {
        QFETCH(ReportFormat, format);
        const ValidationRun one = run(u"stale-accumulator.jsonl"_s);
        const QString text = QString::fromUtf8(validationReport(one, context(), format));
        const auto wrong = std::ranges::find(one.cases, false, &ValidationCase::passed);
        QVERIFY(wrong != one.cases.end());
        QVERIFY2(text.contains(u"; worst at "_s + tilePlace(*wrong)), qPrintable(text.left(4000)));
        QVERIFY(!QString::fromUtf8(validationReport(run(u"pass.jsonl"_s), context(), format)).contains(u"worst at"_s));
    }

    void everyReportSaysHowACaseWasComputed_data() { everyReportSaysWhereACaseIsWorst_data(); }

    void everyReportSaysHowACaseWasComputed()
    {
        QFETCH(ReportFormat, format);
        ValidationRun one = run(u"stale-accumulator.jsonl"_s);
        const auto wrong = std::ranges::find(one.cases, false, &ValidationCase::passed);
        QVERIFY(wrong != one.cases.end());
        wrong->operatorName = u"fa2F@2.5.7-pt"_s;
        wrong->groups = u"repeated"_s;
        const QString words = u"attention (fa2F@2.5.7-pt, heads repeated)"_s;
        QVERIFY(QString::fromUtf8(validationReport(one, context(), format)).contains(words));
        wrong->operatorName.clear();
        wrong->groups = u"native"_s; // nothing to say
        QVERIFY(!QString::fromUtf8(validationReport(one, context(), format)).contains(u"attention ("_s));
    }

    void everyReportSaysHowTheGpuFared_data()
    {
        QTest::addColumn<ReportFormat>("format");
        QTest::newRow("HTML") << ReportFormat::Html;
        QTest::newRow("Markdown") << ReportFormat::Markdown;
    }

    void everyReportSaysHowTheGpuFared()
    {
        QFETCH(ReportFormat, format);
        ValidationRun one = run(u"backends.jsonl"_s);
        SpeedFigure &timed = one.speeds.first();
        timed.samples = 21;
        timed.clocksMHz = {1755, 1700, 1740};
        timed.temperatures = {64, 64, 64};
        timed.throttled = 2;
        timed.throttleReasons = {u"power cap"_s};
        timed.ofMeasuredPeak = 0.61;
        timed.peakBytes = 135 * 512 * 1024;
        const QString text = QString::fromUtf8(validationReport(one, context(), format));
        for (const QString &word :
             {u"1700 to 1755"_s, u"64"_s, u"2 of 21: power cap"_s, u"61 %"_s, u"67.5"_s, u"unknown"_s})
            QVERIFY2(text.contains(word), qPrintable(word));
    }

    void jsonHoldsTheContext()
    {
        const QJsonObject json =
            QJsonDocument::fromJson(validationReport(run(u"pass.jsonl"_s), context(), ReportFormat::Json)).object();
        QCOMPARE(json.value(u"build"_s).toString(), u"#0412"_s);
        QCOMPARE(json.value(u"context"_s).toObject().value(u"image"_s).toString(), u"dev of build #0410"_s);
        QCOMPARE(json.value(u"cases"_s).toArray().size(), 71);
    }

    void comparesWhatGotWrong()
    {
        const ValidationRun good = run(u"quick-pass.jsonl"_s);
        ValidationRun bad = run(u"stale-accumulator.jsonl"_s);
        bad.facts.insert(u"commit"_s, u"0123456789abcdef"_s);
        ReportContext later = context();
        later.facts[1].second = u"dev of build #0413"_s;
        const auto made = ValidationComparison::of(good, context(), bad, later);
        QCOMPARE(made.count(CaseChange::Wrong), bad.verdict.failed);
        QCOMPARE(made.count(CaseChange::Added) + made.count(CaseChange::Gone), 0);
        QVERIFY(made.cases.first().change == CaseChange::Wrong);
        QVERIFY(made.facts.contains(FactChange{u"image"_s, u"dev of build #0410"_s, u"dev of build #0413"_s}));
        QVERIFY2(made.sentence().startsWith(u"20 got wrong"_s), qPrintable(made.sentence()));
        static const QRegularExpression commits(u"commit [0-9a-f]{12} → [0-9a-f]{12}[,.]"_s);
        QVERIFY2(made.sentence().contains(commits), qPrintable(made.sentence()));
        const auto back = ValidationComparison::of(bad, later, good, context());
        QCOMPARE(back.count(CaseChange::Mended), bad.verdict.failed);
        const auto none = ValidationComparison::of(good, context(), good, context());
        QCOMPARE(none.sentence(), u"No result changed; made with the same."_s);
        QCOMPARE(none.sameCases, int(good.cases.size()));
        QVERIFY(none.cases.isEmpty() && none.facts.isEmpty());
    }

    void comparesTheSpeedByIntervals()
    {
        const ValidationRun before = run(u"backends.jsonl"_s);
        ValidationRun after = before;
        QVERIFY(after.speeds.size() >= 2);
        for (double *value : {&after.speeds[0].milliseconds, &after.speeds[0].low, &after.speeds[0].high})
            *value *= 3;
        after.speeds[1].milliseconds = after.speeds[1].high; // within what the median is known by
        const auto made = ValidationComparison::of(before, {}, after, {});
        QCOMPARE(made.speeds.size(), before.speeds.size());
        QVERIFY(made.speeds.first().slower);
        QCOMPARE(made.speeds.first().caseId, before.speeds[0].caseId);
        QCOMPARE(std::ranges::count(made.speeds, true, &SpeedChange::slower), 1);
        QCOMPARE(std::ranges::count(made.speeds, true, &SpeedChange::faster), 0);
        QVERIFY(made.sentence().contains(u"1 got slower"_s));
        QCOMPARE(made.toJson().value(u"speed"_s).toArray().first().toObject().value(u"word"_s).toString(), u"slower"_s);
    }

    void littleDifferencesAreNoise()
    {
        ValidationRun before = run(u"backends.jsonl"_s);
        for (SpeedFigure &one : before.speeds)
            one.throttled = 0;
        const auto slowed = [&before](double by) {
            ValidationRun after = before;
            for (SpeedFigure &one : after.speeds)
                for (double *value : {&one.milliseconds, &one.low, &one.high})
                    *value *= by;
            return after;
        };
        for (SpeedFigure &one : before.speeds) // known to a thousandth
            one.low = one.high = one.milliseconds;
        const auto slower = [&before](const ValidationRun &after) {
            return std::ranges::count(ValidationComparison::of(before, {}, after, {}).speeds, true,
                                      &SpeedChange::slower);
        };
        QCOMPARE(slower(slowed(1.02)), 0);
        QCOMPARE(slower(slowed(1.05)), before.speeds.size());
        ValidationRun hot = slowed(1.05);
        for (SpeedFigure &one : hot.speeds)
            one.throttled = 1;
        QCOMPARE(slower(hot), 0);

        before.cases = {before.cases.first()};
        ValidationRun after = before;
        before.cases[0].relL2 = 0;
        after.cases[0].relL2 = after.cases[0].relL2Limit * 0.01;
        QCOMPARE(ValidationComparison::of(before, {}, after, {}).count(CaseChange::LessExact), 0);
        after.cases[0].relL2 = after.cases[0].relL2Limit * 0.5;
        QCOMPARE(ValidationComparison::of(before, {}, after, {}).count(CaseChange::LessExact),
                 after.cases[0].passed() ? 1 : 0);
    }

    void aRunThatCantBeTrustedIsNamedFirst()
    {
        const ValidationRun good = run(u"quick-pass.jsonl"_s);
        ValidationRun voided = good;
        voided.verdict.verdict = Verdict::Void;
        const auto made = ValidationComparison::of(good, {}, voided, {});
        QVERIFY2(made.sentence().startsWith(u"The second run is void. No result changed"_s),
                 qPrintable(made.sentence()));
        QCOMPARE(made.toJson().value(u"firstVerdict"_s).toString(), u"pass"_s);
        QCOMPARE(made.toJson().value(u"secondVerdict"_s).toString(), u"void"_s);
        const auto cut = ValidationComparison::of(run(u"no-cuda.jsonl"_s), {}, good, {});
        QVERIFY2(cut.sentence().startsWith(u"The first run was cut off. The runs have no case in common"_s),
                 qPrintable(cut.sentence()));
    }

    void runsOfAnotherScopeAreNotMadeWithTheSame()
    {
        const ValidationRun one = run(u"quick-pass.jsonl"_s);
        ReportContext whole, quick;
        whole.facts = {{u"scope"_s, u"all of the suite"_s}};
        quick.facts = {{u"scope"_s, u"quick"_s}};
        QVERIFY(
            ValidationComparison::of(one, whole, one, quick).sentence().contains(u"scope all of the suite → quick"_s));
        ValidationRun threads = one;
        threads.facts.insert(u"threads"_s, 16);
        QVERIFY(ValidationComparison::of(one, {}, threads, {}).sentence().contains(u"threads 2 → 16"_s));
    }

    void markdownKeepsEveryLetter()
    {
        ValidationRun wrong = run(u"stale-accumulator.jsonl"_s);
        for (ValidationCase &one : wrong.cases)
            if (!one.passed()) {
                one.message = u"operator<< of <Tensor>\r\nwants a*b_c `x`"_s;
                one.id = u"a|b`c"_s;
                break;
            }
        const QByteArray text = validationReport(wrong, context(), ReportFormat::Markdown);
        QVERIFY2(text.contains(R"(operator&lt;&lt; of &lt;Tensor&gt;  wants a\*b\_c \`x\`)"), text.constData());
        QVERIFY(text.contains(R"(| `a\|b c` |)"));
        QVERIFY(text.contains("| build | #0412 |"));
    }

    void casesThatCameOrWentAreNamed()
    {
        const ValidationRun whole = run(u"quick-pass.jsonl"_s);
        ValidationRun part = whole;
        part.cases.removeLast();
        part.cases.first().relL2 = whole.cases.first().relL2Limit * 0.5;
        const auto made = ValidationComparison::of(whole, {}, part, {});
        QCOMPARE(made.count(CaseChange::Gone), 1);
        QCOMPARE(made.count(CaseChange::LessExact), part.cases.first().passed() ? 1 : 0);
        QVERIFY2(made.sentence().contains(u"1 not run"_s), qPrintable(made.sentence()));
        part.cases.first() = whole.cases.first();
        part.facts.insert(u"driver"_s, u"590.12"_s);
        const auto back = ValidationComparison::of(part, {}, whole, {});
        QCOMPARE(back.count(CaseChange::Added), 1);
        QCOMPARE(back.sentence(), u"No result changed, 1 new; not the same: driver 590.12 → –."_s);
    }
};

QTEST_GUILESS_MAIN(TestValidationReport)
#include "tst_validationreport.moc"
