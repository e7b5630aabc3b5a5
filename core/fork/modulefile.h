// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/git.h"

#include <QList>

namespace kernelyard {

/// A submodule as its parent describes it: .gitmodules, and the commit that the index pins.
struct Module
{
    QString name;
    QString path;    ///< relative to the parent
    QString url;     ///< as written
    QString address; ///< resolved against the parent's own
    QString pinned;  ///< full hash
    QString refusal; ///< why it must not be touched; empty: it may
};

/// The submodules that the index of \a parent holds, by path. What a hostile repository may have written there
/// (addresses that are options or lead to this machine's own folders, names and paths that lead out) is refused here.
QList<Module> modulesOf(git_repository *parent);

} // namespace kernelyard
