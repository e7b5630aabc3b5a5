// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/aptsources.h"
#include "core/environment/hostroot.h"

#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

// Formats as in sources.list(5) and os-release(5); host names are made up.
const QByteArray deb822 = R"(# a comment
Types: deb
# another
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://vendor.example/apt
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main
)";

const QByteArray oneLine = R"(deb http://mirror.example/ubuntu noble main universe # comment
deb-src http://mirror.example/ubuntu noble main
deb [arch=amd64 signed-by=/usr/share/keyrings/tailscale-archive-keyring.gpg] https://vendor.example/x noble main
# deb http://off.example/ubuntu noble main
  deb [ trusted=yes ] http://mirror.example/ubuntu/ noble-security main
)";

QByteArray noFile(const QString &)
{
    return {};
}

const Distribution bookworm{u"debian"_s, {}, u"bookworm"_s, u"Debian 12"_s};

RootFacts debianFacts()
{
    RootFacts facts;
    facts.distribution = bookworm;
    facts.archive = packageArchive(bookworm, parseDeb822Sources(deb822), noFile);
    facts.mmdebstrap = u"/usr/bin/mmdebstrap"_s;
    facts.debootstrap = u"/usr/sbin/debootstrap"_s;
    facts.isRoot = true;
    return facts;
}

Paths somePaths()
{
    Paths paths;
    paths.cache = u"/home/me/.cache/kernelyard"_s;
    return paths;
}

} // namespace

class TestAptSources : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsDeb822()
    {
        const QList<AptSource> sources = parseDeb822Sources(deb822);
        QCOMPARE(sources.size(), 3);
        const AptSource first{{u"http://mirror.example/debian"_s},
                              {u"bookworm"_s, u"bookworm-updates"_s, u"bookworm-backports"_s},
                              {u"main"_s},
                              u"/usr/share/keyrings/debian-archive-keyring.gpg"_s};
        QCOMPARE(sources.at(0), first);
        QCOMPARE(sources.at(1).components, (QStringList{u"main"_s, u"contrib"_s}));
        QCOMPARE(sources.at(2).signedBy, u"inline"_s);
    }

    void readsOneLineEntries()
    {
        const QList<AptSource> sources = parseSourcesList(oneLine);
        QCOMPARE(sources.size(), 3);
        QCOMPARE(sources.at(0).components, (QStringList{u"main"_s, u"universe"_s}));
        QCOMPARE(sources.at(1).signedBy, u"/usr/share/keyrings/tailscale-archive-keyring.gpg"_s);
        QCOMPARE(sources.at(2).suites, QStringList(u"noble-security"_s));
    }

    void takesTheDistributionsOwnSourcesOnly()
    {
        const PackageArchive archive = packageArchive(bookworm, parseDeb822Sources(deb822), noFile);
        QCOMPARE(archive.suite, u"bookworm"_s);
        QCOMPARE(archive.mirror(), u"http://mirror.example/debian"_s);
        QCOMPARE(archive.keyring(), u"/usr/share/keyrings/debian-archive-keyring.gpg"_s);
        QCOMPARE(archive.sourcesList(),
                 u"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian "
                 u"bookworm main\n"
                 "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian "
                 "bookworm-updates main\n"
                 "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian-security "
                 "bookworm-security main contrib\n"_s);
        const Distribution noble{u"ubuntu"_s, {u"debian"_s}, u"noble"_s, u"Ubuntu"_s};
        QCOMPARE(packageArchive(noble, parseSourcesList(oneLine), noFile).sourcesList(),
                 u"deb http://mirror.example/ubuntu noble main universe\n"
                 "deb http://mirror.example/ubuntu/ noble-security main\n"_s);
    }

    void followsMirrorLists()
    {
        const auto sources = parseSourcesList("deb mirror+file:/etc/apt/mirrors/debian.list bookworm main\n");
        const auto archive = packageArchive(bookworm, sources, [](const QString &path) {
            return path == u"/etc/apt/mirrors/debian.list" ? QByteArray("# x\nhttps://near.example/debian priority:1\n")
                                                           : QByteArray();
        });
        QCOMPARE(archive.mirror(), u"https://near.example/debian"_s);
    }

    void takesAMirrorThatIsSignedAnew()
    {
        const auto sources =
            parseSourcesList("deb [signed-by=/etc/apt/keyrings/corp.gpg] https://corp.example/debian bookworm main\n");
        QCOMPARE(packageArchive(bookworm, sources, noFile).keyring(), u"/etc/apt/keyrings/corp.gpg"_s);
    }

    void refusesPasswordsAndDiscs()
    {
        const auto sources = parseSourcesList("deb https://me:secret@corp.example/debian bookworm main\n"
                                              "deb cdrom:[x]/ bookworm main\ndeb file:/srv/debian bookworm main\n");
        const PackageArchive archive = packageArchive(bookworm, sources, noFile);
        QVERIFY(archive.isEmpty());
        QVERIFY(archive.refused.join(u'\n').contains(u"corp.example"));
        QVERIFY(!archive.refused.join(u'\n').contains(u"secret"));
    }

    void knowsDistributions_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("codename");
        QTest::addColumn<bool>("apt");
        QTest::newRow("Debian") << QByteArray("ID=debian\nVERSION_CODENAME=bookworm\n") << u"bookworm"_s << true;
        QTest::newRow("Ubuntu, quoted") << QByteArray("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=\"noble\"\n")
                                        << u"noble"_s << true;
        QTest::newRow("a derivative of Ubuntu")
            << QByteArray("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n")
            << u"noble"_s << true;
        QTest::newRow("Fedora") << QByteArray("ID=fedora\nVERSION_CODENAME=\"\"\n") << QString() << false;
        QTest::newRow("nothing") << QByteArray() << QString() << false;
    }

    void knowsDistributions()
    {
        QFETCH(QByteArray, text);
        const Distribution distribution = parseOsRelease(text);
        QTEST(distribution.codename, "codename");
        QTEST(distribution.hasAptPackages(), "apt");
    }

    void makesARootWithWhatIsInstalled()
    {
        const auto recipe = rootRecipe(debianFacts(), somePaths());
        QVERIFY(recipe);
        QVERIFY(recipe->tarball.startsWith(u"/home/me/.cache/kernelyard/base/bookworm-"));
        QCOMPARE(recipe->commands.size(), 2);
        QCOMPARE(recipe->commands.at(0).program, u"/usr/bin/mmdebstrap"_s);
        QCOMPARE(recipe->commands.at(0).arguments.last(), recipe->work + u"/sources.list"_s);
        for (const Command &command : recipe->commands)
            QVERIFY2(!command.display().contains(u"mirror.example"), "addresses belong in the file");

        RootFacts facts = debianFacts();
        facts.mmdebstrap.clear();
        const auto slower = rootRecipe(facts, somePaths());
        QCOMPARE(slower->tarball, recipe->tarball);
        QCOMPARE(slower->commands.size(), 3);
        QCOMPARE(slower->commands.at(0).program, u"unshare"_s);
        QVERIFY(
            slower->commands.at(0).arguments.contains(u"--keyring=/usr/share/keyrings/debian-archive-keyring.gpg"_s));
    }

    void namesTheTarballAfterAllThatDecidesIt()
    {
        const QString plain = rootRecipe(debianFacts(), somePaths())->tarball;
        RootFacts proxied = debianFacts();
        proxied.httpProxy = u"http://proxy.example:3128"_s;
        QVERIFY(rootRecipe(proxied, somePaths())->tarball != plain);
        RootFacts certified = debianFacts();
        certified.certificatesDigest = "x";
        QVERIFY(rootRecipe(certified, somePaths())->tarball != plain);
    }

    void keepsALoopbackProxyOutOfTheImage()
    {
        RootFacts facts = debianFacts();
        facts.httpProxy = u"http://127.0.0.1:3142"_s;
        const auto recipe = rootRecipe(facts, somePaths());
        QVERIFY(recipe->commands.at(0).environment.contains({u"http_proxy"_s, facts.httpProxy}));
        for (const auto &[name, content] : recipe->files)
            QVERIFY(!content.contains("3142"));
    }

    void saysWhatIsMissing_data()
    {
        QTest::addColumn<RootFacts>("facts");
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<QString>("remedy");
        RootFacts facts = debianFacts();
        facts.mmdebstrap.clear();
        facts.isRoot = false;
        QTest::newRow("debootstrap without root") << facts << ErrorKind::Missing << u"mmdebstrap"_s;
        facts.debootstrap.clear();
        QTest::newRow("no tool on Debian") << facts << ErrorKind::Missing << u"apt-get install mmdebstrap"_s;
        facts.distribution = parseOsRelease("ID=arch\n");
        QTest::newRow("no tool on Arch") << facts << ErrorKind::Missing << u"pacman -S debootstrap"_s;
        facts.debootstrap = u"/usr/bin/debootstrap"_s;
        facts.isRoot = true;
        facts.archive = {};
        QTest::newRow("no mirror on Arch") << facts << ErrorKind::Unsupported << u"KERNELYARD_MIRROR"_s;
    }

    void saysWhatIsMissing()
    {
        QFETCH(RootFacts, facts);
        QFETCH(QString, remedy);
        const auto recipe = rootRecipe(facts, somePaths());
        QVERIFY(!recipe);
        QTEST(recipe.error().kind, "kind");
        QVERIFY2(recipe.error().remedy.contains(remedy), qPrintable(recipe.error().remedy));
    }
};

QTEST_GUILESS_MAIN(TestAptSources)
#include "tst_aptsources.moc"
