// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of Kernelyard, and the detached runner of its builds. Only composes: each command lies in app/ctl.
#include "app/ctl/bench.h"
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "core/base/log.h"
#include "core/base/settings.h"
#include "core/build/runner.h"
#include "core/gpu/gpuhelper.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <cstring>

using namespace Qt::StringLiterals;
using namespace kernelyard;

namespace {

constexpr auto about = "Build, patch and validate GPU attention kernels in local container environments.";
constexpr auto more =
    "Data goes to standard output, messages to standard error. Exit status: 0 done, 1 failed, 2 wrong use,\n"
    "3 something needed is missing (the remedy is printed), 130 cancelled.\n"
    "The first thing to try:\n"
    "  kernelyardctl setup starter";

ctl::ColourChoice colourChoice(const std::string &word)
{
    if (word == "always")
        return ctl::ColourChoice::Always;
    return word == "never" ? ctl::ColourChoice::Never : ctl::ColourChoice::Auto;
}

/// The first word that is no option: the command that was asked for.
QString commandAskedFor(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--color") == 0)
            ++i;
        else if (argv[i][0] != '-')
            return QString::fromLocal8Bit(argv[i]);
    }
    return {};
}

/// The parser's own words for a word that it does not know name no near one.
std::optional<Error> unknownCommand(const CLI::App &app, int argc, char **argv)
{
    const QString asked = commandAskedFor(argc, argv);
    QStringList known;
    for (const CLI::App *command : app.get_subcommands(nullptr))
        known << QString::fromStdString(command->get_name());
    if (asked.isEmpty() || known.contains(asked))
        return std::nullopt;
    return Error{ErrorKind::Invalid,
                 QString(u"There is no command “"_s + asked + u"”."_s + ctl::suggestion(asked, known)),
                 {},
                 u"kernelyardctl --help lists the commands."_s};
}

void addCommands(ctl::CommandLine &line)
{
    ctl::addSetup(line);
    ctl::addPlan(line);
    ctl::addEnvironments(line);
    ctl::addEngines(line);
    ctl::addGpu(line);
    ctl::addPreflight(line);
    ctl::addKeptChoices(line);
    ctl::addBuilds(line);
    ctl::addShow(line);
    ctl::addCompare(line);
    ctl::addPrune(line);
    ctl::addLog(line);
    ctl::addFollow(line);
    ctl::addQueue(line);
    ctl::addRetry(line);
    ctl::addAwake(line);
    ctl::addDiagnose(line);
    ctl::addFork(line);
    ctl::addDevContainer(line);
    ctl::addBase(line);
    ctl::addBench(line);
}

/// With what the user chose in the window's settings.
ctl::Session userSession()
{
    const Paths standard = Paths::fromEnvironment();
    const Settings settings = Settings::read(standard.settingsFile());
    return {settings.applied(standard), settings, {}, QCoreApplication::applicationFilePath()};
}

int runCommand(int argc, char **argv)
{
    ctl::CommandLine line{CLI::App(about, "kernelyardctl"), userSession(), {}};
    line.app.footer(more);
    line.app.set_version_flag("--version", "kernelyardctl " KERNELYARD_VERSION);
    line.app.require_subcommand(1);
    line.app.fallthrough();
    std::string colour = "auto";
    line.app.add_option("--color", colour, "auto, always or never; NO_COLOR is honoured")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("");
    addCommands(line);

    if (const std::optional<Error> unknown = unknownCommand(line.app, argc, argv))
        return line.session.fail(*unknown);
    try {
        line.app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            line.app.exit(error); // --help, --version: standard output
            return line.session.console.flush() ? 0 : 1;
        }
        return line.session.fail({ErrorKind::Invalid,
                                  QString::fromLocal8Bit(error.what()),
                                  {},
                                  u"kernelyardctl %1--help"_s.arg(commandAskedFor(argc, argv).isEmpty()
                                                                      ? QString()
                                                                      : QString(commandAskedFor(argc, argv) + u' '))});
    }
    line.session.console.setColour(colourChoice(colour));
    if (const Result<void> started = startLogging(line.session.paths.logs(), u"kernelyardctl.log"_s, false); !started)
        line.session.console.error(started.error()); // no log is no reason not to work
    const int status = line.action();
    if (!line.session.console.flush())
        return line.session.fail({ErrorKind::Failed, u"Standard output could not take everything."_s, {}, {}});
    return status;
}

} // namespace

int main(int argc, char **argv)
{
    // The runner's start is on the way of every build: before the parser, the application object and any thread.
    if (argc == 3 && std::strcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    const QCoreApplication application(argc, argv);
    if (argc > 1 && std::strcmp(argv[1], "gpu-helper") == 0)
        return runGpuHelper(QCoreApplication::arguments().sliced(2));
    QCoreApplication::setApplicationName(u"kernelyardctl"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(KERNELYARD_VERSION));
    return runCommand(argc, argv);
}
