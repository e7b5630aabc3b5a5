// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/shortcutoverview.h"

#include "ui/widgets/label.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

namespace kernelyard {

static QString keysOf(const QAction *action)
{
    QStringList keys;
    for (const QKeySequence &sequence : action->shortcuts())
        keys.append(sequence.toString(QKeySequence::NativeText));
    return keys.join(QStringLiteral(", "));
}

ShortcutOverview::ShortcutOverview(const QList<std::pair<QString, QList<QAction *>>> &groups, QWidget *parent)
    : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Keyboard shortcuts"));
    auto *sheet = new QWidget;
    auto *grid = new QGridLayout(sheet);
    grid->setHorizontalSpacing(px(24));
    grid->setVerticalSpacing(px(4));
    grid->setColumnStretch(0, 1);
    int row = 0;
    for (const auto &[title, actions] : groups) {
        bool titled = false;
        for (const QAction *action : actions) {
            if (action->shortcut().isEmpty())
                continue;
            if (!std::exchange(titled, true)) {
                grid->setRowMinimumHeight(row, row > 0 ? px(32) : 0); // room above the next group
                grid->addWidget(new Label(title, Type::CardHeader), row++, 0, 1, 2, Qt::AlignBottom);
            }
            grid->addWidget(new Label(action->text().remove(u'…')), row, 0);
            grid->addWidget(new Label(keysOf(action), Type::Mono, Tone::Muted), row++, 1);
        }
    }
    grid->setRowStretch(row, 1);
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidget(sheet);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    auto *column = new QVBoxLayout(this);
    column->addWidget(scroll);
    column->addWidget(buttons);
    const int room = scroll->verticalScrollBar()->sizeHint().width() + px(32); // no name is cut
    resize(qMax(px(460), sheet->sizeHint().width() + room), qMin(px(560), parent ? parent->height() : px(560)));
}

} // namespace kernelyard
