// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/plan.h"

#include <QJsonDocument>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

static Plan examplePlan()
{
    Plan plan;
    plan.environment = u"starter"_s;
    plan.purpose = u"setup"_s;
    plan.engine.kind = EngineKind::Podman;
    plan.engine.program = u"/usr/bin/podman"_s;
    plan.engine.globalArguments = {u"--runtime"_s, u"runc"_s};
    plan.choices = {{u"arch"_s, u"9.0"_s}};
    plan.created = QDateTime::fromMSecsSinceEpoch(1'790'000'000'123, Qt::UTC);
    plan.tasks = {{u"builder"_s,
                   TaskKind::Layer,
                   u"The layer “builder”"_s,
                   {u"/usr/bin/podman"_s, {u"build"_s, u"a b"_s}, u"/tmp"_s, {{u"A"_s, u"ü"_s}}},
                   OutputFormat::Podman,
                   u"localhost/x:latest"_s,
                   {}},
                  {u"validate"_s,
                   TaskKind::Validation,
                   u"Validation"_s,
                   {u"podman"_s, {u"run"_s}, {}, {}},
                   OutputFormat::Plain,
                   {},
                   {u"ky-1"_s, u"ky-2"_s}}};
    return plan;
}

class TestPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void survivesJson();
    void saysWhereItIsWrong_data();
    void saysWhereItIsWrong();
};

void TestPlan::survivesJson()
{
    const Plan plan = examplePlan();
    const auto back = Plan::fromJson(plan.toJson(), u"plan.json"_s);
    QVERIFY2(back, back ? "" : qPrintable(back.error().message));
    QCOMPARE(back->toJson(), plan.toJson());
    QCOMPARE(back->environment, plan.environment);
    QCOMPARE(back->choices, plan.choices);
    QCOMPARE(back->created, plan.created);
    QCOMPARE(back->engine.globalArguments, plan.engine.globalArguments);
    QCOMPARE(back->tasks.size(), 2);
    QCOMPARE(back->tasks.at(0).command, plan.tasks.at(0).command);
    QCOMPARE(back->tasks.at(0).format, OutputFormat::Podman);
    QCOMPARE(back->tasks.at(0).image, plan.tasks.at(0).image);
    QCOMPARE(back->tasks.at(1).kind, TaskKind::Validation);
    QCOMPARE(back->tasks.at(1).containers, plan.tasks.at(1).containers);
}

void TestPlan::saysWhereItIsWrong_data()
{
    QTest::addColumn<QByteArray>("from");
    QTest::addColumn<QByteArray>("to");
    QTest::addColumn<QString>("message");
    QTest::newRow("a later version") << QByteArray("\"version\": 1") << QByteArray("\"version\": 2")
                                     << u"p.json: expected 1 at “version”, found 2."_s;
    QTest::newRow("an unknown kind")
        << QByteArray("\"validation\"") << QByteArray("\"dance\"")
        << u"p.json: expected one of base, layer, fork, validation, transfer, container at “tasks[1].kind”, found \"dance\"."_s;
    QTest::newRow("a number for a text") << QByteArray("\"starter\"") << QByteArray("7")
                                         << u"p.json: expected a text at “environment”, found 7."_s;
    QTest::newRow("an argument that is no text")
        << QByteArray("\"a b\"") << QByteArray("null")
        << u"p.json: expected a text at “tasks[0].command.arguments[1]”, found null."_s;
    QTest::newRow("no program") << QByteArray("\"program\": \"podman\"") << QByteArray("\"programme\": \"podman\"")
                                << u"p.json: expected a text at “tasks[1].command.program”, found nothing."_s;
    QTest::newRow("no time") << QByteArray("2026-09-21T") << QByteArray("yesterday")
                             << u"p.json: expected a time such as 2026-01-31T12:00:00Z at “created”"_s;
    QTest::newRow("a lone choice") << QByteArray("\"9.0\"") << QByteArray("\"9.0\", \"x\"")
                                   << u"p.json: expected a name and a value at “choices[0]”"_s;
    QTest::newRow("no JSON") << QByteArray("\"choices\": [") << QByteArray("\"choices\": [,")
                             << u"p.json:2:17: not JSON"_s;
}

void TestPlan::saysWhereItIsWrong()
{
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, to);
    QFETCH(QString, message);
    QByteArray json = examplePlan().toJson();
    const QByteArray whole = json;
    json.replace(from, to);
    QVERIFY2(json != whole, whole.constData());
    const auto plan = Plan::fromJson(json, u"p.json"_s);
    QVERIFY(!plan);
    QCOMPARE(plan.error().kind, ErrorKind::Invalid);
    QCOMPARE(plan.error().message.left(message.size()), message);
    QVERIFY(!plan.error().remedy.isEmpty());
}

QTEST_GUILESS_MAIN(TestPlan)
#include "tst_plan.moc"
