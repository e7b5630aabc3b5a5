// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forkwords.h"

#include "core/fork/address.h"
#include "ui/models/wording.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QString tr(const char *text)
{
    return QCoreApplication::translate("ForkWords", text);
}

QString nameOf(const ForkStatus &fork)
{
    if (fork.origin.isEmpty() || isLocalAddress(fork.origin))
        return tr("%1, local only").arg(fork.name);
    const QString address = shortAddress(fork.origin);
    return address.section(u'/', -1) == fork.name ? address : tr("%1 in %2").arg(address, fork.name);
}

QString branchOf(const ForkStatus &fork)
{
    return fork.branch.isEmpty() ? tr("at %1").arg(shortCommit(fork.commit)) : fork.branch;
}

QString filesOf(const ForkStatus &fork)
{
    const QString files = fork.isClean() ? tr("clean") : tr("%1 changed").arg(countText(fork.changedFiles.size()));
    return fork.operation.isEmpty() ? files : tr("%1, in a %2").arg(files, fork.operation);
}

QString divergenceText(const QString &url, const std::optional<Divergence> &from)
{
    if (url.isEmpty())
        return tr("none");
    if (!from)
        return tr("not there");
    if (from->ahead == 0 && from->behind == 0)
        return tr("in step");
    QStringList words;
    if (from->ahead > 0)
        words << tr("%1 ahead").arg(countText(from->ahead));
    if (from->behind > 0)
        words << tr("%1 behind").arg(countText(from->behind));
    return words.join(u", "_s);
}

bool isQuiet(const std::optional<Divergence> &from)
{
    return !from || (from->ahead == 0 && from->behind == 0);
}

StateWord submodulesOf(const ForkStatus &fork)
{
    if (fork.submodules.isEmpty())
        return {State::Waiting, tr("has none")};
    const std::pair<SubmoduleState, QString> troubles[] = {{SubmoduleState::Refused, tr("%1 refused")},
                                                           {SubmoduleState::Unknown, tr("%1 unreadable")},
                                                           {SubmoduleState::Missing, tr("%1 missing")},
                                                           {SubmoduleState::Moved, tr("%1 moved")},
                                                           {SubmoduleState::Dirty, tr("%1 changed")}};
    for (const auto &[state, text] : troubles)
        if (const int count = fork.submodulesIn(state))
            return {State::Warning, text.arg(count)};
    return {State::Success, tr("%1 as pinned").arg(fork.submodules.size())};
}

StateWord wordOf(const SubmoduleStatus &submodule)
{
    switch (submodule.state) {
    case SubmoduleState::AsPinned:
        return {State::Success, tr("as pinned")};
    case SubmoduleState::Missing:
        return {State::Warning, tr("missing")};
    case SubmoduleState::Moved:
        return {State::Warning, tr("moved to %1").arg(shortCommit(submodule.current))};
    case SubmoduleState::Dirty:
        return {State::Warning, tr("%1 changed").arg(submodule.changedFiles.size())};
    case SubmoduleState::Refused:
        return {State::Failed, tr("refused")};
    case SubmoduleState::Unknown:
        break;
    }
    return {State::Unknown, tr("unreadable")};
}

StateWord buildOf(const ForkHistory &history)
{
    if (!history.lastBuild)
        return {State::Waiting, tr("none yet")};
    return {stateOf(history.lastBuild->status), history.lastBuild->id.display()};
}

StateWord validationOf(const ForkHistory &history)
{
    if (!history.lastValidation)
        return {State::Waiting, tr("none yet")};
    const ValidationVerdict &verdict = *history.lastValidation;
    const QString passed = tr("%1 of %2").arg(verdict.cases - verdict.failed).arg(verdict.cases);
    switch (verdict.verdict) {
    case Verdict::Pass:
        return {State::Success, passed};
    case Verdict::Fail:
        return {State::Failed, passed};
    case Verdict::Void:
        return {State::Failed, tr("void")};
    case Verdict::Incomplete:
        break;
    }
    return {State::Interrupted, tr("cut off")};
}

QString letterOf(ChangeKind kind)
{
    switch (kind) {
    case ChangeKind::Modified:
        return u"M"_s;
    case ChangeKind::Added:
    case ChangeKind::Untracked:
        return u"A"_s;
    case ChangeKind::Deleted:
        return u"D"_s;
    case ChangeKind::Renamed:
        return u"R"_s;
    case ChangeKind::TypeChanged:
        return u"T"_s;
    case ChangeKind::Conflicted:
        return u"U"_s;
    }
    return {};
}

QString wordOf(ChangeKind kind)
{
    switch (kind) {
    case ChangeKind::Modified:
        return tr("modified");
    case ChangeKind::Added:
        return tr("added");
    case ChangeKind::Untracked:
        return tr("new, not known to git");
    case ChangeKind::Deleted:
        return tr("deleted");
    case ChangeKind::Renamed:
        return tr("renamed");
    case ChangeKind::TypeChanged:
        return tr("of another type");
    case ChangeKind::Conflicted:
        return tr("in conflict");
    }
    return {};
}

QString wordOf(SourceKind kind)
{
    switch (kind) {
    case SourceKind::CudaSource:
        return tr("CUDA source");
    case SourceKind::CxxSource:
        return tr("C++ source");
    case SourceKind::Header:
        return tr("Header");
    case SourceKind::Python:
        return tr("Python");
    case SourceKind::Test:
        return tr("Test");
    case SourceKind::Docs:
        return tr("Docs");
    case SourceKind::Setup:
        return tr("Setup");
    case SourceKind::Submodule:
        return tr("Submodule");
    case SourceKind::Other:
        return tr("Other");
    }
    return {};
}

Meaning meaningOf(const FileMeaning &file)
{
    if (file.compiled)
        return {Glyph::Success, State::Success, tr("compiled already")};
    switch (file.effect) {
    case RebuildVerdict::None:
        return {Glyph::Stopped, State::Waiting, tr("no effect")};
    case RebuildVerdict::Link:
        return {Glyph::Link, State::Waiting, tr("editable link")};
    case RebuildVerdict::Full:
        return {Glyph::Warning, State::Warning, tr("everything")};
    case RebuildVerdict::Partial:
        break;
    }
    if (file.units.isEmpty())
        return {Glyph::Builds, State::Warning, tr("links anew")};
    if (file.kind == SourceKind::Header)
        return {Glyph::Builds, State::Warning,
                file.units.size() == 1 ? tr("1 unit includes it") : tr("%1 units include it").arg(file.units.size())};
    return {Glyph::Builds, State::Warning,
            file.units.size() == 1 ? tr("1 unit") : tr("%1 units").arg(file.units.size())};
}

QString shortCommit(const QString &commit)
{
    return commit.left(8);
}

} // namespace kernelyard
