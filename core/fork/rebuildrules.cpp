// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/rebuildrules.h"

using namespace Qt::StringLiterals;

namespace kernelyard {

RebuildRules RebuildRules::usual()
{
    RebuildRules rules;
    rules.ignored = {u"docs/**"_s,    u"doc/**"_s,      u"tests/**"_s,       u"test/**"_s,       u"**/tests/**"_s,
                     u"**/test/**"_s, u"examples/**"_s, u"**/examples/**"_s, u"benchmarks/**"_s, u"**/benchmarks/**"_s,
                     u".github/**"_s, u"**/*.md"_s,     u"**/*.rst"_s,       u"**/test_*.py"_s};
    rules.everything = {u"setup.py"_s,          u"setup.cfg"_s,  u"pyproject.toml"_s, u"CMakeLists.txt"_s,
                        u"**/CMakeLists.txt"_s, u"**/*.cmake"_s, u"build.py"_s,       u"Makefile"_s};
    rules.units = {u"**/*.cu"_s, u"**/*.cpp"_s, u"**/*.cc"_s, u"**/*.cxx"_s, u"**/*.c"_s};
    rules.headers = {u"**/*.h"_s, u"**/*.cuh"_s, u"**/*.hpp"_s, u"**/*.hh"_s, u"**/*.inl"_s, u"**/*.inc"_s};
    rules.linked = {u"**/*.py"_s, u"**/*.pyi"_s};
    rules.submodules = {u"**"_s};
    return rules;
}

/// One pattern as a regular expression.
static QString translated(const QString &pattern)
{
    QString expression;
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        const QChar c = pattern.at(i);
        const bool twice = c == u'*' && i + 1 < pattern.size() && pattern.at(i + 1) == u'*';
        if (twice && i + 2 < pattern.size() && pattern.at(i + 2) == u'/') {
            expression += u"(?:.*/)?"; // no folder at all is a folder too
            i += 2;
        } else if (twice) {
            expression += u".*";
            ++i;
        } else if (c == u'*') {
            expression += u"[^/]*";
        } else if (c == u'?') {
            expression += u"[^/]";
        } else {
            expression += QRegularExpression::escape(QString(c));
        }
    }
    return expression;
}

PathPatterns::PathPatterns(const QStringList &patterns)
    : m_empty(patterns.isEmpty())
{
    QStringList expressions;
    for (const QString &pattern : patterns)
        expressions << translated(pattern);
    m_expression.setPattern(QRegularExpression::anchoredPattern(u"(?:"_s + expressions.join(u'|') + u')'));
    m_expression.optimize();
}

bool PathPatterns::match(const QString &path) const
{
    return !m_empty && m_expression.match(path).hasMatch();
}

} // namespace kernelyard
