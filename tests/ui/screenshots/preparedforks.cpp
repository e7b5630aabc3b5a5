// SPDX-License-Identifier: GPL-3.0-or-later
// PreparedState's forks: real repositories, cloned by our own code from servers that are folders.
#include "core/fork/actions.h"
#include "core/fork/since.h"
#include "tests/core/fork/forkfixture.h"
#include "tests/ui/screenshots/preparedstate.h"

#include <QDir>

using namespace Qt::StringLiterals;

namespace kernelyard::test {
namespace {

void commit(const QString &folder, const QString &message)
{
    git(folder, {u"add"_s, u"-A"_s});
    git(folder, {u"commit"_s, u"-qm"_s, message});
}

QString makeServer(const QString &folder)
{
    QDir().mkpath(folder);
    git(folder, {u"init"_s, u"-q"_s, u"-b"_s, u"main"_s});
    return folder;
}

/// Some sources like those of an attention package.
void writeSources(const QString &folder)
{
    for (const QString &name : {u"forward"_s, u"backward"_s, u"split_k"_s, u"decode"_s, u"paged"_s})
        write(folder + u"/xformers/csrc/attention/cuda/fmha/attention_%1.cu"_s.arg(name),
              "#include \"kernel_forward.h\"\n// " + name.toUtf8() + '\n');
    write(folder + u"/xformers/csrc/attention/attention.cpp"_s, "// dispatch\n");
    write(folder + u"/xformers/csrc/attention/cuda/fmha/kernel_forward.h"_s, "#pragma once\n");
    write(folder + u"/xformers/ops/fmha/dispatch.py"_s, "WIDTH = 1\n");
    write(folder + u"/docs/source/components/attentions.rst"_s, "Attention\n=========\n");
    write(folder + u"/setup.py"_s, "# setup\n");
}

} // namespace

void PreparedState::addForks()
{
    const QString servers = m_folder.filePath(u"servers"_s);
    QStringList modules;
    for (const QString &name : {u"cutlass"_s, u"flash-attention"_s, u"composable_kernel_tiled"_s}) {
        modules << makeServer(servers + u'/' + name);
        test::write(modules.last() + u"/include/"_s + name + u".h"_s, "#pragma once\n");
        commit(modules.last(), u"Begin"_s);
    }
    const QString upstream = makeServer(servers + u"/xformers"_s);
    writeSources(upstream);
    for (const QString &module : modules)
        git(upstream, {u"submodule"_s, u"--quiet"_s, u"add"_s, module, u"third_party/"_s + module.section(u'/', -1)});
    for (const QString &module : modules) { // relative: the address that is published later has them too
        const QString name = module.section(u'/', -1);
        git(upstream,
            {u"config"_s, u"-f"_s, u".gitmodules"_s, u"submodule.third_party/%1.url"_s.arg(name), u"../"_s + name});
    }
    commit(upstream, u"Begin"_s);
    git({}, {u"clone"_s, u"-q"_s, upstream, servers + u"/mine"_s});
    const auto publish = [](const QString &path, const QString &address, const QString &upstreamAddress) {
        git(path, {u"remote"_s, u"set-url"_s, u"origin"_s, address});
        if (!upstreamAddress.isEmpty())
            git(path, {u"remote"_s, u"set-url"_s, u"upstream"_s, upstreamAddress});
    };
    const QString forks = m_paths.forks() + u'/';
    for (const QString &name : {u"xformers"_s, u"xformers-main"_s}) {
        CloneRequest request;
        request.url = servers + u"/mine"_s;
        request.path = forks + name;
        request.upstreamUrl = upstream;
        if (!cloneFork(request, {}))
            qFatal("the prepared fork could not be cloned");
    }
    const QString first = forks + u"xformers"_s;
    git(first, {u"checkout"_s, u"-q"_s, u"-b"_s, u"sm90-split-k"_s});
    m_heldCommit = git(first, {u"rev-parse"_s, u"HEAD"_s});
    test::write(first + u"/xformers/csrc/attention/cuda/fmha/attention_split_k.cu"_s,
                "#include \"kernel_forward.h\"\n// faster\n");
    commit(first, u"Split K"_s);
    test::write(first + u"/xformers/csrc/attention/cuda/fmha/kernel_forward.h"_s, "#pragma once\n// sm90\n");
    test::write(first + u"/xformers/ops/fmha/dispatch.py"_s, "WIDTH = 2\n");
    test::write(first + u"/tests/test_split_k_sm90.py"_s, "def test(): pass\n");
    test::write(first + u"/docs/source/components/attentions.rst"_s, "Attention\n=========\nSplit K.\n");
    QDir(first + u"/third_party/cutlass"_s).removeRecursively();
    QDir().mkpath(first + u"/third_party/cutlass"_s);
    for (int i = 0; i < 5; ++i) {
        test::write(upstream + u"/CHANGELOG.md"_s, QByteArray::number(i));
        commit(upstream, u"Go on"_s);
    }
    git(forks + u"xformers-main"_s, {u"fetch"_s, u"-q"_s, u"upstream"_s});
    git(first, {u"fetch"_s, u"-q"_s, u"upstream"_s});
    for (const QString &name : {u"xformers"_s, u"xformers-main"_s})
        publish(forks + name, u"https://github.com/your-name/xformers.git"_s,
                u"https://github.com/facebookresearch/xformers.git"_s);
    if (!cloneFork(modules.at(1), forks + u"flash-attention"_s, {}))
        qFatal("the prepared fork could not be cloned");
    publish(forks + u"flash-attention"_s, u"git@github.com:your-name/flash-attention.git"_s, {});
    ForkRequest starter{
        u"attention"_s, {}, m_paths.shipped + u"/resources/attention"_s, m_paths.seeds(), m_paths.forks()};
    if (!ensureFork(starter, {}))
        qFatal("the prepared fork could not be made");
    git({}, {u"clone"_s, u"-q"_s, u"--no-checkout"_s, modules.at(2), forks + u".SageAttention.clone"_s});
    git(forks + u".SageAttention.clone"_s,
        {u"remote"_s, u"set-url"_s, u"origin"_s, u"https://github.com/your-name/SageAttention.git"_s});
}

Result<ForkAdvice> PreparedState::advise(const ForkStatus &fork, const std::optional<Environment> &environment) const
{
    const bool isFirst = fork.name == u"xformers"_s;
    ForkAdvice advice;
    AdviceFacts facts;
    facts.fullSeconds = isFirst ? 1860 : 74;
    facts.fullFrom = 14;
    RebuildRules rules = environment ? environment->rebuild.value_or(RebuildRules::usual()) : RebuildRules::usual();
    rules.product.clear();
    advice.layer = environment ? u"builder"_s : QString();
    advice.held = environment ? (isFirst ? m_heldCommit : fork.commit) : QString();
    Result<RebuildAdvice> rebuild =
        adviseCheckout(fork.path, advice.held.isEmpty() ? u"HEAD"_s : advice.held, rules, facts, {});
    if (!rebuild)
        return Failure(rebuild.error());
    advice.advice = std::move(*rebuild);
    return advice;
}

} // namespace kernelyard::test
