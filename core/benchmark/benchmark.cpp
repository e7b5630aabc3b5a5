// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/benchmark/benchmark.h"

#include "core/base/wholefile.h"
#include "core/build/buildlock.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

constexpr int formatVersion = 1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Benchmark", text);
}

QJsonObject toJson(const Timing &timing)
{
    QJsonObject times;
    for (const Phase phase : phases)
        if (timing.of(phase).count() > 0)
            times.insert(word(phase), qint64(timing.of(phase).count()));
    QJsonArray compilations;
    for (const TaskCompilation &one : timing.compilations)
        compilations.append(QJsonObject{
            {u"task"_s, one.task}, {u"units"_s, one.units}, {u"repeated"_s, one.repeated}, {u"cached"_s, one.cached}});
    return {{u"totalMicroseconds"_s, qint64(timing.total.count())},
            {u"phases"_s, times},
            {u"compilations"_s, compilations}};
}

Timing timingFrom(const QJsonObject &object)
{
    Timing timing;
    timing.total = BuildTime(object.value(u"totalMicroseconds"_s).toInteger());
    const QJsonObject times = object.value(u"phases"_s).toObject();
    for (const Phase phase : phases)
        timing.phases[static_cast<std::size_t>(phase)] = BuildTime(times.value(word(phase)).toInteger());
    for (const QJsonValue value : object.value(u"compilations"_s).toArray())
        timing.compilations << TaskCompilation{value[u"task"_s].toString(), value[u"units"_s].toInt(),
                                               value[u"repeated"_s].toInt(), value[u"cached"_s].toInt()};
    return timing;
}

QJsonObject toJson(const Repetition &repetition)
{
    return {{u"scenario"_s, letter(repetition.scenario)},
            {u"round"_s, repetition.round},
            {u"build"_s, repetition.build.number()},
            {u"started"_s, repetition.started.toUTC().toString(Qt::ISODateWithMs)},
            {u"timing"_s, toJson(repetition.timing)},
            {u"failure"_s, repetition.failure}};
}

std::optional<Repetition> repetitionFrom(const QJsonValue &value)
{
    const auto scenario = scenarioOf(value[u"scenario"_s].toString());
    const int round = value[u"round"_s].toInt();
    if (!scenario || round < 1)
        return {};
    return Repetition{*scenario,
                      round,
                      BuildId(value[u"build"_s].toInt()),
                      QDateTime::fromString(value[u"started"_s].toString(), Qt::ISODateWithMs),
                      timingFrom(value[u"timing"_s].toObject()),
                      value[u"failure"_s].toString()};
}

} // namespace

QString Benchmark::name() const
{
    return u"bench-%1"_s.arg(number, 3, 10, QChar(u'0'));
}

const Repetition *Benchmark::find(Scenario scenario, int round) const
{
    for (const Repetition &one : repetitions)
        if (one.scenario == scenario && one.round == round)
            return &one;
    return nullptr;
}

QList<std::pair<Scenario, int>> Benchmark::remaining() const
{
    QList<std::pair<Scenario, int>> list;
    for (int round = 1; round <= spec.repetitions; ++round)
        for (const Scenario scenario : {Scenario::Baseline, Scenario::LocalCache, Scenario::RegistryCache})
            if (spec.scenarios.contains(scenario) && !find(scenario, round))
                list.append({scenario, round});
    return list;
}

QByteArray Benchmark::toJson() const
{
    QJsonArray letters, choices, list;
    for (const Scenario scenario : spec.scenarios)
        letters.append(letter(scenario));
    for (const auto &[name, value] : spec.choices)
        choices.append(QJsonArray{name, value});
    for (const Repetition &one : repetitions)
        list.append(kernelyard::toJson(one));
    QJsonObject object{{u"version"_s, formatVersion},
                       {u"number"_s, number},
                       {u"environment"_s, spec.environment},
                       {u"engineId"_s, spec.engine},
                       {u"choices"_s, choices},
                       {u"repetitionsWanted"_s, spec.repetitions},
                       {u"scenarios"_s, letters},
                       {u"registry"_s, spec.registry},
                       {u"quick"_s, spec.quick},
                       {u"started"_s, started.toUTC().toString(Qt::ISODateWithMs)},
                       {u"engine"_s, engine},
                       {u"commit"_s, commit},
                       {u"lastRegistry"_s, registry},
                       {u"pushed"_s, pushed},
                       {u"build"_s, build.number()},
                       {u"failure"_s, failure},
                       {u"repetitions"_s, list}};
    if (current)
        object.insert(u"current"_s, kernelyard::toJson(*current));
    return QJsonDocument(object).toJson();
}

Result<Benchmark> Benchmark::fromJson(const QByteArray &json, const QString &file)
{
    QJsonParseError syntax;
    const QJsonObject object = QJsonDocument::fromJson(json, &syntax).object();
    const auto invalid = [&file](const QString &what) {
        return Failure(Error{ErrorKind::Invalid, u"%1: %2"_s.arg(file, what), {}, {}});
    };
    if (syntax.error != QJsonParseError::NoError)
        return invalid(syntax.errorString());
    if (object.value(u"version"_s).toInt() != formatVersion)
        return invalid(tr("it is of another version of Kernelyard."));
    Benchmark benchmark;
    benchmark.number = object.value(u"number"_s).toInt();
    BenchmarkSpec &spec = benchmark.spec;
    spec.environment = object.value(u"environment"_s).toString();
    spec.engine = object.value(u"engineId"_s).toString();
    spec.repetitions = object.value(u"repetitionsWanted"_s).toInt();
    spec.registry = object.value(u"registry"_s).toString();
    spec.quick = object.value(u"quick"_s).toBool();
    for (const QJsonValue choice : object.value(u"choices"_s).toArray())
        spec.choices.append({choice[0].toString(), choice[1].toString()});
    for (const QJsonValue value : object.value(u"scenarios"_s).toArray())
        if (const auto scenario = scenarioOf(value.toString()))
            spec.scenarios << *scenario;
    if (benchmark.number < 1 || spec.environment.isEmpty() || spec.repetitions < 1 || spec.scenarios.isEmpty())
        return invalid(tr("number, environment, repetitionsWanted or scenarios is missing."));
    benchmark.started = QDateTime::fromString(object.value(u"started"_s).toString(), Qt::ISODateWithMs);
    benchmark.engine = object.value(u"engine"_s).toString();
    benchmark.commit = object.value(u"commit"_s).toString();
    benchmark.registry = object.value(u"lastRegistry"_s).toString();
    benchmark.failure = object.value(u"failure"_s).toString();
    benchmark.build = BuildId(object.value(u"build"_s).toInt());
    benchmark.pushed = object.value(u"pushed"_s).toBool();
    for (const QJsonValue value : object.value(u"repetitions"_s).toArray()) {
        const auto repetition = repetitionFrom(value);
        if (!repetition)
            return invalid(tr("a repetition lacks its scenario or round."));
        benchmark.repetitions << *repetition;
    }
    if (object.contains(u"current"_s))
        benchmark.current = repetitionFrom(object.value(u"current"_s));
    return benchmark;
}

BenchmarkFolder::BenchmarkFolder(const Paths &paths, int number)
    : path(u"%1/benchmarks/%2"_s.arg(paths.state).arg(number, 4, 10, QChar(u'0')))
{}

QString BenchmarkFolder::log(Scenario scenario, int round) const
{
    return u"%1/%2-%3.log"_s.arg(path, letter(scenario)).arg(round);
}

static QList<int> benchmarkNumbers(const Paths &paths)
{
    QList<int> numbers;
    for (const QString &name : QDir(paths.state + u"/benchmarks"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (const int number = name.toInt(); number > 0)
            numbers << number;
    std::ranges::sort(numbers, std::greater());
    return numbers;
}

Result<Benchmark> createBenchmark(const Paths &paths, const BenchmarkSpec &spec)
{
    const QString folder = paths.state + u"/benchmarks"_s;
    if (!QDir().mkpath(folder))
        return Failure(systemError(folder, errno));
    Benchmark benchmark;
    benchmark.spec = spec;
    benchmark.started = QDateTime::currentDateTimeUtc();
    // mkdir is atomic: two that begin at once never get the same number.
    for (benchmark.number = benchmarkNumbers(paths).value(0) + 1;; ++benchmark.number) {
        const QString path = BenchmarkFolder(paths, benchmark.number).path;
        if (::mkdir(QFile::encodeName(path).constData(), 0755) == 0)
            break;
        if (errno != EEXIST)
            return Failure(systemError(path, errno));
    }
    if (const Result<void> written = writeBenchmark(paths, benchmark); !written)
        return Failure(written.error());
    return benchmark;
}

Result<Benchmark> readBenchmark(const Paths &paths, int number)
{
    QFile file(BenchmarkFolder(paths, number).file());
    if (!file.open(QIODevice::ReadOnly))
        return Failure(Error{ErrorKind::NotFound, tr("There is no benchmark %1.").arg(number), file.errorString(),
                             tr("kernelyardctl benchmarks lists them.")});
    return Benchmark::fromJson(file.readAll(), file.fileName());
}

Result<void> writeBenchmark(const Paths &paths, const Benchmark &benchmark)
{
    QSaveFile file(BenchmarkFolder(paths, benchmark.number).file());
    if (!writeWhole(file, benchmark.toJson()))
        return Failure(Error{ErrorKind::Failed,
                             tr("The results of %1 could not be written to %2.").arg(benchmark.name(), file.fileName()),
                             file.errorString(), tr("Free space, then resume it.")});
    return {};
}

QList<Benchmark> listBenchmarks(const Paths &paths)
{
    QList<Benchmark> list;
    for (const int number : benchmarkNumbers(paths))
        if (auto benchmark = readBenchmark(paths, number))
            list << std::move(*benchmark);
    return list;
}

bool isRunning(const Paths &paths, const Benchmark &benchmark)
{
    return BuildLock::isHeld(BenchmarkFolder(paths, benchmark.number).lock());
}

Result<void> stopBenchmark(const Paths &paths, const Benchmark &benchmark)
{
    const auto process = BuildLock::holder(BenchmarkFolder(paths, benchmark.number).lock());
    if (!process)
        return Failure(Error{ErrorKind::Conflict, tr("%1 does not run.").arg(benchmark.name()), {}, {}});
    if (::kill(*process, SIGTERM) != 0 && errno != ESRCH)
        return Failure(systemError(benchmark.name(), errno));
    return {};
}

QString compileFault(Scenario scenario, const Timing &timing)
{
    if (scenario != Scenario::Baseline) {
        if (timing.units() == 0)
            return {};
        QStringList tasks;
        for (const TaskCompilation &one : timing.compilations)
            if (one.units > 0)
                tasks << one.task;
        return tr("%1 units were compiled in %2, and none should be.").arg(timing.units()).arg(tasks.join(u", "_s));
    }
    if (timing.compilingTasks() == 0)
        return tr("Nothing was compiled, and everything should be, once: a cache was not empty.");
    QStringList tasks;
    int repeated = 0;
    for (const TaskCompilation &one : timing.compilations) {
        if (one.units > 0)
            tasks << one.task;
        repeated += one.repeated;
    }
    if (tasks.size() > 1)
        return tr("Units were compiled in %1, and should be in one of them.").arg(tasks.join(u", "_s));
    if (repeated > 0)
        return tr("%1 units were compiled more than once.").arg(repeated);
    return {};
}

} // namespace kernelyard
