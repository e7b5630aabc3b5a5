// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationrun.h"

namespace kernelyard {

enum class ReportFormat { Json, JUnit, Html, Markdown };

/// By the file's ending: json, xml, html or htm, md or markdown; nothing for another.
std::optional<ReportFormat> reportFormatOf(const QString &fileName);

/// Where a run was made, for people who were not there.
struct ReportContext
{
    QString environment;
    QString build; ///< "#0412"
    QDateTime started;
    QList<std::pair<QString, QString>> facts; ///< engine, images, choices: beside what the run itself says

    bool operator==(const ReportContext &) const = default;
};

/// What the run itself says of where and with what it was made, as name and value: back-end, device, driver, versions,
/// threads, commit, seed. Empty values are left out.
QList<std::pair<QString, QString>> runFacts(const ValidationRun &run);

/// What a report lists: the build, where it was made, and what the run says.
QList<std::pair<QString, QString>> reportFacts(const ValidationRun &run, const ReportContext &context);

/// One document, UTF-8, complete in itself. JUnit as Jenkins' and GitLab's readers take it: a suite of the cases and
/// one of the negative controls, of which an accepted one is a failure. HTML loads nothing from elsewhere.
QByteArray validationReport(const ValidationRun &run, const ReportContext &context, ReportFormat format);

namespace report {
// The words that formats share.
QString verdictLine(const ValidationRun &run);
QString number(double value);             ///< "3.10e-07", "–" for none
QString shape(const ValidationCase &one); ///< "2×4×8×8×64, causal, backward"
QString why(const ValidationCase &one); ///< "relL2; worst at batch 0, head 1, queries 64 to 127"; empty where it passed
QString backend(const ValidationCase &one); ///< "xformers (fa2F@2.5.7-pt)": with how it computed the case
QString span(const QList<double> &values);
QString throttled(const SpeedFigure &one);        ///< "2 of 21: power cap"; "unknown" where the driver told nothing
QString share(const std::optional<double> &part); ///< "61 %"
QString mebibytes(const std::optional<double> &bytes); ///< "64.5"
QString html(const ValidationRun &run, const ReportContext &context);
} // namespace report

} // namespace kernelyard
