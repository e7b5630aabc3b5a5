// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildfilter.h"

#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestBuildFilter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void finds_data();
    void finds();
    void readsDays_data();
    void readsDays();
};

static QList<BuildSummary> builds()
{
    BuildSummary one;
    one.id = BuildId(412);
    one.environment = u"xformers"_s;
    one.purpose = u"setup"_s;
    one.engine = u"Podman 4.3.1"_s;
    one.status = BuildStatus::Failed;
    one.started = QDate(2026, 3, 12).startOfDay();
    one.branch = u"feature/bf16"_s;
    one.failure = u"The layer builder failed: ninja stopped."_s;
    one.steps = {u"FROM base"_s, u"RUN make -j4"_s};
    BuildSummary other = one;
    other.id = BuildId(413);
    other.environment = u"starter"_s;
    other.engine = u"Docker 28.2.2"_s;
    other.status = BuildStatus::Done;
    other.started = QDate(2026, 3, 13).startOfDay().addSecs(86399);
    other.branch.clear();
    other.failure.clear();
    BuildSummary queued;
    queued.id = BuildId(414);
    queued.environment = u"starter"_s;
    queued.started = QDate(2026, 3, 14).startOfDay();
    return {queued, other, one};
}

void TestBuildFilter::finds_data()
{
    QTest::addColumn<BuildFilter>("filter");
    QTest::addColumn<QList<int>>("numbers");
    const auto text = [](const QString &words) { return BuildFilter{words, {}, {}, {}, {}}; };
    QTest::newRow("nothing asked") << BuildFilter() << QList{414, 413, 412};
    QTest::newRow("spaces alone") << text(u"  "_s) << QList{414, 413, 412};
    QTest::newRow("the number") << text(u"#0412"_s) << QList{412};
    QTest::newRow("the environment") << text(u"xform"_s) << QList{412};
    QTest::newRow("the engine") << text(u"docker"_s) << QList{413};
    QTest::newRow("the branch") << text(u"BF16"_s) << QList{412};
    QTest::newRow("a step") << text(u"make"_s) << QList{413, 412};
    QTest::newRow("the failure") << text(u"ninja"_s) << QList{412};
    QTest::newRow("words in different places") << text(u"starter make"_s) << QList{413};
    QTest::newRow("one word that is nowhere") << text(u"make nowhere"_s) << QList<int>();
    QTest::newRow("by status") << BuildFilter{{}, {BuildStatus::Done, BuildStatus::Queued}, {}, {}, {}}
                               << QList{414, 413};
    QTest::newRow("by environment, whole") << BuildFilter{{}, {}, u"start"_s, {}, {}} << QList<int>();
    QTest::newRow("since a day") << BuildFilter{{}, {}, {}, QDate(2026, 3, 13), {}} << QList{414, 413};
    QTest::newRow("until a day, its last second too")
        << BuildFilter{{}, {}, {}, {}, QDate(2026, 3, 13)} << QList{413, 412};
    QTest::newRow("one day") << BuildFilter{{}, {}, {}, QDate(2026, 3, 13), QDate(2026, 3, 13)} << QList{413};
    QTest::newRow("all at once") << BuildFilter{u"make"_s, {BuildStatus::Failed}, u"xformers"_s, QDate(2026, 1, 1), {}}
                                 << QList{412};
}

void TestBuildFilter::finds()
{
    QFETCH(BuildFilter, filter);
    QList<int> numbers;
    for (const BuildSummary &build : filtered(builds(), filter))
        numbers << build.id.number();
    QTEST(numbers, "numbers");
}

void TestBuildFilter::readsDays_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QDate>("day");
    QTest::newRow("a date") << u"2026-03-12"_s << QDate(2026, 3, 12);
    QTest::newRow("today") << u"today"_s << QDate(2026, 3, 14);
    QTest::newRow("yesterday") << u"yesterday"_s << QDate(2026, 3, 13);
    QTest::newRow("days ago") << u"14d"_s << QDate(2026, 2, 28);
    QTest::newRow("no day") << u"2026-02-30"_s << QDate();
    QTest::newRow("words") << u"last week"_s << QDate();
    QTest::newRow("no number") << u"d"_s << QDate();
    QTest::newRow("nothing") << u""_s << QDate();
}

void TestBuildFilter::readsDays()
{
    QFETCH(QString, text);
    QTEST(dayFromText(text, QDate(2026, 3, 14)), "day");
}

QTEST_GUILESS_MAIN(TestBuildFilter)
#include "tst_buildfilter.moc"
