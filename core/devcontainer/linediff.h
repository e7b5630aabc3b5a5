// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace kernelyard {

/// One line of a difference between two texts.
struct DiffLine
{
    enum class Kind {
        File, ///< "--- a/…" and "+++ b/…"
        Hunk, ///< "@@ -1,3 +1,4 @@"
        Same,
        Removed,
        Added,
        Note, ///< "\ No newline at end of file"
    };
    Kind kind = Kind::Same;
    QString text; ///< with its mark, without its line end

    bool operator==(const DiffLine &) const = default;
};

/// What changes from \a before to \a after, in the unified format of diff(1) with three lines around each change, as
/// `git apply` takes it; empty where nothing does. \a name is the file's, with forward slashes; none before: a new
/// file.
QList<DiffLine> lineDiff(const QString &name, const std::optional<QByteArray> &before, const QByteArray &after);

} // namespace kernelyard
