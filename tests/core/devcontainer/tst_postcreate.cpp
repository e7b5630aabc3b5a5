// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/fork/forkfixture.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>

using namespace kernelyard::test;
using namespace Qt::StringLiterals;

/// The script that makes a new dev container ready, with the real git; pip and pre-commit only write down what they
/// were asked for.
class TestPostCreate : public ForkFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        begin();
        for (const auto &program : {u"pip"_s, u"pre-commit"_s, u"link"_s})
            tool(program);
        QVERIFY(QDir().mkpath(at(u"wheels"_s)));
        write(at(u"wheels/attention-1-py3-none-any.whl"_s), "wheel");
        QVERIFY(QDir().mkpath(at(u"home"_s)));
        makeNested();
        write(at(u"outer/.pre-commit-config.yaml"_s), "repos: []\n");
        write(at(u"outer/setup.py"_s), "\n");
        git(at(u"outer"_s), {u"add"_s, u"-A"_s});
        git(at(u"outer"_s), {u"commit"_s, u"-qm"_s, u"Add files"_s});
        git(folder(), {u"clone"_s, u"-q"_s, u"--recursive"_s, at(u"outer"_s), at(u"cached"_s)});
    }

    void doesAllInOrder()
    {
        QVERIFY(QDir().mkpath(at(u"fork/.devcontainer"_s)));
        write(at(u"fork/.devcontainer/devcontainer.json"_s), "{}"); // lies there before the checkout
        run({u"--url"_s, at(u"outer"_s), u"--cached"_s, at(u"cached"_s), u"--wheels"_s, at(u"wheels"_s), u"--"_s,
             u"link"_s, at(u"fork"_s)});
        QCOMPARE(m_status, 0);
        QCOMPARE(read(at(u"fork/kernel.cu"_s)), QByteArray("one\n"));
        QCOMPARE(read(at(u"fork/third_party/middle/deep/inner/inner.h"_s)), QByteArray("one\n"));
        QCOMPARE(read(at(u"fork/.devcontainer/devcontainer.json"_s)), QByteArray("{}"));
        QCOMPARE(git(at(u"fork"_s), {u"branch"_s, u"--show-current"_s}), u"main"_s);
        QCOMPARE(m_asked, (QStringList{u"pip install --quiet --disable-pip-version-check --no-index --no-deps "_s +
                                           at(u"wheels/attention-1-py3-none-any.whl"_s),
                                       u"link "_s + at(u"fork"_s), u"pre-commit install"_s}));
        QCOMPARE(safe(), (QStringList{at(u"fork"_s), at(u"fork/third_party/middle"_s),
                                      at(u"fork/third_party/middle/deep/inner"_s)}));
        run({u"--url"_s, at(u"outer"_s), u"--cached"_s, at(u"cached"_s)}); // once more is nothing new
        QCOMPARE(m_status, 0);
        QCOMPARE(safe().size(), 3);
    }

    void takesSubmodulesFromTheImage()
    {
        // By an address: git looks for a plain path itself, before any other is put in its place.
        git(folder(), {u"clone"_s, u"-q"_s, u"file://"_s + at(u"outer"_s), at(u"fork"_s)});
        // What can't be fetched any more is in the image.
        for (const auto &gone : {u"middle"_s, u"inner"_s})
            QVERIFY(QDir(at(gone)).removeRecursively());
        run({u"--cached"_s, at(u"cached"_s)});
        QVERIFY2(m_status == 0, m_words.constData());
        QCOMPARE(read(at(u"fork/third_party/middle/deep/inner/inner.h"_s)), QByteArray("one\n"));
        // Their addresses stay what they are.
        QCOMPARE(git(at(u"fork/third_party/middle"_s), {u"remote"_s, u"get-url"_s, u"origin"_s}),
                 u"file://"_s + at(u"middle"_s));
    }

    void goesOnWithoutOne()
    {
        git(folder(), {u"clone"_s, u"-q"_s, at(u"outer"_s), at(u"fork"_s)});
        QVERIFY(QDir(at(u"middle"_s)).removeRecursively());
        run({});
        QCOMPARE(m_status, 0);
        QVERIFY2(m_words.contains("the submodule third_party/middle could not be had"), m_words.constData());
        QCOMPARE(m_asked.first(), u"pip install --quiet --disable-pip-version-check --no-index --no-build-isolation "
                                  "--no-deps --editable "_s +
                                      at(u"fork"_s));
    }

    void leavesTheUsersSubmoduleWhereItIs()
    {
        git(folder(), {u"clone"_s, u"-q"_s, u"--recursive"_s, at(u"outer"_s), at(u"fork"_s)});
        const QString middle = at(u"fork/third_party/middle"_s);
        write(middle + u"/middle.h"_s, "mine\n");
        git(middle, {u"commit"_s, u"-qam"_s, u"Mine"_s});
        const QString mine = git(middle, {u"rev-parse"_s, u"HEAD"_s});
        write(middle + u"/middle.h"_s, "not committed\n");
        run({u"--cached"_s, at(u"cached"_s)});
        QCOMPARE(m_status, 0);
        QCOMPARE(git(middle, {u"rev-parse"_s, u"HEAD"_s}), mine);
        QCOMPARE(read(middle + u"/middle.h"_s), QByteArray("not committed\n"));
    }

    void refusesAHostilePath()
    {
        git(folder(), {u"clone"_s, u"-q"_s, at(u"outer"_s), at(u"fork"_s)});
        QByteArray modules = read(at(u"fork/.gitmodules"_s));
        write(at(u"fork/.gitmodules"_s), modules.replace("path = third_party/middle", "path = ../../out"));
        run({u"--cached"_s, at(u"cached"_s)});
        QCOMPARE(m_status, 0);
        QVERIFY(!QFileInfo::exists(at(u"out"_s)) && !QFileInfo::exists(QString(folder() + u"/../out"_s)));
        QCOMPARE(safe(), QStringList{at(u"fork"_s)});
    }

    void tellsWhatFailed()
    {
        git(folder(), {u"clone"_s, u"-q"_s, u"--recursive"_s, at(u"outer"_s), at(u"fork"_s)});
        run({u"--"_s, u"false"_s});
        QCOMPARE(m_status, 1);
        QVERIFY(!m_words.contains("ready"));
        run({u"--unknown"_s, u"x"_s});
        QCOMPARE(m_status, 2);
    }

private:
    void tool(const QString &name)
    {
        const QString path = at(u"bin/"_s + name);
        write(path, "#!/bin/sh\necho \"$(basename \"$0\") $*\" >> \"$ASKED\"\n");
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }

    void run(const QStringList &words)
    {
        QFile::remove(at(u"asked"_s));
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"HOME"_s, at(u"home"_s));
        environment.insert(u"ASKED"_s, at(u"asked"_s));
        environment.insert(u"PATH"_s, at(u"bin"_s) + u':' + environment.value(u"PATH"_s));
        environment.remove(u"VIRTUAL_ENV"_s);
        environment.insert(u"GIT_CONFIG_COUNT"_s, u"1"_s); // the repositories here are served as files
        environment.insert(u"GIT_CONFIG_KEY_0"_s, u"protocol.file.allow"_s);
        environment.insert(u"GIT_CONFIG_VALUE_0"_s, u"always"_s);
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(u"bash"_s,
                      QStringList{QStringLiteral(KERNELYARD_SOURCE_DIR "/resources/devcontainer/post-create"),
                                  u"--fork"_s, at(u"fork"_s)} +
                          words);
        QVERIFY(process.waitForFinished());
        m_status = process.exitCode();
        m_words = process.readAll();
        m_asked = QString::fromUtf8(read(at(u"asked"_s))).split(u'\n', Qt::SkipEmptyParts);
    }

    QStringList safe() const
    {
        return git(folder(), {u"config"_s, u"--file"_s, at(u"home/.gitconfig"_s), u"--get-all"_s, u"safe.directory"_s})
            .split(u'\n');
    }

    int m_status = -1;
    QByteArray m_words;
    QStringList m_asked;
};

QTEST_GUILESS_MAIN(TestPostCreate)
#include "tst_postcreate.moc"
