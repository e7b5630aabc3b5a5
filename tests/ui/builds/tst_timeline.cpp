// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/timeline.h"
#include "ui/builds/timelinelayout.h"

#include <QAccessible>
#include <QElapsedTimer>
#include <QImage>
#include <QPainter>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestTimeline : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { qRegisterMetaType<int>(); }
    void oneLaneForEachTask();
    void parallelStepsGetLanes();
    void shortStepsShareALane();
    void cachedStepsAreMarks();
    void expectedSteps();
    void endedBuildsEndTheAxis();
    void damagedJournal();
    void neighbours();
    void ticks();
    void clickChooses();
    void keysMove();
    void theCurrentStepIsInView();
    void barsAreAccessible();
    void usageIsSaidAsItIs();
    void tenThousandSteps();

private:
    static Plan plan()
    {
        Plan made;
        for (const QString &name : {u"wheels"_s, u"builder"_s, u"dev"_s}) {
            Task task;
            task.name = name;
            task.title = u"Layer "_s + name;
            made.tasks.append(task);
        }
        return made;
    }
    static Step step(int task, const QString &name, StepStatus status, std::optional<BuildTime> from = {},
                     std::optional<BuildTime> to = {})
    {
        Step made;
        made.task = task;
        made.key = made.name = name;
        made.status = status;
        made.started = from;
        made.ended = to;
        return made;
    }
    static QList<Step> steps()
    {
        return {step(0, u"FROM base"_s, StepStatus::Cached), step(0, u"RUN apt"_s, StepStatus::Done, 0s, 30s),
                step(1, u"RUN git"_s, StepStatus::Done, 30s, 50s), step(1, u"RUN pip"_s, StepStatus::Running, 50s),
                step(1, u"RUN later"_s, StepStatus::Waiting)};
    }
    static Estimate someEstimate()
    {
        Estimate made;
        made.builds = 9;
        made.p50 = 60s;
        made.p90 = 120s;
        made.expected = {{1, 3, u"RUN pip"_s, 100s, 140s}, {2, -1, u"RUN link"_s, 140s, 160s}};
        return made;
    }
    static std::unique_ptr<Timeline> shown()
    {
        auto timeline = std::make_unique<Timeline>();
        timeline->resize(800, 260);
        timeline->setBuild(plan(), steps(), BuildStatus::Running, BuildClock{QDateTime::currentDateTimeUtc(), {}},
                           100s);
        timeline->setEstimate(someEstimate());
        timeline->show();
        return timeline;
    }
};

void TestTimeline::oneLaneForEachTask()
{
    const auto layout = TimelineLayout::make(plan(), steps(), BuildStatus::Running, 100s, {});
    QCOMPARE(layout.lanes.size(), 3); // also of a task that has not begun
    QCOMPARE(layout.bars.size(), 3);
    QCOMPARE(layout.bars[0].lane, 0);
    QCOMPARE(layout.bars[2].lane, 1);
    QCOMPARE(layout.bars[2].kind, TimelineBar::Kind::Running);
    QCOMPARE(layout.bars[2].to, BuildTime(100s)); // now
    QVERIFY(layout.end > 100s);
}

void TestTimeline::parallelStepsGetLanes()
{
    const QList<Step> parallel{step(0, u"a"_s, StepStatus::Done, 0s, 30s), step(0, u"b"_s, StepStatus::Done, 10s, 40s),
                               step(0, u"c"_s, StepStatus::Done, 30s, 50s),
                               step(1, u"d"_s, StepStatus::Failed, 50s, 60s)};
    const auto layout = TimelineLayout::make(plan(), parallel, BuildStatus::Failed, 60s, {});
    QCOMPARE(layout.lanes.size(), 3); // none for the task that never began
    QVERIFY(layout.lanes[0].isFirst && !layout.lanes[1].isFirst && layout.lanes[2].isFirst);
    QCOMPARE(layout.bars[layout.barOfStep(0)].lane, 0);
    QCOMPARE(layout.bars[layout.barOfStep(1)].lane, 1);
    QCOMPARE(layout.bars[layout.barOfStep(2)].lane, 0);
    QCOMPARE(layout.bars[layout.barOfStep(3)].kind, TimelineBar::Kind::Failed);
    for (qsizetype i = 1; i < layout.bars.size(); ++i)
        QVERIFY(layout.bars[i - 1].lane <= layout.bars[i].lane);
}

void TestTimeline::shortStepsShareALane()
{
    const QList<Step> parallel{step(0, u"a"_s, StepStatus::Done, 0s, 600s),
                               step(0, u"[internal] b"_s, StepStatus::Done, 10s, 10s + 5ms)};
    QCOMPARE(TimelineLayout::make(plan(), parallel, BuildStatus::Done, 600s, {}).lanes.size(), 1);
    QCOMPARE(TimelineLayout::make(plan(), {}, BuildStatus::Failed, 1s, {}).lanes.size(), 3); // nothing ran at all
}

void TestTimeline::cachedStepsAreMarks()
{
    const auto layout = TimelineLayout::make(plan(), steps(), BuildStatus::Running, 100s, {});
    QCOMPARE(layout.lanes[0].cached, QList<int>({0}));
    QCOMPARE(layout.barOfStep(0), -1);
}

void TestTimeline::expectedSteps()
{
    const auto layout = TimelineLayout::make(plan(), steps(), BuildStatus::Running, 100s, someEstimate());
    QCOMPARE(layout.bars.size(), 5);
    QCOMPARE(layout.lanes.size(), 3); // the rest of a step stands in its lane
    QCOMPARE(layout.bars[layout.barOfStep(3)].kind, TimelineBar::Kind::Running);
    QVERIFY(layout.end >= 220s); // P90
    QVERIFY(!layout.path.isEmpty());
    QVERIFY(layout.path.last().isExpected);
    QCOMPARE(layout.path.last().to, BuildTime(160s));
    QCOMPARE(layout.criticalSteps, QList<int>({1, 2, 3}));
}

void TestTimeline::endedBuildsEndTheAxis()
{
    QList<Step> ended = steps();
    ended[3].status = StepStatus::Failed;
    ended[3].ended = 99s;
    const auto layout = TimelineLayout::make(plan(), ended, BuildStatus::Cancelled, 100s, someEstimate());
    QCOMPARE(layout.end, BuildTime(100s));
    QCOMPARE(layout.bars.size(), 3);                               // nothing is expected of it
    QCOMPARE(layout.bars.last().kind, TimelineBar::Kind::Stopped); // it did not fail: it was ended
}

void TestTimeline::damagedJournal()
{
    const QList<Step> odd{step(7, u"of no task"_s, StepStatus::Done, 0s, 1s),
                          step(-1, u"neither"_s, StepStatus::Done, 0s, 1s),
                          step(0, u"ends before it began"_s, StepStatus::Done, 9s, 1s)};
    const auto layout = TimelineLayout::make(plan(), odd, BuildStatus::Done, 10s, {});
    QCOMPARE(layout.bars.size(), 1);
    QVERIFY(layout.bars[0].to >= layout.bars[0].from);
}

void TestTimeline::neighbours()
{
    const auto layout = TimelineLayout::make(plan(), steps(), BuildStatus::Running, 100s, {});
    using D = TimelineLayout::Direction;
    QCOMPARE(layout.neighbour(-1, D::Right), 0);
    QCOMPARE(layout.neighbour(0, D::Right), 0); // the only one of its lane
    QCOMPARE(layout.neighbour(0, D::Down), 1);
    QCOMPARE(layout.neighbour(1, D::Right), 2);
    QCOMPARE(layout.neighbour(2, D::Left), 1);
    QCOMPARE(layout.neighbour(2, D::Up), 0);
    QCOMPARE(layout.neighbour(2, D::Down), 2); // the lane below is empty
    QCOMPARE(TimelineLayout().neighbour(0, D::Left), -1);
    QCOMPARE(layout.barAt(1, 40s, 0s), 1);
    QCOMPARE(layout.barAt(0, 40s, 1s), -1);
    QCOMPARE(layout.barAt(0, 31s, 2s), 0);
}

void TestTimeline::ticks()
{
    QCOMPARE(tickDistance(0s), BuildTime(1s));
    QCOMPARE(tickDistance(61s), BuildTime(2min));
    QCOMPARE(tickDistance(40h), BuildTime(48h));
    for (BuildTime end = 0s; end < 3h; end += 97s) {
        QVERIFY(roundedEnd(end) > end);
        QVERIFY(roundedEnd(end) <= end + std::max<BuildTime>(end / 4, 2s) + 1s);
    }
}

void TestTimeline::clickChooses()
{
    const auto timeline = shown();
    QSignalSpy chosen(timeline.get(), &Timeline::stepChosen);
    QSignalSpy activated(timeline.get(), &Timeline::stepActivated);
    const QPoint at = timeline->barRect(timeline->timeline().barOfStep(2)).center();
    QTest::mouseClick(timeline->viewport(), Qt::LeftButton, {}, at);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toInt(), 2);
    QCOMPARE(timeline->currentStep(), 2);
    QTest::mouseDClick(timeline->viewport(), Qt::LeftButton, {}, at);
    QCOMPARE(activated.size(), 1);
    QTest::mouseClick(timeline->viewport(), Qt::LeftButton, {}, {timeline->width() - 3, 3});
    QCOMPARE(timeline->currentStep(), 2); // nothing is there
}

void TestTimeline::keysMove()
{
    const auto timeline = shown();
    QSignalSpy chosen(timeline.get(), &Timeline::stepChosen);
    QSignalSpy activated(timeline.get(), &Timeline::stepActivated);
    timeline->setCurrentStep(1);
    QTest::keyClick(timeline.get(), Qt::Key_Down);
    QCOMPARE(timeline->currentStep(), 2);
    QTest::keyClick(timeline.get(), Qt::Key_Right);
    QCOMPARE(timeline->currentStep(), 3);
    QTest::keyClick(timeline.get(), Qt::Key_Up);
    QCOMPARE(timeline->currentStep(), 1);
    QCOMPARE(chosen.size(), 3);
    QTest::keyClick(timeline.get(), Qt::Key_Return);
    QCOMPARE(activated.size(), 1);
    QCOMPARE(activated[0][0].toInt(), 1);
}

void TestTimeline::theCurrentStepIsInView()
{
    Plan many = plan();
    QList<Step> ran;
    for (int i = 0; i < 9; ++i) {
        many.tasks.append(many.tasks.last());
        ran << step(i, u"RUN %1"_s.arg(i), i == 8 ? StepStatus::Failed : StepStatus::Done, i * 10s, (i + 1) * 10s);
    }
    Timeline timeline;
    timeline.resize(800, 150);
    timeline.setBuild(many, ran, BuildStatus::Failed, BuildClock{QDateTime::currentDateTimeUtc(), {}}, 90s);
    timeline.setCurrentStep(8);
    timeline.show();
    const auto isInView = [&](int at) {
        const QRect bar = timeline.barRect(timeline.timeline().barOfStep(at));
        return bar.top() > 0 && bar.bottom() < timeline.viewport()->height() * 2 / 3; // above the memory
    };
    QTRY_VERIFY(isInView(8));
    QVERIFY(!isInView(0));
    timeline.setCurrentStep(0);
    QTRY_VERIFY(isInView(0));
    timeline.resize(800, 140);
    QTRY_VERIFY(isInView(0));
}

void TestTimeline::barsAreAccessible()
{
    const auto timeline = shown();
    QAccessibleInterface *access = QAccessible::queryAccessibleInterface(timeline.get());
    QVERIFY(access);
    QCOMPARE(access->childCount(), 5);
    QAccessibleInterface *bar = access->child(timeline->timeline().barOfStep(3));
    QVERIFY(bar);
    QCOMPARE(bar->text(QAccessible::Name), u"builder, RUN pip, running, 0:50, on the critical path"_s);
    QCOMPARE(bar->parent(), access);
    QVERIFY(!bar->rect().isEmpty());
    QCOMPARE(access->childAt(bar->rect().center().x(), bar->rect().center().y()), bar);
    bar->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(timeline->currentStep(), 3);
    QVERIFY(bar->state().selected);
    QVERIFY(!access->child(99));
}

void TestTimeline::usageIsSaidAsItIs()
{
    const auto timeline = shown();
    QCOMPARE(timeline->usageDescription(), u"no sample yet"_s);
    timeline->addSamples({{10s, 1LL << 30, 5s}, {11s, 3LL << 30, 6s}},
                         {SampledFrom::What::Processes, CgroupMode::V1, 8LL << 30});
    QVERIFY2(timeline->usageDescription().startsWith(u"Peak memory 3.0 GiB. Limit 8.0 GiB."),
             qPrintable(timeline->usageDescription()));
    QVERIFY(timeline->usageDescription().contains(u"counts for each"));
    timeline->setCpuShown(true);
    QVERIFY(!timeline->grab().isNull());
    timeline->clear();
    timeline->setBuild(plan(), {}, BuildStatus::Done, {}, 1s);
    QVERIFY(timeline->usageDescription().contains(u"unknown"));
}

/// All of it in one test, for its sizes: what is drawn and said stays right with ten thousand steps.
void TestTimeline::tenThousandSteps()
{
    QList<Step> many;
    for (int i = 0; i < 10'000; ++i)
        many.append(step(i % 3, u"RUN step %1"_s.arg(i), i % 50 ? StepStatus::Done : StepStatus::Cached, i * 1s,
                         i * 1s + 1s + (i % 7) * 1s));
    Timeline timeline;
    timeline.resize(900, 300);
    timeline.setBuild(plan(), many, BuildStatus::Done, BuildClock{QDateTime::currentDateTimeUtc(), {}}, 10'010s);
    QElapsedTimer clock;
    clock.start();
    const qsizetype bars = timeline.timeline().bars.size();
    const qint64 layoutMs = clock.restart();
    QCOMPARE(bars, 10'000 - 200);
    const QImage image = timeline.grab().toImage();
    qInfo("layout %lld ms, painting %lld ms, %lld lanes", layoutMs, clock.elapsed(),
          qint64(timeline.timeline().lanes.size()));
    QCOMPARE(image.width(), 900);
    QVERIFY(timeline.barDescription(timeline.timeline().barOfStep(9'999)).contains(u"RUN step 9999"));
}

QTEST_MAIN(TestTimeline)
#include "tst_timeline.moc"
