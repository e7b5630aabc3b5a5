// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/session.h"
#include "core/build/validationcontext.h"

namespace kernelyard::ctl {

/// Where the results of a validation go besides the terminal; empty: nowhere, "-": standard output.
struct ValidationFiles
{
    std::string junit;
    std::string html;
    std::string markdown;
};

void addValidationFiles(CLI::App *command, ValidationFiles &files);

bool isAnyWanted(const ValidationFiles &files);
/// Whether standard output is one of them, and so has room for nothing else.
bool takesOutput(const ValidationFiles &files);
/// Before anything runs: that standard output is wanted once, and that the folders of the others can be written in.
/// Errors: Invalid, NotFound, Permission.
Result<void> checkValidationFiles(const ValidationFiles &files, bool outputIsTaken);

/// Writes those that were asked for. Errors: Failed, with the file.
Result<void> writeValidationFiles(Session &session, const ValidationFiles &files, const ValidationRun &run,
                                  const ReportContext &context);

/// One report into \a file.
Result<void> writeReport(Session &session, const QString &file, ReportFormat format, const ValidationRun &run,
                         const ReportContext &context);

} // namespace kernelyard::ctl
