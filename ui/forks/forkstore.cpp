// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forkstore.h"

#include "core/base/whendone.h"

#include <QtConcurrent>

#include <algorithm>

namespace kernelyard {

ForkStore::ForkStore(ForkSources sources, QObject *parent)
    : QObject(parent)
    , m_sources(std::move(sources))
{}

const ForkStatus *ForkStore::find(const QString &path) const
{
    if (!m_list)
        return nullptr;
    const auto found = std::ranges::find(m_list->forks, path, &ForkStatus::path);
    return found == m_list->forks.cend() ? nullptr : &*found;
}

void ForkStore::refresh(const QList<Environment> &environments)
{
    if (m_reading) {
        m_readAgain = environments;
        return;
    }
    m_reading = true;
    whenDone(QtConcurrent::run(m_sources.list, environments), this, [this](const ForkList &list) {
        m_reading = false;
        m_list = list;
        Q_EMIT listChanged();
        if (m_readAgain)
            refresh(*std::exchange(m_readAgain, std::nullopt));
    });
}

void ForkStore::askAdvice(const ForkStatus &fork, const std::optional<Environment> &environment,
                          const std::optional<Engine> &engine)
{
    // What waits is asked as things are now; what is being answered may be of before.
    for (qsizetype i = m_asking ? 1 : 0; i < m_questions.size(); ++i)
        if (m_questions.at(i).fork.path == fork.path) {
            m_questions[i] = {fork, environment, engine};
            return;
        }
    m_questions.append({fork, environment, engine});
    askNext();
}

void ForkStore::askNext()
{
    if (m_asking || m_questions.isEmpty())
        return;
    m_asking = true;
    const Question &asked = m_questions.first();
    whenDone(QtConcurrent::run(m_sources.advise, asked.fork, asked.environment, asked.engine), this,
             [this](const Result<ForkAdvice> &advice) {
                 m_asking = false;
                 const QString path = m_questions.takeFirst().fork.path;
                 m_advice.insert(path, advice);
                 Q_EMIT adviceChanged(path);
                 askNext();
             });
}

std::optional<Result<ForkAdvice>> ForkStore::advice(const QString &path) const
{
    const auto found = m_advice.constFind(path);
    return found == m_advice.cend() ? std::nullopt : std::optional(*found);
}

bool ForkStore::isAsking(const QString &path) const
{
    return std::ranges::any_of(m_questions, [&path](const Question &asked) { return asked.fork.path == path; });
}

const ForkJob *ForkStore::job(const QString &path) const
{
    const auto found = m_jobs.find(path);
    return found == m_jobs.end() ? nullptr : found->second.get();
}

std::optional<ForkOutcome> ForkStore::outcome(const QString &path) const
{
    const auto found = m_outcomes.constFind(path);
    return found == m_outcomes.cend() ? std::nullopt : std::optional(*found);
}

void ForkStore::forgetOutcome(const QString &path)
{
    m_outcomes.remove(path);
    Q_EMIT jobChanged(path);
}

bool ForkStore::start(const QString &path, const QString &title, const ForkJob::Work &work)
{
    if (m_jobs.contains(path))
        return false;
    m_outcomes.remove(path);
    const auto job = m_jobs.emplace(path, std::make_unique<ForkJob>(title, work)).first->second.get();
    connect(job, &ForkJob::progressed, this, [this, path] { Q_EMIT jobChanged(path); });
    connect(job, &ForkJob::ended, this, [this, path, job] {
        const Result<QString> result = job->result();
        ForkOutcome outcome;
        if (result)
            outcome.done = *result;
        else
            outcome.error = result.error();
        m_jobs.find(path)->second.release()->deleteLater(); // it is what speaks just now
        m_jobs.erase(path);
        if (outcome.error || !outcome.done.isEmpty())
            m_outcomes.insert(path, outcome);
        Q_EMIT jobEnded(path);
        Q_EMIT jobChanged(path);
    });
    job->start();
    Q_EMIT jobChanged(path);
    return true;
}

void ForkStore::cancel(const QString &path)
{
    if (const auto found = m_jobs.find(path); found != m_jobs.end())
        found->second->cancel();
}

QStringList ForkStore::working() const
{
    QStringList paths;
    for (const auto &[path, job] : m_jobs)
        paths << path;
    return paths;
}

} // namespace kernelyard
