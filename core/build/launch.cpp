// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/log.h"
#include "core/base/settings.h"
#include "core/base/wholefile.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlist.h"
#include "core/build/buildlock.h"
#include "core/build/builds.h"
#include "core/build/history.h"
#include "core/build/userscope.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int startLimitMs = 10'000;

static int lastNumber(const QString &builds)
{
    int last = 0;
    for (const QString &name : QDir(builds).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        last = std::max(last, BuildId::fromText(name).number());
    return last;
}

/// A folder of a number not used before; mkdir is atomic, so two launchers never get the same.
static Result<BuildId> makeFolder(const QString &builds)
{
    if (!QDir().mkpath(builds))
        return Failure(systemError(builds, errno));
    for (int number = lastNumber(builds) + 1;; ++number) {
        const QString path = builds + u'/' + BuildId(number).folderName();
        if (::mkdir(QFile::encodeName(path).constData(), 0755) == 0)
            return BuildId(number);
        if (errno != EEXIST)
            return Failure(systemError(path, errno));
    }
}

/// The highest peak of the last builds that did the same and ended well; 0 where none is known.
static qint64 expectedMemory(const Paths &paths, const Plan &plan)
{
    constexpr int looked = 50;
    constexpr int wanted = 3;
    qint64 most = 0;
    int found = 0;
    for (const BuildSummary &build : History(paths).newest(looked)) {
        if (build.status != BuildStatus::Done || build.environment != plan.environment ||
            build.purpose != plan.purpose || build.engine != plan.engine.display())
            continue;
        most = std::max(most, build.peakMemoryBytes);
        if (++found == wanted)
            break;
    }
    return most;
}

static Result<void> writePlan(const BuildFolder &folder, Plan plan)
{
    if (!plan.created.isValid()) // planning is pure and knows no time
        plan.created = QDateTime::currentDateTimeUtc();
    QSaveFile file(folder.plan());
    if (writeWhole(file, plan.toJson()))
        return {};
    Error error = systemError(folder.plan(), errno);
    error.detail = file.errorString();
    return Failure(error);
}

static Plan withMemory(const Paths &paths, Plan plan)
{
    if (plan.memoryBytes <= 0)
        plan.memoryBytes = expectedMemory(paths, plan);
    return plan;
}

/// In a child of two forks, whose parent is process 1 or the nearest subreaper: nothing but async-signal-safe calls.
[[noreturn]] static void becomeRunner(char *const *argv, int lock, int answer)
{
    ::setsid();
    if (::fork() != 0)
        ::_exit(0);
    for (int signal = 1; signal < NSIG; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Above what is dup2ed to, so that nothing is overwritten before it is used.
    const int null = ::fcntl(::open("/dev/null", O_RDONLY), F_DUPFD, 10);
    const int highLock = ::fcntl(lock, F_DUPFD, 10);
    const int highAnswer = ::fcntl(answer, F_DUPFD, 10);
    ::dup2(null, STDIN_FILENO);
    ::dup2(highAnswer, STDOUT_FILENO);
    ::dup2(highAnswer, STDERR_FILENO);
    ::dup2(highLock, 3);
    ::close_range(4, ~0U, 0);
    if (::chdir("/") == 0)
        ::execv(argv[0], argv);
    static constexpr char words[] = "exec failed\n";
    ::_exit(::write(STDERR_FILENO, words, sizeof words - 1) > 0 ? 127 : 126);
}

/// What the runner says, up to its first whole line that begins with "ready" or "{", or all that came before it ended.
static QByteArray readAnswer(int from)
{
    QByteArray answer;
    QElapsedTimer timer;
    timer.start();
    std::array<char, 4096> part;
    for (;;) {
        const auto left = startLimitMs - timer.elapsed();
        pollfd waiting{from, POLLIN, 0};
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0)
            return answer;
        const ssize_t count = ::read(from, part.data(), part.size());
        if (count == 0 || (count < 0 && errno != EINTR))
            return answer;
        answer.append(part.data(), std::max<ssize_t>(count, 0));
        const qsizetype begin = answer.startsWith("ready ") || answer.startsWith('{')
                                    ? 0
                                    : std::max(answer.indexOf("\nready "), answer.indexOf("\n{")) + 1;
        if ((begin > 0 || answer.startsWith("ready ") || answer.startsWith('{')) && answer.indexOf('\n', begin) > begin)
            return answer.mid(begin, answer.indexOf('\n', begin) - begin);
    }
}

static Error runnerError(const QString &ctl, const QByteArray &answer)
{
    const QJsonObject object = QJsonDocument::fromJson(answer).object();
    if (!object.isEmpty())
        return {static_cast<ErrorKind>(object.value(u"kind"_s).toInt()), object.value(u"message"_s).toString(),
                object.value(u"detail"_s).toString(), object.value(u"remedy"_s).toString()};
    return {ErrorKind::Failed,
            QCoreApplication::translate("Build", "The runner of the build did not start: %1.").arg(ctl),
            QString::fromLocal8Bit(answer).trimmed(),
            QCoreApplication::translate("Build", "See the log of the program; then try again.")};
}

static Result<void> startRunner(const Command &runner, const QString &ctl, const BuildLock &lock)
{
    std::array<int, 2> answer;
    if (::pipe2(answer.data(), O_CLOEXEC) != 0)
        return Failure(systemError(ctl, errno));
    QList<QByteArray> words{QFile::encodeName(runner.program)};
    for (const QString &argument : runner.arguments)
        words << QFile::encodeName(argument);
    std::vector<char *> argv;
    for (QByteArray &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0)
        becomeRunner(argv.data(), lock.descriptor(), answer[1]);
    const int forkError = errno;
    ::close(answer[1]);
    if (child > 0)
        ::waitpid(child, nullptr, 0);
    const QByteArray said = child > 0 ? readAnswer(answer[0]) : QByteArray();
    ::close(answer[0]);
    if (child < 0)
        return Failure(systemError(ctl, forkError));
    if (said.startsWith("ready "))
        return {};
    return Failure(runnerError(ctl, said));
}

/// In a scope of the user's own where there is one; without it where that does not work.
static Result<void> startRunner(const BuildFolder &folder, const QString &ctl, const BuildLock &lock, bool inScope)
{
    const Command runner{ctl, {u"run-build"_s, folder.path}, {}, {}};
    const auto scope = inScope ? UserScope::find() : std::nullopt;
    if (scope) {
        const BuildId id = BuildId::fromText(folder.path.section(u'/', -1));
        if (startRunner(scope->around(runner, id), ctl, lock) || QFile::exists(folder.journal()))
            return {};
        log(LogDomain::Build).warn("{}: no scope of the user's systemd", id.display().toStdString());
    }
    return startRunner(runner, ctl, lock);
}

Result<BuildId> launchBuild(const Paths &paths, const Plan &plan, const QString &ctl)
{
    auto id = makeFolder(QDir(paths.builds()).absolutePath());
    if (!id)
        return id;
    const BuildFolder folder{QDir(paths.builds()).absolutePath() + u'/' + id->folderName()};
    // The lock is handed over to the runner: from its first moment on the folder is that of a living build.
    const auto lock = BuildLock::take(folder.lock());
    Result<void> started;
    if (!lock)
        started = Failure(lock.error());
    else if (started = writePlan(folder, withMemory(paths, plan)); started)
        started = startRunner(folder, ctl, *lock, Settings::read(paths.settingsFile()).userScope);
    if (started) {
        log(LogDomain::Build).info("launched {}", id->display().toStdString());
        return id;
    }
    if (!QFile::exists(folder.journal()))
        QDir(folder.path).removeRecursively();
    return Failure(started.error());
}

} // namespace kernelyard
