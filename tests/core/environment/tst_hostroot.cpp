// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/hostroot.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// The making of a root with commands of our own in the place of mmdebstrap: what stays and what goes.
class TestHostRoot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_said.clear();
        m_recipe = {};
        m_recipe.suite = u"bookworm"_s;
        m_recipe.tarball = m_folder->filePath(u"cache/base/root.tar"_s);
        m_recipe.work = m_folder->filePath(u"cache/base/root.work"_s);
        m_recipe.lockFile = m_folder->filePath(u"cache/base/root.lock"_s);
        m_recipe.files = {{u"sources.list"_s, "deb x y main\n"}, {u"extra/etc/apt/sources.list"_s, "deb x y main\n"}};
    }

    void makesItOnceAndKeepsOnlyTheTarball()
    {
        m_recipe.commands = {shell(u"cp \"$1/sources.list\" \"$1/root.tar\""_s)};
        QVERIFY(make());
        QFile tarball(m_recipe.tarball);
        QVERIFY(tarball.open(QIODevice::ReadOnly));
        QCOMPARE(tarball.readAll(), QByteArray("deb x y main\n"));
        QVERIFY(!QFile::exists(m_recipe.work));
        QVERIFY(m_said.value(0).startsWith(u"$ sh -c"));

        m_recipe.commands = {shell(u"exit 1"_s)};
        QVERIFY2(make(), "a tarball that is there is not made again");
    }

    void leavesNothingOfAFailure()
    {
        m_recipe.commands = {shell(u"echo half > \"$1/root.tar\""_s), shell(u"exit 7"_s)};
        const auto made = make();
        QVERIFY(!made);
        QCOMPARE(made.error().kind, ErrorKind::Failed);
        QVERIFY2(made.error().message.contains(u"sh ended with status 7"), qPrintable(made.error().message));
        QVERIFY(!QFile::exists(m_recipe.tarball));
        QVERIFY(!QFile::exists(m_recipe.work));
    }

    void leavesNothingOfACancelledTry()
    {
        const QString pidFile = m_folder->filePath(u"pid"_s);
        m_recipe.commands = {shell(u"echo $$ > '"_s + pidFile + u"'; echo half > \"$1/root.tar\"; exec sleep 60"_s)};
        QElapsedTimer clock;
        clock.start();
        const auto made =
            makeRoot(m_recipe, say(), [&] { return QFile::exists(pidFile) && QFileInfo(pidFile).size() > 0; });
        QVERIFY(!made);
        QCOMPARE(made.error().kind, ErrorKind::Cancelled);
        QVERIFY(clock.elapsed() < 20'000);
        QVERIFY(!QFile::exists(m_recipe.tarball));
        QVERIFY(!QFile::exists(m_recipe.work));
        QFile file(pidFile);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const pid_t pid = file.readAll().trimmed().toInt();
        QVERIFY(pid > 1);
        QVERIFY2(::kill(pid, 0) != 0, "the command still runs");
    }

    void removesWhatAKilledTryLeft()
    {
        QVERIFY(QDir().mkpath(m_recipe.work + u"/old"_s));
        m_recipe.commands = {shell(u"test ! -e \"$1/old\" && echo new > \"$1/root.tar\""_s)};
        QVERIFY(make());
    }

    void waitsForAnotherThatMakesIt()
    {
        QVERIFY(QDir().mkpath(QFileInfo(m_recipe.lockFile).path()));
        const int other = ::open(QFile::encodeName(m_recipe.lockFile).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        QVERIFY(other >= 0);
        QCOMPARE(::flock(other, LOCK_EX), 0);
        int asked = 0;
        const auto made = makeRoot(m_recipe, say(), [&] { return ++asked > 2; });
        QCOMPARE(made.error().kind, ErrorKind::Cancelled);
        QVERIFY2(m_said.value(0).contains(u"waiting"), qPrintable(m_said.join(u'\n')));
        QCOMPARE(m_said.size(), 1);
        ::close(other);
    }

    void saysWhatCannotBeWritten()
    {
        m_recipe.commands = {shell(u"true"_s)}; // leaves no root.tar
        QCOMPARE(make().error().kind, ErrorKind::NotFound);
        m_recipe.copies = {{m_folder->filePath(u"none.crt"_s), u"extra/x.crt"_s}};
        QVERIFY(make().error().message.contains(u"none.crt"));
    }

private:
    Command shell(const QString &script) const { return {u"sh"_s, {u"-c"_s, script, u"sh"_s, m_recipe.work}, {}, {}}; }
    Say say()
    {
        return [this](const QString &line) { m_said << line; };
    }
    Result<void> make() { return makeRoot(m_recipe, say(), {}); }

    std::unique_ptr<QTemporaryDir> m_folder;
    RootRecipe m_recipe;
    QStringList m_said;
};

QTEST_GUILESS_MAIN(TestHostRoot)
#include "tst_hostroot.moc"
