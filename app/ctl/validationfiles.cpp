// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/validationfiles.h"

#include "core/base/wholefile.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

void addValidationFiles(CLI::App *command, ValidationFiles &files)
{
    addText(command, "--junit", files.junit, "Also write the results to this file as JUnit XML; - is standard output");
    addText(command, "--html", files.html, "Also write them as one HTML page");
    addText(command, "--markdown", files.markdown, "Also write them as Markdown, for a bug report");
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
    const std::pair<const std::string &, ReportFormat> wanted[]{
        {files.junit, ReportFormat::JUnit}, {files.html, ReportFormat::Html}, {files.markdown, ReportFormat::Markdown}};
    for (const auto &[file, format] : wanted)
        if (!file.empty())
            if (Result<void> written = writeReport(session, text(file), format, run, context); !written)
                return written;
    return {};
}

} // namespace kernelyard::ctl
