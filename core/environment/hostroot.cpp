// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/hostroot.h"

#include "core/base/log.h"
#include "core/process/foreground.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <QSysInfo>
#include <QUrl>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

namespace {

constexpr auto makeLimit = 30min;

// As Debian's own slim images: no documentation, but the licences; and no fsync for each file, which an image that is
// thrown away when its making stops has no use for.
const char *const slimPatterns[] = {"force-unsafe-io",
                                    "path-exclude=/usr/share/doc/*",
                                    "path-include=/usr/share/doc/*/copyright",
                                    "path-exclude=/usr/share/man/*",
                                    "path-exclude=/usr/share/info/*",
                                    "path-exclude=/usr/share/locale/*"};

QString tr(const char *text)
{
    return QCoreApplication::translate("BaseImage", text);
}

QByteArray fileBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString program(const QString &name)
{
    const QString inPath = QStandardPaths::findExecutable(name);
    return !inPath.isEmpty() ? inPath : QStandardPaths::findExecutable(name, {u"/usr/sbin"_s, u"/sbin"_s});
}

QString aptProxy(const QString &option)
{
    const auto answer = run({u"apt-config"_s, {u"dump"_s, u"--format"_s, u"%v%n"_s, option}, {}, {}}, 5s);
    const QString value = answer ? QString::fromUtf8(answer->out).section(u'\n', 0, 0).trimmed() : QString();
    const QUrl url(value);
    return url.scheme().startsWith(u"http") && url.userInfo().isEmpty() ? value : QString();
}

bool isLoopback(const QString &address)
{
    const QString host = QUrl(address).host();
    return host == u"localhost" || host.startsWith(u"127.") || host == u"::1";
}

/// What apt in a container needs to know of the host's proxies. One on the host's loopback can't be reached there.
QByteArray proxyConfiguration(const RootFacts &facts)
{
    QByteArray text;
    if (!facts.httpProxy.isEmpty() && !isLoopback(facts.httpProxy))
        text += "Acquire::http::Proxy \"" + facts.httpProxy.toUtf8() + "\";\n";
    if (!facts.httpsProxy.isEmpty() && !isLoopback(facts.httpsProxy))
        text += "Acquire::https::Proxy \"" + facts.httpsProxy.toUtf8() + "\";\n";
    return text;
}

Error nothingToMakeItWith(const Distribution &host)
{
    return {ErrorKind::Missing,
            tr("The base image can't be made from packages: neither mmdebstrap nor debootstrap is installed."),
            {},
            host.hasAptPackages()  ? u"sudo apt-get install mmdebstrap"_s
            : host.id == u"fedora" ? u"sudo dnf install debootstrap"_s
            : host.id == u"arch"   ? u"sudo pacman -S debootstrap debian-archive-keyring"_s
                                   : tr("Install mmdebstrap or debootstrap.")};
}

Error noArchive(const RootFacts &facts)
{
    return {
        ErrorKind::Unsupported,
        facts.distribution.hasAptPackages()
            ? tr("The base image can't be made from packages: %1 has no package source with \"main\" that can be used.")
                  .arg(facts.distribution.name)
            : tr("The base image can't be made from %1's own packages: they are no Debian packages.")
                  .arg(facts.distribution.name),
        facts.archive.refused.join(u'\n'),
        tr("Set KERNELYARD_MIRROR to the address of a Debian mirror (and KERNELYARD_SUITE to its suite), or make the "
           "registry reachable.")};
}

/// Adds everything below work/extra to the tarball, owned by root whoever runs it.
Command appendExtra(const RootRecipe &recipe, const QStringList &names)
{
    Command tar;
    tar.program = u"tar"_s;
    tar.arguments = QStringList{u"--append"_s,
                                u"--file"_s,
                                recipe.work + u"/root.tar"_s,
                                u"--owner=0"_s,
                                u"--group=0"_s,
                                u"--numeric-owner"_s,
                                u"--mode=u=rwX,go=rX"_s,
                                u"--no-recursion"_s,
                                u"--directory"_s,
                                recipe.work + u"/extra"_s} +
                    names;
    return tar;
}

QList<std::pair<QString, QString>> proxyVariables(const RootFacts &facts)
{
    QList<std::pair<QString, QString>> variables;
    if (!facts.httpProxy.isEmpty())
        variables.append({u"http_proxy"_s, facts.httpProxy});
    if (!facts.httpsProxy.isEmpty())
        variables.append({u"https_proxy"_s, facts.httpsProxy});
    return variables;
}

QList<Command> mmdebstrapCommands(const RootFacts &facts, const RootRecipe &recipe)
{
    Command make;
    make.program = facts.mmdebstrap;
    make.arguments = {facts.isRoot ? u"--mode=root"_s : u"--mode=auto"_s, u"--variant=minbase"_s, u"--format=tar"_s};
    for (const char *pattern : slimPatterns)
        make.arguments << u"--dpkgopt="_s + QLatin1StringView(pattern);
    make.arguments << facts.archive.suite << recipe.work + u"/root.tar"_s << recipe.work + u"/sources.list"_s;
    make.environment = proxyVariables(facts);
    // Not for a user: the folder must be open to the user's subordinate ids, and a home folder seldom is.
    if (facts.isRoot)
        make.environment.append({u"TMPDIR"_s, recipe.work});
    return {make};
}

/// In a mount and process namespace of its own, so that nothing stays mounted or runs on when it is killed.
QList<Command> debootstrapCommands(const RootFacts &facts, const RootRecipe &recipe)
{
    const QString root = recipe.work + u"/root"_s;
    Command make;
    make.program = u"unshare"_s;
    make.arguments = {u"--mount"_s, u"--pid"_s,        u"--fork"_s,           u"--kill-child"_s,
                      u"--"_s,      facts.debootstrap, u"--variant=minbase"_s};
    if (!facts.archive.keyring().isEmpty())
        make.arguments << u"--keyring="_s + facts.archive.keyring();
    make.arguments << facts.archive.suite << root << facts.archive.mirror();
    make.environment = proxyVariables(facts);
    Command pack;
    pack.program = u"tar"_s;
    pack.arguments = {u"--create"_s, u"--file"_s, recipe.work + u"/root.tar"_s, u"--numeric-owner"_s,
                      u"--one-file-system"_s};
    for (const char *path :
         {"./dev/*", "./proc/*", "./sys/*", "./debootstrap", "./var/cache/apt/archives/*.deb", "./var/cache/apt/*.bin",
          "./var/lib/apt/lists/*_*", "./var/log/bootstrap.log", "./etc/apt/sources.list", "./usr/share/doc/*/[!c]*",
          "./usr/share/man/*", "./usr/share/info/*", "./usr/share/locale/*"})
        pack.arguments << u"--exclude="_s + QLatin1StringView(path);
    pack.arguments << u"--directory"_s << root << u"."_s;
    return {make, pack};
}

/// An exclusive lock on a file, freed by the kernel when the process ends however it does.
class FileLock
{
public:
    ~FileLock()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    FileLock() = default;
    FileLock(const FileLock &) = delete;
    FileLock &operator=(const FileLock &) = delete;

    Result<void> take(const QString &path, const Say &say, const Cancelled &cancelled)
    {
        m_fd = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (m_fd < 0)
            return Failure(systemError(path, errno));
        for (bool told = false; ::flock(m_fd, LOCK_EX | LOCK_NB) != 0; std::this_thread::sleep_for(200ms)) {
            if (errno != EWOULDBLOCK && errno != EINTR)
                return Failure(systemError(path, errno));
            if (cancelled && cancelled())
                return Failure(Error{ErrorKind::Cancelled, tr("Making the base image was cancelled."), {}, {}});
            if (!std::exchange(told, true))
                say(tr("Another build is making this base; waiting for it."));
        }
        return {};
    }

private:
    int m_fd = -1;
};

/// Removes the folder of unfinished work when it goes out of scope.
struct WorkFolder
{
    explicit WorkFolder(QString folder)
        : path(std::move(folder))
    {
        QDir(path).removeRecursively();
    }
    ~WorkFolder() { QDir(path).removeRecursively(); }
    WorkFolder(const WorkFolder &) = delete;
    WorkFolder &operator=(const WorkFolder &) = delete;

    QString path;
};

Result<void> prepare(const RootRecipe &recipe)
{
    const auto folderOf = [&](const QString &name) { return QFileInfo(recipe.work + u'/' + name).path(); };
    for (const auto &[name, content] : recipe.files) {
        if (!QDir().mkpath(folderOf(name)))
            return Failure(systemError(folderOf(name), errno));
        QFile file(recipe.work + u'/' + name);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size() || !file.flush())
            return Failure(systemError(file.fileName(), errno));
    }
    for (const auto &[from, to] : recipe.copies) {
        if (!QDir().mkpath(folderOf(to)))
            return Failure(systemError(folderOf(to), errno));
        QFile source(from);
        if (!source.copy(recipe.work + u'/' + to))
            return Failure(Error{
                ErrorKind::Failed, tr("%1 can't be copied to %2.").arg(from, recipe.work), source.errorString(), {}});
    }
    return {};
}

} // namespace

RootFacts RootFacts::ofThisMachine()
{
    RootFacts facts;
    facts.archive = readPackageArchive({}, &facts.distribution);
    if (const QString mirror = qEnvironmentVariable("KERNELYARD_MIRROR"); !mirror.isEmpty()) {
        facts.archive = {};
        facts.archive.suite = qEnvironmentVariable("KERNELYARD_SUITE", u"bookworm"_s);
        facts.archive.sources = {{{mirror}, {facts.archive.suite}, {u"main"_s}, {}}};
    }
    facts.mmdebstrap = program(u"mmdebstrap"_s);
    facts.debootstrap = program(u"debootstrap"_s);
    facts.isRoot = ::geteuid() == 0;
    QCryptographicHash digest(QCryptographicHash::Sha256);
    for (const char *bundle : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"})
        if (const QString path = QFile::decodeName(bundle); facts.caBundle.isEmpty() && QFileInfo(path).isReadable()) {
            facts.caBundle = path;
            digest.addData(fileBytes(path));
        }
    const QDir added(u"/usr/local/share/ca-certificates"_s);
    for (const QString &name : added.entryList({u"*.crt"_s}, QDir::Files | QDir::Readable, QDir::Name)) {
        facts.certificates << added.filePath(name);
        digest.addData(fileBytes(added.filePath(name)));
    }
    facts.certificatesDigest = digest.result();
    facts.httpProxy = aptProxy(u"Acquire::http::Proxy"_s);
    facts.httpsProxy = aptProxy(u"Acquire::https::Proxy"_s);
    return facts;
}

Result<RootRecipe> rootRecipe(const RootFacts &facts, const Paths &paths)
{
    if (facts.mmdebstrap.isEmpty() && facts.debootstrap.isEmpty())
        return Failure(nothingToMakeItWith(facts.distribution));
    if (facts.archive.isEmpty())
        return Failure(noArchive(facts));
    if (facts.mmdebstrap.isEmpty() && !facts.isRoot)
        return Failure(
            Error{ErrorKind::Missing,
                  tr("The base image can't be made from packages: debootstrap needs root here."),
                  {},
                  tr("Install mmdebstrap, which works for every user: %1").arg(u"sudo apt-get install mmdebstrap"_s)});

    const QByteArray proxies = proxyConfiguration(facts);
    QCryptographicHash digest(QCryptographicHash::Sha256);
    digest.addData(facts.archive.sourcesList().toUtf8());
    digest.addData(proxies);
    digest.addData(facts.certificatesDigest);
    const QString key = u"%1-%2-%3"_s.arg(facts.archive.suite, QSysInfo::currentCpuArchitecture(),
                                          QString::fromLatin1(digest.result().toHex().first(12)));
    RootRecipe recipe;
    recipe.suite = facts.archive.suite;
    recipe.tarball = paths.cache + u"/base/"_s + key + u".tar"_s;
    recipe.work = paths.cache + u"/base/"_s + key + u".work"_s;
    recipe.lockFile = paths.cache + u"/base/"_s + key + u".lock"_s;

    QStringList extra{u"etc/apt/sources.list"_s};
    recipe.files = {{u"sources.list"_s, facts.archive.sourcesList().toUtf8()},
                    {u"extra/etc/apt/sources.list"_s, facts.archive.sourcesList().toUtf8()}};
    if (!proxies.isEmpty()) {
        extra << u"etc/apt/apt.conf.d/90host-proxy"_s;
        recipe.files.append({u"extra/etc/apt/apt.conf.d/90host-proxy"_s, proxies});
    }
    if (!facts.caBundle.isEmpty()) {
        extra << u"etc/ssl"_s << u"etc/ssl/certs"_s << u"etc/ssl/certs/ca-certificates.crt"_s;
        recipe.copies.append({facts.caBundle, u"extra/etc/ssl/certs/ca-certificates.crt"_s});
    }
    if (!facts.certificates.isEmpty())
        extra << u"usr/local/share/ca-certificates"_s;
    for (const QString &path : facts.certificates) {
        const QString inside = u"usr/local/share/ca-certificates/"_s + QFileInfo(path).fileName();
        extra << inside;
        recipe.copies.append({path, u"extra/"_s + inside});
    }
    if (facts.mmdebstrap.isEmpty()) {
        QByteArray patterns;
        for (const char *pattern : slimPatterns)
            patterns += QByteArray(pattern) + '\n';
        extra << u"etc/dpkg/dpkg.cfg.d/slim"_s;
        recipe.files.append({u"extra/etc/dpkg/dpkg.cfg.d/slim"_s, patterns});
        recipe.commands = debootstrapCommands(facts, recipe);
    } else {
        recipe.commands = mmdebstrapCommands(facts, recipe);
    }
    recipe.commands << appendExtra(recipe, extra);
    return recipe;
}

Result<void> makeRoot(const RootRecipe &recipe, const Say &say, const Cancelled &cancelled)
{
    if (const QString folder = QFileInfo(recipe.tarball).path(); !QDir().mkpath(folder))
        return Failure(systemError(folder, errno));
    FileLock lock;
    if (auto taken = lock.take(recipe.lockFile, say, cancelled); !taken)
        return taken;
    if (QFileInfo::exists(recipe.tarball)) {
        say(tr("The packages were fetched and unpacked before: %1").arg(recipe.tarball));
        return {};
    }
    const WorkFolder work(recipe.work);
    if (auto prepared = prepare(recipe); !prepared)
        return prepared;
    for (const Command &command : recipe.commands) {
        say(u"$ "_s + command.display());
        const Result<int> exitCode = runForeground(command, makeLimit, cancelled);
        if (!exitCode)
            return Failure(exitCode.error());
        if (*exitCode != 0)
            return Failure(
                Error{ErrorKind::Failed,
                      tr("The base image could not be made from the packages of %1: %2 ended with status %3.")
                          .arg(recipe.suite, QFileInfo(command.program).fileName())
                          .arg(*exitCode),
                      {},
                      tr("Its own words stand above. Check that the package mirror can be reached: apt-get update")});
    }
    const QByteArray from = QFile::encodeName(recipe.work + u"/root.tar"_s);
    if (::rename(from.constData(), QFile::encodeName(recipe.tarball).constData()) != 0)
        return Failure(systemError(recipe.tarball, errno));
    log(LogDomain::Environment).info("made {}", recipe.tarball.toStdString());
    return {};
}

} // namespace kernelyard
