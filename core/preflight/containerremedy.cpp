// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/containerremedy.h"

#include <QCoreApplication>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Preflight", text);
}

/// Of NVIDIA's own specification that counts: the last one read.
QString nvidiaFile(const QList<CdiFile> &files)
{
    for (auto file = files.crbegin(); file != files.crend(); ++file)
        if (file->namesNvidia)
            return file->path;
    return {};
}

} // namespace

bool givesByCdi(const Engine &engine)
{
    return engine.kind == EngineKind::Podman || engine.gpuArguments.contains("nvidia.com/gpu=all"_L1);
}

Command writeCdi(const ContainerToolkit &toolkit, const QString &file)
{
    // From 1.18 on a unit of the toolkit's own writes the file of this name, and would do so again.
    static const Version withRefresh(u"1.18");
    const bool own = file.isEmpty() || file == "/var/run/cdi/nvidia.yaml"_L1;
    if (own && Version(toolkit.version) >= withRefresh)
        return {u"sudo"_s, {u"systemctl"_s, u"restart"_s, u"nvidia-cdi-refresh"_s}, {}, {}};
    const QString output = file.isEmpty() ? u"/etc/cdi/nvidia.yaml"_s : file;
    return {u"sudo"_s, {u"nvidia-ctk"_s, u"cdi"_s, u"generate"_s, u"--output="_s + output}, {}, {}};
}

ContainerRemedy containerRemedy(const MachineFacts &machine)
{
    const QString &words = machine.probe.words;
    const auto says = [&words](QLatin1StringView part) { return words.contains(part, Qt::CaseInsensitive); };
    if (machine.probe.kind == GpuProbe::Kind::TimedOut)
        return {tr("See whether the driver hangs (its words in the kernel's log), then check again."),
                Command{u"sudo"_s, {u"journalctl"_s, u"--dmesg"_s, u"--grep=NVRM"_s}, {}, {}}};
    // The first four are libnvidia-container's, of CDI's resolver and Docker's own.
    if (says("unsatisfied condition"_L1))
        return {tr("Update the driver, or choose a base image with an older CUDA."), std::nullopt};
    static const QRegularExpression controlGroups(u"\\b(?:bpf|cgroup).*(?:not permitted|permission denied)"_s,
                                                  QRegularExpression::CaseInsensitiveOption);
    if (controlGroups.match(words).hasMatch())
        return {
            tr("A rootless engine may not give devices by cgroups: tell the toolkit to leave them alone."),
            Command{u"sudo"_s,
                    {u"nvidia-ctk"_s, u"config"_s, u"--set"_s, u"nvidia-container-cli.no-cgroups"_s, u"--in-place"_s},
                    {},
                    {}}};
    if (says("unresolvable CDI device"_L1) || (machine.engine && givesByCdi(*machine.engine)))
        return {tr("Write the CDI specification anew, then check again."),
                writeCdi(machine.toolkit, nvidiaFile(machine.cdi))};
    if (says("could not select device driver"_L1))
        return {tr("Docker found no NVIDIA Container Toolkit when it began: install and register it, and restart "
                   "Docker; containers that run end."),
                machine.toolkitFix};
    return {tr("Register the NVIDIA runtime with Docker anew and restart it; containers that run end."),
            machine.toolkitFix};
}

} // namespace kernelyard
