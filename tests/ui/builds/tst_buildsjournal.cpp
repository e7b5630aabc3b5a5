// SPDX-License-Identifier: GPL-3.0-or-later
// The builds page on real journals: written as a runner writes them, followed as the window follows them.
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/journalwriter.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A runner's hand: plan, lock and journal of one build.
class Writer
{
public:
    Writer(const Paths &paths, int number)
    {
        m_folder.path = paths.builds() % u'/' % BuildId(number).folderName();
        QDir().mkpath(m_folder.path);
        Plan plan;
        plan.environment = u"starter"_s;
        plan.purpose = u"build"_s;
        plan.created = QDateTime::currentDateTimeUtc();
        plan.tasks = {{u"builder"_s,
                       TaskKind::Layer,
                       u"Layer builder"_s,
                       {u"podman"_s, {u"build"_s}, {}, {}},
                       OutputFormat::Podman,
                       {},
                       {}}};
        QFile file(m_folder.plan());
        isWritten = file.open(QIODevice::WriteOnly) && file.write(plan.toJson()) > 0;
        auto lock = BuildLock::take(m_folder.lock());
        isWritten = isWritten && lock.has_value() && m_journal.create(m_folder.path).has_value();
        if (lock)
            m_lock = std::move(*lock);
        put(Opened{QDateTime::currentDateTimeUtc(), 1, u"test"_s});
        put(TaskStarted{0, 1});
    }

    template <class Fact>
    void put(Fact fact)
    {
        m_at += 1ms;
        isWritten = isWritten && m_journal.append({m_at, std::move(fact)}).has_value() && m_journal.flush().has_value();
    }
    void output(const QByteArray &bytes) { put(Output{0, Stream::Out, bytes}); }
    void die() { m_lock.reset(); } ///< as a killed runner does: the lock goes, nothing is closed

    bool isWritten = false;

private:
    BuildFolder m_folder;
    std::optional<BuildLock> m_lock;
    JournalWriter m_journal;
    BuildTime m_at = 0us;
};

} // namespace

class TestBuildsJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }
    void init();
    void cleanup();
    void followsALiveBuildToItsEnd();
    void showsABuildCutOff();
    void cancelReachesTheBuildsFolder();
    void savesTheLogWhole();

private:
    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    std::unique_ptr<BuildStore> m_store;
    std::unique_ptr<BuildsPage> m_page;
};

void TestBuildsJournal::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->path();
    m_paths.cache = m_home->path() + u"/cache";
    QVERIFY(QDir().mkpath(m_paths.builds()));
    m_store = std::make_unique<BuildStore>(m_paths);
    m_page = std::make_unique<BuildsPage>(BuildSources::real(m_paths, m_store.get(), u"/nonexistent"_s));
    connect(m_store.get(), &BuildStore::buildsChanged, m_page.get(), &BuildsPage::refreshBuilds);
    m_page->resize(1080, 800);
    m_page->show();
    m_store->refresh();
}

void TestBuildsJournal::cleanup()
{
    m_page.reset();
    m_store.reset();
}

void TestBuildsJournal::followsALiveBuildToItsEnd()
{
    Writer writer(m_paths, 1);
    writer.output("STEP 1/2: FROM base\nSTEP 2/2: RUN make\ncc -c a.c\ncopied  50%\rcopied 100%\rcopied");
    QVERIFY(writer.isWritten);
    m_store->refresh();
    QTRY_COMPARE(m_page->openBuild(), BuildId(1));
    const BuildDetail *detail = m_page->detail();
    QTRY_VERIFY(detail->steps().runningStep() >= 0);
    QTRY_VERIFY(detail->log().count() >= 2);
    const LogView *view = detail->pane()->view();
    QTRY_COMPARE(view->textOfLine(detail->log().count() - 1), u"copied 100%"_s);
    writer.output(" it all\na.c:1:2: error: x\n"); // the begun line grows
    QTRY_COMPARE(view->textOfLine(detail->log().count() - 2), u"copied it all"_s);
    QTRY_COMPARE(detail->log().firstError(-1), detail->log().count() - 1);
    writer.put(TaskExited{0, 1});
    writer.put(Closed{Outcome::Failed, {}});
    QTRY_COMPARE(detail->status(), BuildStatus::Failed);
    QTRY_COMPARE(view->caretLine(), detail->log().firstError(-1));
    m_store->refresh();
    QTRY_COMPARE(m_page->count(), 0);
    QCOMPARE(m_page->openBuild(), BuildId(1)); // still to be read
}

void TestBuildsJournal::showsABuildCutOff()
{
    Writer writer(m_paths, 3);
    writer.output("STEP 1/1: RUN make\ncc -c a.c\n");
    m_store->refresh();
    QTRY_COMPARE(m_page->openBuild(), BuildId(3));
    QTRY_VERIFY(m_page->detail()->log().count() > 0);
    writer.die();
    QTRY_COMPARE_WITH_TIMEOUT(m_page->detail()->status(), BuildStatus::Interrupted, 15000);
    QVERIFY(m_page->detail()->report().contains(u"cut off"_s));
}

void TestBuildsJournal::cancelReachesTheBuildsFolder()
{
    const BuildSources sources = BuildSources::real(m_paths, m_store.get(), {});
    const Result<void> unknown = sources.cancel(BuildId(9));
    QVERIFY(!unknown);
    QCOMPARE(unknown.error().kind, ErrorKind::NotFound);
}

void TestBuildsJournal::savesTheLogWhole()
{
    Writer writer(m_paths, 2);
    QByteArray text;
    for (int i = 0; i < 5000; ++i)
        text += "line \x1b[31m" + QByteArray::number(i) + "\xff\n";
    writer.output("STEP 1/1: RUN seq\n" + text);
    m_store->refresh();
    QTRY_COMPARE(m_page->openBuild(), BuildId(2));
    QTRY_VERIFY(m_page->detail()->log().count() >= 5000);
    const QString file = m_home->path() + u"/saved.log"_s;
    m_page->writeLog(file);
    QTRY_VERIFY(QFile::exists(file));
    QFile saved(file);
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QVERIFY(saved.readAll().endsWith(text));
}

QTEST_MAIN(TestBuildsJournal)
#include "tst_buildsjournal.moc"
