// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/remains.h"

#include "core/base/log.h"
#include "core/build/engineend.h"
#include "core/build/journalfile.h"
#include "core/engine/argv.h"
#include "core/engine/steptextparser.h"
#include "core/process/run.h"

#include <QDir>
#include <QFile>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

static QString marks(const QString &builds)
{
    return builds + u"/.remains";
}

void markRemains(const BuildFolder &folder)
{
    const QString builds = folder.path.section(u'/', 0, -2);
    QFile mark(marks(builds) + u'/' + folder.path.section(u'/', -1));
    if (!QDir().mkpath(marks(builds)) || !mark.open(QIODevice::WriteOnly))
        log(LogDomain::Runner).error("{}: {}", mark.fileName().toStdString(), mark.errorString().toStdString());
}

QString cutOffContainer(const BuildFolder &folder, const Plan &plan)
{
    constexpr qint64 readBytes = 1 << 20;
    JournalFile journal(folder.journal());
    StepTextParser parser(OutputFormat::Classic);
    QList<EngineEvent> ignored;
    while (journal.read(readBytes).value_or(0) > 0) {
        while (true) {
            const auto record = journal.next();
            if (!record)
                break;
            const auto *const exited = std::get_if<TaskExited>(&record->fact);
            const auto *const output = std::get_if<Output>(&record->fact);
            if (std::holds_alternative<TaskStarted>(record->fact) || (exited && exited->exitCode == 0))
                parser = StepTextParser(OutputFormat::Classic);
            else if (output && plan.tasks.value(output->task).format == OutputFormat::Classic)
                parser.feed(output->stream, output->bytes, record->at, ignored);
            ignored.clear();
        }
    }
    return parser.container();
}

/// False: it is still there, or nobody knows.
static bool removeContainer(const Engine &engine, const QString &container)
{
    constexpr int tries = 5;
    for (int i = 0; i < tries; ++i) {
        const auto found = run(findContainer(engine, container), 20s);
        if (!found || found->exitCode != 0)
            return false; // the daemon does not answer
        if (found->out.trimmed().isEmpty())
            return true;
        log(LogDomain::Runner).info("removing the container {} of a step that was cut off", container.toStdString());
        const auto removed = run(removeContainers(engine, {container}), 20s);
        if (!removed || removed->exitCode != 0) // its builder may be at it
            std::this_thread::sleep_for(100ms);
    }
    return false;
}

void removeMarkedRemains(const QString &builds, const Plan &plan)
{
    const QDir folder(marks(builds));
    for (const QString &name : folder.entryList(QDir::Files)) {
        const BuildFolder other{builds + u'/' + name};
        const auto its = Plan::read(other.plan());
        if (its && (its->environment != plan.environment || its->engine.id() != plan.engine.id()))
            continue;
        bool isClean = true; // of a build whose folder is gone nothing is known
        for (qsizetype i = 0; its && i < its->tasks.size(); ++i)
            isClean = removeEngineRemains(*its, its->tasks[i]) && isClean;
        if (const QString container = its ? cutOffContainer(other, *its) : QString(); !container.isEmpty())
            isClean = removeContainer(plan.engine, container) && isClean;
        if (isClean)
            QFile::remove(folder.filePath(name));
    }
}

} // namespace kernelyard
