// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forkjob.h"

#include "ui/models/machine.h"
#include "ui/models/wording.h"

#include <QElapsedTimer>
#include <QtConcurrent>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr qint64 progressEveryMs = 100;

ForkJob::ForkJob(QString title, Work work, QObject *parent)
    : QObject(parent)
    , m_title(std::move(title))
    , m_work(std::move(work))
{
    connect(&m_watcher, &QFutureWatcherBase::resultReadyAt, this, [this](int index) {
        m_progress = m_watcher.resultAt(index);
        Q_EMIT progressed();
    });
    connect(&m_watcher, &QFutureWatcherBase::finished, this, &ForkJob::ended);
}

Result<QString> ForkJob::result() const
{
    if (const Told &outcome = *m_result)
        return *outcome;
    return Failure(Error{ErrorKind::Cancelled, tr("%1 was cancelled.").arg(m_title), {}, {}}); // before it began
}

ForkJob::~ForkJob()
{
    m_watcher.cancel();
}

void ForkJob::start()
{
    m_watcher.setFuture(
        QtConcurrent::run([work = std::move(m_work), outcome = m_result](QPromise<CloneProgress> &promise) {
            QElapsedTimer told;
            QString step;
            *outcome = work([&](const CloneProgress &progress) {
                if (!told.isValid() || told.elapsed() >= progressEveryMs || progress.step != step) {
                    told.start();
                    step = progress.step;
                    promise.addResult(progress);
                }
                return !promise.isCanceled();
            });
        }));
}

void ForkJob::cancel()
{
    m_cancelling = true;
    m_watcher.cancel();
    Q_EMIT progressed();
}

QString ForkJob::text() const
{
    if (m_cancelling)
        return tr("Cancelling…");
    QString text = m_progress.step.isEmpty() ? m_title : QString(m_title % u' ' % m_progress.step);
    if (m_progress.totalObjects > 0)
        text += tr(": %1 of %2 objects, %3")
                    .arg(countText(m_progress.receivedObjects), countText(m_progress.totalObjects),
                         diskText(m_progress.receivedBytes));
    return text;
}

} // namespace kernelyard
