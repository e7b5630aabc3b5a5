// SPDX-License-Identifier: GPL-3.0-or-later
// What a runner starts beside itself: keeps the machine awake until it is ended.
#include "app/ctl/session.h"

#include <QCoreApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusReply>
#include <QDBusUnixFileDescriptor>

#include <csignal>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

constexpr int callLimitMs = 5000;

/// systemd-logind and elogind (org.freedesktop.login1(5)): the lock lasts as long as the descriptor is open. Idle sleep
/// alone where the user may not forbid the other.
QDBusUnixFileDescriptor lockByLogin(const QString &why)
{
    for (const QString &what : {u"sleep:idle"_s, u"idle"_s}) {
        QDBusMessage call = QDBusMessage::createMethodCall(u"org.freedesktop.login1"_s, u"/org/freedesktop/login1"_s,
                                                           u"org.freedesktop.login1.Manager"_s, u"Inhibit"_s);
        call << what << u"Kernelyard"_s << why << u"block"_s;
        const QDBusReply<QDBusUnixFileDescriptor> reply =
            QDBusConnection::systemBus().call(call, QDBus::Block, callLimitMs);
        if (reply.isValid() && reply.value().isValid())
            return reply.value();
    }
    return {};
}

/// What desktops without logind offer; the lock lasts as long as this process stays on the bus.
bool lockByPowerManagement(const QString &why)
{
    QDBusMessage call = QDBusMessage::createMethodCall(u"org.freedesktop.PowerManagement"_s,
                                                       u"/org/freedesktop/PowerManagement/Inhibit"_s,
                                                       u"org.freedesktop.PowerManagement.Inhibit"_s, u"Inhibit"_s);
    call << u"Kernelyard"_s << why;
    const QDBusReply<uint> reply = QDBusConnection::sessionBus().call(call, QDBus::Block, callLimitMs);
    return reply.isValid();
}

int stayAwake(Session &session, const QString &build)
{
    // This process holds nothing but the lock: to die is to release it.
    ::signal(SIGTERM, SIG_DFL);
    const QString why = u"Build %1 is running"_s.arg(build);
    const QDBusUnixFileDescriptor lock = lockByLogin(why);
    if (!lock.isValid() && !lockByPowerManagement(why))
        return session.fail({ErrorKind::Unsupported, u"Nothing on this machine can be asked to stay awake."_s, {}, {}});
    return QCoreApplication::exec();
}

} // namespace

void addAwake(CommandLine &line)
{
    const auto build = std::make_shared<std::string>();
    CLI::App *command = line.command("stay-awake", "Keep the machine from sleeping until this process ends",
                                     "Examples:\n"
                                     "  kernelyardctl stay-awake '#0412'");
    command->group(""); // a runner's, not a user's
    addText(command, "BUILD", *build, "What for")->required();
    command->callback(
        [&line, build] { line.action = [&line, build] { return stayAwake(line.session, text(*build)); }; });
}

} // namespace kernelyard::ctl
