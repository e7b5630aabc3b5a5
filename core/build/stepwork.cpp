// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/stepwork.h"

#include "core/build/ninjacount.h"
#include "core/log/linescan.h"

#include <QList>

#include <algorithm>
#include <array>
#include <optional>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// No command line of a compiler is read further than this; its source and its -gencode stand far before.
constexpr qsizetype longestCommand = 64 << 10;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool takePrefix(QByteArrayView &text, QByteArrayView prefix)
{
    if (!text.startsWith(prefix))
        return false;
    text = text.sliced(prefix.size());
    return true;
}

/// A number of at most 12 digits at the beginning; -1: none.
qint64 takeNumber(QByteArrayView &text)
{
    qint64 number = 0;
    qsizetype length = 0;
    for (; length < text.size() && isDigit(text[length]) && length <= 12; ++length)
        number = number * 10 + (text[length] - '0');
    if (length == 0 || length > 12)
        return -1;
    text = text.sliced(length);
    return number;
}

QString textOf(QByteArrayView bytes)
{
    return QString::fromUtf8(bytes);
}

QByteArrayView fileName(QByteArrayView path)
{
    return path.sliced(path.lastIndexOf('/') + 1);
}

/// Of a word of a shell's command line; a cut quote ends with the line.
QByteArrayView takeWord(QByteArrayView &text)
{
    text = text.trimmed();
    if (text.isEmpty())
        return {};
    const char quote = text[0] == '"' || text[0] == '\'' ? text[0] : ' ';
    const qsizetype begin = quote == ' ' ? 0 : 1;
    qsizetype end = text.indexOf(quote, begin);
    if (end < 0)
        end = text.size();
    const QByteArrayView word = text.sliced(begin, end - begin);
    text = text.sliced(std::min(end + 1, text.size()));
    return word;
}

bool endsWithAny(QByteArrayView word, std::initializer_list<QByteArrayView> ends)
{
    return std::any_of(ends.begin(), ends.end(), [&](QByteArrayView end) { return word.endsWith(end); });
}

bool isSource(QByteArrayView word)
{
    return !word.startsWith('-') &&
           endsWithAny(word, {".cu", ".cpp", ".cc", ".c", ".cxx", ".C", ".c++", ".hip", ".mm", ".f90", ".s", ".S"});
}

/// "g++" of "/usr/bin/x86_64-linux-gnu-g++-12"; empty when it is no compiler.
QByteArrayView compilerName(QByteArrayView word)
{
    static constexpr std::array<QByteArrayView, 12> names{"nvcc",  "g++",   "c++",  "gcc", "cc",    "clang++",
                                                          "clang", "hipcc", "icpx", "icx", "nvc++", "ptxas"};
    QByteArrayView name = fileName(word);
    qsizetype end = name.size();
    while (end > 0 && (isDigit(name[end - 1]) || name[end - 1] == '.'))
        --end;
    if (end > 1 && end < name.size() && name[end - 1] == '-') // g++-12
        name = name.first(end - 1);
    for (const QByteArrayView known : names)
        if (name == known ||
            (name.endsWith(known) && name.size() > known.size() && name[name.size() - known.size() - 1] == '-'))
            return known;
    return {};
}

void addArchitecture(QStringList &list, QByteArrayView name)
{
    const bool isName = name.startsWith("sm_") || name.startsWith("compute_") || name.startsWith("gfx");
    const QString text = textOf(name);
    if (isName && name.size() <= 20 && !list.contains(text))
        list << text;
}

/// "arch=compute_90,code=sm_90" or "arch=compute_90,code=[sm_90,compute_90]": the code is what comes out.
void addGenerated(QStringList &list, QByteArrayView value)
{
    const qsizetype code = value.indexOf("code=");
    const qsizetype arch = value.indexOf("arch=");
    const QByteArrayView names = code >= 0 ? value.sliced(code + 5) : arch >= 0 ? value.sliced(arch + 5) : value;
    const QList<QByteArray> parts = names.toByteArray().replace('[', "").replace(']', "").split(',');
    const bool hasReal =
        std::any_of(parts.cbegin(), parts.cend(), [](const QByteArray &p) { return p.startsWith("sm_"); });
    for (const QByteArray &part : parts)
        if (!hasReal || part.startsWith("sm_"))
            addArchitecture(list, part);
}

/// Without colours and cursor moves, and of a line written over with carriage returns what was written last.
QByteArray plainEnd(QByteArrayView line)
{
    while (line.endsWith('\r'))
        line.chop(1);
    if (const qsizetype back = line.lastIndexOf('\r'); back >= 0)
        line = line.sliced(back + 1);
    if (!line.contains('\x1b'))
        return line.toByteArray();
    QByteArray plain;
    for (qsizetype i = 0; i < line.size(); ++i) {
        if (line[i] != '\x1b') {
            plain += line[i];
        } else if (i + 1 < line.size() && line[i + 1] == '[') {
            for (i += 2; i < line.size() && !(line[i] >= '@' && line[i] <= '~'); ++i) {
            }
        }
    }
    return plain;
}

/// Bytes of "16.9", "MB": pip counts in thousands, curl's k and M in 1024s.
std::optional<qint64> bytesOf(QByteArrayView number, QByteArrayView unit)
{
    bool ok = false;
    const double value = number.toDouble(&ok);
    if (!ok || value < 0 || value > 1e9)
        return {};
    const std::array<std::pair<QByteArrayView, double>, 5> units{
        {{"bytes", 1}, {"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}};
    for (const auto &[name, factor] : units)
        if (unit == name)
            return qint64(value * factor);
    return {};
}

} // namespace

std::optional<NinjaCount> ninjaCount(QByteArrayView line)
{
    NinjaCount count;
    QByteArrayView rest = line;
    if (!takePrefix(rest, "["))
        return {};
    count.done = takeNumber(rest);
    if (count.done < 0 || !takePrefix(rest, "/"))
        return {};
    count.total = takeNumber(rest);
    if (count.total <= 0 || count.done > count.total || !takePrefix(rest, "] "))
        return {};
    count.length = line.size() - rest.size();
    return count;
}

CompileCommand compileCommand(QByteArrayView line)
{
    CompileCommand command;
    QByteArrayView rest = line.first(std::min(line.size(), longestCommand));
    // Launchers, folders entered before it and assignments stand before the compiler.
    for (int word = 0; word < 6 && command.tool.isEmpty(); ++word) {
        const QByteArrayView program = takeWord(rest);
        if (program.isEmpty())
            return {};
        command.tool = textOf(compilerName(program));
        if (command.tool.isEmpty() && word == 0 && program.contains(':'))
            return {}; // "file.cpp:12:5: error: …" and the like
    }
    if (command.tool.isEmpty())
        return {};
    bool compiles = false;
    for (QByteArrayView word = takeWord(rest); !word.isEmpty(); word = takeWord(rest)) {
        if (word == "-c" || word == "-dc" || word == "--device-c" || word == "--compile") {
            compiles = true;
        } else if (word == "-o" || word == "-MF" || word == "-MT" || word == "-x" || word == "-include") {
            takeWord(rest);
        } else if (word == "-gencode" || word == "--generate-code" || word == "-arch" || word == "--gpu-architecture" ||
                   word == "-code" || word == "--gpu-code") {
            addGenerated(command.architectures, takeWord(rest));
        } else if (takePrefix(word, "-gencode=") || takePrefix(word, "--generate-code=") ||
                   takePrefix(word, "-arch=") || takePrefix(word, "--gpu-architecture=") ||
                   takePrefix(word, "--offload-arch=") || takePrefix(word, "-code=") ||
                   takePrefix(word, "--gpu-code=")) {
            addGenerated(command.architectures, word);
        } else if (command.source.isEmpty() && isSource(word)) {
            command.source = textOf(word);
        }
    }
    return compiles && !command.source.isEmpty() ? command : CompileCommand();
}

bool StepWorkReader::takeNinja(QByteArrayView line)
{
    const auto count = ninjaCount(line);
    if (!count)
        return false;
    m_isCounted = true;
    const QByteArrayView rest = line.sliced(count->length);
    const CompileCommand command = compileCommand(rest);
    m_work = {StepWork::Kind::Units, count->done, count->total, {}, {}, u"ninja"_s};
    if (!command.tool.isEmpty()) {
        m_work.item = textOf(fileName(command.source.toUtf8()));
        m_work.architectures = command.architectures;
        m_work.tool = command.tool;
        return true;
    }
    // "Building CUDA object csrc/flash.cu.o", "c++ build/a.o", "Linking CXX shared library lib.so": the last word is
    // what is made.
    if (rest.contains(" object ") || rest.startsWith("Linking ") || rest.endsWith(".o")) {
        QByteArrayView made = fileName(rest.sliced(rest.lastIndexOf(' ') + 1));
        if (made.endsWith(".o"))
            made.chop(2);
        m_work.item = textOf(made);
    }
    return true;
}

bool StepWorkReader::takeCompile(QByteArrayView line)
{
    const CompileCommand command = compileCommand(line);
    if (command.tool.isEmpty())
        return false;
    const QString item = textOf(fileName(command.source.toUtf8()));
    if (m_isCounted) { // a command that ninja -v shows again after a failure, or one beside it
        m_work.item = item;
        m_work.architectures = command.architectures;
        m_work.tool = command.tool;
        return true;
    }
    // Printed before it runs: those before it are done, as far as one runs at a time.
    m_work = {StepWork::Kind::Units, m_compiled++, 0, item, command.architectures, command.tool};
    return true;
}

/// "  Downloading numpy-2.4.6-cp311-….whl (16.9 MB)", then "   ━━━━ 8.0/16.9 MB 92.7 MB/s eta 0:00:01".
bool StepWorkReader::takePip(QByteArrayView line)
{
    QByteArrayView text = line.trimmed();
    if (takePrefix(text, "Downloading ") && text.endsWith(")")) {
        const qsizetype open = text.lastIndexOf(" (");
        const QList<QByteArray> size =
            open < 0 ? QList<QByteArray>() : text.sliced(open + 2).chopped(1).toByteArray().split(' ');
        const auto total = size.size() == 2 ? bytesOf(size[0], size[1]) : std::nullopt;
        if (!total)
            return false;
        m_work = {StepWork::Kind::Bytes, 0, *total, textOf(fileName(text.first(open))), {}, u"pip"_s};
        return true;
    }
    const qsizetype slash = text.indexOf('/');
    if (m_work.tool != u"pip" || m_work.kind != StepWork::Kind::Bytes || slash <= 0 || !isDigit(text[slash - 1]))
        return false;
    qsizetype begin = slash;
    while (begin > 0 && (isDigit(text[begin - 1]) || text[begin - 1] == '.'))
        --begin;
    const QList<QByteArray> after = text.sliced(slash + 1).toByteArray().split(' ');
    const auto done = after.size() < 2 ? std::nullopt : bytesOf(text.sliced(begin, slash - begin), after[1]);
    const auto total = after.size() < 2 ? std::nullopt : bytesOf(after[0], after[1]);
    if (!done || !total || *done > *total)
        return false;
    m_work.done = *done;
    m_work.total = *total;
    return true;
}

/// "0 upgraded, 2 newly installed, 0 to remove …", then "Unpacking hello (2.10-3) ..." and "Setting up hello …": a
/// package is done when it is set up.
bool StepWorkReader::takeApt(QByteArrayView line)
{
    const qsizetype newly = line.indexOf(" newly installed, ");
    if (newly > 0 && line.contains(" upgraded, ")) {
        QByteArrayView upgraded = line;
        const qint64 first = takeNumber(upgraded);
        QByteArrayView installed = line.sliced(line.indexOf(" upgraded, ") + 11);
        const qint64 second = takeNumber(installed);
        m_aptNew = std::max<qint64>(first, 0) + std::max<qint64>(second, 0);
        m_work = {StepWork::Kind::Packages, 0, m_aptNew, {}, {}, u"apt"_s};
        return true;
    }
    QByteArrayView rest = line;
    const bool unpacks = takePrefix(rest, "Unpacking ");
    if (!unpacks && !takePrefix(rest, "Setting up "))
        return false;
    const qsizetype end = rest.indexOf(" (");
    if (end <= 0)
        return false;
    const bool wasApt = m_work.kind == StepWork::Kind::Packages;
    qint64 done = wasApt ? m_work.done : 0;
    if (!unpacks)
        done = m_aptNew > 0 ? std::min(done + 1, m_aptNew) : done + 1;
    m_work = {StepWork::Kind::Packages, done, m_aptNew, textOf(rest.first(end)), {}, u"apt"_s};
    return true;
}

/// curl's table: "59 16.1M   59 9763k    0     0  8188k      0  0:00:02 …": the total, then what was received.
bool StepWorkReader::takeCurl(QByteArrayView line)
{
    QByteArrayView text = line.trimmed();
    if (text.isEmpty() || !isDigit(text[0]) || !line.contains(':'))
        return false;
    const QList<QByteArray> words = text.toByteArray().simplified().split(' ');
    if (words.size() != 12)
        return false;
    const auto size = [](QByteArrayView word) -> qint64 {
        static constexpr QByteArrayView units = "kMGT";
        double factor = 1;
        if (const qsizetype unit = word.isEmpty() ? -1 : units.indexOf(word.back()); unit >= 0) {
            for (qsizetype i = 0; i <= unit; ++i)
                factor *= 1024;
            word.chop(1);
        }
        bool ok = false;
        const double value = word.toDouble(&ok);
        return ok && value >= 0 && value < 1e6 * 1e6 ? qint64(value * factor) : -1;
    };
    const qint64 total = size(words[1]);
    const qint64 done = size(words[3]);
    if (total < 0 || done < 0 || words[10].count(':') != 2)
        return false;
    m_work = {StepWork::Kind::Bytes, total > 0 ? std::min(done, total) : done, total, {}, {}, u"curl"_s};
    return true;
}

void StepWorkReader::take(QByteArrayView line)
{
    if (line.isEmpty())
        return;
    // Most lines of a build say nothing of the kind and are told by a glance.
    const bool hasControl = line.contains('\r') || line.contains('\x1b');
    const QByteArray plain = hasControl ? plainEnd(line) : QByteArray();
    const QByteArrayView text = hasControl ? QByteArrayView(plain) : line;
    if (text.isEmpty())
        return;
    switch (text[0]) {
    case '[':
        if (takeNinja(text))
            return;
        break;
    case ' ':
        if (takePip(text) || takeCurl(text))
            return;
        if (const QByteArrayView words = text.trimmed(); words.startsWith('[') && takeNinja(words)) // below pip's words
            return;
        break;
    case 'U':
    case 'S':
        if (takeApt(text))
            return;
        break;
    case 'D':
        if (takePip(text))
            return;
        break;
    default:
        if (isDigit(text[0]) && (takeApt(text) || takeCurl(text)))
            return;
        break;
    }
    // The word that every compile command has is looked for before the line is taken apart.
    static const ByteFinder compiles(" -c ", Qt::CaseSensitive);
    static const ByteFinder compilesDevice(" -dc ", Qt::CaseSensitive);
    if (compiles.find(text) >= 0 || compilesDevice.find(text) >= 0)
        takeCompile(text);
}

} // namespace kernelyard
