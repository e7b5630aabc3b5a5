// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/process/run.h"

#include <QDialog>

#include <functional>

class QPlainTextEdit;
class QPushButton;

namespace kernelyard {

class Label;
class Ring;

/// Shows a command that mends a cause, exactly as it would be run, and runs it when asked to. What needs a terminal of
/// its own, such as sudo, can be copied only.
class RemedyDialog : public QDialog
{
    Q_OBJECT

public:
    using Runner = std::function<Result<Completed>(const Command &)>;

    /// \a run blocks; it is called on a worker.
    RemedyDialog(const QString &title, const QString &about, const Command &command, Runner run,
                 QWidget *parent = nullptr);

    bool canRun() const;

Q_SIGNALS:
    void retryAsked(); ///< the command has ended well, and the user goes on

private:
    void runCommand();
    void showEnd(const Result<Completed> &end);

    Command m_command;
    Runner m_runner;
    Label *m_state;
    QPlainTextEdit *m_output;
    QPushButton *m_run;
    QPushButton *m_retry;
};

} // namespace kernelyard
