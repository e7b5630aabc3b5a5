// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/planchange.h"

#include <QFile>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static const QString flag = u"--build-arg"_s;
static const QStringList jobNames = {u"MAX_JOBS"_s, u"JOBS"_s};

/// Where the value stands among the words ("NAME=value" after the flag); -1: nowhere.
static qsizetype placeOf(const QStringList &words, const QString &name)
{
    for (qsizetype word = 1; word < words.size(); ++word)
        if (words.at(word - 1) == flag && words.at(word).startsWith(name + u'='))
            return word;
    return -1;
}

std::optional<QString> buildArgument(const Plan &plan, int task, const QString &name)
{
    if (task < 0 || task >= plan.tasks.size())
        return std::nullopt;
    const QStringList &words = plan.tasks.at(task).command.arguments;
    const qsizetype place = placeOf(words, name);
    return place < 0 ? std::nullopt : std::optional(words.at(place).mid(name.size() + 1));
}

Plan withBuildArgument(Plan plan, int task, const QString &name, const QString &value)
{
    if (task < 0 || task >= plan.tasks.size())
        return plan;
    QStringList &words = plan.tasks[task].command.arguments;
    const QString pair = name + u'=' + value;
    if (const qsizetype place = placeOf(words, name); place >= 0) {
        words[place] = pair;
        return plan;
    }
    const qsizetype end = std::max<qsizetype>(words.size() - 1, 0); // the context is the last
    words.insert(end, flag);
    words.insert(end + 1, pair);
    return plan;
}

QStringList declaredArguments(const Plan &plan, int task)
{
    if (task < 0 || task >= plan.tasks.size())
        return {};
    const QStringList &words = plan.tasks.at(task).command.arguments;
    const qsizetype option = words.indexOf(u"--file"_s);
    QFile file(words.value(option + 1));
    if (option < 0 || !file.open(QIODevice::ReadOnly))
        return {};
    static const QRegularExpression declared(u"^\\s*ARG\\s+(\\w+)"_s, QRegularExpression::MultilineOption |
                                                                          QRegularExpression::CaseInsensitiveOption);
    QStringList names;
    const QString text = QString::fromUtf8(file.readAll());
    for (auto match = declared.globalMatch(text); match.hasNext();)
        names << match.next().captured(1);
    return names;
}

Plan withCache(Plan plan, int task)
{
    for (int index = 0; index <= task && index < plan.tasks.size(); ++index)
        plan.tasks[index].command.arguments.removeAll(u"--no-cache"_s);
    return plan;
}

bool takesJobs(const Plan &plan, int task)
{
    const QStringList declared = declaredArguments(plan, task);
    return std::any_of(jobNames.begin(), jobNames.end(),
                       [&](const QString &name) { return buildArgument(plan, task, name) || declared.contains(name); });
}

static QString jobsName(const Plan &plan, int task)
{
    for (const QString &name : jobNames)
        if (buildArgument(plan, task, name))
            return name;
    const QStringList declared = declaredArguments(plan, task);
    for (const QString &name : jobNames)
        if (declared.contains(name))
            return name;
    return jobNames.first();
}

std::optional<int> jobsOf(const Plan &plan, int task)
{
    const std::optional<QString> given = buildArgument(plan, task, jobsName(plan, task));
    bool isNumber = false;
    const int jobs = given ? given->toInt(&isNumber) : 0;
    return isNumber && jobs > 0 ? std::optional(jobs) : std::nullopt;
}

Plan withJobs(Plan plan, int task, int jobs)
{
    const QString name = jobsName(plan, task);
    return withBuildArgument(std::move(plan), task, name, QString::number(jobs));
}

} // namespace kernelyard
