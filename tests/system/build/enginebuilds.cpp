// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/system/build/enginebuilds.h"

#include "core/build/buildlock.h"
#include "core/engine/argv.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard::test {

static QStringList mountsBelow(const QString &folder)
{
    QStringList found;
    QFile file(u"/proc/self/mounts"_s);
    if (file.open(QIODevice::ReadOnly))
        for (const QByteArray &line : file.readAll().split('\n'))
            // Podman keeps its graph folder mounted on itself, and a pod's namespaces; a container's root is an
            // overlay.
            if (line.startsWith("overlay ") && line.contains(QFile::encodeName(folder)))
                found << QString::fromLocal8Bit(line.split(' ').value(1));
    return found;
}

QList<pid_t> processesWith(const QByteArray &mark)
{
    QList<pid_t> found;
    for (const QString &name : QDir(u"/proc"_s).entryList(QDir::Dirs)) {
        QFile file(u"/proc/"_s + name + u"/cmdline");
        if (name.toInt() > 0 && file.open(QIODevice::ReadOnly) && file.readAll().contains(mark))
            found << name.toInt();
    }
    return found;
}

TestEngineKind engineOf(const QString &path)
{
    return path.endsWith(u"podman")    ? TestEngineKind::Podman
           : path.endsWith(u"classic") ? TestEngineKind::DockerClassic
                                       : TestEngineKind::Docker;
}

void EngineBuilds::initTestCase()
{
    auto engine = TestEngine::start(m_kind);
    KERNELYARD_SKIP_WITHOUT(engine);
    m_testEngine = std::move(*engine);
    const auto base = m_testEngine->provideBase();
    QVERIFY2(base, base ? "" : qPrintable(base.error().message));
    const auto described = m_testEngine->describe();
    QVERIFY2(described, described ? "" : qPrintable(described.error().message));
    m_engine = *described;
}

void EngineBuilds::init()
{
    static int run = 0;
    m_home = std::make_unique<QTemporaryDir>();
    m_paths = {};
    m_paths.state = m_home->filePath(u"state"_s);
    m_paths.config = m_home->filePath(u"config"_s);
    QVERIFY(QDir().mkpath(m_paths.state) && QDir().mkpath(m_home->filePath(u"context"_s)) &&
            QDir().mkpath(m_home->filePath(u"dockerfiles"_s)));
    m_mark = QByteArray::number(100'000'000 + QCoreApplication::applicationPid() * 100LL + ++run);
    qputenv("XDG_CACHE_HOME", QFile::encodeName(m_home->path()));
}

void EngineBuilds::cleanup()
{
    const auto builds = listBuilds(m_paths).value_or(QList<BuildSummary>());
    for (const BuildSummary &build : builds)
        if (QTest::currentTestFailed())
            describe(build.id);
    for (const BuildSummary &build : builds)
        if (!ended(build.id))
            QVERIFY(cancelBuild(m_paths, build.id));
    for (const BuildSummary &build : builds)
        QTRY_VERIFY_WITH_TIMEOUT(ended(build.id), patienceMs);
}

void EngineBuilds::describe(BuildId id) const
{
    constexpr qsizetype lastLines = 15;
    const BuildState build = state(id);
    qInfo("%s: %d %s", qPrintable(id.display()), int(build.status()), qPrintable(build.failure()));
    for (const Step &step : build.steps())
        qInfo("%s | %s | status %d | %lld inputs", qPrintable(step.key), qPrintable(step.name), int(step.status),
              qlonglong(step.inputs.size()));
    for (qsizetype i = std::max<qsizetype>(build.lines().size() - lastLines, 0); i < build.lines().size(); ++i)
        qInfo("| %s", build.lines().at(i).text.constData());
    QFile log(folder(id).path + u"/runner.log");
    if (log.open(QIODevice::ReadOnly))
        qInfo("%s", log.readAll().constData());
}

Task EngineBuilds::layer(const QString &name, const QByteArray &text,
                         const QList<std::pair<QString, QString>> &arguments) const
{
    QFile file(m_home->filePath(u"dockerfiles/"_s + name));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s can't be written", qPrintable(file.fileName()));
    ImageBuild build;
    build.dockerfile = file.fileName();
    build.context = m_home->filePath(u"context"_s);
    build.tag = u"localhost/kernelyard-test/%1:%2"_s.arg(name, QString::fromLatin1(m_mark));
    build.arguments = arguments;
    const OutputFormat format = m_kind == TestEngineKind::Podman   ? OutputFormat::Podman
                                : m_kind == TestEngineKind::Docker ? OutputFormat::RawJson
                                                                   : OutputFormat::Classic;
    return {name, TaskKind::Layer, name, buildImage(m_engine, build), format, build.tag, {}};
}

Plan EngineBuilds::planOf(const QList<Task> &tasks) const
{
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    plan.engine = m_engine;
    plan.tasks = tasks;
    plan.created = QDateTime::currentDateTimeUtc();
    return plan;
}

BuildId EngineBuilds::launch(const Plan &plan) const
{
    const auto id = launchBuild(m_paths, plan, QCoreApplication::applicationFilePath());
    if (!id)
        qWarning("%s: %s", qPrintable(id.error().message), qPrintable(id.error().detail));
    return id ? *id : BuildId();
}

bool EngineBuilds::ended(BuildId id) const
{
    return !BuildLock::isHeld(folder(id).lock());
}

BuildState EngineBuilds::state(BuildId id) const
{
    auto read = readBuild(m_paths, id);
    if (!read)
        qFatal("%s", qPrintable(read.error().message));
    return std::move(*read);
}

bool EngineBuilds::shows(BuildId id, const QByteArray &line) const
{
    const BuildState build = state(id);
    const QByteArray coloured = "\x1b[91m" + line;
    for (qsizetype i = 0; i < build.lines().size(); ++i)
        if (build.lines().text(i) == line || build.lines().text(i) == coloured)
            return true;
    return false;
}

QStringList EngineBuilds::containers() const
{
    QStringList arguments{u"ps"_s, u"--all"_s, u"--quiet"_s};
    if (m_kind == TestEngineKind::Podman)
        arguments << u"--external"_s;
    const auto listed = m_testEngine->run(arguments);
    return listed && listed->exitCode == 0 ? QString::fromLocal8Bit(listed->out).split(u'\n', Qt::SkipEmptyParts)
                                           : QStringList{u"no answer"_s};
}

void EngineBuilds::checkNothingLeft() const
{
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_mark), QList<pid_t>(), patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(containers(), QStringList(), patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(QFile::encodeName(m_home->path())), QList<pid_t>(), patienceMs);
    QCOMPARE(mountsBelow(m_testEngine->folder()), QStringList());
    if (m_kind != TestEngineKind::Podman)
        return;
    QCOMPARE(QDir(m_home->path() + u"/kernelyard/podman").entryList({u"buildah[0-9]*"_s, u"storage*"_s}, QDir::Dirs),
             QStringList());
    const auto steps = run({m_engine.ociRuntime, {u"list"_s, u"--format"_s, u"json"_s}, {}, {}}, 10s);
    QVERIFY(steps && steps->exitCode == 0);
    QVERIFY2(!steps->out.contains(QFile::encodeName(m_home->path())), steps->out.constData()); // its bundle
}

} // namespace kernelyard::test
