// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/gputext.h"

#include "app/ctl/table.h"
#include "core/gpu/gpujson.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

Command gpuHelper(const Session &session)
{
    return GpuHelperSetup::real(session.program).command;
}

static QString objectName(const GpuStatus &gpu)
{
    return gpu.name.isEmpty() ? u"GPU %1"_s.arg(gpu.index) : u"GPU %1 (%2)"_s.arg(gpu.index).arg(gpu.name);
}

QString gpuFaultSentence(const Result<GpuReading> &reading)
{
    if (!reading)
        return reading.error().message;
    if (reading->fault.condition == GpuCondition::NoDevice)
        return {};
    return noticeOf(reading->fault, {}).message;
}

static void printNotice(Console &console, const GpuFault &fault, const QString &object, const QString &gpu)
{
    const GpuNotice notice = noticeOf(fault, object, gpu);
    if (!isTrouble(fault.condition))
        console.out(notice.message);
    else
        console.out(console.styled(Style::Bad, notice.word + u". "_s + notice.message, Channel::Out));
    if (!notice.remedy.isEmpty())
        console.out(u"  next: "_s + notice.remedy);
    if (notice.fix)
        console.out(u"  run:  "_s + notice.fix->display());
    if (!fault.evidence.isEmpty() && fault.condition != GpuCondition::NoDevice)
        console.out(u"    "_s + harmless(fault.evidence));
}

void printGpuLines(Console &console, const Result<GpuReading> &reading)
{
    console.out({});
    if (!reading) {
        console.out(u"GPU: "_s + reading.error().message);
        return;
    }
    if (reading->fault.condition == GpuCondition::NoDevice)
        console.out(u"GPU: none (the starter environment needs none)"_s);
    else if (reading->fault.condition != GpuCondition::Healthy)
        printNotice(console, reading->fault, {}, {});
    for (const GpuStatus &gpu : reading->gpus)
        console.out(u"GPU %1: %2, compute capability %3, driver %4"_s.arg(gpu.index).arg(
            gpu.name.isEmpty() ? u"unknown"_s : gpu.name, gpu.computeCapability.value_or(u"unknown"_s),
            gpu.driver.isEmpty() ? u"none"_s : gpu.driver));
}

namespace {

QString gib(qint64 bytes)
{
    return QString::number(static_cast<double>(bytes) / (1LL << 30), 'f', 1);
}

template <class T>
QString or_(const std::optional<T> &value, const QString &unit = {})
{
    return value ? QString(QString::number(*value) + unit) : u"–"_s;
}

QString onOff(const std::optional<bool> &value, const QString &absent)
{
    return value ? (*value ? u"on"_s : u"off"_s) : absent;
}

/// "38.2 of 140.4 GiB"
QString memory(const std::optional<qint64> &used, const std::optional<qint64> &total)
{
    if (!total)
        return u"–"_s;
    return used ? u"%1 of %2 GiB"_s.arg(gib(*used), gib(*total)) : u"%1 GiB"_s.arg(gib(*total));
}

QString architectureText(const GpuStatus &gpu, const ArchitectureTable &table)
{
    if (!gpu.computeCapability)
        return u"unknown"_s;
    const GpuArchitecture *row = table.find(*gpu.computeCapability);
    return row ? u"%1 %2"_s.arg(row->sm(), row->name) : u"compute capability %1"_s.arg(*gpu.computeCapability);
}

void fact(Console &console, const QString &name, const QString &value)
{
    console.out(u"  %1 %2"_s.arg(name, -13).arg(value));
}

QString pcieText(const GpuStatus &gpu)
{
    if (!gpu.pcieGeneration && !gpu.pcieGenerationMax)
        return u"–"_s;
    QString text = u"%1.0 ×%2"_s.arg(or_(gpu.pcieGeneration), or_(gpu.pcieWidth));
    if (gpu.pcieGenerationMax && (gpu.pcieGenerationMax != gpu.pcieGeneration || gpu.pcieWidthMax != gpu.pcieWidth))
        text += u" (up to %1.0 ×%2)"_s.arg(or_(gpu.pcieGenerationMax), or_(gpu.pcieWidthMax));
    return text;
}

void printGpu(Console &console, const GpuStatus &gpu, const ArchitectureTable &table, const GpuFault &whole)
{
    console.out({});
    console.out(console.styled(Style::Bold, objectName(gpu), Channel::Out) + u"  "_s + architectureText(gpu, table) +
                (gpu.busId.isEmpty() ? QString() : QString(u"  "_s + gpu.busId)));
    if (gpu.fault.condition != GpuCondition::Healthy) {
        if (gpu.fault != whole)
            printNotice(console, gpu.fault, objectName(gpu), gpu.id());
        return;
    }
    fact(console, u"compute"_s, or_(gpu.utilisationPercent, u" %"_s));
    fact(console, u"memory"_s, memory(gpu.memoryUsedBytes, gpu.memoryTotalBytes));
    fact(console, u"temperature"_s,
         or_(gpu.temperatureCelsius, u" °C"_s) +
             (gpu.temperatureLimitCelsius ? u" of %1 °C"_s.arg(*gpu.temperatureLimitCelsius) : QString()));
    fact(console, u"power"_s,
         gpu.powerWatts ? u"%1 of %2 W"_s.arg(qRound(*gpu.powerWatts))
                              .arg(gpu.powerLimitWatts ? QString::number(qRound(*gpu.powerLimitWatts)) : u"–"_s)
                        : u"–"_s);
    fact(console, u"clocks"_s,
         u"%1, memory %2"_s.arg(or_(gpu.smClockMHz, u" MHz"_s), or_(gpu.memoryClockMHz, u" MHz"_s)));
    fact(console, u"throttle"_s,
         !gpu.throttleReasons             ? u"–"_s
         : gpu.throttleReasons->isEmpty() ? u"none"_s
                                          : gpu.throttleReasons->join(u", "_s));
    fact(console, u"ECC"_s,
         gpu.eccOn == true
             ? u"on, errors %1 corrected, %2 uncorrected"_s.arg(or_(gpu.eccCorrected), or_(gpu.eccUncorrected))
             : onOff(gpu.eccOn, u"not offered"_s));
    fact(console, u"PCIe"_s, pcieText(gpu));
    fact(console, u"persistence"_s, onOff(gpu.persistence, u"–"_s));
    fact(console, u"MIG"_s, onOff(gpu.mig, u"not offered"_s));
    if (!gpu.processes)
        fact(console, u"processes"_s, u"not told"_s);
    for (const MigSlice &slice : gpu.slices)
        console.out(u"    slice %1  %2  %3  %4"_s.arg(slice.index)
                        .arg(slice.name.isEmpty() ? u"–"_s : slice.name, or_(slice.utilisationPercent, u" %"_s),
                             memory(slice.memoryUsedBytes, slice.memoryTotalBytes)));
}

QString ownerText(const GpuOwner &owner)
{
    if (owner.build)
        return owner.validation ? u"validation %1 (%2)"_s.arg(owner.build->display(), owner.environment)
                                : u"build %1 (%2)"_s.arg(owner.build->display(), owner.environment);
    return u"–"_s;
}

} // namespace

void printGpus(Console &console, const GpuReading &reading, const GpuOwners &owners, const ArchitectureTable &table)
{
    if (!reading.driver.isEmpty())
        console.out(u"driver %1, CUDA up to %2, told by %3"_s.arg(
            reading.driver, reading.cuda.isEmpty() ? u"unknown"_s : reading.cuda, sourceName(reading.source)));
    if (reading.fault.condition != GpuCondition::Healthy)
        printNotice(console, reading.fault, {}, {});
    Table processes({u"gpu"_s, u"pid"_s, u"process"_s, u"container"_s, u"belongs to"_s, u"memory"_s, u"sm"_s});
    for (const GpuStatus &gpu : reading.gpus) {
        printGpu(console, gpu, table, reading.fault);
        for (const GpuProcess &process : gpu.processes.value_or(QList<GpuProcess>())) {
            const GpuOwner owner = owners.of(process);
            processes.add(
                {{QString::number(gpu.index)},
                 {QString::number(process.pid), Style::Plain, true},
                 {process.name.isEmpty() ? u"–"_s : harmless(process.name)},
                 {owner.container.isEmpty() ? u"host"_s : owner.container},
                 {ownerText(owner)},
                 {process.memoryBytes ? QString(gib(*process.memoryBytes) + u" GiB"_s) : u"–"_s, Style::Plain, true},
                 {or_(process.smPercent, u" %"_s), Style::Plain, true}});
        }
    }
    if (!processes.isEmpty()) {
        console.out({});
        processes.print(console);
    }
}

QJsonObject toJson(const GpuReading &reading, const GpuOwners &owners, const ArchitectureTable &table)
{
    QJsonObject object = kernelyard::toJson(reading);
    QJsonArray gpus;
    for (const GpuStatus &gpu : reading.gpus) {
        QJsonObject entry = kernelyard::toJson(gpu);
        if (gpu.computeCapability)
            if (const GpuArchitecture *row = table.find(*gpu.computeCapability))
                entry.insert(u"architecture"_s, QJsonObject{{u"sm"_s, row->sm()},
                                                            {u"name"_s, row->name},
                                                            {u"cudaFirst"_s, row->cudaFirst},
                                                            {u"cudaLast"_s, row->cudaLast}});
        QJsonArray processes = entry.value("processes"_L1).toArray();
        for (qsizetype i = 0; gpu.processes && i < processes.size(); ++i) {
            const GpuOwner owner = owners.of(gpu.processes->at(i));
            QJsonObject process = processes[i].toObject();
            if (!owner.container.isEmpty())
                process.insert(u"container"_s, owner.container);
            if (owner.build)
                process.insert(owner.validation ? u"validation"_s : u"build"_s, owner.build->number());
            processes[i] = process;
        }
        if (!processes.isEmpty())
            entry.insert(u"processes"_s, processes);
        const GpuNotice notice = noticeOf(gpu.fault, objectName(gpu), gpu.id());
        if (!notice.message.isEmpty())
            entry.insert(u"remedy"_s, notice.remedy);
        gpus << entry;
    }
    object.insert(u"gpus"_s, gpus);
    if (reading.fault.condition != GpuCondition::Healthy) {
        const GpuNotice notice = noticeOf(reading.fault, {});
        object.insert(u"message"_s, notice.message);
        object.insert(u"remedy"_s, notice.remedy);
        if (notice.fix)
            object.insert(u"fix"_s, notice.fix->display());
    }
    return object;
}

} // namespace kernelyard::ctl
