// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/gpu/preparedgpus.h"

#include "core/gpu/gpujson.h"

#include <QDateTime>
#include <QFile>
#include <QJsonDocument>

#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard::test {

static constexpr qint64 gib = 1LL << 30;
static const QString validating(64, u'a');
static const QString testing(64, u'b');

PreparedGpus::PreparedGpus()
    : m_file(m_folder.filePath(u"lines"_s))
{
    if (QFile file(m_file); !file.open(QIODevice::WriteOnly))
        qFatal("can't write %s", qPrintable(m_file));
}

GpuHelperSetup PreparedGpus::setup() const
{
    GpuHelperSetup setup;
    setup.command = {u"tail"_s, {u"--lines=+1"_s, u"--follow"_s, m_file}, {}, {}};
    return setup;
}

void PreparedGpus::add(const GpuReading &reading)
{
    QFile file(m_file);
    const QJsonObject line{{u"reading"_s, toJson(reading)}, {u"nextMs"_s, 3'600'000}};
    if (!file.open(QIODevice::Append) || file.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n') < 0)
        qFatal("can't write %s", qPrintable(m_file));
}

void PreparedGpus::addMinutes(int count, const std::function<GpuReading(int)> &moment)
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    for (int second = 1 - count; second <= 0; ++second) {
        GpuReading reading = moment(second);
        reading.atMs = now + second * 1000LL;
        add(reading);
    }
}

static GpuReading healthy()
{
    GpuReading reading;
    reading.atMs = QDateTime::currentMSecsSinceEpoch();
    reading.source = GpuSource::Nvml;
    reading.driver = u"580.95.05"_s;
    reading.moduleVersion = reading.driver;
    reading.cuda = u"13.0"_s;
    return reading;
}

static GpuStatus gpu(int index, const QString &name, const QString &capability, double memoryGiB, double powerLimit)
{
    GpuStatus gpu;
    gpu.index = index;
    gpu.name = name;
    gpu.driver = u"580.95.05"_s;
    gpu.computeCapability = capability;
    gpu.memoryTotalBytes = static_cast<qint64>(memoryGiB * gib);
    gpu.memoryUsedBytes = gib / 2;
    gpu.utilisationPercent = 0;
    gpu.temperatureCelsius = 34;
    gpu.temperatureLimitCelsius = 85;
    gpu.powerWatts = powerLimit / 12;
    gpu.powerLimitWatts = powerLimit;
    gpu.smClockMHz = 210;
    gpu.memoryClockMHz = 405;
    gpu.throttleReasons = QStringList();
    gpu.pcieGenerationMax = 5;
    gpu.pcieWidthMax = 16;
    gpu.pcieWidth = 16;
    gpu.persistence = true;
    return gpu;
}

GpuReading PreparedGpus::workstation(int second)
{
    const bool busy = second > -240 && !(second > -130 && second < -118);
    const double wave = std::sin(second / 7.0) + std::sin(second / 2.3) / 2;
    GpuStatus one = gpu(0, u"NVIDIA H200 NVL"_s, u"9.0"_s, 140.4, 600);
    one.utilisationPercent = busy ? qRound(94 + 3 * wave) : 2;
    one.memoryUsedBytes = static_cast<qint64>((second > -240 ? 38.2 : 0.6) * gib);
    one.temperatureCelsius = second > -240 ? qRound(64 - 26 * std::exp(-(second + 240) / 60.0)) : 38;
    one.powerWatts = busy ? 548 + 8 * wave : 92;
    one.smClockMHz = busy ? 1755 : 345;
    one.memoryClockMHz = 3201;
    one.eccOn = true;
    one.eccCorrected = 0;
    one.eccUncorrected = 0;
    one.mig = false;
    one.processes =
        QList<GpuProcess>{{31877, u"python validate.py"_s, false, 37 * gib, 95, {}, validating, u"podman"_s},
                          {31640, u"python -m pytest"_s, false, gib * 4 / 5, 1, {}, testing, u"podman"_s}};
    GpuStatus two = gpu(1, u"NVIDIA GeForce RTX 4090"_s, u"8.9"_s, 24, 450);
    two.pcieGenerationMax = 4;
    two.temperatureLimitCelsius = 84;
    two.utilisationPercent = second > -102 && second < -96 ? 24 : 2 + second % 2;
    two.memoryUsedBytes = gib * 11 / 10;
    two.powerWatts = 24;
    two.persistence = false;
    two.display = true;
    two.processes = QList<GpuProcess>{{2214, u"Xorg"_s, true, gib * 3 / 5, 1, {}, {}, {}},
                                      {30118, u"python train.py"_s, false, gib / 2, 0, {}, {}, {}}};
    GpuReading reading = healthy();
    reading.gpus = {one, two};
    return reading;
}

GpuReading PreparedGpus::lone(int)
{
    GpuReading reading = healthy();
    reading.gpus = {gpu(0, u"NVIDIA GeForce RTX 3090"_s, u"8.6"_s, 24, 350)};
    return reading;
}

GpuReading PreparedGpus::server(int second)
{
    GpuReading reading = healthy();
    for (int i = 0; i < 8; ++i) {
        GpuStatus one = gpu(i, u"NVIDIA B200"_s, u"10.0"_s, 179.1, 1000);
        one.utilisationPercent = qBound(0, qRound(60 + 5 * i + 20 * std::sin((second + 11 * i) / 9.0)), 100);
        one.memoryUsedBytes = (20 + 18 * i) * gib;
        one.temperatureCelsius = 52 + 3 * i;
        one.powerWatts = 500 + 50 * i + 60 * std::sin((second + 11 * i) / 9.0);
        one.eccOn = true;
        one.eccCorrected = 0;
        one.processes = QList<GpuProcess>{
            {4000 + i, u"python train.py"_s, false, one.memoryUsedBytes, one.utilisationPercent, {}, {}, {}}};
        reading.gpus << one;
    }
    reading.gpus[7].throttleReasons = QStringList{u"hardware thermal"_s};
    reading.gpus[7].temperatureCelsius = 88;
    return reading;
}

GpuReading PreparedGpus::sliced(int)
{
    GpuStatus one = gpu(0, u"NVIDIA H100-SXM5-80GB"_s, u"9.0"_s, 80, 700);
    one.mig = true;
    one.utilisationPercent.reset();
    one.memoryUsedBytes = 11 * gib;
    for (int i = 0; i < 3; ++i)
        one.slices << MigSlice{i,
                               i == 0 ? u"3g.40gb"_s : u"2g.20gb"_s,
                               {},
                               i,
                               0,
                               i == 0 ? 42 : 28,
                               i == 2 ? std::optional<int>() : 71 - 8 * i,
                               (9 - 4 * i) * gib,
                               (i == 0 ? 40 : 20) * gib};
    one.processes = QList<GpuProcess>{{512, u"python serve.py"_s, false, 8 * gib, {}, 0, {}, {}}};
    GpuReading reading = healthy();
    reading.gpus = {one};
    return reading;
}

GpuReading PreparedGpus::asleep()
{
    GpuStatus one;
    one.name = u"NVIDIA GeForce RTX 4060 Laptop GPU"_s;
    one.busId = u"0000:01:00.0"_s;
    one.fault.condition = GpuCondition::Asleep;
    GpuReading reading;
    reading.atMs = QDateTime::currentMSecsSinceEpoch();
    reading.source = GpuSource::Kernel;
    reading.gpus = {one};
    return reading;
}

GpuReading PreparedGpus::none()
{
    GpuReading reading;
    reading.atMs = QDateTime::currentMSecsSinceEpoch();
    reading.fault.condition = GpuCondition::NoDevice;
    return reading;
}

GpuReading PreparedGpus::whole(GpuCondition condition, const QString &evidence)
{
    GpuReading reading;
    reading.atMs = QDateTime::currentMSecsSinceEpoch();
    reading.source = GpuSource::Kernel;
    reading.driver = u"580.95.05"_s;
    if (condition != GpuCondition::NoDriver)
        reading.moduleVersion = reading.driver;
    reading.fault = {condition, evidence};
    GpuStatus one;
    one.name = u"NVIDIA RTX A6000"_s;
    one.fault = reading.fault;
    reading.gpus = {one};
    return reading;
}

GpuOwners PreparedGpus::owners()
{
    Task validation;
    validation.kind = TaskKind::Validation;
    validation.containers = {u"ky-xformers-dev"_s};
    Plan one;
    one.environment = u"xformers"_s;
    one.tasks = {validation};
    Task tests;
    tests.containers = {u"ky-flash-attention-dev"_s};
    Plan two;
    two.environment = u"flash-attention"_s;
    two.tasks = {tests};
    return {{{validating, u"ky-xformers-dev"_s}, {testing, u"ky-flash-attention-dev"_s}},
            {{BuildId(188), one}, {BuildId(409), two}}};
}

} // namespace kernelyard::test
