// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/nvmllibrary.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <dlfcn.h>

#include <initializer_list>

using namespace Qt::StringLiterals;

namespace kernelyard {

void NvmlLibrary::Close::operator()(void *handle) const
{
    ::dlclose(handle);
}

/// The first of \a names, the best first, that the library has.
template <class F>
static void resolve(void *library, F &function, std::initializer_list<const char *> names)
{
    for (const char *name : names) {
        function = reinterpret_cast<F>(::dlsym(library, name));
        if (function)
            return;
    }
}

static nvml::Functions resolveAll(void *library)
{
    nvml::Functions f{};
    const auto get = [library](auto &function, std::initializer_list<const char *> names) {
        resolve(library, function, names);
    };
    get(f.init, {"nvmlInit_v2", "nvmlInit"});
    get(f.shutdown, {"nvmlShutdown"});
    get(f.driverVersion, {"nvmlSystemGetDriverVersion"});
    get(f.libraryVersion, {"nvmlSystemGetNVMLVersion"});
    get(f.cudaVersion, {"nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"});
    get(f.count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
    get(f.handleByIndex, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
    get(f.name, {"nvmlDeviceGetName"});
    get(f.uuid, {"nvmlDeviceGetUUID"});
    get(f.pci3, {"nvmlDeviceGetPciInfo_v3"});
    get(f.pci2, {"nvmlDeviceGetPciInfo_v2", "nvmlDeviceGetPciInfo"});
    get(f.computeCapability, {"nvmlDeviceGetCudaComputeCapability"});
    get(f.utilization, {"nvmlDeviceGetUtilizationRates"});
    get(f.memory2, {"nvmlDeviceGetMemoryInfo_v2"});
    get(f.memory1, {"nvmlDeviceGetMemoryInfo"});
    get(f.temperature, {"nvmlDeviceGetTemperature"});
    get(f.temperatureThreshold, {"nvmlDeviceGetTemperatureThreshold"});
    get(f.marginTemperature, {"nvmlDeviceGetMarginTemperature"});
    get(f.powerUsage, {"nvmlDeviceGetPowerUsage"});
    get(f.enforcedPowerLimit, {"nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerManagementLimit"});
    get(f.clock, {"nvmlDeviceGetClockInfo"});
    get(f.maxClock, {"nvmlDeviceGetMaxClockInfo"});
    get(f.clockReasons, {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
    get(f.eccMode, {"nvmlDeviceGetEccMode"});
    get(f.eccErrors, {"nvmlDeviceGetTotalEccErrors"});
    get(f.pcieGeneration, {"nvmlDeviceGetCurrPcieLinkGeneration"});
    get(f.pcieWidth, {"nvmlDeviceGetCurrPcieLinkWidth"});
    get(f.pcieGenerationMax, {"nvmlDeviceGetMaxPcieLinkGeneration"});
    get(f.pcieWidthMax, {"nvmlDeviceGetMaxPcieLinkWidth"});
    get(f.persistence, {"nvmlDeviceGetPersistenceMode"});
    get(f.displayActive, {"nvmlDeviceGetDisplayActive"});
    get(f.migMode, {"nvmlDeviceGetMigMode"});
    get(f.maxMigDevices, {"nvmlDeviceGetMaxMigDeviceCount"});
    get(f.migDevice, {"nvmlDeviceGetMigDeviceHandleByIndex"});
    get(f.gpuInstance, {"nvmlDeviceGetGpuInstanceId"});
    get(f.computeInstance, {"nvmlDeviceGetComputeInstanceId"});
    get(f.attributes, {"nvmlDeviceGetAttributes_v2", "nvmlDeviceGetAttributes"});
    // _v2 first: see nvml::processRoom.
    get(f.computeProcesses2, {"nvmlDeviceGetComputeRunningProcesses_v2", "nvmlDeviceGetComputeRunningProcesses_v3"});
    get(f.graphicsProcesses2, {"nvmlDeviceGetGraphicsRunningProcesses_v2", "nvmlDeviceGetGraphicsRunningProcesses_v3"});
    get(f.computeProcesses1, {"nvmlDeviceGetComputeRunningProcesses"});
    get(f.graphicsProcesses1, {"nvmlDeviceGetGraphicsRunningProcesses"});
    get(f.processUtilization, {"nvmlDeviceGetProcessUtilization"});
    get(f.gpmSupport, {"nvmlGpmQueryDeviceSupport"});
    get(f.gpmAllocate, {"nvmlGpmSampleAlloc"});
    get(f.gpmFree, {"nvmlGpmSampleFree"});
    get(f.gpmMigSample, {"nvmlGpmMigSampleGet"});
    get(f.gpmMetrics, {"nvmlGpmMetricsGet"});
    get(f.errorString, {"nvmlErrorString"});
    return f;
}

QStringList NvmlLibrary::candidates()
{
    const QString wsl = u"/usr/lib/wsl/lib/libnvidia-ml.so.1"_s;
    QStringList names{u"libnvidia-ml.so.1"_s, u"libnvidia-ml.so"_s,
                      u"/usr/local/nvidia/lib64/libnvidia-ml.so.1"_s}; // hosts of containers keep it there
    QFileInfo::exists(u"/dev/dxg"_s) ? names.prepend(wsl) : names.append(wsl);
    return names;
}

Result<NvmlLibrary> NvmlLibrary::open(const QString &name)
{
    NvmlLibrary library;
    library.m_handle.reset(::dlopen(QFile::encodeName(name).constData(), RTLD_NOW | RTLD_LOCAL));
    if (!library.m_handle)
        return Failure(Error{ErrorKind::Missing,
                             QCoreApplication::translate("Gpu", "NVIDIA's management library could not be loaded."),
                             QString::fromLocal8Bit(::dlerror()),
                             {}});
    library.m_functions = resolveAll(library.m_handle.get());
    const nvml::Functions &f = library.m_functions;
    if (!f.init || !f.count || !f.handleByIndex)
        return Failure(Error{ErrorKind::Unsupported,
                             QCoreApplication::translate("Gpu", "%1 is no NVIDIA management library.").arg(name),
                             {},
                             {}});
    return library;
}

} // namespace kernelyard
