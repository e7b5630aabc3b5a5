// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/followworker.h"

#include "core/base/log.h"
#include "core/build/buildlogcache.h"

namespace kernelyard {

static constexpr int updateIntervalMs = 50;
static constexpr int fallbackIntervalMs = 250;
/// What is read before the events of this thread, such as its end, get their turn: some 20 ms of work.
static constexpr qint64 sliceBytes = 2 << 20;

/// What is shown of a line that has no end yet: progress that is written over for an hour grows long.
static QByteArray endOf(const QByteArray &line)
{
    constexpr qsizetype longest = 64 << 10;
    if (line.size() <= longest)
        return line;
    const QByteArray end = line.last(longest);
    const qsizetype begin = end.indexOf('\r') + 1;
    return begin < end.size() ? end.sliced(begin) : end;
}

FollowWorker::FollowWorker(Paths paths, BuildId id, BuildFollower::Lines lines)
    : m_paths(std::move(paths))
    , m_id(id)
    , m_lines(lines)
{}

void FollowWorker::fail(const Error &error)
{
    m_ended = true;
    Q_EMIT failed(error);
}

/// The log of a build that ended and was read before is there at once; its journal is read for the steps alone.
Result<void> FollowWorker::openLog()
{
    const BuildLogCache cache(m_paths, m_id);
    if (const auto known = cache.open()) {
        Q_EMIT logOpened(*known);
        return {};
    }
    auto spool = LogSpool::create(cache.folder());
    if (!spool)
        return Failure(spool.error());
    m_spool.emplace(std::move(*spool));
    Q_EMIT logOpened({m_spool->text(), m_spool->times(), {}});
    return {};
}

void FollowWorker::start()
{
    auto replay = BuildReplay::open(
        m_paths, m_id, m_lines == BuildFollower::Lines::None ? BuildState::Keep::StepsAndWork : BuildState::Keep::Lines,
        DamagedPlan::StoodInFor);
    if (!replay) {
        Q_EMIT failed(replay.error());
        return;
    }
    m_replay = std::make_unique<BuildReplay>(std::move(*replay));
    if (m_lines == BuildFollower::Lines::None) {
        // nobody asks why it failed
    } else if (Result<Rulebook> rules = Rulebook::ofInstallation(m_paths)) {
        m_rules = std::move(*rules);
        m_diagnosis.emplace(*m_rules);
    } else {
        log(LogDomain::Build).error("{}", rules.error().message.toStdString());
    }
    Q_EMIT planRead(m_replay->state().plan());
    if (m_lines == BuildFollower::Lines::Stored) {
        if (const Result<void> opened = openLog(); !opened) {
            fail(opened.error());
            return;
        }
    }
    m_watcher = new QFileSystemWatcher(this);
    m_readTimer = new QTimer(this);
    m_readTimer->setSingleShot(true);
    m_fallbackTimer = new QTimer(this);
    connect(m_watcher, &QFileSystemWatcher::fileChanged, this, &FollowWorker::scheduleRead);
    connect(m_watcher, &QFileSystemWatcher::directoryChanged, this, &FollowWorker::scheduleRead);
    connect(m_readTimer, &QTimer::timeout, this, &FollowWorker::read);
    connect(m_fallbackTimer, &QTimer::timeout, this, &FollowWorker::scheduleRead);
    m_fallbackTimer->start(fallbackIntervalMs);
    read();
}

/// A queued build has no journal to watch: its folder tells when there is one.
void FollowWorker::watch()
{
    const BuildFolder folder = BuildFolder::of(m_paths, m_id);
    if (m_watcher->files().isEmpty() && m_watcher->addPath(folder.journal())) {
        if (!m_watcher->directories().isEmpty())
            m_watcher->removePaths(m_watcher->directories());
    } else if (m_watcher->files().isEmpty() && m_watcher->directories().isEmpty()) {
        m_watcher->addPath(folder.path);
    }
}

void FollowWorker::goOn()
{
    m_waiting = false;
    if (m_hasMore && !m_ended)
        m_readTimer->start(0);
    else
        scheduleRead();
}

void FollowWorker::scheduleRead()
{
    if (m_waiting || m_ended || m_readTimer->isActive())
        return;
    const qint64 since = m_sinceUpdate.isValid() ? m_sinceUpdate.elapsed() : updateIntervalMs;
    m_readTimer->start(static_cast<int>(std::max<qint64>(updateIntervalMs - since, 0)));
}

/// One slice; updates are sent when one is due, and at the end.
void FollowWorker::read()
{
    if (m_ended || m_waiting)
        return;
    watch();
    const auto progress = m_replay->advance(sliceBytes);
    if (!progress) {
        fail(progress.error());
        return;
    }
    if (m_diagnosis)
        m_diagnosis->read(m_replay->state());
    if (const Result<void> taken = takeLines(); !taken) { // the journal keeps them; how the build goes on is told
        m_spool.reset();
        m_replay->dropLines();
        Q_EMIT failed(taken.error());
    }
    m_ended = *progress == BuildReplay::Progress::Ended;
    const bool due = !m_sinceUpdate.isValid() || m_sinceUpdate.elapsed() >= updateIntervalMs;
    const bool caughtUp = *progress != BuildReplay::Progress::More;
    m_hasMore = !caughtUp;
    if (m_ended || (hasNews() && due))
        emitUpdate();
    if (m_ended) {
        m_fallbackTimer->stop();
        Q_EMIT ended(m_replay->state().status());
        archive();
    } else if (!m_waiting && !caughtUp) {
        m_readTimer->start(0);
    } else if (!m_waiting && hasNews()) {
        scheduleRead(); // to be told when an update is due
    }
}

bool FollowWorker::hasNews() const
{
    return m_replay->journalBytes() != m_bytesShown || m_replay->state().status() != m_statusShown;
}

/// Out of memory, to where they are wanted.
Result<void> FollowWorker::takeLines()
{
    const LogLines &lines = m_replay->state().lines();
    if (m_spool) {
        for (qsizetype i = 0; i < lines.size(); ++i)
            m_spool->append(lines.step(i), lines.time(i), lines.isNote(i) ? LogKind::Note : lineKind(lines.text(i)),
                            lines.text(i));
        if (Result<void> flushed = m_spool->flush(); !flushed)
            return flushed;
    } else if (m_lines == BuildFollower::Lines::Sent) {
        for (const LogLine &line : lines)
            m_newLines.append(line);
    }
    m_replay->dropLines();
    return {};
}

/// Stores the log of an ended build piece by piece, so that it opens at once from then on.
void FollowWorker::archive()
{
    const BuildLogCache cache(m_paths, m_id);
    const bool standsIn = !m_replay->state().plan().problem.isEmpty(); // its steps may be others once it can be read
    if (!m_spool || standsIn || !cache.isWorthwhile())
        return;
    if (m_archive == nullptr)
        m_archive = cache.writer({m_spool->text(), m_spool->times(), m_spool->index()});
    const auto progress = m_archive->writeSome();
    if (progress && *progress == LogArchiveWriter::Progress::More) {
        QTimer::singleShot(0, this, &FollowWorker::archive);
        return;
    }
    if (progress)
        cache.age();
    else // the log is read from its journal again
        log(LogDomain::Build)
            .info("no stored log of {}: {}", m_id.display().toStdString(), progress.error().message.toStdString());
    m_archive.reset();
    m_spool.reset();
}

void FollowWorker::emitUpdate()
{
    const BuildState &state = m_replay->state();
    BuildUpdate update;
    update.status = state.status();
    update.clock = state.clock();
    update.elapsed = state.elapsed();
    update.isPaused = state.isPaused();
    update.steps = state.steps();
    update.peakMemoryBytes = state.peakMemoryBytes();
    update.newSamples = state.samples().sliced(m_samplesShown);
    m_samplesShown = state.samples().size();
    update.sampledFrom = state.sampledFrom();
    update.failure = state.failure();
    if (m_ended && m_diagnosis)
        update.findings = m_diagnosis->findings(state, m_paths);
    const auto provisional = state.unfinishedLine();
    if (m_spool) {
        update.growth = m_spool->takeGrowth();
        if (provisional)
            update.growth->open =
                OpenLine{endOf(provisional->text), provisional->step, provisional->at, lineKind(provisional->text)};
    } else if (m_lines == BuildFollower::Lines::Sent) {
        update.lastLineGrew = m_provisionalShown;
        update.newLines = std::exchange(m_newLines, {});
        m_provisionalShown = provisional.has_value();
        update.lastLineIsOpen = provisional.has_value();
        if (provisional)
            update.newLines.append(*provisional);
    }
    m_bytesShown = m_replay->journalBytes();
    m_statusShown = state.status();
    m_waiting = true;
    m_sinceUpdate.start();
    Q_EMIT updated(update);
}

} // namespace kernelyard
