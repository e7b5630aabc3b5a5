// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validationreport.h"
#include "core/validation/validationrun.h"
#include "core/validation/validationscope.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <cmath>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

QByteArray recorded(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/validation/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

const QByteArray runLine = R"({"type":"run","format":1,"cases":1,"seed":7})"
                           "\n";
const QByteArray passLine = R"({"type":"case","id":"a","status":"pass","dtype":"fp32","reasons":[],"relL2":1e-7,)"
                            R"("maxAbs":1e-6,"cosine":1,"worstTile":{"relL2":2e-7},"limit":{"relL2":5e-6,)"
                            R"("maxAbs":3e-5,"tileRelL2":1e-5,"cosine":0.9999},"deterministic":true})"
                            "\n";
const QByteArray rejectedLine =
    R"({"type":"control","name":"zeros","case":"a","status":"rejected","relL2":1,"maxAbs":4,)"
    R"("cosine":0,"worstTile":{"relL2":1},"limit":{"relL2":5e-6},"reasons":["relL2"]})"
    "\n";
const QByteArray verdictLine = R"({"type":"verdict","verdict":"pass","cases":1,"failed":0,"controls":1,"accepted":0,)"
                               R"("seconds":2.5})"
                               "\n";

QByteArray changed(QByteArray text, const QByteArray &from, const QByteArray &to)
{
    return text.replace(from, to);
}

} // namespace

class TestValidationRun : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsARecordedRun()
    {
        const QByteArray lines = recorded(u"quick-pass.jsonl"_s);
        QVERIFY(!lines.isEmpty());
        const auto run = ValidationRun::fromJsonLines(lines);
        QCOMPARE(run.verdict.verdict, Verdict::Pass);
        QCOMPARE(run.verdict.cases, static_cast<int>(lines.count(R"("type": "case")")));
        QCOMPARE(run.verdict.controls, static_cast<int>(lines.count(R"("type": "control")")));
        QVERIFY(run.verdict.cases > 10);
        QVERIFY(run.verdict.controls > 3);
        QCOMPARE(run.verdict.failed, 0);
        QVERIFY(run.verdict.worstRelL2 > 0 && run.verdict.worstRelL2 < 0.01);
        QVERIFY(run.verdict.seconds > 0);
        QCOMPARE(run.facts.value(u"backend"_s).toString(), u"kernelyard_attention"_s);
        const ValidationCase &first = run.cases.first();
        QCOMPARE(first.id, u"fp32-b2-q4-k4-h1-d8"_s);
        QCOMPARE(first.lengthQ, 4);
        QCOMPARE(first.headsKv, 1);
        QVERIFY(first.milliseconds.has_value());
        QVERIFY(first.tileRelL2Limit > 0);
        for (const NegativeControl &control : run.controls)
            QVERIFY2(!control.withinLimits(), qPrintable(control.name));
    }

    void readsARunThatCouldNotBegin()
    {
        const auto run = ValidationRun::fromJsonLines(recorded(u"no-cuda.jsonl"_s));
        QCOMPARE(run.verdict.verdict, Verdict::Incomplete);
        QVERIFY(!run.error.isEmpty());
        QVERIFY(!run.remedy.isEmpty());
    }

    void tellsWhyTheSuiteCouldNotGoOn()
    {
        const QByteArray stopped = changed(verdictLine, "\"verdict\":\"pass\"",
                                           R"("verdict":"fail","stopped":"x broke the GPU.","remedy":"Leave x out.")");
        const auto run = ValidationRun::fromJsonLines(changed(runLine, "\"cases\":1", "\"cases\":9") + passLine +
                                                      rejectedLine + stopped);
        QCOMPARE(run.verdict.verdict, Verdict::Incomplete);
        QCOMPARE(run.stopped, u"x broke the GPU. Leave x out."_s);
        QCOMPARE(run.toJson().value("stopped"_L1).toString(), run.stopped);
        QVERIFY(validationReport(run, {}, ReportFormat::Markdown).contains("x broke the GPU."));
    }

    /// However a recorded run is cut, no part of it passes, and what came before the cut is there.
    void neverPassesWhenCut()
    {
        const QByteArray lines = recorded(u"quick-pass.jsonl"_s);
        qsizetype cases = 0;
        for (qsizetype end = lines.indexOf('\n'); end >= 0; end = lines.indexOf('\n', end + 1)) {
            const auto run = ValidationRun::fromJsonLines(lines.first(end));
            const bool whole = end + 1 == lines.size();
            QCOMPARE(run.verdict.verdict, whole ? Verdict::Pass : Verdict::Incomplete);
            QVERIFY(run.cases.size() >= cases);
            cases = run.cases.size();
            const auto cutInLine = ValidationRun::fromJsonLines(lines.first(end - 1));
            QCOMPARE(cutInLine.verdict.verdict, Verdict::Incomplete);
        }
        QVERIFY(cases > 10);
    }

    void passesOverForeignLines()
    {
        QByteArray noisy = "warning: something\n" + runLine + "[1, 2]\n" + passLine + "{\"type\":\"novel\"}\n" +
                           rejectedLine + QByteArray("\x00\xff{\n\n", 5) + verdictLine + "bye";
        noisy.replace("}\n", "}\r\n");
        QCOMPARE(ValidationRun::fromJsonLines(noisy).verdict.verdict, Verdict::Pass);
    }

    void verdict_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<Verdict>("verdict");
        const QByteArray whole = runLine + passLine + rejectedLine + verdictLine;
        const auto row = [](const char *name, const QByteArray &lines, Verdict verdict) {
            QTest::newRow(name) << lines << verdict;
        };
        row("as the suite says", whole, Verdict::Pass);
        row("nothing", {}, Verdict::Incomplete);
        row("an accepted control voids a pass", changed(whole, "\"rejected\"", "\"accepted\""), Verdict::Void);
        row("an unknown control status is accepted", changed(whole, "\"rejected\"", "\"fine\""), Verdict::Void);
        row("without controls", runLine + passLine + changed(verdictLine, "\"controls\":1", "\"controls\":0"),
            Verdict::Void);
        row("without cases",
            changed(runLine, "\"cases\":1", "\"cases\":0") + rejectedLine +
                changed(verdictLine, "\"cases\":1", "\"cases\":0"),
            Verdict::Incomplete);
        row("a lost case", runLine + rejectedLine + verdictLine, Verdict::Incomplete);
        row("a lost control", runLine + passLine + verdictLine, Verdict::Incomplete);
        row("fewer cases than announced", changed(whole, R"("format":1,"cases":1)", R"("format":1,"cases":2)"),
            Verdict::Incomplete);
        row("a failed case", changed(whole, "\"status\":\"pass\"", "\"status\":\"fail\""), Verdict::Fail);
        row("a case over its limit that claims to pass", changed(whole, "\"relL2\":1e-7", "\"relL2\":1e-3"),
            Verdict::Fail);
        row("a tile over its limit", changed(whole, "\"relL2\":2e-7", "\"relL2\":2e-3"), Verdict::Fail);
        row("a cosine below its limit",
            changed(whole, "\"cosine\":1,\"worstTile\":{\"relL2\":2e-7}",
                    "\"cosine\":0.5,\"worstTile\":{\"relL2\":2e-7}"),
            Verdict::Fail);
        row("a case that is not a number", changed(whole, "\"relL2\":1e-7", "\"relL2\":null"), Verdict::Fail);
        row("a case without limits", changed(whole, "\"limit\":{\"relL2\":5e-6,\"max", "\"x\":{\"relL2\":5e-6,\"max"),
            Verdict::Fail);
        row("a reason on a passed case", changed(whole, "\"reasons\":[]", "\"reasons\":[\"out-of-bounds\"]"),
            Verdict::Fail);
        row("the suite is stricter", changed(whole, "\"verdict\":\"pass\"", "\"verdict\":\"void\""), Verdict::Void);
        row("an unknown verdict", changed(whole, "\"verdict\":\"pass\"", "\"verdict\":\"splendid\""),
            Verdict::Incomplete);
        row("an error after the verdict", whole + R"({"type":"error","message":"m","remedy":"r"})",
            Verdict::Incomplete);
        row("a second run begins anew", whole + runLine + passLine, Verdict::Incomplete);
        row("the second run counts", changed(whole, "\"status\":\"pass\"", "\"status\":\"fail\"") + whole,
            Verdict::Pass);
    }

    void verdict()
    {
        QFETCH(QByteArray, lines);
        const auto run = ValidationRun::fromJsonLines(lines);
        QTEST(run.verdict.verdict, "verdict");
        QCOMPARE(run.toJson().value(u"verdict"_s).toString(), verdictName(run.verdict.verdict));
    }

    void saysWhyARunIsVoid()
    {
        const QByteArray whole = runLine + passLine + rejectedLine + verdictLine;
        const auto reason = [](const QByteArray &lines) {
            return voidReason(ValidationRun::fromJsonLines(lines).verdict);
        };
        QCOMPARE(reason(changed(whole, "\"rejected\"", "\"accepted\"")),
                 u"1 of 1 negative controls passed, and none may"_s);
        QCOMPARE(reason(runLine + passLine), u"no negative control has run"_s);
        QVERIFY(ValidationRun::fromJsonLines(whole).verdict.unproven.isEmpty());
        const QByteArray other = changed(passLine, "\"dtype\":\"fp32\"", "\"dtype\":\"bf16\",\"backend\":\"torch\"");
        QCOMPARE(
            reason(runLine + passLine + changed(other, "\"id\":\"a\"", "\"id\":\"b\"") + rejectedLine + verdictLine),
            u"no negative control ran for torch bf16"_s);
        // A control may be made of a case that was not asked for: its name begins with the type.
        QVERIFY(ValidationRun::fromJsonLines(changed(whole, "\"case\":\"a\"", "\"case\":\"fp32-b1\""))
                    .verdict.unproven.isEmpty());
        QCOMPARE(reason(changed(whole, "\"verdict\":\"pass\"", "\"verdict\":\"void\"")), u"the suite itself says so"_s);
    }

    void aScopeIsReadFromArguments()
    {
        QVERIFY(ValidationScope::of({}).isWhole());
        QCOMPARE(ValidationScope::of({}).text(), QString());
        const auto quick = ValidationScope::of({u"--quick"_s, u"--against"_s, u"HEAD~1"_s});
        QVERIFY(quick.isWhole());
        QCOMPARE(quick.text(), u"quick against HEAD~1"_s);
        const auto part = ValidationScope::of({u"--case"_s, u"a"_s, u"--case"_s, u"b"_s, u"--backend"_s, u"torch"_s});
        QVERIFY(!part.isWhole());
        QCOMPARE(part.text(), u"2 cases with torch"_s);
        QVERIFY(!ValidationScope::of({u"--backend"_s, u"torch"_s}).isWhole());
    }

    /// The place of the worst tile and whether two calls agreed are kept from the lines to the export.
    void keepsWhereACaseIsWorst()
    {
        const auto run = ValidationRun::fromJsonLines(recorded(u"stale-accumulator.jsonl"_s));
        const QJsonArray exported = run.toJson().value(u"cases"_s).toArray();
        QCOMPARE(exported.size(), run.cases.size());
        for (qsizetype i = 0; i < run.cases.size(); ++i) {
            const ValidationCase &one = run.cases[i];
            QVERIFY2(one.tile, qPrintable(one.id));
            QVERIFY(one.tile->batch < one.batch && one.tile->head < one.heads);
            QVERIFY(one.tile->rows > 0 && one.tile->firstRow + one.tile->rows <= one.lengthQ);
            QCOMPARE(one.deterministic, std::optional(true));
            const QJsonObject json = exported[i].toObject();
            QCOMPARE(json.value(u"worstTile"_s).toObject().value(u"firstQuery"_s).toInt(-1), one.tile->firstRow);
            QCOMPARE(json.value(u"worstTile"_s).toObject().value(u"relL2"_s).toDouble(), one.tileRelL2);
            QCOMPARE(json.value(u"deterministic"_s), QJsonValue(true));
        }
        QVERIFY(run.controls.first().tile);
        QVERIFY(
            ValidationRun::fromJsonLines(recorded(u"several.jsonl"_s)).cases.first().gigabytesPerSecond.value_or(0) >
            0);

        Measures measures;
        QCOMPARE(tilePlace(measures), QString());
        measures.tile = {0, 1, 64, 64};
        measures.tensor = u"out"_s;
        QCOMPARE(tilePlace(measures), u"batch 0, head 1, queries 64 to 127"_s);
        measures.tensor = u"dk"_s;
        QCOMPARE(tilePlace(measures), u"dk, batch 0, head 1, keys 64 to 127"_s);
    }

    void keepsHowACaseWasComputed()
    {
        const QByteArray line =
            changed(passLine, R"("status")", R"("operator":"fa3F@2.8","groups":"repeated","status")");
        const ValidationRun run = ValidationRun::fromJsonLines(runLine + line + rejectedLine + verdictLine);
        QCOMPARE(howComputed(run.cases.value(0)), u"fa3F@2.8, heads repeated"_s);
        const QJsonObject json = run.toJson().value(u"cases"_s).toArray().first().toObject();
        QCOMPARE(json.value(u"operator"_s).toString(), u"fa3F@2.8"_s);
        QCOMPARE(json.value(u"groups"_s).toString(), u"repeated"_s);

        const ValidationRun silent = ValidationRun::fromJsonLines(runLine + passLine + rejectedLine + verdictLine);
        QCOMPARE(howComputed(silent.cases.value(0)), QString());
        QVERIFY(!silent.toJson().value(u"cases"_s).toArray().first().toObject().contains(u"operator"_s));
    }

    void exportsWhatItRead()
    {
        const auto run = ValidationRun::fromJsonLines(runLine + changed(passLine, "\"relL2\":1e-7", "\"relL2\":null") +
                                                      rejectedLine + verdictLine);
        QVERIFY(std::isnan(run.verdict.worstRelL2));
        const QJsonObject json = QJsonDocument::fromJson(QJsonDocument(run.toJson()).toJson()).object();
        QCOMPARE(json.value(u"format"_s).toInt(), 1);
        QCOMPARE(json.value(u"run"_s).toObject().value(u"seed"_s).toInt(), 7);
        QCOMPARE(json.value(u"summary"_s).toObject().value(u"failed"_s).toInt(), 1);
        const QJsonObject first = json.value(u"cases"_s).toArray().at(0).toObject();
        QVERIFY(first.value(u"relL2"_s).isNull());
        QCOMPARE(first.value(u"passed"_s).toBool(true), false);
        QCOMPARE(first.value(u"limit"_s).toObject().value(u"relL2"_s).toDouble(), 5e-6);
        QCOMPARE(json.value(u"controls"_s).toArray().at(0).toObject().value(u"status"_s).toString(), u"rejected"_s);
    }
};

QTEST_GUILESS_MAIN(TestValidationRun)
#include "tst_validationrun.moc"
