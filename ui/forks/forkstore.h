// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/forks/forkjob.h"
#include "ui/forks/forksources.h"

#include <map>

namespace kernelyard {

/// How the last step in a checkout ended.
struct ForkOutcome
{
    QString done; ///< a sentence
    std::optional<Error> error;
};

/// The checkouts of this machine, advice for them, and the steps at work in them. Reads nothing before refresh().
class ForkStore : public QObject
{
    Q_OBJECT

public:
    explicit ForkStore(ForkSources sources, QObject *parent = nullptr);

    const std::optional<ForkList> &list() const { return m_list; }
    const ForkStatus *find(const QString &path) const;
    /// Reads again; asked for while it reads, it reads once more after.
    void refresh(const QList<Environment> &environments);

    /// Asks for advice again; one at a time. What is known stays until the answer.
    void askAdvice(const ForkStatus &fork, const std::optional<Environment> &environment,
                   const std::optional<Engine> &engine);
    std::optional<Result<ForkAdvice>> advice(const QString &path) const;
    bool isAsking(const QString &path) const;

    /// The step at work in the checkout at \a path, and how the last one ended.
    const ForkJob *job(const QString &path) const;
    std::optional<ForkOutcome> outcome(const QString &path) const;
    void forgetOutcome(const QString &path);
    /// False: another one is at work there.
    bool start(const QString &path, const QString &title, const ForkJob::Work &work);
    void cancel(const QString &path);
    QStringList working() const;

    const ForkSources &sources() const { return m_sources; }

Q_SIGNALS:
    void listChanged();
    void adviceChanged(const QString &path);
    void jobChanged(const QString &path);
    void jobEnded(const QString &path);

private:
    struct Question
    {
        ForkStatus fork;
        std::optional<Environment> environment;
        std::optional<Engine> engine;
    };
    void askNext();

    ForkSources m_sources;
    std::optional<ForkList> m_list;
    bool m_reading = false;
    std::optional<QList<Environment>> m_readAgain;
    QList<Question> m_questions; ///< the first is being answered while m_asking
    bool m_asking = false;
    QHash<QString, Result<ForkAdvice>> m_advice;
    std::map<QString, std::unique_ptr<ForkJob>> m_jobs;
    QHash<QString, ForkOutcome> m_outcomes;
};

} // namespace kernelyard
