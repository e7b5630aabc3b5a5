// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validationcomparison.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QMap>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

using Key = std::pair<QString, QString>; // back-end, case

constexpr double noticedShare = 0.1;  ///< of a limit: below it an error is rounding
constexpr double noticedSpeed = 1.03; ///< times as long

QString tr(const char *text, int n = -1)
{
    return QCoreApplication::translate("ValidationComparison", text, nullptr, n);
}

QMap<Key, ValidationCase> byKey(const QList<ValidationCase> &cases)
{
    QMap<Key, ValidationCase> found;
    for (const ValidationCase &one : cases)
        found.insert({one.backend, one.id}, one);
    return found;
}

CaseChange changeOf(const std::optional<ValidationCase> &first, const std::optional<ValidationCase> &second)
{
    if (!first)
        return CaseChange::Added;
    if (!second)
        return CaseChange::Gone;
    if (first->passed() != second->passed())
        return second->passed() ? CaseChange::Mended : CaseChange::Wrong;
    // Rounding alone may double an error that is next to nothing.
    const bool isLess = second->relL2 > 2 * first->relL2 && second->relL2 > noticedShare * second->relL2Limit;
    return second->passed() && isLess ? CaseChange::LessExact : CaseChange::Same;
}

/// Most urgent first.
int urgency(CaseChange change)
{
    switch (change) {
    case CaseChange::Wrong:
        return 0;
    case CaseChange::Mended:
        return 1;
    case CaseChange::LessExact:
        return 2;
    case CaseChange::Gone:
        return 3;
    case CaseChange::Added:
        return 4;
    case CaseChange::Same:
        return 5;
    }
    return 5;
}

QList<FactChange> changedFacts(const ValidationRun &first, const ReportContext &firstContext,
                               const ValidationRun &second, const ReportContext &secondContext)
{
    QList<std::pair<QString, QString>> before = runFacts(first) + firstContext.facts;
    QList<std::pair<QString, QString>> after = runFacts(second) + secondContext.facts;
    const auto in = [](const QList<std::pair<QString, QString>> &facts, const QString &name) {
        const auto found = std::ranges::find(facts, name, &std::pair<QString, QString>::first);
        return found == facts.end() ? QString() : found->second;
    };
    QList<FactChange> changes;
    QStringList seen{u"seed"_s, u"started"_s}; // differ in every pair of runs
    for (const auto &[name, value] : before + after) {
        if (seen.contains(name))
            continue;
        seen.append(name);
        if (in(before, name) != in(after, name))
            changes.append({name, in(before, name), in(after, name)});
    }
    return changes;
}

QList<SpeedChange> changedSpeeds(const QList<SpeedFigure> &first, const QList<SpeedFigure> &second)
{
    QList<SpeedChange> changes;
    for (const SpeedFigure &after : second)
        for (const SpeedFigure &before : first) {
            if (before.caseId != after.caseId || before.backend != after.backend || after.milliseconds <= 0)
                continue;
            const double ratio = before.milliseconds / after.milliseconds;
            const bool steady = before.throttled == 0 && after.throttled == 0;
            changes.append({after.caseId, after.backend, before.milliseconds, after.milliseconds, ratio,
                            steady && after.low > before.high && ratio * noticedSpeed <= 1,
                            steady && after.high < before.low && ratio >= noticedSpeed});
        }
    std::ranges::stable_sort(changes, {}, [](const SpeedChange &one) { return std::pair(!one.slower, one.ratio); });
    return changes;
}

/// Of a run whose numbers say less than they seem to; empty for others.
QString caution(const char *ofVoid, const char *ofCut, Verdict verdict)
{
    return verdict == Verdict::Void ? tr(ofVoid) + u' ' : verdict == Verdict::Incomplete ? tr(ofCut) + u' ' : QString();
}

/// Of a commit or a digest the first digits say which it is; of other long values the beginning is marked as one.
QString shortened(const QString &value)
{
    static const QRegularExpression hash(u"^([0-9a-f]{12})[0-9a-f]{4,}(.*)$"_s);
    if (const auto match = hash.match(value); match.hasMatch())
        return match.captured(1) + match.captured(2);
    return value.isEmpty() ? u"–"_s : value.size() > 24 ? QString(value.left(12) + u'…') : value;
}

QJsonValue measure(const std::optional<ValidationCase> &one)
{
    return one && one->relL2 == one->relL2 ? QJsonValue(one->relL2) : QJsonValue();
}

} // namespace

QString changeName(CaseChange change)
{
    switch (change) {
    case CaseChange::Same:
        return u"same"_s;
    case CaseChange::Wrong:
        return u"wrong"_s;
    case CaseChange::Mended:
        return u"mended"_s;
    case CaseChange::LessExact:
        return u"less-exact"_s;
    case CaseChange::Added:
        return u"added"_s;
    case CaseChange::Gone:
        return u"gone"_s;
    }
    return {};
}

int ValidationComparison::count(CaseChange change) const
{
    return change == CaseChange::Same ? sameCases
                                      : static_cast<int>(std::ranges::count(cases, change, &CaseComparison::change));
}

QString ValidationComparison::sentence() const
{
    QStringList parts;
    const auto slower = std::ranges::count(speeds, true, &SpeedChange::slower);
    const auto faster = std::ranges::count(speeds, true, &SpeedChange::faster);
    const auto add = [&parts](qsizetype n, const char *text) {
        if (n > 0)
            parts.append(tr(text).arg(n));
    };
    add(count(CaseChange::Wrong), "%1 got wrong");
    add(count(CaseChange::Mended), "%1 got right");
    add(count(CaseChange::LessExact), "%1 got less exact");
    add(slower, "%1 got slower");
    add(faster, "%1 got faster");
    const bool changed = !parts.isEmpty();
    if (!changed)
        parts.append(tr("No result changed"));
    add(count(CaseChange::Added), "%1 new");
    add(count(CaseChange::Gone), "%1 not run");
    if (commonCases == 0)
        parts = {tr("The runs have no case in common")};
    const QString text = caution("The first run is void.", "The first run was cut off.", firstVerdict) +
                         caution("The second run is void.", "The second run was cut off.", secondVerdict) +
                         parts.join(u", "_s);
    QStringList since;
    for (const FactChange &fact : facts)
        since.append(u"%1 %2 → %3"_s.arg(fact.name, shortened(fact.first), shortened(fact.second)));
    return text +
           (since.isEmpty() ? tr("; made with the same")
                            : (changed ? tr("; since: ") : tr("; not the same: ")) + since.join(u", "_s)) +
           u'.';
}

ValidationComparison ValidationComparison::of(const ValidationRun &first, const ReportContext &firstContext,
                                              const ValidationRun &second, const ReportContext &secondContext)
{
    ValidationComparison made;
    made.firstVerdict = first.verdict.verdict;
    made.secondVerdict = second.verdict.verdict;
    const QMap<Key, ValidationCase> before = byKey(first.cases);
    const QMap<Key, ValidationCase> after = byKey(second.cases);
    QList<Key> keys = before.keys();
    for (const Key &key : after.keys())
        if (!before.contains(key))
            keys.append(key);
    for (const Key &key : std::as_const(keys)) {
        const auto find = [&key](const QMap<Key, ValidationCase> &known) {
            return known.contains(key) ? std::optional(known.value(key)) : std::nullopt;
        };
        made.commonCases += before.contains(key) && after.contains(key) ? 1 : 0;
        const CaseComparison one{key.second, key.first, changeOf(find(before), find(after)), find(before), find(after)};
        if (one.change == CaseChange::Same)
            ++made.sameCases;
        else
            made.cases.append(one);
    }
    std::ranges::stable_sort(made.cases, {}, [](const CaseComparison &one) { return urgency(one.change); });
    made.speeds = changedSpeeds(first.speeds, second.speeds);
    made.facts = changedFacts(first, firstContext, second, secondContext);
    return made;
}

QJsonObject ValidationComparison::toJson() const
{
    QJsonArray caseList;
    for (const CaseComparison &one : cases)
        caseList.append(QJsonObject{{u"id"_s, one.id},
                                    {u"backend"_s, one.backend},
                                    {u"change"_s, changeName(one.change)},
                                    {u"firstRelL2"_s, measure(one.first)},
                                    {u"secondRelL2"_s, measure(one.second)}});
    QJsonArray speedList;
    for (const SpeedChange &one : speeds)
        speedList.append(QJsonObject{{u"id"_s, one.caseId},
                                     {u"backend"_s, one.backend},
                                     {u"firstMs"_s, one.firstMs},
                                     {u"secondMs"_s, one.secondMs},
                                     {u"ratio"_s, one.ratio},
                                     {u"word"_s, one.slower   ? u"slower"_s
                                                 : one.faster ? u"faster"_s
                                                              : u"same"_s}});
    QJsonArray factList;
    for (const FactChange &one : facts)
        factList.append(QJsonObject{{u"name"_s, one.name}, {u"first"_s, one.first}, {u"second"_s, one.second}});
    return {{u"sentence"_s, sentence()},
            {u"firstVerdict"_s, verdictName(firstVerdict)},
            {u"secondVerdict"_s, verdictName(secondVerdict)},
            {u"common"_s, commonCases},
            {u"same"_s, sameCases},
            {u"cases"_s, caseList},
            {u"speed"_s, speedList},
            {u"facts"_s, factList}};
}

} // namespace kernelyard
