// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/environmentstatus.h"

#include "core/base/log.h"
#include "core/build/buildfolder.h"
#include "core/build/history.h"
#include "core/build/imageinspection.h"
#include "core/build/planner.h"
#include "core/engine/argv.h"
#include "core/environment/choices.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

namespace {

constexpr auto inspectLimit = 20s;
constexpr int journalsToRead = 10; ///< at most, in search of the last validation

/// `inspect` of all names at once: both engines print those that exist and fail for the others.
Command inspectImages(const Engine &engine, const QStringList &names)
{
    Command command = inspectImage(engine, names.value(0));
    command.arguments << names.mid(1);
    return command;
}

/// Any question that an engine answers with status 0, whatever it has.
bool answers(const Engine &engine)
{
    const Command question{engine.program, engine.globalArguments + QStringList{u"images"_s, u"--quiet"_s}, {}, {}};
    const auto answer = run(question, inspectLimit);
    return answer && answer->exitCode == 0;
}

/// nullopt: the engine did not answer.
std::optional<QList<InspectedImage>> imagesOf(const Environment &environment, const Engine &engine)
{
    QStringList names{environment.baseTag()};
    for (const Layer &layer : environment.layers)
        names << environment.imageTag(layer.name);
    const auto answer = run(inspectImages(engine, names), inspectLimit);
    if (!answer) {
        log(LogDomain::Environment).warn("{}", answer.error().message.toStdString());
        return {};
    }
    QList<InspectedImage> images = parseInspection(answer->out);
    // Nothing there and nobody there look the same.
    if (images.isEmpty() && answer->exitCode != 0 && !answers(engine))
        return {};
    return images;
}

const InspectedImage *tagged(const QList<InspectedImage> &images, const QString &tag)
{
    const auto it = std::ranges::find_if(images, [&](const InspectedImage &image) { return image.tags.contains(tag); });
    return it == images.end() ? nullptr : &*it;
}

void addImages(EnvironmentStatus &status, const Environment &environment, const QList<InspectedImage> &images)
{
    for (const Layer &layer : environment.layers) {
        LayerStatus one;
        one.name = layer.name;
        if (const InspectedImage *image = tagged(images, environment.imageTag(layer.name))) {
            one.present = true;
            one.sizeBytes = image->sizeBytes;
            one.ownBytes = ownBytes(*image, images);
            one.created = image->created;
        }
        status.layers.append(one);
    }
    QSet<QString> counted; // one image may have two of the tags
    for (const InspectedImage &image : images)
        if (!counted.contains(image.id)) {
            counted.insert(image.id);
            status.diskBytes += ownBytes(image, images);
        }
}

/// A validation alone, of a few cases or of another back-end.
bool isPartial(const Plan &plan)
{
    return !ValidationScope::of(plan.validationArguments).isWhole() &&
           std::ranges::all_of(plan.tasks, [](const Task &task) { return task.kind == TaskKind::Validation; });
}

/// The plan of a build that made the environment with \a engine what it is, or is at it; nullopt for every other build.
std::optional<Plan> shapingPlan(const BuildSummary &build, const Environment &environment, const Engine &engine,
                                const Paths &paths)
{
    if (build.environment != environment.name)
        return {};
    auto plan = Plan::read(BuildFolder::of(paths, build.id).plan());
    if (!plan || plan->engine.id() != engine.id())
        return {};
    if ((isBeside(*plan) || isPartial(*plan)) && isEnded(build.status))
        return {}; // a push that failed leaves the environment as it was
    return *std::move(plan);
}

/// By the history, which has every build that was listed.
QString failedLayerOf(const BuildSummary &build, const Paths &paths)
{
    for (const PastBuild &past : History(paths).builds(build.environment, journalsToRead))
        if (past.summary.id == build.id)
            for (const PastTask &task : past.tasks)
                if (task.kind == TaskKind::Layer && task.status == StepStatus::Failed)
                    return task.name;
    return {};
}

/// All of them: one that builds up to a layer leaves others as they were.
bool makesLayers(const Plan &plan, const Environment &environment)
{
    return std::ranges::all_of(environment.layers, [&plan](const Layer &layer) {
        return std::ranges::any_of(
            plan.tasks, [&layer](const Task &task) { return task.kind == TaskKind::Layer && task.name == layer.name; });
    });
}

/// What a build would have now, but for what is detected (asking the GPUs is not worth it here) and the file's own
/// folders: another path to one is no other content.
ChosenValues wantedChoices(const Environment &environment)
{
    ChosenValues wanted;
    for (const Choice &choice : environment.choices)
        if (choice.own || !(choice.detectsArchitectures || choice.isFolder))
            wanted.append({choice.name, choice.value()});
    return wanted;
}

/// Fills lastBuild, changed and lastValidation, and says when that validation ended.
QDateTime addBuilds(EnvironmentStatus &status, const Environment &environment, const Engine &engine, const Paths &paths)
{
    QDateTime validated;
    bool areLayersKnown = false;
    int toRead = journalsToRead;
    const auto builds = listBuilds(paths);
    for (const BuildSummary &build : builds ? *builds : QList<BuildSummary>()) {
        if (areLayersKnown && (status.lastValidation || toRead == 0))
            break;
        const auto plan = shapingPlan(build, environment, engine, paths);
        if (!plan)
            continue;
        if (!status.lastBuild) {
            status.lastBuild = build;
            if (build.status == BuildStatus::Failed)
                status.failedLayer = failedLayerOf(build, paths);
        }
        if (!isEnded(build.status))
            continue;
        const bool tellsLayers = !areLayersKnown && makesLayers(*plan, environment);
        std::optional<ValidationOutcome> outcome;
        if (toRead > 0 && (!status.lastValidation || (tellsLayers && build.status != BuildStatus::Done)))
            outcome = readOutcome(paths, build, *plan);
        const bool isWhole = outcome && outcome->scope.isWhole();
        toRead -= isWhole ? 1 : 0;
        if (tellsLayers && (build.status == BuildStatus::Done || (outcome && outcome->began))) {
            areLayersKnown = true;
            status.changed = changedChoices(wantedChoices(environment), plan->choices);
        }
        if (!status.lastValidation && isWhole && outcome->verdict) {
            status.lastValidation = outcome->verdict;
            status.lastValidationScope = outcome->scope;
            status.lastValidationBuild = outcome->build;
            validated = outcome->ended;
        }
    }
    return validated;
}

/// The last build made all it was to make, and its validation came to the verdict that makes it failed.
bool failedByVerdict(const EnvironmentStatus &status)
{
    return status.lastValidation && status.lastBuild && status.lastValidationBuild == status.lastBuild->id &&
           (status.lastValidation->verdict == Verdict::Fail || status.lastValidation->verdict == Verdict::Void);
}

} // namespace

Result<void> readyToValidate(const Environment &environment, const Engine &engine, const EnvironmentStatus &status,
                             const Paths &paths)
{
    if (status.readiness == Readiness::Unknown || !environment.validation)
        return {}; // to be found out by trying
    const auto tr = [](const char *text) { return QCoreApplication::translate("EnvironmentStatus", text); };
    const QString setUp = u"kernelyardctl setup "_s + environment.name;
    for (const LayerStatus &layer : status.layers)
        if (layer.name == environment.validation->layer && !layer.present)
            return Failure(Error{ErrorKind::Missing,
                                 tr("%1 can't be validated: its layer %2 is not built with %3.")
                                     .arg(environment.name, layer.name, engine.display()),
                                 {},
                                 setUp});
    if (environment.fork && !status.fork)
        return Failure(Error{
            ErrorKind::Missing,
            tr("%1 can't be validated: its fork %2 is not there.").arg(environment.name, forkPath(environment, paths)),
            {},
            setUp});
    return {};
}

Readiness readinessOf(const EnvironmentStatus &status, const Environment &environment, const QDateTime &validated)
{
    if (status.lastBuild && !isEnded(status.lastBuild->status))
        return Readiness::Building;
    if (status.lastBuild && status.lastBuild->status == BuildStatus::Failed && !failedByVerdict(status))
        return Readiness::Failed;
    if (!std::ranges::all_of(status.layers, &LayerStatus::present))
        return Readiness::NotBuilt;
    if (!environment.validation)
        return Readiness::Ready;
    const bool current = std::ranges::all_of(status.layers, [&](const LayerStatus &layer) {
        return !layer.created.isValid() || layer.created <= validated;
    });
    return status.lastValidation && status.lastValidation->verdict == Verdict::Pass && current ? Readiness::Ready
                                                                                               : Readiness::Built;
}

EnvironmentStatus readEnvironmentStatus(const Environment &environment, const Engine &engine, const Paths &paths)
{
    EnvironmentStatus status;
    const auto chosen = withChoices(environment, {}); // the base's name may be a choice
    const auto images = imagesOf(chosen ? *chosen : environment, engine);
    addImages(status, environment, images.value_or(QList<InspectedImage>()));
    const QDateTime validated = addBuilds(status, environment, engine, paths);
    if (const QString path = forkPath(environment, paths); !path.isEmpty() && QFileInfo::exists(path))
        if (auto fork = readFork(path))
            status.fork = *fork;
    status.readiness = images ? readinessOf(status, environment, validated) : Readiness::Unknown;
    return status;
}

} // namespace kernelyard
