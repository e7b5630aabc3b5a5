// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/process/run.h"

#include <QDialog>

#include <functional>
#include <optional>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace kernelyard {

/// Shows a command that mends a cause, exactly as it would be run, and runs it when asked to. Where it has to be
/// root the desktop asks for the password (pkexec); what needs a terminal of its own, such as a login, can be copied
/// only.
class RemedyDialog : public QDialog
{
    Q_OBJECT

public:
    using Runner = std::function<Result<Completed>(const Command &)>;

    /// \a run blocks; it is called on a worker.
    RemedyDialog(const QString &title, const QString &about, const Command &command, Runner run,
                 QWidget *parent = nullptr);

    /// \a command in a form that asks nothing on a terminal; none: there is no such.
    static std::optional<Command> withoutTerminal(const Command &command);
    bool canRun() const { return m_runnable.has_value(); }

Q_SIGNALS:
    void retryAsked(); ///< the command has ended well, and the user goes on

private:
    void runCommand();
    void showEnd(const Result<Completed> &end);

    Command m_command;
    std::optional<Command> m_runnable;
    Runner m_runner;
    QLabel *m_state;
    QPlainTextEdit *m_output;
    QPushButton *m_run;
    QPushButton *m_retry;
};

} // namespace kernelyard
