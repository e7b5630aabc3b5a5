// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/following.h"

#include "app/ctl/causes.h"
#include "app/ctl/interrupts.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

Following::Following(Session &session, BuildId id, const Options &options)
    : m_session(session)
    , m_id(id)
    , m_options(options)
    , m_view(session.console, options.channel, options.withLog)
{}

Following::~Following() = default;

Result<BuildStatus> Following::run()
{
    const Interrupts interrupts;
    BuildFollower follower(m_session.paths, m_id);
    connect(&interrupts, &Interrupts::interrupted, this, &Following::interrupt);
    connect(&follower, &BuildFollower::planRead, this, &Following::takePlan);
    connect(&follower, &BuildFollower::updated, this, &Following::takeUpdate);
    connect(&follower, &BuildFollower::ended, this, &Following::takeEnd);
    connect(&follower, &BuildFollower::failed, this, &Following::takeError);
    m_loop.exec();
    if (m_options.format == FollowFormat::People) {
        m_view.finish();
        if (m_result && *m_result == BuildStatus::Failed) {
            m_view.printFailure(m_id);
            if (!m_findings.causes.isEmpty() || !m_view.hasVerdict())
                printFindings(m_session.console, Channel::Err, m_findings);
        }
    }
    m_session.console.flush();
    return m_result;
}

void Following::writeJson(const QJsonObject &object)
{
    m_session.console.write(m_options.channel, QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

void Following::writeJsonLine(const LogLine &line)
{
    writeJson({{u"type"_s, u"line"_s},
               {u"step"_s, line.step + 1},
               {u"seconds"_s, secondsOf(line.at)},
               {u"isError"_s, line.isError},
               {u"isNote"_s, line.isNote},
               {u"text"_s, QString::fromUtf8(line.text)}});
}

void Following::takePlan(const Plan &plan)
{
    m_plan = plan;
    m_view.setPlan(plan);
    if (m_options.format == FollowFormat::Json)
        writeJson({{u"type"_s, u"plan"_s},
                   {u"build"_s, m_id.number()},
                   {u"plan"_s, QJsonDocument::fromJson(plan.toJson()).object()}});
}

void Following::takeUpdate(const BuildUpdate &update)
{
    m_failure = update.failure;
    m_findings = update.findings;
    if (m_options.format == FollowFormat::People) {
        m_view.update(update);
        m_session.console.flush();
        return;
    }
    for (int i = 0; i < update.steps.size(); ++i) {
        const Step &step = update.steps[i];
        if (i < m_steps.size() && m_steps[i].status == step.status && m_steps[i].progress == step.progress)
            continue;
        QJsonObject object = toJson(m_plan, step, i + 1);
        object.insert(u"type"_s, u"step"_s);
        if (!step.progress.isEmpty())
            object.insert(u"progress"_s, step.progress);
        writeJson(object);
    }
    m_steps = update.steps;
    for (const LogLine &line : m_whole.take(update))
        writeJsonLine(line);
    m_session.console.flush();
}

void Following::takeEnd(BuildStatus status)
{
    m_result = status;
    const std::optional<LogLine> rest = m_whole.takeRest();
    if (rest && m_options.format == FollowFormat::Json)
        writeJsonLine(*rest);
    if (m_options.format == FollowFormat::Json)
        writeJson({{u"type"_s, u"ended"_s},
                   {u"build"_s, m_id.number()},
                   {u"status"_s, word(status)},
                   {u"failure"_s, m_failure},
                   {u"causes"_s, toJson(m_findings.causes)}});
    m_loop.quit();
}

void Following::takeError(const Error &error)
{
    m_result = Failure(error);
    m_loop.quit();
}

void Following::interrupt()
{
    if (m_options.onInterrupt == OnInterrupt::Leave || m_cancelAsked) {
        m_result = Failure(Error{ErrorKind::Cancelled,
                                 u"No longer following build %1; it goes on."_s.arg(m_id.display()),
                                 {},
                                 u"kernelyardctl follow %1"_s.arg(m_id.number())});
        m_loop.quit();
        return;
    }
    m_cancelAsked = true;
    m_session.console.message(u"Cancelling build %1 … (Ctrl-C again stops waiting for its end)"_s.arg(m_id.display()));
    if (const Result<void> asked = cancelBuild(m_session.paths, m_id); !asked)
        m_session.console.error(asked.error());
}

Result<BuildState> followToEnd(Session &session, BuildId id, bool withLog)
{
    Following following(session, id, {Channel::Err, FollowFormat::People, withLog, OnInterrupt::Cancel});
    if (const Result<BuildStatus> ended = following.run(); !ended)
        return Failure(ended.error());
    return readBuild(session.paths, id);
}

} // namespace kernelyard::ctl
