// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/gpu/preparedpreflight.h"

#include <QFile>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard::test {

MachineFacts preparedMachine(const GpuReading &reading)
{
    MachineFacts machine;
    machine.gpus = reading;
    machine.toolkit = {ContainerToolkit::State::Known, u"1.18.1"_s, {}};
    QFile cdi(QStringLiteral(KERNELYARD_TEST_DATA) + u"/preflight/nvidia-580.yaml"_s);
    if (!cdi.open(QIODevice::ReadOnly))
        qFatal("can't read %s", qPrintable(cdi.fileName()));
    const QString path = u"/etc/cdi/nvidia.yaml"_s;
    Result<CdiSpec> spec = parseCdiSpec(cdi.readAll(), path);
    for (const GpuStatus &gpu : reading.gpus) {
        machine.deviceNodes << u"nvidia%1"_s.arg(gpu.index);
        spec->deviceNodes << u"/dev/nvidia%1"_s.arg(gpu.index);
    }
    machine.deviceNodes << u"nvidiactl"_s << u"nvidia-uvm"_s;
    machine.cdi = {{path, spec, true}};
    Engine podman;
    podman.program = u"/usr/bin/podman"_s;
    podman.clientVersion = u"5.4.2"_s;
    podman.memoryLimit = Ability::Yes;
    podman.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
    machine.engine = podman;
    machine.cores = 16;
    machine.memoryBytes = 36LL << 30;
    machine.cgroups = u"version 2"_s;
    machine.freeBytes = 412'000'000'000;
    machine.diskPath = u"/var/lib/containers"_s;
    machine.earlier = {33min, 36min, 44min};
    return machine;
}

Result<Preflight> preparedPreflight(const Environment &environment, const GpuReading &reading, bool probed)
{
    const ChosenValues chosen =
        environment.name == "xformers"_L1
            ? ChosenValues{{u"torch-version"_s, u"2.9.1"_s}, {u"first-build-ref"_s, u"v0.0.33.post2"_s}}
            : ChosenValues();
    const Result<Stack> stack = stackOf(environment, chosen);
    const auto tables = CompatibilityTables::read(QStringLiteral(KERNELYARD_SOURCE_DIR));
    if (!stack || !tables)
        return Failure(stack ? tables.error() : stack.error());
    MachineFacts machine = preparedMachine(reading);
    if (probed && !reading.gpus.isEmpty())
        machine.probe = {GpuProbe::Kind::Seen,
                         reading.gpus.size() == 1 ? u"CUDA 13.0 finds 1 GPU"_s
                                                  : u"CUDA 13.0 finds %1 GPUs"_s.arg(reading.gpus.size()),
                         900};
    Preflight done = preflight(*stack, machine, *tables);
    offerChoices(done.checks, environment);
    return done;
}

} // namespace kernelyard::test
