// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/storeworker.h"

#include <QThread>

namespace kernelyard {

struct BuildStore::Private
{
    QThread thread;
    StoreWorker *worker = nullptr; ///< deleted by its thread's end, once that runs
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
}

BuildStore::~BuildStore()
{
    disconnect(d->worker, nullptr, this, nullptr);
    if (!d->thread.isRunning()) {
        delete d->worker;
        return;
    }
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
    if (d->thread.isRunning())
        QMetaObject::invokeMethod(d->worker, &StoreWorker::refresh);
    else
        d->thread.start(); // reads first of all
}

} // namespace kernelyard
