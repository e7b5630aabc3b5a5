// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/queueticket.h"

#include "core/build/queue.h"
#include "core/build/remains.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace kernelyard {

QueueTicket::QueueTicket(BuildFolder folder, BuildLock lock, const Plan &plan)
    : m_folder(std::move(folder))
    , m_lock(std::move(lock))
    , m_pool(plan.engine.id())
    , m_environment(plan.environment)
    , m_memoryBytes(plan.memoryBytes)
{}

Result<QueueTicket> QueueTicket::open(const BuildFolder &folder, const Plan &plan)
{
    const QString tickets = QFileInfo(folder.ticket()).path();
    if (!QDir().mkpath(tickets))
        return Failure(systemError(tickets, errno));
    auto lock = BuildLock::open(folder.ticket());
    if (!lock)
        return Failure(lock.error());
    for (const QString &name : QDir(tickets).entryList(QDir::Files)) { // of runners that were killed
        const BuildFolder other{QFileInfo(folder.path).path() + u'/' + name};
        if (BuildId::fromText(name).isValid() && !BuildLock::isHeld(other.lock()) &&
            !BuildLock::isHeld(other.ticket()) && other.path != folder.path) {
            markRemains(other); // its guard was killed with it
            remove(other);
        }
    }
    QueueTicket ticket(folder, std::move(*lock), plan);
    ticket.write(true);
    return ticket;
}

bool QueueTicket::tryStart()
{
    const QString builds = QFileInfo(m_folder.path).path();
    const auto mutex = BuildLock::open(builds + u"/.queue/mutex");
    if (!mutex || !mutex->tryTake())
        return false;
    const QueueLimits limits = QueueLimits::of(Settings::read(Paths::fromEnvironment().settingsFile()));
    const QString own = m_folder.path.section(u'/', -1);
    for (const QueueEntry &entry : readQueue(builds, limits))
        if (entry.id.folderName() == own)
            return entry.waitsFor == QueueWait::Turn && m_lock.tryTake();
    return false;
}

void QueueTicket::setCanPause(bool canPause) const
{
    write(canPause);
}

/// In place, for the lock lies on this very file; padded, so that a reader never sees the end of an older text.
void QueueTicket::write(bool canPause) const
{
    QByteArray text = QJsonDocument(QJsonObject{{u"pool"_s, m_pool},
                                                {u"environment"_s, m_environment},
                                                {u"memoryBytes"_s, m_memoryBytes},
                                                {u"canPause"_s, canPause}})
                          .toJson(QJsonDocument::Compact);
    text += canPause ? " \n" : "\n";
    static_cast<void>(::ftruncate(m_lock.descriptor(), text.size()) == 0);
    // Where it can't be written the queue knows less of this build, which still runs.
    static_cast<void>(::pwrite(m_lock.descriptor(), text.constData(), size_t(text.size()), 0));
}

void QueueTicket::remove(const BuildFolder &folder)
{
    QFile::remove(folder.ticket());
}

} // namespace kernelyard
