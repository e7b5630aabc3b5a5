// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/base/result.h"

#include <QFileDialog>

namespace kernelyard {

/// Asks where a validation's results go, and in which format, and writes them there on a worker thread.
class ExportDialog : public QFileDialog
{
    Q_OBJECT

public:
    ExportDialog(const Paths &paths, BuildId id, const QString &environment, QWidget *parent = nullptr);

    /// By the file's ending; JSON where it has another. Ends with exported() or failed().
    void write(const QString &file);

Q_SIGNALS:
    void exported(const QString &file);
    void failed(const kernelyard::Error &error);

private:
    Paths m_paths;
    BuildId m_id;
};

} // namespace kernelyard
