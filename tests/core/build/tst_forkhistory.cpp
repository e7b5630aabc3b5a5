// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/forkhistory.h"
#include "core/build/planner.h"
#include "tests/core/build/writtenbuild.h"

#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <vector>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestForkHistory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aLineIsReadAsItWasWritten();
    void theNewestBuildOfTheCommitCounts();
    void aPartOfTheSuiteIsNoValidation();
    void noBuildOfAnotherCommitCounts();
    void aCheckoutWithoutAnEnvironmentHasNone();
    void onlyTheNewestJournalsAreRead();

private:
    QHash<QString, ForkHistory> histories() const { return readForkHistories({m_fork}, {m_environment}, m_paths); }

    std::unique_ptr<QTemporaryDir> m_folder;
    Paths m_paths;
    Environment m_environment;
    ForkStatus m_fork; ///< at the commit that a written build names
};

void TestForkHistory::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_paths = {};
    m_paths.state = m_folder->filePath(u"state"_s);
    m_paths.data = m_folder->filePath(u"data"_s);
    m_environment = {};
    m_environment.name = u"starter"_s;
    m_environment.fork.emplace();
    m_environment.fork->name = u"a"_s;
    m_fork = {};
    m_fork.path = forkPath(m_environment, m_paths);
    m_fork.branch = u"main"_s;
    m_fork.commit = u"0123456789abcdef0123456789abcdef01234567"_s;
}

void TestForkHistory::aLineIsReadAsItWasWritten()
{
    QCOMPARE(commitInForkTask(forkTaskLine(m_fork).toUtf8()), u"0123456789"_s);
    QVERIFY(commitInForkTask("a: branch main, no commit at all").isEmpty());
}

void TestForkHistory::theNewestBuildOfTheCommitCounts()
{
    for (int number = 1; number <= 2; ++number)
        QVERIFY(test::WrittenBuild(m_paths, number).write());
    test::WrittenBuild running(m_paths, 3); // its fork's task has not begun
    running.outcome.reset();
    QVERIFY(running.write());
    test::WrittenBuild other(m_paths, 4);
    other.environment = u"other"_s;
    QVERIFY(other.write());
    const ForkHistory history = histories().value(m_fork.path);
    QVERIFY(history.lastBuild);
    QCOMPARE(history.lastBuild->id, BuildId(2));
    QVERIFY(!history.lastValidation);
}

void TestForkHistory::aPartOfTheSuiteIsNoValidation()
{
    for (const bool isPart : {false, true}) {
        test::WrittenBuild build(m_paths, isPart ? 2 : 1);
        build.validation = "{\"type\":\"run\",\"cases\":1}\n";
        if (isPart)
            build.validationArguments = QStringList{u"--case"_s, u"a"_s};
        QVERIFY(build.write());
    }
    const ForkHistory history = histories().value(m_fork.path);
    QCOMPARE(history.lastBuild->id, BuildId(2));
    QCOMPARE(history.lastValidationBuild, BuildId(1));
}

void TestForkHistory::noBuildOfAnotherCommitCounts()
{
    QVERIFY(test::WrittenBuild(m_paths, 1).write());
    m_fork.commit = u"9999999999abcdef0123456789abcdef01234567"_s;
    QVERIFY(histories().contains(m_fork.path));
    QVERIFY(!histories().value(m_fork.path).lastBuild);
}

void TestForkHistory::aCheckoutWithoutAnEnvironmentHasNone()
{
    QVERIFY(test::WrittenBuild(m_paths, 1).write());
    m_fork.path += u"-copy"_s;
    QVERIFY(histories().isEmpty());
}

void TestForkHistory::onlyTheNewestJournalsAreRead()
{
    constexpr int read = 8;
    QVERIFY(test::WrittenBuild(m_paths, 1).write());
    std::vector<std::unique_ptr<test::WrittenBuild>> newer;
    newer.reserve(read);
    for (int number = 2; number <= read + 1; ++number) {
        newer.push_back(std::make_unique<test::WrittenBuild>(m_paths, number));
        newer.back()->outcome.reset();
        QVERIFY(newer.back()->write());
        const bool isReached = number <= read;
        QCOMPARE(histories().value(m_fork.path).lastBuild.has_value(), isReached);
    }
}

QTEST_GUILESS_MAIN(TestForkHistory)
#include "tst_forkhistory.moc"
