// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/enginesocket.h"

#include <QFile>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kernelyard {

QString socketPath(const QString &address)
{
    return address.startsWith(u"unix://") ? address.mid(7) : QString();
}

SocketAnswer askSocket(const QString &address)
{
    const QByteArray path = QFile::encodeName(socketPath(address));
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    if (path.isEmpty() || path.size() >= static_cast<qsizetype>(sizeof name.sun_path))
        return {path.isEmpty() ? ENOENT : ENAMETOOLONG, 0};
    std::memcpy(name.sun_path, path.constData(), static_cast<std::size_t>(path.size()));
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0)
        return {errno, 0};
    SocketAnswer answer;
    if (::connect(socket, reinterpret_cast<const sockaddr *>(&name), sizeof name) != 0)
        answer.error = errno == EAGAIN ? 0 : errno;
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (answer.error == 0 && ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        answer.peer = peer.pid;
    ::close(socket);
    return answer;
}

} // namespace kernelyard
