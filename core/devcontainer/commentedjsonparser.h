// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Of commentedjson.cpp alone: where each part of the document stands in its text.

#include "core/devcontainer/commentedjson.h"

#include <vector>

namespace kernelyard {

/// A member of an object or an element of a list.
struct CommentedJson::Slot
{
    QString key;         ///< of a member
    qsizetype begin = 0; ///< of the key, or of the element
    std::shared_ptr<Node> value;
};

struct CommentedJson::Node
{
    enum class Kind { Scalar, List, Object };
    Kind kind = Kind::Scalar;
    qsizetype begin = 0; ///< in UTF-16 units of the text
    qsizetype end = 0;
    QJsonValue scalar;
    std::vector<Slot> entries;

    QJsonValue toValue() const;
    const Slot *member(const QString &key) const; ///< the last of that name
    const Node *at(qsizetype position) const;     ///< the one that begins there
};

class CommentedJson::Parser
{
public:
    explicit Parser(const QString &text)
        : m_text(text)
    {}

    static QString tr(const char *text);
    static qsizetype afterBlank(const QString &text, qsizetype position);

    bool readDocument(Node &root);
    QString problem() const; ///< "line 3, column 7: expected …"

private:
    bool readValue(Node &node, int depth);
    bool readContainer(Node &node, int depth);
    bool readScalar(Node &node);
    bool readString(QString &string);
    bool expected(const QString &what);
    QChar current() const { return m_at < m_text.size() ? m_text.at(m_at) : QChar(); }
    void skip() { m_at = afterBlank(m_text, m_at); }

    const QString &m_text;
    qsizetype m_at = 0;
    QString m_expected;
};

} // namespace kernelyard
