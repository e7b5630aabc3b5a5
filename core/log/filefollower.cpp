// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/filefollower.h"

#include "core/log/fileworker.h"

#include <QThread>

namespace kernelyard {

struct FileFollower::Private
{
    QThread thread;
    FileWorker *worker = nullptr; ///< deleted by its thread's end
};

FileFollower::FileFollower(const QString &path, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{
    d->worker = new FileWorker(path);
    d->worker->moveToThread(&d->thread);
    d->thread.setObjectName(QStringLiteral("follow file"));
    connect(&d->thread, &QThread::started, d->worker, &FileWorker::start);
    connect(&d->thread, &QThread::finished, d->worker, &QObject::deleteLater);
    connect(d->worker, &FileWorker::updated, this, [this](const FileNews &news) {
        Q_EMIT updated(news);
        // The worker waits for this, so that a slow reader finds one large update and not many in its way.
        QMetaObject::invokeMethod(d->worker, &FileWorker::goOn);
    });
    connect(d->worker, &FileWorker::failed, this, &FileFollower::failed);
    d->thread.start();
}

FileFollower::~FileFollower()
{
    disconnect(d->worker, nullptr, this, nullptr);
    d->thread.quit();
    d->thread.wait(); // one slice of reading at most
}

} // namespace kernelyard
