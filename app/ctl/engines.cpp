// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/gputext.h"
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/engine/detect.h"
#include "core/engine/logprobe.h"
#include "core/gpu/gpujson.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

QString word(Ability ability)
{
    switch (ability) {
    case Ability::Unknown:
        return u"unknown"_s;
    case Ability::No:
        return u"no"_s;
    case Ability::Yes:
        return u"yes"_s;
    }
    Q_UNREACHABLE();
}

QString orDash(const QString &text)
{
    return text.isEmpty() ? u"–"_s : text;
}

QString endpointText(const Endpoint &endpoint)
{
    return orDash(endpoint.address.isEmpty() ? endpoint.name : endpoint.address);
}

void printEngines(Console &console, const QList<Engine> &engines)
{
    Table table({u"id"_s, u"engine"_s, u"state"_s, u"endpoint"_s, u"mode"_s, u"storage"_s, u"runtime"_s,
                 u"memory limit"_s, u"gpu"_s});
    for (const Engine &engine : engines)
        table.add({{engine.id(), Style::Bold},
                   {engine.display()},
                   engine.isUsable() ? Cell{u"usable"_s, Style::Good} : Cell{u"not usable"_s, Style::Bad},
                   {endpointText(engine.endpoint)},
                   {engine.rootless ? u"rootless"_s : u"root"_s},
                   {orDash(engine.storageDriver)},
                   {orDash(engine.ociRuntime)},
                   {word(engine.memoryLimit)},
                   {word(engine.gpu)}});
    table.print(console);
    for (const Engine &engine : engines) {
        for (const EngineProblem &problem : engine.problems) {
            console.out({});
            const QString mark = problem.blocking ? u"stops it"_s : u"note"_s;
            console.out(console.styled(problem.blocking ? Style::Bad : Style::Warning,
                                       QString(engine.id() + u", "_s + mark), Channel::Out) +
                        u": "_s + problem.cause);
            if (!problem.remedy.isEmpty())
                console.out(u"  next: "_s + problem.remedy);
            if (problem.fix)
                console.out(u"  run:  "_s + problem.fix->display());
            if (!problem.detail.isEmpty())
                for (const QString &words : problem.detail.trimmed().split(u'\n'))
                    console.out(u"    "_s + words);
        }
    }
}

/// Measures each builder that may clip; tells what it found on standard error.
void probe(Session &session, QList<Engine> &engines)
{
    for (Engine &engine : engines) {
        if (!engine.isUsable() || engine.backend() != BuildBackend::Buildx)
            continue;
        const Result<LogCapacity> capacity = probeLogCapacity(engine);
        if (!capacity) {
            session.console.error(capacity.error());
            continue;
        }
        if (const Result<void> kept = rememberLogCapacity(engine, *capacity, session.paths.cache); !kept)
            session.console.error(kept.error());
        applyLogCapacity(engine, *capacity);
        session.console.message(u"%1 keeps %2 of %3 that a step wrote at full speed."_s.arg(
            engine.id(), capacity->keepsAll() ? u"all"_s : sizeText(capacity->keptBytes),
            sizeText(capacity->writtenBytes)));
    }
}

int listEngines(Session &session, bool json, bool withProbe)
{
    QFuture<Result<GpuReading>> gpuProbe = readGpus(gpuHelper(session));
    QList<Engine> engines = detectEngines().result();
    if (withProbe)
        probe(session, engines);
    const Result<GpuReading> gpus = gpuProbe.result();
    const bool anyUsable = std::any_of(engines.begin(), engines.end(), [](const Engine &e) { return e.isUsable(); });
    if (json) {
        QJsonArray engineList, gpuList;
        for (const Engine &engine : engines) {
            QJsonObject object = engine.toJson();
            object.insert(u"id"_s, engine.id());
            object.insert(u"display"_s, engine.display());
            object.insert(u"usable"_s, engine.isUsable());
            engineList << object;
        }
        if (gpus)
            for (const GpuStatus &gpu : gpus->gpus)
                gpuList << toJson(gpu);
        QJsonObject object{{u"engines"_s, engineList}, {u"gpus"_s, gpuList}};
        if (const QString fault = gpuFaultSentence(gpus); !fault.isEmpty())
            object.insert(u"gpuError"_s, fault);
        session.console.write(Channel::Out, document(object));
    } else {
        printEngines(session.console, engines);
        printGpuLines(session.console, gpus);
    }
    return anyUsable ? 0 : exitStatus(ErrorKind::Missing);
}

} // namespace

void addEngines(CommandLine &line)
{
    struct Options
    {
        bool json = false;
        bool probe = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command("engines", "Show every Docker and Podman of this machine, and its GPUs",
                                     "Ends with 3 when no engine is usable; each reason stands with its remedy.\n"
                                     "Examples:\n"
                                     "  kernelyardctl engines\n"
                                     "  kernelyardctl engines --json | jq -r '.engines[] | select(.usable) | .id'");
    command->add_flag("--json", options->json, "One JSON document");
    command->add_flag("--probe", options->probe,
                      "Measure what each Docker builder keeps of a step's output, with a tiny build, and remember it");
    command->callback([&line, options] {
        line.action = [&line, options] { return listEngines(line.session, options->json, options->probe); };
    });
}

} // namespace kernelyard::ctl
