// SPDX-License-Identifier: GPL-3.0-or-later
// The status of 20 forks of a repository of xFormers' size with submodules, against git status on each in parallel in
// the same run; and rebuild advice for one. bench_forks takes a real checkout for the advice from
// KERNELYARD_BENCH_CHECKOUT; without one, advice is for the repository that it makes.
#include "core/fork/advice.h"
#include "core/fork/fork.h"
#include "core/process/run.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QtConcurrent>

#include <algorithm>
#include <cstdio>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int forkCount = 20;
constexpr int ownFiles = 1100; // as xFormers 0.0.33
constexpr int unitEvery = 8;   // some 140 translation units
constexpr double wantedSeconds = 1;
constexpr double wantedRatio = 1.2;
constexpr double wantedAdvice = 0.5;
const QList<std::pair<QString, int>> modules{
    {u"cutlass"_s, 4200}, {u"flash-attention"_s, 900}, {u"composable_kernel_tiled"_s, 3000}};

bool git(const QString &folder, const QStringList &arguments)
{
    const auto ended = run({u"git"_s,
                            QStringList{u"-C"_s, folder, u"-c"_s, u"user.name=Bench"_s, u"-c"_s,
                                        u"user.email=bench@localhost"_s, u"-c"_s, u"protocol.file.allow=always"_s} +
                                arguments,
                            {},
                            {}},
                           10min);
    if (ended && ended->exitCode == 0)
        return true;
    std::fprintf(stderr, "git %s: %s\n", qPrintable(arguments.join(u' ')),
                 ended ? ended->err.constData() : qPrintable(ended.error().message));
    return false;
}

void write(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (file.open(QIODevice::WriteOnly))
        file.write(bytes);
}

bool makeRepository(const QString &path, int files)
{
    QDir().mkpath(path);
    if (!git(path, {u"init"_s, u"-q"_s, u"-b"_s, u"main"_s}))
        return false;
    for (int i = 0; i < files; ++i) {
        const QString ending = i % unitEvery == 0 ? u"cu"_s : i % unitEvery < 4 ? u"h"_s : u"py"_s;
        write(path + u"/csrc/part%1/file%2.%3"_s.arg(i / 40).arg(i).arg(ending),
              "#include \"file" + QByteArray::number(i / unitEvery * unitEvery + 1) + ".h\"\n" + QByteArray(3000, '/'));
    }
    return git(path, {u"add"_s, u"-A"_s}) && git(path, {u"commit"_s, u"-qm"_s, u"Begin"_s});
}

bool makeForks(const QString &root)
{
    const QString outer = root + u"/outer"_s;
    if (!makeRepository(outer, ownFiles))
        return false;
    for (const auto &[name, files] : modules)
        if (!makeRepository(root + u'/' + name, files) ||
            !git(outer, {u"submodule"_s, u"--quiet"_s, u"add"_s, root + u'/' + name, u"third_party/"_s + name}))
            return false;
    if (!git(outer, {u"commit"_s, u"-qm"_s, u"Add submodules"_s}))
        return false;
    for (int i = 0; i < forkCount; ++i) {
        CloneRequest request;
        request.url = outer;
        request.path = root + u"/forks/fork%1"_s.arg(i);
        request.mirror = i > 0 ? root + u"/forks/fork0"_s : QString();
        request.cachedCheckout = request.mirror;
        if (const auto cloned = cloneFork(request, {}); !cloned) {
            std::fprintf(stderr, "%s\n", qPrintable(cloned.error().message));
            return false;
        }
        write(request.path + u"/csrc/part0/file1.h"_s, "// changed\n");
    }
    return true;
}

/// Seconds that the best of five runs takes, after one that fills the caches.
template <class Run>
double best(Run run)
{
    run();
    double fastest = 1e9;
    for (int i = 0; i < 5; ++i) {
        QElapsedTimer clock;
        clock.start();
        run();
        fastest = std::min(fastest, double(clock.nsecsElapsed()) / 1e9);
    }
    return fastest;
}

int benchStatus(const QString &forks)
{
    qsizetype seen = 0, submodules = 0;
    const double own = best([&] {
        seen = submodules = 0;
        for (const ForkStatus &fork : listForks(forks)) {
            seen += fork.changedFiles.size();
            submodules += fork.submodulesIn(SubmoduleState::AsPinned);
        }
    });
    QStringList paths;
    for (const QString &name : QDir(forks).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        paths << forks + u'/' + name;
    const double byGit = best([&] {
        QtConcurrent::blockingMap(paths, [](const QString &path) {
            const auto ended = run({u"git"_s, {u"-C"_s, path, u"status"_s, u"--porcelain"_s}, {}, {}}, 1min);
            if (!ended || ended->exitCode != 0)
                std::fprintf(stderr, "git status of %s failed\n", qPrintable(path));
        });
    });
    const bool isRight =
        seen == forkCount && submodules == static_cast<qsizetype>(forkCount) * static_cast<qsizetype>(modules.size());
    std::printf("status of %d forks with submodules: %.2f s (under %.0f s); git status on each in parallel: %.2f s, "
                "ratio %.2f (at most %.1f)%s\n",
                forkCount, own, wantedSeconds, byGit, own / byGit, wantedRatio, isRight ? "" : ": WRONG");
    return isRight && own < wantedSeconds && own / byGit <= wantedRatio ? 0 : 1;
}

int benchAdvice(const QString &path, const QString &cache)
{
    int units = 0;
    bool isRight = true;
    const auto ask = [&](const QString &kept) {
        const auto advice = adviseCheckout(path, u"HEAD"_s, RebuildRules::usual(), {}, kept);
        isRight = isRight && advice && advice->totalUnits > 0;
        units = advice ? advice->totalUnits : 0;
    };
    QElapsedTimer clock;
    clock.start();
    ask(cache); // the first time every source is read
    const double first = double(clock.nsecsElapsed()) / 1e9;
    const double again = best([&] { ask(cache); });
    std::printf("advice on %s, %d units: %.3f s, the first time %.3f s (under %.1f s)%s\n", qPrintable(path), units,
                again, first, wantedAdvice, isRight ? "" : ": WRONG");
    return isRight && again < wantedAdvice && first < wantedAdvice ? 0 : 1;
}

} // namespace

int main()
{
    QTemporaryDir folder;
    if (!makeForks(folder.path())) {
        std::fprintf(stderr, "no git, or no room for %d checkouts\n", forkCount);
        return 2;
    }
    const QString real = qEnvironmentVariable("KERNELYARD_BENCH_CHECKOUT");
    const int status = benchStatus(folder.filePath(u"forks"_s));
    const int advice =
        benchAdvice(real.isEmpty() ? folder.filePath(u"forks/fork0"_s) : real, folder.filePath(u"includes"_s));
    return status != 0 || advice != 0 ? 1 : 0;
}
