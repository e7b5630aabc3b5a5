// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/earlierbuilds.h"

#include "core/base/log.h"
#include "core/base/wholefile.h"
#include "core/build/buildlist.h"
#include "core/build/buildreplay.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// To be raised when a journal read anew would give other steps.
static constexpr int stepsVersion = 1;

EarlierBuild earlierBuild(BuildId id, const BuildState &state)
{
    EarlierBuild build{id, state.status(), {}};
    for (const Step &step : state.steps()) {
        const bool isCached = step.status == StepStatus::Cached;
        if (!isCached && !(step.started && step.ended))
            continue;
        EarlierStep made{state.plan().tasks.value(step.task).name,
                         instructionOf(step.name),
                         isCached,
                         step.status == StepStatus::Done,
                         step.started.value_or(BuildTime(0)),
                         step.ended.value_or(BuildTime(0)),
                         step.work.kind == StepWork::Kind::Units ? step.work.total : 0};
        build.steps.append(made);
    }
    return build;
}

static QByteArray toJson(const EarlierBuild &build, qint64 journalBytes)
{
    QJsonArray steps;
    for (const EarlierStep &step : build.steps)
        steps.append(QJsonArray{step.task, step.instruction, step.isCached, step.isDone, qint64(step.started.count()),
                                qint64(step.ended.count()), step.units});
    return QJsonDocument(QJsonObject{{u"version"_s, stepsVersion},
                                     {u"journalBytes"_s, journalBytes},
                                     {u"status"_s, int(build.status)},
                                     {u"steps"_s, steps}})
        .toJson(QJsonDocument::Compact);
}

static std::optional<EarlierBuild> fromJson(BuildId id, const QByteArray &json, qint64 journalBytes)
{
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    const int status = object.value(u"status"_s).toInt(-1);
    if (object.value(u"version"_s).toInt() != stepsVersion ||
        object.value(u"journalBytes"_s).toInteger(-1) != journalBytes || status < int(BuildStatus::Done) ||
        status > int(BuildStatus::Interrupted))
        return {};
    EarlierBuild build{id, static_cast<BuildStatus>(status), {}};
    for (const QJsonValue value : object.value(u"steps"_s).toArray()) {
        const QJsonArray step = value.toArray();
        build.steps.append({step.at(0).toString(), step.at(1).toString(), step.at(2).toBool(), step.at(3).toBool(),
                            BuildTime(step.at(4).toInteger()), BuildTime(step.at(5).toInteger()),
                            step.at(6).toInteger()});
    }
    return build;
}

static std::optional<EarlierBuild> readOne(const Paths &paths, BuildId id, const QString &environment)
{
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::StepsAndWork);
    if (!replay || replay->state().plan().environment != environment)
        return {};
    const BuildFolder folder = BuildFolder::of(paths, id);
    const qint64 journalBytes = QFileInfo(folder.journal()).size();
    QFile cache(folder.steps());
    if (cache.open(QIODevice::ReadOnly))
        if (auto known = fromJson(id, cache.readAll(), journalBytes))
            return known;
    if (!replay->readAll() || !isEnded(replay->state().status()))
        return {};
    const EarlierBuild build = earlierBuild(id, replay->state());
    QSaveFile file(folder.steps());
    if (!writeWhole(file, toJson(build, journalBytes)))
        log(LogDomain::Build).info("the steps of {} are not kept", id.display().toStdString());
    return build;
}

QList<EarlierBuild> readEarlierBuilds(const Paths &paths, const QString &environment, BuildId before, int most)
{
    QList<EarlierBuild> builds;
    for (const BuildId id : buildIds(paths)) {
        if (id.number() >= before.number())
            continue;
        if (builds.size() >= most)
            break;
        if (const auto build = readOne(paths, id, environment))
            builds.append(*build);
    }
    return builds;
}

} // namespace kernelyard
