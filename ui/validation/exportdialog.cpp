// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/exportdialog.h"

#include "core/base/whendone.h"
#include "core/base/wholefile.h"
#include "core/build/validationcontext.h"
#include "ui/widgets/measure.h"

#include <QSaveFile>
#include <QtConcurrent>

using namespace Qt::StringLiterals;

namespace kernelyard {

static Result<void> writeResults(const Paths &paths, BuildId id, const QString &file)
{
    const Result<PastValidation> past = readValidation(paths, id);
    if (!past)
        return Failure(past.error());
    const ReportFormat format = reportFormatOf(file).value_or(ReportFormat::Json);
    const QByteArray bytes = validationReport(past->run, past->context, format);
    QSaveFile out(file);
    if (!writeWhole(out, bytes))
        return Failure(Error{ErrorKind::Failed,
                             ExportDialog::tr("The validation could not be written to %1.").arg(file),
                             out.errorString(), ExportDialog::tr("Choose another folder.")});
    return {};
}

ExportDialog::ExportDialog(const Paths &paths, BuildId id, const QString &environment, QWidget *parent)
    : QFileDialog(parent, tr("Export validation"))
    , m_paths(paths)
    , m_id(id)
{
    setAttribute(Qt::WA_DeleteOnClose, false);
    setAcceptMode(QFileDialog::AcceptSave);
    setDefaultSuffix(u"json"_s);
    setNameFilters({tr("JSON (*.json)"), tr("JUnit XML (*.xml)"), tr("One HTML page (*.html)"),
                    tr("Markdown, for a bug report (*.md)")});
    connect(this, &QFileDialog::filterSelected, this,
            [this](const QString &filter) { setDefaultSuffix(filter.section(u"*."_s, 1).chopped(1)); });
    resize(px(760), px(440));
    selectFile(u"%1-validation-%2"_s.arg(environment, id.folderName()));
    connect(this, &QFileDialog::fileSelected, this, &ExportDialog::write);
    connect(this, &QFileDialog::rejected, this, &QObject::deleteLater);
}

void ExportDialog::write(const QString &file)
{
    whenDone(QtConcurrent::run(writeResults, m_paths, m_id, file), this, [this, file](const Result<void> &written) {
        if (written)
            Q_EMIT exported(file);
        else
            Q_EMIT failed(written.error());
        deleteLater();
    });
}

} // namespace kernelyard
