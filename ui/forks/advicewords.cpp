// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/advicewords.h"

#include "ui/forks/forkwords.h"
#include "ui/models/wording.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr qsizetype sentencesShown = 3;

QString tr(const char *text)
{
    return QCoreApplication::translate("AdviceWords", text);
}

QString unitsText(qsizetype units)
{
    return units == 1 ? tr("1 unit") : tr("%1 units").arg(countText(units));
}

QString timeText(std::optional<double> seconds)
{
    if (!seconds)
        return tr("no estimate yet");
    return durationSentence(std::chrono::duration_cast<BuildTime>(std::chrono::duration<double>(*seconds)));
}

QString figureOf(const RebuildAdvice &advice)
{
    switch (advice.verdict) {
    case RebuildVerdict::None:
        return tr("Nothing to rebuild");
    case RebuildVerdict::Link:
        return tr("The editable link is enough");
    case RebuildVerdict::Partial:
        return advice.units.isEmpty()
                   ? tr("Link anew, no unit")
                   : tr("%1 of %2").arg(countText(advice.units.size()), unitsText(advice.totalUnits));
    case RebuildVerdict::Full:
        return advice.totalUnits > 0 ? tr("All %1").arg(unitsText(advice.totalUnits)) : tr("Everything");
    }
    return {};
}

QString estimateOf(const RebuildAdvice &advice)
{
    if (advice.verdict < RebuildVerdict::Partial)
        return tr("nothing is compiled");
    if (!advice.estimateSeconds)
        return tr("no estimate yet");
    const QString time = timeText(advice.estimateSeconds);
    return advice.estimateFrom == 1 ? tr("about %1, from 1 earlier build").arg(time)
                                    : tr("about %1, from %2 earlier builds").arg(time).arg(advice.estimateFrom);
}

QString becauseOf(const RebuildAdvice &advice)
{
    QStringList sentences = advice.because.mid(0, sentencesShown);
    if (advice.because.size() > sentencesShown)
        sentences << tr("And %1 more.").arg(advice.because.size() - sentencesShown);
    return sentences.join(u'\n');
}

QList<AdviceWay> waysOf(const RebuildAdvice &advice)
{
    const bool isPartial = advice.verdict == RebuildVerdict::Partial;
    const bool isFull = advice.verdict == RebuildVerdict::Full;
    const double share =
        isPartial && advice.totalUnits > 0 ? static_cast<double>(advice.units.size()) / advice.totalUnits : 0;
    const QString enough = tr("Enough for every change here");
    AdviceWay link{RebuildVerdict::Link, tr("Link only"), tr("nothing compiled"), 0, enough, true};
    if (isPartial || isFull)
        link.sub = tr("Python edits apply, the kernel stays old");
    AdviceWay partial{RebuildVerdict::Partial,
                      isPartial ? tr("Rebuild %1").arg(unitsText(advice.units.size())) : tr("Rebuild units"),
                      isPartial ? timeText(advice.estimateSeconds) : QString(),
                      share,
                      isPartial ? enough
                      : isFull  ? tr("Not enough here")
                                : tr("No unit is affected"),
                      isPartial};
    AdviceWay full{RebuildVerdict::Full,
                   tr("Rebuild all"),
                   timeText(advice.fullSeconds),
                   1,
                   isFull ? tr("Needed: it decides how everything is compiled")
                          : tr("Not needed: nothing global changed"),
                   true};
    return {link, partial, full};
}

bool hasChanged(const RebuildAdvice &advice, SourceKind kind)
{
    return std::ranges::any_of(advice.files, [kind](const FileMeaning &file) {
        return file.kind == kind && file.effect == RebuildVerdict::Full;
    });
}

} // namespace

AdviceWords adviceWords(const ForkAdvice &advice)
{
    const RebuildAdvice &rebuild = advice.advice;
    AdviceWords words;
    words.state = rebuild.verdict >= RebuildVerdict::Partial ? State::Warning : State::Success;
    words.badge = rebuild.verdict == RebuildVerdict::None   ? tr("Up to date")
                  : rebuild.verdict == RebuildVerdict::Link ? tr("Linked")
                  : rebuild.verdict == RebuildVerdict::Full ? tr("Full rebuild")
                                                            : tr("Partial rebuild");
    words.figure = figureOf(rebuild);
    words.estimate = estimateOf(rebuild);
    words.because = becauseOf(rebuild);
    words.ways = waysOf(rebuild);
    words.advised = std::max(rebuild.verdict, RebuildVerdict::Link);
    if (advice.held.isEmpty())
        return words;
    words.sameTitle =
        advice.layer.isEmpty() ? tr("Beside the files") : tr("Compared with the %1 layer").arg(advice.layer);
    const auto fact = [&words](bool changed, const QString &same, const QString &different) {
        words.same.append({changed ? State::Warning : State::Success, changed ? different : same});
    };
    QStringList names;
    for (const auto &[name, value] : advice.changed)
        names << name;
    fact(!names.isEmpty(), tr("same compiler and architectures"), tr("other %1").arg(names.join(u", "_s)));
    fact(hasChanged(rebuild, SourceKind::Setup), tr("same setup files"), tr("other setup files"));
    fact(hasChanged(rebuild, SourceKind::Submodule), tr("same submodule pins"), tr("other submodule pins"));
    return words;
}

QString buttonText(const ForkAdvice &advice, RebuildVerdict way)
{
    switch (way) {
    case RebuildVerdict::Full:
        return tr("Rebuild all, validate");
    case RebuildVerdict::Partial:
        return advice.advice.units.isEmpty() ? tr("Link anew, validate")
                                             : tr("Rebuild %1, validate").arg(unitsText(advice.advice.units.size()));
    case RebuildVerdict::None:
    case RebuildVerdict::Link:
        break;
    }
    return advice.advice.verdict >= RebuildVerdict::Partial ? tr("Validate without rebuild") : tr("Validate");
}

} // namespace kernelyard
