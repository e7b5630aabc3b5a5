// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/devcontainer.h"

#include "app/ctl/following.h"
#include "app/ctl/forkwork.h"
#include "app/ctl/planning.h"
#include "app/ctl/words.h"
#include "core/build/devcontainerrequest.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options : PlanOptions
{
    std::string fork;
    std::string in = "code";
    bool dockerInDocker = false;
    bool dryRun = false;
    bool detach = false;
    bool verbose = false;
    bool json = false;
};

Result<DevContainerRequest> requestFor(Session &session, const Options &options)
{
    const Result<ChosenValues> choices = readChoices(options.choices);
    if (!choices)
        return Failure(choices.error());
    const Result<Environment> environment = session.environment(text(options.environment));
    if (!environment)
        return Failure(environment.error());
    const Result<Engine> engine = session.engine(text(options.engine));
    if (!engine)
        return Failure(engine.error());
    DevContainerOptions wanted;
    wanted.choices = *choices;
    wanted.registry = text(options.registry);
    wanted.tag = text(options.tag);
    wanted.dockerInDocker = options.dockerInDocker;
    if (!options.fork.empty()) {
        const Result<QString> path = checkoutOf(session, text(options.fork));
        if (!path)
            return Failure(path.error());
        wanted.folder = *path;
    }
    return devContainerRequest(*environment, *engine, wanted,
                               GpuFacts::of(*environment, session.paths, session.program), session.paths);
}

QString fileState(const DevContainerFile &file)
{
    return file.before ? u"changed"_s : u"new"_s;
}

QJsonObject changeJson(const DevContainerChange &change, bool written)
{
    QJsonArray files, kept;
    for (const DevContainerFile &file : change.files) {
        QStringList lines;
        for (const DiffLine &line : file.diff())
            lines << line.text;
        files << QJsonObject{{u"file"_s, file.name}, {u"state"_s, fileState(file)}, {u"diff"_s, lines.join(u'\n')}};
    }
    for (const KeptValue &value : change.kept)
        kept << QJsonObject{{u"key"_s, value.path.join(u'.')}, {u"yours"_s, value.users}, {u"ours"_s, value.ours}};
    return {{u"folder"_s, change.folder},
            {u"configuration"_s, change.configuration},
            {u"written"_s, written},
            {u"files"_s, files},
            {u"kept"_s, kept},
            {u"notes"_s, QJsonArray::fromStringList(change.warnings + change.notes)}};
}

void printDiff(Console &console, const DevContainerChange &change)
{
    for (const DiffLine &line : change.diff()) {
        const Style style = line.kind == DiffLine::Kind::Added     ? Style::Good
                            : line.kind == DiffLine::Kind::Removed ? Style::Bad
                            : line.kind == DiffLine::Kind::File    ? Style::Bold
                            : line.kind == DiffLine::Kind::Same    ? Style::Plain
                                                                   : Style::Dim;
        console.out(console.styled(style, harmless(line.text), Channel::Out));
    }
}

void printNotes(Console &console, const DevContainerChange &change)
{
    for (const QString &warning : change.warnings)
        console.message(harmless(warning));
    for (const KeptValue &value : change.kept)
        console.message(harmless(sentenceOf(value)));
    for (const QString &note : change.notes)
        console.message(harmless(note));
}

int show(Session &session, const Options &options)
{
    const Result<DevContainerRequest> request = requestFor(session, options);
    if (!request)
        return session.fail(request.error());
    const Result<DevContainerChange> change = planDevContainer(*request, session.paths);
    if (!change)
        return session.fail(change.error());
    // The configuration as it will be, its comments with it: what a reader of devcontainer.json is given.
    session.console.write(Channel::Out, change->json);
    printNotes(session.console, *change);
    return 0;
}

int diff(Session &session, const Options &options)
{
    const Result<DevContainerRequest> request = requestFor(session, options);
    if (!request)
        return session.fail(request.error());
    const Result<DevContainerChange> change = planDevContainer(*request, session.paths);
    if (!change)
        return session.fail(change.error());
    if (options.json) {
        session.console.write(Channel::Out, document(changeJson(*change, false)));
        return 0;
    }
    printDiff(session.console, *change);
    printNotes(session.console, *change);
    if (change->isNothing())
        session.console.message(u"%1/%2 is current."_s.arg(change->folder, change->configuration));
    return 0;
}

int write(Session &session, const Options &options)
{
    if (options.dryRun)
        return diff(session, options);
    const Result<DevContainerRequest> request = requestFor(session, options);
    if (!request)
        return session.fail(request.error());
    const Result<DevContainerChange> change = planDevContainer(*request, session.paths);
    if (!change)
        return session.fail(change.error());
    if (const Result<void> written = writeDevContainer(*change); !written)
        return session.fail(written.error());
    if (options.json) {
        session.console.write(Channel::Out, document(changeJson(*change, true)));
        return 0;
    }
    for (const DevContainerFile &file : change->files)
        if (!file.isRecord)
            session.console.out(u"%1  %2/%3"_s.arg(fileState(file), -7).arg(change->folder, file.name));
    printNotes(session.console, *change);
    if (change->isNothing())
        session.console.message(u"%1/%2 is current."_s.arg(change->folder, change->configuration));
    return 0;
}

int upAs(Session &session, const Options &options, DevContainerStart start)
{
    const Result<DevContainerRequest> request = requestFor(session, options);
    if (!request)
        return session.fail(request.error());
    const Result<DevContainerPlace> place =
        options.dryRun ? writtenDevContainer(*request, session.paths) : devContainerPlace(*request, session.paths);
    if (!place)
        return session.fail(place.error());
    const Result<DevContainerClient> client = DevContainerClient::find();
    if (!client)
        return session.fail(client.error());
    if (const auto json = readConfiguration(place->configurationPath()))
        if (const QString command = hostCommandOf(*json); !command.isEmpty())
            session.console.message(
                u"It runs a command on this machine itself, outside of the container: %1"_s.arg(harmless(command)));
    const Plan plan = devContainerPlan(*request, *client, *place, start);
    if (options.dryRun) {
        if (options.json)
            session.console.write(Channel::Out, plan.toJson());
        else
            session.console.out(plan.tasks.first().command.display());
        return 0;
    }
    const Result<BuildId> id = launchBuild(session.paths, plan, session.program);
    if (!id)
        return session.fail(id.error());
    session.console.message(
        u"Build %1: dev container of %2 with %3"_s.arg(id->display(), request->folder, request->engine.display()));
    if (options.detach) {
        session.console.out(QString::number(id->number()));
        return 0;
    }
    const Result<BuildState> state = followToEnd(session, *id, options.verbose);
    if (!state)
        return session.fail(state.error());
    if (options.json)
        session.console.write(Channel::Out, document(toJson(*state, *id)));
    session.console.flush();
    if (state->status() == BuildStatus::Done)
        return 0;
    const QString why = failureOfUp(state->taskOutput(0));
    session.console.error(
        {ErrorKind::Failed,
         u"The dev container of %1 was not started: %2"_s.arg(request->folder, why.isEmpty() ? state->failure() : why),
         {},
         u"kernelyardctl log %1"_s.arg(id->number())});
    return exitStatusOf(state->status());
}

int up(Session &session, const Options &options)
{
    return upAs(session, options, DevContainerStart::Keep);
}

int rebuild(Session &session, const Options &options)
{
    return upAs(session, options, DevContainerStart::Rebuild);
}

QString word(DevContainerState::Kind kind)
{
    switch (kind) {
    case DevContainerState::Kind::Absent:
        return u"absent"_s;
    case DevContainerState::Kind::Stopped:
        return u"stopped"_s;
    case DevContainerState::Kind::Running:
        return u"running"_s;
    }
    Q_UNREACHABLE();
}

/// Its place, and what its devcontainer.json says.
Result<std::pair<DevContainerPlace, QJsonObject>> written(Session &session, const Options &options)
{
    const Result<DevContainerRequest> request = requestFor(session, options);
    if (!request)
        return Failure(request.error());
    const Result<DevContainerPlace> place = writtenDevContainer(*request, session.paths);
    if (!place)
        return Failure(place.error());
    const Result<QJsonObject> json = readConfiguration(place->configurationPath());
    if (!json)
        return Failure(json.error());
    return std::pair(*place, *json);
}

int printState(Session &session, const Options &options, const DevContainerPlace &place)
{
    const Result<DevContainerState> state = readDevContainerState(place);
    if (!state)
        return session.fail(state.error());
    if (options.json)
        session.console.write(Channel::Out, document({{u"folder"_s, place.folder},
                                                      {u"configuration"_s, place.configuration},
                                                      {u"engine"_s, place.engine.id()},
                                                      {u"state"_s, word(state->kind)},
                                                      {u"containers"_s, QJsonArray::fromStringList(state->ids)}}));
    else
        session.console.out(u"%1  %2"_s.arg(word(state->kind), place.configurationPath()));
    return 0;
}

int status(Session &session, const Options &options)
{
    const auto found = written(session, options);
    return found ? printState(session, options, found->first) : session.fail(found.error());
}

int stop(Session &session, const Options &options)
{
    const auto found = written(session, options);
    if (!found)
        return session.fail(found.error());
    const Result<void> stopped = stopDevContainer(found->first);
    return stopped ? printState(session, options, found->first) : session.fail(stopped.error());
}

int open(Session &session, const Options &options)
{
    const auto found = written(session, options);
    if (!found)
        return session.fail(found.error());
    const auto &[place, json] = *found;
    const QString workspace = json.value(u"workspaceFolder"_s).toString();
    const Result<Command> command =
        options.in == "terminal" ? openDevContainerTerminal(place, json.value(u"remoteUser"_s).toString(), workspace)
                                 : openDevContainer(place, workspace);
    if (!command)
        return session.fail(command.error());
    if (options.json)
        session.console.write(Channel::Out, document(command->toJson()));
    return 0;
}

void addCommon(CLI::App *command, Options &options)
{
    addEnvironmentArgument(command, options);
    addText(command, "--fork", options.fork,
            "A checkout: folder name, path or environment; default: the environment's");
    addEngineAndChoices(command, options);
    addText(command, "--registry", options.registry, "Take the image from HOST[:PORT][/PATH] instead of this machine");
    addText(command, "--tag", options.tag, "The image's tag there")->capture_default_str();
    command->add_flag("--docker-in-docker", options.dockerInDocker, "Add the feature, which comes from a registry");
}

} // namespace

void addDevContainer(CommandLine &line)
{
    CLI::App *parent =
        line.command("devcontainer", "Dev containers of an environment and a fork, for VS Code and others",
                     "See: kernelyardctl devcontainer write --help");
    parent->require_subcommand(1);
    using Work = int (*)(Session &, const Options &);
    const auto add = [&](const char *name, const char *about, const char *more, Work work) {
        const auto options = std::make_shared<Options>();
        CLI::App *command = line.command(*parent, name, about, more);
        addCommon(command, *options);
        command->callback(
            [&line, options, work] { line.action = [&line, options, work] { return work(line.session, *options); }; });
        return std::pair(command, options);
    };
    add("show", "Print devcontainer.json as it will be, merged with what is there",
        "Examples:\n"
        "  kernelyardctl devcontainer show starter",
        show);
    const auto [diffs, diffOptions] = add("diff", "Show what writing it would change",
                                          "Examples:\n"
                                          "  kernelyardctl devcontainer diff xformers --fork ./xformers",
                                          diff);
    diffs->add_flag("--json", diffOptions->json, "One JSON document");
    const auto [writes, writeOptions] =
        add("write", "Write .devcontainer/ into the checkout; what you wrote there stays",
            "Your own overrides lie beside it in devcontainer.local.json and are merged in.\n"
            "Examples:\n"
            "  kernelyardctl devcontainer write starter --dry-run\n"
            "  kernelyardctl devcontainer write xformers --engine podman",
            write);
    writes->add_flag("--dry-run", writeOptions->dryRun, "Show what would change; write nothing");
    writes->add_flag("--json", writeOptions->json, "One JSON document");

    for (const bool again : {false, true}) {
        const auto [ups, upOptions] = add(
            again ? "rebuild" : "up",
            again ? "Remove the container, make a new one and start it"
                  : "Make the container where needed, and start it",
            again
                ? "Examples:\n  kernelyardctl devcontainer rebuild starter"
                : "By the Dev Container CLI (npm install --global @devcontainers/cli), as a build that show, log and\n"
                  "cancel know.\n"
                  "Examples:\n  kernelyardctl devcontainer up starter --engine podman",
            again ? rebuild : up);
        ups->add_flag("--dry-run", upOptions->dryRun, "Print the exact command; run nothing");
        ups->add_flag("--detach", upOptions->detach, "Start it, print its number and return");
        ups->add_flag("-v,--verbose", upOptions->verbose, "Show the tools' own output as it comes");
        ups->add_flag("--json", upOptions->json, "The result as one JSON document on standard output");
    }
    const auto [states, stateOptions] = add("status", "Tell whether the container runs",
                                            "Examples:\n  kernelyardctl devcontainer status starter --json", status);
    states->add_flag("--json", stateOptions->json, "One JSON document");
    const auto [stops, stopOptions] = add("stop", "Stop the container; it stays, and up starts it again",
                                          "Examples:\n  kernelyardctl devcontainer stop starter", stop);
    stops->add_flag("--json", stopOptions->json, "One JSON document");
    const auto [opens, openOptions] =
        add("open", "Open the checkout in VS Code inside of the container, or a terminal there",
            "Examples:\n"
            "  kernelyardctl devcontainer open starter\n"
            "  kernelyardctl devcontainer open starter --in terminal",
            open);
    addText(opens, "--in", openOptions->in, "code or terminal")->check(CLI::IsMember({"code", "terminal"}));
    opens->add_flag("--json", openOptions->json, "Print the command that was started, as JSON");
}

} // namespace kernelyard::ctl
