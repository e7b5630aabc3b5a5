// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/remedydialog.h"

#include "core/base/whendone.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/measure.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStandardPaths>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <algorithm>

namespace kernelyard {

using namespace Qt::StringLiterals;

RemedyDialog::RemedyDialog(const QString &title, const QString &about, const Command &command, Runner run,
                           QWidget *parent)
    : QDialog(parent)
    , m_command(command)
    , m_runnable(withoutTerminal(command))
    , m_runner(std::move(run))
    , m_state(new QLabel(this))
    , m_output(new QPlainTextEdit(this))
{
    setWindowTitle(title);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(title, Type::Object));
    auto *words = new QLabel(about);
    words->setWordWrap(true);
    column->addWidget(words);
    const QString shown = m_runnable.value_or(command).display();
    column->addWidget(new CommandBox(shown, std::clamp(int(shown.size()) / 60 + 1, 2, 8)));
    m_state->setWordWrap(true);
    m_state->setTextFormat(Qt::PlainText);
    m_state->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(m_state);
    m_output->setReadOnly(true);
    m_output->setFont(kernelyard::font(Type::Mono));
    m_output->setAccessibleName(tr("What the command wrote"));
    m_output->hide();
    column->addWidget(m_output, 1);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_run = buttons->addButton(tr("Run it"), QDialogButtonBox::ActionRole);
    m_retry = buttons->addButton(tr("Retry the build"), QDialogButtonBox::ActionRole);
    m_retry->hide();
    m_run->setVisible(canRun());
    if (!canRun())
        m_state->setText(tr("It asks for a password: copy it and run it in a terminal."));
    else if (m_runnable != m_command)
        m_state->setText(tr("It is run as root: your desktop asks for the password."));
    else
        m_state->hide();
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(m_run, &QPushButton::clicked, this, &RemedyDialog::runCommand);
    connect(m_retry, &QPushButton::clicked, this, [this] {
        close();
        Q_EMIT retryAsked();
    });
    column->addWidget(buttons);
    m_run->setDefault(true);
    resize(px(640), column->totalHeightForWidth(px(640)));
}

std::optional<Command> RemedyDialog::withoutTerminal(const Command &command)
{
    if (command.arguments.contains(u"login"_s))
        return std::nullopt; // asks for name and password
    if (QFileInfo(command.program).fileName() != u"sudo"_s)
        return command;
    const QString pkexec = QStandardPaths::findExecutable(u"pkexec"_s);
    if (pkexec.isEmpty())
        return std::nullopt;
    return Command{u"pkexec"_s, command.arguments, command.workingDirectory, command.environment};
}

void RemedyDialog::runCommand()
{
    m_run->setEnabled(false);
    m_state->show();
    m_state->setText(tr("Running…"));
    whenDone(QtConcurrent::run(m_runner, m_runnable.value_or(m_command)), this,
             [this](const Result<Completed> &end) { showEnd(end); });
}

void RemedyDialog::showEnd(const Result<Completed> &end)
{
    m_run->setEnabled(true);
    m_run->setText(tr("Run it again"));
    const QByteArray written = end ? end->out + end->err : end.error().detail.toUtf8();
    m_output->setPlainText(QString::fromUtf8(written).trimmed());
    m_output->setVisible(!written.trimmed().isEmpty());
    if (!end) {
        m_state->setText(end.error().message);
        return;
    }
    // pkexec(1): 126 the dialog was dismissed, 127 not authorised
    const bool refused = m_runnable != m_command && (end->exitCode == 126 || end->exitCode == 127);
    m_state->setText(end->exitCode == 0 ? tr("Done.")
                     : refused          ? tr("The desktop did not allow it. In a terminal: %1").arg(m_command.display())
                                        : tr("It ended with status %1.").arg(end->exitCode));
    m_retry->setVisible(end->exitCode == 0);
    if (end->exitCode == 0) {
        m_run->hide();
        m_retry->setDefault(true);
        m_retry->setFocus();
    }
}

} // namespace kernelyard
