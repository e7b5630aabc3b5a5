// SPDX-License-Identifier: GPL-3.0-or-later
// The builds page's timeline, estimate and "Why was this not cached?", beside its steps and log.
#include "tests/ui/builds/preparedbuilds.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/steplist.h"
#include "ui/builds/timeline.h"
#include "ui/builds/timelinecard.h"
#include "ui/builds/whybox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QApplication>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestBuildTimeline : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void estimatesFromEarlierBuilds();
    void timelineAndStepsStayInStep();
    void enterShowsTheStepsOwnLog();
    void saysWhyAStepWasNotCached();
    void saysWhyItCannotTell();

private:
    void open(const PreparedBuilds::Build &build);
    bool says(const QString &text) const;
    BuildDetail *detail() const { return m_page->detail(); }
    Timeline *timeline() const { return detail()->timelineCard()->timeline(); }

    std::unique_ptr<PreparedBuilds> m_builds;
    std::unique_ptr<BuildsPage> m_page;
};

void TestBuildTimeline::initTestCase()
{
    QApplication::setStyle(new Style);
    QApplication::setPalette(Theme::of(Shade::Dark).palette());
}

void TestBuildTimeline::init()
{
    m_builds = std::make_unique<PreparedBuilds>();
    m_page = std::make_unique<BuildsPage>(m_builds->sources());
    m_page->resize(1080, 800);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void TestBuildTimeline::cleanup()
{
    m_page.reset();
    m_builds.reset();
}

void TestBuildTimeline::open(const PreparedBuilds::Build &build)
{
    m_builds->add(build);
    m_page->refreshBuilds();
    m_page->showBuild(build.summary.id);
    m_builds->tell(build.summary.id);
}

bool TestBuildTimeline::says(const QString &text) const
{
    for (const Label *label : detail()->findChildren<Label *>())
        if (label->text().contains(text) && label->isVisibleTo(detail()))
            return true;
    return false;
}

void TestBuildTimeline::estimatesFromEarlierBuilds()
{
    m_builds->earlier = PreparedBuilds::earlierBuilds(2);
    open(PreparedBuilds::running(412));
    QTRY_COMPARE(m_builds->earlierAsked, QList<BuildId>({BuildId(412)}));
    QTRY_VERIFY(says(u"no estimate yet"_s)); // two are too few
    QVERIFY(!detail()->timeLeft());
    m_builds->earlier = PreparedBuilds::earlierBuilds(9);
    open(PreparedBuilds::running(413));
    QTRY_VERIFY(detail()->timeLeft().has_value());
    QCOMPARE(detail()->timeLeft()->builds, 9);
    QVERIFY(says(u"from 9 earlier builds"_s));
    QVERIFY(says(u"P50 · "_s) && says(u" P90"_s));
    QVERIFY(says(u"51 of 73 units"_s));
    QVERIFY(says(u"attention_fwd_hdim128_bf16.cpp"_s));
    QVERIFY(detail()->timeLeft()->p90 >= detail()->timeLeft()->p50);

    // Nine that took equally long: one figure says it.
    m_builds->earlier = QList<EarlierBuild>(9, PreparedBuilds::earlierBuilds(1).first());
    open(PreparedBuilds::running(414));
    QTRY_VERIFY(detail()->timeLeft().has_value() && detail()->timeLeft()->p50 == detail()->timeLeft()->p90);
    QVERIFY(!says(u"P50"_s) && !says(u"P90"_s));
}

void TestBuildTimeline::timelineAndStepsStayInStep()
{
    open(PreparedBuilds::done(1));
    const int bar = timeline()->timeline().barOfStep(2);
    QVERIFY(bar >= 0);
    timeline()->chooseBar(bar);
    QCOMPARE(detail()->stepList()->currentStep(), 2);
    QCOMPARE(detail()->pane()->view()->currentStep(), 2);
    detail()->stepList()->setFocus();
    QTest::keyClick(detail()->stepList(), Qt::Key_Down);
    QCOMPARE(timeline()->currentStep(), detail()->stepList()->currentStep());
    const QModelIndex row = detail()->steps().index(detail()->steps().rowOfStep(2));
    QCOMPARE(row.data(StepModel::CriticalRole).toBool(), timeline()->timeline().criticalSteps.contains(2));
}

void TestBuildTimeline::enterShowsTheStepsOwnLog()
{
    open(PreparedBuilds::done(1));
    timeline()->setFocus();
    timeline()->chooseBar(timeline()->timeline().barOfStep(2));
    QTest::keyClick(timeline(), Qt::Key_Return);
    QTRY_VERIFY(detail()->pane()->view()->hasFocus());
    QCOMPARE(detail()->pane()->view()->currentStep(), 2);
}

void TestBuildTimeline::saysWhyAStepWasNotCached()
{
    open(PreparedBuilds::done(1));
    timeline()->chooseBar(timeline()->timeline().barOfStep(2)); // of the layer wheels
    QCOMPARE(detail()->why()->askAction()->text(), u"Why was wheels 2 not cached?"_s);
    detail()->why()->askAction()->trigger();
    QTRY_COMPARE(m_builds->whyAsked, QList<int>({2}));
    QTRY_VERIFY(detail()->why()->answerText().startsWith(u"A file that it copies changed"));
    QVERIFY(detail()->why()->answerText().contains(u"src/attention_fwd.cpp changed"));
    timeline()->chooseBar(timeline()->timeline().barOfStep(0)); // of the base image, no layer
    QVERIFY(!detail()->why()->askAction()->isVisible());
    QCOMPARE(detail()->why()->answerText(), QString());
}

void TestBuildTimeline::saysWhyItCannotTell()
{
    open(PreparedBuilds::done(1));
    m_builds->refusal = Error{ErrorKind::NotFound, u"The journal of build #0001 is gone."_s, {}, {}};
    timeline()->chooseBar(timeline()->timeline().barOfStep(2));
    detail()->why()->askAction()->trigger();
    QTRY_COMPARE(detail()->why()->answerText(), u"The journal of build #0001 is gone."_s);
}

QTEST_MAIN(TestBuildTimeline)
#include "tst_buildtimeline.moc"
