// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/validationfiles.h"

#include "core/base/wholefile.h"

#include <QFileInfo>
#include <QSaveFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

void addValidationFiles(CLI::App *command, ValidationFiles &files)
{
    addText(command, "--junit", files.junit, "Also write the results to this file as JUnit XML; - is standard output");
    addText(command, "--html", files.html, "Also write them as one HTML page");
    addText(command, "--markdown", files.markdown, "Also write them as Markdown, for a bug report");
}

using Wanted = std::pair<QString, ReportFormat>;

static QList<Wanted> wanted(const ValidationFiles &files)
{
    QList<Wanted> all{{text(files.junit), ReportFormat::JUnit},
                      {text(files.html), ReportFormat::Html},
                      {text(files.markdown), ReportFormat::Markdown}};
    all.removeIf([](const Wanted &one) { return one.first.isEmpty(); });
    return all;
}

bool isAnyWanted(const ValidationFiles &files)
{
    return !wanted(files).isEmpty();
}

bool takesOutput(const ValidationFiles &files)
{
    return std::ranges::count(wanted(files), u"-"_s, &Wanted::first) > 0;
}

Result<void> checkValidationFiles(const ValidationFiles &files, bool outputIsTaken)
{
    const QList<Wanted> all = wanted(files);
    const auto onOutput = std::ranges::count(all, u"-"_s, &Wanted::first);
    if (onOutput > 1 || (onOutput > 0 && outputIsTaken))
        return Failure(Error{ErrorKind::Invalid,
                             u"Standard output can't hold two documents: “-” goes with one report, without --json."_s,
                             {},
                             u"Name a file for the others."_s});
    for (const auto &[file, format] : all) {
        if (file == u"-")
            continue;
        const QFileInfo target(file);
        const QFileInfo folder(target.absolutePath());
        if (!folder.isDir() || target.isDir())
            return Failure(Error{
                ErrorKind::NotFound,
                u"The validation's results can't be written to %1: %2."_s.arg(
                    file, target.isDir() ? u"it is a folder"_s : u"there is no folder %1"_s.arg(folder.filePath())),
                {},
                u"Name a file in a folder that is there."_s});
        if (!folder.isWritable() || (target.exists() && !target.isWritable()))
            return Failure(Error{ErrorKind::Permission,
                                 u"The validation's results can't be written to %1: permission denied."_s.arg(file),
                                 {},
                                 u"Name a file in a folder of your own."_s});
    }
    return {};
}

Result<void> writeReport(Session &session, const QString &file, ReportFormat format, const ValidationRun &run,
                         const ReportContext &context)
{
    const QByteArray text = validationReport(run, context, format);
    if (file == u"-") {
        session.console.write(Channel::Out, text);
        return {};
    }
    QSaveFile out(file);
    if (!writeWhole(out, text))
        return Failure(Error{ErrorKind::Failed,
                             u"The validation's results can't be written to %1: %2."_s.arg(file, out.errorString()),
                             {},
                             u"They are kept: kernelyardctl export %1 -o FILE"_s.arg(context.build.mid(1))});
    return {};
}

Result<void> writeValidationFiles(Session &session, const ValidationFiles &files, const ValidationRun &run,
                                  const ReportContext &context)
{
    for (const auto &[file, format] : wanted(files))
        if (Result<void> written = writeReport(session, file, format, run, context); !written)
            return written;
    return {};
}

} // namespace kernelyard::ctl
