// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/base/memoryfigure.h"
#include "core/build/buildcomparison.h"
#include "core/build/validationcontext.h"
#include "core/validation/validationcomparison.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

struct Options
{
    std::string first;
    std::string second;
    bool json = false;
};

/// "+1 min 05 s", "-0.4 s", "same"
QString signedDuration(BuildTime longer)
{
    if (longer == BuildTime(0))
        return u"same"_s;
    return (longer > BuildTime(0) ? u"+"_s : u"-"_s) + durationText(longer > BuildTime(0) ? longer : -longer);
}

QString timeOf(const std::optional<PastStep> &step)
{
    if (!step)
        return u"–"_s;
    return step->duration ? durationText(*step->duration) : word(step->status);
}

void printSummaries(Console &console, const BuildComparison &made)
{
    Table table({{}, u"first"_s, u"second"_s});
    const auto row = [&](const QString &what, const auto &say) {
        table.add({{what, Style::Dim}, {say(made.first)}, {say(made.second)}});
    };
    row(u"build"_s, [](const BuildSummary &build) { return build.id.display(); });
    row(u"environment"_s, [](const BuildSummary &build) { return build.environment; });
    row(u"status"_s, [](const BuildSummary &build) { return word(build.status); });
    row(u"time"_s, [](const BuildSummary &build) { return durationText(build.elapsed); });
    row(u"cached, run"_s,
        [](const BuildSummary &build) { return u"%1, %2"_s.arg(build.stepsCached).arg(build.stepsRun); });
    row(u"peak memory"_s, [](const BuildSummary &build) {
        return build.peakMemoryBytes > 0 ? memoryFigure(build.peakMemoryBytes) : u"unknown"_s;
    });
    row(u"journal"_s, [](const BuildSummary &build) { return sizeText(build.journalBytes); });
    table.print(console);
    console.out(u"The second took %1; %2 newly cached, %3 no longer."_s
                    .arg(made.first.elapsed == made.second.elapsed
                             ? u"as long"_s
                             : durationText(made.second.elapsed > made.first.elapsed
                                                ? made.second.elapsed - made.first.elapsed
                                                : made.first.elapsed - made.second.elapsed) +
                                   (made.second.elapsed > made.first.elapsed ? u" longer"_s : u" less"_s))
                    .arg(made.newlyCached)
                    .arg(made.noLongerCached));
}

void printComparison(Console &console, const BuildComparison &made)
{
    printSummaries(console, made);
    console.out({});
    if (made.facts.isEmpty()) {
        console.out(u"Both were asked for in the same way."_s);
    } else {
        Table facts({u"asked for"_s, u"first"_s, u"second"_s});
        for (const ComparedFact &fact : made.facts)
            facts.add({{harmless(fact.where.isEmpty() ? fact.what : QString(fact.where + u": " + fact.what))},
                       {fact.first.isEmpty() ? u"–"_s : harmless(fact.first)},
                       {fact.second.isEmpty() ? u"–"_s : harmless(fact.second)}});
        facts.print(console);
    }
    console.out({});
    Table steps({u"step"_s, u"first"_s, u"second"_s, u"difference"_s});
    for (const ComparedStep &step : made.steps) {
        constexpr int columns = 80;
        const QString title =
            harmless(step.layer + u": "_s + step.name) + (step.isEdited() ? u" (edited)"_s : QString());
        const auto longer = step.longer();
        steps.add({{title.size() <= columns ? title : QString(title.left(columns - 2) + u" …")},
                   {timeOf(step.first), Style::Plain, true},
                   {timeOf(step.second), Style::Plain, true},
                   {longer ? signedDuration(*longer) : QString(), Style::Plain, true}});
    }
    steps.print(console);
}

QJsonValue toJson(const std::optional<PastStep> &step)
{
    if (!step)
        return {};
    return QJsonObject{{u"name"_s, step->name},
                       {u"status"_s, word(step->status)},
                       {u"seconds"_s, step->duration ? QJsonValue(secondsOf(*step->duration)) : QJsonValue()},
                       {u"peakMemoryBytes"_s, step->peakMemoryBytes}};
}

QJsonObject toJson(const BuildComparison &made)
{
    QJsonArray facts;
    for (const ComparedFact &fact : made.facts)
        facts << QJsonObject{
            {u"layer"_s, fact.where}, {u"what"_s, fact.what}, {u"first"_s, fact.first}, {u"second"_s, fact.second}};
    QJsonArray steps;
    for (const ComparedStep &step : made.steps) {
        const auto longer = step.longer();
        steps << QJsonObject{{u"layer"_s, step.layer},
                             {u"name"_s, step.name},
                             {u"edited"_s, step.isEdited()},
                             {u"first"_s, toJson(step.first)},
                             {u"second"_s, toJson(step.second)},
                             {u"longerSeconds"_s, longer ? QJsonValue(secondsOf(*longer)) : QJsonValue()}};
    }
    return {{u"first"_s, ctl::toJson(made.first)},
            {u"second"_s, ctl::toJson(made.second)},
            {u"newlyCached"_s, made.newlyCached},
            {u"noLongerCached"_s, made.noLongerCached},
            {u"differences"_s, facts},
            {u"steps"_s, steps}};
}

/// What became of the numbers, where both builds validated.
std::optional<ValidationComparison> comparedValidations(Session &session, BuildId first, BuildId second)
{
    const Result<PastValidation> before = readValidation(session.paths, first);
    const Result<PastValidation> after = readValidation(session.paths, second);
    if (!before || !after)
        return std::nullopt;
    return ValidationComparison::of(before->run, before->context, after->run, after->context);
}

void printValidations(Console &console, const ValidationComparison &made)
{
    console.out({});
    console.out(u"Validation: "_s + harmless(made.sentence()));
    Table table({u"case"_s, u"back-end"_s, u"change"_s, u"rel. L2 before"_s, u"after"_s});
    const auto error = [](const std::optional<ValidationCase> &one) {
        return one ? report::number(one->relL2) : u"–"_s;
    };
    for (const CaseComparison &one : made.cases)
        table.add({{harmless(one.id)},
                   {harmless(one.backend)},
                   {changeName(one.change), one.change == CaseChange::Wrong ? Style::Bad : Style::Plain},
                   {error(one.first), Style::Plain, true},
                   {error(one.second), Style::Plain, true}});
    if (!made.cases.isEmpty())
        table.print(console);
    for (const SpeedChange &one : made.speeds)
        if (one.slower || one.faster)
            console.out(u"%1 with %2: %3 times as fast, %4 ms before, %5 ms after"_s
                            .arg(harmless(one.caseId), harmless(one.backend))
                            .arg(one.ratio, 0, 'f', 2)
                            .arg(one.firstMs, 0, 'g', 4)
                            .arg(one.secondMs, 0, 'g', 4));
}

int compare(Session &session, const Options &options)
{
    const Result<BuildId> first = findBuild(session.paths, text(options.first));
    if (!first)
        return session.fail(first.error());
    const Result<BuildId> second = findBuild(session.paths, text(options.second));
    if (!second)
        return session.fail(second.error());
    const Result<BuildComparison> made = readComparison(session.paths, *first, *second);
    if (!made)
        return session.fail(made.error());
    const std::optional<ValidationComparison> numbers = comparedValidations(session, *first, *second);
    if (options.json) {
        QJsonObject object = toJson(*made);
        if (numbers)
            object.insert(u"validation"_s, numbers->toJson());
        session.console.write(Channel::Out, document(object));
    } else {
        printComparison(session.console, *made);
        if (numbers)
            printValidations(session.console, *numbers);
    }
    return 0;
}

} // namespace

void addCompare(CommandLine &line)
{
    const auto options = std::make_shared<Options>();
    CLI::App *command = line.command(
        "compare",
        "Compare two builds: what was asked for, time, cache and memory, step by step, and their validations",
        "Examples:\n"
        "  kernelyardctl compare 411 412\n"
        "  kernelyardctl compare 380 latest --json | jq '.steps[] | select(.longerSeconds > 10)'");
    addText(command, "FIRST", options->first, "A build's number, or latest")->required();
    addText(command, "SECOND", options->second, "The one that is compared with it")->required();
    command->add_flag("--json", options->json, "One JSON document");
    command->callback([&line, options] { line.action = [&line, options] { return compare(line.session, *options); }; });
}

} // namespace kernelyard::ctl
