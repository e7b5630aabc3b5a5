// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/planning.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/environment/ownchoices.h"

#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string environment;
    std::vector<std::string> values;
    std::vector<std::string> defaults;
    bool allDefaults = false;
    bool json = false;

    bool changes() const { return !values.empty() || !defaults.empty(); }
};

QJsonObject toJson(const Choice &choice)
{
    QJsonObject object{{u"name"_s, choice.name},
                       {u"value"_s, choice.value()},
                       {u"default"_s, choice.defaultValue},
                       {u"own"_s, choice.own.has_value()},
                       {u"detected"_s, choice.detectsArchitectures && !choice.own},
                       {u"description"_s, choice.description}};
    if (!choice.values.isEmpty())
        object.insert(u"values"_s, QJsonArray::fromStringList(choice.values));
    return object;
}

/// "13.0", "(empty)", "detected, else 12.0"
QString valueText(const Choice &choice)
{
    const QString value = choice.value().isEmpty() ? u"(empty)"_s : choice.value();
    return choice.detectsArchitectures && !choice.own ? u"detected, else "_s + value : value;
}

void print(Session &session, const Environment &environment, bool json)
{
    Table table({u"choice"_s, u"value"_s, u"from"_s, u"description"_s});
    QJsonArray list;
    for (const Choice &choice : environment.choices) {
        list << toJson(choice);
        const QString allowed =
            choice.values.isEmpty() ? QString() : u" One of: %1."_s.arg(choice.values.join(u", "_s));
        table.add({{choice.name, Style::Bold},
                   {valueText(choice)},
                   {choice.own ? u"you"_s : u"default"_s, choice.own ? Style::Good : Style::Plain},
                   {choice.description + allowed, Style::Dim}});
    }
    if (json)
        session.console.write(Channel::Out, document({{u"environment"_s, environment.name}, {u"choices"_s, list}}));
    else if (table.isEmpty())
        session.console.message(environment.name + u" leaves nothing to choose."_s);
    else
        table.print(session.console);
}

/// What is kept once \a options are carried out. Errors: Invalid.
Result<ChosenValues> wanted(const Environment &environment, const Options &options)
{
    const Result<ChosenValues> given = readChoices(options.values);
    if (!given)
        return Failure(given.error());
    ChosenValues own = ownChoices(environment);
    QStringList replaced;
    for (const std::string &name : options.defaults)
        replaced << text(name);
    for (const QString &name : std::as_const(replaced))
        if (std::ranges::find(environment.choices, name, &Choice::name) == environment.choices.end())
            return Failure(effectiveChoices(environment, {{name, {}}}).error());
    for (const auto &[name, value] : *given)
        replaced << name;
    own.removeIf([&replaced](const auto &one) { return replaced.contains(one.first); });
    return own + *given;
}

int run(Session &session, const Options &options)
{
    const QString name = text(options.environment);
    if (options.allDefaults) // first: kept choices that can't be used hide their environment
        if (const Result<void> forgotten = forgetOwnChoices(name, session.paths); !forgotten)
            return session.fail(forgotten.error());
    Result<Environment> environment = session.environment(name);
    if (!environment)
        return session.fail(environment.error());
    if (options.changes()) {
        const Result<ChosenValues> own = wanted(*environment, options);
        if (!own)
            return session.fail(own.error());
        if (const Result<void> kept = writeOwnChoices(*environment, *own, session.paths); !kept)
            return session.fail(kept.error());
        environment = withOwnChoices(*environment, *own);
    }
    print(session, *environment, options.json);
    return 0;
}

} // namespace

void addKeptChoices(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command(
        "choices", "Show the choices that an environment's file leaves open, or keep own values of them",
        "What is kept counts in the window and in every command from then on; a command's --choice goes before it.\n"
        "Images are made anew where what they are made from has changed.\n"
        "Examples:\n"
        "  kernelyardctl choices xformers\n"
        "  kernelyardctl choices xformers jobs=4 cuda-tag=cu130\n"
        "  kernelyardctl choices xformers --default jobs");
    command->add_option("ENVIRONMENT", options->environment, "Its name (see: environments)")->required()->type_name("");
    CLI::Option *values = command->add_option("NAME=VALUE", options->values, "Keep this value; repeatable");
    values->type_name("");
    CLI::Option *defaults =
        command->add_option("--default", options->defaults, "NAME: keep no own value of it; repeatable");
    defaults->type_name("")->allow_extra_args(false);
    command->add_flag("--all-defaults", options->allDefaults, "Keep no own value")
        ->excludes(values)
        ->excludes(defaults);
    command->add_flag("--json", options->json, "One JSON document");
    command->callback([&line, options] { line.action = [&line, options] { return run(line.session, *options); }; });
}

} // namespace kernelyard::ctl
