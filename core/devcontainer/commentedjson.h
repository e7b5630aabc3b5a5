// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QStringList>

#include <memory>
#include <optional>

namespace kernelyard {

/// A JSON document as people write it: comments, trailing commas, their own order and indentation. An edit changes the
/// text of what it is about and nothing else. Format: RFC 8259 with // and /* */ comments and trailing commas, as VS
/// Code and the Dev Container CLI read devcontainer.json.
class CommentedJson
{
public:
    /// An empty object.
    CommentedJson();
    /// The root must be an object. Of a key that stands twice the last counts. Errors: Invalid (\a file, line and
    /// column, and what was expected there).
    static Result<CommentedJson> parse(const QByteArray &utf8, const QString &file);

    QByteArray toUtf8() const;
    QJsonObject object() const; ///< without comments

    /// The paths of everything that is no object with members, in the order of the text.
    QList<QStringList> leaves() const;
    std::optional<QJsonValue> value(const QStringList &path) const;
    /// False where something else than an object stands above it.
    bool canHold(const QStringList &path) const;

    /// Puts \a value there, with the objects above it. A new member goes to the end of its object, below \a comment
    /// (its lines without //). A list keeps the text of the elements that stay.
    void set(const QStringList &path, const QJsonValue &value, const QString &comment = {});
    /// Takes it away, and the objects above that have nothing left. The comment above it goes where it is exactly
    /// \a comment; any other stays.
    void remove(const QStringList &path, const QString &comment = {});
    /// Puts a comment before everything.
    void setHead(const QString &comment);

private:
    struct Node;
    struct Slot;
    class Parser;

    const Node *find(const QStringList &path) const;
    bool holdsNothing(const Node &node) const;
    void reparse();
    void addMember(const QStringList &path, const QJsonValue &value, const QString &comment);
    void setList(const Node &node, const QJsonArray &list);
    void append(const Node &container, const QString &text, const QString &comment);
    void take(const Node &container, qsizetype slot, const QString &comment);
    QString indentOf(qsizetype position) const;
    QString commentLines(const QString &comment, const QString &indent) const;
    QString literal(const QJsonValue &value, const QString &indent) const;
    qsizetype afterBlank(qsizetype position) const; ///< past white space and comments
    qsizetype endOfLine(qsizetype position) const;  ///< past blanks and comments of the same line

    QString m_text;
    QString m_end = QStringLiteral("\n");
    QString m_step = QStringLiteral("  ");
    bool m_hasMark = false;             ///< a byte order mark
    std::shared_ptr<const Node> m_root; ///< never changed once made, so copies may share it
};

} // namespace kernelyard
