// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QElapsedTimer>
#include <QEvent>
#include <QThread>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace kernelyard {

/// An application that measures how long the window's thread is held by one event at a time, what the event sets off
/// included: by the clock, and by the processor time of the thread, which other programs on the machine don't lengthen.
class BusyApplication : public QApplication
{
public:
    using QApplication::QApplication;

    bool notify(QObject *receiver, QEvent *event) override
    {
        // Workers' events come through here too, in their threads; an event within another is part of it.
        if (QThread::currentThread() != thread() || m_isBusy)
            return QApplication::notify(receiver, event);
        m_isBusy = true;
        const int type = event->type();
        const char *const name = receiver->metaObject()->className();
        QElapsedTimer clock;
        clock.start();
        const double start = processorMs();
        const bool isTaken = QApplication::notify(receiver, event);
        const double used = processorMs() - start;
        if (used > m_longestMs) {
            m_longestMs = used;
            m_longestType = type;
            m_longestReceiver = name;
        }
        m_longestClockMs = std::max(m_longestClockMs, double(clock.nsecsElapsed()) / 1e6);
        m_isBusy = false;
        return isTaken;
    }

    void forget() { m_longestMs = m_longestClockMs = 0; }
    /// Whether no event took more than \a limitMs of the thread's time.
    bool tellLongest(double limitMs) const
    {
        std::printf("the window's thread, longest at a time: %.1f ms of processor time (at most %g), in event %d of a "
                    "%s; %.1f ms by the clock of this machine\n",
                    m_longestMs, limitMs, m_longestType, m_longestReceiver, m_longestClockMs);
        return m_longestMs <= limitMs;
    }

private:
    static double processorMs()
    {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
    }

    bool m_isBusy = false;
    double m_longestMs = 0;
    double m_longestClockMs = 0;
    int m_longestType = 0;
    const char *m_longestReceiver = "";
};

} // namespace kernelyard
