// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/gputext.h"
#include "app/ctl/interrupts.h"
#include "app/ctl/words.h"
#include "core/build/latestowners.h"
#include "core/engine/detect.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct GpuOptions
{
    bool watch = false;
    bool json = false;
};

/// 0 where every GPU, or that there is none, could be read.
int statusOf(const GpuReading &reading)
{
    const auto bad = [](const GpuStatus &gpu) { return isTrouble(gpu.fault.condition); };
    return isTrouble(reading.fault.condition) || std::any_of(reading.gpus.begin(), reading.gpus.end(), bad) ? 1 : 0;
}

/// Engines are asked only when a process on a GPU runs in a container.
GpuOwners ownersOf(const Session &session, const GpuReading &reading)
{
    return GpuOwners().lacksAny(reading) ? GpuOwners::read(detectEngines().result(), session.paths) : GpuOwners();
}

ArchitectureTable tableOf(Session &session)
{
    Result<ArchitectureTable> table = ArchitectureTable::read(session.paths.shipped);
    if (!table)
        session.console.error(table.error());
    return table ? *table : ArchitectureTable();
}

int show(Session &session, const GpuOptions &options)
{
    const Result<GpuReading> reading = readGpus(gpuHelper(session)).result();
    if (!reading)
        return session.fail(reading.error());
    const ArchitectureTable table = tableOf(session);
    const GpuOwners owners = ownersOf(session, *reading);
    if (options.json)
        session.console.write(Channel::Out, document(toJson(*reading, owners, table)));
    else
        printGpus(session.console, *reading, owners, table);
    return statusOf(*reading);
}

/// A screen a second on a terminal, one after the other elsewhere, or JSON lines, until Ctrl-C.
int watch(Session &session, const GpuOptions &options)
{
    const Interrupts interrupts;
    const ArchitectureTable table = tableOf(session);
    GpuMonitor monitor(GpuHelperSetup::real(session.program));
    LatestOwners owners([paths = session.paths] {
        return detectEngines().then(QtFuture::Launch::Async,
                                    [paths](const QList<Engine> &engines) { return GpuOwners::read(engines, paths); });
    });
    QObject::connect(&interrupts, &Interrupts::interrupted, &monitor, &QCoreApplication::quit);
    QObject::connect(&monitor, &GpuMonitor::readingChanged, &monitor, [&] {
        const GpuReading &reading = *monitor.reading();
        owners.follow(reading);
        if (options.json) {
            const QByteArray line =
                QJsonDocument(toJson(reading, owners.known(), table)).toJson(QJsonDocument::Compact);
            session.console.write(Channel::Out, QByteArray(line + '\n'));
        } else {
            if (session.console.isTerminal(Channel::Out))
                session.console.write(Channel::Out, QByteArray("\033[H\033[J")); // ECMA-48 CUP, ED: home, clear below
            printGpus(session.console, reading, owners.known(), table);
            session.console.out({});
        }
        if (!session.console.flush())
            QCoreApplication::quit();
    });
    monitor.start();
    QCoreApplication::exec();
    return Interrupts::came() ? exitStatus(ErrorKind::Cancelled) : 1;
}

} // namespace

void addGpu(CommandLine &line)
{
    const auto options = std::make_shared<GpuOptions>();
    CLI::App *command = line.command(
        "gpu", "Show what every GPU and MIG slice of this machine does",
        "Asks NVML in a process of its own, so a stuck driver is a state that is told; falls back to nvidia-smi,\n"
        "then to /proc and /sys. KERNELYARD_NVML_LIBRARY names another NVML library. Ends with 1 when a GPU or the\n"
        "driver is in trouble; no GPU is no trouble.\n"
        "Examples:\n"
        "  kernelyardctl gpu\n"
        "  kernelyardctl gpu --watch --json | jq '.gpus[].utilisationPercent'");
    command->add_flag("--watch", options->watch, "Again each second, until Ctrl-C");
    command->add_flag("--json", options->json, "One JSON document; with --watch one line each second");
    command->callback([&line, options] {
        line.action = [&line, options] {
            return options->watch ? watch(line.session, *options) : show(line.session, *options);
        };
    });
}

} // namespace kernelyard::ctl
