// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/queue.h"

#include "core/base/memoryfigure.h"
#include "core/base/wholefile.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSet>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int mutexLimitMs = 5000;

static QString tr(const char *text)
{
    return QCoreApplication::translate("Queue", text);
}

QueueLimits QueueLimits::of(const Settings &settings)
{
    if (settings.memoryBudgetGiB > 0)
        return {settings.buildsPerEngine, qint64(settings.memoryBudgetGiB) << 30};
    const qint64 memory = qint64(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
    return {settings.buildsPerEngine, memory / 5 * 4};
}

namespace {

/// What runs, as far as the turns are given.
class Share
{
public:
    explicit Share(const QueueLimits &limits)
        : m_limits(limits)
    {}

    void add(const QueueEntry &entry)
    {
        ++m_running[entry.pool];
        m_environments.insert({entry.pool, entry.environment});
        m_memory += entry.memoryBytes;
        ++m_count;
    }
    QueueWait wait(const QueueEntry &entry) const
    {
        if (entry.isHeld)
            return QueueWait::Held;
        if (m_environments.contains({entry.pool, entry.environment}))
            return QueueWait::Environment;
        if (m_running.value(entry.pool) >= m_limits.buildsPerEngine)
            return QueueWait::Engine;
        const bool fits = m_limits.memoryBytes <= 0 || m_memory + entry.memoryBytes <= m_limits.memoryBytes;
        if (entry.memoryBytes > 0 && m_count > 0 && (m_memoryIsKept || !fits))
            return QueueWait::Memory;
        return QueueWait::Turn;
    }
    /// One that waits for memory gets what becomes free before those behind it.
    void keepMemory() { m_memoryIsKept = true; }

private:
    const QueueLimits &m_limits;
    QHash<QString, int> m_running;
    QSet<std::pair<QString, QString>> m_environments;
    qint64 m_memory = 0;
    int m_count = 0;
    bool m_memoryIsKept = false;
};

} // namespace

QList<QueueEntry> arranged(QList<QueueEntry> entries, const QList<BuildId> &order, const QueueLimits &limits)
{
    const auto rank = [&order](const QueueEntry &entry) {
        const qsizetype at = entry.isStarted ? -1 : order.indexOf(entry.id);
        return std::tuple(!entry.isStarted, !entry.isStarted && at < 0, at, entry.id);
    };
    std::sort(entries.begin(), entries.end(),
              [&](const QueueEntry &a, const QueueEntry &b) { return rank(a) < rank(b); });
    Share share(limits);
    QHash<QString, int> places;
    for (QueueEntry &entry : entries) {
        entry.place = entry.isStarted ? 0 : ++places[entry.pool];
        entry.waitsFor = entry.isStarted ? QueueWait::Nothing : share.wait(entry);
        if (entry.isStarted || entry.waitsFor == QueueWait::Turn)
            share.add(entry);
        else if (entry.waitsFor == QueueWait::Memory)
            share.keepMemory();
    }
    return entries;
}

static QString queueFolder(const QString &builds)
{
    return builds + u"/.queue";
}

static QList<BuildId> readOrder(const QString &builds)
{
    QList<BuildId> order;
    QFile file(queueFolder(builds) + u"/order");
    if (file.open(QIODevice::ReadOnly))
        for (const QByteArray &line : file.readAll().split('\n'))
            if (const BuildId id = BuildId::fromText(QString::fromLatin1(line)); id.isValid())
                order << id;
    return order;
}

static QList<QueueEntry> readTickets(const QString &builds)
{
    QList<QueueEntry> entries;
    for (const QString &name : QDir(queueFolder(builds)).entryList(QDir::Files)) {
        const BuildId id = BuildId::fromText(name);
        if (!id.isValid() || id.folderName() != name)
            continue;
        const BuildFolder folder{builds + u'/' + name};
        QueueEntry entry;
        entry.id = id;
        entry.isStarted = BuildLock::isHeld(folder.ticket());
        if (!entry.isStarted && !BuildLock::isHeld(folder.lock()))
            continue; // of a runner that was killed
        QFile file(folder.ticket());
        const QJsonObject object =
            file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
        entry.pool = object.value(u"pool"_s).toString();
        entry.environment = object.value(u"environment"_s).toString();
        entry.memoryBytes = object.value(u"memoryBytes"_s).toInteger();
        entry.canPause = object.value(u"canPause"_s).toBool(true);
        entry.isHeld = QFile::exists(folder.pause());
        entries << entry;
    }
    return entries;
}

QList<QueueEntry> readQueue(const QString &builds, const QueueLimits &limits)
{
    return arranged(readTickets(builds), readOrder(builds), limits);
}

QList<QueueEntry> readQueue(const Paths &paths)
{
    return readQueue(paths.builds(), QueueLimits::of(Settings::read(paths.settingsFile())));
}

/// Held for a moment at a time.
static Result<BuildLock> takeMutex(const QString &builds)
{
    auto mutex = BuildLock::open(queueFolder(builds) + u"/mutex");
    QElapsedTimer timer;
    timer.start();
    while (mutex && !mutex->tryTake()) {
        if (timer.elapsed() > mutexLimitMs)
            return Failure(Error{ErrorKind::Conflict, tr("Another process keeps the queue of builds locked."), {}, {}});
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return mutex;
}

static Result<void> writeOrder(const QString &builds, const QList<BuildId> &order)
{
    QSaveFile file(queueFolder(builds) + u"/order");
    QByteArray bytes;
    for (const BuildId id : order)
        bytes += QByteArray::number(id.number()) + '\n';
    if (writeWhole(file, bytes))
        return {};
    return Failure(systemError(file.fileName(), errno));
}

Result<void> moveInQueue(const Paths &paths, BuildId id, QueueMove move)
{
    const QString builds = paths.builds();
    if (!QFile::exists(BuildFolder{builds + u'/' + id.folderName()}.plan()))
        return Failure(Error{ErrorKind::NotFound, tr("There is no build %1.").arg(id.display()), {}, {}});
    const Error notQueued{ErrorKind::Conflict, tr("Build %1 does not wait in the queue.").arg(id.display()), {}, {}};
    if (!QDir(queueFolder(builds)).exists())
        return Failure(notQueued);
    const auto mutex = takeMutex(builds);
    if (!mutex)
        return Failure(mutex.error());
    QList<QueueEntry> waiting = readQueue(builds, {});
    waiting.removeIf([](const QueueEntry &entry) { return entry.isStarted; });
    const auto found = std::find_if(waiting.begin(), waiting.end(), [id](const QueueEntry &e) { return e.id == id; });
    if (found == waiting.end())
        return Failure(notQueued);
    QList<qsizetype> line; // those of its engine
    for (qsizetype i = 0; i < waiting.size(); ++i)
        if (waiting[i].pool == found->pool)
            line << i;
    const qsizetype from = line.indexOf(found - waiting.begin());
    qsizetype to = 0;
    if (move != QueueMove::Front)
        to = std::clamp<qsizetype>(from + (move == QueueMove::Up ? -1 : 1), 0, line.size() - 1);
    waiting.move(line[from], line[to]);
    QList<BuildId> order;
    for (const QueueEntry &entry : std::as_const(waiting))
        order << entry.id;
    return writeOrder(builds, order);
}

static QString ordinal(int number)
{
    const QStringList words{tr("next"),  tr("second"),  tr("third"),  tr("fourth"), tr("fifth"),
                            tr("sixth"), tr("seventh"), tr("eighth"), tr("ninth"),  tr("tenth")};
    return number <= words.size() ? words[number - 1] : tr("number %1").arg(number);
}

QString queueSentence(const QueueEntry &entry)
{
    if (entry.isStarted)
        return {};
    if (entry.waitsFor == QueueWait::Held)
        return tr("Queued, paused");
    QString place = tr("Queued, %1 in line for %2").arg(ordinal(entry.place), entry.pool);
    if (entry.waitsFor == QueueWait::Environment)
        return tr("%1; another build of %2 runs").arg(place, entry.environment);
    if (entry.waitsFor == QueueWait::Memory)
        return tr("%1; waits for %2 of memory").arg(place, memoryFigure(entry.memoryBytes));
    return place;
}

} // namespace kernelyard
