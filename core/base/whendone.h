// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFutureWatcher>

#include <concepts>
#include <utility>

namespace kernelyard {

/// Calls \a then with the result of \a future on the thread of \a context, which is the caller's; nothing is called
/// once \a context is gone or when the future was cancelled.
///
/// Not QFuture::then(context, …): Qt 6.4 reads the context on the worker's thread and asserts that it still lives, so a
/// window that is closed while something is being asked would end in an abort.
template <class T, std::invocable<const T &> Then>
void whenDone(const QFuture<T> &future, QObject *context, Then then)
{
    auto *watcher = new QFutureWatcher<T>(context);
    QObject::connect(watcher, &QFutureWatcher<T>::finished, context, [watcher, then = std::move(then)]() mutable {
        const QFuture<T> done = watcher->future();
        watcher->deleteLater();
        if (done.resultCount() > 0)
            then(done.result());
    });
    watcher->setFuture(future);
}

} // namespace kernelyard
