// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/causes.h"
#include "app/ctl/session.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/archive/compressedfile.h"
#include "core/diagnosis/diagnosis.h"

#include <QFile>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {
namespace {

constexpr qint64 blockBytes = 1 << 20;

struct Request
{
    std::string file;
    std::optional<int> exitCode;
    bool json = false;
};

Error cannotOpen(const QString &name, const QString &why)
{
    return {ErrorKind::NotFound,
            u"The log %1 can't be opened: %2."_s.arg(name, why),
            {},
            u"Name a log file, or - for standard input."_s};
}

Result<QList<Cause>> diagnose(Session &session, const Rulebook &book, const Request &request)
{
    const QString name = text(request.file);
    std::unique_ptr<QIODevice> log;
    if (name == u"-"_s) {
        auto input = std::make_unique<QFile>();
        if (!input->open(stdin, QIODevice::ReadOnly))
            return Failure(cannotOpen(name, input->errorString()));
        log = std::move(input);
    } else if (Result<std::unique_ptr<QIODevice>> opened = openUnpacked(name)) {
        log = std::move(*opened);
    } else {
        return Failure(cannotOpen(name, opened.error().detail));
    }
    Diagnosis diagnosis(book);
    QByteArray block(blockBytes, Qt::Uninitialized);
    for (;;) {
        const qint64 count = log->read(block.data(), block.size());
        if (count < 0)
            return Failure(
                Error{ErrorKind::Failed, u"The log %1 can't be read: %2."_s.arg(name, log->errorString()), {}, {}});
        if (count == 0)
            break;
        diagnosis.feed(QByteArrayView(block).first(count));
    }
    // A plain file may have grown since.
    if (!qobject_cast<QFileDevice *>(log.get()) && !log->atEnd())
        session.console.message(
            u"%1 is damaged or cut: the diagnosis is of what could be unpacked. Take a whole copy of it."_s.arg(name));
    return diagnosis.causes(request.exitCode);
}

int run(Session &session, const Request &request)
{
    const Result<Rulebook> book = Rulebook::ofInstallation(session.paths);
    if (!book)
        return session.fail(book.error());
    const Result<QList<Cause>> causes = diagnose(session, *book, request);
    if (!causes)
        return session.fail(causes.error());
    if (!request.json) {
        if (causes->isEmpty())
            session.console.out(u"No failure recognised."_s);
        printCauses(session.console, Channel::Out, *causes);
        return 0;
    }
    session.console.write(Channel::Out, document(QJsonObject{{u"causes"_s, toJson(*causes)}}));
    return 0;
}

} // namespace

void addDiagnose(CommandLine &line)
{
    const auto request = std::make_shared<Request>(); // shared with the two lambdas that outlive this function
    CLI::App *command =
        line.command("diagnose", "Name the cause of a failed build from its log",
                     "Any log will do: of a build here, of a terminal, of a CI service; compressed or not.\n"
                     "  kernelyardctl diagnose build.log\n"
                     "  pip install flash-attn 2>&1 | kernelyardctl diagnose -");
    addText(command, "FILE", request->file, "the log, or - for standard input")->required();
    command->add_option("--exit-code", request->exitCode,
                        "what the logged command ended with; 0 means that nothing failed");
    command->add_flag("--json", request->json,
                      "{\"causes\": [{\"label\", \"line\", \"excerpt\", \"summary\", \"remedy\"}]}, root first");
    command->callback([&line, request] { line.action = [&line, request] { return run(line.session, *request); }; });
}

} // namespace kernelyard::ctl
