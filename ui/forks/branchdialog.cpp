// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/branchdialog.h"

#include "ui/forks/forkwords.h"
#include "ui/widgets/label.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

BranchDialog::BranchDialog(const ForkStatus &fork, QWidget *parent)
    : QDialog(parent)
    , m_about(new Label({}, Type::Body, Tone::Muted))
    , m_field(new QLineEdit)
    , m_list(new QListWidget)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Switch branch of %1").arg(fork.name));
    m_about->setWordWrap(true);
    m_about->setText(fork.isClean() ? tr("On %1. A name that no branch has makes a new one here.").arg(branchOf(fork))
                                    : tr("On %1, %2. Changed files stay as they are; where a branch would overwrite "
                                         "them, nothing is switched.")
                                          .arg(branchOf(fork), filesOf(fork)));
    m_field->setPlaceholderText(tr("Find or name a branch"));
    m_field->setAccessibleName(tr("Branch"));
    m_field->installEventFilter(this);
    m_list->setAccessibleName(tr("Branches"));
    m_list->addItem(u"…"_s);
    m_list->setEnabled(false);
    auto *buttons = new QDialogButtonBox;
    m_switch = buttons->addButton(tr("Switch"), QDialogButtonBox::ActionRole);
    m_make = buttons->addButton(tr("Make branch"), QDialogButtonBox::ActionRole);
    buttons->addButton(QDialogButtonBox::Cancel);
    m_switch->setDefault(true);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(10));
    column->addWidget(new Label(windowTitle(), Type::Object));
    column->addWidget(m_about);
    column->addWidget(m_field);
    column->addWidget(m_list, 1);
    column->addWidget(buttons);
    connect(m_field, &QLineEdit::textChanged, this, &BranchDialog::search);
    connect(m_list, &QListWidget::itemActivated, this, &BranchDialog::takeCurrent);
    connect(m_list, &QListWidget::currentItemChanged, this, [this] {
        const QListWidgetItem *item = m_list->currentItem();
        m_switch->setEnabled(item && item->flags() & Qt::ItemIsEnabled && m_list->isEnabled());
    });
    connect(m_switch, &QPushButton::clicked, this, &BranchDialog::takeCurrent);
    connect(m_make, &QPushButton::clicked, this, [this] {
        Q_EMIT createAsked(m_field->text().trimmed());
        accept();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    search();
    resize(px(480), px(420));
}

void BranchDialog::setBranches(const Result<QList<ForkBranch>> &branches)
{
    if (!branches) {
        m_about->setText(branches.error().message);
        m_list->clear();
        return;
    }
    m_branches = *branches;
    m_list->setEnabled(true);
    search();
}

void BranchDialog::search()
{
    const QString wanted = m_field->text().trimmed();
    if (m_list->isEnabled()) {
        m_list->clear();
        for (const ForkBranch &branch : m_branches) {
            if (!branch.name.contains(wanted, Qt::CaseInsensitive))
                continue;
            const QString text =
                branch.remote.isEmpty() ? branch.name : tr("%1, of %2").arg(branch.name, branch.remote);
            auto *item = new QListWidgetItem(branch.isCurrent ? tr("%1, checked out").arg(text) : text, m_list);
            item->setData(Qt::UserRole,
                          branch.remote.isEmpty() ? branch.name : QString(branch.remote + u'/' + branch.name));
            if (branch.isCurrent)
                item->setFlags(item->flags() & ~Qt::ItemIsEnabled);
        }
        for (int row = 0; row < m_list->count(); ++row)
            if (m_list->item(row)->flags() & Qt::ItemIsEnabled) {
                m_list->setCurrentRow(row);
                break;
            }
    }
    const bool exists =
        std::ranges::any_of(m_branches, [&wanted](const ForkBranch &branch) { return branch.name == wanted; });
    m_make->setEnabled(!wanted.isEmpty() && !exists && m_list->isEnabled());
    m_make->setText(m_make->isEnabled() ? tr("Make %1").arg(wanted.left(30)) : tr("Make branch"));
    const QListWidgetItem *item = m_list->currentItem();
    m_switch->setEnabled(item && item->flags() & Qt::ItemIsEnabled && m_list->isEnabled());
    // Enter does what is possible
    (m_switch->isEnabled() ? m_switch : m_make)->setDefault(true);
}

void BranchDialog::takeCurrent()
{
    const QListWidgetItem *item = m_list->currentItem();
    if (!item || !(item->flags() & Qt::ItemIsEnabled))
        return;
    Q_EMIT switchAsked(item->data(Qt::UserRole).toString());
    accept();
}

bool BranchDialog::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up) {
            QCoreApplication::sendEvent(m_list, event);
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace kernelyard
