// SPDX-License-Identifier: GPL-3.0-or-later
// The history of many builds: opening and filtering it from its database, against reading every journal, in the same
// run. Prints; asserts nothing. Usage: bench_history [BUILDS] [ROUNDS]
#include "core/build/buildfilter.h"
#include "core/build/buildlist.h"
#include "core/build/steptrend.h"
#include "tests/core/build/manybuilds.h"

#include <QCoreApplication>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using Clock = std::chrono::steady_clock;

namespace {

template <class Work>
double secondsOf(const Work &work)
{
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class Work>
double median(int rounds, const Work &work)
{
    std::vector<double> values;
    values.reserve(std::size_t(rounds));
    for (int round = 0; round < rounds; ++round)
        values.push_back(secondsOf(work));
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const int count = argc > 1 ? std::max(1, QByteArray(argv[1]).toInt()) : 10'000;
    const int rounds = argc > 2 ? std::max(1, QByteArray(argv[2]).toInt()) : 7;
    const QTemporaryDir home;
    Paths paths;
    paths.state = home.path();
    if (!test::writeManyBuilds(paths, count))
        return 1;
    QList<BuildSummary> builds;
    const double journals = secondsOf([&] {
        for (const BuildId id : buildIds(paths))
            if (const auto build = readPastBuild(paths, id))
                builds << build->summary;
    });
    const double making = secondsOf([&] { (void)listBuilds(paths); });
    QList<BuildSummary> listed;
    const double open = median(rounds, [&] { listed = listBuilds(paths).value_or(QList<BuildSummary>()); });
    for (qsizetype i = 0; i < std::min(listed.size(), builds.size()); ++i)
        builds[i].cause = listed[i].cause; // which no journal alone says
    if (listed != builds || listed.size() != count)
        qFatal("the history does not say what the journals say");
    std::printf(
        "history of %d builds: open %.3f s; reading every journal %.3f s, %.0f times as long; making it %.3f s\n",
        count, open, journals, journals / open, making);
    const std::vector<std::pair<const char *, BuildFilter>> filters{
        {"one letter", {u"e"_s, {}, {}, {}, {}}},
        {"a step's word", {u"max_jobs=5"_s, {}, {}, {}, {}}},
        {"nothing matches", {u"no such word"_s, {}, {}, {}, {}}},
        {"failed in one environment", {{}, {BuildStatus::Failed}, u"xformers"_s, {}, {}}},
        {"three words, since a year", {u"starter setup podman"_s, {}, {}, QDate::currentDate().addYears(-1), {}}}};
    for (const auto &[name, filter] : filters) {
        QList<BuildSummary> found;
        const double seconds = median(rounds, [&, wanted = filter] { found = filtered(listed, wanted); });
        std::printf("  filter, %s: %.4f s, %d builds\n", name, seconds, int(found.size()));
    }
    const double both =
        median(rounds, [&] { (void)filtered(listBuilds(paths).value_or(QList<BuildSummary>()), filters[0].second); });
    std::printf("  open and filter: %.3f s\n", both);
    const double trends = median(rounds, [&] { (void)readTrends(paths, {}, u"starter"_s); });
    std::printf("  trends of one environment's steps: %.3f s\n", trends);
    return 0;
}
