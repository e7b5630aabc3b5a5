// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/architecturecheck.h"
#include "core/preflight/containerremedy.h"
#include "core/preflight/preflight.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

using enum CheckOutcome;

QString tr(const char *text)
{
    return QCoreApplication::translate("Preflight", text);
}

QString gibText(qint64 bytes)
{
    return tr("%1 GiB").arg(static_cast<double>(bytes) / (1LL << 30), 0, 'f', 1);
}

QString gbText(qint64 bytes)
{
    return tr("%1 GB").arg(static_cast<double>(bytes) / 1e9, 0, 'f', 0);
}

QString minutesText(BuildTime time)
{
    const auto minutes = std::chrono::round<std::chrono::minutes>(time).count();
    return minutes < 1 ? tr("under 1 min") : tr("%1 min").arg(minutes);
}

/// What goes with what, and what this machine has for it.
class StackLadder
{
public:
    StackLadder(const Stack &stack, const MachineFacts &machine, const CompatibilityTables &tables)
        : m_stack(stack)
        , m_machine(machine)
        , m_tables(tables)
        , m_system(tables.systemOf(stack.baseImage))
    {}

    QList<Check> checks()
    {
        add(u"engine"_s, tr("Engine"), &StackLadder::engine);
        add(u"cuda"_s, tr("CUDA of the base image"), &StackLadder::cuda, u"cuda"_s);
        add(u"torch"_s, tr("CUDA, PyTorch, Python, package"), &StackLadder::torch, u"torch"_s);
        add(u"compiler"_s, tr("Host compiler"), &StackLadder::compiler, u"cuda"_s);
        add(u"architectures"_s, tr("Architecture list"), &StackLadder::architectures, u"packages"_s);
        add(u"glibc"_s, tr("Wheel and image glibc"), &StackLadder::glibc, u"torch"_s);
        add(u"memory"_s, tr("Memory"), &StackLadder::memory, u"needs"_s);
        add(u"disk"_s, tr("Disk"), &StackLadder::disk, u"needs"_s);
        add(u"cgroups"_s, tr("cgroup limits"), &StackLadder::cgroups);
        add(u"time"_s, tr("Time"), &StackLadder::time);
        return m_checks;
    }

private:
    void add(const QString &id, const QString &name, void (StackLadder::*rule)(Check &) const,
             const QString &table = {})
    {
        Check check{id, name, Unknown, {}, {}, {}, {}};
        (this->*rule)(check);
        const bool applies = table == "needs"_L1 || m_stack.wantsGpu() || m_stack.usesTorch();
        if (applies && check.outcome != Unknown && m_tables.notes.contains(table))
            check.table = m_tables.notes.value(table);
        m_checks << check;
    }

    void architectures(Check &check) const { checkArchitectures(check, m_stack, gpus(), m_tables); }

    void engine(Check &check) const
    {
        if (m_machine.engine)
            pass(check, m_machine.engine->display());
        else
            fail(check, m_machine.engineError.message, m_machine.engineError.remedy);
    }

    void cuda(Check &check) const
    {
        if (!m_stack.wantsGpu())
            return pass(check, tr("none: compiled for the CPU"));
        if (m_stack.cuda.isNull()) {
            check.evidence = tr("%1 does not name a CUDA version").arg(m_stack.baseImage);
            return;
        }
        const ToolkitRow *row = m_tables.toolkit(m_stack.cuda);
        const Version driver(m_machine.gpus ? m_machine.gpus->driver : QString());
        const QString image = m_stack.cuda.text();
        if (driver.isNull()) {
            check.evidence = tr("%1; unknown whether it runs until there is a driver").arg(image);
        } else if (isProven()) {
            pass(check, tr("%1 on driver %2: a probe with an image of it finds CUDA %3")
                            .arg(image, driver.text(), m_machine.probe.cuda));
        } else if (isForbidden()) {
            fail(check,
                 tr("containers of %1 are not started on driver %2: it meets no condition of the image's "
                    "NVIDIA_REQUIRE_CUDA")
                     .arg(m_machine.probe.image.name, driver.text()),
                 tr("Update the driver, or choose a base image with an older CUDA."));
        } else if (!row) {
            const Version most(m_machine.gpus ? m_machine.gpus->cuda : QString());
            if (!most.isNull() && majorMinor(m_stack.cuda) <= most)
                pass(check, tr("%1, the driver allows up to %2").arg(image, most.text()));
            else if (!most.isNull() && m_stack.cuda.major() == most.major())
                warn(check, tr("%1 is newer than the driver's CUDA %2: no PTX can be compiled").arg(image, most.text()),
                     tr("Update the driver, or name the GPU's own architecture without +PTX."));
            else if (!most.isNull())
                tooOld(check, tr("%1 is of a newer major version than the driver's CUDA %2").arg(image, most.text()),
                       tr("Update the driver, or choose a base image with CUDA %1.").arg(most.major()));
            else
                check.evidence = tr("%1 is not in the table of toolkits").arg(image);
        } else if (driver >= row->driver) {
            pass(check, tr("%1, driver %2").arg(image, driver.text()));
        } else if (driver >= row->leastDriver) {
            warn(check, tr("%1 runs on driver %2, but PTX can't be compiled by it").arg(image, driver.text()),
                 tr("Update the driver to %1, or name the GPU's own architecture without +PTX.")
                     .arg(row->driver.text()));
        } else {
            tooOld(check, tr("%1 needs driver %2, here is %3").arg(image, row->leastDriver.text(), driver.text()),
                   tr("Update the driver to %1 or newer, or choose a base image with an older CUDA.")
                       .arg(row->driver.text()));
        }
    }

    /// A container of an image with this very CUDA could use all of it.
    bool isProven() const
    {
        const GpuProbe &probe = m_machine.probe;
        return probe.kind == GpuProbe::Kind::Seen && !probe.cuda.isEmpty() && probedSameCuda() &&
               Version(probe.cuda) >= majorMinor(m_stack.cuda);
    }

    bool probedSameCuda() const
    {
        const Version &probed = m_machine.probe.image.cuda;
        return !probed.isNull() && majorMinor(probed) == majorMinor(m_stack.cuda);
    }

    /// NVIDIA's runtime starts no container whose image asks for another driver; a CDI specification lets it.
    bool isForbidden() const
    {
        return m_machine.engine && m_machine.gpus && !givesByCdi(*m_machine.engine) && probedSameCuda() &&
               m_machine.probe.kind != GpuProbe::Kind::Seen &&
               meetsRequirement(m_machine.probe.image.requirement, Version(m_machine.gpus->cuda),
                                Version(m_machine.gpus->driver)) == false;
    }

    /// Data-centre GPUs run a newer CUDA by the libraries of the package cuda-compat in the image (CUDA Compatibility,
    /// forward compatibility), which the container toolkit enables.
    void tooOld(Check &check, const QString &evidence, const QString &remedy) const
    {
        const QList<GpuStatus> here = gpus();
        if (here.isEmpty() || !std::all_of(here.cbegin(), here.cend(), isForDataCentres))
            return fail(check, evidence, remedy);
        warn(check, tr("%1; this GPU can use it by cuda-compat in the image").arg(evidence),
             tr("Have cuda-compat in the image (NVIDIA's own have it) and NVIDIA Container Toolkit 1.17.5 or newer, or "
                "update the driver."));
    }

    /// "Tesla T4", "NVIDIA A100-SXM4-80GB", "NVIDIA H200", "NVIDIA L40S", "NVIDIA GB200"; not "NVIDIA RTX A6000".
    static bool isForDataCentres(const GpuStatus &gpu)
    {
        static const QRegularExpression workstation(u"RTX|GeForce|Quadro|TITAN"_s);
        static const QRegularExpression form(u"\\b(?:Tesla|(?:[ABHLPTV]|GB|GH)\\d+[A-Z]?)\\b"_s);
        return !workstation.match(gpu.name).hasMatch() && form.match(gpu.name).hasMatch();
    }

    Version python() const
    {
        return !m_stack.python.isNull() ? m_stack.python : m_system ? m_system->python : Version();
    }

    /// The package's release, where the table has it.
    const PackageRow *package() const { return m_tables.package(m_stack.package, m_stack.packageVersion); }

    void torch(Check &check) const
    {
        if (!m_stack.usesTorch())
            return pass(check, tr("no PyTorch is used"));
        const Version wheels = cudaOfTag(m_stack.cudaTag);
        const TorchRow *row = m_stack.torch.isNull() ? nullptr : m_tables.release(m_stack.torch);
        if (!wheels.isNull() && !m_stack.cuda.isNull() && wheels.major() != m_stack.cuda.major()) {
            const QString tag = u"cu%1%2"_s.arg(m_stack.cuda.major()).arg(m_stack.cuda.text().section(u'.', 1, 1));
            fail(check,
                 tr("PyTorch is for CUDA %1 (%2), the base image compiles with %3")
                     .arg(wheels.text(), m_stack.cudaTag, m_stack.cuda.text()),
                 tr("Choose the tag %1, or a base image with CUDA %2.").arg(tag, wheels.text()));
            if (row && row->wheel(tag))
                check.choice = {u"cuda-tag"_s, tag};
            return;
        }
        if (m_stack.torch.isNull()) {
            check.evidence = tr("%1; which PyTorch is newest is known when it is downloaded").arg(m_stack.cudaTag);
            return;
        }
        if (!row) {
            check.evidence = tr("PyTorch %1 is not in the table of releases").arg(m_stack.torch.text());
            return;
        }
        if (!m_stack.cudaTag.isEmpty() && wheels.isNull()) {
            check.evidence = tr("%1 is not in the table: it has CUDA's tags alone").arg(m_stack.cudaTag);
            return;
        }
        if (!m_stack.cudaTag.isEmpty() && !row->wheel(m_stack.cudaTag))
            return fail(check, tr("PyTorch %1 has no wheels for %2").arg(m_stack.torch.text(), m_stack.cudaTag),
                        tr("Choose one of %1.").arg(row->cudaTags().join(u", "_s)));
        const Version version = majorMinor(python());
        if (!version.isNull() && (version < row->pythonFirst || version > row->pythonLast))
            return fail(check, tr("PyTorch %1 has no wheels for Python %2").arg(m_stack.torch.text(), version.text()),
                        tr("It has them for %1 to %2: choose another base image.")
                            .arg(row->pythonFirst.text(), row->pythonLast.text()));
        const PackageRow *built = package();
        if (built && !version.isNull() && version < built->pythonFirst)
            return fail(check,
                        tr("%1 %2 needs Python %3 or newer, here is %4")
                            .arg(m_stack.package, m_stack.packageVersion, built->pythonFirst.text(), version.text()),
                        tr("Choose another base image, or an older release of %1.").arg(m_stack.package));
        if (built && built->torch != m_stack.torch && !(built->orNewer && m_stack.torch > built->torch)) {
            warn(check,
                 tr("%1 %2 is made for PyTorch %3, %4 is chosen")
                     .arg(m_stack.package, m_stack.packageVersion, built->torch.text(), m_stack.torch.text()),
                 tr("Choose PyTorch %1, or another release of %2.").arg(built->torch.text(), m_stack.package));
            const TorchRow *its = m_tables.release(built->torch);
            if (its && (m_stack.cudaTag.isEmpty() || its->wheel(m_stack.cudaTag)))
                check.choice = {u"torch-version"_s, built->torch.text()};
            return;
        }
        if (!wheels.isNull() && !m_stack.cuda.isNull() && wheels != majorMinor(m_stack.cuda))
            return warn(
                check,
                tr("PyTorch is for CUDA %1, the base image compiles with %2").arg(wheels.text(), m_stack.cuda.text()),
                tr("It works within one major version; the same one is what is tested."));
        QStringList parts{m_stack.torch.text()};
        if (!m_stack.cudaTag.isEmpty())
            parts[0] += u'+' + m_stack.cudaTag;
        if (!version.isNull())
            parts << tr("Python %1").arg(version.text());
        if (!m_stack.packageVersion.isEmpty())
            parts << m_stack.package + u' ' + m_stack.packageVersion;
        if (built && !built->torchLast.isNull() && majorMinor(m_stack.torch) > built->torchLast)
            parts.last() += tr(" (its own wheels end at PyTorch %1: to be compiled)").arg(built->torchLast.text());
        pass(check, parts.join(u", "_s));
    }

    void compiler(Check &check) const
    {
        const ToolkitRow *row = m_stack.cuda.isNull() ? nullptr : m_tables.toolkit(m_stack.cuda);
        if (!m_stack.wantsGpu())
            return pass(check, tr("nothing is compiled with nvcc"));
        if (!m_stack.cuda.isNull() && !m_stack.isDevel)
            return fail(check, tr("%1 has no nvcc").arg(m_stack.baseImage), tr("Choose the image's devel variant."));
        if (!row || !m_system) {
            check.evidence = m_stack.cuda.isNull() ? tr("%1 names no CUDA version").arg(m_stack.baseImage)
                                                   : tr("%1 is not in the tables").arg(m_stack.baseImage);
            return;
        }
        if (m_system->gcc > row->gcc)
            return fail(check,
                        tr("nvcc %1 takes GCC up to %2, the image has %3")
                            .arg(row->cuda.text())
                            .arg(row->gcc)
                            .arg(m_system->gcc),
                        tr("Choose an older system for the base image, or a newer CUDA."));
        pass(check, tr("GCC %1, nvcc takes up to %2").arg(m_system->gcc).arg(row->gcc));
    }

    void glibc(Check &check) const
    {
        const TorchRow *row = m_stack.torch.isNull() ? nullptr : m_tables.release(m_stack.torch);
        Version wanted;
        for (const TorchWheel &wheel : row ? row->wheels : QList<TorchWheel>())
            if ((m_stack.cudaTag.isEmpty() || wheel.cudaTag == m_stack.cudaTag) && wheel.glibc > wanted)
                wanted = wheel.glibc;
        if (!m_system) {
            check.evidence = tr("%1 names no system that is in the table").arg(m_stack.baseImage);
        } else if (!m_stack.usesTorch()) {
            pass(check, tr("image %1; all that runs in it is compiled there").arg(m_system->glibc.text()));
        } else if (wanted.isNull()) {
            check.evidence = tr("image %1; unknown for the wheel until it is downloaded").arg(m_system->glibc.text());
        } else if (m_system->glibc < wanted) {
            fail(check,
                 tr("PyTorch %1 needs glibc %2, the image has %3")
                     .arg(m_stack.torch.text(), wanted.text(), m_system->glibc.text()),
                 tr("Choose a base image with a newer system."));
        } else {
            pass(check, tr("wheel %1, image %2").arg(wanted.text(), m_system->glibc.text()));
        }
    }

    /// Compilers at a time. Where nothing is chosen ninja decides, as its GuessParallelism() does.
    int jobs(const NeedsRow &needs) const
    {
        if (m_stack.jobs > 0)
            return m_stack.jobs;
        if (needs.unsetJobs > 0)
            return needs.unsetJobs;
        return m_machine.cores <= 1 ? 2 : m_machine.cores == 2 ? 3 : m_machine.cores + 2;
    }

    void memory(Check &check) const
    {
        if (m_machine.memoryBytes <= 0) {
            check.evidence = tr("what is free could not be read");
            return;
        }
        const qint64 has = qMin(m_machine.memoryBytes, m_machine.cgroupLimit.value_or(m_machine.memoryBytes));
        const QString available = tr("%1 available").arg(gibText(has));
        if (!m_stack.wantsGpu()) {
            if (has >= m_tables.memoryWithoutCuda)
                return pass(check, available);
            return warn(check,
                        tr("%1, compiling is assumed to take %2").arg(available, gibText(m_tables.memoryWithoutCuda)),
                        tr("Free memory."));
        }
        const NeedsRow needs = m_tables.needsOf(m_stack.package, m_stack.packageVersion);
        // nvcc compiles for so many architectures at the same time.
        const auto named = static_cast<int>(capabilitiesOf(m_stack, gpus()).size());
        const int threads = named > 0 ? qMin(needs.nvccThreads, named) : needs.nvccThreads;
        const qint64 perJob = threads * needs.memoryPerThread;
        const auto fits = static_cast<int>(has / perJob);
        if (fits >= 1 && m_stack.jobs <= 0 && needs.jobsByMemory)
            return pass(check, tr("%1; %2 itself takes as many jobs as fit").arg(available, m_stack.package));
        const qint64 wanted = jobs(needs) * perJob;
        const QString figures =
            threads == 1 ? tr("%1 jobs are assumed to take %2, %3").arg(jobs(needs)).arg(gibText(wanted), available)
                         : tr("%1 jobs for %2 architectures at once are assumed to take %3, %4")
                               .arg(jobs(needs))
                               .arg(threads)
                               .arg(gibText(wanted), available);
        if (wanted <= has)
            return pass(check, figures);
        if (fits < 1)
            return fail(check, figures,
                        threads > 1 ? tr("Free memory, or name fewer architectures: not even one job fits.")
                                    : tr("Free memory: not even one job fits."));
        warn(check, figures, tr("Choose at most %1 jobs.").arg(fits));
        check.choice = {u"jobs"_s, QString::number(fits)};
    }

    QList<GpuStatus> gpus() const { return m_machine.gpus ? m_machine.gpus->gpus : QList<GpuStatus>(); }

    void disk(Check &check) const
    {
        if (!m_machine.freeBytes) {
            check.evidence = m_machine.engine ? tr("what is free where the engine keeps images can't be seen from here")
                                              : tr("unknown until an engine works");
            return;
        }
        const DiskNeed &need = m_stack.wantsGpu() ? m_tables.diskWithCuda : m_tables.diskWithout;
        const QString figures = tr("%1 free in %2, images are assumed to take %3")
                                    .arg(gbText(*m_machine.freeBytes), m_machine.diskPath, gbText(need.all));
        const QString remedy = tr("Free disk there, or move the engine's storage.");
        if (*m_machine.freeBytes < need.layer)
            fail(check, tr("%1, the first layer alone %2").arg(figures, gbText(need.layer)), remedy);
        else if (*m_machine.freeBytes < need.all)
            warn(check, figures, remedy);
        else
            pass(check, figures);
    }

    void cgroups(Check &check) const
    {
        if (m_machine.cgroups == "none"_L1 || m_machine.cgroups.isEmpty()) {
            check.evidence = tr("cgroups can't be seen from here");
            return;
        }
        const QString limit = m_machine.cgroupLimit ? tr("memory limit %1").arg(gibText(*m_machine.cgroupLimit))
                                                    : tr("no memory limit on Kernelyard");
        const QString facts = tr("%1, %2").arg(m_machine.cgroups, limit);
        if (m_machine.engine && m_machine.engine->memoryLimit == Ability::No)
            return warn(check, tr("%1; the engine can't limit memory").arg(facts),
                        tr("Delegate the memory controller to your user, as the engine's manual says."));
        pass(check, facts);
    }

    void time(Check &check) const
    {
        if (m_machine.earlier.size() < Estimate::leastBuilds) {
            check.evidence = tr("no estimate yet: %1 earlier builds, %2 are needed")
                                 .arg(m_machine.earlier.size())
                                 .arg(Estimate::leastBuilds);
            return;
        }
        const QString half = minutesText(quantile(m_machine.earlier, 0.5));
        const QString most = minutesText(quantile(m_machine.earlier, 0.9));
        pass(check, (half == most ? tr("about %1, from %2 earlier builds").arg(half)
                                  : tr("about %1 P50, %2 P90, from %3 earlier builds").arg(half, most))
                        .arg(m_machine.earlier.size()));
    }

    const Stack &m_stack;
    const MachineFacts &m_machine;
    const CompatibilityTables &m_tables;
    const SystemRow *m_system;
    QList<Check> m_checks;
};

} // namespace

QList<Check> stackChecks(const Stack &stack, const MachineFacts &machine, const CompatibilityTables &tables)
{
    return StackLadder(stack, machine, tables).checks();
}

Preflight preflight(const Stack &stack, const MachineFacts &machine, const CompatibilityTables &tables)
{
    return {stack.environment, QDateTime::currentMSecsSinceEpoch(),
            machineChecks(stack, machine) + stackChecks(stack, machine, tables)};
}

void offerChoices(QList<Check> &checks, const Environment &environment)
{
    for (Check &check : checks) {
        if (!check.choice)
            continue;
        const auto &[name, value] = *check.choice;
        const auto found = std::ranges::find(environment.choices, name, &Choice::name);
        if (found == environment.choices.end() || !(found->values.isEmpty() || found->values.contains(value)))
            check.choice.reset();
        else if (!check.fix)
            check.fix =
                Command{u"kernelyardctl"_s, {u"choices"_s, environment.name, QString(name + u'=' + value)}, {}, {}};
    }
}

Result<Preflight> runPreflight(const Environment &environment, const ChosenValues &choices, MachineSources sources)
{
    const Result<Environment> made = withChoices(environment, choices);
    if (!made)
        return Failure(made.error());
    const Result<Stack> stack = stackOf(environment, choices);
    if (!stack)
        return Failure(stack.error());
    const Result<CompatibilityTables> tables = CompatibilityTables::read(sources.paths.shipped);
    if (!tables)
        return Failure(tables.error());
    if (sources.images.isEmpty())
        sources.images = probeImages(*made);
    Preflight done = preflight(*stack, readMachineFacts(sources, *stack), *tables);
    offerChoices(done.checks, environment);
    return done;
}

} // namespace kernelyard
