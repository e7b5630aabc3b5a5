// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/words.h"

#include "app/ctl/forkwork.h"
#include "app/ctl/table.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

QString word(BuildStatus status)
{
    switch (status) {
    case BuildStatus::Queued:
        return u"queued"_s;
    case BuildStatus::Running:
        return u"running"_s;
    case BuildStatus::Done:
        return u"done"_s;
    case BuildStatus::Failed:
        return u"failed"_s;
    case BuildStatus::Cancelled:
        return u"cancelled"_s;
    case BuildStatus::Interrupted:
        return u"interrupted"_s;
    }
    Q_UNREACHABLE();
}

QString word(StepStatus status)
{
    switch (status) {
    case StepStatus::Waiting:
        return u"waiting"_s;
    case StepStatus::Running:
        return u"running"_s;
    case StepStatus::Cached:
        return u"cached"_s;
    case StepStatus::Done:
        return u"done"_s;
    case StepStatus::Failed:
        return u"failed"_s;
    case StepStatus::NotRun:
        return u"not run"_s;
    }
    Q_UNREACHABLE();
}

QString word(TaskKind kind)
{
    switch (kind) {
    case TaskKind::Base:
        return u"base"_s;
    case TaskKind::Layer:
        return u"layer"_s;
    case TaskKind::Fork:
        return u"fork"_s;
    case TaskKind::Validation:
        return u"validation"_s;
    case TaskKind::Transfer:
        return u"transfer"_s;
    case TaskKind::Container:
        return u"container"_s;
    }
    Q_UNREACHABLE();
}

QString word(Readiness readiness)
{
    switch (readiness) {
    case Readiness::Unknown:
        return u"unknown"_s;
    case Readiness::NotBuilt:
        return u"not built"_s;
    case Readiness::Building:
        return u"building"_s;
    case Readiness::Failed:
        return u"failed"_s;
    case Readiness::Built:
        return u"built"_s;
    case Readiness::Ready:
        return u"ready"_s;
    }
    Q_UNREACHABLE();
}

Style style(BuildStatus status)
{
    switch (status) {
    case BuildStatus::Done:
        return Style::Good;
    case BuildStatus::Failed:
    case BuildStatus::Interrupted:
        return Style::Bad;
    case BuildStatus::Cancelled:
        return Style::Warning;
    default:
        return Style::Plain;
    }
}

Style style(StepStatus status)
{
    switch (status) {
    case StepStatus::Done:
        return Style::Good;
    case StepStatus::Failed:
        return Style::Bad;
    case StepStatus::Cached:
    case StepStatus::NotRun:
    case StepStatus::Waiting:
        return Style::Dim;
    default:
        return Style::Plain;
    }
}

Style style(Verdict verdict)
{
    return verdict == Verdict::Pass ? Style::Good : Style::Bad;
}

Style style(Readiness readiness)
{
    switch (readiness) {
    case Readiness::Ready:
    case Readiness::Built:
        return Style::Good;
    case Readiness::Failed:
        return Style::Bad;
    default:
        return Style::Plain;
    }
}

QString stateSentence(BuildId id, BuildStatus status, bool isPaused, const QList<QueueEntry> &queue)
{
    if (status == BuildStatus::Running)
        return isPaused ? u"running, paused"_s : word(status);
    for (const QueueEntry &entry : queue)
        if (status == BuildStatus::Queued && entry.id == id && !entry.isStarted) {
            QString sentence = queueSentence(entry);
            sentence[0] = sentence[0].toLower();
            return sentence;
        }
    return word(status);
}

static QString word(QueueWait wait)
{
    switch (wait) {
    case QueueWait::Nothing:
        return u"nothing"_s;
    case QueueWait::Turn:
        return u"turn"_s;
    case QueueWait::Held:
        return u"resume"_s;
    case QueueWait::Engine:
        return u"engine"_s;
    case QueueWait::Environment:
        return u"environment"_s;
    case QueueWait::Memory:
        return u"memory"_s;
    }
    Q_UNREACHABLE();
}

QJsonObject toJson(const QueueEntry &entry)
{
    QJsonObject object{{u"build"_s, entry.id.number()}, {u"environment"_s, entry.environment},
                       {u"engine"_s, entry.pool},       {u"state"_s, entry.isStarted ? u"running"_s : u"waiting"_s},
                       {u"paused"_s, entry.isHeld},     {u"memoryBytes"_s, entry.memoryBytes}};
    if (!entry.isStarted) {
        object.insert(u"place"_s, entry.place);
        object.insert(u"waitsFor"_s, word(entry.waitsFor));
    }
    return object;
}

int exitStatusOf(BuildStatus status)
{
    if (status == BuildStatus::Done)
        return 0;
    return status == BuildStatus::Cancelled ? exitStatus(ErrorKind::Cancelled) : exitStatus(ErrorKind::Failed);
}

QString stepTitle(const Plan &plan, const Step &step)
{
    const QString task = step.task >= 0 && step.task < plan.tasks.size() ? plan.tasks[step.task].name : QString();
    if (step.name.startsWith(u'[' + task + u' ') || step.name == task)
        return step.name;
    // BuildKit leaves the stage's name out of a Dockerfile's last stage: "[3/7] RUN make".
    if (step.name.startsWith(u'[') && step.name.mid(1, 1).at(0).isDigit())
        return u'[' + task + u' ' + step.name.mid(1);
    const bool isPosition = step.key.contains(u'/') && step.key.at(0).isDigit() && !step.name.startsWith(u'[');
    if (isPosition)
        return u'[' + task + u' ' + step.key + u"] "_s + step.name;
    return step.name.isEmpty() ? task : QString(task + u": "_s + step.name);
}

static QJsonValue seconds(std::optional<BuildTime> time)
{
    return time ? QJsonValue(secondsOf(*time)) : QJsonValue();
}

static QJsonValue jsonOf(const QString &problem)
{
    return problem.isEmpty() ? QJsonValue() : QJsonValue(problem);
}

QJsonObject toJson(const BuildSummary &build)
{
    return {{u"build"_s, build.id.number()},
            {u"environment"_s, build.environment},
            {u"purpose"_s, build.purpose},
            {u"engine"_s, build.engine},
            {u"status"_s, word(build.status)},
            {u"started"_s, build.started.toUTC().toString(Qt::ISODateWithMs)},
            {u"seconds"_s, secondsOf(build.elapsed)},
            {u"stepsCached"_s, build.stepsCached},
            {u"stepsRun"_s, build.stepsRun},
            {u"failure"_s, build.failure},
            {u"cause"_s, build.cause.isEmpty() ? QJsonValue() : QJsonValue(build.cause)},
            {u"branch"_s, build.branch},
            {u"peakMemoryBytes"_s, build.peakMemoryBytes},
            {u"journalBytes"_s, build.journalBytes},
            {u"pinned"_s, build.pinned},
            {u"paused"_s, build.isPaused},
            {u"retryOf"_s, build.retryOf > 0 ? QJsonValue(build.retryOf) : QJsonValue()},
            {u"problem"_s, jsonOf(build.planProblem)}};
}

QJsonObject toJson(const Plan &plan, const Step &step, int number)
{
    QJsonObject object{{u"number"_s, number},
                       {u"task"_s, plan.tasks.value(step.task).name},
                       {u"key"_s, step.key},
                       {u"name"_s, step.name},
                       {u"status"_s, word(step.status)},
                       {u"startedSeconds"_s, seconds(step.started)},
                       {u"endedSeconds"_s, seconds(step.ended)},
                       {u"lines"_s, step.lines}};
    if (step.work.kind == StepWork::Kind::Units)
        object.insert(u"units"_s,
                      QJsonObject{{u"done"_s, step.work.done},
                                  {u"total"_s, step.work.total > 0 ? QJsonValue(step.work.total) : QJsonValue()}});
    if (!step.error.isEmpty())
        object.insert(u"error"_s, step.error);
    return object;
}

/// What the memory figure counts, or that it is unknown.
static QString countedWord(const BuildState &state)
{
    if (state.samples().isEmpty())
        return u"unknown"_s;
    switch (state.sampledFrom().what) {
    case SampledFrom::What::Containers:
        return u"containers"_s;
    case SampledFrom::What::Daemon:
        return u"daemon"_s;
    default: // samples of builds before it was recorded are of processes
        return u"processes"_s;
    }
}

QJsonObject toJson(const BuildState &state, BuildId id)
{
    QJsonArray steps;
    for (int i = 0; i < state.steps().size(); ++i)
        steps << toJson(state.plan(), state.steps()[i], i + 1);
    QJsonObject object{
        {u"build"_s, id.number()},
        {u"environment"_s, state.plan().environment},
        {u"purpose"_s, state.plan().purpose},
        {u"engine"_s, state.plan().problem.isEmpty() ? state.plan().engine.id() : QString()},
        {u"problem"_s, jsonOf(state.plan().problem)},
        {u"status"_s, word(state.status())},
        {u"started"_s, state.startedAt().toUTC().toString(Qt::ISODateWithMs)},
        {u"seconds"_s, secondsOf(state.elapsed())},
        {u"peakMemoryBytes"_s, state.samples().isEmpty() ? QJsonValue() : QJsonValue(state.peakMemoryBytes())},
        {u"memoryCounted"_s, countedWord(state)},
        {u"memoryLimitBytes"_s,
         state.sampledFrom().limitBytes > 0 ? QJsonValue(state.sampledFrom().limitBytes) : QJsonValue()},
        {u"cpuSeconds"_s, state.samples().isEmpty() ? QJsonValue() : QJsonValue(secondsOf(state.samples().last().cpu))},
        {u"failure"_s, state.failure()},
        {u"steps"_s, steps},
        {u"paused"_s, state.isPaused()},
        {u"retryOf"_s, state.plan().retryOf > 0 ? QJsonValue(state.plan().retryOf) : QJsonValue()}};
    if (const std::optional<ValidationRun> run = validationOf(state))
        object.insert(u"validation"_s, run->toJson());
    return object;
}

QJsonObject toJson(const ForkStatus &fork)
{
    QJsonObject object{{u"name"_s, fork.name},     {u"path"_s, fork.path},
                       {u"branch"_s, fork.branch}, {u"commit"_s, fork.commit},
                       {u"origin"_s, fork.origin}, {u"changedFiles"_s, QJsonArray::fromStringList(fork.changedFiles)}};
    if (fork.hasUpstream) {
        object.insert(u"ahead"_s, fork.ahead);
        object.insert(u"behind"_s, fork.behind);
    }
    const auto insertDivergence = [&object](const QString &key, const std::optional<Divergence> &from) {
        if (from)
            object.insert(key,
                          QJsonObject{{u"from"_s, from->from}, {u"ahead"_s, from->ahead}, {u"behind"_s, from->behind}});
    };
    insertDivergence(u"fromOrigin"_s, fork.fromOrigin);
    insertDivergence(u"fromUpstream"_s, fork.fromUpstream);
    if (!fork.upstream.isEmpty())
        object.insert(u"upstream"_s, fork.upstream);
    if (!fork.operation.isEmpty())
        object.insert(u"operation"_s, fork.operation);
    if (fork.fetched.isValid())
        object.insert(u"fetched"_s, fork.fetched.toUTC().toString(Qt::ISODate));
    QJsonArray submodules;
    for (const SubmoduleStatus &submodule : fork.submodules) {
        QJsonObject one{{u"path"_s, submodule.path},
                        {u"url"_s, submodule.url},
                        {u"pinned"_s, submodule.pinned},
                        {u"state"_s, word(submodule.state)},
                        {u"changedFiles"_s, QJsonArray::fromStringList(submodule.changedFiles)}};
        if (!submodule.current.isEmpty())
            one.insert(u"current"_s, submodule.current);
        if (!submodule.trouble.isEmpty())
            one.insert(u"trouble"_s, submodule.trouble);
        submodules << one;
    }
    object.insert(u"submodules"_s, submodules);
    if (fork.trouble)
        object.insert(u"trouble"_s, fork.trouble->message);
    return object;
}

QJsonObject toJson(const ValidationVerdict &verdict)
{
    return {{u"verdict"_s, verdictName(verdict.verdict)},
            {u"cases"_s, verdict.cases},
            {u"failed"_s, verdict.failed},
            {u"controls"_s, verdict.controls},
            {u"accepted"_s, verdict.accepted},
            {u"worstRelL2"_s, verdict.worstRelL2},
            {u"seconds"_s, verdict.seconds}};
}

QJsonObject toJson(const EnvironmentStatus &status)
{
    QJsonArray layers;
    for (const LayerStatus &layer : status.layers) {
        QJsonObject object{{u"name"_s, layer.name}, {u"present"_s, layer.present}};
        if (layer.present) {
            object.insert(u"sizeBytes"_s, layer.sizeBytes);
            object.insert(u"created"_s, layer.created.toUTC().toString(Qt::ISODate));
        }
        layers << object;
    }
    QJsonObject object{
        {u"readiness"_s, word(status.readiness)}, {u"layers"_s, layers}, {u"diskBytes"_s, status.diskBytes}};
    if (status.lastBuild)
        object.insert(u"lastBuild"_s, toJson(*status.lastBuild));
    QJsonObject changed;
    for (const auto &[name, value] : status.changed)
        changed.insert(name, value);
    if (!changed.isEmpty())
        object.insert(u"changedChoices"_s, changed);
    if (!status.failedLayer.isEmpty())
        object.insert(u"failedLayer"_s, status.failedLayer);
    if (status.lastValidation) {
        QJsonObject validation = toJson(*status.lastValidation);
        validation.insert(u"build"_s, status.lastValidationBuild.number());
        object.insert(u"lastValidation"_s, validation);
    }
    if (status.fork)
        object.insert(u"fork"_s, toJson(*status.fork));
    return object;
}

QByteArray document(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Indented);
}

} // namespace kernelyard::ctl
