// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/stepview.h"

#include "app/ctl/table.h"
#include "app/ctl/words.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

constexpr int linesKept = 20;

StepView::StepView(Console &console, Channel channel, bool withLog)
    : m_console(console)
    , m_channel(channel)
    , m_withLog(withLog)
{}

void StepView::update(const BuildUpdate &update)
{
    m_steps = update.steps;
    for (const LogLine &line : m_whole.take(update))
        printLine(line);
    for (int i = 0; i < m_steps.size(); ++i) {
        const StepStatus status = m_steps[i].status;
        const bool ended = status == StepStatus::Cached || status == StepStatus::Done || status == StepStatus::Failed;
        if (ended && !m_ended.contains(i)) {
            m_ended.insert(i);
            printEnded(i);
        }
    }
    showLive(update.elapsed);
}

void StepView::printLine(const LogLine &line)
{
    if (isFact(line)) {
        m_hasVerdict = m_hasVerdict || line.text.startsWith(R"({"type": "verdict")");
    } else {
        QList<QByteArray> &last = m_lastLines[line.step];
        last.append(line.text);
        if (last.size() > linesKept)
            last.removeFirst();
    }
    if (m_withLog || line.isNote)
        m_console.write(m_channel, "    " + harmless(line.text, m_console.hasColour(m_channel)) + '\n');
}

/// A line of a validation that is for programs: people are told its words, and its results as a table.
bool StepView::isFact(const LogLine &line) const
{
    if (line.step < 0 || line.step >= m_steps.size() || !line.text.startsWith(R"({"type": ")"))
        return false;
    const int task = m_steps[line.step].task;
    return task >= 0 && task < m_plan.tasks.size() && m_plan.tasks[task].kind == TaskKind::Validation;
}

bool StepView::isShown(const Step &step) const
{
    // BuildKit's own preparations say nothing of the environment, unless one goes wrong.
    return m_withLog || step.status == StepStatus::Failed || !step.name.startsWith(u"[internal]");
}

/// On one line: a RUN of a Dockerfile can be a page long, and its beginning tells which it is.
QString StepView::shortTitle(const Step &step) const
{
    constexpr int titleColumns = 96;
    const QString title = stepTitle(m_plan, step).simplified();
    return m_withLog || title.size() <= titleColumns ? title : QString(title.left(titleColumns - 2) + u" …");
}

void StepView::printEnded(int index)
{
    const Step &step = m_steps[index];
    if (!isShown(step))
        return;
    const QString took = step.started && step.ended ? durationText(*step.ended - *step.started) : QString();
    QString state = step.status == StepStatus::Done ? took : word(step.status);
    if (step.status == StepStatus::Failed)
        state = u"FAILED "_s + took;
    m_console.line(m_channel, shortTitle(step) + u"  "_s + m_console.styled(style(step.status), state, m_channel));
    if (step.status != StepStatus::Failed)
        m_lastLines.remove(index);
}

void StepView::showLive(BuildTime elapsed)
{
    for (qsizetype i = m_steps.size() - 1; i >= 0; --i) {
        const Step &step = m_steps[i];
        if (step.status != StepStatus::Running || !step.started)
            continue;
        QString text = durationText(elapsed - *step.started) + u"  "_s + shortTitle(step);
        if (!step.progress.isEmpty())
            text += u"  "_s + step.progress;
        m_console.live(m_channel, text);
        return;
    }
    m_console.clearLive();
}

void StepView::finish()
{
    if (const std::optional<LogLine> rest = m_whole.takeRest())
        printLine(*rest);
    m_console.clearLive();
}

void StepView::printFailure(BuildId id)
{
    for (int i = 0; i < m_steps.size(); ++i) {
        if (m_steps[i].status != StepStatus::Failed)
            continue;
        const QList<QByteArray> lines = m_lastLines.value(i);
        if (!m_withLog && !lines.isEmpty()) {
            m_console.message(u"The last lines of "_s + shortTitle(m_steps[i]) + u":"_s);
            for (const QByteArray &line : lines)
                m_console.write(Channel::Err, "    " + harmless(line, m_console.hasColour(Channel::Err)) + '\n');
        }
        m_console.message(u"The whole log of the step: kernelyardctl log %1 --step %2"_s.arg(id.number()).arg(i + 1));
        return;
    }
}

} // namespace kernelyard::ctl
