// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/commentedjson.h"

#include "core/devcontainer/commentedjsonparser.h"

#include <QJsonDocument>
#include <QStringDecoder>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

CommentedJson::CommentedJson()
    : m_text(u"{\n}\n"_s)
{
    reparse();
}

Result<CommentedJson> CommentedJson::parse(const QByteArray &utf8, const QString &file)
{
    CommentedJson json;
    json.m_hasMark = utf8.startsWith("\xEF\xBB\xBF");
    auto decode = QStringDecoder(QStringDecoder::Utf8);
    json.m_text = decode(utf8);
    const QString own = Parser::tr("%1 can't be read: %2");
    if (decode.hasError())
        return Failure(Error{ErrorKind::Invalid, own.arg(file, Parser::tr("it is no UTF-8.")), {}, {}});
    if (json.m_text.contains(u"\r\n"))
        json.m_end = u"\r\n"_s;
    Parser parser(json.m_text);
    auto root = std::make_shared<Node>();
    if (!parser.readDocument(*root))
        return Failure(Error{ErrorKind::Invalid,
                             own.arg(file, parser.problem()),
                             {},
                             Parser::tr("Mend it there; comments and trailing commas are allowed.")});
    json.m_root = root;
    for (const Slot &slot : root->entries)
        if (const QString indent = json.indentOf(slot.begin); !indent.isEmpty()) {
            json.m_step = indent;
            break;
        }
    return json;
}

void CommentedJson::reparse()
{
    auto root = std::make_shared<Node>();
    Parser parser(m_text);
    const bool whole = parser.readDocument(*root);
    Q_ASSERT_X(whole, "CommentedJson", qPrintable(parser.problem() + u'\n' + m_text));
    m_root = root;
}

QByteArray CommentedJson::toUtf8() const
{
    return (m_hasMark ? QByteArray("\xEF\xBB\xBF") : QByteArray()) + m_text.toUtf8();
}

QJsonObject CommentedJson::object() const
{
    return m_root->toValue().toObject();
}

QList<QStringList> CommentedJson::leaves() const
{
    QList<QStringList> paths;
    const auto walk = [&paths](const auto &self, const Node &node, const QStringList &path) -> void {
        if (node.kind != Node::Kind::Object || (node.entries.empty() && !path.isEmpty())) {
            paths << path;
            return;
        }
        for (const Slot &slot : node.entries)
            if (node.member(slot.key) == &slot) // the last of its name
                self(self, *slot.value, path + QStringList{slot.key});
    };
    walk(walk, *m_root, {});
    return paths;
}

const CommentedJson::Node *CommentedJson::find(const QStringList &path) const
{
    const Node *node = m_root.get();
    for (const QString &key : path) {
        const Slot *slot = node->kind == Node::Kind::Object ? node->member(key) : nullptr;
        if (!slot)
            return nullptr;
        node = slot->value.get();
    }
    return node;
}

std::optional<QJsonValue> CommentedJson::value(const QStringList &path) const
{
    const Node *node = find(path);
    return node ? std::optional(node->toValue()) : std::nullopt;
}

bool CommentedJson::canHold(const QStringList &path) const
{
    for (qsizetype length = 1; length < path.size(); ++length)
        if (const Node *node = find(path.first(length)); node && node->kind != Node::Kind::Object)
            return false;
    return true;
}

void CommentedJson::set(const QStringList &path, const QJsonValue &value, const QString &comment)
{
    if (const Node *node = find(path)) {
        if (node->toValue() == value)
            return;
        if (node->kind == Node::Kind::List && value.isArray()) {
            setList(*node, value.toArray());
            return;
        }
        m_text.replace(node->begin, node->end - node->begin, literal(value, indentOf(node->begin)));
        reparse();
        return;
    }
    for (qsizetype length = 1; length < path.size(); ++length)
        if (!find(path.first(length)))
            addMember(path.first(length), QJsonObject(), {});
    addMember(path, value, comment);
}

/// To an object that is there.
void CommentedJson::addMember(const QStringList &path, const QJsonValue &value, const QString &comment)
{
    const Node &container = *find(path.first(path.size() - 1));
    const QString indent =
        container.entries.empty() ? indentOf(container.begin) + m_step : indentOf(container.entries.front().begin);
    append(container, literal(path.last(), {}) + u": "_s + literal(value, indent), comment);
}

void CommentedJson::remove(const QStringList &path, const QString &comment)
{
    const Node *container = path.isEmpty() ? nullptr : find(path.first(path.size() - 1));
    const Slot *slot = container && container->kind == Node::Kind::Object ? container->member(path.last()) : nullptr;
    if (!slot)
        return;
    take(*container, slot - container->entries.data(), comment);
    const QStringList above = path.first(path.size() - 1);
    if (const Node *left = find(above); !above.isEmpty() && left && holdsNothing(*left))
        remove(above, comment);
}

bool CommentedJson::holdsNothing(const Node &node) const
{
    return node.entries.empty() && m_text.mid(node.begin + 1, node.end - node.begin - 2).trimmed().isEmpty();
}

void CommentedJson::setHead(const QString &comment)
{
    m_text.prepend(commentLines(comment, {}));
    reparse();
}

void CommentedJson::setList(const Node &node, const QJsonArray &list)
{
    QList<QJsonValue> before;
    for (const Slot &slot : node.entries)
        before << slot.value->toValue();
    // What stays must stand first and in order; else the list is written anew.
    QList<QJsonValue> stay;
    for (const QJsonValue &value : before)
        if (list.contains(value))
            stay << value;
    const bool inOrder = stay.size() <= list.size() &&
                         std::equal(stay.begin(), stay.end(), list.begin(),
                                    [](const QJsonValue &one, const QJsonValue &other) { return one == other; });
    const qsizetype at = node.begin;
    if (!inOrder || stay.isEmpty()) {
        m_text.replace(at, node.end - at, literal(list, indentOf(at)));
        reparse();
        return;
    }
    const auto current = [this, at]() -> const Node * { return m_root->at(at); };
    for (qsizetype i = before.size() - 1; i >= 0; --i)
        if (!list.contains(before.at(i)))
            take(*current(), i, {});
    for (qsizetype i = stay.size(); i < list.size(); ++i) {
        const Node &container = *current();
        append(container, literal(list.at(i), indentOf(container.entries.front().begin)), {});
    }
}

void CommentedJson::append(const Node &container, const QString &text, const QString &comment)
{
    const QString outer = indentOf(container.begin);
    if (container.entries.empty()) {
        const qsizetype close = container.end - 1;
        qsizetype from = close;
        while (from > container.begin + 1 && m_text.at(from - 1).isSpace())
            --from;
        const QString indent = outer + m_step;
        m_text.replace(from, close - from, m_end + commentLines(comment, indent) + indent + text + m_end + outer);
        reparse();
        return;
    }
    const Slot &last = container.entries.back();
    const qsizetype next = afterBlank(last.value->end);
    const bool hasComma = m_text.at(next) == u',';
    const bool isInline =
        !m_text.mid(container.begin, container.entries.front().begin - container.begin).contains(u'\n');
    if (isInline) {
        const QString comma = hasComma ? u","_s : QString();
        m_text.insert(hasComma ? next + 1 : last.value->end, QString((hasComma ? u" "_s : u", "_s) + text + comma));
        reparse();
        return;
    }
    const QString indent = indentOf(container.entries.front().begin);
    // A comment on the last member's line is about that member.
    const qsizetype place = std::min(endOfLine(hasComma ? next + 1 : last.value->end), container.end - 1);
    const bool closes = place == container.end - 1; // the bracket stands on the same line
    m_text.insert(place, QString(m_end + commentLines(comment, indent) + indent + text +
                                 (hasComma ? u","_s : QString()) + (closes ? QString(m_end + outer) : QString())));
    if (!hasComma)
        m_text.insert(last.value->end, u',');
    reparse();
}

void CommentedJson::take(const Node &container, qsizetype index, const QString &comment)
{
    const Slot &slot = container.entries.at(size_t(index));
    qsizetype begin = slot.begin;
    qsizetype end = slot.value->end;
    const qsizetype next = afterBlank(end);
    const bool hasComma = m_text.at(next) == u',';
    const bool isLast = size_t(index) + 1 == container.entries.size();
    if (hasComma)
        end = next + 1; // a comment between a value and its comma goes: there is no line to leave it on
    const qsizetype lineBegin = m_text.lastIndexOf(u'\n', begin - 1) + 1;
    const bool startsLine = m_text.mid(lineBegin, begin - lineBegin).trimmed().isEmpty();
    if (const QString own = commentLines(comment, indentOf(begin));
        startsLine && !comment.isEmpty() && m_text.first(lineBegin).endsWith(own))
        begin = lineBegin - own.size();
    else if (startsLine)
        begin = lineBegin;
    qsizetype rest = end;
    while (rest < m_text.size() && (m_text.at(rest) == u' ' || m_text.at(rest) == u'\t'))
        ++rest;
    const bool endsLine = rest < m_text.size() && (m_text.at(rest) == u'\n' || m_text.at(rest) == u'\r');
    if (startsLine && endsLine)
        end = m_text.indexOf(u'\n', rest) + 1;
    else if (startsLine)
        begin = slot.begin; // what else stands on the line keeps its indentation
    else
        end = rest;
    m_text.remove(begin, end - begin);
    if (isLast && !hasComma && index > 0) // the one before is the last now
        if (const qsizetype comma = afterBlank(container.entries.at(size_t(index) - 1).value->end);
            comma < begin && m_text.at(comma) == u',')
            m_text.remove(comma, 1);
    reparse();
}

QString CommentedJson::indentOf(qsizetype position) const
{
    const qsizetype line = position > 0 ? m_text.lastIndexOf(u'\n', position - 1) + 1 : 0;
    qsizetype end = line;
    while (end < position && (m_text.at(end) == u' ' || m_text.at(end) == u'\t'))
        ++end;
    return m_text.mid(line, end - line);
}

QString CommentedJson::commentLines(const QString &comment, const QString &indent) const
{
    QString lines;
    if (!comment.isEmpty())
        for (const QString &line : comment.split(u'\n'))
            lines += indent + u"// "_s + line + m_end;
    return lines;
}

QString CommentedJson::literal(const QJsonValue &value, const QString &indent) const
{
    constexpr qsizetype widest = 100;
    const QString inner = indent + m_step;
    if (value.isArray()) {
        QStringList items;
        for (const QJsonValue item : value.toArray())
            items << literal(item, inner);
        QString line = u'[' + items.join(u", "_s) + u']';
        if (line.size() + indent.size() <= widest && !line.contains(u'\n'))
            return line;
        return u'[' + m_end + inner + items.join(QString(u',' + m_end + inner)) + m_end + indent + u']';
    }
    if (value.isObject()) {
        QStringList members;
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            members << literal(it.key(), {}) + u": "_s + literal(it.value(), inner);
        if (members.isEmpty())
            return u"{}"_s;
        return u'{' + m_end + inner + members.join(QString(u',' + m_end + inner)) + m_end + indent + u'}';
    }
    const QByteArray list = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(list.mid(1, list.size() - 2));
}

qsizetype CommentedJson::afterBlank(qsizetype position) const
{
    return Parser::afterBlank(m_text, position);
}

qsizetype CommentedJson::endOfLine(qsizetype position) const
{
    qsizetype at = position;
    for (;;) {
        while (at < m_text.size() && (m_text.at(at) == u' ' || m_text.at(at) == u'\t'))
            ++at;
        if (m_text.mid(at, 2) == u"//") {
            const qsizetype line = m_text.indexOf(u'\n', at);
            at = line < 0 ? m_text.size() : line;
            return at > 0 && m_text.at(at - 1) == u'\r' ? at - 1 : at;
        }
        if (m_text.mid(at, 2) != u"/*")
            break;
        const qsizetype close = m_text.indexOf(u"*/"_s, at + 2);
        if (close < 0 || m_text.mid(at, close - at).contains(u'\n'))
            break;
        at = close + 2;
    }
    const bool ends = at >= m_text.size() || m_text.at(at) == u'\n' || m_text.at(at) == u'\r' ||
                      m_text.at(at) == u'}' || m_text.at(at) == u']';
    return ends ? at : position;
}

} // namespace kernelyard
