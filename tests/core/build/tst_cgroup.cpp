// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/cgroup.h"
#include "core/build/processtree.h"
#include "core/build/usagesampler.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

static QByteArray recorded(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/cgroup/") + name);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s can't be read", qPrintable(file.fileName()));
    return file.readAll();
}

class TestCgroup : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void foldersOfAProcess_data();
    void foldersOfAProcess();
    void mountOfAContainer();
    void escapedMountPoint();
    void cutAtEveryByte();
    void usage_data();
    void usage();
    void limitsAboveCount();
    void missingFilesAreUnknown();
    void processesOfThisTest();
    void treeIsMeasured();
    void remoteDockerIsUnknown();
};

void TestCgroup::foldersOfAProcess_data()
{
    QTest::addColumn<QString>("mounts");
    QTest::addColumn<QString>("entries");
    QTest::addColumn<CgroupMode>("mode");
    QTest::addColumn<CgroupFolders>("folders");
    const QString v1 = u"/sys/fs/cgroup/"_s;
    const QString step = u"/docker/buildkit/uqdhjt6e211kzl3dgydjrqu1t"_s;
    const QString container = u"/docker/8ec90b817e1d74eaf64937a26cc006324b7b231c17e2235b2d6d77e2c13e96d4"_s;
    QTest::newRow("session, both versions") << u"hybrid.mountinfo"_s << u"hybrid.cgroup"_s << CgroupMode::Hybrid
                                            << CgroupFolders{false, v1 + u"memory/sessions/7", v1 + u"cpuacct"};
    QTest::newRow("session, version 1") << u"v1.mountinfo"_s << u"v1.cgroup"_s << CgroupMode::V1
                                        << CgroupFolders{false, v1 + u"memory/sessions/7", v1 + u"cpuacct"};
    const QString scope =
        u"/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/kernelyard-0412.scope"_s;
    QTest::newRow("scope, version 2") << u"v2.mountinfo"_s << u"v2.cgroup"_s << CgroupMode::V2
                                      << CgroupFolders{true, scope, scope};
    QTest::newRow("BuildKit's step") << u"hybrid.mountinfo"_s << u"docker-buildkit.cgroup"_s << CgroupMode::Hybrid
                                     << CgroupFolders{false, v1 + u"memory" + step, v1 + u"cpuacct" + step};
    QTest::newRow("Docker's container") << u"hybrid.mountinfo"_s << u"docker-container.cgroup"_s << CgroupMode::Hybrid
                                        << CgroupFolders{false, v1 + u"memory" + container,
                                                         v1 + u"cpuacct" + container};
    QTest::newRow("Podman's step") << u"hybrid.mountinfo"_s << u"podman-step.cgroup"_s << CgroupMode::Hybrid
                                   << CgroupFolders{false, v1 + u"memory/sessions/7/buildah-buildah3665089863",
                                                    v1 + u"cpuacct/buildah-buildah3665089863"};
    QTest::newRow("no cgroups") << QString() << u"hybrid.cgroup"_s << CgroupMode::None << CgroupFolders{};
    QTest::newRow("unknown place") << u"hybrid.mountinfo"_s << QString() << CgroupMode::Hybrid << CgroupFolders{};
}

void TestCgroup::foldersOfAProcess()
{
    QFETCH(QString, mounts);
    QFETCH(QString, entries);
    QFETCH(CgroupFolders, folders);
    const auto read = cgroupMounts(mounts.isEmpty() ? QByteArray() : recorded(mounts));
    QTEST(cgroupMode(read), "mode");
    const CgroupFolders found =
        cgroupFolders(read, cgroupEntries(entries.isEmpty() ? QByteArray() : recorded(entries)));
    QCOMPARE(found.memory, folders.memory);
    QCOMPARE(found.cpu, folders.cpu);
    QCOMPARE(found.isUnified, folders.isUnified);
}

/// In a container the mount shows a part of the hierarchy, and paths may lie outside of it.
void TestCgroup::mountOfAContainer()
{
    const auto mounts =
        cgroupMounts("36 35 0:31 /docker/abc /sys/fs/cgroup/memory ro,nosuid master:9 - cgroup cgroup rw,memory\n");
    QCOMPARE(mounts.size(), 1);
    const auto folder = [&](const QByteArray &path) {
        return cgroupFolders(mounts, cgroupEntries(QByteArray("4:memory:" + path + "\n"))).memory;
    };
    QCOMPARE(folder("/docker/abc"), u"/sys/fs/cgroup/memory"_s);
    QCOMPARE(folder("/docker/abc/step"), u"/sys/fs/cgroup/memory/step"_s);
    QCOMPARE(folder("/docker/abcd"), QString());
    QCOMPARE(folder("/../elsewhere"), QString());
}

void TestCgroup::escapedMountPoint()
{
    const auto mounts = cgroupMounts("1 2 0:3 / /a\\040b\\134c rw - cgroup2 cgroup2 rw\n");
    QCOMPARE(mounts.size(), 1);
    QCOMPARE(mounts[0].point, u"/a b\\c"_s);
    QVERIFY(mounts[0].isUnified);
}

void TestCgroup::cutAtEveryByte()
{
    const QByteArray mounts = recorded(u"hybrid.mountinfo"_s);
    const auto whole = cgroupMounts(mounts);
    for (qsizetype length = 0; length < mounts.size(); ++length) {
        const auto cut = cgroupMounts(mounts.first(length));
        QVERIFY(cut.size() <= whole.size());
        for (qsizetype i = 0; i + 1 < cut.size(); ++i)
            QCOMPARE(cut[i], whole[i]);
    }
    const QByteArray entries = recorded(u"hybrid.cgroup"_s);
    const auto all = cgroupEntries(entries);
    QCOMPARE(all.size(), 10);
    for (qsizetype length = 0; length < entries.size(); ++length) {
        const auto cut = cgroupEntries(entries.first(length));
        for (qsizetype i = 0; i + 1 < cut.size(); ++i)
            QCOMPARE(cut[i], all[i]);
    }
    QCOMPARE(cgroupEntries(QByteArray("\xff\0:\n::::\n", 9)).size(), 0);
}

void TestCgroup::usage_data()
{
    QTest::addColumn<CgroupFiles>("files");
    QTest::addColumn<bool>("isUnified");
    QTest::addColumn<CgroupUsage>("expected");
    const QByteArray stat = recorded(u"v1.memory.stat"_s);
    QTest::newRow("version 1") << CgroupFiles{"3000000000\n", stat, "9223372036854771712\n", "18816364580334\n"}
                               << false << CgroupUsage{3'000'000'000 - 2'296'758'272, 18'816'364'580us, std::nullopt};
    QTest::newRow("version 1, limited above")
        << CgroupFiles{"500\n", "hierarchical_memory_limit 4096\n", "9223372036854771712\n", "1000\n"} << false
        << CgroupUsage{500, 1us, 4096};
    QTest::newRow("version 2") << CgroupFiles{"73400320\n", "anon 41943040\nfile 20971520\ninactive_file 10485760\n",
                                              "max\n", "usage_usec 18748571472\nuser_usec 15401197537\n"}
                               << true << CgroupUsage{62'914'560, 18'748'571'472us, std::nullopt};
    QTest::newRow("version 2, limited") << CgroupFiles{"100\n", "inactive_file 900\n", "51539607552\n", ""} << true
                                        << CgroupUsage{0, std::nullopt, 51'539'607'552};
    QTest::newRow("nothing there") << CgroupFiles{} << true << CgroupUsage{};
    QTest::newRow("garbage") << CgroupFiles{"many\n", "inactive_file\n\xff", "-1\n", "usage_usec x\n"} << true
                             << CgroupUsage{};
}

void TestCgroup::usage()
{
    QFETCH(CgroupFiles, files);
    QFETCH(bool, isUnified);
    QFETCH(CgroupUsage, expected);
    const CgroupUsage read = cgroupUsage(files, isUnified);
    QCOMPARE(read.memoryBytes, expected.memoryBytes);
    QCOMPARE(read.cpu, expected.cpu);
    QCOMPARE(read.limitBytes, expected.limitBytes);
}

static void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0)
        qFatal("%s can't be written", qPrintable(path));
}

void TestCgroup::limitsAboveCount()
{
    QTemporaryDir root;
    const QString scope = root.path() + u"/user.slice/build.scope";
    QVERIFY(QDir().mkpath(scope));
    write(scope + u"/memory.current", "1000\n");
    write(scope + u"/memory.max", "max\n");
    write(root.path() + u"/user.slice/memory.max", "5000\n");
    const CgroupUsage usage = readCgroupUsage({true, scope, scope});
    QCOMPARE(usage.memoryBytes, 1000);
    QCOMPARE(usage.limitBytes, 5000);
    QVERIFY(!usage.cpu);
}

void TestCgroup::missingFilesAreUnknown()
{
    QCOMPARE(readCgroupUsage({}), CgroupUsage());
    QCOMPARE(readCgroupUsage({true, u"/no/such/folder"_s, u"/no/such/folder"_s}), CgroupUsage());
}

void TestCgroup::processesOfThisTest()
{
    const ProcessEntry self = processEntry(::getpid());
    QCOMPARE(self.pid, ::getpid());
    QCOMPARE(self.parent, ::getppid());
    QCOMPARE(self.name, QByteArray("tst_cgroup"));
    QVERIFY(self.start > 0);
    bool found = false;
    for (const ProcessEntry &process : allProcesses())
        found = found || (process.pid == self.pid && process.start == self.start);
    QVERIFY(found);
}

/// A child of this test with memory of a known size is found by its process, for it has no cgroup of its own.
void TestCgroup::treeIsMeasured()
{
    Engine podman;
    UsageSampler sampler(podman);
    sampler.beginTask({});
    const qint64 before = sampler.read(::getpid()).sample.memoryBytes;
    static constexpr qsizetype held = 64 << 20;
    std::array<int, 2> ready;
    QCOMPARE(::pipe(ready.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const QByteArray memory(held, 'x');
        const ssize_t told = ::write(ready[1], memory.constData(), 1);
        ::pause();
        ::_exit(told == 1 ? 0 : 1);
    }
    char byte = 0;
    QCOMPARE(::read(ready[0], &byte, 1), 1);
    const UsageReading reading = sampler.read(::getpid());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    QCOMPARE(reading.from.what, SampledFrom::What::Processes);
    QVERIFY(reading.sample.memoryBytes - before >= held);
    const auto cpu = reading.sample.cpu;
    QVERIFY(sampler.read(::getpid()).sample.cpu >= cpu); // never falls
}

void TestCgroup::remoteDockerIsUnknown()
{
    Engine docker;
    docker.kind = EngineKind::Docker;
    docker.endpoint.address = u"ssh://builder.example"_s;
    UsageSampler sampler(docker);
    sampler.beginTask({});
    const UsageReading reading = sampler.read(::getpid());
    QCOMPARE(reading.from.what, SampledFrom::What::Nothing);
    QCOMPARE(reading.sample.memoryBytes, 0);
}

QTEST_GUILESS_MAIN(TestCgroup)
#include "tst_cgroup.moc"
