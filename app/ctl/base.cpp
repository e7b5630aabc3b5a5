// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/interrupts.h"
#include "app/ctl/planning.h"
#include "core/environment/baseimage.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

/// What a build's base task runs: everything it and its commands say goes to the journal.
static int makeBase(Session &session, const PlanOptions &options)
{
    const Result<Environment> environment = chosenEnvironment(session, options);
    if (!environment)
        return session.fail(environment.error());
    const Result<Engine> engine = session.engine(text(options.engine));
    if (!engine)
        return session.fail(engine.error());
    const Interrupts interrupts;
    const auto say = [&](const QString &line) {
        session.console.out(line);
        session.console.flush(); // the commands write to the same place
    };
    if (const Result<void> made =
            ensureBaseImage(*environment, *engine, session.paths, say, [] { return Interrupts::came(); });
        !made)
        return session.fail(made.error());
    return 0;
}

void addBase(CommandLine &line)
{
    const auto options = std::make_shared<PlanOptions>();
    CLI::App *command =
        line.command("base", "Make sure that an engine has an environment's base image",
                     "It is taken where it is there, else pulled, else made from the distribution's packages where\n"
                     "the environment allows that.\n"
                     "Examples:\n"
                     "  kernelyardctl base starter --engine podman");
    addEnvironmentArgument(command, *options);
    addEngineAndChoices(command, *options);
    command->callback(
        [&line, options] { line.action = [&line, options] { return makeBase(line.session, *options); }; });
}

} // namespace kernelyard::ctl
