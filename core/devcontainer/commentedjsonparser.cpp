// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/commentedjsonparser.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int deepest = 100;

QJsonValue CommentedJson::Node::toValue() const
{
    if (kind == Kind::Scalar)
        return scalar;
    if (kind == Kind::List) {
        QJsonArray list;
        for (const Slot &slot : entries)
            list.append(slot.value->toValue());
        return list;
    }
    QJsonObject object;
    for (const Slot &slot : entries)
        object.insert(slot.key, slot.value->toValue());
    return object;
}

const CommentedJson::Slot *CommentedJson::Node::member(const QString &key) const
{
    for (auto slot = entries.rbegin(); slot != entries.rend(); ++slot)
        if (slot->key == key)
            return &*slot;
    return nullptr;
}

const CommentedJson::Node *CommentedJson::Node::at(qsizetype position) const
{
    if (begin == position)
        return this;
    for (const Slot &slot : entries)
        if (slot.value->begin <= position && position < slot.value->end)
            return slot.value->at(position);
    return nullptr;
}

QString CommentedJson::Parser::tr(const char *text)
{
    return QCoreApplication::translate("DevContainer", text);
}

qsizetype CommentedJson::Parser::afterBlank(const QString &text, qsizetype position)
{
    while (position < text.size()) {
        const QChar c = text.at(position);
        if (c == u' ' || c == u'\t' || c == u'\n' || c == u'\r') {
            ++position;
        } else if (c == u'/' && position + 1 < text.size() && text.at(position + 1) == u'/') {
            const qsizetype end = text.indexOf(u'\n', position);
            position = end < 0 ? text.size() : end + 1;
        } else if (c == u'/' && position + 1 < text.size() && text.at(position + 1) == u'*') {
            const qsizetype end = text.indexOf(u"*/"_s, position + 2);
            if (end < 0)
                return position; // what is not closed is no comment
            position = end + 2;
        } else {
            break;
        }
    }
    return position;
}

bool CommentedJson::Parser::expected(const QString &what)
{
    if (m_expected.isEmpty())
        m_expected = what;
    return false;
}

QString CommentedJson::Parser::problem() const
{
    const QString before = m_text.first(std::min(m_at, m_text.size()));
    const auto line = before.count(u'\n') + 1;
    const auto column = before.size() - (before.lastIndexOf(u'\n') + 1) + 1;
    return tr("line %1, column %2: expected %3.").arg(line).arg(column).arg(m_expected);
}

bool CommentedJson::Parser::readDocument(Node &root)
{
    skip();
    if (current() != u'{')
        return expected(tr("an object, in braces"));
    if (!readValue(root, 0))
        return false;
    skip();
    return m_at == m_text.size() || expected(tr("nothing after the last brace"));
}

bool CommentedJson::Parser::readValue(Node &node, int depth)
{
    if (depth > deepest)
        return expected(tr("less than %1 levels").arg(deepest));
    skip();
    node.begin = m_at;
    const bool isRead = current() == u'{' || current() == u'[' ? readContainer(node, depth) : readScalar(node);
    node.end = m_at;
    return isRead;
}

bool CommentedJson::Parser::readContainer(Node &node, int depth)
{
    const bool isObject = current() == u'{';
    const QChar close = isObject ? u'}' : u']';
    node.kind = isObject ? Node::Kind::Object : Node::Kind::List;
    ++m_at;
    for (;;) {
        skip();
        if (current() == close) {
            ++m_at;
            return true;
        }
        Slot slot;
        slot.begin = m_at;
        slot.value = std::make_shared<Node>();
        if (isObject) {
            if (current() != u'"')
                return expected(tr("a name in double quotes, or %1").arg(close));
            if (!readString(slot.key))
                return false;
            skip();
            if (current() != u':')
                return expected(tr("a colon"));
            ++m_at;
        }
        if (!readValue(*slot.value, depth + 1))
            return false;
        node.entries.push_back(std::move(slot));
        skip();
        if (current() == u',')
            ++m_at;
        else if (current() != close)
            return expected(tr("a comma, or %1").arg(close));
    }
}

bool CommentedJson::Parser::readScalar(Node &node)
{
    if (current() == u'"') {
        QString string;
        const bool isRead = readString(string);
        node.scalar = string;
        return isRead;
    }
    const qsizetype begin = m_at;
    while (m_at < m_text.size() && (m_text.at(m_at).isLetterOrNumber() || u"+-."_s.contains(m_text.at(m_at))))
        ++m_at;
    // Qt's own reader knows what a number is.
    const QByteArray word = m_text.mid(begin, m_at - begin).toUtf8();
    const QJsonDocument read = QJsonDocument::fromJson('[' + word + ']');
    if (word.isEmpty() || read.array().size() != 1) {
        m_at = begin;
        return expected(tr("a value"));
    }
    node.scalar = read.array().first();
    return true;
}

bool CommentedJson::Parser::readString(QString &string)
{
    const qsizetype begin = m_at++;
    while (m_at < m_text.size() && m_text.at(m_at) != u'"' && m_text.at(m_at) != u'\n') {
        // Qt's own reader lets any letter follow.
        const bool escapes = m_text.at(m_at) == u'\\' && m_at + 1 < m_text.size();
        if (escapes && !u"\"\\/bfnrtu"_s.contains(m_text.at(m_at + 1)))
            return expected(tr("a text without this escape or control character"));
        m_at += m_text.at(m_at) == u'\\' ? 2 : 1;
    }
    if (current() != u'"') {
        m_at = begin;
        return expected(tr("the end of this text, a double quote on the same line"));
    }
    ++m_at;
    QJsonParseError error;
    const QJsonDocument read = QJsonDocument::fromJson('[' + m_text.mid(begin, m_at - begin).toUtf8() + ']', &error);
    if (error.error != QJsonParseError::NoError) {
        m_at = begin;
        return expected(tr("a text without this escape or control character"));
    }
    string = read.array().first().toString();
    return true;
}

} // namespace kernelyard
