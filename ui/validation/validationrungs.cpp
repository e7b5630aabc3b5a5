// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/validationrungs.h"

#include "ui/validation/validationmodel.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ValidationRungs", text);
}

LadderRung rung(State state, const QString &name, const QString &evidence, const QString &remedy = {})
{
    return {state, name, evidence, remedy, {}};
}

LadderRung driverRung(const QJsonObject &facts)
{
    if (facts.value(u"device"_s) != u"cuda"_s)
        return rung(State::Stopped, tr("Driver"), tr("CPU path"));
    const QString driver = facts.value(u"driver"_s).toString();
    return driver.isEmpty() ? rung(State::Unknown, tr("Driver"), tr("version not told"))
                            : rung(State::Success, tr("Driver"), driver);
}

LadderRung cudaRung(const QJsonObject &facts)
{
    if (facts.value(u"device"_s) != u"cuda"_s)
        return rung(State::Stopped, tr("CUDA"), tr("CPU path"));
    const QString built = facts.value(u"cudaArchitectures"_s).toString();
    return rung(State::Success, tr("CUDA"),
                built.isEmpty() ? tr("a device answers") : tr("compiled for %1").arg(built));
}

/// The back-end's; of several the first and how many more, those that are absent with their reasons.
LadderRung libraryRung(const ValidationRun &run)
{
    QString text = u"%1 %2"_s.arg(backendText(run.facts.value(u"backend"_s).toString()),
                                  run.facts.value(u"backendVersion"_s).toString());
    QStringList absent;
    for (const ValidationBackend &backend : run.backends)
        if (!backend.present)
            absent.append(backendText(backend.name));
    const qsizetype more = run.backends.size() - absent.size() - 1;
    if (more > 0)
        text += tr(" and %1 more").arg(more);
    if (!absent.isEmpty())
        text += tr(", without %1").arg(absent.join(u", "_s));
    return rung(State::Success, tr("Library"), text);
}

/// Failed where no case came to numbers at all.
LadderRung kernelRung(const ValidationRun &run)
{
    const auto hasNone = [](const ValidationCase &one) { return one.status == u"error"_s; };
    if (!run.cases.isEmpty() && std::ranges::all_of(run.cases, hasNone))
        return rung(State::Failed, tr("Kernel"), run.cases.first().message.section(u'\n', 0, 0),
                    tr("No case came to a result: the log of the build has the whole message."));
    const QString compiler = run.facts.value(u"compiler"_s).toString();
    return rung(State::Success, tr("Kernel"),
                compiler.isEmpty() ? run.facts.value(u"deviceName"_s).toString()
                                   : u"%1, %2"_s.arg(compiler, run.facts.value(u"deviceName"_s).toString()));
}

LadderRung controlsRung(const ValidationRun &run, const RunProgress &progress)
{
    const ValidationVerdict &verdict = run.verdict;
    if (verdict.controls == 0) {
        if (progress.isRunning())
            return rung(State::Waiting, tr("Controls"), tr("to come"));
        if (verdict.verdict == Verdict::Incomplete)
            return rung(State::Unknown, tr("Controls"), tr("not reached"));
        return rung(
            State::Failed, tr("Controls"), tr("none has run"),
            tr("Without a control nothing shows that a wrong result would be seen: trust no number of this run."));
    }
    if (verdict.accepted > 0)
        return rung(State::Failed, tr("Controls"), tr("%1 of %2 passed").arg(verdict.accepted).arg(verdict.controls),
                    tr("A result made wrong on purpose passed: trust no number of this run."));
    if (!progress.isRunning() && verdict.verdict == Verdict::Void)
        return rung(State::Failed, tr("Controls"), voidReason(verdict),
                    tr("Without a control nothing shows that a wrong result would be seen: trust no number of it."));
    return rung(progress.isRunning() ? State::Running : State::Success, tr("Controls"),
                tr("%1 of %2 rejected").arg(verdict.controls).arg(verdict.controls));
}

LadderRung numbersRung(const ValidationRun &run, const RunProgress &progress)
{
    const auto right = std::ranges::count_if(run.cases, &ValidationCase::passed);
    const QString evidence = tr("%1 of %2 right").arg(right).arg(run.cases.size());
    if (progress.isRunning())
        return run.cases.isEmpty() ? rung(State::Waiting, tr("Numbers"), tr("to come"))
                                   : rung(State::Running, tr("Numbers"), evidence);
    switch (run.verdict.verdict) {
    case Verdict::Pass:
        return rung(State::Success, tr("Numbers"), evidence);
    case Verdict::Fail:
        return rung(State::Failed, tr("Numbers"), evidence,
                    tr("The failed cases come first in the table, with what is wrong."));
    case Verdict::Void:
        return rung(State::Unknown, tr("Numbers"), tr("%1, not to be trusted").arg(evidence));
    case Verdict::Incomplete:
        return run.cases.isEmpty() ? rung(State::Unknown, tr("Numbers"), tr("not reached"))
                                   : rung(State::Interrupted, tr("Numbers"), tr("%1, then cut off").arg(evidence));
    }
    Q_UNREACHABLE();
}

/// Of a run that never came to say what it runs on.
QList<LadderRung> rungsWithoutFacts(const ValidationRun &run, const RunProgress &progress)
{
    const State rest = progress.isRunning() ? State::Waiting : State::Unknown;
    const QString word = progress.isRunning() ? tr("to come") : tr("not reached");
    QList<LadderRung> rungs;
    for (const QString &name :
         {tr("Driver"), tr("CUDA"), tr("Container"), tr("Library"), tr("Kernel"), tr("Controls"), tr("Numbers")})
        rungs.append(rung(rest, name, word));
    if (!run.error.isEmpty()) {
        rungs[0].evidence = rungs[1].evidence = tr("not told");
        rungs[2] = rung(State::Success, tr("Container"), tr("the suite ran in it"));
        rungs[3] = rung(State::Failed, tr("Library"), run.error, run.remedy);
    } else if (!progress.isRunning() && progress.began && progress.status != BuildStatus::Cancelled &&
               !progress.failure.isEmpty()) {
        rungs[0].evidence = rungs[1].evidence = tr("not told");
        rungs[2] =
            rung(State::Failed, tr("Container"), tr("the suite said nothing"), progress.failure.section(u'\n', 0, 0));
    }
    return rungs;
}

} // namespace

QList<LadderRung> validationRungs(const ValidationRun &run, const RunProgress &progress)
{
    if (run.facts.isEmpty() || !run.error.isEmpty())
        return rungsWithoutFacts(run, progress);
    QList<LadderRung> rungs{
        driverRung(run.facts),
        cudaRung(run.facts),
        rung(State::Success, tr("Container"),
             tr("Python %1, NumPy %2")
                 .arg(run.facts.value(u"python"_s).toString(), run.facts.value(u"numpy"_s).toString())),
        libraryRung(run),
        kernelRung(run),
        controlsRung(run, progress),
        numbersRung(run, progress)};
    const auto failed = std::ranges::find(rungs, State::Failed, &LadderRung::state);
    if (failed != rungs.end() && !progress.isRunning())
        for (LadderRung &after : std::ranges::subrange(failed + 1, rungs.end()))
            after.state = State::Unknown;
    for (LadderRung &one : rungs)
        if (one.state != State::Failed)
            one.remedy.clear();
    return rungs;
}

} // namespace kernelyard
