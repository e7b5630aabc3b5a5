// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forksources.h"

using namespace Qt::StringLiterals;

namespace kernelyard {

ForkSources ForkSources::real(const Paths &paths)
{
    ForkSources sources;
    sources.list = [paths](const QList<Environment> &environments) {
        ForkList list;
        list.forks = listForks(paths.forks());
        list.unfinished = unfinishedClones(paths.forks());
        list.histories = readForkHistories(list.forks, environments, paths);
        return list;
    };
    sources.advise = [paths](const ForkStatus &fork, const std::optional<Environment> &environment,
                             const std::optional<Engine> &engine) -> Result<ForkAdvice> {
        if (environment)
            return adviseFork(*environment, engine, paths, {}, {});
        Result<RebuildAdvice> advice =
            adviseCheckout(fork.path, u"HEAD"_s, RebuildRules::usual(), {}, paths.cache + u"/includes"_s);
        if (!advice)
            return Failure(advice.error());
        ForkAdvice result;
        result.advice = std::move(*advice);
        return result;
    };
    sources.open = openFork;
    return sources;
}

} // namespace kernelyard
