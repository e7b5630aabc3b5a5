// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/opening.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Fork", text);
}

QList<QStringList> candidates(const QString &folder, OpenIn where)
{
    switch (where) {
    case OpenIn::Editor:
        return {{u"code"_s, folder},
                {u"codium"_s, folder},
                {u"kate"_s, folder},
                {u"gnome-text-editor"_s, folder},
                {u"xdg-open"_s, folder}};
    case OpenIn::Terminal:
        return {{u"x-terminal-emulator"_s},
                {u"konsole"_s, u"--workdir"_s, folder},
                {u"gnome-terminal"_s, u"--working-directory"_s, folder},
                {u"xterm"_s}};
    case OpenIn::Files:
        return {{u"xdg-open"_s, folder}};
    }
    return {};
}

} // namespace

Result<Command> commandToOpen(const QString &path, OpenIn where)
{
    if (!QFileInfo(path).isDir())
        return Failure(Error{ErrorKind::NotFound, tr("There is no checkout in %1.").arg(path), {}, {}});
    for (const QStringList &words : candidates(path, where))
        if (const QString program = QStandardPaths::findExecutable(words.first()); !program.isEmpty())
            return Command{program, words.mid(1), path, {}};
    const QString what = where == OpenIn::Editor     ? tr("an editor")
                         : where == OpenIn::Terminal ? tr("a terminal")
                                                     : tr("a file manager");
    return Failure(Error{ErrorKind::Missing,
                         tr("No program was found that opens %1 in %2.").arg(path, what),
                         {},
                         tr("Install one, such as xdg-utils, then try again.")});
}

Result<Command> openFork(const QString &path, OpenIn where)
{
    Result<Command> command = commandToOpen(path, where);
    if (command && !QProcess::startDetached(command->program, command->arguments, command->workingDirectory))
        return Failure(Error{ErrorKind::Failed, tr("%1 could not be started.").arg(command->display()), {}, {}});
    return command;
}

} // namespace kernelyard
