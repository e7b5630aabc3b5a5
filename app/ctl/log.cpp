// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/interrupts.h"
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/wholelines.h"
#include "app/ctl/words.h"
#include "core/build/buildlink.h"
#include "core/build/buildlogcache.h"
#include "core/build/buildreplay.h"
#include "core/log/logreader.h"

#include <QEventLoop>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string build = "latest";
    std::string step;
    bool failed = false;
    bool follow = false;
    bool timestamps = false;
    bool raw = false;
};

/// Which lines are wanted: all, those of one step by its number, of a task by its name, or of the step that failed.
class Choice
{
public:
    explicit Choice(const Options &options)
        : m_failed(options.failed)
        , m_task(text(options.step))
    {
        bool isNumber = false;
        const int number = m_task.toInt(&isNumber);
        if (isNumber)
            m_number = number;
    }

    /// Leaves out what stands before a line, from 0.
    void beginAt(qint64 line) { m_from = std::max<qint64>(line, 0); }

    /// Errors: NotFound, for a beginning behind the last of the lines asked of.
    Result<void> checkBegin(BuildId id) const
    {
        if (m_from == 0 || m_from < m_lines)
            return {};
        return Failure(
            Error{ErrorKind::NotFound,
                  u"Build %1 has no line %2: its log has %3 lines."_s.arg(id.display()).arg(m_from + 1).arg(m_lines),
                  {},
                  {}});
    }

    /// To be asked of every line, in order.
    bool wants(const LogLine &line, const Plan &plan, const QList<Step> &steps) const
    {
        if (m_lines++ < m_from)
            return false;
        if (!m_failed && m_task.isEmpty())
            return true;
        if (line.step < 0 || line.step >= steps.size())
            return false;
        const Step &step = steps[line.step];
        if (m_failed)
            return step.status == StepStatus::Failed;
        return m_number ? line.step + 1 == *m_number : plan.tasks.value(step.task).name == m_task;
    }

    /// Errors: NotFound, for a step that an ended build does not have.
    Result<void> check(const BuildState &state, BuildId id) const
    {
        if (m_failed) {
            for (const Step &step : state.steps())
                if (step.status == StepStatus::Failed)
                    return {};
            return Failure(Error{ErrorKind::NotFound, u"No step of build %1 failed."_s.arg(id.display()), {}, {}});
        }
        if (m_task.isEmpty() || (m_number && *m_number >= 1 && *m_number <= state.steps().size()))
            return {};
        QStringList names;
        for (const Task &task : state.plan().tasks)
            names << task.name;
        if (names.contains(m_task))
            return {};
        return Failure(
            Error{ErrorKind::NotFound,
                  u"Build %1 has no step “%2”.%3"_s.arg(id.display(), m_task, suggestion(m_task, names)),
                  {},
                  u"Name a number from 1 to %1 (see: kernelyardctl show %2) or a task: %3"_s.arg(state.steps().size())
                      .arg(id.number())
                      .arg(names.join(u", "_s))});
    }

private:
    bool m_failed;
    qint64 m_from = 0;
    mutable qint64 m_lines = 0; ///< asked of so far
    QString m_task;
    std::optional<int> m_number;
};

class Printer
{
public:
    Printer(Console &console, const Options &options)
        : m_console(console)
        , m_options(options)
    {}

    void print(const LogLine &line)
    {
        QByteArray bytes;
        if (m_options.timestamps)
            bytes += u"%1  "_s.arg(secondsOf(line.at), 10, 'f', 3).toLatin1();
        bytes += m_options.raw ? line.text : harmless(line.text, m_console.hasColour(Channel::Out));
        m_console.write(Channel::Out, bytes + '\n');
    }

private:
    Console &m_console;
    const Options &m_options;
};

/// Prints as the build writes, each line once it is whole.
int followLog(Session &session, const Options &options, BuildId id, qint64 from)
{
    Choice choice(options);
    choice.beginAt(from);
    Printer printer(session.console, options);
    Plan plan;
    QList<Step> steps;
    WholeLines whole;
    std::optional<Error> error;
    bool left = false;
    QEventLoop loop;
    const auto print = [&](const LogLine &line) {
        if (choice.wants(line, plan, steps))
            printer.print(line);
    };

    const Interrupts interrupts;
    BuildFollower follower(session.paths, id);
    QObject::connect(&follower, &BuildFollower::planRead, &loop, [&](const Plan &read) { plan = read; });
    QObject::connect(&follower, &BuildFollower::updated, &loop, [&](const BuildUpdate &update) {
        steps = update.steps;
        for (const LogLine &line : whole.take(update))
            print(line);
        session.console.flush();
    });
    QObject::connect(&follower, &BuildFollower::ended, &loop, &QEventLoop::quit);
    QObject::connect(&follower, &BuildFollower::failed, &loop, [&](const Error &why) {
        error = why;
        loop.quit();
    });
    QObject::connect(&interrupts, &Interrupts::interrupted, &loop, [&] {
        left = true;
        loop.quit();
    });
    loop.exec();
    if (const std::optional<LogLine> rest = whole.takeRest())
        print(*rest);
    if (error)
        return session.fail(*error);
    return left ? exitStatus(ErrorKind::Cancelled) : 0;
}

/// The steps alone, which tell what to choose from. Memory stays the same for a log of any length: lines go by.
Result<BuildReplay> readSteps(const Paths &paths, BuildId id)
{
    Result<BuildReplay> replay = BuildReplay::open(paths, id, BuildState::Keep::StepsOnly, DamagedPlan::StoodInFor);
    if (!replay)
        return replay;
    if (const Result<void> read = replay->readAll(); !read)
        return Failure(read.error());
    return replay;
}

/// Prints while the journal is read.
Result<void> printJournal(const Paths &paths, BuildId id, const Choice &choice, const QList<Step> &steps,
                          Printer &printer)
{
    constexpr qint64 sliceBytes = 1 << 20;
    Result<BuildReplay> replay = BuildReplay::open(paths, id, BuildState::Keep::Lines, DamagedPlan::StoodInFor);
    if (!replay)
        return Failure(replay.error());
    for (;;) {
        const Result<BuildReplay::Progress> progress = replay->advance(sliceBytes);
        if (!progress)
            return Failure(progress.error());
        const BuildState &state = replay->state();
        for (const LogLine &line : state.lines())
            if (choice.wants(line, state.plan(), steps))
                printer.print(line);
        if (*progress != BuildReplay::Progress::More) {
            if (const std::optional<LogLine> last = state.unfinishedLine();
                last && choice.wants(*last, state.plan(), steps))
                printer.print(*last);
            return {};
        }
        replay->dropLines();
    }
}

/// Prints a log that was stored when the build had ended.
void printStored(const LogArchive &log, const Plan &plan, const Choice &choice, const QList<Step> &steps,
                 Printer &printer)
{
    LogReader reader(log.text, log.times);
    reader.setIndex(log.index);
    for (qint64 line = 0; line < reader.lines(); ++line) {
        LogLine one{
            reader.index().stepOf(line), reader.time(line), false, reader.index().kindOf(line) == LogKind::Note, {}};
        if (!choice.wants(one, plan, steps))
            continue;
        one.text = reader.text(line).toByteArray();
        printer.print(one);
    }
}

int showLog(Session &session, Options options)
{
    qint64 from = -1;
    if (const std::optional<BuildLink> link = BuildLink::fromString(text(options.build))) {
        options.build = std::to_string(link->build.number());
        from = link->line;
    }
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    if (options.follow && !options.failed)
        return followLog(session, options, *id, from);
    const Result<BuildReplay> replay = readSteps(session.paths, *id);
    if (!replay)
        return session.fail(replay.error());
    const BuildState &state = replay->state();
    Choice choice(options);
    if (const Result<void> known = choice.check(state, *id); !known)
        return session.fail(known.error());
    choice.beginAt(from);
    Printer printer(session.console, options);
    if (const auto stored = BuildLogCache(session.paths, *id).open())
        printStored(*stored, state.plan(), choice, state.steps(), printer);
    else if (const auto printed = printJournal(session.paths, *id, choice, state.steps(), printer); !printed)
        return session.fail(printed.error());
    if (const Result<void> begun = choice.checkBegin(*id); !begun)
        return session.fail(begun.error());
    return 0;
}

} // namespace

void addLog(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command("log", "Print a build's log, whole or of one step",
                                     "Control characters are left out, colours too off a terminal; --raw keeps every\n"
                                     "byte as the tool wrote it.\n"
                                     "Examples:\n"
                                     "  kernelyardctl log latest --failed\n"
                                     "  kernelyardctl log 412 --step builder --timestamps\n"
                                     "  kernelyardctl log kernelyard://build/412#L123\n"
                                     "  kernelyardctl log --follow | grep --line-buffered warning");
    addText(command, "BUILD", options->build,
            "Its number, the address of a line (printed from there on), or latest (default)");
    CLI::Option *step =
        addText(command, "--step", options->step, "Only this step: its number in `show`, or the name of a task");
    command->add_flag("--failed", options->failed, "Only the step that failed")->excludes(step);
    command->add_flag("-f,--follow", options->follow, "Go on with new lines until the build ends");
    command->add_flag("-t,--timestamps", options->timestamps, "Seconds since the build's start before each line");
    command->add_flag("--raw", options->raw, "The tool's bytes, unchanged");
    command->callback([&line, options] { line.action = [&line, options] { return showLog(line.session, *options); }; });
}

} // namespace kernelyard::ctl
