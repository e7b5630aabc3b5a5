// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/causes.h"
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/validationfiles.h"
#include "app/ctl/validationtable.h"
#include "app/ctl/words.h"
#include "core/base/memoryfigure.h"
#include "core/base/wholefile.h"
#include "core/build/buildbundle.h"
#include "core/build/cacheanswer.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string build = "latest";
    std::string output;
    bool json = false;
    bool why = false;
};

void printBuild(Console &console, const BuildState &state, BuildId id, const BuildFindings &findings,
                const QList<QueueEntry> &queue)
{
    const Plan &plan = state.plan();
    console.out((plan.problem.isEmpty() ? u"Build %1: %2 of %3 with %4, "_s.arg(id.display(), plan.purpose,
                                                                                plan.environment, plan.engine.display())
                                        : u"Build %1: "_s.arg(id.display())) +
                console.styled(style(state.status()), stateSentence(id, state.status(), state.isPaused(), queue),
                               Channel::Out) +
                (state.startedAt().isValid() ? QString(u" after "_s + durationText(state.elapsed())) : QString()));
    if (!plan.problem.isEmpty())
        console.out(console.styled(Style::Bad, harmless(plan.problem), Channel::Out));
    if (plan.retryOf > 0)
        console.out(u"Retry of "_s + BuildId(plan.retryOf).display());
    if (state.startedAt().isValid())
        console.out(u"Started %1"_s.arg(state.startedAt().toLocalTime().toString(u"yyyy-MM-dd HH:mm:ss"_s)));
    if (state.peakMemoryBytes() > 0)
        console.out(u"Peak memory "_s + memoryFigure(state.peakMemoryBytes()));
    console.out({});
    Table table({u"#"_s, u"step"_s, u"state"_s, u"time"_s, u"lines"_s});
    for (int i = 0; i < state.steps().size(); ++i) {
        constexpr int titleColumns = 96;
        const Step &step = state.steps()[i];
        const QString title = stepTitle(plan, step).simplified();
        const bool timed = step.started && step.ended && step.status != StepStatus::Cached;
        table.add({{QString::number(i + 1), Style::Dim, true},
                   {title.size() <= titleColumns ? title : QString(title.left(titleColumns - 2) + u" …")},
                   {word(step.status), style(step.status)},
                   {timed ? durationText(*step.ended - *step.started) : QString(), Style::Plain, true},
                   {QString::number(step.lines), Style::Dim, true}});
    }
    table.print(console);
    if (const std::optional<ValidationRun> run = validationOf(state)) {
        console.out({});
        console.out(u"Validation "_s +
                    console.styled(style(run->verdict.verdict), verdictSentence(run->verdict), Channel::Out));
    }
    if (!state.failure().isEmpty()) {
        console.out({});
        console.out(console.styled(Style::Bad, harmless(state.failure()), Channel::Out));
        if (state.status() == BuildStatus::Failed)
            printFindings(console, Channel::Out, findings);
        console.out(u"  next: kernelyardctl log %1 --failed"_s.arg(id.number()));
    }
}

QJsonArray answersJson(const QList<CacheAnswer> &answers)
{
    QJsonArray array;
    for (const CacheAnswer &answer : answers)
        array.append(
            QJsonObject{{u"step"_s, answer.step + 1},
                        {u"cause"_s, causeName(answer.cause)},
                        {u"sentence"_s, answer.sentence},
                        {u"details"_s, QJsonArray::fromStringList(answer.details)},
                        {u"before"_s, answer.before.isValid() ? QJsonValue(answer.before.number()) : QJsonValue()}});
    return array;
}

/// What each layer's first step that ran was not cached for.
void printWhy(Console &console, const BuildState &state, const QList<CacheAnswer> &answers)
{
    console.out({});
    console.out(answers.isEmpty() ? u"Every step of every layer that ran was cached."_s : u"Not cached, and why:"_s);
    for (const CacheAnswer &answer : answers) {
        console.out(
            u"  %1 %2"_s.arg(answer.step + 1)
                .arg(harmless(stepTitle(state.plan(), state.steps().value(answer.step)).simplified().left(110))));
        console.out(u"    "_s + harmless(answer.sentence));
        for (const QString &detail : answer.details)
            console.out(u"    - "_s + harmless(detail));
    }
}

int show(Session &session, const Options &options)
{
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    const Result<BuildState> state = readBuild(session.paths, *id, DamagedPlan::StoodInFor);
    if (!state)
        return session.fail(state.error());
    const BuildFindings findings = diagnoseBuild(*state, session.paths);
    QList<CacheAnswer> why;
    if (options.why) {
        const auto answers = whyNotCached(session.paths, *id);
        if (!answers)
            return session.fail(answers.error());
        why = *answers;
    }
    if (options.json) {
        QJsonObject object = toJson(*state, *id);
        if (options.why)
            object.insert(u"why"_s, answersJson(why));
        object.insert(u"causes"_s, toJson(findings.causes));
        session.console.write(Channel::Out, document(object));
    } else {
        printBuild(session.console, *state, *id, findings, readQueue(session.paths));
        if (options.why)
            printWhy(session.console, *state, why);
    }
    return 0;
}

int exportBuild(Session &session, const Options &options)
{
    const Result<BuildId> id = findBuild(session.paths, text(options.build));
    if (!id)
        return session.fail(id.error());
    const Result<BuildState> state = readBuild(session.paths, *id, DamagedPlan::StoodInFor);
    if (!state)
        return session.fail(state.error());
    QJsonObject object = toJson(*state, *id);
    object.insert(u"causes"_s, toJson(diagnoseBuild(*state, session.paths).causes));
    object.insert(u"plan"_s, QJsonDocument::fromJson(state->plan().toJson()).object());
    if (options.output.empty() || options.output == "-") {
        session.console.write(Channel::Out, document(object));
        return 0;
    }
    if (const auto format = reportFormatOf(text(options.output)); format && *format != ReportFormat::Json) {
        const Result<PastValidation> past = readValidation(session.paths, *id);
        if (!past)
            return session.fail(past.error());
        const Result<void> written = writeReport(session, text(options.output), *format, past->run, past->context);
        return written ? 0 : session.fail(written.error());
    }
    if (const QString bundle = text(options.output); bundle.endsWith(u".tar.gz") || bundle.endsWith(u".tgz")) {
        const Result<void> written = writeBuildBundle(session.paths, *id, document(object), bundle);
        return written ? 0 : session.fail(written.error());
    }
    QSaveFile file(text(options.output));
    if (!writeWhole(file, document(object)))
        return session.fail(
            {ErrorKind::Failed,
             u"Build %1 can't be exported to %2: %3"_s.arg(id->display(), file.fileName(), file.errorString()),
             {},
             {}});
    return 0;
}

} // namespace

void addShow(CommandLine &line)
{
    const auto shown = std::make_shared<Options>();
    CLI::App *command = line.command("show", "Show one build: its steps, its failure, its validation",
                                     "Examples:\n"
                                     "  kernelyardctl show\n"
                                     "  kernelyardctl show 412 --json\n"
                                     "  kernelyardctl show --why");
    addText(command, "BUILD", shown->build, "Its number, or latest (default)");
    command->add_flag("--json", shown->json, "One JSON document");
    command->add_flag("--why", shown->why, "Also why each layer was not cached, against the build before");
    command->callback([&line, shown] { line.action = [&line, shown] { return show(line.session, *shown); }; });

    const auto exported = std::make_shared<Options>();
    command = line.command("export", "Write one build as JSON, or with its journal and log as an archive",
                           "Examples:\n"
                           "  kernelyardctl export latest -o validation.json\n"
                           "  kernelyardctl export latest -o validation.html\n"
                           "  kernelyardctl export 412 -o build-412.tar.gz");
    addText(command, "BUILD", exported->build, "Its number, or latest (default)");
    addText(
        command, "-o,--output", exported->output,
        "Write to this file instead of standard output; one that ends in .tar.gz also holds journal and log; one in "
        ".xml (JUnit), .html or .md holds its validation's results alone");
    command->callback(
        [&line, exported] { line.action = [&line, exported] { return exportBuild(line.session, *exported); }; });
}

} // namespace kernelyard::ctl
