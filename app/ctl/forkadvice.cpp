// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/forkadvice.h"

#include "app/ctl/forkwork.h"
#include "app/ctl/planning.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/build/planner.h"
#include "core/fork/opening.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string fork, since, engine, with;
    bool json = false;
};

QJsonObject toJson(const ForkAdvice &result)
{
    const RebuildAdvice &advice = result.advice;
    QJsonArray files;
    for (const FileMeaning &file : advice.files)
        files << QJsonObject{{u"path"_s, file.file.path},
                             {u"effect"_s, name(file.effect)},
                             {u"units"_s, QJsonArray::fromStringList(file.units)},
                             {u"compiled"_s, file.compiled}};
    return {{u"verdict"_s, name(advice.verdict)},
            {u"because"_s, QJsonArray::fromStringList(advice.because)},
            {u"units"_s, QJsonArray::fromStringList(advice.units)},
            {u"totalUnits"_s, advice.totalUnits},
            {u"estimateSeconds"_s, advice.estimateSeconds ? QJsonValue(*advice.estimateSeconds) : QJsonValue()},
            {u"since"_s, result.held},
            {u"files"_s, files}};
}

QString headline(const RebuildAdvice &advice)
{
    switch (advice.verdict) {
    case RebuildVerdict::None:
        return u"Nothing to rebuild"_s;
    case RebuildVerdict::Link:
        return u"The editable link is enough"_s;
    case RebuildVerdict::Partial:
        return u"Rebuild %1 of %2 units"_s.arg(advice.units.size()).arg(advice.totalUnits);
    case RebuildVerdict::Full:
        return u"Rebuild everything, %1 units"_s.arg(advice.totalUnits);
    }
    return {};
}

Result<ForkAdvice> adviceFor(Session &session, const QString &path, const Options &options)
{
    const std::optional<Environment> environment = environmentOfFork(session, path);
    if (environment) {
        std::optional<Engine> engine;
        if (options.since.empty())
            if (const Result<Engine> found = session.engine(text(options.engine)))
                engine = *found;
        return adviseFork(*environment, engine, session.paths, text(options.since));
    }
    if (options.since.empty())
        return Failure(Error{ErrorKind::Invalid,
                             u"%1 is the fork of no environment, so nothing says what was compiled of it."_s.arg(path),
                             {},
                             u"Name the commit that was: --since COMMIT."_s});
    Result<RebuildAdvice> advice =
        adviseCheckout(path, text(options.since), RebuildRules::usual(), {}, session.paths.cache + u"/includes"_s);
    if (!advice)
        return Failure(advice.error());
    ForkAdvice result;
    result.advice = *advice;
    result.held = text(options.since);
    return result;
}

int advise(Session &session, const Options &options)
{
    const Result<QString> path = checkoutOf(session, text(options.fork));
    if (!path)
        return session.fail(path.error());
    const Result<ForkAdvice> result = adviceFor(session, *path, options);
    if (!result)
        return session.fail(result.error());
    if (options.json) {
        session.console.write(Channel::Out, document(toJson(*result)));
        return 0;
    }
    constexpr qsizetype shown = 12;
    const RebuildAdvice &advice = result->advice;
    session.console.out(session.console.styled(Style::Bold, headline(advice), Channel::Out));
    for (const QString &sentence : advice.because.mid(0, shown))
        session.console.out(u"  "_s + harmless(sentence));
    if (advice.because.size() > shown)
        session.console.out(u"  and %1 more"_s.arg(advice.because.size() - shown));
    if (advice.verdict == RebuildVerdict::Partial)
        for (const QString &unit : advice.units.mid(0, shown))
            session.console.out(u"  unit "_s + harmless(unit));
    if (advice.estimateSeconds && advice.verdict >= RebuildVerdict::Partial)
        session.console.out(
            u"About %1, from %2 earlier builds"_s
                .arg(durationText(std::chrono::microseconds(static_cast<qint64>(*advice.estimateSeconds * 1e6))))
                .arg(advice.estimateFrom));
    return 0;
}

int openIt(Session &session, const Options &options)
{
    const Result<QString> path = checkoutOf(session, text(options.fork));
    if (!path)
        return session.fail(path.error());
    const OpenIn where = options.with == "editor"     ? OpenIn::Editor
                         : options.with == "terminal" ? OpenIn::Terminal
                                                      : OpenIn::Files;
    const Result<Command> command = openFork(*path, where);
    if (!command)
        return session.fail(command.error());
    if (options.json)
        session.console.write(Channel::Out, document(command->toJson()));
    return 0;
}

} // namespace

void addForkAdvice(CommandLine &line, CLI::App &fork)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command(fork, "advice", "What must be compiled again after the changes of a checkout",
                                     "Examples:\n"
                                     "  kernelyardctl fork advice starter --json\n"
                                     "  kernelyardctl fork advice ./xformers --since v0.0.30");
    command->add_option("FORK", options->fork, "Its folder name, a path, or an environment")->required()->type_name("");
    addText(command, "--since", options->since, "Measure against this commit instead of the one that the layer holds");
    addText(command, "--engine", options->engine, "Use this engine (see: engines) instead of the first usable one");
    command->add_flag("--json", options->json, "One JSON document");
    command->callback([&line, options] { line.action = [&line, options] { return advise(line.session, *options); }; });
}

void addForkOpen(CommandLine &line, CLI::App &fork)
{
    const auto options = std::make_shared<Options>();
    options->with = "editor";
    CLI::App *command = line.command(fork, "open", "Open a checkout in an editor, a terminal or the file manager",
                                     "Examples:\n"
                                     "  kernelyardctl fork open attention --in terminal");
    command->add_option("FORK", options->fork, "Its folder name, a path, or an environment")->required()->type_name("");
    addText(command, "--in", options->with, "editor, terminal or files")
        ->check(CLI::IsMember({"editor", "terminal", "files"}));
    command->add_flag("--json", options->json, "Print the command that was started, as JSON");
    command->callback([&line, options] { line.action = [&line, options] { return openIt(line.session, *options); }; });
}

} // namespace kernelyard::ctl
