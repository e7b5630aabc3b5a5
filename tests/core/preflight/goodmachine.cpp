// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/preflight/goodmachine.h"

#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;

namespace kernelyard::test {

QByteArray recordedPreflight(const QString &file)
{
    QFile source(QStringLiteral(KERNELYARD_TEST_DATA) + u"/preflight/"_s + file);
    return source.open(QIODevice::ReadOnly) ? source.readAll() : QByteArray();
}

CdiFile cdiFile(const QString &name, const QString &folder)
{
    const QString path = folder + u'/' + name;
    return {path, parseCdiSpec(recordedPreflight(name), path), recordedPreflight(name).contains("nvidia.com/gpu")};
}

ContainerToolkit toolkit(const QString &version)
{
    return {ContainerToolkit::State::Known, version, {}};
}

Stack goodStack()
{
    Stack stack;
    stack.environment = u"xformers"_s;
    stack.baseImage = u"docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04"_s;
    stack.cuda = Version(u"12.8.0");
    stack.isDevel = true;
    stack.cudaTag = u"cu128"_s;
    stack.torch = Version(u"2.9.1");
    stack.package = u"xformers"_s;
    stack.packageVersion = u"0.0.33.post2"_s;
    stack.capabilities = QStringList{u"9.0"_s};
    stack.jobs = 4;
    return stack;
}

MachineFacts goodMachine()
{
    GpuReading reading;
    reading.source = GpuSource::Nvml;
    reading.driver = u"580.95.05"_s;
    reading.moduleVersion = reading.driver;
    reading.cuda = u"13.0"_s;
    reading.tookMs = 3.2;
    GpuStatus gpu;
    gpu.name = u"NVIDIA H200"_s;
    gpu.computeCapability = u"9.0"_s;
    gpu.busId = u"0000:01:00.0"_s;
    reading.gpus = {gpu};
    MachineFacts machine;
    machine.gpus = reading;
    machine.deviceNodes = QStringList{u"nvidia0"_s, u"nvidiactl"_s, u"nvidia-uvm"_s};
    machine.pciGpus = {{u"0000:01:00.0"_s, 0}};
    machine.toolkit = toolkit(u"1.18.1"_s);
    machine.toolkitFix = Command{u"sudo"_s, {u"apt-get"_s, u"install"_s, u"nvidia-container-toolkit"_s}, {}, {}};
    machine.cdi = {cdiFile(u"nvidia-580.yaml"_s)};
    Engine engine;
    engine.program = u"/usr/bin/podman"_s;
    engine.clientVersion = u"5.4.2"_s;
    engine.memoryLimit = Ability::Yes;
    engine.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
    machine.engine = engine;
    machine.probe = {GpuProbe::Kind::Seen, u"CUDA 13.0 finds 1 GPU"_s, 900};
    machine.cores = 16;
    machine.memoryBytes = 64LL << 30;
    machine.cgroups = u"version 2"_s;
    machine.freeBytes = 412'000'000'000;
    machine.diskPath = u"/var/lib/containers"_s;
    using namespace std::chrono_literals;
    machine.earlier = {30min, 36min, 44min};
    return machine;
}

void addChangeColumns()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("outcome");
    QTest::addColumn<QString>("evidence");
}

void addChange(const char *name, const QString &id, const QString &outcome, const QString &evidence,
               const Change &change)
{
    QTest::newRow(name) << change << id << outcome << evidence;
}

void judgeChange(const CompatibilityTables &tables)
{
    QFETCH(Change, change);
    QFETCH(QString, id);
    QFETCH(QString, outcome);
    QFETCH(QString, evidence);
    Stack stack = goodStack();
    MachineFacts machine = goodMachine();
    change(stack, machine);
    const Preflight ladder = preflight(stack, machine, tables);
    const Check *check = ladder.find(id);
    QVERIFY(check);
    QVERIFY2(outcomeName(check->outcome) == outcome,
             qPrintable(outcomeName(check->outcome) + u": "_s + check->evidence));
    QVERIFY2(check->evidence.contains(evidence), qPrintable(check->evidence));
    if (check->outcome == CheckOutcome::Failed || check->outcome == CheckOutcome::Warning)
        QVERIFY2(!check->remedy.isEmpty(), "no remedy");
}

} // namespace kernelyard::test
