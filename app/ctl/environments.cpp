// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/environment/catalog.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string engine;
    bool json = false;
};

QString buildText(const std::optional<BuildSummary> &build)
{
    return build ? QString(build->id.display() + u' ' + word(build->status)) : u"–"_s;
}

QString validationText(const std::optional<ValidationVerdict> &verdict)
{
    if (!verdict)
        return u"–"_s;
    return u"%1 %2/%3"_s.arg(verdictName(verdict->verdict)).arg(verdict->cases - verdict->failed).arg(verdict->cases);
}

QString forkText(const std::optional<ForkStatus> &fork)
{
    if (!fork)
        return u"–"_s;
    if (fork->trouble)
        return fork->trouble->message;
    const QString state = fork->isClean() ? u"clean"_s : u"%1 changed"_s.arg(fork->changedFiles.size());
    return u"%1, %2"_s.arg(fork->branch.isEmpty() ? u"detached"_s : fork->branch, state);
}

int listEnvironments(Session &session, const Options &options)
{
    const Catalog catalog = readCatalog(session.paths);
    const Result<Engine> engine = session.engine(text(options.engine));
    if (!engine && !options.engine.empty())
        return session.fail(engine.error());

    Table table(
        {u"environment"_s, u"state"_s, u"on disk"_s, u"last build"_s, u"validation"_s, u"fork"_s, u"description"_s});
    QJsonArray list;
    for (const Environment &environment : catalog.environments) {
        const EnvironmentStatus status =
            engine ? readEnvironmentStatus(environment, *engine, session.paths) : EnvironmentStatus();
        QJsonObject object = toJson(status);
        object.insert(u"name"_s, environment.name);
        object.insert(u"description"_s, environment.description);
        object.insert(u"file"_s, environment.file);
        object.insert(u"shipped"_s, environment.shipped);
        list << object;
        table.add({{environment.name, Style::Bold},
                   {status.changed.isEmpty() ? word(status.readiness) : word(status.readiness) + u", choices changed"_s,
                    style(status.readiness)},
                   {status.diskBytes > 0 ? sizeText(status.diskBytes) : u"–"_s, Style::Plain, true},
                   {buildText(status.lastBuild)},
                   {validationText(status.lastValidation)},
                   {forkText(status.fork)},
                   {environment.description, Style::Dim}});
    }
    if (options.json) {
        QJsonArray errors;
        for (const Error &error : catalog.errors)
            errors << error.message;
        QJsonObject object{{u"environments"_s, list}, {u"errors"_s, errors}};
        if (engine)
            object.insert(u"engine"_s, engine->id());
        session.console.write(Channel::Out, document(object));
    } else {
        table.print(session.console);
    }
    if (!engine)
        session.console.error(engine.error()); // the list stands; its states are unknown
    for (const Error &error : catalog.errors)
        session.console.error(error);
    return catalog.errors.isEmpty() ? 0 : exitStatus(ErrorKind::Failed);
}

} // namespace

void addEnvironments(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command("environments", "List the environments and how far each is",
                                     "Own environment files lie in ~/.config/kernelyard/environments.\n"
                                     "Examples:\n"
                                     "  kernelyardctl environments\n"
                                     "  kernelyardctl environments --json --engine docker");
    addText(command, "--engine", options->engine, "Look at the images of this engine (see: engines)");
    command->add_flag("--json", options->json, "One JSON document");
    command->callback(
        [&line, options] { line.action = [&line, options] { return listEnvironments(line.session, *options); }; });
}

} // namespace kernelyard::ctl
