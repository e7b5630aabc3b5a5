// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/advice.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMap>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestAdvice : public QObject
{
    Q_OBJECT

    /// Sources as path → bytes: a small extension with a header that includes another.
    QMap<QString, QByteArray> m_sources{{u"setup.py"_s, "import torch"},
                                        {u"csrc/forward.cu"_s, "#include \"inner/forward.h\"\n"},
                                        {u"csrc/backward.cu"_s, "  #  include <inner/backward.h>\n"},
                                        {u"csrc/api.cpp"_s, "// nothing of ours\n#include <torch/extension.h>\n"},
                                        {u"csrc/inner/forward.h"_s, "#pragma once\n#include \"common.h\"\n"},
                                        {u"csrc/inner/backward.h"_s, "#include \"../inner/common.h\"\n"},
                                        {u"csrc/inner/common.h"_s, "int x;\n"},
                                        {u"csrc/alone.h"_s, "int y;\n"},
                                        {u"pkg/ops.py"_s, ""},
                                        {u"tests/test_ops.py"_s, ""},
                                        {u"tests/kernel.cu"_s, ""},
                                        {u"docs/index.rst"_s, ""}};

    RebuildAdvice adviceFor(const QList<ChangedFile> &changes, const AdviceFacts &facts = {},
                            const QStringList &extra = {}) const
    {
        RebuildRules rules = RebuildRules::usual();
        rules.includes = {u"csrc"_s};
        const QStringList files = QStringList(m_sources.keys()) + extra;
        const IncludeGraph graph = IncludeGraph::make(
            files, rules.includes, [this](const QString &file) { return includesIn(m_sources.value(file)); });
        return advise(rules, changes, files, graph, facts);
    }
    static ChangedFile changed(const QString &path, ChangeKind kind = ChangeKind::Modified)
    {
        return {path, kind, false, {}};
    }

private Q_SLOTS:
    void includesAreFound_data()
    {
        QTest::addColumn<QByteArray>("source");
        QTest::addColumn<QStringList>("names");
        QTest::newRow("quoted and angled")
            << QByteArray("#include \"a.h\"\n#include <b/c.h>\n") << QStringList{u"a.h"_s, u"b/c.h"_s};
        QTest::newRow("blanks") << QByteArray("\t#  include\t\"a.h\"  // why\n") << QStringList{u"a.h"_s};
        QTest::newRow("no end of line") << QByteArray("#include <a.h>") << QStringList{u"a.h"_s};
        QTest::newRow("windows line ends")
            << QByteArray("#include <a.h>\r\n#include <b.h>\r\n") << QStringList{u"a.h"_s, u"b.h"_s};
        QTest::newRow("after a comment") << QByteArray("/* x */#include <a.h>\n") << QStringList{u"a.h"_s};
        QTest::newRow("include_next") << QByteArray("#include_next <a.h>\n") << QStringList{u"a.h"_s};
        QTest::newRow("others") << QByteArray("#pragma once\n#define X \"#include <no.h>\"\n// #include <no.h>\n")
                                << QStringList{};
        QTest::newRow("broken") << QByteArray("#include \"a.h\n#include\n#\n") << QStringList{};
    }
    void includesAreFound()
    {
        QFETCH(QByteArray, source);
        QTEST(includesIn(source), "names");
    }

    void patterns_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("matches");
        QTest::newRow("any depth") << u"**/*.cu"_s << u"a/b/c.cu"_s << true;
        QTest::newRow("no depth") << u"**/*.cu"_s << u"c.cu"_s << true;
        QTest::newRow("one folder only") << u"csrc/*.cu"_s << u"csrc/a/c.cu"_s << false;
        QTest::newRow("whole tree") << u"docs/**"_s << u"docs/a/b.rst"_s << true;
        QTest::newRow("anchored") << u"setup.py"_s << u"sub/setup.py"_s << false;
        QTest::newRow("a dot is a dot") << u"setup.py"_s << u"setupXpy"_s << false;
        QTest::newRow("one letter") << u"a?.h"_s << u"ab.h"_s << true;
    }
    void patterns()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, path);
        QTEST(PathPatterns({pattern}).match(path), "matches");
    }

    void verdicts_data()
    {
        QTest::addColumn<QStringList>("paths");
        QTest::addColumn<RebuildVerdict>("verdict");
        QTest::addColumn<QStringList>("units");
        const QStringList both{u"csrc/backward.cu"_s, u"csrc/forward.cu"_s};
        QTest::newRow("nothing") << QStringList{} << RebuildVerdict::None << QStringList{};
        QTest::newRow("docs and tests") << QStringList{u"docs/index.rst"_s, u"tests/test_ops.py"_s,
                                                       u"tests/kernel.cu"_s}
                                        << RebuildVerdict::None << QStringList{};
        QTest::newRow("python") << QStringList{u"pkg/ops.py"_s} << RebuildVerdict::Link << QStringList{};
        QTest::newRow("a unit") << QStringList{u"csrc/forward.cu"_s} << RebuildVerdict::Partial
                                << QStringList{u"csrc/forward.cu"_s};
        QTest::newRow("a header") << QStringList{u"csrc/inner/forward.h"_s} << RebuildVerdict::Partial
                                  << QStringList{u"csrc/forward.cu"_s};
        QTest::newRow("a header of headers")
            << QStringList{u"csrc/inner/common.h"_s} << RebuildVerdict::Partial << both;
        QTest::newRow("a header of nobody") << QStringList{u"csrc/alone.h"_s} << RebuildVerdict::None << QStringList{};
        QTest::newRow("python and a unit") << QStringList{u"pkg/ops.py"_s, u"csrc/api.cpp"_s} << RebuildVerdict::Partial
                                           << QStringList{u"csrc/api.cpp"_s};
        QTest::newRow("setup") << QStringList{u"setup.py"_s} << RebuildVerdict::Full
                               << QStringList{u"csrc/api.cpp"_s, u"csrc/backward.cu"_s, u"csrc/forward.cu"_s};
    }
    void verdicts()
    {
        QFETCH(QStringList, paths);
        QList<ChangedFile> changes;
        for (const QString &path : paths)
            changes << changed(path);
        const RebuildAdvice advice = adviceFor(changes);
        QTEST(advice.verdict, "verdict");
        QTEST(advice.units, "units");
        QCOMPARE(advice.totalUnits, 3);
        QVERIFY(!advice.because.isEmpty());
    }

    void aSubmodulesPinDecidesEverything()
    {
        const RebuildAdvice advice = adviceFor({{u"third_party/cutlass"_s, ChangeKind::Modified, true, {}}});
        QCOMPARE(advice.verdict, RebuildVerdict::Full);
        QVERIFY(advice.because.first().contains(u"third_party/cutlass"_s));
    }

    void goneRenamedAndNewFilesCount()
    {
        QCOMPARE(adviceFor({changed(u"csrc/old.cu"_s, ChangeKind::Deleted)}).verdict, RebuildVerdict::Partial);
        QVERIFY(adviceFor({changed(u"csrc/old.cu"_s, ChangeKind::Deleted)}).units.isEmpty());
        const RebuildAdvice added =
            adviceFor({changed(u"csrc/new.cu"_s, ChangeKind::Untracked)}, {}, {u"csrc/new.cu"_s});
        QCOMPARE(added.units, QStringList{u"csrc/new.cu"_s});
        QCOMPARE(added.totalUnits, 4);
        const RebuildAdvice header = adviceFor({changed(u"csrc/inner/common.h"_s, ChangeKind::Deleted)});
        QCOMPARE(header.units.size(), 2);
        const RebuildAdvice renamed =
            adviceFor({{u"docs/kernel.md"_s, ChangeKind::Renamed, false, u"csrc/inner/forward.h"_s}});
        QCOMPARE(renamed.units, QStringList{u"csrc/forward.cu"_s});
    }

    void anotherCompilerDecidesEverything()
    {
        AdviceFacts facts;
        facts.otherReasons = {u"base-image is another now."_s};
        facts.fullSeconds = 90;
        const RebuildAdvice advice = adviceFor({}, facts);
        QCOMPARE(advice.verdict, RebuildVerdict::Full);
        QCOMPARE(advice.because, facts.otherReasons);
        QCOMPARE(advice.estimateSeconds, 90.0);
    }

    void theEstimateIsAShareOfHistory()
    {
        QVERIFY(!adviceFor({changed(u"csrc/api.cpp"_s)}).estimateSeconds);
        AdviceFacts facts;
        facts.fullSeconds = 90;
        QCOMPARE(adviceFor({changed(u"csrc/api.cpp"_s)}, facts).estimateSeconds, 30.0);
        QCOMPARE(adviceFor({changed(u"pkg/ops.py"_s)}, facts).estimateSeconds, 0.0);
    }

    void whatTheCheckoutHasCompiledIsNotCompiledAgain()
    {
        AdviceFacts facts;
        facts.productModified = 2000;
        facts.modified = {{u"csrc/forward.cu"_s, 1000}, {u"csrc/api.cpp"_s, 3000}};
        QCOMPARE(adviceFor({changed(u"csrc/forward.cu"_s)}, facts).verdict, RebuildVerdict::None);
        const RebuildAdvice both = adviceFor({changed(u"csrc/forward.cu"_s), changed(u"csrc/api.cpp"_s)}, facts);
        QCOMPARE(both.units, QStringList{u"csrc/api.cpp"_s});
        QCOMPARE(adviceFor({changed(u"csrc/forward.cu"_s, ChangeKind::Deleted)}, facts).verdict,
                 RebuildVerdict::Partial);
    }

    void theCacheSeesAnEdit()
    {
        QTemporaryDir folder;
        const QString source = folder.filePath(u"a.cu"_s), kept = folder.filePath(u"cache/one"_s);
        const auto save = [&](const QByteArray &bytes) {
            QFile file(source);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(bytes);
        };
        save("#include \"one.h\"\n");
        {
            IncludeCache cache(folder.path(), kept);
            QCOMPARE(cache.includesOf(u"a.cu"_s), QStringList{u"one.h"_s});
            cache.write();
        }
        QVERIFY(QFileInfo::exists(kept));
        save("#include \"one.h\"\n#include \"two.h\"\n");
        QCOMPARE(IncludeCache(folder.path(), kept).includesOf(u"a.cu"_s), (QStringList{u"one.h"_s, u"two.h"_s}));
        QFile damaged(kept);
        QVERIFY(damaged.open(QIODevice::WriteOnly));
        damaged.write("not a cache");
        damaged.close();
        QCOMPARE(IncludeCache(folder.path(), kept).includesOf(u"a.cu"_s).size(), 2);
    }
};

QTEST_GUILESS_MAIN(TestAdvice)
#include "tst_advice.moc"
