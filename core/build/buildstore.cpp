// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/storeworker.h"

#include <QThread>

namespace kernelyard {

struct BuildStore::Private
{
    QThread thread;
    StoreWorker *worker = nullptr; ///< deleted by its thread's end
    QList<BuildSummary> builds;
    QList<QueueEntry> queue;
};

BuildStore::BuildStore(const Paths &paths, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{
    d->worker = new StoreWorker(paths);
    d->worker->moveToThread(&d->thread);
    d->thread.setObjectName(u"builds"_qs);
    connect(&d->thread, &QThread::started, d->worker, &StoreWorker::start);
    connect(&d->thread, &QThread::finished, d->worker, &QObject::deleteLater);
    connect(d->worker, &StoreWorker::read, this,
            [this](const QList<BuildSummary> &builds, const QList<QueueEntry> &queue) {
                d->builds = builds;
                d->queue = queue;
                Q_EMIT buildsChanged();
            });
    d->thread.start();
}

BuildStore::~BuildStore()
{
    disconnect(d->worker, nullptr, this, nullptr);
    d->thread.quit();
    d->thread.wait();
}

const QList<BuildSummary> &BuildStore::builds() const
{
    return d->builds;
}

const QList<QueueEntry> &BuildStore::queue() const
{
    return d->queue;
}

void BuildStore::refresh()
{
    QMetaObject::invokeMethod(d->worker, &StoreWorker::refresh);
}

} // namespace kernelyard
