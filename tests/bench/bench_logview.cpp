// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the log view takes lines, against QPlainTextEdit on the same lines in the same run.
#include "ui/models/buildlog.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QPlainTextEdit>
#include <QTest>

#include <cstdio>

using namespace kernelyard;

static QByteArray compilerLine(int number)
{
    return "[" + QByteArray::number(number) +
           "/100000] nvcc -O3 -std=c++17 -gencode arch=compute_90,code=sm_90 --threads 4 " +
           "-c /opt/src/flash_fwd_hdim" + QByteArray::number(number % 256) + "_bf16_sm90.cu -o flash_fwd.o";
}

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QApplication::setStyle(new Style);
    constexpr int count = 1'000'000;
    constexpr int peerCount = 20'000;
    constexpr int batch = 5'000; // what 20 updates a second bring at 100,000 lines/s

    QList<LogLine> lines;
    lines.reserve(count);
    for (int i = 0; i < count; ++i)
        lines.append({i / 50'000, std::chrono::microseconds(i), false, false, compilerLine(i)});

    BuildLog log;
    LogView view;
    view.setSource(&log);
    view.resize(900, 700);
    view.show();
    if (!QTest::qWaitForWindowExposed(&view))
        return 1;
    QElapsedTimer clock;
    qint64 longestNs = 0;
    clock.start();
    for (int i = 0; i < count; i += batch) {
        QElapsedTimer one;
        one.start();
        log.append(lines.mid(i, batch));
        view.viewport()->repaint();
        longestNs = std::max(longestNs, one.nsecsElapsed());
    }
    const double perSecond = count / (double(clock.nsecsElapsed()) / 1e9);

    QPlainTextEdit peer;
    peer.setReadOnly(true);
    peer.setLineWrapMode(QPlainTextEdit::NoWrap);
    peer.resize(900, 700);
    peer.show();
    if (!QTest::qWaitForWindowExposed(&peer))
        return 1;
    clock.restart();
    for (int i = 0; i < peerCount; ++i)
        peer.appendPlainText(QString::fromUtf8(lines[i].text));
    peer.viewport()->repaint();
    const double peerPerSecond = peerCount / (double(clock.nsecsElapsed()) / 1e9);

    std::printf("log view: %.0f lines/s over %d lines, longest update of %d lines with its picture %.1f ms\n",
                perSecond, count, batch, double(longestNs) / 1e6);
    std::printf("QPlainTextEdit: %.0f lines/s over %d lines\n", peerPerSecond, peerCount);
    std::printf("factor: %.0f (at least 100)\n", perSecond / peerPerSecond);
    return perSecond >= 500'000 && perSecond >= 100 * peerPerSecond ? 0 : 1;
}
