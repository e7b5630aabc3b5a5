// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/environmentfile.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

static const QByteArray whole = R"(name: demo
description: >-
  Two lines
  of words.
choices:
  - name: arch-list
    description: GPU architectures
    default: 12.0
  - name: variant
    default: small
    values: [small, large]
base:
  pull: docker.io/library/debian:12-slim
  make-from-host: true
layers:
  - name: wheels
    dockerfile: wheels.Dockerfile
    context: sources
    arguments:
      BASE_IMAGE: ${base}
      PRICE: 5 $$
  - name: builder
    dockerfile: wheels.Dockerfile
    context: sources
    target: final
    arguments:
      WHEELS_IMAGE: ${layer:wheels}
      ARCH_LIST: ${choice:arch-list};9.0
fork:
  name: attention
  seed: sources
  mount-at: /workspace/attention
validation:
  layer: builder
  script: check.py
  suite: suite.json
  mount-at: /opt/validation
  command: [python3, "${script}", --suite, "${suite}", --fork, "${fork}"]
rebuild:
  layer: builder
  product: build/*.so
  units: ["csrc/**/*.cu"]
  held-commit: [cat, /opt/commit]
)";

class TestEnvironmentFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QVERIFY(QDir(m_folder.path()).mkpath(u"sources"_s));
        for (const QString &name : {u"wheels.Dockerfile"_s, u"check.py"_s, u"suite.json"_s}) {
            QFile file(m_folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        m_paths.shipped = m_folder.filePath(u"shipped"_s);
    }

    void readsEveryPart()
    {
        const auto read = parse(whole);
        QVERIFY2(read, qPrintable(read ? QString() : read.error().message));
        QCOMPARE(read->name, u"demo"_s);
        QCOMPARE(read->description, u"Two lines of words."_s);
        QVERIFY(!read->shipped);
        const QList<Choice> choices{{u"arch-list"_s, u"GPU architectures"_s, u"12.0"_s, {}},
                                    {u"variant"_s, {}, u"small"_s, {u"small"_s, u"large"_s}}};
        QCOMPARE(read->choices, choices);
        QVERIFY(read->base.makeFromHost);
        QCOMPARE(read->layers.size(), 2);
        const Layer builder{
            u"builder"_s, m_folder.filePath(u"wheels.Dockerfile"_s),
            {},           m_folder.filePath(u"sources"_s),
            u"final"_s,   {{u"WHEELS_IMAGE"_s, u"${layer:wheels}"_s}, {u"ARCH_LIST"_s, u"${choice:arch-list};9.0"_s}}};
        QCOMPARE(read->layers.at(1), builder);
        QCOMPARE(read->fork->seed, m_folder.filePath(u"sources"_s));
        QCOMPARE(read->fork->mountAt, u"/workspace/attention"_s);
        QCOMPARE(read->validation->suite, m_folder.filePath(u"suite.json"_s));
        QCOMPARE(read->validation->command.size(), 6);
        QVERIFY(read->rebuild);
        QCOMPARE(read->rebuild->heldLayer, u"builder"_s);
        QCOMPARE(read->rebuild->product, u"build/*.so"_s);
        QCOMPARE(read->rebuild->units, QStringList{u"csrc/**/*.cu"_s});
        QCOMPARE(read->rebuild->heldCommit, (QStringList{u"cat"_s, u"/opt/commit"_s}));
        QVERIFY(read->rebuild->headers.isEmpty());
        QCOMPARE(read->imageTag(u"dev"_s), u"localhost/kernelyard/demo-dev:latest"_s);
        QCOMPARE(read->baseTag(), u"localhost/kernelyard/base-debian:12-slim"_s);
    }

    void namesThePlaceAndWhatWasExpected_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("words"); // of the message or the remedy
        const auto row = [](const char *name, const char *from, const char *to, const char *place, const char *words) {
            QTest::newRow(name) << QByteArray(from) << QByteArray(to) << QString::fromLatin1(place)
                                << QString::fromUtf8(words);
        };
        row("misspelt key at the top", "description:", "descripton:", "2:1", "Did you mean \"description\"?");
        row("rebuild of no layer", "  layer: builder\n  product", "  layer: bilder\n  product", "40:10",
            "The layers are: wheels, builder.");
        row("unknown list of rebuild", "  units:", "  unit:", "42:3", "Did you mean \"units\"?");
        row("rebuild that names no layer", "  layer: builder\n  product", "  product", "40:3",
            "needs the key \"layer\"");
        row("text for a list of rebuild", "units: [\"csrc/**/*.cu\"]", "units: csrc", "42:10", "must be a list");
        row("misspelt key of a layer", "    target:", "    tarhet:", "25:5", "Did you mean \"target\"?");
        row("underscore for a hyphen", "make-from-host", "make_from_host", "14:3", "Did you mean \"make-from-host\"?");
        row("unknown key near to nothing", "    target: final", "    zzzzzzz: 1", "25:5",
            "Its keys are: name, dockerfile");
        row("missing key", "name: demo\n", "", "1:1", "needs the key \"name\"");
        row("missing key of a layer", "    context: sources\n    target", "    target", "22:5",
            "needs the key \"context\"");
        row("key twice", "  make-from-host: true", "  pull: debian", "14:3", "\"pull\" twice");
        row("list for text", "name: demo", "name: [demo]", "1:7", "must be text; this is a list");
        row("text for a flag", "make-from-host: true", "make-from-host: yes please", "14:19", "true or false");
        row("quoted true for a flag", "make-from-host: true", "make-from-host: 'true'", "14:19", "true or false");
        row("empty value", "name: demo", "name:", "1:1", "must be text; this is nothing");
        row("capitals in a name", "name: demo", "name: Demo", "1:7", "lower-case letters");
        row("bad image name", "docker.io/library/debian:12-slim", "docker.io/Debian:12", "13:9", "is no image name");
        row("option for an image", "docker.io/library/debian:12-slim", "--privileged", "13:9", "is no image name");
        row("unknown layer", "${layer:wheels}", "${layer:wheel}", "27:21", "Did you mean ${layer:wheels}?");
        row("unknown choice", "${choice:arch-list}", "${choice:arch}", "28:18", "Did you mean ${choice:arch-list}?");
        row("unknown kind", "\"${suite}\"", "\"${home}\"", "38:44", "What can stand here: ${script}");
        row("reference without end", "${base}", "${base", "20:19", "that no } ends");
        row("two layers of one name", "- name: builder", "- name: wheels", "22:11", "two layers named wheels");
        row("layer with a task's name", "- name: builder", "- name: validate", "22:11", "a step of that name");
        row("circle of layers", "BASE_IMAGE: ${base}", "BASE_IMAGE: ${layer:builder}", "16:5",
            "wheels → builder → wheels");
        row("layer that needs itself", "BASE_IMAGE: ${base}", "BASE_IMAGE: ${layer:wheels}", "16:5", "wheels → wheels");
        row("file that does not exist", "script: check.py", "script: chek.py", "35:11", "does not exist");
        row("script that is a folder without a program", "script: check.py", "script: sources", "35:11",
            "must be a file or a folder with a __main__.py");
        row("file where a folder is needed", "  seed: sources", "  seed: check.py", "31:9", "must be a folder");
        row("fork with url and seed", "  seed: sources", "  seed: sources\n  url: https://host/x", "30:3", "either");
        row("fork with neither", "  seed: sources\n", "", "30:3", "either");
        row("mount on a relative path", "/workspace/attention", "workspace", "32:13", "absolute path in the container");
        row("mount that climbs", "/workspace/attention", "/workspace/../etc", "32:13",
            "absolute path in the container");
        row("default outside the values", "default: small", "default: huge", "10:14", "not among its values");
        row("two choices of one name", "- name: variant", "- name: arch-list", "9:11", "two choices named arch-list");
        row("bad build argument", "PRICE: 5", "PR-ICE: 5", "21:7", "no name of a build argument");
        row("layers that are a mapping", "validation:\n  layer: builder", "validation:\n  layer: [builder]", "34:10",
            "must be text");
        row("validation in an unknown layer", "layer: builder", "layer: dev", "34:10",
            "The layers are: wheels, builder");
        row("broken YAML", "choices:", "choices: [", "6:3", "not valid YAML");
        row("a tab as indent", "  pull:", "\tpull:", "13:6", "not valid YAML");
        row("a second document", "validation:", "---\nvalidation:", "34:1", "second document");
    }

    void namesThePlaceAndWhatWasExpected()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, place);
        QFETCH(QString, words);
        QVERIFY2(whole.contains(from), "the row changes nothing");
        QByteArray yaml = whole;
        const qsizetype at = yaml.indexOf(from);
        yaml.replace(at, from.size(), to);
        const auto read = parse(yaml);
        QVERIFY(!read);
        QCOMPARE(read.error().kind, ErrorKind::Invalid);
        const QString expected = m_folder.filePath(u"demo.yml"_s) + u':' + place + u": ";
        QVERIFY2(read.error().message.startsWith(expected), qPrintable(read.error().message));
        const QString said = read.error().message + u' ' + read.error().remedy;
        QVERIFY2(said.contains(words), qPrintable(said));
    }

    void aRebuildNeedsAFork()
    {
        QByteArray yaml = whole;
        yaml.replace("fork:\n  name: attention\n  seed: sources\n  mount-at: /workspace/attention\n", "");
        yaml.replace(", --fork, \"${fork}\"", "");
        const auto read = parse(yaml);
        QVERIFY(!read);
        QVERIFY2(read.error().message.contains(u"demo.yml:36:3: "_s) &&
                     read.error().message.contains(u"there is no fork"_s),
                 qPrintable(read.error().message));
    }

    void refusesWhatIsNoText()
    {
        QCOMPARE(parse("name: a\xff\n").error().message,
                 m_folder.filePath(u"demo.yml"_s) + u":1:1: this line is not UTF-8.");
        QVERIFY(parse(QByteArray("name: a\nb\0", 10)).error().message.contains(u"zero byte"));
        QVERIFY(parse("").error().message.contains(u"must be a mapping"));
        QVERIFY(parse(QByteArray(20'000, '[')).error().message.contains(u"not valid YAML"));
    }

    void survivesAliasesThatUnfoldWithoutEnd()
    {
        QByteArray yaml = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (int i = 1; i < 12; ++i) {
            const QByteArray before = "*a" + QByteArray::number(i - 1);
            yaml += "b" + QByteArray::number(i) + ": &a" + QByteArray::number(i) + " [" + before;
            for (int j = 0; j < 9; ++j)
                yaml += ", " + before;
            yaml += "]\n";
        }
        QVERIFY(parse(yaml).error().message.contains(u"100,000 nodes"));
    }

    void sortsLayersByWhatTheyNeed()
    {
        QByteArray yaml = whole;
        yaml.replace("      BASE_IMAGE: ${base}", "      BASE_IMAGE: ${layer:builder}");
        yaml.replace("      WHEELS_IMAGE: ${layer:wheels}", "      WHEELS_IMAGE: ${base}");
        const auto read = parse(yaml);
        QVERIFY2(read, qPrintable(read ? QString() : read.error().message));
        QCOMPARE(read->layers.at(0).name, u"builder"_s);
        QCOMPARE(read->layers.at(1).name, u"wheels"_s);
    }

    void saysThatAFileIsNotThere()
    {
        const auto read = readEnvironment(m_folder.filePath(u"none.yml"_s), m_paths);
        QCOMPARE(read.error().kind, ErrorKind::NotFound);
        QVERIFY(read.error().message.contains(u"none.yml"));
    }

private:
    Result<Environment> parse(const QByteArray &yaml)
    {
        return parseEnvironment(yaml, m_folder.filePath(u"demo.yml"_s), m_paths);
    }

    QTemporaryDir m_folder;
    Paths m_paths;
};

QTEST_GUILESS_MAIN(TestEnvironmentFile)
#include "tst_environmentfile.moc"
