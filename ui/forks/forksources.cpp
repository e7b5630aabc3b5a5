// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forksources.h"

using namespace Qt::StringLiterals;

namespace kernelyard {

ForkSources ForkSources::real(const Paths &paths)
{
    ForkSources sources;
    sources.list = [paths](const QList<Environment> &environments) {
        ForkList read;
        read.forks = listForks(paths.forks());
        read.unfinished = unfinishedClones(paths.forks());
        read.histories = readForkHistories(read.forks, environments, paths);
        return read;
    };
    sources.advise = [paths](const ForkStatus &fork, const std::optional<Environment> &environment,
                             const std::optional<Engine> &engine) -> Result<ForkAdvice> {
        if (environment)
            return adviseFork(*environment, engine, paths, {});
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
