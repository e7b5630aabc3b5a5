// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/nvmlreader.h"

#include "core/gpu/nvmlstatus.h"

#include <QCoreApplication>
#include <QScopeGuard>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

using nvml::Return;

/// A renewal wakes every GPU that nothing keeps awake, so it becomes ever rarer.
static constexpr int leastPatience = 10, mostPatience = 320;

NvmlReader::NvmlReader(CallWatch &watch, QString path, QSet<int> skipped)
    : m_watch(watch)
    , m_calls(watch)
    , m_path(std::move(path))
    , m_skipped(std::move(skipped))
{}

NvmlReader::~NvmlReader()
{
    close();
}

void NvmlReader::close()
{
    retire();
    if (m_ready)
        m_calls.start("nvmlShutdown", m_f.shutdown);
    m_ready = false;
    m_library.reset();
    m_f = {};
}

/// The indices, handles and samples count no more.
void NvmlReader::retire()
{
    for (Known &known : m_known) {
        known.device = nullptr;
        known.gpm = {};
        if (!known.fixed.id().isEmpty())
            m_gone.push_back(std::move(known));
    }
    m_known.clear();
}

GpuFault NvmlReader::faultOf(Return code) const
{
    const char *text = m_f.errorString ? m_f.errorString(code) : nullptr;
    return {conditionOfNvmlCode(static_cast<int>(code)),
            text ? QString::fromLocal8Bit(text) : u"NVML code %1"_s.arg(static_cast<int>(code))};
}

/// What is wrong with the library \a name; nothing: it is ready.
GpuFault NvmlReader::open(const QString &name)
{
    m_watch.begin("dlopen", CallKind::Starting);
    Result<NvmlLibrary> opened = NvmlLibrary::open(name);
    m_watch.end();
    if (!opened)
        return {GpuCondition::NoLibrary, opened.error().detail};
    m_library.emplace(std::move(*opened));
    m_f = m_library->functions();
    m_calls.beginGpu();
    const Return begun = m_calls.start("nvmlInit", m_f.init);
    m_ready = begun == Return::Success;
    if (m_ready)
        return {};
    GpuFault fault = faultOf(begun);
    close();
    return fault;
}

bool NvmlReader::prepare(GpuReading &reading)
{
    if (m_ready)
        return true;
    const QStringList names = m_path.isEmpty() ? NvmlLibrary::candidates() : QStringList{m_path};
    GpuFault first; // that a library told, else the first that could not be loaded
    for (qsizetype i = 0; i < names.size() && !m_ready; ++i) {
        const GpuFault fault = open(names[i]);
        if (i == 0 || (first.condition == GpuCondition::NoLibrary && fault.condition != GpuCondition::NoLibrary))
            first = fault;
    }
    if (!m_ready) {
        reading.fault = first;
        return false;
    }
    ++m_initialisations;
    m_calls.takeText(m_driver, "nvmlSystemGetDriverVersion", m_f.driverVersion);
    m_calls.takeText(m_libraryVersion, "nvmlSystemGetNVMLVersion", m_f.libraryVersion);
    int cuda = 0;
    m_cuda.clear();
    if (m_calls.call("nvmlSystemGetCudaDriverVersion", m_f.cudaVersion, &cuda) == Return::Success)
        m_cuda = u"%1.%2"_s.arg(cuda / 1000).arg(cuda % 1000 / 10);
    return true;
}

bool NvmlReader::isRenewalDue(bool lacksSome)
{
    const bool troubled = lacksSome || !m_gone.empty() || std::ranges::any_of(m_known, [](const Known &known) {
                              const GpuCondition condition = known.fixed.fault.condition;
                              return condition != GpuCondition::Healthy && condition != GpuCondition::Stuck;
                          });
    if (!troubled) {
        m_patience = leastPatience;
        m_waited = 0;
        return false;
    }
    if (++m_waited < m_patience)
        return false;
    m_waited = 0;
    m_patience = std::min(2 * m_patience, mostPatience);
    return true;
}

GpuReading NvmlReader::read(bool lacksSome)
{
    GpuReading reading;
    reading.source = GpuSource::Nvml;
    if (m_ready && isRenewalDue(lacksSome))
        close();
    if (!prepare(reading))
        return reading;
    reading.driver = m_driver;
    reading.libraryVersion = m_libraryVersion;
    reading.cuda = m_cuda;
    uint32_t count = 0;
    m_calls.beginGpu();
    const Return counted = m_calls.call("nvmlDeviceGetCount", m_f.count, &count);
    if (counted != Return::Success) {
        reading.fault = faultOf(counted);
        close();
        return reading;
    }
    if (count != m_known.size()) {
        if (m_count && *m_count != count)
            m_skipped.clear(); // they were other indices
        m_count = count;
        retire();
        m_known.resize(count);
    }
    for (int index = 0; index < static_cast<int>(count); ++index)
        identify(index);
    adopt();
    for (Known &known : m_known)
        readGpu(known, reading);
    for (const Known &gone : m_gone) {
        GpuStatus gpu = gone.fixed;
        gpu.fault = {
            GpuCondition::FallenOffBus,
            QCoreApplication::translate("Gpu", "The driver no longer lists it; it was GPU %1.").arg(gpu.index)};
        gpu.index = static_cast<int>(reading.gpus.size());
        reading.gpus << gpu;
    }
    if (reading.gpus.isEmpty())
        reading.fault = {GpuCondition::NoDevice, {}};
    return reading;
}

bool NvmlReader::wantsAnother() const
{
    return std::ranges::any_of(m_known, [](const Known &known) { return known.gpm.wantsAnother(); });
}

/// Gets the handle at \a index, once after each initialisation, and what can be told by it.
void NvmlReader::identify(int index)
{
    Known &known = m_known[std::size_t(index)];
    if (known.device || known.fixed.fault.condition != GpuCondition::Healthy)
        return;
    known.fixed.index = index;
    known.fixed.driver = m_driver;
    if (m_skipped.contains(index)) {
        known.fixed.fault = {GpuCondition::Stuck, u"left out until it is asked again"_s};
        return;
    }
    m_watch.setGpu(index);
    const auto none = qScopeGuard([this] { m_watch.setGpu(-1); });
    m_calls.beginGpu();
    const Return code = m_calls.start("nvmlDeviceGetHandleByIndex", m_f.handleByIndex, uint32_t(index), &known.device);
    if (code != Return::Success) {
        known.device = nullptr;
        blame(known, code);
        return;
    }
    readFixed(m_calls, m_f, known.device, known.fixed);
    const auto same = std::ranges::find(m_gone, known.fixed.id(), [](const Known &gone) { return gone.fixed.id(); });
    if (same != m_gone.end())
        recognise(known, same - m_gone.begin());
    if (const auto lost = m_calls.lost()) {
        known.device = nullptr;
        blame(known, *lost);
    }
}

/// \a known is what was at place \a gone of those that were seen before.
void NvmlReader::recognise(Known &known, qsizetype gone)
{
    Known &before = m_gone[std::size_t(gone)];
    known.processes = std::move(before.processes);
    known.fellOff = before.fellOff;
    if (known.fixed.name.isEmpty())
        known.fixed.name = before.fixed.name;
    if (known.fixed.uuid.isEmpty())
        known.fixed.uuid = before.fixed.uuid;
    if (known.fixed.busId.isEmpty())
        known.fixed.busId = before.fixed.busId;
    if (known.fellOff && known.fixed.fault.condition == GpuCondition::Failed)
        known.fixed.fault.condition = GpuCondition::FallenOffBus;
    m_gone.erase(m_gone.begin() + gone);
}

/// One that NVML lists but that does not say which it is must be one that was seen before and is not found again.
void NvmlReader::adopt()
{
    for (Known &known : m_known) {
        if (m_gone.empty() || !known.fixed.id().isEmpty() || known.fixed.fault.condition == GpuCondition::Healthy)
            continue;
        const auto there =
            std::ranges::find(m_gone, known.fixed.index, [](const Known &gone) { return gone.fixed.index; });
        recognise(known, there == m_gone.end() ? 0 : there - m_gone.begin());
    }
}

void NvmlReader::readGpu(Known &known, GpuReading &reading)
{
    if (!known.device) {
        reading.gpus << known.fixed;
        return;
    }
    m_watch.setGpu(known.fixed.index);
    const auto none = qScopeGuard([this] { m_watch.setGpu(-1); });
    m_calls.beginGpu();
    GpuStatus gpu = known.fixed;
    if (const std::optional<Return> failure = readLive(m_calls, m_f, known.device, known.processes, known.gpm, gpu)) {
        known.device = nullptr;
        known.gpm = {};
        blame(known, *failure);
        gpu = known.fixed;
    } else {
        known.fellOff = false;
    }
    reading.gpus << gpu;
}

/// A GPU that fell off the bus gives any error later on.
void NvmlReader::blame(Known &known, Return code) const
{
    known.fixed.fault = faultOf(code);
    if (known.fellOff && known.fixed.fault.condition == GpuCondition::Failed)
        known.fixed.fault.condition = GpuCondition::FallenOffBus;
    known.fellOff = known.fixed.fault.condition == GpuCondition::FallenOffBus;
}

} // namespace kernelyard
