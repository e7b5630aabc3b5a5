// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/interrupts.h"

#include <QSocketNotifier>

#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>

namespace kernelyard::ctl {

// Written by the signal handler: only what is async-signal-safe.
static volatile std::sig_atomic_t s_came = 0;
static volatile std::sig_atomic_t s_descriptor = -1;

static void onSignal(int)
{
    s_came = 1;
    const quint64 one = 1;
    if (s_descriptor >= 0) {
        [[maybe_unused]] const auto written = write(s_descriptor, &one, sizeof one);
    }
}

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
}

Interrupts::Interrupts(QObject *parent)
    : QObject(parent)
    , m_descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    s_came = 0;
    s_descriptor = m_descriptor;
    const auto *notifier = new QSocketNotifier(m_descriptor, QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, &Interrupts::read);
    handle(SIGINT, onSignal);
    handle(SIGTERM, onSignal);
}

Interrupts::~Interrupts()
{
    handle(SIGINT, SIG_DFL);
    handle(SIGTERM, SIG_DFL);
    s_descriptor = -1;
    close(m_descriptor);
}

bool Interrupts::came()
{
    return s_came != 0;
}

void Interrupts::read()
{
    quint64 count = 0;
    if (::read(m_descriptor, &count, sizeof count) == sizeof count)
        Q_EMIT interrupted();
}

} // namespace kernelyard::ctl
