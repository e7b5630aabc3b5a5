// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/forkadvice.h"
#include "core/build/forkhistory.h"
#include "ui/widgets/icon.h"

namespace kernelyard {

// How facts of checkouts are said.

/// "github.com/you/xformers", with the folder's name where it differs; of one made here "attention, local only".
QString nameOf(const ForkStatus &fork);
QString branchOf(const ForkStatus &fork); ///< "main", "detached at 8c1f04e2"
QString filesOf(const ForkStatus &fork);  ///< "3 changed", "clean", "3 changed, in a merge"
QString divergenceText(const QString &url, const std::optional<Divergence> &from);
bool isQuiet(const std::optional<Divergence> &from); ///< there is nothing to do about it

struct StateWord
{
    State state = State::Unknown;
    QString text;
};
StateWord submodulesOf(const ForkStatus &fork); ///< "5 as pinned", "1 missing", "has none"
StateWord wordOf(const SubmoduleStatus &submodule);
StateWord buildOf(const ForkHistory &history);
StateWord validationOf(const ForkHistory &history);

QString letterOf(ChangeKind kind); ///< as git status: M, A, D, R, T, U; new and untracked is A
QString wordOf(ChangeKind kind);
QString wordOf(SourceKind kind);

struct Meaning
{
    Glyph glyph = Glyph::Stopped;
    State state = State::Waiting; ///< whose colour the glyph has
    QString text;
};
Meaning meaningOf(const FileMeaning &file);

/// "8c1f04e2"
QString shortCommit(const QString &commit);

} // namespace kernelyard
