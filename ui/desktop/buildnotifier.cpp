// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desktop/buildnotifier.h"

#include "ui/models/buildlistmodel.h"
#include "ui/models/wording.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

BuildNotifier::BuildNotifier(const QDBusConnection &bus, std::function<bool()> isQuiet, QObject *parent)
    : QObject(parent)
    , m_notifications(bus)
    , m_taskbar(bus)
    , m_isQuiet(std::move(isQuiet))
{
    connect(&m_notifications, &Notifications::actionChosen, this, &BuildNotifier::takeAction);
}

void BuildNotifier::setBuilds(const QList<BuildSummary> &builds)
{
    Taskbar::State taskbar;
    for (const BuildSummary &build : builds) {
        const bool wasLive = m_known.contains(build.id) && !isEnded(m_known.value(build.id));
        // A short one may be seen ended for the first time; an old one may be read only now.
        const bool isNew = m_hasRead && build.id > m_newest;
        if (isEnded(build.status) && (wasLive || isNew) && !m_isQuiet())
            tell(build);
        m_known.insert(build.id, build.status);
        if (build.status != BuildStatus::Running)
            continue;
        ++taskbar.running;
        if (build.unitsTotal > taskbar.total) {
            taskbar.done = build.unitsDone;
            taskbar.total = build.unitsTotal;
        }
    }
    for (const BuildSummary &build : builds)
        m_newest = std::max(m_newest, build.id);
    m_hasRead = true;
    m_taskbar.show(taskbar);
}

void BuildNotifier::tell(const BuildSummary &build)
{
    const QString title = u"%1 %2: %3"_s.arg(build.id.display(), whatOf(build), wordOf(build.status));
    const QString body = build.status == BuildStatus::Done ? tr("It took %1.").arg(durationSentence(build.elapsed))
                         : build.cause.isEmpty()           ? build.failure.simplified()
                                                           : build.cause.simplified();
    QList<Notifications::Action> actions{{u"default"_s, tr("Show")}, {u"show"_s, tr("Show")}};
    if (build.status != BuildStatus::Done)
        actions << Notifications::Action{u"retry"_s, tr("Retry")};
    m_notifications.show(build.id.folderName(), title, body, actions);
}

void BuildNotifier::takeAction(const QString &tag, const QString &key)
{
    const BuildId id = BuildId::fromText(tag);
    if (key == u"retry")
        Q_EMIT retryAsked(id);
    else
        Q_EMIT showAsked(id);
}

} // namespace kernelyard
