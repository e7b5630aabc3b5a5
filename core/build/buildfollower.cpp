// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildfollower.h"

#include "core/build/followworker.h"

#include <QThread>

namespace kernelyard {

struct BuildFollower::Private
{
    BuildId id;
    QThread thread;
    FollowWorker *worker = nullptr; ///< deleted by its thread's end
};

BuildFollower::BuildFollower(const Paths &paths, BuildId id, Lines lines, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{
    d->id = id;
    d->worker = new FollowWorker(paths, id, lines);
    d->worker->moveToThread(&d->thread);
    d->thread.setObjectName(u"follow "_qs + id.folderName());
    connect(&d->thread, &QThread::started, d->worker, &FollowWorker::start);
    connect(&d->thread, &QThread::finished, d->worker, &QObject::deleteLater);
    connect(d->worker, &FollowWorker::planRead, this, &BuildFollower::planRead);
    connect(d->worker, &FollowWorker::logOpened, this, &BuildFollower::logOpened);
    connect(d->worker, &FollowWorker::updated, this, [this](const BuildUpdate &update) {
        Q_EMIT updated(update);
        // The worker waits for this, so that a slow reader finds one large update and not many in its way.
        QMetaObject::invokeMethod(d->worker, &FollowWorker::goOn);
    });
    connect(d->worker, &FollowWorker::ended, this, &BuildFollower::ended);
    connect(d->worker, &FollowWorker::failed, this, &BuildFollower::failed);
    d->thread.start();
}

BuildFollower::~BuildFollower()
{
    disconnect(d->worker, nullptr, this, nullptr);
    d->thread.quit();
    d->thread.wait(); // one slice of reading or compressing at most
}

BuildId BuildFollower::id() const
{
    return d->id;
}

} // namespace kernelyard
