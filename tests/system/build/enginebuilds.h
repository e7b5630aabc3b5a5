// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfolder.h"
#include "core/build/builds.h"
#include "core/build/runner.h"
#include "tests/system/engines/testengines.h"

#include <QCoreApplication>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace kernelyard::test {

constexpr auto baseName = "docker.io/library/debian:12-slim";
constexpr int patienceMs = 60'000;

/// Base of the tests that run builds with a real engine: one engine for all of them, and for each a home of its own,
/// with the test's own program as the builds' runner (runEngineTest). What a failed test built is described,
/// and what still runs is cancelled.
class EngineBuilds : public QObject
{
    Q_OBJECT

public:
    explicit EngineBuilds(TestEngineKind kind)
        : m_kind(kind)
    {}

protected Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

protected:
    /// A layer of the Dockerfile \a text, its context the folder `context` of the home.
    Task layer(const QString &name, const QByteArray &text,
               const QList<std::pair<QString, QString>> &arguments = {}) const;
    Plan planOf(const QList<Task> &tasks) const;
    BuildId launch(const Plan &plan) const;
    BuildId launch(const QList<Task> &tasks) const { return launch(planOf(tasks)); }

    BuildFolder folder(BuildId id) const { return BuildFolder::of(m_paths, id); }
    bool ended(BuildId id) const;
    BuildState state(BuildId id) const;
    /// A line of its own, whether the classic builder coloured it or not.
    bool shows(BuildId id, const QByteArray &line) const;
    QStringList containers() const; ///< ended ones too
    /// No process with m_mark or of the home, no container, no mount, nothing of Buildah's.
    void checkNothingLeft() const;

    TestEngineKind m_kind;
    std::unique_ptr<TestEngine> m_testEngine;
    Engine m_engine;
    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    QByteArray m_mark; ///< a number that no other test or process has: names images, and is how long steps sleep

private:
    void describe(BuildId id) const;
};

/// The processes, in a container or not, with \a mark among their arguments.
QList<pid_t> processesWith(const QByteArray &mark);

/// The engine that the program at \a path is for, by how its name ends.
TestEngineKind engineOf(const QString &path);

/// The main() of such a test, which is the builds' runner too.
template <class Test>
int runEngineTest(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    QCoreApplication app(argc, argv);
    Test test(engineOf(QFile::decodeName(argv[0])));
    return QTest::qExec(&test, argc, argv);
}

} // namespace kernelyard::test
