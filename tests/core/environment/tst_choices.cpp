// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/choices.h"
#include "core/environment/imagename.h"
#include "core/environment/reference.h"

#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestChoices : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void replacesDefaultsAndChosenValues()
    {
        const auto result = withChoices(demo(), {{u"cuda"_s, u"13.0.0"_s}});
        QVERIFY(result);
        QCOMPARE(result->base.pull, u"docker.io/nvidia/cuda:13.0.0-devel"_s);
        QCOMPARE(result->baseTag(), u"localhost/kernelyard/base-nvidia-cuda:13.0.0-devel"_s);
        QCOMPARE(result->layers.at(0).arguments.at(0).second, u"${base} 9.0$$$${choice}"_s);
        QCOMPARE(result->fork->url, u"https://host/fork"_s);
        const ChosenValues all{
            {u"cuda"_s, u"13.0.0"_s}, {u"arch"_s, u"9.0$${choice}"_s}, {u"url"_s, u"https://host/fork"_s}};
        QCOMPARE(*effectiveChoices(demo(), {{u"cuda"_s, u"13.0.0"_s}}), all);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("words");
        QTest::newRow("unknown choice") << u"cud"_s << u"1"_s << u"Choose among: cuda, arch, url."_s;
        QTest::newRow("value not allowed") << u"cuda"_s << u"11"_s << u"Allowed are: 12.8.0, 13.0.0, BAD."_s;
        QTest::newRow("bad image") << u"cuda"_s << u"BAD"_s << u"Choose a name such as"_s;
        QTest::newRow("password in an address") << u"url"_s << u"https://me:secret@host/x"_s << u"credential helper"_s;
        QTest::newRow("token as the name in an address")
            << u"url"_s << u"https://ghp_secret@host/x"_s << u"credential helper"_s;
        QTest::newRow("two lines") << u"url"_s << u"a\nb"_s << u"one line"_s;
    }

    void refuses()
    {
        QFETCH(QString, name);
        QFETCH(QString, value);
        QFETCH(QString, words);
        Environment environment = demo();
        if (value == u"BAD")
            environment.base.pull = u"docker.io/${choice:cuda}"_s;
        const auto result = withChoices(environment, {{name, value}});
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::Invalid);
        QVERIFY2(result.error().remedy.contains(words), qPrintable(result.error().remedy));
        QVERIFY(!result.error().message.contains(u"secret"));
    }

    void imageNames_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("whole");
        QTest::addColumn<QString>("baseTag");
        const QString digest = u"sha256:"_s + QString(64, u'a');
        QTest::newRow("short") << u"debian"_s << u"docker.io/library/debian:latest"_s << u"base-debian:latest"_s;
        QTest::newRow("with tag") << u"debian:12-slim"_s << u"docker.io/library/debian:12-slim"_s
                                  << u"base-debian:12-slim"_s;
        QTest::newRow("user's") << u"nvidia/cuda:12"_s << u"docker.io/nvidia/cuda:12"_s << u"base-nvidia-cuda:12"_s;
        QTest::newRow("registry with port")
            << u"localhost:5000/a/b"_s << u"localhost:5000/a/b:latest"_s << u"base-localhost-5000-a-b:latest"_s;
        QTest::newRow("digest") << QString(u"ghcr.io/a/b@"_s + digest) << QString(u"ghcr.io/a/b@"_s + digest)
                                << QString(u"base-ghcr.io-a-b:"_s + QString(16, u'a'));
        QTest::newRow("upper case") << u"Debian"_s << QString() << QString();
        QTest::newRow("empty") << QString() << QString() << QString();
        QTest::newRow("space") << u"a b"_s << QString() << QString();
        QTest::newRow("bad tag") << u"a:-b"_s << QString() << QString();
        QTest::newRow("new line") << u"debian\n"_s << QString() << QString();
    }

    void imageNames()
    {
        QFETCH(QString, text);
        QFETCH(QString, whole);
        QFETCH(QString, baseTag);
        const auto name = ImageName::fromText(text);
        QCOMPARE(name ? name->display() : QString(), whole);
        if (!name)
            return;
        Environment environment;
        environment.base.pull = text;
        QCOMPARE(environment.baseTag(), u"localhost/kernelyard/"_s + baseTag);
        QVERIFY(ImageName::fromText(environment.baseTag()));
    }

    void references_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("result");
        QTest::newRow("none") << u"a b"_s << u"a b"_s;
        QTest::newRow("one") << u"a${x}b"_s << u"a<x|>b"_s;
        QTest::newRow("with name") << u"${layer:w}"_s << u"<layer|w>"_s;
        QTest::newRow("escaped") << u"$${x} $$ $"_s << u"${x} $ $"_s;
        QTest::newRow("plain dollar") << u"$HOME"_s << u"$HOME"_s;
        QTest::newRow("side by side") << u"${a}${b}"_s << u"<a|><b|>"_s;
    }

    void references()
    {
        QFETCH(QString, text);
        QTEST(substituted(
                  text,
                  [](const Reference &reference) -> std::optional<QString> {
                      return QString(u'<' + reference.kind + u'|' + reference.name + u'>');
                  },
                  Pass::Last),
              "result");
        QVERIFY(!referencesIn(u"a ${b"_s));
    }

private:
    static Environment demo()
    {
        Environment environment;
        environment.name = u"demo"_s;
        environment.choices = {{u"cuda"_s, {}, u"12.8.0"_s, {u"12.8.0"_s, u"13.0.0"_s, u"BAD"_s}},
                               {u"arch"_s, {}, u"9.0$${choice}"_s, {}},
                               {u"url"_s, {}, u"https://host/fork"_s, {}}};
        environment.base.pull = u"docker.io/nvidia/cuda:${choice:cuda}-devel"_s;
        environment.layers = {{u"one"_s, {}, {}, {}, {}, {{u"A"_s, u"${base} ${choice:arch}"_s}}}};
        environment.fork = ForkSource{u"f"_s, u"${choice:url}"_s, {}, u"/w"_s};
        return environment;
    }
};

QTEST_GUILESS_MAIN(TestChoices)
#include "tst_choices.moc"
