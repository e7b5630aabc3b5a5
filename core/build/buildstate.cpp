// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildstate.h"

#include "core/build/failuresentence.h"
#include "core/build/ninjacount.h"
#include "core/diagnosis/plainline.h"
#include "core/engine/linetail.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <utility>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// Its last line holds a path, a branch and a commit.
static constexpr qsizetype forkWordsKept = 8192;

bool isEnded(BuildStatus status)
{
    return status != BuildStatus::Queued && status != BuildStatus::Running;
}

struct BuildState::TaskState
{
    explicit TaskState(OutputFormat format)
        : parser(format)
    {}

    OutputParser parser;
    LineTail tail; ///< of text, where lines are kept
    int step = -1; ///< that began or wrote last
    bool running = false;
    std::optional<int> exitCode;
    QByteArray output; ///< standard output, where it is kept
};

BuildState::BuildState(Plan plan, Keep keep)
    : m_plan(std::move(plan))
    , m_keep(keep)
{
    m_tasks.reserve(static_cast<std::size_t>(m_plan.tasks.size()));
    for (const Task &task : std::as_const(m_plan.tasks))
        m_tasks.emplace_back(task.format);
    if (!m_plan.problem.isEmpty())
        addNote(m_plan.problem, {});
}

BuildState::~BuildState() = default;
BuildState::BuildState(BuildState &&) noexcept = default;
BuildState &BuildState::operator=(BuildState &&) noexcept = default;

void BuildState::apply(const Record &record)
{
    if (m_pausedAt && (std::holds_alternative<Resumed>(record.fact) || std::holds_alternative<Closed>(record.fact))) {
        m_clock.pauses.append({*m_pausedAt - m_clock.paused(), std::max(record.at - *m_pausedAt, BuildTime(0))});
        m_pausedAt.reset();
    }
    const BuildTime at = std::min(record.at, m_pausedAt.value_or(record.at)) - m_clock.paused();
    m_elapsed = std::max(m_elapsed, at);
    std::visit([&](const auto &fact) { handle(fact, at); }, record.fact);
    if (std::holds_alternative<Paused>(record.fact) && !m_pausedAt)
        m_pausedAt = record.at;
}

/// Null for a task that the plan does not have: the journal is of another plan, or damaged within.
BuildState::TaskState *BuildState::taskState(int task)
{
    return task >= 0 && task < int(m_tasks.size()) ? &m_tasks[static_cast<std::size_t>(task)] : nullptr;
}

void BuildState::handle(const Opened &opened, BuildTime)
{
    m_clock.start = opened.at;
    m_status = BuildStatus::Running;
}

void BuildState::handle(const TaskStarted &started, BuildTime at)
{
    TaskState *const task = taskState(started.task);
    if (!task)
        return;
    task->running = true;
    if (m_plan.tasks.at(started.task).format == OutputFormat::Plain)
        applyEvent(started.task, StepStarted{{}, at}, at);
}

/// Whole lines of a step that came at once, from \a first on, go into the last of their events, which is returned.
static qsizetype joinLines(QList<EngineEvent> &events, qsizetype first)
{
    auto *lines = std::get_if<StepOutput>(&events[first]);
    qsizetype last = first;
    for (; lines != nullptr && last + 1 < events.size() && lines->bytes.endsWith('\n'); ++last) {
        auto *next = std::get_if<StepOutput>(&events[last + 1]);
        if (next == nullptr || next->isError != lines->isError || next->at != lines->at || next->key != lines->key ||
            !next->bytes.endsWith('\n'))
            break;
        lines->bytes += next->bytes;
    }
    if (last != first)
        events[last] = std::move(events[first]);
    return last;
}

void BuildState::handle(const Output &output, BuildTime at)
{
    TaskState *const task = taskState(output.task);
    if (!task)
        return;
    const Task &planned = m_plan.tasks.at(output.task);
    if (planned.kind == TaskKind::Fork && output.stream == Stream::Out)
        m_forkWords = QByteArray(m_forkWords + output.bytes).right(forkWordsKept);
    const bool isKept = m_keep == Keep::Everything   ? planned.kind != TaskKind::Layer
                        : m_keep == Keep::Validation ? planned.kind == TaskKind::Validation
                                                     : false;
    if (isKept && output.stream == Stream::Out)
        task->output += output.bytes;
    // The steps of a command without steps are known without reading what it wrote.
    if (!readsWork() && planned.format == OutputFormat::Plain)
        return;
    if (keepsLines() && planned.format != OutputFormat::RawJson)
        task->tail.feed(output.stream, output.bytes);
    QList<EngineEvent> events = task->parser.feed(output.stream, output.bytes, at);
    for (qsizetype i = 0; i < events.size(); ++i) {
        i = joinLines(events, i);
        applyEvent(output.task, events[i], at);
    }
}

void BuildState::handle(const Sample &sample, BuildTime at)
{
    m_peakMemoryBytes = std::max(m_peakMemoryBytes, sample.memoryBytes);
    for (Step &step : m_steps)
        if (step.status == StepStatus::Running)
            step.peakMemoryBytes = std::max(step.peakMemoryBytes, sample.memoryBytes);
    if (keepsLines())
        m_samples.append({at, sample.memoryBytes, sample.cpu});
}

/// Between two steps there are no containers to count: the better source is what is said of the build.
void BuildState::handle(const SampledFrom &from, BuildTime)
{
    if (from.what >= m_sampledFrom.what)
        m_sampledFrom = from;
}

void BuildState::handle(const TaskExited &exited, BuildTime at)
{
    if (taskState(exited.task))
        endTask(exited.task, exited.exitCode, at);
}

void BuildState::handle(const CancelAsked &, BuildTime at)
{
    m_cancelAsked = true;
    addNote(QCoreApplication::translate("BuildState", "Cancelling was asked for."), at);
}

void BuildState::handle(const Closed &closed, BuildTime at)
{
    for (int task = 0; task < int(m_tasks.size()); ++task)
        if (m_tasks[static_cast<std::size_t>(task)].running)
            endTask(task, 1, at);
    m_status = closed.outcome == Outcome::Done     ? BuildStatus::Done
               : closed.outcome == Outcome::Failed ? BuildStatus::Failed
                                                   : BuildStatus::Cancelled;
    m_reason = closed.reason;
    if (!m_reason.isEmpty())
        addNote(m_reason, at);
    m_failure = m_status == BuildStatus::Done ? QString() : failureSentence(m_plan, ending());
}

void BuildState::handle(const Paused &, BuildTime at)
{
    addNote(QCoreApplication::translate("BuildState", "Paused."), at);
}

void BuildState::handle(const Resumed &, BuildTime at)
{
    addNote(QCoreApplication::translate("BuildState", "Resumed."), at);
}

void BuildState::markInterrupted()
{
    if (isEnded(m_status))
        return;
    m_pausedAt.reset();
    for (TaskState &task : m_tasks) {
        for (const Stream stream : {Stream::Out, Stream::Err})
            if (const QByteArray text = task.tail.text(stream); task.step >= 0 && !text.isEmpty())
                addOutput(task.step, {{}, stream == Stream::Err, text, m_elapsed});
        task.tail = {};
    }
    while (!m_rests.empty())
        endLine(m_rests.begin()->first);
    for (Step &step : m_steps) {
        if (step.status == StepStatus::Running)
            step.status = StepStatus::Failed;
        else if (step.status == StepStatus::Waiting)
            step.status = StepStatus::NotRun;
    }
    m_status = BuildStatus::Interrupted;
    m_failure = m_status == BuildStatus::Done ? QString() : failureSentence(m_plan, ending());
    addNote(QCoreApplication::translate("BuildState", "The log ends here: the build was cut off."), m_elapsed);
}

int BuildState::stepIndex(int task, const StepKey &key)
{
    const auto known = m_stepIndexes.constFind({task, key});
    if (known != m_stepIndexes.cend())
        return *known;
    Step step;
    step.task = task;
    step.key = key;
    step.name = key.isEmpty() ? m_plan.tasks.at(task).title : key;
    const int index = static_cast<int>(m_steps.size());
    m_steps.append(step);
    m_stepIndexes.insert({task, key}, index);
    return index;
}

static bool isOpen(const Step &step)
{
    return step.status == StepStatus::Waiting || step.status == StepStatus::Running;
}

void BuildState::applyEvent(int task, const EngineEvent &event, BuildTime at)
{
    if (const auto *note = std::get_if<StreamNote>(&event))
        return noteTrouble(*note, at);
    const StepKey key = std::visit(
        [](const auto &fact) {
            if constexpr (requires { fact.key; })
                return fact.key;
            else
                return StepKey();
        },
        event);
    const int index = stepIndex(task, key);
    Step &step = m_steps[index];
    if (const auto *declared = std::get_if<StepDeclared>(&event)) {
        if (!declared->name.isEmpty())
            step.name = declared->name;
        step.inputs = declared->inputs;
    } else if (const auto *started = std::get_if<StepStarted>(&event)) {
        if (isOpen(step))
            step.status = StepStatus::Running;
        if (!step.started)
            step.started = started->at;
        m_tasks[static_cast<std::size_t>(task)].step = index;
    } else if (std::holds_alternative<StepCached>(event)) {
        step.status = StepStatus::Cached;
    } else if (const auto *output = std::get_if<StepOutput>(&event)) {
        step.hasOutput = true;
        m_tasks[static_cast<std::size_t>(task)].step = index;
        addOutput(index, *output);
    } else if (const auto *progress = std::get_if<StepProgress>(&event)) {
        step.progress = progress->total > 0
                            ? u"%1 [%2/%3]"_s.arg(progress->what).arg(progress->done).arg(progress->total).trimmed()
                            : progress->what;
    } else if (const auto *ended = std::get_if<StepEnded>(&event)) {
        step.ended = ended->at;
        step.error = ended->error;
        step.progress.clear();
        if (!ended->error.isEmpty())
            step.status = StepStatus::Failed;
        else if (isOpen(step))
            step.status = changedNothing(step) ? StepStatus::Cached : StepStatus::Done;
        endLine(index);
    }
}

/// Podman and the classic builder say "cached" of instructions alone. BuildKit says it as well of a base image that is
/// there, and an image made of nothing but cached steps is the one of before.
bool BuildState::changedNothing(const Step &step) const
{
    static const QRegularExpression baseImage(u"^\\[[^\\]]*\\] FROM "_s);
    if (baseImage.match(step.name).hasMatch())
        return !step.hasOutput;
    if (!step.name.startsWith(u"COMMIT"))
        return false;
    return std::all_of(m_steps.cbegin(), m_steps.cend(), [&](const Step &other) {
        return other.task != step.task || &other == &step || other.status == StepStatus::Cached;
    });
}

/// Whether the first line of \a bytes is whole and one of ninja's, so that it says anew all that the line before said.
static bool beginsWithNinja(QByteArrayView bytes)
{
    if (!ninjaCount(bytes))
        return false;
    const qsizetype end = bytes.indexOf('\n');
    return end >= 0 && !bytes.first(end).contains('\r') && !bytes.first(end).contains('\x1b');
}

void BuildState::addOutput(int step, const StepOutput &output)
{
    if (!readsWork())
        return;
    QByteArrayView bytes = output.bytes;
    if (const auto rest = m_rests.find(step);
        rest != m_rests.end() && rest->second.isError != output.isError && !bytes.isEmpty())
        endLine(step); // the two streams of a tool never share a line
    bool isNextNinja = beginsWithNinja(bytes);
    for (qsizetype end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n')) {
        const auto rest = m_rests.find(step);
        const bool isNinja = isNextNinja && rest == m_rests.end();
        isNextNinja = beginsWithNinja(bytes.sliced(end + 1));
        if (rest != m_rests.end()) {
            rest->second.text += bytes.first(end);
            endLine(step);
        } else if (isNinja && isNextNinja) { // thousands come at once; the last is read
            if (keepsLines())
                m_lines.append(step, output.at,
                               output.isError ? LogLines::Origin::ErrorOutput : LogLines::Origin::Output,
                               bytes.first(end));
            ++m_steps[step].lines;
        } else {
            qsizetype length = end;
            if (length > 0 && bytes[length - 1] == '\r')
                --length;
            takeLine(step, output.at, output.isError, bytes.first(length));
        }
        bytes = bytes.sliced(end + 1);
    }
    if (bytes.isEmpty())
        return;
    Rest &rest = m_rests.try_emplace(step, Rest{output.at, output.isError, {}}).first->second;
    rest.text += bytes;
    m_lastRest = step;
    if (bytes.endsWith('\r')) { // a progress bar, to be written over
        m_work[step].take(bytes);
        m_steps[step].work = m_work[step].work();
    }
}

/// The begun line of \a step, if any, takes its place in the log.
void BuildState::endLine(int step)
{
    const auto rest = m_rests.extract(step);
    if (rest.empty())
        return;
    QByteArrayView text = rest.mapped().text;
    if (text.endsWith('\r'))
        text.chop(1);
    takeLine(step, rest.mapped().at, rest.mapped().isError, text);
}

void BuildState::takeLine(int step, BuildTime at, bool isError, QByteArrayView text)
{
    if (keepsLines())
        m_lines.append(step, at, isError ? LogLines::Origin::ErrorOutput : LogLines::Origin::Output, text);
    ++m_steps[step].lines;
    StepWorkReader &reader = m_work[step];
    reader.take(text);
    if (reader.work() != m_steps[step].work)
        m_steps[step].work = reader.work();
}

std::optional<LogLine> BuildState::unfinishedLine() const
{
    auto rest = m_rests.find(m_lastRest);
    for (const TaskState &task : m_tasks) {
        const bool isError = task.tail.newest() == Stream::Err;
        const QByteArray tail = task.running ? task.tail.text(task.tail.newest()) : QByteArray();
        if (tail.isEmpty())
            continue;
        rest = m_rests.find(task.step);
        if (rest == m_rests.end() || rest->second.isError != isError)
            return LogLine{task.step, m_elapsed, isError, false, tail};
        return LogLine{task.step, rest->second.at, isError, false, rest->second.text + tail};
    }
    if (rest == m_rests.end())
        rest = m_rests.begin();
    if (rest == m_rests.end())
        return {};
    return LogLine{rest->first, rest->second.at, rest->second.isError, false, rest->second.text};
}

void BuildState::endTask(int task, int exitCode, BuildTime at)
{
    TaskState &state = *taskState(task);
    for (const EngineEvent &event : state.parser.finish(exitCode, at))
        applyEvent(task, event, at);
    state.running = false;
    state.tail = {};
    state.exitCode = exitCode;
    for (int index = 0; index < m_steps.size(); ++index) {
        Step &step = m_steps[index];
        if (step.task != task)
            continue;
        endLine(index);
        if (step.status == StepStatus::Running) {
            step.status = exitCode == 0 ? StepStatus::Done : StepStatus::Failed;
            step.ended = at;
        } else if (step.status == StepStatus::Waiting) {
            step.status = StepStatus::NotRun;
        } else if (step.key.isEmpty() && exitCode != 0 && step.status == StepStatus::Done) {
            step.status = StepStatus::Failed;
        }
    }
}

void BuildState::addNote(const QString &text, BuildTime at)
{
    if (keepsLines())
        m_lines.append(-1, at, LogLines::Origin::Note, text.toUtf8());
}

void BuildState::noteTrouble(const StreamNote &note, BuildTime at)
{
    if (note.kind != StreamNote::Kind::Clipped)
        m_streamTrouble = note.kind;
    addNote(note.text, at);
}

bool isInstruction(const QString &stepName)
{
    return !stepName.startsWith(u"[internal]") && !stepName.startsWith(u"exporting ") &&
           !stepName.startsWith(u"[auth]");
}

int BuildState::stepsCached() const
{
    return static_cast<int>(std::count_if(m_steps.cbegin(), m_steps.cend(), [](const Step &step) {
        return step.status == StepStatus::Cached && isInstruction(step.name);
    }));
}

int BuildState::stepsRun() const
{
    return static_cast<int>(std::count_if(m_steps.cbegin(), m_steps.cend(), [](const Step &step) {
        return step.started && step.status != StepStatus::Cached && isInstruction(step.name);
    }));
}

QString BuildState::branch() const
{
    // what `kernelyardctl fork ensure` ends with
    static const QRegularExpression words(u": branch (\\S+), commit [0-9a-f]+, [^\n]*\n?$"_s);
    return words.match(QString::fromUtf8(m_forkWords)).captured(1);
}

QByteArray BuildState::taskOutput(int task) const
{
    return task >= 0 && task < int(m_tasks.size()) ? m_tasks[static_cast<std::size_t>(task)].output : QByteArray();
}

QByteArray BuildState::lastWords() const
{
    for (qsizetype i = m_lines.size(); i-- > 0;) {
        if (m_lines.step(i) < 0)
            continue;
        if (QByteArray words = plainLine(m_lines.text(i)); !words.isEmpty())
            return words;
    }
    return m_lastDropped;
}

void BuildState::dropLines()
{
    m_lastDropped = lastWords();
    m_droppedLines += m_lines.size();
    m_lines = {};
}

Ending BuildState::ending() const
{
    Ending ending;
    ending.status = m_status;
    ending.reason = m_reason;
    for (std::size_t task = 0; task < m_tasks.size(); ++task) {
        const auto &exitCode = m_tasks[task].exitCode;
        if (exitCode == 0) {
            ending.doneTasks << m_plan.tasks.at(qsizetype(task)).name;
        } else if (exitCode || m_tasks[task].running) {
            ending.task = static_cast<int>(task);
            ending.exitCode = exitCode;
        }
    }
    for (const Step &step : m_steps)
        if (step.task == ending.task && step.status == StepStatus::Failed && ending.step.name.isEmpty())
            ending.step = step;
    ending.lastLine = lastWords();
    ending.streamTrouble = m_streamTrouble;
    return ending;
}

} // namespace kernelyard
