// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/gpuprobe.h"

#include "core/engine/argv.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>
#include <compare>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Preflight", text);
}

/// Images print what they like when they start, NVIDIA's a page of licence: what counts begins here.
const QByteArray marker = "kernelyard-probe:";

/// Looks in three ways, each with its own words: at files, by the driver's tool, and by CUDA itself.
const QString look = uR"(echo kernelyard-probe:
ls -d /dev/nvidiactl /dev/nvidia[0-9]* /dev/dxg 2>/dev/null
ldconfig -p 2>/dev/null | grep -o 'libcuda[.]so[.]1' | head -n 1
if command -v nvidia-smi >/dev/null 2>&1; then nvidia-smi -L 2>&1 | sed 's/^/smi: /'; fi
if command -v python3 >/dev/null 2>&1; then python3 -c '
import ctypes
try:
    cuda = ctypes.CDLL("libcuda.so.1")
    version, count = ctypes.c_int(), ctypes.c_int()
    cuda.cuDriverGetVersion(ctypes.byref(version))
    error = cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count))
    print("cuda:", error, count.value, version.value)
except OSError as problem:
    print("cuda-missing:", problem)
'; fi
true)"_s;

QString gpus(qsizetype count)
{
    return count == 1 ? tr("1 GPU") : tr("%1 GPUs").arg(count);
}

} // namespace

ProbeImage readProbeImage(const QString &name, const QByteArray &json)
{
    const QJsonArray variables =
        QJsonDocument::fromJson(json).array().at(0).toObject().value("Config"_L1).toObject().value("Env"_L1).toArray();
    const auto value = [&variables](const QString &variable) {
        for (const QJsonValue one : variables)
            if (const QString text = one.toString(); text.startsWith(variable + u'='))
                return text.sliced(variable.size() + 1);
        return QString();
    };
    // libnvidia-container, and the runtime's CDI mode after it, take these as true (Go's strconv.ParseBool).
    static const QStringList yes{u"1"_s, u"t"_s, u"T"_s, u"true"_s, u"TRUE"_s, u"True"_s};
    const bool required = !yes.contains(value(u"NVIDIA_DISABLE_REQUIRE"_s));
    return {name, Version(value(u"CUDA_VERSION"_s)), required ? value(u"NVIDIA_REQUIRE_CUDA"_s) : QString()};
}

ProbeImage findProbeImage(const Engine &engine, const QStringList &images)
{
    for (const QString &image : images) {
        const Result<Completed> done = run(inspectImage(engine, image), 20s);
        if (done && done->exitCode == 0)
            return readProbeImage(image, done->out);
    }
    return {};
}

QString engineWords(const QByteArray &err)
{
    // "See 'docker run --help'." up to Docker 27; from 28 on the other.
    static const QRegularExpression hint(u"^(?:See|Run) '[^']+ --help'"_s);
    static const QRegularExpression error(u"^(?:[a-z-]+: )?error\\b"_s, QRegularExpression::CaseInsensitiveOption);
    QStringList lines;
    for (const QString &line : QString::fromUtf8(err).split(u'\n'))
        if (const QString text = line.trimmed(); !text.isEmpty() && !hint.match(text).hasMatch())
            lines << text;
    const auto last = [&lines](const auto &wanted) {
        const auto found = std::find_if(lines.crbegin(), lines.crend(), wanted);
        return found == lines.crend() ? QString() : *found;
    };
    if (QString line = last([](const QString &text) { return text.contains("nvidia-container-cli:"_L1); });
        !line.isEmpty())
        return line;
    const QString line = last([](const QString &text) { return error.match(text).hasMatch(); });
    return line.isEmpty() ? lines.join(u' ') : line;
}

GpuProbe readGpuProbe(const QByteArray &out)
{
    GpuProbe probe{GpuProbe::Kind::Refused, {}, 0};
    const qsizetype begin = out.startsWith(marker) ? 0 : out.indexOf(QByteArray('\n' + marker));
    if (begin < 0)
        return probe;
    static const QRegularExpression gpu(u"^GPU \\d+: (.+?)(?: \\(UUID: .*)?$"_s);
    static const QRegularExpression asked(u"^cuda: (\\d+) (\\d+) (\\d+)$"_s);
    QStringList names, said, files;
    std::optional<QString> byTool, byCuda;
    bool toolFinds = false, cudaFinds = false, hasNode = false, hasLibrary = false;
    for (const QString &text : QString::fromUtf8(out.sliced(begin).trimmed()).split(u'\n').sliced(1)) {
        const QString line = text.trimmed();
        if (line.startsWith("smi: "_L1)) {
            const QString words = line.sliced(5).trimmed();
            if (const auto match = gpu.match(words); match.hasMatch())
                names << match.captured(1);
            else if (!words.startsWith("MIG "_L1))
                said << words;
            toolFinds = !names.isEmpty();
            byTool = toolFinds ? u"%1 (%2)"_s.arg(gpus(names.size()), names.join(u", "_s))
                               : tr("nvidia-smi: %1").arg(said.join(u' '));
        } else if (const auto match = asked.match(line); match.hasMatch()) {
            const int version = match.captured(3).toInt(); // 13000 for 13.0
            probe.cuda = u"%1.%2"_s.arg(version / 1000).arg(version % 1000 / 10);
            const int error = match.captured(1).toInt(), count = match.captured(2).toInt();
            cudaFinds = error == 0 && count > 0;
            byCuda = error == 0 ? tr("CUDA %1 finds %2").arg(probe.cuda, gpus(count))
                                : tr("CUDA ends with error %1").arg(error);
        } else if (line.startsWith("cuda-missing:"_L1)) {
            byCuda = line.section(u':', 1).trimmed();
        } else if (line.startsWith("/dev/"_L1) || line == "libcuda.so.1"_L1) {
            hasNode |= line.startsWith("/dev/"_L1);
            hasLibrary |= !line.startsWith("/dev/"_L1);
            files << line;
        }
    }
    // What CUDA itself finds counts: nvidia-smi does without /dev/nvidia-uvm and libcuda.
    const bool seen = byCuda ? cudaFinds : byTool ? toolFinds : hasNode && hasLibrary;
    probe.kind = seen ? GpuProbe::Kind::Seen : GpuProbe::Kind::NotSeen;
    QStringList words;
    for (const auto &one : {byTool, byCuda})
        if (one)
            words << *one;
    if (words.isEmpty())
        words << (seen ? tr("%1; nothing in the image can ask the driver").arg(files.join(u", "_s))
                       : files.join(u", "_s));
    probe.words = words.join(u", "_s);
    return probe;
}

GpuProbe probeGpus(const Engine &engine, const ProbeImage &image, std::chrono::milliseconds limit)
{
    ContainerRun container;
    container.image = image.name;
    container.name = u"kernelyard-probe-%1"_s.arg(QCoreApplication::applicationPid());
    container.gpus = true;
    container.command = {u"sh"_s, u"-c"_s, look};
    QElapsedTimer timer;
    timer.start();
    const Result<Completed> done = run(runContainer(engine, container), limit);
    GpuProbe probe{GpuProbe::Kind::Refused, {}, 0};
    if (done) {
        probe = readGpuProbe(done->out);
        if (probe.kind == GpuProbe::Kind::Refused)
            probe.words = engineWords(done->err);
    } else if (done.error().kind == ErrorKind::Timeout) {
        probe.kind = GpuProbe::Kind::TimedOut;
        probe.words = engineWords(done.error().detail.toUtf8());
        // The client is gone, the container is not: it is the daemon's, or Podman's monitor's.
        [[maybe_unused]] const auto removed = run(removeContainers(engine, {container.name}), 20s);
    } else {
        probe.words = done.error().message;
    }
    probe.tookMs = timer.elapsed();
    probe.image = image;
    return probe;
}

std::optional<bool> meetsRequirement(const QString &requirement, const Version &cuda, const Version &driver)
{
    static const QRegularExpression form(u"^(\\w+)(>=|<=|!=|>|<|=)(.+)$"_s);
    const auto holds = [&](const QString &condition) -> std::optional<bool> {
        const auto match = form.match(condition);
        const QString name = match.captured(1), operation = match.captured(2);
        const Version &own = name == "cuda"_L1 ? cuda : driver;
        if ((name != "cuda"_L1 && name != "driver"_L1) || own.isNull())
            return std::nullopt;
        const auto order = own <=> Version(match.captured(3));
        return operation == ">="_L1   ? std::is_gteq(order)
               : operation == "<="_L1 ? std::is_lteq(order)
               : operation == ">"_L1  ? std::is_gt(order)
               : operation == "<"_L1  ? std::is_lt(order)
               : operation == "="_L1  ? std::is_eq(order)
                                      : std::is_neq(order);
    };
    bool met = requirement.trimmed().isEmpty(), open = false;
    for (const QString &alternative : requirement.split(u' ', Qt::SkipEmptyParts)) {
        bool all = true, known = true;
        for (const QString &condition : alternative.split(u',', Qt::SkipEmptyParts)) {
            const std::optional<bool> one = holds(condition);
            all &= one.value_or(true);
            known &= one.has_value();
        }
        met |= all && known;
        open |= all && !known;
    }
    if (met || !open)
        return met;
    return std::nullopt;
}

} // namespace kernelyard
