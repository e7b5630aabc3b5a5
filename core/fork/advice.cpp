// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/advice.h"

#include "core/fork/since.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Advice", text);
}

/// The rules, ready to be asked.
struct Asked
{
    explicit Asked(const RebuildRules &rules)
        : ignored(rules.ignored)
        , everything(rules.everything)
        , units(rules.units)
        , headers(rules.headers)
        , linked(rules.linked)
        , submodules(rules.submodules)
    {}

    bool isUnit(const QString &path) const
    {
        return !ignored.match(path) && !everything.match(path) && units.match(path);
    }
    bool isHeader(const QString &path) const
    {
        return !ignored.match(path) && !everything.match(path) && headers.match(path);
    }

    PathPatterns ignored, everything, units, headers, linked, submodules;
};

SourceKind kindOf(const QString &path)
{
    static const PathPatterns tests(
        {u"tests/**"_s, u"**/tests/**"_s, u"test/**"_s, u"**/test_*.py"_s, u"**/*_test.*"_s});
    static const PathPatterns docs({u"docs/**"_s, u"doc/**"_s, u"**/*.md"_s, u"**/*.rst"_s, u"LICENSE*"_s});
    static const PathPatterns setup({u"setup.py"_s, u"setup.cfg"_s, u"pyproject.toml"_s, u"**/CMakeLists.txt"_s,
                                     u"**/*.cmake"_s, u"**/build.py"_s, u"Makefile"_s});
    static const PathPatterns cuda({u"**/*.cu"_s});
    static const PathPatterns cxx({u"**/*.cpp"_s, u"**/*.cc"_s, u"**/*.cxx"_s, u"**/*.c"_s});
    static const PathPatterns headers(
        {u"**/*.h"_s, u"**/*.cuh"_s, u"**/*.hpp"_s, u"**/*.hh"_s, u"**/*.inl"_s, u"**/*.inc"_s});
    static const PathPatterns python({u"**/*.py"_s, u"**/*.pyi"_s});
    const std::pair<const PathPatterns *, SourceKind> order[] = {
        {&tests, SourceKind::Test},      {&docs, SourceKind::Docs},     {&setup, SourceKind::Setup},
        {&cuda, SourceKind::CudaSource}, {&cxx, SourceKind::CxxSource}, {&headers, SourceKind::Header},
        {&python, SourceKind::Python}};
    for (const auto &[patterns, kind] : order)
        if (patterns->match(path))
            return kind;
    return SourceKind::Other;
}

/// The names that \a change has or had: both decide when a file was renamed.
QStringList namesOf(const ChangedFile &change)
{
    return change.oldPath.isEmpty() ? QStringList{change.path} : QStringList{change.path, change.oldPath};
}

FileMeaning meaningOf(const ChangedFile &change, const Asked &rules, const IncludeGraph &graph)
{
    FileMeaning meaning;
    meaning.file = change;
    meaning.kind = change.isSubmodule ? SourceKind::Submodule : kindOf(change.path);
    if (change.isSubmodule) {
        meaning.effect = rules.submodules.match(change.path) ? RebuildVerdict::Full : RebuildVerdict::None;
        return meaning;
    }
    QSet<QString> units;
    for (const QString &path : namesOf(change)) {
        if (rules.ignored.match(path))
            continue;
        if (rules.everything.match(path)) {
            meaning.effect = RebuildVerdict::Full;
            if (meaning.kind != SourceKind::Setup)
                meaning.kind = SourceKind::Setup;
            return meaning;
        }
        if (rules.units.match(path) || rules.headers.match(path)) {
            for (const QString &dependent : graph.dependents(path))
                if (rules.isUnit(dependent))
                    units.insert(dependent);
            // A unit that came, went or has a new name changes what is linked.
            if (rules.units.match(path) || !units.isEmpty())
                meaning.effect = RebuildVerdict::Partial;
        } else if (rules.linked.match(path)) {
            meaning.effect = std::max(meaning.effect, RebuildVerdict::Link);
        }
    }
    if (change.kind == ChangeKind::Deleted)
        units.remove(change.path);
    if (!change.oldPath.isEmpty())
        units.remove(change.oldPath);
    meaning.units = QStringList(units.begin(), units.end());
    meaning.units.sort();
    return meaning;
}

/// The library was linked after the file was last written. A file that went leaves no time to go by.
bool isCompiled(const FileMeaning &meaning, const AdviceFacts &facts)
{
    const qint64 modified = facts.modified.value(meaning.file.path, 0);
    return meaning.effect == RebuildVerdict::Partial && meaning.file.kind != ChangeKind::Deleted &&
           meaning.file.oldPath.isEmpty() && facts.productModified > 0 && modified > 0 &&
           modified < facts.productModified;
}

QString sentenceFor(const FileMeaning &meaning)
{
    const QString path = meaning.file.path;
    if (meaning.kind == SourceKind::Submodule)
        return tr("%1 is at another commit than the one that was compiled.").arg(path);
    if (meaning.effect == RebuildVerdict::Full)
        return tr("%1 decides how everything is compiled.").arg(path);
    if (meaning.effect == RebuildVerdict::Link)
        return tr("%1 is seen through the editable link.").arg(path);
    if (meaning.file.kind == ChangeKind::Deleted && meaning.units.isEmpty())
        return tr("%1 is gone: the library is linked without it.").arg(path);
    if (meaning.kind == SourceKind::Header)
        return meaning.units.size() == 1 ? tr("%1 is included by 1 unit.").arg(path)
                                         : tr("%1 is included by %2 units.").arg(path).arg(meaning.units.size());
    return meaning.units.size() == 1 ? tr("%1 is 1 unit.").arg(path)
                                     : tr("%1 is part of %2 units.").arg(path).arg(meaning.units.size());
}

void estimate(RebuildAdvice &advice, const AdviceFacts &facts)
{
    advice.fullSeconds = facts.fullSeconds;
    advice.estimateFrom = facts.fullFrom;
    if (advice.verdict == RebuildVerdict::None || advice.verdict == RebuildVerdict::Link)
        advice.estimateSeconds = 0;
    else if (facts.fullSeconds && advice.verdict == RebuildVerdict::Full)
        advice.estimateSeconds = *facts.fullSeconds;
    else if (facts.fullSeconds && advice.totalUnits > 0)
        advice.estimateSeconds = *facts.fullSeconds * static_cast<double>(advice.units.size()) / advice.totalUnits;
}

} // namespace

QString name(RebuildVerdict verdict)
{
    switch (verdict) {
    case RebuildVerdict::None:
        return u"none"_s;
    case RebuildVerdict::Link:
        return u"link"_s;
    case RebuildVerdict::Partial:
        return u"partial"_s;
    case RebuildVerdict::Full:
        return u"full"_s;
    }
    return {};
}

RebuildAdvice advise(const RebuildRules &rules, const QList<ChangedFile> &changes, const QStringList &files,
                     const IncludeGraph &graph, const AdviceFacts &facts)
{
    const Asked asked(rules);
    RebuildAdvice advice;
    QStringList all;
    for (const QString &file : files)
        if (asked.isUnit(file))
            all << file;
    all.sort();
    advice.totalUnits = static_cast<int>(all.size());

    QSet<QString> units;
    for (const ChangedFile &change : changes) {
        FileMeaning meaning = meaningOf(change, asked, graph);
        meaning.compiled = isCompiled(meaning, facts);
        if (!meaning.compiled) {
            advice.verdict = std::max(advice.verdict, meaning.effect);
            units.unite(QSet<QString>(meaning.units.begin(), meaning.units.end()));
        }
        advice.files << meaning;
    }
    if (!facts.otherReasons.isEmpty())
        advice.verdict = RebuildVerdict::Full;
    if (advice.verdict == RebuildVerdict::Full)
        advice.units = all;
    else if (advice.verdict == RebuildVerdict::Partial)
        advice.units = QStringList(units.begin(), units.end());
    advice.units.sort();

    advice.because = facts.otherReasons;
    for (const FileMeaning &meaning : advice.files)
        if (meaning.effect == advice.verdict && meaning.effect != RebuildVerdict::None && !meaning.compiled)
            advice.because << sentenceFor(meaning);
    if (advice.because.isEmpty()) {
        const bool compiled = std::ranges::any_of(advice.files, &FileMeaning::compiled);
        advice.because << (advice.files.isEmpty() ? tr("Nothing differs from what was compiled.")
                           : compiled             ? tr("What changed is compiled in the checkout already.")
                                                  : tr("What changed is neither compiled nor imported."));
    }
    estimate(advice, facts);
    return advice;
}

/// The newest time of what \a pattern names in the checkout, in its one folder; 0: there is nothing.
static qint64 productTime(const QString &path, const QString &pattern)
{
    if (pattern.isEmpty())
        return 0;
    const QFileInfo where(path + u'/' + pattern);
    qint64 newest = 0;
    for (const QFileInfo &file : QDir(where.path()).entryInfoList({where.fileName()}, QDir::Files | QDir::Hidden))
        newest = std::max(newest, file.lastModified().toMSecsSinceEpoch());
    return newest;
}

/// Sources that are what was compiled once, but changed since the product was made of others: as ninja sees it, by
/// time.
static void addStale(QList<ChangedFile> &changes, AdviceFacts &facts, const QString &path, const QStringList &files,
                     const Asked &asked)
{
    QSet<QString> named;
    for (const ChangedFile &change : std::as_const(changes))
        named << change.path;
    for (const QString &file : files) {
        if (named.contains(file) || !(asked.isUnit(file) || asked.isHeader(file)))
            continue;
        const qint64 modified = QFileInfo(path + u'/' + file).lastModified().toMSecsSinceEpoch();
        if (modified <= facts.productModified)
            continue;
        changes.append({file, ChangeKind::Modified, false, {}});
        facts.modified.insert(file, modified);
    }
}

Result<RebuildAdvice> adviseCheckout(const QString &path, const QString &commit, const RebuildRules &rules,
                                     AdviceFacts facts, const QString &cacheFolder)
{
    Result<QList<ChangedFile>> changes = changesSince(path, commit);
    if (!changes)
        return Failure(changes.error());
    const Result<TrackedFiles> tracked = trackedFiles(path);
    if (!tracked)
        return Failure(tracked.error());
    QStringList files = tracked->own + tracked->inSubmodules;
    const Asked asked(rules);
    const QSet<QString> inSubmodules(tracked->inSubmodules.begin(), tracked->inSubmodules.end());
    bool submoduleChanged = false;
    for (const ChangedFile &change : *changes) {
        if (change.kind == ChangeKind::Untracked)
            files << change.path;
        if (change.kind == ChangeKind::Deleted)
            files.removeAll(change.path);
        submoduleChanged = submoduleChanged || inSubmodules.contains(change.path);
        facts.modified.insert(change.path, QFileInfo(path + u'/' + change.path).lastModified().toMSecsSinceEpoch());
    }
    facts.productModified = productTime(path, rules.product);
    if (facts.productModified > 0)
        addStale(*changes, facts, path, tracked->own, asked);

    // What lies in submodules includes nothing of the checkout: it is read only when something there has changed.
    QStringList relevant;
    for (const QString &file : files)
        if ((submoduleChanged || !inSubmodules.contains(file)) && (asked.isUnit(file) || asked.isHeader(file)))
            relevant << file;
    for (const ChangedFile &change : *changes) // what includes a file that is gone depends on it all the same
        for (const QString &gone : namesOf(change))
            if (!relevant.contains(gone) && (asked.isUnit(gone) || asked.isHeader(gone)))
                relevant << gone;
    const QString key = QString::fromLatin1(QCryptographicHash::hash(path.toUtf8(), QCryptographicHash::Sha1).toHex());
    IncludeCache cache(path, cacheFolder.isEmpty() ? QString() : QString(cacheFolder + u'/' + key));
    const IncludeGraph graph =
        IncludeGraph::make(relevant, rules.includes, [&cache](const QString &file) { return cache.includesOf(file); });
    cache.write();
    return advise(rules, *changes, files, graph, facts);
}

} // namespace kernelyard
