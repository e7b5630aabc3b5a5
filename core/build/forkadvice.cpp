// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/forkadvice.h"

#include "core/base/wholefile.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlist.h"
#include "core/build/buildreplay.h"
#include "core/build/planner.h"
#include "core/engine/argv.h"
#include "core/environment/ownchoices.h"
#include "core/fork/since.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

constexpr auto inspectLimit = 20s;
constexpr auto askLimit = 60s;
constexpr int buildsToRead = 12;
constexpr qint64 largestJournal = 32 << 20; // an estimate is not worth reading more

QString tr(const char *text)
{
    return QCoreApplication::translate("Advice", text);
}

bool isCommit(const QString &text)
{
    static const QRegularExpression hash(QRegularExpression::anchoredPattern(u"[0-9a-f]{40}"_s));
    return hash.match(text).hasMatch();
}

struct Inspected
{
    QString id;
    QString revision;
};

Result<Inspected> inspect(const Engine &engine, const QString &image)
{
    const auto answer = run(inspectImage(engine, image), inspectLimit);
    if (!answer)
        return Failure(answer.error());
    const QJsonObject object = QJsonDocument::fromJson(answer->out).array().first().toObject();
    if (answer->exitCode != 0 || object.isEmpty())
        return Failure(Error{
            ErrorKind::NotFound, tr("There is no image %1.").arg(image), QString::fromUtf8(answer->err).trimmed(), {}});
    return Inspected{object.value(u"Id"_s).toString(), object.value(u"Config"_s)
                                                           .toObject()
                                                           .value(u"Labels"_s)
                                                           .toObject()
                                                           .value(QLatin1StringView(revisionLabel))
                                                           .toString()};
}

/// Runs the environment's own command in the image, once per image.
Result<QString> askImage(const RebuildRules &rules, const Engine &engine, const QString &image, const QString &id,
                         const Paths &paths)
{
    QString plain = id;
    plain.remove(QRegularExpression(u"[^a-zA-Z0-9]"_s));
    const QString kept = paths.cache + u"/held-commits/"_s + plain;
    QFile file(kept);
    if (file.open(QIODevice::ReadOnly))
        if (const QString commit = QString::fromLatin1(file.readAll()).trimmed(); isCommit(commit))
            return commit;
    ContainerRun asked;
    asked.image = image;
    asked.name = u"kernelyard-commit-%1"_s.arg(QRandomGenerator::global()->generate());
    asked.command = rules.heldCommit;
    const auto answer = run(runContainer(engine, asked), askLimit);
    if (!answer)
        return Failure(answer.error());
    const QString commit = QString::fromUtf8(answer->out).trimmed();
    if (answer->exitCode != 0 || !isCommit(commit))
        return Failure(Error{ErrorKind::Failed,
                             tr("The image %1 does not say which commit it holds.").arg(image),
                             QString::fromUtf8(answer->err).trimmed(),
                             {}});
    QSaveFile output(kept);
    if (QDir().mkpath(paths.cache + u"/held-commits"_s))
        writeWhole(output, commit.toLatin1());
    return commit;
}

/// What the builds of the past say about compiling the layer whole.
struct Past
{
    ChosenValues choices;    ///< of the newest build that made the layer
    QList<double> compiling; ///< seconds, of each build that compiled
};

/// The longest step that ran in the layer's task is its compiling; 0: everything came from the cache.
double compilingSeconds(const BuildState &state, const QString &layer)
{
    BuildTime longest{0};
    for (const Step &step : state.steps())
        if (state.plan().tasks.value(step.task).name == layer && step.status == StepStatus::Done && step.started &&
            step.ended)
            longest = std::max(longest, *step.ended - *step.started);
    return std::chrono::duration<double>(longest).count();
}

Past readPast(const Environment &environment, const QString &layer, const Paths &paths)
{
    Past past;
    const auto builds = listBuilds(paths);
    int read = 0;
    for (const BuildSummary &build : builds ? *builds : QList<BuildSummary>()) {
        if (build.environment != environment.name || build.status != BuildStatus::Done)
            continue;
        const auto plan = Plan::read(BuildFolder::of(paths, build.id).plan());
        if (!plan || std::ranges::none_of(plan->tasks, [&](const Task &task) { return task.name == layer; }))
            continue;
        if (past.choices.isEmpty())
            past.choices = plan->choices;
        const BuildFolder folder = BuildFolder::of(paths, build.id);
        if (++read > buildsToRead || QFileInfo(folder.journal()).size() > largestJournal)
            continue;
        auto replay = BuildReplay::open(paths, build.id, BuildState::Keep::StepsOnly);
        if (!replay || !replay->readAll())
            continue;
        if (const double seconds = compilingSeconds(replay->state(), layer); seconds > 0)
            past.compiling << seconds;
    }
    return past;
}

std::optional<double> median(QList<double> values)
{
    if (values.isEmpty())
        return {};
    std::ranges::sort(values);
    const qsizetype middle = values.size() / 2;
    return values.size() % 2 == 1 ? values.at(middle) : (values.at(middle - 1) + values.at(middle)) / 2;
}

} // namespace

Result<QString> heldCommit(const Environment &environment, const Engine &engine, const Paths &paths)
{
    if (!environment.rebuild || environment.rebuild->heldLayer.isEmpty())
        return Failure(Error{ErrorKind::Unsupported,
                             tr("The environment %1 has no layer that holds a commit.").arg(environment.name),
                             {},
                             {}});
    const QString image = environment.imageTag(environment.rebuild->heldLayer);
    const Result<Inspected> inspected = inspect(engine, image);
    if (!inspected)
        return Failure(inspected.error());
    // A label may come from the image below, which others made.
    if (!environment.rebuild->heldCommit.isEmpty())
        return askImage(*environment.rebuild, engine, image, inspected->id, paths);
    if (!isCommit(inspected->revision))
        return Failure(Error{ErrorKind::Failed,
                             tr("The image %1 does not say which commit it holds.").arg(image),
                             {},
                             tr("Build it again: images made by this version say it.")});
    return inspected->revision;
}

Result<ForkAdvice> adviseFork(const Environment &environment, const std::optional<Engine> &engine, const Paths &paths,
                              const QString &since)
{
    if (!environment.fork)
        return Failure(
            Error{ErrorKind::Unsupported, tr("The environment %1 has no fork.").arg(environment.name), {}, {}});
    const QString path = forkPath(environment, paths);
    const RebuildRules rules = environment.rebuild.value_or(RebuildRules::usual());
    ForkAdvice result;
    result.layer = rules.heldLayer;
    AdviceFacts facts;
    QString base = since;
    if (!since.isEmpty()) {
        result.held = since;
    } else if (!engine) {
        facts.otherReasons << tr("No engine answers that could say what was compiled.");
    } else if (const Result<QString> held = heldCommit(environment, *engine, paths); !held) {
        facts.otherReasons << (held.error().kind == ErrorKind::NotFound
                                   ? tr("The layer %1 is not built.").arg(rules.heldLayer)
                                   : held.error().message);
    } else {
        result.held = *held;
        base = *held;
        if (!resolveCommit(path, base)) {
            facts.otherReasons << tr("The layer %1 holds commit %2, which the checkout does not have.")
                                      .arg(rules.heldLayer, base.left(10));
            base.clear();
        }
    }
    const Past past = readPast(environment, rules.heldLayer, paths);
    result.changed = changedChoices(ownChoices(environment), past.choices);
    for (const auto &[name, value] : result.changed)
        facts.otherReasons << (value.isEmpty() ? tr("%1 is empty now.").arg(name)
                                               : tr("%1 is %2 now.").arg(name, value));
    facts.fullSeconds = median(past.compiling);
    facts.fullFrom = past.compiling.size();
    Result<RebuildAdvice> advice =
        adviseCheckout(path, base.isEmpty() ? u"HEAD"_s : base, rules, facts, paths.cache + u"/includes"_s);
    if (!advice)
        return Failure(advice.error());
    result.advice = std::move(*advice);
    return result;
}

} // namespace kernelyard
