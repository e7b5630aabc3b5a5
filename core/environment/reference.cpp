// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/reference.h"

#include <QList>

using namespace Qt::StringLiterals;

namespace kernelyard {

QString Reference::display() const
{
    return name.isEmpty() ? QString(u"${"_s + kind + u'}') : QString(u"${"_s + kind + u':' + name + u'}');
}

namespace {

struct Piece
{
    QString text; ///< as it stands
    std::optional<Reference> reference;
    bool dollar = false; ///< text is "$$"
};

std::optional<QList<Piece>> pieces(const QString &text)
{
    QList<Piece> found;
    qsizetype from = 0;
    while (from < text.size()) {
        const qsizetype dollar = text.indexOf(u'$', from);
        if (dollar < 0 || dollar + 1 == text.size()) {
            found.append({text.mid(from), {}, false});
            break;
        }
        if (dollar > from)
            found.append({text.mid(from, dollar - from), {}, false});
        if (text.at(dollar + 1) == u'$') {
            found.append({u"$$"_s, {}, true});
            from = dollar + 2;
        } else if (text.at(dollar + 1) == u'{') {
            const qsizetype end = text.indexOf(u'}', dollar);
            if (end < 0)
                return {};
            const QString inner = text.mid(dollar + 2, end - dollar - 2);
            const qsizetype colon = inner.indexOf(u':');
            Reference reference{inner.left(colon), colon < 0 ? QString() : inner.mid(colon + 1), dollar};
            found.append({text.mid(dollar, end + 1 - dollar), reference, false});
            from = end + 1;
        } else {
            found.append({u"$"_s, {}, false});
            from = dollar + 1;
        }
    }
    return found;
}

} // namespace

std::optional<QList<Reference>> referencesIn(const QString &text)
{
    const auto parts = pieces(text);
    if (!parts)
        return {};
    QList<Reference> found;
    for (const Piece &piece : *parts)
        if (piece.reference)
            found.append(*piece.reference);
    return found;
}

QString substituted(const QString &text, const std::function<std::optional<QString>(const Reference &)> &value,
                    Pass pass)
{
    const auto parts = pieces(text);
    if (!parts)
        return text;
    QString result;
    for (const Piece &piece : *parts) {
        if (piece.reference)
            result += value(*piece.reference).value_or(piece.text);
        else
            result += piece.dollar && pass == Pass::Last ? u"$"_s : piece.text;
    }
    return result;
}

} // namespace kernelyard
