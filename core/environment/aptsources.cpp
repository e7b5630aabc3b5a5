// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/aptsources.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QRegularExpression>
#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QStringList words(const QString &text)
{
    static const QRegularExpression spaces(u"\\s+"_s);
    return text.split(spaces, Qt::SkipEmptyParts);
}

/// "[signed-by=/a arch=amd64]" → its signed-by.
QString signedByOption(const QString &options)
{
    for (const QString &word : words(options))
        if (word.startsWith(u"signed-by="))
            return word.mid(10).section(u',', 0, 0);
    return {};
}

QByteArray fileBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(1 << 20) : QByteArray();
}

bool isTheDistributionsKeyring(const Distribution &host, const QString &signedBy)
{
    const QString file = signedBy.section(u'/', -1).section(u'.', 0, 0);
    return file == u"debian-archive-keyring" || file == u"ubuntu-archive-keyring" ||
           file == host.id + u"-archive-keyring";
}

bool hasMain(const AptSource &source)
{
    return source.components.contains(u"main"_s) && !source.uris.isEmpty();
}

/// The suite without -updates, -security, /updates and the like.
QString plainSuite(const QList<AptSource> &sources, const QString &codename)
{
    QString first;
    for (const AptSource &source : sources)
        for (const QString &suite : source.suites) {
            if (suite == codename)
                return suite;
            if (first.isEmpty() && !suite.contains(u'-') && !suite.contains(u'/'))
                first = suite;
        }
    return first;
}

/// Only what belongs to \a suite, one address each, with those that can't be used left out.
QList<AptSource> usable(const QList<AptSource> &sources, const QString &suite,
                        const std::function<QByteArray(const QString &)> &readFile, QStringList *refused)
{
    const QStringList wanted{suite, suite + u"-updates"_s, suite + u"-security"_s, suite + u"/updates"_s};
    QList<AptSource> result;
    for (AptSource source : sources) {
        source.suites.removeIf([&](const QString &name) { return !wanted.contains(name); });
        QStringList uris;
        for (QString uri : source.uris) {
            if (uri.startsWith(u"mirror+file:")) {
                const QString list = QString::fromUtf8(readFile(QUrl(uri.mid(7)).path()));
                for (const QString &line : list.split(u'\n'))
                    if (!line.startsWith(u'#') && !words(line).isEmpty()) {
                        uri = words(line).first();
                        break;
                    }
            }
            const QUrl url(uri);
            if (!url.userInfo().isEmpty())
                *refused << url.toString(QUrl::RemoveUserInfo) + u" (its address holds a password)"_s;
            else if (url.scheme() != u"http" && url.scheme() != u"https")
                *refused << uri + u" (no http or https address)"_s;
            else
                uris << uri;
        }
        source.uris = uris;
        if (!source.suites.isEmpty() && !source.uris.isEmpty())
            result << source;
    }
    return result;
}

} // namespace

QList<AptSource> parseSourcesList(const QByteArray &text)
{
    static const QRegularExpression line(
        u"^\\s*deb\\s+(?:\\[([^\\]]*)\\]\\s*)?(\\S+)\\s+(\\S+)(?:\\s+([^#]*))?(?:#.*)?$"_s);
    QList<AptSource> sources;
    for (const QString &entry : QString::fromUtf8(text).split(u'\n')) {
        const QRegularExpressionMatch match = line.match(entry);
        if (match.hasMatch())
            sources.append({{match.captured(2)},
                            {match.captured(3)},
                            words(match.captured(4)),
                            signedByOption(match.captured(1))});
    }
    return sources;
}

QList<AptSource> parseDeb822Sources(const QByteArray &text)
{
    QList<AptSource> sources;
    QHash<QString, QString> fields;
    QString current;
    const auto close = [&] {
        const bool enabled = fields.value(u"enabled"_s, u"yes"_s).trimmed() != u"no";
        if (enabled && words(fields.value(u"types"_s)).contains(u"deb"_s)) {
            const QString key = fields.value(u"signed-by"_s).trimmed();
            sources.append({words(fields.value(u"uris"_s)), words(fields.value(u"suites"_s)),
                            words(fields.value(u"components"_s)),
                            key.contains(u"BEGIN PGP") ? u"inline"_s : words(key).value(0)});
        }
        fields.clear();
        current.clear();
    };
    for (const QString &line : QString::fromUtf8(text).split(u'\n')) {
        if (line.startsWith(u'#'))
            continue;
        if (line.trimmed().isEmpty()) {
            close();
        } else if (line.at(0).isSpace()) {
            if (!current.isEmpty())
                fields[current] += u'\n' + line.trimmed();
        } else if (const qsizetype colon = line.indexOf(u':'); colon > 0) {
            current = line.first(colon).trimmed().toLower();
            fields[current] = line.sliced(colon + 1).trimmed();
        }
    }
    close();
    return sources;
}

bool Distribution::hasAptPackages() const
{
    return id == u"debian" || id == u"ubuntu" || like.contains(u"debian"_s) || like.contains(u"ubuntu"_s);
}

Distribution parseOsRelease(const QByteArray &text)
{
    QHash<QString, QString> fields;
    for (const QString &line : QString::fromUtf8(text).split(u'\n')) {
        const qsizetype equals = line.indexOf(u'=');
        if (equals <= 0 || line.startsWith(u'#'))
            continue;
        QString value = line.sliced(equals + 1).trimmed();
        if (value.size() >= 2 && (value.startsWith(u'"') || value.startsWith(u'\'')) && value.endsWith(value.at(0)))
            value = value.sliced(1, value.size() - 2);
        fields.insert(line.first(equals).trimmed(), value);
    }
    Distribution host{fields.value(u"ID"_s, u"linux"_s), words(fields.value(u"ID_LIKE"_s)),
                      fields.value(u"VERSION_CODENAME"_s), fields.value(u"PRETTY_NAME"_s, u"Linux"_s)};
    // A derivative's packages lie on top of the archive that it derives from, under the other's codename.
    if (host.id != u"debian" && host.id != u"ubuntu")
        host.codename = fields.value(u"UBUNTU_CODENAME"_s, fields.value(u"DEBIAN_CODENAME"_s, host.codename));
    return host;
}

QString PackageArchive::mirror() const
{
    for (const AptSource &source : sources)
        if (source.suites.contains(suite))
            return source.uris.first();
    return {};
}

QString PackageArchive::keyring() const
{
    for (const AptSource &source : sources)
        if (source.suites.contains(suite))
            return source.signedBy.startsWith(u'/') ? source.signedBy : QString();
    return {};
}

QString PackageArchive::sourcesList() const
{
    QString text;
    for (const AptSource &source : sources)
        for (const QString &name : source.suites) {
            text += u"deb "_s;
            if (source.signedBy.startsWith(u'/'))
                text += u"[signed-by="_s + source.signedBy + u"] "_s;
            text += source.uris.first() + u' ' + name + u' ' + source.components.join(u' ') + u'\n';
        }
    return text;
}

PackageArchive packageArchive(const Distribution &host, const QList<AptSource> &sources,
                              const std::function<QByteArray(const QString &)> &readFile)
{
    QList<AptSource> own;
    QList<AptSource> any;
    for (const AptSource &source : sources) {
        if (!hasMain(source))
            continue;
        any << source;
        if (source.signedBy.isEmpty() || isTheDistributionsKeyring(host, source.signedBy))
            own << source;
    }
    PackageArchive archive;
    for (const QList<AptSource> &candidates : {own, any}) {
        archive.suite = plainSuite(candidates, host.codename);
        archive.sources = usable(candidates, archive.suite, readFile, &archive.refused);
        if (!archive.suite.isEmpty() && !archive.mirror().isEmpty())
            return archive;
    }
    archive.suite.clear();
    archive.sources.clear();
    archive.refused.removeDuplicates();
    return archive;
}

PackageArchive readPackageArchive(const QString &root, Distribution *distribution)
{
    *distribution = parseOsRelease(fileBytes(root + u"/etc/os-release"_s));
    QList<AptSource> sources = parseSourcesList(fileBytes(root + u"/etc/apt/sources.list"_s));
    const QDir folder(root + u"/etc/apt/sources.list.d"_s);
    for (const QString &name : folder.entryList({u"*.list"_s, u"*.sources"_s}, QDir::Files, QDir::Name)) {
        const QByteArray text = fileBytes(folder.filePath(name));
        sources += name.endsWith(u".list") ? parseSourcesList(text) : parseDeb822Sources(text);
    }
    if (!distribution->hasAptPackages())
        return {};
    return packageArchive(*distribution, sources, [&](const QString &path) { return fileBytes(root + path); });
}

} // namespace kernelyard
