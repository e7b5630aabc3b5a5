// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/session.h"
#include "app/ctl/stepview.h"

#include <QEventLoop>

namespace kernelyard::ctl {

/// What Ctrl-C means while a build is followed.
enum class OnInterrupt {
    Cancel, ///< the build, which this command started; a second one stops waiting for its end
    Leave,  ///< only this view of it
};

enum class FollowFormat { People, Json };

/// Follows one build to its end on the event loop.
class Following : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        Channel channel = Channel::Out;
        FollowFormat format = FollowFormat::People;
        bool withLog = false;
        OnInterrupt onInterrupt = OnInterrupt::Leave;
    };
    Following(Session &session, BuildId id, const Options &options);
    ~Following() override;

    /// How the build ended. Errors: Cancelled (the user left it running), and those of the journal.
    Result<BuildStatus> run();

private:
    void takePlan(const Plan &plan);
    void takeUpdate(const BuildUpdate &update);
    void takeEnd(BuildStatus status);
    void takeError(const Error &error);
    void interrupt();
    void writeJson(const QJsonObject &object);
    void writeJsonLine(const LogLine &line);

    Session &m_session;
    BuildId m_id;
    Options m_options;
    StepView m_view;
    Plan m_plan;
    QList<Step> m_steps;
    WholeLines m_whole; ///< for JSON; people have the view's
    QString m_failure;
    BuildFindings m_findings;
    Result<BuildStatus> m_result{BuildStatus::Queued};
    bool m_cancelAsked = false;
    QEventLoop m_loop;
};

/// Follows on standard error a build that this command started, which Ctrl-C cancels, and reads how it ended.
/// Errors: those of Following::run(), and of the journal.
Result<BuildState> followToEnd(Session &session, BuildId id, bool withLog);

} // namespace kernelyard::ctl
