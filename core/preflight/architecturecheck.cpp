// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/architecturecheck.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Preflight", text);
}

class ArchitectureRung
{
public:
    ArchitectureRung(Check &check, const Stack &stack, const QList<GpuStatus> &gpus, const CompatibilityTables &tables)
        : m_check(check)
        , m_stack(stack)
        , m_gpus(gpus)
        , m_tables(tables)
        , m_capabilities(capabilitiesOf(stack, gpus))
    {}

    void judge()
    {
        if (!m_stack.wantsGpu() && m_capabilities.isEmpty())
            return pass(m_check, tr("none: compiled for the CPU"));
        if (m_capabilities.isEmpty()) {
            m_check.evidence = tr("none are named");
            return;
        }
        const auto refused = std::find_if(m_capabilities.cbegin(), m_capabilities.cend(),
                                          [this](const QString &word) { return !canBeBuilt(m_check, word); });
        if (refused != m_capabilities.cend())
            return offerTheRest();
        judgeGpus();
    }

private:
    void judgeGpus()
    {
        const QString list = m_capabilities.join(u' ');
        const TorchRow *release = m_stack.torch.isNull() ? nullptr : m_tables.release(m_stack.torch);
        const TorchWheel *wheel = release ? release->wheel(m_stack.cudaTag) : nullptr;
        QStringList unfit, missing;
        bool any = false, fitsOne = false;
        for (const GpuStatus &gpu : m_gpus) {
            if (!gpu.computeCapability)
                continue;
            any = true;
            const Version own(*gpu.computeCapability);
            if (!isCovered(m_capabilities, own)) {
                unfit << tr("GPU %1 is %2").arg(gpu.index).arg(own.text());
                if (Check other; !missing.contains(own.text()) && canBeBuilt(other, own.text()))
                    missing << own.text();
                continue;
            }
            fitsOne = true;
            if (wheel && !isCovered(wheel->capabilities, own)) {
                return fail(m_check,
                            tr("PyTorch %1 for %2 has no code for GPU %3 (%4)")
                                .arg(m_stack.torch.text(), m_stack.cudaTag)
                                .arg(gpu.index)
                                .arg(own.text()),
                            fittingTags(*release, own));
            }
        }
        if (!unfit.isEmpty())
            return lacks(fitsOne ? tr("%1 does not run on every GPU here: %2").arg(list, unfit.join(u", "_s))
                                 : tr("%1 runs on none of these: %2").arg(list, unfit.join(u", "_s)),
                         missing, fitsOne);
        if (!any)
            return pass(m_check, tr("%1 can be built; no GPU to compare with").arg(list));
        pass(m_check, tr("%1 fits every GPU here, and can be built").arg(list));
    }

    /// \a missing: those of the GPUs left out that could be built, too. To leave some out may be meant.
    void lacks(const QString &evidence, const QStringList &missing, bool fitsOne)
    {
        fail(m_check, evidence,
             missing.isEmpty() ? tr("Choose a base image, or a release of the package, that builds for them.")
                               : tr("Add %1 to the list.").arg(missing.join(u' ')));
        if (fitsOne)
            m_check.outcome = CheckOutcome::Warning;
        if (!missing.isEmpty())
            m_check.choice = {u"cuda-architectures"_s, (m_capabilities + missing).join(u';')};
    }

    /// On a machine with several GPUs, or with a list of several: those that can be built are another way.
    void offerTheRest()
    {
        QStringList fitting;
        for (const QString &word : m_capabilities)
            if (Check other; canBeBuilt(other, word))
                fitting << word;
        if (fitting.isEmpty())
            return;
        const QString list = fitting.join(u';');
        m_check.remedy += u' ' + tr("Or name only %1: what is left out can't be used.").arg(list);
        m_check.choice = {u"cuda-architectures"_s, list};
    }

    /// Whether nvcc and the package take \a word; fills \a check where not.
    bool canBeBuilt(Check &check, const QString &word) const
    {
        const QString capability = plainCapability(word);
        const GpuArchitecture *row = m_tables.architectures.find(capability);
        if (!row) { // a build would refuse it as well
            QStringList all;
            for (const GpuArchitecture &one : m_tables.architectures.rows())
                all << one.capability;
            fail(check, tr("%1 is no compute capability that is known").arg(word),
                 tr("Known are %1; each may end in +PTX.").arg(all.join(u", "_s)));
            return false;
        }
        const QString known = tr("%1 (%2)").arg(capability, row->name);
        const Version toolkit = majorMinor(m_stack.cuda);
        if (!toolkit.isNull() && toolkit < Version(row->cudaFirst)) {
            fail(check, tr("nvcc %1 can't build %2").arg(m_stack.cuda.text(), known),
                 tr("It needs CUDA %1 or newer.").arg(row->cudaFirst));
            return false;
        }
        if (!toolkit.isNull() && !row->cudaLast.isEmpty() && toolkit > Version(row->cudaLast)) {
            fail(check, tr("nvcc %1 no longer builds %2").arg(m_stack.cuda.text(), known),
                 tr("CUDA %1 is the last that does.").arg(row->cudaLast));
            return false;
        }
        return packageTakes(check, Version(capability), known);
    }

    /// The release that the package is judged by. Of one that the table lacks the limits of the nearest older one are
    /// likely its own, of a branch or commit those of the newest.
    const PackageRow *rule(QString &judgedBy) const
    {
        if (const PackageRow *exact = m_tables.package(m_stack.package, m_stack.packageVersion))
            return exact;
        const bool isRelease = !m_stack.packageVersion.isEmpty();
        const PackageRow *near =
            isRelease ? m_tables.nearest(m_stack.package, m_stack.packageVersion) : m_tables.newest(m_stack.package);
        if (near)
            judgedBy = isRelease ? tr("; %1 is not in the table").arg(m_stack.packageVersion)
                                 : tr("; of what is built no release is known, this is the newest");
        return near;
    }

    bool packageTakes(Check &check, const Version &capability, const QString &known) const
    {
        QString judgedBy;
        const PackageRow *release = rule(judgedBy);
        if (!release)
            return true;
        const auto refuse = [&](const QString &evidence, const QString &remedy) {
            fail(check, evidence + judgedBy, remedy);
            if (!judgedBy.isEmpty())
                check.outcome = CheckOutcome::Warning;
            return false;
        };
        if (capability < release->leastCapability)
            return refuse(tr("%1 %2 supports %3 and newer, not %4")
                              .arg(m_stack.package, release->version, release->leastCapability.text(), known),
                          !m_stack.packageVersion.isEmpty()
                              ? tr("Choose an older release of %1.").arg(m_stack.package)
                              : tr("Choose an older release of %1 by first-build-ref.").arg(m_stack.package));
        if (release->targets.isEmpty())
            return true;
        const PackageTarget *target = release->target(capability);
        if (!target) {
            QStringList built;
            for (const PackageTarget &one : release->targets)
                built << one.capability.text();
            return refuse(
                tr("%1 %2 builds %3, not %4").arg(m_stack.package, release->version, built.join(u", "_s), known),
                tr("Name one of these that runs on the GPU, or choose another release of %1.").arg(m_stack.package));
        }
        if (const Version toolkit = majorMinor(m_stack.cuda); !toolkit.isNull() && toolkit < target->cuda)
            return refuse(tr("%1 %2 builds %3 with CUDA %4 and newer, the base image has %5")
                              .arg(m_stack.package, release->version, known, target->cuda.text(), m_stack.cuda.text()),
                          tr("Choose a base image with CUDA %1 or newer.").arg(target->cuda.text()));
        return true;
    }

    static QString fittingTags(const TorchRow &release, const Version &gpu)
    {
        QStringList tags;
        for (const TorchWheel &one : release.wheels)
            if (isCovered(one.capabilities, gpu))
                tags << one.cudaTag;
        return tags.isEmpty() ? tr("Choose another release of PyTorch.")
                              : tr("Its wheels for %1 have: choose that CUDA tag.").arg(tags.join(u", "_s));
    }

    Check &m_check;
    const Stack &m_stack;
    const QList<GpuStatus> &m_gpus;
    const CompatibilityTables &m_tables;
    QStringList m_capabilities;
};

} // namespace

QStringList capabilitiesOf(const Stack &stack, const QList<GpuStatus> &gpus)
{
    QStringList found;
    for (const GpuStatus &gpu : gpus)
        if (gpu.computeCapability && !found.contains(*gpu.computeCapability))
            found << *gpu.computeCapability;
    return stack.detects && !found.isEmpty() ? found : stack.capabilities;
}

void checkArchitectures(Check &check, const Stack &stack, const QList<GpuStatus> &gpus,
                        const CompatibilityTables &tables)
{
    ArchitectureRung(check, stack, gpus, tables).judge();
}

} // namespace kernelyard
