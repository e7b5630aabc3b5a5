// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/imagename.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace kernelyard {

std::optional<ImageName> ImageName::fromText(const QString &text)
{
    // A first component is a registry when it has a dot or a port, or is localhost; else it is part of the path.
    static const QRegularExpression grammar(QRegularExpression::anchoredPattern(
        u"(?:(?<registry>localhost(?::[0-9]+)?|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+)/)?"
        "(?<path>[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*)"
        "(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
        "(?:@(?<digest>sha256:[0-9a-f]{64}))?"_s));
    const QRegularExpressionMatch match = grammar.match(text);
    if (!match.hasMatch() || match.captured(u"path"_s).size() > 255)
        return {};
    ImageName name{match.captured(u"registry"_s), match.captured(u"path"_s), match.captured(u"tag"_s),
                   match.captured(u"digest"_s)};
    if (name.registry.isEmpty())
        name.registry = u"docker.io"_s;
    if (name.registry == u"docker.io" && !name.repository.contains(u'/'))
        name.repository.prepend(u"library/"_s);
    if (name.tag.isEmpty() && name.digest.isEmpty())
        name.tag = u"latest"_s;
    return name;
}

QString ImageName::display() const
{
    QString text = registry + u'/' + repository;
    if (!tag.isEmpty())
        text += u':' + tag;
    if (!digest.isEmpty())
        text += u'@' + digest;
    return text;
}

} // namespace kernelyard
