// SPDX-License-Identifier: GPL-3.0-or-later
// The window program. Only composes.
#include "app/desktop.h"
#include "app/singleinstance.h"
#include "core/base/log.h"
#include "core/base/whendone.h"
#include "core/build/buildlink.h"
#include "ui/log/logwindow.h"
#include "ui/widgets/icon.h"

#include <QApplication>
#include <QFile>
#include <QFuture>
#include <QRegularExpression>
#include <QThread>
#include <QThreadPool>
#include <QtConcurrent>

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace Qt::StringLiterals;

/// FILE, or FILE:LINE where that is not the name of a file.
static int showLogFile(const QString &name)
{
    using namespace kernelyard;
    static const QRegularExpression pattern(u"^(.+):(\\d{1,15})$"_s);
    const QRegularExpressionMatch match = pattern.match(name);
    const bool hasLine = match.hasMatch() && !QFile::exists(name);
    QApplication::setWindowIcon(QIcon(u":/icons/kernelyard.svg"_s));
    LogWindow window(hasLine ? match.captured(1) : name);
    if (hasLine)
        window.showLine(match.captured(2).toLongLong() - 1);
    window.show();
    return QApplication::exec();
}

int main(int argc, char **argv)
{
    using namespace kernelyard;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--version") == 0) {
            std::puts("kernelyard " KERNELYARD_VERSION);
            return 0;
        }
        if (std::strcmp(argv[i], "--help") == 0 || std::strcmp(argv[i], "-h") == 0) {
            std::puts(
                "usage: kernelyard [--help | --version] [ADDRESS]\n"
                "       kernelyard log FILE[:LINE]\n"
                "Opens the window, or raises the one that is open. ADDRESS names a build to show in it\n"
                "(kernelyard://build/412) or a line of its log (kernelyard://build/412#L123). The second form shows a\n"
                "log file of any size in a window of its own. The commands are in kernelyardctl (kernelyardctl "
                "--help).");
            return 0;
        }
    }
    const bool isLog = argc == 3 && std::strcmp(argv[1], "log") == 0;
    const bool isLink = argc == 2 && BuildLink::fromString(QString::fromLocal8Bit(argv[1]));
    if (argc > 1 && argv[1][0] != '-' && !isLog && !isLink) {
        std::fputs("kernelyard: expected nothing, the address of a build or “log FILE” (see: kernelyard --help)\n",
                   stderr);
        return 2;
    }
    QApplication application(argc, argv);
    // Most of what runs there waits for a program or the disk: a cancel must not wait behind it.
    QThreadPool::globalInstance()->setMaxThreadCount(std::max(QThread::idealThreadCount(), 16));
    QApplication::setApplicationName(u"kernelyard"_s);
    QApplication::setApplicationDisplayName(u"Kernelyard"_s);
    QApplication::setApplicationVersion(QStringLiteral(KERNELYARD_VERSION));
    QApplication::setDesktopFileName(u"kernelyard"_s);

    const Paths standard = Paths::fromEnvironment();
    const Settings settings = Settings::read(standard.settingsFile());
    dressApplication(settings);
    if (isLog)
        return showLogFile(QFile::decodeName(argv[2]));
    const QString address = application.arguments().value(1);
    SingleInstance instance(standard.state);
    if (instance.handOver(address))
        return 0;
    instance.listen();
    Desktop desktop(standard, settings, DesktopSources::real(settings.applied(standard)));
    // A folder that can't be written is worth a word, not a window that does not come.
    QObject::connect(&desktop.window(), &MainWindow::firstPainted, &desktop, [&desktop, standard] {
        whenDone(QtConcurrent::run([standard] { return startLogging(standard.logs(), u"kernelyard.log"_s, false); }),
                 &desktop, [&desktop](const Result<void> &started) {
                     if (!started)
                         desktop.window().showNotice(started.error());
                 });
    });
    // Behind the first picture: reading a drawing loads a plugin.
    QObject::connect(&desktop.window(), &MainWindow::firstPainted, &desktop,
                     [] { QApplication::setWindowIcon(QIcon(u":/icons/kernelyard.svg"_s)); });
    QObject::connect(&instance, &SingleInstance::asked, &desktop, &Desktop::raise);
    if (!address.isEmpty())
        QObject::connect(&desktop.window(), &MainWindow::firstPainted, &desktop, [&] { desktop.raise(address); });
    // The program stays for a moment after its window, to say that builds go on.
    QApplication::setQuitOnLastWindowClosed(false);
    QObject::connect(&desktop.window(), &MainWindow::closed, &desktop, &Desktop::sayThatBuildsGoOn);
    QObject::connect(&desktop, &Desktop::farewellSaid, &application, &QCoreApplication::quit, Qt::QueuedConnection);
    desktop.window().show();
    return QApplication::exec();
}
