// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/fork.h"
#include "tests/core/fork/forkfixture.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

namespace {

/// Every path below a folder with its bytes, .git included: proves that nothing was touched.
QMap<QString, QByteArray> contents(const QString &folder)
{
    QMap<QString, QByteArray> all;
    QDirIterator entries(folder, QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
    while (entries.hasNext()) {
        const QString path = entries.next();
        all.insert(path.mid(folder.size()), read(path));
    }
    return all;
}

} // namespace

class TestFork : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    QString at(const QString &name) const { return m_folder->filePath(name); }
    ForkRequest request() const
    {
        return {u"attention"_s, {}, at(u"sources"_s), at(u"data/seeds"_s), at(u"data/forks"_s)};
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        write(at(u"sources/setup.py"_s), "print('one')\n");
        write(at(u"sources/src/kernel.cpp"_s), "int answer() { return 42; }\n");
        write(at(u"sources/.gitignore"_s), "build/\n__pycache__/\n");
        write(at(u"sources/build/kernel.o"_s), "object");
        write(at(u"sources/python/__pycache__/a.pyc"_s), "bytecode");
        write(at(u"sources/run.sh"_s), "#!/bin/sh\n");
        QFile::setPermissions(at(u"sources/run.sh"_s),
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadGroup);
        QFile::link(u"setup.py"_s, at(u"sources/link.py"_s));
    }

    void aSeedHoldsTheSourcesAndNotWhatTheyIgnore()
    {
        const auto commit = seedRepository(at(u"sources"_s), at(u"seed.git"_s));
        QVERIFY2(commit, qPrintable(commit ? QString() : commit.error().message));
        QCOMPARE(git(at(u"seed.git"_s), {u"rev-parse"_s, u"HEAD"_s}), *commit);
        QCOMPARE(git(at(u"seed.git"_s), {u"ls-tree"_s, u"-r"_s, u"--format=%(objectmode) %(path)"_s, u"HEAD"_s})
                     .split(u'\n'),
                 (QStringList{u"100644 .gitignore"_s, u"120000 link.py"_s, u"100755 run.sh"_s, u"100644 setup.py"_s,
                              u"100644 src/kernel.cpp"_s}));
        QCOMPARE(git(at(u"seed.git"_s), {u"show"_s, u"HEAD:link.py"_s}), u"setup.py"_s);
        QCOMPARE(git(at(u"seed.git"_s), {u"fsck"_s, u"--strict"_s}), QString());
    }

    void aSeedGetsACommitOnlyWhenTheSourcesChanged()
    {
        const auto first = seedRepository(at(u"sources"_s), at(u"seed.git"_s));
        const auto again = seedRepository(at(u"sources"_s), at(u"seed.git"_s));
        QVERIFY(first && again);
        QCOMPARE(*again, *first);
        const auto elsewhere = seedRepository(at(u"sources"_s), at(u"other.git"_s));
        QVERIFY(elsewhere);
        QCOMPARE(*elsewhere, *first); // images are labelled with it
        write(at(u"sources/setup.py"_s), "print('two')\n");
        const auto changed = seedRepository(at(u"sources"_s), at(u"seed.git"_s));
        QVERIFY(changed);
        QVERIFY(*changed != *first);
        QCOMPARE(git(at(u"seed.git"_s), {u"rev-parse"_s, u"HEAD^"_s}), *first);
    }

    void ensureMakesTheForkOnceAndLeavesItAlone()
    {
        const auto made = ensureFork(request(), {});
        QVERIFY2(made, qPrintable(made ? QString() : made.error().message));
        QCOMPARE(made->name, u"attention"_s);
        QCOMPARE(made->path, at(u"data/forks/attention"_s));
        QCOMPARE(made->branch, u"main"_s);
        QCOMPARE(made->origin, at(u"data/seeds/attention.git"_s));
        QVERIFY(made->hasUpstream);
        QVERIFY(made->isClean());
        QCOMPARE(made->behind, 0);
        QCOMPARE(git(made->path, {u"rev-parse"_s, u"HEAD"_s}), made->commit);
        QCOMPARE(read(made->path + u"/src/kernel.cpp"_s), read(at(u"sources/src/kernel.cpp"_s)));

        write(made->path + u"/src/kernel.cpp"_s, "int answer() { return 43; }\n");
        write(made->path + u"/notes.txt"_s, "mine");
        QFile::remove(made->path + u"/run.sh"_s);
        const auto before = contents(made->path);
        const auto again = ensureFork(request(), {});
        QVERIFY(again);
        QCOMPARE(again->changedFiles, (QStringList{u"notes.txt"_s, u"run.sh"_s, u"src/kernel.cpp"_s}));
        QCOMPARE(contents(made->path), before);
    }

    void newerShippedSourcesShowAsBehindByOne()
    {
        const auto made = ensureFork(request(), {});
        QVERIFY(made);
        write(made->path + u"/setup.py"_s, "print('the user was here')\n");
        const auto before = contents(made->path);
        write(at(u"sources/setup.py"_s), "print('shipped, newer')\n");
        const auto updated = ensureFork(request(), {});
        QVERIFY(updated);
        QCOMPARE(updated->behind, 1);
        QCOMPARE(updated->ahead, 0);
        QCOMPARE(updated->commit, made->commit);
        QCOMPARE(updated->changedFiles, QStringList{u"setup.py"_s});
        // Only git's own record of the origin may have changed: objects, the remote-tracking branch and its log.
        auto after = contents(made->path);
        for (auto file = before.cbegin(); file != before.cend(); ++file)
            if (!file.key().startsWith(u"/.git/refs/remotes/") && !file.key().startsWith(u"/.git/logs/refs/remotes/") &&
                file.key() != u"/.git/packed-refs")
                QCOMPARE(after.value(file.key()), file.value());
    }

    void aheadAndDetachedAreTold()
    {
        const auto made = ensureFork(request(), {});
        QVERIFY(made);
        write(made->path + u"/setup.py"_s, "print('three')\n");
        git(made->path, {u"commit"_s, u"-qam"_s, u"Change"_s});
        auto status = readFork(made->path);
        QVERIFY(status);
        QCOMPARE(status->ahead, 1);
        QVERIFY(status->isClean());
        git(made->path, {u"checkout"_s, u"-q"_s, u"--detach"_s});
        status = readFork(made->path);
        QVERIFY(status);
        QCOMPARE(status->branch, QString());
        QVERIFY(!status->hasUpstream);
        git(made->path, {u"checkout"_s, u"-q"_s, u"-b"_s, u"topic/new"_s});
        status = readFork(made->path);
        QVERIFY(status);
        QCOMPARE(status->branch, u"topic/new"_s);
        QVERIFY(!status->hasUpstream);
    }

    void aRepositoryWithoutCommitsIsRead()
    {
        QDir().mkpath(at(u"empty"_s));
        git(at(u"empty"_s), {u"init"_s, u"-q"_s, u"-b"_s, u"trunk"_s});
        const auto status = readFork(at(u"empty"_s));
        QVERIFY(status);
        QCOMPARE(status->branch, u"trunk"_s);
        QCOMPARE(status->commit, QString());
    }

    void cloneReportsProgress()
    {
        QVERIFY(seedRepository(at(u"sources"_s), at(u"seed.git"_s)));
        qint64 received = 0, total = 0;
        const auto cloned = cloneFork(at(u"seed.git"_s), at(u"copy"_s), [&](const CloneProgress &progress) {
            received = qMax(received, progress.receivedObjects);
            total = qMax(total, progress.totalObjects);
            return true;
        });
        QVERIFY(cloned);
        QVERIFY(total >= 7); // a commit, two trees, four different blobs
        QCOMPARE(received, total);
    }

    void aCancelledCloneLeavesNothing()
    {
        QVERIFY(seedRepository(at(u"sources"_s), at(u"seed.git"_s)));
        QDir().mkpath(at(u"forks"_s));
        const auto cloned =
            cloneFork(at(u"seed.git"_s), at(u"forks/copy"_s), [](const CloneProgress &) { return false; });
        QVERIFY(!cloned);
        QCOMPARE(cloned.error().kind, ErrorKind::Cancelled);
        QCOMPARE(QDir(at(u"forks"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList());
    }

    void aFailedCloneLeavesNothing()
    {
        QDir().mkpath(at(u"forks"_s));
        const auto cloned = cloneFork(at(u"nowhere"_s), at(u"forks/copy"_s), {});
        QVERIFY(!cloned);
        QVERIFY(cloned.error().message.contains(at(u"nowhere"_s)));
        QVERIFY(!cloned.error().detail.isEmpty());
        QCOMPARE(QDir(at(u"forks"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList());
    }

    void whatIsInTheWayStays_data()
    {
        QTest::addColumn<QString>("what");
        QTest::newRow("a folder with files") << u"folder"_s;
        QTest::newRow("a file") << u"file"_s;
        QTest::newRow("a link to nowhere") << u"link"_s;
        QTest::newRow("a bare repository") << u"bare"_s;
        QTest::newRow("a folder inside another repository") << u"nested"_s;
    }
    void whatIsInTheWayStays()
    {
        QFETCH(QString, what);
        QVERIFY(seedRepository(at(u"sources"_s), at(u"seed.git"_s)));
        const QString path = at(u"forks/copy"_s);
        QDir().mkpath(at(u"forks"_s));
        if (what == u"folder")
            write(path + u"/thesis.txt"_s, "years of work");
        else if (what == u"file")
            write(path, "years of work");
        else if (what == u"link")
            QFile::link(at(u"nowhere"_s), path);
        else if (what == u"bare")
            QVERIFY(seedRepository(at(u"sources"_s), path));
        else {
            git(at(u"forks"_s), {u"init"_s, u"-q"_s});
            write(path + u"/thesis.txt"_s, "years of work");
        }
        const auto before = contents(at(u"forks"_s));
        const auto cloned = cloneFork(at(u"seed.git"_s), path, {});
        QVERIFY(!cloned);
        QCOMPARE(cloned.error().kind, ErrorKind::Conflict);
        QVERIFY(cloned.error().message.contains(path));
        QVERIFY(!cloned.error().remedy.isEmpty());
        QCOMPARE(contents(at(u"forks"_s)), before);
    }

    void anEmptyFolderGivesWay()
    {
        QVERIFY(seedRepository(at(u"sources"_s), at(u"seed.git"_s)));
        QDir().mkpath(at(u"forks/copy"_s));
        const auto cloned = cloneFork(at(u"seed.git"_s), at(u"forks/copy"_s), {});
        QVERIFY(cloned);
        QVERIFY(QFileInfo::exists(cloned->path + u"/setup.py"_s));
    }

    void hostileNamesAreRefused_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("empty") << QString();
        QTest::newRow("the parent") << u".."_s;
        QTest::newRow("out of the folder") << u"../escape"_s;
        QTest::newRow("absolute") << u"/tmp/escape"_s;
        QTest::newRow("hidden") << u".git"_s;
        QTest::newRow("an option") << u"--upload-pack=x"_s;
        QTest::newRow("deeper") << u"a/b"_s;
        QTest::newRow("too long") << QString(300, u'x');
        QTest::newRow("a zero byte") << QString(u"a"_s + QChar(u'\0') + u"b"_s);
    }
    void hostileNamesAreRefused()
    {
        QFETCH(QString, name);
        ForkRequest hostile = request();
        hostile.name = name;
        const auto made = ensureFork(hostile, {});
        QVERIFY(!made);
        QCOMPARE(made.error().kind, ErrorKind::Invalid);
        QVERIFY(!QFileInfo::exists(at(u"data"_s)));
    }

    void hostileAddressesAreRefused()
    {
        const auto option = cloneFork(u"--upload-pack=touch /tmp/x"_s, at(u"copy"_s), {});
        QVERIFY(!option);
        QCOMPARE(option.error().kind, ErrorKind::Invalid);
        const auto unknown = cloneFork(u"ext::sh -c true"_s, at(u"copy"_s), {});
        QVERIFY(!unknown);
        QVERIFY(!QFileInfo::exists(at(u"copy"_s)));
    }

    void aReadOnlyPlaceIsNamed()
    {
        if (geteuid() == 0)
            QSKIP("root may write everywhere: a file in the place of a folder stands in below");
        QVERIFY(seedRepository(at(u"sources"_s), at(u"seed.git"_s)));
        QDir().mkpath(at(u"forks"_s));
        QFile::setPermissions(at(u"forks"_s), QFile::ReadOwner | QFile::ExeOwner);
        const auto cloned = cloneFork(at(u"seed.git"_s), at(u"forks/copy"_s), {});
        QFile::setPermissions(at(u"forks"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QVERIFY(!cloned);
        QVERIFY(cloned.error().message.contains(at(u"forks/copy"_s)));
    }

    void aFileInThePlaceOfTheForksFolderIsNamed()
    {
        QVERIFY(seedRepository(at(u"sources"_s), at(u"seed.git"_s)));
        write(at(u"forks"_s), "a file");
        const auto cloned = cloneFork(at(u"seed.git"_s), at(u"forks/copy"_s), {});
        QVERIFY(!cloned);
        QVERIFY(cloned.error().message.contains(at(u"forks"_s)));
        QCOMPARE(read(at(u"forks"_s)), QByteArray("a file"));
    }

    void anotherUsersCheckoutIsNamedWithItsRemedy()
    {
        if (geteuid() != 0)
            QSKIP("only root can give a folder to another user");
        const auto made = ensureFork(request(), {});
        QVERIFY(made);
        QCOMPARE(QProcess::execute(u"chown"_s, {u"-R"_s, u"12345"_s, made->path}), 0);
        const auto status = readFork(made->path);
        QVERIFY(!status);
        QCOMPARE(status.error().kind, ErrorKind::Permission);
        QVERIFY(status.error().message.contains(made->path));
        QCOMPARE(status.error().remedy, u"git config --global --add safe.directory "_s + made->path);
        const QList<ForkStatus> forks = listForks(at(u"data/forks"_s));
        QCOMPARE(forks.size(), 1);
        QVERIFY(forks.first().trouble);
        QCOMPARE(forks.first().name, u"attention"_s);
    }

    void missingSourcesAreNamed()
    {
        ForkRequest broken = request();
        broken.seed = at(u"gone"_s);
        const auto made = ensureFork(broken, {});
        QVERIFY(!made);
        QCOMPARE(made.error().kind, ErrorKind::NotFound);
        QVERIFY(made.error().message.contains(at(u"gone"_s)));
        QVERIFY(!QFileInfo::exists(at(u"data"_s)));
    }

    void checkoutsAreListedByName()
    {
        QVERIFY(seedRepository(at(u"sources"_s), at(u"seed.git"_s)));
        for (const QString &name : {u"zeta"_s, u"alpha"_s})
            QVERIFY(cloneFork(at(u"seed.git"_s), at(u"forks/"_s + name), {}));
        QDir().mkpath(at(u"forks/no-repository"_s));
        QDir().mkpath(at(u"forks/.alpha.clone-1"_s));
        QStringList names;
        for (const ForkStatus &fork : listForks(at(u"forks"_s)))
            names << fork.name;
        QCOMPARE(names, (QStringList{u"alpha"_s, u"zeta"_s}));
        QVERIFY(listForks(at(u"nowhere"_s)).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestFork)
#include "tst_fork.moc"
