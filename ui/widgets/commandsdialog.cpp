// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/commandsdialog.h"

#include "ui/widgets/commandbox.h"
#include "ui/widgets/label.h"

#include <QDialogButtonBox>
#include <QVBoxLayout>

namespace kernelyard {

CommandsDialog::CommandsDialog(const QString &title, const QList<Group> &groups, QWidget *parent)
    : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    QStringList lines;
    for (const Group &group : groups) {
        if (!group.heading.isEmpty())
            lines.append(QStringLiteral("# ") + group.heading);
        for (const Command &command : group.commands)
            lines.append(command.display());
    }
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(title, Type::Object));
    column->addWidget(
        new Label(tr("These commands would run, in this order. Nothing has been run."), Type::Body, Tone::Muted));
    column->addWidget(new CommandBox(lines.join(QStringLiteral("\n\n")), 16), 1);
    column->addWidget(buttons);
    resize(px(760), px(520));
}

} // namespace kernelyard
