// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/userscope.h"

#include <QFileInfo>
#include <QStandardPaths>

#include <pwd.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace kernelyard {

std::optional<UserScope> UserScope::find()
{
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    if (runtime.isEmpty() || !QFileInfo::exists(runtime + u"/systemd/private"))
        return {};
    const QString program = QStandardPaths::findExecutable(u"systemd-run"_s);
    if (program.isEmpty())
        return {};
    const passwd *const user = ::getpwuid(::getuid());
    const QString name = user ? QString::fromLocal8Bit(user->pw_name) : QString();
    return UserScope{program, !name.isEmpty() && QFileInfo::exists(u"/var/lib/systemd/linger/"_s + name)};
}

Command UserScope::around(const Command &command, BuildId id) const
{
    // Numbers are the state folder's own: the pid keeps two folders apart.
    const QString unit = u"kernelyard-%1-%2"_s.arg(id.folderName()).arg(::getpid());
    return {program,
            QStringList{u"--user"_s, u"--scope"_s, u"--quiet"_s, u"--collect"_s, u"--unit="_s + unit,
                        u"--description=Kernelyard build "_s + id.display(), u"--"_s, command.program} +
                command.arguments,
            command.workingDirectory, command.environment};
}

} // namespace kernelyard
