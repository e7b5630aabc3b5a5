// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/stepwork.h"

#include <QFile>
#include <QRandomGenerator>
#include <QTest>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;

static QByteArray recorded(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/progress/") + name);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s can't be read", qPrintable(file.fileName()));
    return file.readAll();
}

/// What the reader says after each line of \a text that changed it.
static QList<StepWork> read(const QByteArray &text)
{
    StepWorkReader reader;
    QList<StepWork> all;
    for (const QByteArray &line : text.split('\n')) {
        reader.take(line);
        if (all.isEmpty() ? reader.work() != StepWork() : reader.work() != all.last())
            all.append(reader.work());
    }
    return all;
}

/// The same where every carriage return ends a piece, as BuildState gives lines that have no end yet.
static QList<StepWork> readPieces(const QByteArray &text)
{
    return read(QByteArray(text).replace('\r', "\r\n"));
}

class TestStepWork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ninjaWithCommands();
    void ninjaOnATerminal();
    void setuptoolsHasNoTotal();
    void pipDownloads();
    void unitsBelowPip();
    void pipOnATerminal();
    void aptInstalls();
    void curlDownloads();
    void commands_data();
    void commands();
    void saysNothing_data();
    void saysNothing();
    void everySplitAndGarbage();
};

void TestStepWork::ninjaWithCommands()
{
    const auto all = read(recorded(u"ninja-verbose.txt"_s));
    QCOMPARE(all.size(), 5);
    for (int i = 0; i < 5; ++i) {
        QCOMPARE(all[i].kind, StepWork::Kind::Units);
        QCOMPARE(all[i].done, i + 1);
        QCOMPARE(all[i].total, 5);
    }
    QCOMPARE(all[2].item, u"kern3.cu"_s);
    QCOMPARE(all[2].tool, u"nvcc"_s);
    QCOMPARE(all[2].architectures, QStringList({u"sm_80"_s, u"sm_90"_s}));
    QCOMPARE(all[3].item, u"api.cpp"_s);
    QCOMPARE(all[3].tool, u"g++"_s);
    QCOMPARE(all[3].architectures, QStringList());
}

void TestStepWork::ninjaOnATerminal()
{
    const auto all = readPieces(recorded(u"ninja-terminal.txt"_s));
    QVERIFY(all.size() >= 5);
    QCOMPARE(all.last().done, 5);
    QCOMPARE(all.last().total, 5);
    QVERIFY(std::any_of(all.cbegin(), all.cend(), [](const StepWork &work) { return work.item == u"kern2"; }));
}

/// Nobody says how many files there will be: the total stays unknown.
void TestStepWork::setuptoolsHasNoTotal()
{
    const auto all = read(recorded(u"setuptools.txt"_s));
    QCOMPARE(all.size(), 3);
    QCOMPARE(all.last().kind, StepWork::Kind::Units);
    QCOMPARE(all.last().done, 2);
    QCOMPARE(all.last().total, 0);
    QCOMPARE(all[0].item, u"one.c"_s);
}

void TestStepWork::pipDownloads()
{
    const auto all = read(recorded(u"pip-plain.txt"_s));
    QVERIFY(all.size() >= 3);
    QCOMPARE(all[0].kind, StepWork::Kind::Bytes);
    QCOMPARE(all[0].done, 0);
    QCOMPARE(all[0].total, 16'900'000);
    QCOMPARE(all[0].item, u"numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"_s);
    QCOMPARE(all[1].done, 16'900'000);
    QCOMPARE(all.last().total, 876'300);
    QCOMPARE(all.last().done, 876'300);
}

/// What a compile says below `pip wheel --verbose` is indented.
void TestStepWork::unitsBelowPip()
{
    const auto all = read(recorded(u"../starter-layers/podman-4.3.1/builder.stderr"_s));
    QList<qint64> done;
    for (const StepWork &work : all)
        if (work.kind == StepWork::Kind::Units)
            done << work.done;
    QCOMPARE(done.size(), 14);
    QCOMPARE(done.last(), 14);
    QCOMPARE(all.last().total, 14);
    const auto has = [&all](const QString &item) {
        return std::any_of(all.cbegin(), all.cend(), [&item](const StepWork &work) { return work.item == item; });
    };
    QVERIFY(has(u"float32.v3"_s));
}

void TestStepWork::pipOnATerminal()
{
    const auto all = readPieces(recorded(u"pip-terminal.txt"_s));
    QList<qint64> done;
    for (const StepWork &work : all)
        if (work.kind == StepWork::Kind::Bytes)
            done << work.done;
    QCOMPARE(done, QList<qint64>({0, 1'900'000, 8'000'000, 13'400'000, 16'900'000}));
}

void TestStepWork::aptInstalls()
{
    const auto all = read(recorded(u"apt.txt"_s));
    QVERIFY(!all.isEmpty());
    QCOMPARE(all.last().kind, StepWork::Kind::Packages);
    QCOMPARE(all.last().done, 2);
    QCOMPARE(all.last().total, 2);
    QCOMPARE(all.last().item, u"hello"_s);
    QCOMPARE(all.last().tool, u"apt"_s);
}

void TestStepWork::curlDownloads()
{
    const auto all = readPieces(recorded(u"curl.txt"_s));
    QVERIFY(all.size() >= 2);
    QCOMPARE(all[all.size() - 2].done, 9763 * 1024);
    QCOMPARE(all.last().total, qint64(16.1 * 1024 * 1024));
    QCOMPARE(all.last().done, all.last().total);
}

void TestStepWork::commands_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<CompileCommand>("expected");
    const auto row = [](const char *name, const QByteArray &line, const CompileCommand &expected) {
        QTest::newRow(name) << line << expected;
    };
    row("compiler cache before it", "ccache /usr/bin/c++ -O3 -DX=\"a b\" -c /src/a.cpp -o a.o",
        {u"c++"_s, u"/src/a.cpp"_s, {}});
    row("versioned cross compiler", "x86_64-linux-gnu-g++-12 -c a.cc", {u"g++"_s, u"a.cc"_s, {}});
    row("two spellings of -gencode",
        "nvcc -gencode arch=compute_80,code=sm_80 --generate-code=arch=compute_90a,code=[sm_90a,compute_90a] -c k.cu",
        {u"nvcc"_s, u"k.cu"_s, {u"sm_80"_s, u"sm_90a"_s}});
    row("intermediate code alone", "nvcc -gencode=arch=compute_120,code=compute_120 -dc k.cu",
        {u"nvcc"_s, u"k.cu"_s, {u"compute_120"_s}});
    row("-arch", "nvcc -arch=sm_75 -c k.cu", {u"nvcc"_s, u"k.cu"_s, {u"sm_75"_s}});
    row("offload", "hipcc --offload-arch=gfx942 -c k.hip", {u"hipcc"_s, u"k.hip"_s, {u"gfx942"_s}});
    row("PyTorch's extension builder",
        "/usr/local/cuda/bin/nvcc --generate-dependencies-with-compile --dependency-output "
        "/b/flash_fwd_hdim128_bf16_sm80.o.d -I/src -c -c /src/csrc/flash_attn/src/flash_fwd_hdim128_bf16_sm80.cu -o "
        "/b/flash_fwd_hdim128_bf16_sm80.o -O3 -std=c++17 -U__CUDA_NO_HALF_OPERATORS__ -gencode "
        "arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 --threads 4",
        {u"nvcc"_s, u"/src/csrc/flash_attn/src/flash_fwd_hdim128_bf16_sm80.cu"_s, {u"sm_80"_s, u"sm_90"_s}});
    row("linking", "g++ -shared a.o b.o -o lib.so", {});
    row("preprocessing", "gcc -E a.c", {});
    row("a message", "/src/a.cpp:12:5: error: no -c here in a.cpp with g++", {});
    row("prose", "we use gcc -c a.c here", {u"gcc"_s, u"a.c"_s, {}});
    row("cut within a quote", "g++ -c 'a.cpp", {u"g++"_s, u"a.cpp"_s, {}});
    row("nothing", "", {});
}

void TestStepWork::commands()
{
    QFETCH(QByteArray, line);
    QFETCH(CompileCommand, expected);
    const CompileCommand command = compileCommand(line);
    QCOMPARE(command.tool, expected.tool);
    QCOMPARE(command.source, expected.source);
    QCOMPARE(command.architectures, expected.architectures);
}

void TestStepWork::saysNothing_data()
{
    QTest::addColumn<QByteArray>("line");
    const QList<QByteArray> lines{"[12/3] more done than there is",
                                  "[0/0] nothing",
                                  "[builder 3/7] RUN make",
                                  "[99999999999999/99999999999999] too long",
                                  "[1/2]no space",
                                  "Setting up",
                                  "Downloading the internet (again)",
                                  " 8.0/16.9 MB without a download",
                                  "100 % done",
                                  "ptxas info    : Used 168 registers, used 1 barriers"};
    for (const QByteArray &line : lines)
        QTest::newRow(line.constData()) << line;
}

void TestStepWork::saysNothing()
{
    QFETCH(QByteArray, line);
    StepWorkReader reader;
    reader.take(line);
    QCOMPARE(reader.work(), StepWork());
}

/// A line cut anywhere, and bytes at random: never more done than there is, never a crash.
void TestStepWork::everySplitAndGarbage()
{
    const auto check = [](const StepWork &work) {
        QVERIFY(work.done >= 0 && work.total >= 0);
        QVERIFY(work.total == 0 || work.done <= work.total);
    };
    for (const char *name : {"ninja-verbose.txt", "ninja-terminal.txt", "setuptools.txt", "pip-plain.txt",
                             "pip-terminal.txt", "apt.txt", "curl.txt"}) {
        const QByteArray text = recorded(QString::fromLatin1(name));
        StepWorkReader whole;
        for (const QByteArray &line : text.split('\n'))
            whole.take(line);
        for (qsizetype cut = 0; cut < text.size(); ++cut) {
            StepWorkReader reader;
            for (const QByteArray &part : {text.first(cut), text.sliced(cut)})
                for (const QByteArray &line : part.split('\n')) {
                    reader.take(line);
                    check(reader.work());
                }
        }
        QVERIFY(whole.work() != StepWork());
    }
    QRandomGenerator random(20260101);
    StepWorkReader reader;
    for (int round = 0; round < 20'000; ++round) {
        QByteArray line = QByteArray("[1/2] nvcc -gencode arch=compute_90,code=sm_90 -c a.cu (1.0/2.0 MB)");
        for (int change = 0; change < 4; ++change)
            line[random.bounded(int(line.size()))] = char(random.bounded(256));
        reader.take(line.first(random.bounded(int(line.size()))));
        check(reader.work());
    }
}

QTEST_GUILESS_MAIN(TestStepWork)
#include "tst_stepwork.moc"
