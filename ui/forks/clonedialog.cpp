// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/clonedialog.h"

#include "core/fork/address.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

CloneDialog::CloneDialog(const QString &forksFolder, const QList<ForkStatus> &forks, QWidget *parent)
    : QDialog(parent)
    , m_folder(forksFolder)
    , m_forks(forks)
    , m_address(new QLineEdit)
    , m_name(new QLineEdit)
    , m_branch(new QLineEdit)
    , m_upstream(new QLineEdit)
    , m_submodules(new QCheckBox(tr("Check its submodules out, at any depth")))
    , m_share(new QCheckBox)
    , m_problem(new StateLine)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Add fork"));
    m_address->setPlaceholderText(u"git@github.com:you/xformers.git"_s);
    m_branch->setPlaceholderText(tr("its main branch"));
    m_upstream->setPlaceholderText(u"https://github.com/facebookresearch/xformers.git"_s);
    m_submodules->setChecked(true);
    m_share->setChecked(true);
    auto *form = new QFormLayout;
    form->setVerticalSpacing(px(8));
    form->setHorizontalSpacing(px(12));
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("&Address"), m_address);
    form->addRow(tr("&Folder name"), m_name);
    form->addRow(tr("&Branch"), m_branch);
    form->addRow(tr("&Upstream"), m_upstream);
    form->addRow({}, m_submodules);
    form->addRow({}, m_share);
    auto *buttons = new QDialogButtonBox;
    m_clone = buttons->addButton(tr("Clone"), QDialogButtonBox::AcceptRole);
    m_clone->setDefault(true);
    buttons->addButton(QDialogButtonBox::Cancel);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(tr("Add fork"), Type::Object));
    auto *about = new Label(tr("Clones to %1. Keys come from your SSH agent, passwords from git's credential helpers; "
                               "none is stored here.")
                                .arg(forksFolder),
                            Type::Body, Tone::Muted);
    about->setWordWrap(true);
    column->addWidget(about);
    column->addLayout(form);
    column->addWidget(m_problem);
    column->addStretch(1);
    column->addWidget(buttons);
    connect(m_address, &QLineEdit::textChanged, this, &CloneDialog::addressChanged);
    connect(m_name, &QLineEdit::textEdited, this, [this](const QString &text) { m_isNamed = !text.isEmpty(); });
    for (QLineEdit *field : {m_name, m_upstream})
        connect(field, &QLineEdit::textChanged, this, &CloneDialog::check);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        Q_EMIT cloneAsked(request());
        accept();
    });
    addressChanged();
    resize(px(560), sizeHint().height());
}

void CloneDialog::addressChanged()
{
    if (!m_isNamed)
        m_name->setText(m_address->text().trimmed().isEmpty() ? QString() : nameOfAddress(m_address->text().trimmed()));
    const ForkStatus *shared = relative();
    m_share->setVisible(shared != nullptr);
    if (shared)
        m_share->setText(tr("Share the objects of %1, which is here already").arg(shared->name));
    check();
}

const ForkStatus *CloneDialog::relative() const
{
    const QString project = nameOfAddress(m_address->text().trimmed());
    const auto found = std::ranges::find_if(m_forks, [&project](const ForkStatus &fork) {
        return !project.isEmpty() && !fork.trouble && nameOfAddress(fork.origin) == project;
    });
    return found == m_forks.cend() ? nullptr : &*found;
}

QString CloneDialog::problem() const
{
    const QString address = m_address->text().trimmed();
    const QString name = m_name->text().trimmed();
    const QString upstream = m_upstream->text().trimmed();
    if (address.isEmpty())
        return tr("An address is needed.");
    for (const QString &one : {address, upstream})
        if (const Result<void> checked = checkAddress(one); !one.isEmpty() && !checked)
            return checked.error().message;
    if (!isPlainName(name))
        return tr("“%1” can't be the name of a folder here.").arg(name);
    if (QFileInfo::exists(m_folder + u'/' + name))
        return tr("%1 is there already: choose another folder name.").arg(name);
    return {};
}

void CloneDialog::check()
{
    const QString why = problem();
    m_clone->setEnabled(why.isEmpty());
    const bool isSilent = m_address->text().trimmed().isEmpty();
    m_problem->setFact(why.isEmpty() || isSilent ? std::nullopt : std::optional(State::Warning),
                       isSilent ? QString() : why);
}

CloneRequest CloneDialog::request() const
{
    CloneRequest request;
    request.url = m_address->text().trimmed();
    request.path = m_folder + u'/' + m_name->text().trimmed();
    request.branch = m_branch->text().trimmed();
    request.upstreamUrl = m_upstream->text().trimmed();
    request.submodules = m_submodules->isChecked();
    if (const ForkStatus *shared = relative(); shared && m_share->isChecked()) {
        request.mirror = shared->path;
        request.cachedCheckout = shared->path;
    }
    return request;
}

} // namespace kernelyard
