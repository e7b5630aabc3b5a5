// SPDX-License-Identifier: GPL-3.0-or-later
// A fuzz target without libFuzzer: runs every file below the folders named, whole, cut and with bytes changed in a way
// that is the same each time. For compilers that have no fuzzer, and so that every test run sees the corpus.
#include "tests/fuzz/fuzz.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>

namespace {

constexpr qsizetype mostBytes = 64 << 10;
constexpr qsizetype bytesOfWork = 48 << 10; ///< per file, for its variants together
constexpr int mostVariants = 24;

void runOne(const QByteArray &input)
{
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(input.constData()),
                           static_cast<std::size_t>(input.size()));
}

/// \a input, cut and changed.
void runVariants(const QByteArray &input)
{
    QRandomGenerator random(static_cast<quint32>(input.size()));
    const qsizetype longest = std::min(input.size(), bytesOfWork / 4);
    qsizetype left = bytesOfWork;
    for (int i = 0; i < mostVariants && left > 0; ++i) {
        const qsizetype from = random.bounded(int(input.size()));
        const qsizetype length = std::min(input.size() - from, 1 + qsizetype(random.bounded(int(longest))));
        QByteArray changed = input.sliced(i % 2 == 0 ? 0 : from, length);
        for (int flips = random.bounded(8); flips > 0; --flips)
            changed[random.bounded(int(changed.size()))] = static_cast<char>(random.bounded(256));
        runOne(changed);
        left -= length;
    }
}

} // namespace

int main(int argc, char **argv)
{
    runOne({});
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        QDirIterator folder(QFile::decodeName(argv[i]), QDir::Files, QDirIterator::Subdirectories);
        while (folder.hasNext()) {
            QFile file(folder.next());
            if (!file.open(QIODevice::ReadOnly))
                return 1;
            const QByteArray input = file.read(mostBytes);
            runOne(input);
            if (!input.isEmpty())
                runVariants(input);
            ++files;
        }
    }
    // In Qt Test's form, which tests/run counts. What does not hold ends the program before.
    const QByteArray name = QFileInfo(QFile::decodeName(argv[0])).fileName().toUtf8();
    std::printf("%s: %s::corpus(%d files)\n", files > 0 ? "PASS   " : "FAIL!  ", name.constData(), files);
    return files > 0 ? 0 : 1;
}
