// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/check.h"

#include <QDateTime>
#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

void pass(Check &check, const QString &evidence)
{
    check.outcome = CheckOutcome::Passed;
    check.evidence = evidence;
}

void warn(Check &check, const QString &evidence, const QString &remedy)
{
    fail(check, evidence, remedy);
    check.outcome = CheckOutcome::Warning;
}

void fail(Check &check, const QString &evidence, const QString &remedy)
{
    check.outcome = CheckOutcome::Failed;
    check.evidence = evidence;
    check.remedy = remedy;
}

int Preflight::count(CheckOutcome outcome) const
{
    return static_cast<int>(std::count_if(checks.cbegin(), checks.cend(),
                                          [outcome](const Check &check) { return check.outcome == outcome; }));
}

CheckOutcome Preflight::verdict() const
{
    if (count(CheckOutcome::Failed) > 0)
        return CheckOutcome::Failed;
    return count(CheckOutcome::Warning) > 0 ? CheckOutcome::Warning : CheckOutcome::Passed;
}

const Check *Preflight::find(const QString &id) const
{
    const auto found = std::find_if(checks.cbegin(), checks.cend(), [&](const Check &check) { return check.id == id; });
    return found == checks.cend() ? nullptr : &*found;
}

QList<Check> Preflight::folded() const
{
    QList<Check> rungs;
    for (const Check &check : checks) {
        const bool same = !rungs.isEmpty() && check.outcome == CheckOutcome::Unknown &&
                          rungs.last().outcome == CheckOutcome::Unknown && check.remedy.isEmpty() &&
                          rungs.last().remedy.isEmpty() && rungs.last().evidence == check.evidence;
        if (same)
            rungs.last().name += u", "_s + check.name;
        else
            rungs << check;
    }
    return rungs;
}

QString outcomeName(CheckOutcome outcome)
{
    switch (outcome) {
    case CheckOutcome::Passed:
        return u"passed"_s;
    case CheckOutcome::Warning:
        return u"warning"_s;
    case CheckOutcome::Failed:
        return u"failed"_s;
    case CheckOutcome::Unknown:
        return u"unknown"_s;
    }
    Q_UNREACHABLE();
}

QJsonObject Preflight::toJson() const
{
    QJsonArray list;
    for (const Check &check : checks) {
        QJsonObject object{{u"id"_s, check.id},
                           {u"name"_s, check.name},
                           {u"outcome"_s, outcomeName(check.outcome)},
                           {u"evidence"_s, check.evidence}};
        if (!check.remedy.isEmpty())
            object.insert(u"remedy"_s, check.remedy);
        if (check.fix) {
            object.insert(u"fix"_s, check.fix->display());
            object.insert(u"fixNeedsRoot"_s, check.fix->program == "sudo"_L1);
        }
        if (check.choice)
            object.insert(u"choice"_s,
                          QJsonObject{{u"name"_s, check.choice->first}, {u"value"_s, check.choice->second}});
        if (check.table)
            object.insert(u"table"_s, QJsonObject{{u"source"_s, check.table->source}, {u"date"_s, check.table->date}});
        list << object;
    }
    return {{u"environment"_s, environment},
            {u"at"_s, QDateTime::fromMSecsSinceEpoch(atMs, Qt::UTC).toString(Qt::ISODate)},
            {u"verdict"_s, outcomeName(verdict())},
            {u"unknown"_s, count(CheckOutcome::Unknown)},
            {u"checks"_s, list}};
}

} // namespace kernelyard
