// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/remotes.h"

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

using GitRefspec = GitHandle<git_refspec, git_refspec_free>;

GitConfig configOf(git_repository *repository)
{
    GitConfig config;
    git_repository_config_snapshot(config.out(), repository);
    return config;
}

QString valueOf(const GitConfig &config, const QString &key)
{
    const char *value = nullptr;
    if (!config || git_config_get_string(&value, config.get(), key.toUtf8().constData()) < 0)
        return {};
    return QString::fromUtf8(value);
}

struct Search
{
    QByteArray source;
    QString target;
};

/// Called for each fetch rule; ends at the first that takes the source.
int leadThrough(const git_config_entry *rule, void *payload)
{
    Search &search = *static_cast<Search *>(payload);
    GitRefspec refspec;
    git_buf target{};
    if (git_refspec_parse(refspec.out(), rule->value, 1) < 0 ||
        !git_refspec_src_matches(refspec.get(), search.source.constData()) ||
        git_refspec_transform(&target, refspec.get(), search.source.constData()) < 0)
        return 0;
    search.target = QString::fromUtf8(target.ptr);
    git_buf_dispose(&target);
    return 1;
}

} // namespace

QString remoteAddress(git_repository *repository, const QString &name)
{
    return valueOf(configOf(repository), u"remote.%1.url"_s.arg(name));
}

QString followedBranch(git_repository *repository, const QString &branch)
{
    const GitConfig config = configOf(repository);
    const QString remote = valueOf(config, u"branch.%1.remote"_s.arg(branch));
    const QString merge = valueOf(config, u"branch.%1.merge"_s.arg(branch));
    if (remote.isEmpty() || merge.isEmpty() || remote == u".")
        return remote.isEmpty() ? QString() : merge;
    Search search{merge.toUtf8(), {}};
    git_config_get_multivar_foreach(config.get(), u"remote.%1.fetch"_s.arg(remote).toUtf8().constData(), nullptr,
                                    leadThrough, &search);
    return search.target;
}

} // namespace kernelyard
