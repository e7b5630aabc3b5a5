// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/verdictwords.h"

#include "ui/models/figures.h"
#include "ui/validation/validationmodel.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <optional>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("VerdictCard", text);
}

/// "Commit 8c1f04e with changes, seed 731904, CPU, 4.2 s."
QString factsText(const ValidationRun &run)
{
    QStringList parts;
    const QString commit = run.facts.value(u"commit"_s).toString();
    if (!commit.isEmpty())
        parts.append(tr("Commit %1").arg(commit.left(7)) +
                     (run.facts.value(u"dirty"_s).toBool() ? tr(" with changes") : QString()));
    if (run.facts.contains(u"seed"_s))
        parts.append(tr("seed %1").arg(run.facts.value(u"seed"_s).toInteger()));
    const bool onCpu = run.facts.value(u"device"_s).toString() == u"cpu"_s;
    const QString device = onCpu ? u"CPU"_s : run.facts.value(u"deviceName"_s).toString();
    if (!device.isEmpty())
        parts.append(device);
    if (run.verdict.seconds > 0)
        parts.append(tr("%1 s").arg(run.verdict.seconds, 0, 'f', run.verdict.seconds < 10 ? 1 : 0));
    return parts.isEmpty() ? QString() : QString(parts.join(u", "_s) + u'.');
}

QString controlsText(const ValidationRun &run)
{
    const ValidationVerdict &verdict = run.verdict;
    if (verdict.controls == 0)
        return tr("No negative control has run.");
    if (verdict.accepted > 0)
        return tr("A result made wrong on purpose passed: trust no number of this run.");
    return tr("%1 of %1 negative controls failed, as they must.").arg(verdict.controls);
}

KeyFigure fastestFigure(const SpeedFigure &speed)
{
    const bool tera = speed.tflops >= 1;
    return {tr("Fastest"),
            tera ? tr("%1 TFLOP/s").arg(speed.tflops, 0, 'f', speed.tflops < 10 ? 1 : 0)
                 : tr("%1 GFLOP/s").arg(speed.tflops * 1000, 0, 'f', 0),
            speed.ofListedPeak ? tr("%1 % of listed peak").arg(*speed.ofListedPeak * 100, 0, 'f', 0)
                               : u"%1, %2"_s.arg(backendText(speed.backend), speed.dtype)};
}

/// Of the speeds that were measured, else of the cases that tell one.
std::optional<KeyFigure> fastestFigure(const ValidationRun &run)
{
    if (!run.speeds.isEmpty())
        return fastestFigure(*std::ranges::max_element(run.speeds, {}, &SpeedFigure::tflops));
    const ValidationCase *fastest = nullptr;
    double gflops = 0;
    for (const ValidationCase &one : run.cases)
        if (one.gflops && (!fastest || *one.gflops > gflops)) {
            fastest = &one;
            gflops = *one.gflops;
        }
    if (!fastest)
        return {};
    return KeyFigure{tr("Fastest"), tr("%1 GFLOP/s").arg(gflops, 0, 'f', 0),
                     u"%1, %2"_s.arg(fastest->dtype, shapeText(*fastest))};
}

QList<KeyFigure> keyFigures(const ValidationRun &run)
{
    const ValidationCase *error = nullptr;
    const ValidationCase *cosine = nullptr;
    for (const ValidationCase &one : run.cases) {
        // Worst by its share of its own limit: the limits differ between types.
        const auto share = [](const ValidationCase &c) { return std::isnan(c.relL2) ? 1e300 : c.relL2 / c.relL2Limit; };
        const auto loss = [](const ValidationCase &c) { return std::isnan(c.cosine) ? 2 : 1 - c.cosine; };
        if (!error || share(one) > share(*error))
            error = &one;
        if (!cosine || loss(one) > loss(*cosine))
            cosine = &one;
    }
    QList<KeyFigure> figures;
    if (error)
        figures.append({tr("Worst rel. L2"), scientific(error->relL2),
                        tr("limit %1, %2").arg(scientific(error->relL2Limit), error->dtype)});
    if (cosine)
        figures.append({tr("Worst cosine"), cosineText(cosine->cosine),
                        tr("limit %1").arg(QString::number(cosine->cosineLimit, 'g', 8))});
    if (const auto fastest = fastestFigure(run))
        figures.append(*fastest);
    return figures;
}

} // namespace

/// Of a build that was cut off or ended before its validation could begin.
static VerdictWords notReachedWords(const RunProgress &progress)
{
    VerdictWords words;
    const bool isCancelled = progress.status == BuildStatus::Cancelled;
    words.state = isCancelled ? State::Stopped : State::Interrupted;
    words.title = isCancelled ? tr("Cancelled before the validation began")
                              : tr("Not validated: the build did not reach the validation");
    words.sub = progress.failure.section(u'\n', 0, 0);
    return words;
}

QString verdictWord(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Pass:
        return tr("passed");
    case Verdict::Fail:
        return tr("failed");
    case Verdict::Void:
        return tr("void");
    case Verdict::Incomplete:
        break;
    }
    return tr("cut off");
}

VerdictWords verdictWords(const ValidationRun &run, const RunProgress &progress)
{
    VerdictWords words;
    words.figures = keyFigures(run);
    const auto passed =
        std::count_if(run.cases.cbegin(), run.cases.cend(), [](const ValidationCase &one) { return one.passed(); });
    const auto announced = run.facts.value(u"cases"_s).toInt();
    if (!run.error.isEmpty()) {
        words.state = State::Failed;
        words.title = tr("Not run: %1").arg(run.error);
        words.sub = run.remedy;
        return words;
    }
    if (progress.isRunning()) {
        words.state = State::Running;
        words.done = static_cast<int>(run.cases.size());
        words.total = announced;
        words.title = announced > 0 ? tr("Running: %1 of %2 cases").arg(run.cases.size()).arg(announced)
                                    : tr("Running: no case has arrived yet");
        words.sub =
            !progress.began ? tr("The build of the layers comes first.")
            : run.cases.isEmpty()
                ? tr("Cases appear as the suite prints them.")
                : tr("%1 right, %2 failed so far. %3").arg(passed).arg(run.cases.size() - passed).arg(factsText(run));
        return words;
    }
    if (!progress.began)
        return notReachedWords(progress);
    words.sub = controlsText(run) + u' ' + factsText(run);
    switch (run.verdict.verdict) {
    case Verdict::Pass:
        words.state = State::Success;
        words.title = tr("Pass: %1 of %2 cases are right").arg(passed).arg(run.cases.size());
        break;
    case Verdict::Fail: {
        words.state = State::Failed;
        words.title = tr("Failed: %1 of %2 cases are wrong").arg(run.cases.size() - passed).arg(run.cases.size());
        for (const ValidationCase &one : run.cases)
            if (!one.passed()) {
                words.title += tr(", first %1 %2").arg(one.dtype, shapeText(one));
                break;
            }
        break;
    }
    case Verdict::Void:
        words.state = State::Failed;
        words.title = tr("Void: %1").arg(voidReason(run.verdict));
        break;
    case Verdict::Incomplete: {
        const bool isCancelled = progress.status == BuildStatus::Cancelled;
        words.state = isCancelled ? State::Stopped : State::Interrupted;
        if (announced > 0)
            words.title = (isCancelled ? tr("Cancelled after %1 of %2 cases") : tr("Cut off after %1 of %2 cases"))
                              .arg(run.cases.size())
                              .arg(announced);
        else if (run.facts.contains(u"cases"_s))
            words.title = tr("Nothing compared: no back-end can do any of the cases");
        else
            words.title = isCancelled ? tr("Cancelled before the first case") : tr("Cut off before the first case");
        if (!run.stopped.isEmpty())
            words.sub = run.stopped;
        else if (!progress.failure.isEmpty())
            words.sub = progress.failure.section(u'\n', 0, 0);
        break;
    }
    }
    return words;
}

} // namespace kernelyard
