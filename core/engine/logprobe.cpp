// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/logprobe.h"

#include "core/base/log.h"
#include "core/base/wholefile.h"
#include "core/engine/argv.h"
#include "core/engine/outputparser.h"
#include "core/engine/problems.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QtEndian>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr quint32 floodLines = 65'536;
constexpr qsizetype lineBytes = 64;
constexpr auto limit = std::chrono::minutes(1);

template <class T>
void append(QByteArray &bytes, T value)
{
    const T little = qToLittleEndian(value);
    bytes.append(reinterpret_cast<const char *>(&little), sizeof little);
}

/// write(1, line, 64) \a lines times, then exit(0); the line follows the code. Encodings: Intel SDM volume 2 and the
/// Arm Architecture Reference Manual; system call numbers: arch/x86/entry/syscalls/syscall_64.tbl and
/// asm-generic/unistd.h of Linux.
QByteArray floodCode(quint32 lines)
{
    QByteArray code;
#if defined(__x86_64__)
    code.append('\xbb'); // mov ebx, lines
    append(code, lines);
    const qsizetype loop = code.size();
    code.append("\xb8\x01\x00\x00\x00"         // mov eax, 1 (write)
                "\xbf\x01\x00\x00\x00"         // mov edi, 1
                "\x48\x8d\x35\x14\x00\x00\x00" // lea rsi, [rip + 20]: behind the code
                "\xba\x40\x00\x00\x00"         // mov edx, 64
                "\x0f\x05"                     // syscall
                "\xff\xcb",                    // dec ebx
                26);
    const qsizetype back = loop - (code.size() + 2);
    code.append('\x75').append(static_cast<char>(back)); // jnz loop
    code.append("\xb8\x3c\x00\x00\x00"                   // mov eax, 60 (exit)
                "\x31\xff"                               // xor edi, edi
                "\x0f\x05",                              // syscall
                9);
#elif defined(__aarch64__)
    append<quint32>(code, 0x52800000U | ((lines & 0xffffU) << 5U) | 19U); // movz w19, low
    append<quint32>(code, 0x72a00000U | ((lines >> 16U) << 5U) | 19U);    // movk w19, high, lsl 16
    append<quint32>(code, 0xd2800808);                                    // loop: mov x8, 64 (write)
    append<quint32>(code, 0xd2800020);                                    // mov x0, 1
    append<quint32>(code, 0x10000101);                                    // adr x1, +32: behind the code
    append<quint32>(code, 0xd2800802);                                    // mov x2, 64
    append<quint32>(code, 0xd4000001);                                    // svc 0
    append<quint32>(code, 0x71000673);                                    // subs w19, w19, 1
    append<quint32>(code, 0x54ffff41);                                    // b.ne loop
    append<quint32>(code, 0xd2800000);                                    // mov x0, 0
    append<quint32>(code, 0xd2800ba8);                                    // mov x8, 93 (exit)
    append<quint32>(code, 0xd4000001);                                    // svc 0
#else
    Q_UNUSED(lines)
#endif
    return code;
}

QString keyOf(const Engine &engine)
{
    const QStringList facts{engine.id(), engine.endpoint.address, engine.serverVersion, engine.buildxVersion,
                            engine.buildArguments.join(u' ')};
    return QString::fromLatin1(
        QCryptographicHash::hash(facts.join(u'\n').toUtf8(), QCryptographicHash::Sha256).toHex().first(24));
}

QString fileOf(const Engine &engine, const QString &cacheFolder)
{
    return cacheFolder + u"/builders/"_s + keyOf(engine) + u".json"_s;
}

Result<void> write(const QString &file, const QByteArray &bytes, QFile::Permissions more = {})
{
    QFile out(file);
    if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() ||
        !out.setPermissions(out.permissions() | more))
        return Failure(Error{ErrorKind::Failed,
                             QCoreApplication::translate("LogProbe", "%1 can't be written.").arg(file),
                             out.errorString(),
                             {}});
    return {};
}

} // namespace

QByteArray floodProgram(quint32 lines)
{
    const QByteArray code = floodCode(lines);
    if (code.isEmpty())
        return {};
    constexpr quint64 base = 0x400000;
    constexpr quint64 headers = 64 + 56;
    const quint64 size = headers + static_cast<quint64>(code.size()) + lineBytes;
    QByteArray elf("\x7f"
                   "ELF\x02\x01\x01",
                   7); // 64 bit, little endian, version 1 (elf(5))
    elf.append(9, '\0');
    append<quint16>(elf, 2); // executable
#if defined(__aarch64__)
    append<quint16>(elf, 183);
#else
    append<quint16>(elf, 62);
#endif
    append<quint32>(elf, 1);
    append<quint64>(elf, base + headers); // entry
    append<quint64>(elf, 64);             // program headers
    append<quint64>(elf, 0);
    append<quint32>(elf, 0);
    append<quint16>(elf, 64);
    append<quint16>(elf, 56);
    append<quint16>(elf, 1);
    append<quint16>(elf, 64);
    append<quint16>(elf, 0);
    append<quint16>(elf, 0);
    append<quint32>(elf, 1); // loaded
    append<quint32>(elf, 5); // readable, executable
    append<quint64>(elf, 0);
    append<quint64>(elf, base);
    append<quint64>(elf, base);
    append<quint64>(elf, size);
    append<quint64>(elf, size);
    append<quint64>(elf, 0x1000);
    elf += code;
    elf += QByteArray(lineBytes - 1, 'k') + '\n';
    return elf;
}

Result<LogCapacity> probeLogCapacity(const Engine &engine)
{
    const QByteArray flood = floodProgram(floodLines);
    if (!engine.isUsable() || flood.isEmpty())
        return Failure(Error{
            ErrorKind::Unsupported,
            QCoreApplication::translate("LogProbe", "%1 can't be asked what it keeps of a log.").arg(engine.display()),
            {},
            {}});
    const QTemporaryDir folder;
    const QString dockerfile = folder.filePath(u"Dockerfile"_s);
    if (const auto written = write(dockerfile, "FROM scratch\nCOPY flood /flood\nRUN [\"/flood\"]\n"); !written)
        return Failure(written.error());
    if (const auto written =
            write(folder.filePath(u"flood"_s), flood,
                  QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther | QFile::ReadGroup | QFile::ReadOther);
        !written)
        return Failure(written.error());
    const QString tag = u"localhost/kernelyard/log-probe:latest"_s;
    const ImageBuild build{dockerfile, folder.path(), tag, {}, {}, {}, true};
    const Result<Completed> built = run(buildImage(engine, build), limit);
    if (!built)
        return Failure(built.error());
    OutputParser parser(engine.backend() == BuildBackend::Buildx    ? OutputFormat::RawJson
                        : engine.backend() == BuildBackend::Classic ? OutputFormat::Classic
                                                                    : OutputFormat::Podman);
    QList<EngineEvent> events = parser.feed(Stream::Out, built->out, BuildTime(0));
    events += parser.feed(Stream::Err, built->err, BuildTime(0));
    events += parser.finish(built->exitCode, BuildTime(0));
    QByteArray output;
    bool broke = false;
    for (const EngineEvent &event : events) {
        if (const auto *part = std::get_if<StepOutput>(&event))
            output += part->bytes;
        if (const auto *note = std::get_if<StreamNote>(&event))
            broke = broke || note->kind == StreamNote::Kind::Broken;
    }
    if (const auto removed = run(removeImage(engine, tag), limit); !removed)
        log(LogDomain::Engine).warn("{}", removed.error().message.toStdString());
    const QByteArray line = QByteArray(lineBytes - 1, 'k');
    const LogCapacity capacity{floodLines * lineBytes, output.count(line) * lineBytes};
    // A stream that broke off tells of itself, not of the builder's limits.
    if ((built->exitCode != 0 && !capacity.keepsAll()) || broke)
        return Failure(Error{
            ErrorKind::Unsupported,
            QCoreApplication::translate("LogProbe", "%1 did not carry out the probe of its log.").arg(engine.display()),
            QString::fromUtf8(built->err.right(2000)),
            {}});
    return capacity;
}

std::optional<LogCapacity> knownLogCapacity(const Engine &engine, const QString &cacheFolder)
{
    QFile file(fileOf(engine, cacheFolder));
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    const LogCapacity capacity{object.value(u"writtenBytes"_s).toInteger(), object.value(u"keptBytes"_s).toInteger()};
    return capacity.writtenBytes > 0 ? std::optional(capacity) : std::nullopt;
}

Result<void> rememberLogCapacity(const Engine &engine, const LogCapacity &capacity, const QString &cacheFolder)
{
    const QString path = fileOf(engine, cacheFolder);
    QSaveFile file(path);
    const QJsonObject object{{u"builder"_s, engine.display()},
                             {u"writtenBytes"_s, capacity.writtenBytes},
                             {u"keptBytes"_s, capacity.keptBytes}};
    if (!QDir().mkpath(cacheFolder + u"/builders"_s) || !writeWhole(file, QJsonDocument(object).toJson()))
        return Failure(Error{ErrorKind::Failed,
                             QCoreApplication::translate("LogProbe", "%1 can't be written.").arg(path),
                             file.errorString(),
                             {}});
    return {};
}

void applyLogCapacity(Engine &engine, const LogCapacity &capacity)
{
    engine.problems.removeIf([](const EngineProblem &known) { return known.code == EngineProblemCode::LogsClipped; });
    if (!capacity.keepsAll())
        engine.problems << problem::logsClipped(capacity.keptBytes, capacity.writtenBytes);
}

bool ensureLogCapacity(Engine &engine, const QString &cacheFolder)
{
    if (!engine.isUsable() || engine.backend() != BuildBackend::Buildx || knownLogCapacity(engine, cacheFolder))
        return false;
    const Result<LogCapacity> capacity = probeLogCapacity(engine);
    if (!capacity) {
        log(LogDomain::Engine).warn("{}", capacity.error().message.toStdString());
        return false;
    }
    if (const Result<void> written = rememberLogCapacity(engine, *capacity, cacheFolder); !written)
        log(LogDomain::Engine).warn("{}", written.error().message.toStdString());
    applyLogCapacity(engine, *capacity);
    return true;
}

} // namespace kernelyard
