// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/diagnosis.h"
#include "core/diagnosis/plainline.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace kernelyard;

/// The corpus lies in tests/data/diagnosis (its README says how each log was made): folders of logs, each named
/// LABEL--what.log after the root cause that it shows, or healthy--what.log.
class TestDiagnosis : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void namesTheRootCause_data();
    void namesTheRootCause();
    void scoresHigh_data();
    void scoresHigh();
    void findsTheSameInAnyChunks();
    void namesLineAndExcerpt();
    void anExitCodeDecides();
    void namesAContributingCauseBesideTheRoot();
    void readsMessagesThatADisplayCut();
    void readsALogQuotedInOneLine();
    void aWeakSightingGivesWay();
    void putsOtherLanguagesIntoEnglish();
    void quotedTextIsNoMessage_data();
    void quotedTextIsNoMessage();
    void aNumberIsNoExitCode_data();
    void aNumberIsNoExitCode();
    void whatIsOvercomeIsNoCause();
    void asManyHealthyLogsAsFailing();
    void findsTheFirstLiteral();
    void readsPlainLines_data();
    void readsPlainLines();
    void everyLabelHasSummaryAndRemedy();
    void aLineMayKnowMoreThanItsCause();
    void refusesBrokenRules();

private:
    QList<Cause> causesOf(const QByteArray &log, std::optional<int> exitCode) const;
    QStringList labels(const QByteArray &log, std::optional<int> exitCode = std::nullopt) const;
    std::optional<Rulebook> m_book;
};

QList<Cause> TestDiagnosis::causesOf(const QByteArray &log, std::optional<int> exitCode) const
{
    Diagnosis diagnosis(*m_book);
    diagnosis.feed(log);
    return diagnosis.causes(exitCode);
}

QStringList TestDiagnosis::labels(const QByteArray &log, std::optional<int> exitCode) const
{
    QStringList found;
    for (const Cause &cause : causesOf(log, exitCode))
        found << cause.label;
    return found;
}

void TestDiagnosis::initTestCase()
{
    Result<Rulebook> book = Rulebook::read(QStringLiteral(KERNELYARD_SOURCE_DIR "/resources/diagnosis"));
    QVERIFY2(book.has_value(), book ? "" : qPrintable(book.error().message));
    m_book = std::move(*book);
}

void TestDiagnosis::namesTheRootCause_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("expected");
    const QDir corpus(QStringLiteral(KERNELYARD_TEST_DATA "/diagnosis"));
    for (const QString &folder : corpus.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        if (folder == u"held"_s || folder == u"languages"_s) // no rule was written for these: scored as a whole
            continue;
        for (const QFileInfo &log :
             QDir(corpus.filePath(folder)).entryInfoList({u"*.log"_s}, QDir::Files, QDir::Name)) {
            const QString label = log.fileName().section(u"--"_s, 0, 0);
            QTest::newRow(qPrintable(folder + u'/' + log.completeBaseName()))
                << log.filePath() << (label == u"healthy"_s ? QString() : label);
        }
    }
}

void TestDiagnosis::namesTheRootCause()
{
    QFETCH(QString, file);
    QFETCH(QString, expected);
    QFile log(file);
    QVERIFY(log.open(QIODevice::ReadOnly));
    QCOMPARE(labels(log.readAll()).value(0), expected);
}

void TestDiagnosis::scoresHigh_data()
{
    QTest::addColumn<QString>("folder");
    QTest::newRow("logs that the rules were written with") << u"provoked"_s;
    QTest::newRow("logs held back while the rules were written") << u"held"_s;
    QTest::newRow("logs in other languages") << u"languages"_s;
    QTest::newRow("logs of other tools, written before their rules") << u"unseen"_s;
}

void TestDiagnosis::scoresHigh()
{
    QFETCH(QString, folder);
    const QDir corpus(QStringLiteral(KERNELYARD_TEST_DATA "/diagnosis/") + folder);
    int right = 0;
    int wrong = 0;
    int missed = 0;
    for (const QFileInfo &file : corpus.entryInfoList({u"*.log"_s}, QDir::Files, QDir::Name)) {
        QFile log(file.filePath());
        QVERIFY(log.open(QIODevice::ReadOnly));
        const QString expected = file.fileName().section(u"--"_s, 0, 0);
        const QStringList found = labels(log.readAll());
        if (expected == u"healthy"_s)
            QVERIFY2(found.isEmpty(), qPrintable(file.fileName()));
        const int hits = static_cast<int>(found.count(expected));
        right += hits;
        wrong += static_cast<int>(found.size()) - hits;
        if (hits == 0 && expected != u"healthy"_s) {
            ++missed;
            qInfo("missed: %s", qPrintable(file.fileName()));
        }
    }
    const double precision = double(right) / std::max(1, right + wrong);
    const double recall = double(right) / std::max(1, right + missed);
    qInfo("%s: precision %.3f, recall %.3f over %d logs of failures", qPrintable(folder), precision, recall,
          right + missed);
    QVERIFY(right + missed >= 40);
    QVERIFY(precision >= 0.97);
    QVERIFY(recall >= 0.95);
}

void TestDiagnosis::findsTheSameInAnyChunks()
{
    const QByteArray log = "line\nnvcc fatal   : Unsupported gpu architecture 'compute_120'\nninja: build stopped: x.";
    for (qsizetype cut = 0; cut <= log.size(); ++cut) {
        Diagnosis diagnosis(*m_book);
        diagnosis.feed(QByteArrayView(log).first(cut));
        diagnosis.feed(QByteArrayView(log).sliced(cut));
        const QList<Cause> causes = diagnosis.causes({});
        QCOMPARE(causes.size(), 1);
        QCOMPARE(causes.first().line, 2);
    }
}

void TestDiagnosis::namesLineAndExcerpt()
{
    const QList<Cause> causes = causesOf(
        "a\nb\n\nE   RuntimeError: CUDA error: no kernel image is available for execution on the device\r\n", {});
    QCOMPARE(causes.size(), 1);
    QCOMPARE(causes.first().line, 4);
    QCOMPARE(causes.first().excerpt,
             u"RuntimeError: CUDA error: no kernel image is available for execution on the device"_s);
    QCOMPARE(causes.first().toJson().value(u"label"_s).toString(), u"no-kernel-image"_s);
}

void TestDiagnosis::anExitCodeDecides()
{
    const QByteArray dubious = "fatal: detected dubious ownership in repository at '/workspace'\n";
    QCOMPARE(labels(dubious, 128), QStringList{u"git-dubious-ownership"_s});
    QCOMPARE(labels(dubious, 0), QStringList());
    const QByteArray resolver =
        "ERROR: pip's dependency resolver does not currently take into account all the packages that are installed.\n";
    QCOMPARE(labels(resolver, 1), QStringList{u"pip-resolution-conflict"_s});
    QCOMPARE(labels(resolver), QStringList());
}

void TestDiagnosis::namesAContributingCauseBesideTheRoot()
{
    const QByteArray log = "Precompiled wheel not found. Building from source...\n"
                           "csrc/a.cu(12): error: identifier \"x\" is undefined\n"
                           "ninja: build stopped: subcommand failed.\n";
    QCOMPARE(labels(log), (QStringList{u"cxx-compile-error"_s, u"wheel-404-fallback-to-source"_s}));
    QCOMPARE(labels("Precompiled wheel not found. Building from source...\n", 1),
             QStringList{u"wheel-404-fallback-to-source"_s});
}

void TestDiagnosis::readsMessagesThatADisplayCut()
{
    const QByteArray cut =
        "C:\\src\\dependencies\\tiny\\include\\tiny/matmul.h(40): fatal error C1083: Cannot open inclu\n"
        "de file: 'cutlass/gemm.h': No such file or directory [C:\\src\\tiny.vcxproj]\n";
    for (qsizetype at = 0; at <= cut.size(); ++at) {
        Diagnosis diagnosis(*m_book);
        diagnosis.feed(QByteArrayView(cut).first(at));
        diagnosis.feed(QByteArrayView(cut).sliced(at));
        const QList<Cause> causes = diagnosis.causes({});
        QCOMPARE(causes.size(), 1);
        QCOMPARE(causes.first().label, u"submodule-missing"_s);
        QCOMPARE(causes.first().line, 1);
    }
}

void TestDiagnosis::readsALogQuotedInOneLine()
{
    const QByteArray quoted =
        R"(RuntimeError("Error building 'x': [1/1] c++ a.o -shared -lcudart -o x.so\nFAILED: x.so \n)"
        R"(/usr/bin/ld: cannot find -lcudart\ncollect2: error: ld returned 1 exit status\n"))";
    QCOMPARE(labels(quoted), QStringList{u"linker-missing-cuda-lib"_s});
}

void TestDiagnosis::aWeakSightingGivesWay()
{
    const QByteArray retry =
        "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'ReadTimeoutError'\n";
    QCOMPARE(labels(retry, 1), QStringList{u"network-timeout"_s});
    // The classic builder's only words when its daemon went away; of a pull they stand at the end of a sentence.
    QCOMPARE(labels("began\nunexpected EOF\n", 1), QStringList{u"engine-not-running"_s});
    QCOMPARE(labels("error pulling image configuration: download failed after attempts=6: unexpected EOF\n", 1),
             QStringList{u"network-timeout"_s});
    QCOMPARE(labels(retry + "a.cu(1): error: identifier \"x\" is undefined\n", 1), QStringList{u"cxx-compile-error"_s});
    QCOMPARE(labels(retry), QStringList());
}

void TestDiagnosis::putsOtherLanguagesIntoEnglish()
{
    Diagnosis diagnosis(*m_book);
    const QString line = u"a.cpp:1:10: erreur fatale: Python.h\u00a0: Aucun fichier ou dossier de ce type"_s;
    diagnosis.feed(QByteArray(line.toUtf8() + '\n'));
    const QList<Cause> causes = diagnosis.causes({});
    QCOMPARE(causes.size(), 1);
    QCOMPARE(causes.first().label, u"missing-python-headers"_s);
    QCOMPARE(causes.first().excerpt, line); // as the tool said it
    // What a message quotes stays in its place.
    Diagnosis quoting(*m_book);
    quoting.feed("致命错误：在 '/src/fork' 检测到可疑的仓库所有权\n");
    QCOMPARE(quoting.causes(128).value(0).command.value(5), u"/src/fork"_s);
}

void TestDiagnosis::quotedTextIsNoMessage_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("an excerpt of a source") << QByteArray("   12 |   // OSError: [Errno 28] No space left");
    QTest::newRow("the same behind a prefix") << QByteArray("#9 12.5    12 |   x = nvcc(); // nvcc: command not found");
    QTest::newRow("a shell's trace") << QByteArray("+ echo 'cc1plus: error: No space left on device'");
    QTest::newRow("a nested shell's trace") << QByteArray("++ grep 'nvcc fatal   : Unsupported gpu architecture'");
    QTest::newRow("a compiler's warning") << QByteArray("a.cpp:2:2: warning: #warning  nvcc: command not found");
    QTest::newRow("a commit's subject") << QByteArray("9fceb02 Say  nvcc: command not found");
}

void TestDiagnosis::quotedTextIsNoMessage()
{
    QFETCH(QByteArray, line);
    QCOMPARE(labels(line + '\n', 1), QStringList());
    QCOMPARE(labels(line.sliced(line.lastIndexOf("  ") + 1).replace("+ ", "") + '\n', 1).size(), 1);
}

void TestDiagnosis::aNumberIsNoExitCode_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("label");
    const auto row = [](const char *line, const QString &label) { QTest::newRow(line) << QByteArray(line) << label; };
    row("CMake Error at CMakeLists.txt:137 (message):", {});
    row("  File \"/code/setup.py\", line 137, in run", {});
    row("error: corrupt patch at line 137", {});
    row("[ 96%] status 137/140", {});
    row("exit code 1. (124 s)", {});
    row("checked the code of 124 files", {});
    row("Exited (137) 2 minutes ago", u"oom-killed"_s);
    row("The command '/bin/sh -c make' returned a non-zero code: 137", u"oom-killed"_s);
    row("make: *** [all] Fehler 137", u"oom-killed"_s);
    row("\"exitCode\": 137", u"oom-killed"_s);
    row("the process exited with code=137", u"oom-killed"_s);
    row("subprocess exited with status 124", u"timeout"_s);
}

void TestDiagnosis::aNumberIsNoExitCode()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, label);
    QCOMPARE(labels(line + '\n', 1).value(0), label);
}

void TestDiagnosis::whatIsOvercomeIsNoCause()
{
    const QByteArray overcome = "batch 64: CUDA out of memory, trying batch 32\n";
    QCOMPARE(labels(overcome), QStringList());
    QCOMPARE(labels(overcome, 1), QStringList{u"gpu-out-of-memory"_s}); // it failed, and nothing else tells why
    QCOMPARE(labels(overcome + "a.cu(1): error: identifier \"x\" is undefined\n", 1),
             QStringList{u"cxx-compile-error"_s});
}

/// A diagnosis that cries wolf is worse than none.
void TestDiagnosis::asManyHealthyLogsAsFailing()
{
    int healthy = 0;
    int failing = 0;
    const QDir corpus(QStringLiteral(KERNELYARD_TEST_DATA "/diagnosis"));
    for (const QString &folder : corpus.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QStringList logs = QDir(corpus.filePath(folder)).entryList({u"*.log"_s}, QDir::Files);
        const qsizetype fine = logs.filter(QRegularExpression(u"^healthy--"_s)).size();
        healthy += static_cast<int>(fine);
        failing += static_cast<int>(logs.size() - fine);
    }
    qInfo("%d healthy logs, %d of failures", healthy, failing);
    QVERIFY(failing > 300);
    QVERIFY(healthy >= failing);
}

/// The scanner reads at two places at once.
void TestDiagnosis::findsTheFirstLiteral()
{
    const LiteralScanner scanner({"needle", "nail"});
    QByteArray text;
    while (text.size() < 20000)
        text += QByteArray(text.size() % 97, 'n') + "eedl\n";
    QCOMPARE(scanner.firstHit(text), -1);
    for (qsizetype at = 0; at < text.size() - 20; at += 13) {
        QByteArray one = text;
        one.replace(at, 6, "NEEDLE");
        QCOMPARE(scanner.firstHit(one), at + 6);
        one.replace(text.size() - 6, 4, "nail"); // a later one changes nothing
        QCOMPARE(scanner.firstHit(one), at + 6);
    }
    QCOMPARE(scanner.firstHit(QByteArray(QByteArray(50000, 'x') + "nail")), 50004); // a line longer than what is read
    QCOMPARE(scanner.firstHit({}), -1);
}

void TestDiagnosis::readsPlainLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("plain");
    const auto row = [](const char *name, const char *line, const char *plain) {
        QTest::newRow(name) << QByteArray(line) << QByteArray(plain);
    };
    row("as it is", "error: x", "error: x");
    row("BuildKit", "#7 0.412 error: x", "error: x");
    row("Compose", "web-1  | error: x", "error: x");
    row("CI time stamp", "2025-03-01T10:00:00.1234567Z error: x", "error: x");
    row("colours", "\x1b[1;31merror: x\x1b[0m", "error: x");
    row("mangled colours", "[91merror: x[0m", "error: x");
    row("overwritten progress", "10 %\r20 %\rerror: x\r\n", "error: x");
    row("title of a terminal", "\x1b]0;t\aerror: x", "error: x");
    row("an excerpt of a source", "   12 | int x; // error: y", "12 | int x; // error: y");
    row("an array stays", "[3/7] nvcc a[0]", "[3/7] nvcc a[0]");
    row("a cut escape", "error: x\x1b", "error: x");
}

void TestDiagnosis::readsPlainLines()
{
    QFETCH(QByteArray, line);
    QTEST(plainLine(line), "plain");
}

void TestDiagnosis::everyLabelHasSummaryAndRemedy()
{
    QCOMPARE(m_book->causes.size(), 54);
    QStringList seen;
    for (const CauseRule &cause : std::as_const(m_book->causes)) {
        QVERIFY2(!cause.summary.isEmpty() && !cause.remedy.isEmpty(), qPrintable(cause.label));
        QVERIFY2(!seen.contains(cause.label), qPrintable(cause.label));
        seen << cause.label;
    }
}

void TestDiagnosis::aLineMayKnowMoreThanItsCause()
{
    const auto causeOf = [this](const QByteArray &line) { return causesOf(line, 1).value(0); };
    const Cause general = causeOf("fatal: unable to access 'http://example.org/x/': Failed to connect to example.org "
                                  "port 80: Connection refused\n");
    const Cause special =
        causeOf("Error: pinging container registry example.org: Get \"https://example.org/v2/\": dial "
                "tcp 192.0.2.1:443: connect: connection refused\n");
    QCOMPARE(general.label, u"network-timeout"_s);
    QCOMPARE(special.label, general.label);
    QVERIFY2(special.summary.contains(u"registry"_s), qPrintable(special.summary));
    QVERIFY2(special.remedy.contains(u"registry"_s), qPrintable(special.remedy));
    QVERIFY(special.summary != general.summary && special.remedy != general.remedy);
}

void TestDiagnosis::refusesBrokenRules()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(u"causes.yml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("causes:\n  - label: x\n    summary: s\n    remedy: r\n    lines:\n      - { near: abc, match: '(' }\n");
    file.close();
    const Result<Rulebook> book = Rulebook::read(folder.path());
    QVERIFY(!book);
    QCOMPARE(book.error().kind, ErrorKind::Invalid);
    QVERIFY2(book.error().message.contains(u"causes.yml, line 6"_s), qPrintable(book.error().message));
}

QTEST_GUILESS_MAIN(TestDiagnosis)
#include "tst_diagnosis.moc"
