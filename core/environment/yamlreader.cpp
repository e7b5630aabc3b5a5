// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/yamlreader.h"

#include <QCoreApplication>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Yaml", text);
}

QString kindName(const YamlValue &value)
{
    switch (value.kind) {
    case YamlValue::Kind::Null:
        return tr("nothing");
    case YamlValue::Kind::Scalar:
        return tr("the text \"%1\"").arg(value.text.size() > 40 ? QString(value.text.first(40) + u'…') : value.text);
    case YamlValue::Kind::Sequence:
        return tr("a list");
    case YamlValue::Kind::Mapping:
        return tr("a mapping");
    }
    return {};
}

/// Levenshtein's distance: single-letter edits from \a a to \a b.
qsizetype distance(const QString &a, const QString &b)
{
    std::vector<qsizetype> row(static_cast<std::size_t>(b.size()) + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = static_cast<qsizetype>(j);
    for (qsizetype i = 0; i < a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i + 1;
        for (qsizetype j = 0; j < b.size(); ++j) {
            auto &cell = row[static_cast<std::size_t>(j) + 1];
            const qsizetype replaced = diagonal + (a.at(i) == b.at(j) ? 0 : 1);
            diagonal = cell;
            cell = std::min({cell + 1, row[static_cast<std::size_t>(j)] + 1, replaced});
        }
    }
    return row.back();
}

} // namespace

QString nearest(const QString &word, const QStringList &known)
{
    QString best;
    qsizetype bestDistance = std::max<qsizetype>(1, word.size() / 3) + 1;
    for (const QString &candidate : known) {
        const QString plain = word.toLower().replace(u'_', u'-');
        // A word that stops early is near however much is missing.
        const bool cutOff = plain.size() > 2 && candidate.startsWith(QStringView(plain).chopped(plain.endsWith(u'}')));
        const qsizetype d = cutOff ? 1 : distance(plain, candidate);
        if (d < bestDistance) {
            best = candidate;
            bestDistance = d;
        }
    }
    return best;
}

bool YamlReader::mapping(const YamlValue &value, const QString &what, const QStringList &known)
{
    if (m_error)
        return false;
    if (value.kind != YamlValue::Kind::Mapping) {
        fail(value,
             tr("%1 must be a mapping with the keys %2; this is %3.").arg(what, known.join(u", "_s), kindName(value)));
        return false;
    }
    QStringList seen;
    for (const auto &[key, unused] : value.pairs) {
        if (key.kind != YamlValue::Kind::Scalar || !known.contains(key.text)) {
            const QString meant = nearest(key.text, known);
            fail(key, tr("%1 has no key \"%2\".").arg(what, key.text),
                 meant.isEmpty() ? tr("Its keys are: %1.").arg(known.join(u", "_s))
                                 : tr("Did you mean \"%1\"?").arg(meant));
            return false;
        }
        if (seen.contains(key.text)) {
            fail(key, tr("%1 has the key \"%2\" twice.").arg(what, key.text));
            return false;
        }
        seen << key.text;
    }
    return true;
}

const YamlValue *YamlReader::find(const YamlValue &map, const QString &key) const
{
    if (m_error)
        return nullptr;
    const auto it = std::ranges::find_if(map.pairs, [&](const auto &pair) { return pair.first.text == key; });
    return it == map.pairs.end() ? nullptr : &it->second;
}

const YamlValue *YamlReader::require(const YamlValue &map, const QString &what, const QString &key)
{
    const YamlValue *value = find(map, key);
    if (!value && !m_error)
        fail(map, tr("%1 needs the key \"%2\".").arg(what, key));
    return value;
}

QString YamlReader::text(const YamlValue &value, const QString &what, Empty empty)
{
    if (m_error)
        return {};
    if (value.kind != YamlValue::Kind::Scalar) {
        fail(value, tr("%1 must be text; this is %2.").arg(what, kindName(value)));
        return {};
    }
    if (empty == Empty::Refused && value.text.trimmed().isEmpty())
        fail(value, tr("%1 must not be empty.").arg(what));
    return value.text;
}

bool YamlReader::flag(const YamlValue &value, const QString &what)
{
    if (m_error)
        return false;
    if (value.kind == YamlValue::Kind::Scalar && !value.quoted && (value.text == u"true" || value.text == u"false"))
        return value.text == u"true";
    fail(value, tr("%1 must be true or false; this is %2.").arg(what, kindName(value)));
    return false;
}

QList<YamlValue> YamlReader::list(const YamlValue &value, const QString &what)
{
    if (m_error)
        return {};
    if (value.kind != YamlValue::Kind::Sequence)
        fail(value, tr("%1 must be a list; this is %2.").arg(what, kindName(value)));
    else if (value.items.isEmpty())
        fail(value, tr("%1 must not be an empty list.").arg(what));
    return m_error ? QList<YamlValue>() : value.items;
}

QStringList YamlReader::texts(const YamlValue &value, const QString &what)
{
    QStringList words;
    for (const YamlValue &item : list(value, what))
        words << text(item, tr("each item of %1").arg(what));
    return m_error ? QStringList() : words;
}

void YamlReader::fail(const YamlValue &at, const QString &message, const QString &remedy)
{
    if (!m_error)
        m_error = errorAt(m_file, at.at, message, remedy);
}

} // namespace kernelyard
