// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRegularExpression>
#include <QString>
#include <QStringList>

namespace kernelyard {

/// What a changed file means for what was compiled of a checkout. Each list holds patterns of paths relative to the
/// checkout: `*` and `?` stay within a folder, `**` crosses folders. Asked in this order; what none names has no
/// effect.
struct RebuildRules
{
    QStringList ignored;    ///< docs, tests, examples: no effect, whatever their kind
    QStringList everything; ///< setup files: all is compiled again
    QStringList units;      ///< translation units
    QStringList headers;    ///< count through the units that include them
    QStringList linked;     ///< Python: an editable install sees them at once
    QStringList submodules; ///< those that units include from: another commit of one compiles everything again
    QStringList includes;   ///< folders that the compiler searches, relative
    QString heldLayer;      ///< the layer that holds what was compiled; empty: none does
    QStringList heldCommit; ///< command in that layer's image that prints the commit; empty: the image's label says it
    QString product;        ///< pattern of what compiling in the checkout makes; empty: nothing is compiled there

    /// For a checkout that no environment describes: the usual names of a PyTorch extension.
    static RebuildRules usual();

    bool operator==(const RebuildRules &) const = default;
};

/// Patterns, ready to be asked of many paths.
class PathPatterns
{
public:
    explicit PathPatterns(const QStringList &patterns);
    bool match(const QString &path) const;

private:
    QRegularExpression m_expression;
    bool m_empty;
};

} // namespace kernelyard
