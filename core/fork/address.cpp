// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/address.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QRegularExpression>
#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

bool hasControlCharacter(const QString &text)
{
    return std::ranges::any_of(text, [](QChar c) { return c.category() == QChar::Other_Control; });
}

/// "host:path" with an optional "user@", which ssh knows; a colon after the first slash is a part of a path.
bool isScp(const QString &url)
{
    const qsizetype colon = url.indexOf(u':');
    return colon > 0 && !url.left(colon).contains(u'/') && !url.contains(u"://");
}

bool isGitFolder(const QString &part)
{
    QString plain = part.toLower();
    while (plain.endsWith(u'.') || plain.endsWith(u' '))
        plain.chop(1);
    return plain == u".git" || plain == u"git~1" || plain.startsWith(u".git:");
}

} // namespace

Result<void> checkAddress(const QString &url)
{
    static const QStringList schemes{u"http"_s, u"https"_s, u"ssh"_s, u"git"_s, u"file"_s, u"git+ssh"_s, u"ssh+git"_s};
    const qsizetype scheme = url.indexOf(u"://");
    const bool option =
        url.startsWith(u'-') || (isScp(url) && url.section(u':', 0, 0).section(u'@', -1).startsWith(u'-')) ||
        (isScp(url) && url.section(u':', 1).startsWith(u'-')) || (scheme > 0 && url.mid(scheme + 3).startsWith(u'-'));
    const bool known = scheme < 0 ? !url.contains(u"::") : schemes.contains(url.left(scheme).toLower());
    if (!url.isEmpty() && !option && known && !hasControlCharacter(url))
        return {};
    return Failure(
        Error{ErrorKind::Invalid,
              QCoreApplication::translate("Fork", "“%1” is no git address.").arg(url),
              {},
              QCoreApplication::translate("Fork", "Expected https://…, ssh://…, user@host:path, git://… or a "
                                                  "folder of this machine.")});
}

bool isLocalAddress(const QString &url)
{
    return url.startsWith(u"file:", Qt::CaseInsensitive) || (!url.contains(u"://") && !isScp(url));
}

QString resolvedAddress(const QString &url, const QString &parent)
{
    if (!url.startsWith(u"./") && !url.startsWith(u"../"))
        return url;
    QString base = parent;
    while (base.endsWith(u'/'))
        base.chop(1);
    QString rest = url;
    while (rest.startsWith(u"./") || rest.startsWith(u"../")) {
        const bool up = rest.startsWith(u"../");
        rest = rest.mid(up ? 3 : 2);
        if (!up)
            continue;
        const qsizetype slash = base.lastIndexOf(u'/');
        const qsizetype colon = isScp(base) ? base.lastIndexOf(u':') : -1;
        const qsizetype cut = std::max(slash, colon);
        if (cut <= 0)
            return url;
        base = base.left(slash > colon ? slash : colon + 1);
    }
    return base.endsWith(u':') ? QString(base + rest) : QString(base + u'/' + rest);
}

QString shortAddress(const QString &url)
{
    static const QRegularExpression scheme(u"^[a-zA-Z+]+://"_s);
    QString text = url;
    text.remove(scheme);
    const qsizetype slash = text.indexOf(u'/');
    const qsizetype at = text.left(slash < 0 ? text.size() : slash).lastIndexOf(u'@');
    if (at >= 0)
        text = text.mid(at + 1);
    if (isScp(url))
        text.replace(text.indexOf(u':'), 1, u'/');
    while (text.endsWith(u'/') && text.size() > 1)
        text.chop(1);
    return text.endsWith(u".git") ? text.chopped(4) : text;
}

QString nameOfAddress(const QString &url)
{
    QString text = shortAddress(url);
    if (text.endsWith(u"/.git"))
        text.chop(5);
    return text.section(u'/', -1);
}

bool isInside(const QString &root, const QString &relative)
{
    if (relative.isEmpty() || relative.startsWith(u'/') || relative.contains(u'\\') || hasControlCharacter(relative))
        return false;
    QString at = root;
    for (const QString &part : relative.split(u'/')) {
        if (part.isEmpty() || part == u"." || part == u".." || part.startsWith(u'-') || isGitFolder(part))
            return false;
        at += u'/' + part;
        if (QFileInfo(at).isSymLink())
            return false;
    }
    return true;
}

bool isPlainName(const QString &name)
{
    return !name.isEmpty() && !name.startsWith(u'.') && !name.startsWith(u'-') && !name.contains(u'/') &&
           !hasControlCharacter(name) && name.toUtf8().size() <= 200;
}

} // namespace kernelyard
