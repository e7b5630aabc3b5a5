// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/architecturechoice.h"

#include "core/environment/imagename.h"
#include "core/gpu/gpumonitor.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ArchitectureChoice", text);
}

/// Whether nvcc of CUDA \a toolkit compiles for \a architecture.
bool compiles(const Version &toolkit, const GpuArchitecture &architecture)
{
    const Version release(toolkit.text().section(u'.', 0, 1)); // 12.9.1 is a 12.9
    return release >= Version(architecture.cudaFirst) &&
           (architecture.cudaLast.isEmpty() || release <= Version(architecture.cudaLast));
}

/// "9.0 (Hopper)"
QString named(const QString &capability, const ArchitectureTable &known)
{
    const GpuArchitecture *architecture = known.find(capability);
    return architecture ? u"%1 (%2)"_s.arg(capability, architecture->name) : capability;
}

ArchitectureChoice detected(const Choice &choice, const GpuFacts &facts)
{
    QStringList capabilities;
    QStringList found;
    for (const GpuFacts::Gpu &gpu : facts.gpus) {
        if (!capabilities.contains(gpu.capability))
            capabilities << gpu.capability;
        const QString words = tr("%1 has %2").arg(gpu.name, named(gpu.capability, facts.architectures));
        if (!found.contains(words))
            found << words;
    }
    if (capabilities.isEmpty())
        return {choice.name, choice.defaultValue,
                facts.problem.isEmpty() ? tr("the default, for no GPU was found here")
                                        : tr("the default, for the GPU can't be asked: %1").arg(facts.problem)};
    std::ranges::sort(capabilities, {}, [](const QString &one) { return Version(one); });
    return {choice.name, capabilities.join(u';'), tr("detected: %1").arg(found.join(u", "_s))};
}

std::optional<Error> refused(const Environment &resolved, const ArchitectureChoice &choice, const GpuFacts &facts)
{
    if (facts.architectures.rows().isEmpty())
        return {};
    const Version toolkit = cudaOfImage(resolved.base.pull);
    for (const QString &capability : capabilitiesIn(choice.value)) {
        const GpuArchitecture *architecture = facts.architectures.find(capability);
        if (!architecture) {
            QStringList all;
            for (const GpuArchitecture &one : facts.architectures.rows())
                all << one.capability;
            return Error{
                ErrorKind::Invalid,
                tr("%1: \"%2\" in %3 is no known compute capability.").arg(resolved.name, capability, choice.name),
                {},
                tr("Known are: %1; each may end in +PTX.").arg(all.join(u", "_s))};
        }
        if (toolkit.isNull() || compiles(toolkit, *architecture))
            continue;
        const bool tooOld = toolkit < Version(architecture->cudaFirst);
        return Error{
            ErrorKind::Invalid,
            tr("%1: CUDA %2 of the base image %3 does not compile for %4.")
                .arg(resolved.name, toolkit.text(), resolved.base.pull, named(capability, facts.architectures)),
            tr("%1 is %2: %3.").arg(choice.name, choice.value, choice.reason),
            tooOld ? tr("Choose a base image with CUDA %1 or newer.").arg(architecture->cudaFirst)
                   : tr("Choose a base image with CUDA %1 or older.").arg(architecture->cudaLast)};
    }
    return {};
}

} // namespace

GpuFacts GpuFacts::of(const Environment &environment, const Paths &paths, const QString &ctl)
{
    GpuFacts facts;
    if (std::ranges::none_of(environment.choices, &Choice::detectsArchitectures))
        return facts;
    if (const auto known = ArchitectureTable::read(paths.shipped))
        facts.architectures = *known;
    const Result<GpuReading> reading = readGpus(GpuHelperSetup::real(ctl).command).result();
    if (!reading) {
        facts.problem = reading.error().message;
        return facts;
    }
    const GpuCondition condition = reading->fault.condition;
    if (condition != GpuCondition::Healthy && condition != GpuCondition::NoDevice)
        facts.problem = noticeOf(reading->fault, {}).message;
    for (const GpuStatus &gpu : reading->gpus)
        if (gpu.computeCapability)
            facts.gpus.append({gpu.name, *gpu.computeCapability});
    return facts;
}

Result<QList<ArchitectureChoice>> architectureChoices(const Environment &environment, const ChosenValues &chosen,
                                                      const GpuFacts &facts)
{
    QList<ArchitectureChoice> choices;
    const auto resolved = withChoices(environment, chosen);
    if (!resolved)
        return Failure(resolved.error());
    for (const Choice &choice : environment.choices) {
        if (!choice.detectsArchitectures)
            continue;
        ArchitectureChoice made =
            choice.own ? ArchitectureChoice{choice.name, *choice.own, tr("chosen")} : detected(choice, facts);
        for (const auto &[name, value] : chosen)
            if (name == choice.name)
                made = {name, value, tr("chosen")};
        if (auto error = refused(*resolved, made, facts))
            return Failure(*error);
        choices << made;
    }
    return choices;
}

Version cudaOfImage(const QString &image)
{
    const auto name = ImageName::fromText(image);
    if (!name || !name->repository.endsWith(u"nvidia/cuda"))
        return {};
    return Version(name->tag);
}

QStringList capabilitiesIn(const QString &list)
{
    static const QRegularExpression separators(u"[;,\\s]+"_s);
    static const QRegularExpression suffix(u"(?:[af])?(?:\\+PTX)?$"_s);
    QStringList capabilities;
    for (QString word : list.split(separators, Qt::SkipEmptyParts))
        capabilities << word.remove(suffix);
    return capabilities;
}

} // namespace kernelyard
