// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/standinplan.h"

#include "core/build/buildlock.h"
#include "core/build/journalfile.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// No plan has more; a number above it comes from a damaged journal.
constexpr int mostTasks = 256;
/// Of a build that lives: tasks that its journal does not tell of yet.
constexpr int tasksToCome = 16;

QString tr(const char *text)
{
    return QCoreApplication::translate("StandInPlan", text);
}

/// How each engine's first output begins; the classic builder may tell of its context before.
OutputFormat formatOf(QByteArrayView output)
{
    if (output.startsWith("{\""))
        return OutputFormat::RawJson;
    if (output.startsWith("Sending build context") || output.startsWith("Step 1/"))
        return OutputFormat::Classic;
    const qsizetype step = output.startsWith('[') ? output.indexOf("] STEP 1") : output.startsWith("STEP 1") ? 0 : -1;
    return step >= 0 && step < 16 ? OutputFormat::Podman : OutputFormat::Plain;
}

Task numbered(qsizetype number)
{
    Task task;
    task.name = tr("task %1").arg(number);
    task.title = tr("Task %1 of a plan that can't be read").arg(number);
    return task;
}

void take(QList<Task> &tasks, QSet<int> &known, const Record &record)
{
    const auto *started = std::get_if<TaskStarted>(&record.fact);
    const auto *output = std::get_if<Output>(&record.fact);
    if (!started && !output)
        return;
    const int task = started ? started->task : output->task;
    if (task < 0 || task >= mostTasks)
        return;
    while (tasks.size() <= task)
        tasks.append(numbered(tasks.size() + 1));
    if (!output || known.contains(task))
        return;
    // A client's warning on standard error may come before the engine's first word.
    const OutputFormat format = formatOf(output->bytes);
    if (output->stream == Stream::Out || format != OutputFormat::Plain)
        known.insert(task);
    tasks[task].format = format;
}

} // namespace

Plan standInPlan(const BuildFolder &folder, BuildId id, const Error &error)
{
    constexpr qint64 sliceBytes = 1 << 20;
    Plan plan;
    plan.problem = tr("The plan of build %1 can't be read, so that its environment and commands are unknown: %2")
                       .arg(id.display(), error.message);
    const bool lives = BuildLock::isHeld(folder.lock());
    JournalFile journal(folder.journal());
    QSet<int> known;
    for (;;) {
        const auto count = journal.read(sliceBytes);
        while (const auto record = journal.next())
            take(plan.tasks, known, *record);
        if (count.value_or(0) == 0)
            break;
    }
    for (int more = 0; lives && more < tasksToCome; ++more)
        plan.tasks.append(numbered(plan.tasks.size() + 1));
    const QFileInfo file(QFileInfo::exists(folder.plan()) ? folder.plan() : folder.path);
    plan.created = file.lastModified();
    return plan;
}

} // namespace kernelyard
