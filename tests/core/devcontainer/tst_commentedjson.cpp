// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/commentedjson.h"

#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

/// As people write them: comments everywhere, a trailing comma, a commented-out member.
const char people[] = "{\n"
                      "\t// the name in the title\n"
                      "\t\"name\": \"kernels\", // short\n"
                      "\t\"build\": {\n"
                      "\t\t\"dockerfile\": \"Dockerfile\", /* ours */\n"
                      "\t\t\"args\": { \"A\": \"1\", \"B\": \"2\" }\n"
                      "\t},\n"
                      "\t// \"image\": \"ubuntu\",\n"
                      "\t\"runArgs\": [\n"
                      "\t\t\"--init\", // reaps\n"
                      "\t\t\"--shm-size=8g\",\n"
                      "\t],\n"
                      "\t\"empty\": {},\n"
                      "\t\"url\": \"https://host/a//b\", // no comment in there\n"
                      "\t\"count\": 12,\n"
                      "}\n"
                      "// the end\n";

CommentedJson parsed(const QByteArray &text)
{
    const auto json = CommentedJson::parse(text, u"devcontainer.json"_s);
    return json ? *json : CommentedJson();
}

} // namespace

class TestCommentedJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsWhatPeopleWrite()
    {
        const CommentedJson json = parsed(people);
        const QJsonObject object = json.object();
        QCOMPARE(object.value(u"name"_s), QJsonValue(u"kernels"_s));
        QCOMPARE(object.value(u"build"_s)[u"args"_s][u"B"_s], QJsonValue(u"2"_s));
        QCOMPARE(object.value(u"runArgs"_s), QJsonValue(QJsonArray{u"--init"_s, u"--shm-size=8g"_s}));
        QCOMPARE(object.value(u"url"_s), QJsonValue(u"https://host/a//b"_s));
        QCOMPARE(object.value(u"count"_s), QJsonValue(12));
        QVERIFY(!object.contains(u"image"_s));
        QCOMPARE(json.toUtf8(), QByteArray(people));
        QCOMPARE(json.leaves().first(), QStringList{u"name"_s});
        QVERIFY(json.leaves().contains(QStringList({u"build"_s, u"args"_s, u"A"_s})));
        QVERIFY(json.leaves().contains(QStringList{u"empty"_s}));
        QVERIFY(json.canHold({u"build"_s, u"args"_s, u"C"_s}));
        QVERIFY(!json.canHold({u"name"_s, u"x"_s}));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("words");
        QTest::newRow("nothing") << QByteArray() << u"line 1, column 1: expected an object"_s;
        QTest::newRow("a list") << QByteArray("[]") << u"expected an object"_s;
        QTest::newRow("no colon") << QByteArray("{\n \"a\" 1}") << u"line 2, column 6: expected a colon"_s;
        QTest::newRow("no comma") << QByteArray("{\"a\": 1 \"b\": 2}") << u"expected a comma"_s;
        QTest::newRow("two commas") << QByteArray("{\"a\": 1,, }") << u"expected a name in double quotes"_s;
        QTest::newRow("not closed") << QByteArray("{\"a\": {") << u"expected a name in double quotes, or }"_s;
        QTest::newRow("open text") << QByteArray("{\"a\": \"b\n\"}") << u"expected the end of this text"_s;
        QTest::newRow("bad escape") << QByteArray(R"({"a": "\q"})") << u"escape"_s;
        QTest::newRow("open comment") << QByteArray("{ /* \"a\": 1}") << u"expected a name"_s;
        QTest::newRow("a word") << QByteArray("{\"a\": yes}") << u"expected a value"_s;
        QTest::newRow("more after it") << QByteArray("{} {}") << u"expected nothing after"_s;
        QTest::newRow("no UTF-8") << QByteArray("{\"a\": \"\xff\"}") << u"UTF-8"_s;
        QTest::newRow("too deep") << QByteArray("{\"a\":" + QByteArray(100'000, '[')) << u"less than"_s;
    }

    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, words);
        const auto json = CommentedJson::parse(text, u"x.json"_s);
        QVERIFY(!json);
        QVERIFY2(json.error().message.contains(words), qPrintable(json.error().message));
        QVERIFY(json.error().message.startsWith(u"x.json"));
    }

    void survivesEveryCut()
    {
        const QByteArray whole(people);
        for (qsizetype length = 0; length < whole.size(); ++length)
            if (const auto json = CommentedJson::parse(whole.first(length), u"x"_s))
                QVERIFY2(whole.first(length).trimmed().size() >= whole.indexOf("\n}\n") + 2,
                         whole.first(length).constData());
    }

    void changesOnlyWhatIsMeant()
    {
        CommentedJson json = parsed(people);
        json.set({u"name"_s}, u"other"_s);
        QCOMPARE(json.toUtf8(), QByteArray(people).replace("\"kernels\"", "\"other\""));
        json.set({u"name"_s}, u"kernels"_s);
        QCOMPARE(json.toUtf8(), QByteArray(people));
    }

    void addsInTheTextsOwnWay()
    {
        CommentedJson json = parsed(people);
        json.set({u"remoteUser"_s}, u"vscode"_s, u"who works in it"_s);
        QVERIFY2(json.toUtf8().contains(
                     "\t\"count\": 12,\n\t// who works in it\n\t\"remoteUser\": \"vscode\",\n}\n// the end\n"),
                 json.toUtf8().constData());
        json.set({u"build"_s, u"context"_s}, u"."_s);
        QVERIFY2(json.toUtf8().contains("\"B\": \"2\" },\n\t\t\"context\": \".\"\n\t},"), json.toUtf8().constData());
        json.set({u"build"_s, u"args"_s, u"C"_s}, u"3"_s, u"in a line there is no room for a comment"_s);
        QVERIFY2(json.toUtf8().contains("{ \"A\": \"1\", \"B\": \"2\", \"C\": \"3\" }"), json.toUtf8().constData());
        json.set({u"empty"_s, u"deep"_s, u"er"_s}, true);
        QVERIFY2(json.toUtf8().contains("\t\"empty\": {\n\t\t\"deep\": {\n\t\t\t\"er\": true\n\t\t}\n\t},"),
                 json.toUtf8().constData());
        QCOMPARE(parsed(json.toUtf8()).object(), json.object());
    }

    void listsKeepTheTextOfWhatStays()
    {
        CommentedJson json = parsed(people);
        json.set({u"runArgs"_s}, QJsonArray{u"--init"_s, u"--shm-size=8g"_s, u"--gpus=all"_s});
        QVERIFY2(json.toUtf8().contains("\t\t\"--init\", // reaps\n\t\t\"--shm-size=8g\",\n\t\t\"--gpus=all\",\n\t],"),
                 json.toUtf8().constData());
        json.set({u"runArgs"_s}, QJsonArray{u"--init"_s, u"--gpus=all"_s});
        QVERIFY2(json.toUtf8().contains("\t\t\"--init\", // reaps\n\t\t\"--gpus=all\",\n\t],"),
                 json.toUtf8().constData());
        json.set({u"runArgs"_s}, QJsonArray{u"--gpus=all"_s, u"--init"_s});
        QCOMPARE(json.object().value(u"runArgs"_s), QJsonValue(QJsonArray{u"--gpus=all"_s, u"--init"_s}));
    }

    void removes()
    {
        CommentedJson json = parsed(people);
        json.remove({u"count"_s});
        QVERIFY2(json.toUtf8().contains("// no comment in there\n}\n"), json.toUtf8().constData());
        json.remove({u"build"_s, u"args"_s, u"A"_s});
        QVERIFY2(json.toUtf8().contains("\"args\": { \"B\": \"2\" }"), json.toUtf8().constData());
        json.remove({u"build"_s, u"args"_s, u"B"_s}); // the object has nothing left
        QVERIFY2(json.toUtf8().contains("\"build\": {\n\t\t\"dockerfile\": \"Dockerfile\" /* ours */\n\t},"),
                 json.toUtf8().constData());
        json.remove({u"name"_s}, u"another comment"_s);
        QVERIFY2(json.toUtf8().startsWith("{\n\t// the name in the title\n\t // short\n\t\"build\""),
                 json.toUtf8().constData());
        json.remove({u"not there"_s});
        QCOMPARE(parsed(json.toUtf8()).object(), json.object());
    }

    void takesItsOwnCommentAlong()
    {
        CommentedJson json = parsed(people);
        json.set({u"a"_s}, 1, u"two lines\nof ours"_s);
        json.remove({u"a"_s}, u"two lines\nof ours"_s);
        QCOMPARE(json.toUtf8(), QByteArray(people));
    }

    void keepsLineEndsAndMark()
    {
        const QByteArray text = "\xEF\xBB\xBF{\r\n    \"a\": 1\r\n}\r\n";
        CommentedJson json = parsed(text);
        json.set({u"b"_s, u"c"_s}, 2, u"why"_s);
        QCOMPARE(json.toUtf8(), QByteArray("\xEF\xBB\xBF{\r\n    \"a\": 1,\r\n    \"b\": {\r\n        // why\r\n       "
                                           " \"c\": 2\r\n    }\r\n}\r\n"));
    }

    void beginsEmpty()
    {
        CommentedJson json;
        json.set({u"b"_s, u"c"_s}, QJsonArray{1, 2});
        json.set({u"a"_s}, u"ü \" \\ \n"_s, u"first"_s);
        json.setHead(u"head"_s);
        QCOMPARE(json.toUtf8(), QByteArray("// head\n{\n  \"b\": {\n    \"c\": [1, 2]\n  },\n  // first\n"
                                           "  \"a\": \"ü \\\" \\\\ \\n\"\n}\n"));
        json.remove({u"a"_s}, u"first"_s);
        json.remove({u"b"_s, u"c"_s});
        QCOMPARE(json.object(), QJsonObject());
    }

    void theLastOfTwoCounts()
    {
        CommentedJson json = parsed("{\"a\": 1, \"a\": 2}");
        QCOMPARE(json.object().value(u"a"_s), QJsonValue(2));
        json.set({u"a"_s}, 3);
        QCOMPARE(json.toUtf8(), QByteArray("{\"a\": 1, \"a\": 3}"));
    }

    /// Any edits in any order: the values are those of a plain object, and every comment of the user's is still there.
    void losesNoCommentInAnyOrder()
    {
        QRandomGenerator random(4711);
        const QStringList comments{u"// the name in the title"_s,
                                   u"// short"_s,
                                   u"/* ours */"_s,
                                   u"// \"image\": \"ubuntu\","_s,
                                   u"// reaps"_s,
                                   u"// no comment in there"_s,
                                   u"// the end"_s};
        for (const QString &comment : comments)
            QVERIFY(QByteArray(people).contains(comment.toUtf8()));
        const QList<QStringList> paths{{u"name"_s},
                                       {u"build"_s, u"args"_s, u"A"_s},
                                       {u"build"_s, u"dockerfile"_s},
                                       {u"empty"_s, u"x"_s},
                                       {u"count"_s},
                                       {u"new"_s},
                                       {u"runArgs"_s},
                                       {u"url"_s},
                                       {u"build"_s, u"n"_s, u"m"_s}};
        for (int round = 0; round < 300; ++round) {
            CommentedJson json = parsed(people);
            for (int step = 0; step < 12; ++step) {
                const QStringList &path = paths.at(random.bounded(paths.size()));
                if (random.bounded(3) == 0 && path.first() != u"runArgs" && path.last() != u"dockerfile") {
                    json.remove(path);
                    QVERIFY(!json.value(path));
                } else if (path.first() == u"runArgs") {
                    QJsonArray list{u"--init"_s};
                    const int more = random.bounded(4); // new ones at the end, as merging puts them
                    for (int i = 1; i <= more; ++i)
                        list.append(QString::number(i));
                    json.set(path, list);
                    QCOMPARE(json.value(path), std::optional<QJsonValue>(list));
                } else {
                    const QJsonValue value = step % 2 ? QJsonValue(step) : QJsonValue(u"text"_s);
                    json.set(path, value);
                    QCOMPARE(json.value(path), std::optional(value));
                }
                const auto again = CommentedJson::parse(json.toUtf8(), u"x"_s);
                QVERIFY2(again, json.toUtf8().constData());
                QCOMPARE(again->object(), json.object());
            }
            for (const QString &comment : comments)
                QVERIFY2(json.toUtf8().contains(comment.toUtf8()),
                         qPrintable(QString(comment + u'\n' + QString::fromUtf8(json.toUtf8()))));
        }
    }
};

QTEST_GUILESS_MAIN(TestCommentedJson)
#include "tst_commentedjson.moc"
