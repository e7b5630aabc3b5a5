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
    const auto rejected = std::count_if(run.controls.cbegin(), run.controls.cend(),
                                        [](const NegativeControl &control) { return control.rejected; });
    if (run.controls.isEmpty())
        return tr("No negative control has run.");
    if (rejected == run.controls.size())
        return tr("%1 of %1 negative controls failed, as they must.").arg(run.controls.size());
    return tr("%1 of %2 negative controls passed, and none may.")
        .arg(run.controls.size() - rejected)
        .arg(run.controls.size());
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

VerdictWords verdictWords(const ValidationRun &run, bool isRunning, const QString &failure)
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
    if (isRunning) {
        words.state = State::Running;
        words.done = static_cast<int>(run.cases.size());
        words.total = announced;
        words.title = announced > 0 ? tr("Running: %1 of %2 cases").arg(run.cases.size()).arg(announced)
                                    : tr("Running: no case has arrived yet");
        words.sub =
            run.cases.isEmpty()
                ? tr("Cases appear as the suite prints them.")
                : tr("%1 right, %2 failed so far. %3").arg(passed).arg(run.cases.size() - passed).arg(factsText(run));
        return words;
    }
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
        words.title = tr("Void: the comparison can't be trusted");
        break;
    case Verdict::Incomplete:
        words.state = State::Interrupted;
        words.title = announced > 0 ? tr("Cut off after %1 of %2 cases").arg(run.cases.size()).arg(announced)
                                    : tr("Cut off before the first case");
        if (!failure.isEmpty())
            words.sub = failure.section(u'\n', 0, 0);
        break;
    }
    return words;
}

} // namespace kernelyard
