// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the diagnosis reads a build log, against grep for one literal in the same file in the same run.
#include "core/diagnosis/diagnosis.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <cstdio>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 logBytes = 200'000'000;
constexpr qsizetype readBytes = 256 << 10; // what kernelyardctl diagnose reads at once
constexpr double wantedMegabytesPerSecond = 200;

/// A kernel package's build as ninja -v prints it: long nvcc lines, ptxas reports, warnings; one failure near the end.
bool writeLog(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    const QByteArray flags =
        "-I/build/csrc -I/build/csrc/kernels/include -I/opt/venv/lib/python3.12/site-packages/torch/include "
        "-I/opt/venv/lib/python3.12/site-packages/torch/include/torch/csrc/api/include -I/usr/local/cuda/include "
        "-I/usr/include/python3.12 -D__CUDA_NO_HALF_OPERATORS__ -D__CUDA_NO_HALF_CONVERSIONS__ "
        "--expt-relaxed-constexpr --compiler-options ''\"'\"'-fPIC'\"'\"'' -O3 -std=c++17 --expt-extended-lambda "
        "--use_fast_math -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a --threads 4 "
        "-DTORCH_API_INCLUDE_EXTENSION_H -DTORCH_EXTENSION_NAME=kernels_cuda -D_GLIBCXX_USE_CXX11_ABI=1";
    qint64 written = 0;
    for (int step = 1; written < logBytes; ++step) {
        const QByteArray name = "fwd_hdim" + QByteArray::number(step % 256) + "_bf16_sm90";
        QByteArray lines = "[" + QByteArray::number(step) + "/400000] /usr/local/cuda/bin/nvcc " + flags +
                           " -c /build/csrc/" + name + ".cu -o build/temp/" + name + ".o\n";
        lines += "ptxas info    : Compiling entry function '_Z6kernelILi" + QByteArray::number(step % 128) +
                 "EEvPfS0_i' for 'sm_90a'\nptxas info    : Used 168 registers, used 1 barriers, 16 bytes smem\n";
        if (step % 20 == 0)
            lines +=
                "/build/csrc/" + name +
                ".cu(57): warning #177-D: variable \"lane\" was declared but never referenced\n      int lane = 0;\n"
                "          ^\n\nRemark: The warnings can be suppressed with \"-diag-suppress <warning-number>\"\n\n";
        written += file.write(lines);
    }
    file.write("FAILED: fwd.o\n/build/csrc/fwd.cu(3): error: identifier \"x\" is undefined\nninja: build stopped.\n");
    return true;
}

/// Seconds that the best of three runs takes.
template <class Run>
double bestOfThree(Run run)
{
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        QElapsedTimer clock;
        clock.start();
        run();
        best = std::min(best, double(clock.nsecsElapsed()) / 1e9);
    }
    return best;
}

} // namespace

int main()
{
    const Result<Rulebook> book = Rulebook::read(QStringLiteral(KERNELYARD_SOURCE_DIR "/resources/diagnosis"));
    QTemporaryDir folder;
    const QString path = folder.filePath(u"build.log"_s);
    if (!book || !writeLog(path)) {
        std::fprintf(stderr, "no rules, or no room for the log\n");
        return 2;
    }
    const double megabytes = double(QFile(path).size()) / 1e6;

    QString label;
    const double own = bestOfThree([&] {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return;
        Diagnosis diagnosis(*book);
        for (QByteArray block = file.read(readBytes); !block.isEmpty(); block = file.read(readBytes))
            diagnosis.feed(block);
        const QList<Cause> causes = diagnosis.causes(1);
        label = causes.isEmpty() ? QString() : causes.first().label;
    });
    const double grep = bestOfThree([&] {
        QProcess process;
        process.start(u"grep"_s, {u"-c"_s, u"died due to signal"_s, path});
        process.waitForFinished(-1);
    });

    std::printf("diagnosis: %.0f MB/s over %.0f MB, %lld literals at once, root %s (at least %.0f MB/s)\n",
                megabytes / own, megabytes, static_cast<long long>(book->literals.size()), qPrintable(label),
                wantedMegabytesPerSecond);
    std::printf("grep -c of one literal: %.0f MB/s\n", megabytes / grep);
    return label == u"cxx-compile-error"_s && megabytes / own >= wantedMegabytesPerSecond ? 0 : 1;
}
