// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/remedydialog.h"

#include "core/base/whendone.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/measure.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>
#include <QtConcurrent>

namespace kernelyard {

using namespace Qt::StringLiterals;

RemedyDialog::RemedyDialog(const QString &title, const QString &about, const Command &command, Runner run,
                           QWidget *parent)
    : QDialog(parent)
    , m_command(command)
    , m_runner(std::move(run))
    , m_state(new Label({}, Type::Body, Tone::Muted))
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
    column->addWidget(new CommandBox(command.display(), 2));
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
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(m_run, &QPushButton::clicked, this, &RemedyDialog::runCommand);
    connect(m_retry, &QPushButton::clicked, this, [this] {
        close();
        Q_EMIT retryAsked();
    });
    column->addWidget(buttons);
    resize(px(640), sizeHint().height());
}

bool RemedyDialog::canRun() const
{
    const QString program = QFileInfo(m_command.program).fileName();
    // a login asks for name and password on its terminal
    return program != u"sudo"_s && !m_command.arguments.contains(u"login"_s);
}

void RemedyDialog::runCommand()
{
    m_run->setEnabled(false);
    m_state->setText(tr("Running…"));
    whenDone(QtConcurrent::run(m_runner, m_command), this, [this](const Result<Completed> &end) { showEnd(end); });
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
    m_state->setText(end->exitCode == 0 ? tr("Done.") : tr("It ended with status %1.").arg(end->exitCode));
    m_retry->setVisible(end->exitCode == 0);
    if (end->exitCode == 0) {
        m_run->hide();
        m_retry->setDefault(true);
        m_retry->setFocus();
    }
}

} // namespace kernelyard
