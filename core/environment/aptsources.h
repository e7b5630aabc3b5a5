// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <functional>

namespace kernelyard {

/// One entry of apt's sources, of binary packages; disabled ones are never kept. Source: sources.list(5).
struct AptSource
{
    QStringList uris;
    QStringList suites;
    QStringList components;
    QString signedBy; ///< absolute path of a keyring; empty: apt's own; "inline" or a fingerprint stays as it stands

    bool operator==(const AptSource &) const = default;
};

/// The one-line format: `deb [options] uri suite component...`.
QList<AptSource> parseSourcesList(const QByteArray &text);
/// The deb822 format of *.sources files.
QList<AptSource> parseDeb822Sources(const QByteArray &text);

/// What os-release(5) says of the host.
struct Distribution
{
    QString id;       ///< debian, ubuntu, fedora, …
    QStringList like; ///< ID_LIKE
    QString codename; ///< bookworm, noble; of Ubuntu for what derives from it
    QString name;     ///< PRETTY_NAME

    bool hasAptPackages() const; ///< Debian, Ubuntu and what derives from them
    bool operator==(const Distribution &) const = default;
};

Distribution parseOsRelease(const QByteArray &text);

/// The distribution's own packages, as this host gets them.
struct PackageArchive
{
    QString suite;            ///< bookworm
    QList<AptSource> sources; ///< of the suite, its updates and security updates
    QStringList refused;      ///< addresses left out, with the reason: passwords, CD-ROMs

    bool isEmpty() const { return suite.isEmpty(); }
    /// The first address that has the suite itself: what debootstrap calls the mirror.
    QString mirror() const;
    QString keyring() const;
    QString sourcesList() const; ///< in the one-line format
};

/// Picks the distribution's own sources out of all of the host's: those with the component `main` signed by the
/// distribution's keyring (or by none that is named), for the host's suite, its updates and its security updates.
/// Sources of third parties are left out; where nothing else has the suite, any that has it counts (a mirror signed
/// anew). Addresses with a password are refused: they would stand in the image. `mirror+file:` addresses are replaced
/// by the first that \a readFile finds in that file.
PackageArchive packageArchive(const Distribution &host, const QList<AptSource> &sources,
                              const std::function<QByteArray(const QString &path)> &readFile);

/// The host below \a root, "" for the running system. \a distribution is filled in every case.
PackageArchive readPackageArchive(const QString &root, Distribution *distribution);

} // namespace kernelyard
